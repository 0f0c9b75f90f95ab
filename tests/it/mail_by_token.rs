//! Mail with the app's identity in place of a password: Microsoft Graph and a mail server that wants a token, both
//! as the settings set them up.

use std::process::Stdio;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::TimeDelta;
use maintenance_notifier::clock::{ManualClock, SharedClock};
use maintenance_notifier::config::Environment;
use maintenance_notifier::deliver::{Delivery, Outgoing};
use maintenance_notifier::services::App;
use maintenance_notifier::startup;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use crate::deliver_fixtures::{kind, mail, noon};
use crate::mail_server::{MailServer, python};

/// A request: method, path with query, content type, authorization, body.
#[derive(Debug, Clone)]
struct Seen {
    line: String,
    content_type: Option<String>,
    authorization: Option<String>,
    body: String,
}

/// An identity endpoint and Graph in one, as documented: Graph takes one token, `text/plain` and Base64 only.
struct StandIn {
    origin: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl StandIn {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = seen.clone();
        let router = Router::new().fallback(move |request: Request| {
            let log = log.clone();
            async move {
                let (parts, body) = request.into_parts();
                let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
                let header = |name: &str| Some(parts.headers.get(name)?.to_str().unwrap().to_owned());
                let request = Seen {
                    line: format!("{} {}", parts.method, parts.uri),
                    content_type: header("content-type"),
                    authorization: header("authorization"),
                    body: String::from_utf8(body.to_vec()).unwrap(),
                };
                log.lock().unwrap().push(request.clone());
                answer(&request)
            }
        });
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { origin, seen }
    }

    fn seen(&self, begin: &str) -> Vec<Seen> {
        self.seen.lock().unwrap().iter().filter(|seen| seen.line.starts_with(begin)).cloned().collect()
    }

    /// The program as these settings beside those of the identity make it.
    async fn app(&self, more: &[(&str, &str)]) -> (Arc<App>, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let store = format!("sqlite:{}", folder.path().join("state.db").display());
        let identity = format!("{}/msi/token", self.origin);
        let example = format!("{}/notifier.example.toml", env!("CARGO_MANIFEST_DIR"));
        let always = [
            ("NOTIFIER_CONFIG", example.as_str()),
            ("NOTIFIER_STORE", store.as_str()),
            ("NOTIFIER_MAIL_FROM", "Maintenance <maintenance@contoso.com>"),
            ("IDENTITY_ENDPOINT", identity.as_str()),
            ("IDENTITY_HEADER", "s3cret"),
        ];
        let environment = Environment::from_pairs(always.iter().chain(more).copied());
        let clock: SharedClock = Arc::new(ManualClock::new(noon()));
        let loaded = startup::load(&environment, &clock).await.unwrap();
        (startup::app(loaded, clock).await.unwrap(), folder)
    }
}

fn answer(request: &Seen) -> Response {
    if request.line.starts_with("GET /msi/token") {
        let expires = (noon() + TimeDelta::hours(24)).timestamp().to_string();
        let audience = request.line.split("resource=").nth(1).unwrap().split('&').next().unwrap();
        let host = audience.rsplit("%2F").next().unwrap();
        return axum::Json(json!({"access_token": format!("token-for-{host}"), "expires_on": expires}))
            .into_response();
    }
    let refuse = |status: StatusCode, code: &str| {
        (status, axum::Json(json!({"error": {"code": code, "message": code}}))).into_response()
    };
    if request.authorization.as_deref() != Some("Bearer token-for-graph.microsoft.com") {
        return refuse(StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken");
    }
    if request.content_type.as_deref() != Some("text/plain") {
        return refuse(StatusCode::BAD_REQUEST, "BadRequest");
    }
    (StatusCode::ACCEPTED, [("request-id", "00000000-0000-0000-0000-0000000000aa")]).into_response()
}

async fn send(app: &App, to: &str) -> Delivery {
    let to = to.parse().unwrap();
    app.deliverers.send(Outgoing::Mail { to: &to, mail: &mail(), operation: 0 }).await
}

/// What Python reads in a mail in Base64.
async fn read(base64: &str) -> Value {
    let mut process = tokio::process::Command::new(python())
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/read_mail.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    process.stdin.take().unwrap().write_all(base64.as_bytes()).await.unwrap();
    let output = process.wait_with_output().await.unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test]
async fn graph_gets_a_whole_mail_that_python_can_read() {
    let azure = StandIn::start().await;
    let settings =
        [("NOTIFIER_GRAPH_SENDER", "maintenance@contoso.com"), ("NOTIFIER_GRAPH_ENDPOINT", &azure.origin)];
    let (app, _folder) = azure.app(&settings).await;
    let delivery = send(&app, "jane@contoso.com").await;
    let reference = "127.0.0.1 request 00000000-0000-0000-0000-0000000000aa".to_owned();
    assert_eq!(delivery, Delivery::Accepted { reference });
    assert!(send(&app, "joe@contoso.com").await.is_accepted());

    let sent = azure.seen("POST /v1.0/users/maintenance@contoso.com/sendMail");
    assert_eq!(sent.len(), 2);
    assert_eq!(azure.seen("GET /msi/token").len(), 1, "one token serves many mails");
    let read = read(&sent[0].body).await;
    insta::assert_json_snapshot!(read, @r#"
    {
      "bare_line_ends": 0,
      "defects": [],
      "from": "Maintenance <maintenance@contoso.com>",
      "message_id": "<0a1b2c3d4e5f60718293a4b5c6d7e8f9@contoso.com>",
      "methods": [
        "REQUEST"
      ],
      "parts": [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
        "text/csv"
      ],
      "subject": "Act by Fri 12 Dec: web-01 will be restarted – für Jäger",
      "text": "web-01 will be restarted.\r\n.\r\nA line that begins with a dot:\r\n.web\r\n",
      "to": "jane@contoso.com"
    }
    "#);
}

async fn by_smtp(azure: &StandIn, server: &MailServer, query: &str) -> (Arc<App>, tempfile::TempDir) {
    let address =
        format!("smtp://maintenance%40contoso.com@127.0.0.1:{}?tls=none&auth=xoauth2{query}", server.port);
    azure.app(&[("NOTIFIER_SMTP_URL", &address)]).await
}

#[tokio::test]
async fn a_mail_server_takes_the_identitys_token_in_place_of_a_password() {
    let azure = StandIn::start().await;
    for (token, query) in [
        ("token-for-outlook.office365.com", ""),
        ("token-for-outlook.office365.us", "&scope=https://outlook.office365.us/.default"),
    ] {
        let server = MailServer::start(&["--token", token]).await;
        let (app, _folder) = by_smtp(&azure, &server, query).await;
        let delivery = send(&app, "ok@contoso.com").await;
        assert_eq!(delivery, Delivery::Accepted { reference: "250 2.0.0 queued as 1".to_owned() });
        drop(app);
        let taken = server.taken().await;
        assert_eq!(taken[0].described["user"], "maintenance@contoso.com");
    }
}

#[tokio::test]
async fn f4_a_refused_token_is_an_operator_alert_and_the_next_attempt_has_a_new_one() {
    let azure = StandIn::start().await;
    let server = MailServer::start(&["--token", "another"]).await;
    let (app, _folder) = by_smtp(&azure, &server, "").await;
    for attempt in 1..=2 {
        let delivery = send(&app, "ok@contoso.com").await;
        assert_eq!(kind(&delivery), "ours");
        let error = delivery.error().unwrap();
        assert!(error.contains("535 at the login") && error.contains("SMTP.SendAsApp"), "{error}");
        assert!(!error.contains("token-for"), "{error}");
        assert_eq!(azure.seen("GET /msi/token").len(), attempt);
    }
    drop(app);
    assert!(server.taken().await.is_empty());
}

#[tokio::test]
async fn a_mail_server_that_knows_no_tokens_is_an_operator_alert() {
    let azure = StandIn::start().await;
    let server = MailServer::start(&["--auth"]).await;
    let (app, _folder) = by_smtp(&azure, &server, "").await;
    assert_eq!(kind(&send(&app, "ok@contoso.com").await), "ours");
}
