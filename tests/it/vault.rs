//! Secrets in a Key Vault: read when the configuration is, read anew when they change, and never shown.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use chrono::{DateTime, TimeDelta, Utc};
use maintenance_notifier::clock::ManualClock;
use maintenance_notifier::config::Environment;
use maintenance_notifier::services::App;
use maintenance_notifier::startup::{self, Current, WhenUnusable};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::process::Command;

const CONFIGURATION: &str = r#"
[defaults]
fallback = ["platform"]
[owners]
tags = ["owner"]
allowed_domains = ["contoso.com"]
person_webhook = "kv:person-flow"
[[recipients]]
name  = "platform"
email = ["platform@contoso.com"]
teams = { webhook = "kv:platform-flow" }
"#;

/// A vault with an identity endpoint beside it. A secret that is a number is answered with that status.
#[derive(Clone, Default)]
struct Vault {
    secrets: Arc<Mutex<BTreeMap<String, Result<String, u16>>>>,
    reads: Arc<Mutex<usize>>,
}

impl Vault {
    async fn start() -> (Self, String) {
        let vault = Self::default();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let server = vault.clone();
        let router = Router::new().fallback(move |request: Request| async move { server.answer(&request) });
        tokio::spawn(async move { axum::serve(listener, router).await });
        (vault, address)
    }

    fn answer(&self, request: &Request) -> Response {
        let query = request.uri().query().unwrap_or_default();
        let path = request.uri().path();
        if path == "/msi/token" {
            assert!(query.contains("resource=https%3A%2F%2Fvault.azure.net"), "{query}");
            let token = json!({ "access_token": "T0ken-of-the-app", "expires_on": "4000000000" });
            return Json(token).into_response();
        }
        assert_eq!(request.headers()["authorization"], "Bearer T0ken-of-the-app");
        assert_eq!(query, "api-version=7.4");
        *self.reads.lock().unwrap() += 1;
        let name = path.strip_prefix("/secrets/").unwrap();
        let refused = |status: u16, code: &str| {
            let status = axum::http::StatusCode::from_u16(status).unwrap();
            (status, Json(json!({ "error": { "code": code, "message": "S3cret" } }))).into_response()
        };
        match self.secrets.lock().unwrap().get(name) {
            Some(Ok(value)) => Json(json!({ "value": value, "id": path })).into_response(),
            Some(Err(403)) => refused(403, "Forbidden"),
            Some(Err(status)) => refused(*status, ""),
            None => refused(404, "SecretNotFound"),
        }
    }

    fn put(&self, name: &str, secret: Result<&str, u16>) {
        let secret = secret.map(|signature| format!("http://127.0.0.1:1/flow?sig=S3cret-{signature}"));
        self.secrets.lock().unwrap().insert(name.to_owned(), secret);
    }

    fn reads(&self) -> usize {
        std::mem::take(&mut self.reads.lock().unwrap())
    }
}

fn settings(address: &str, folder: &std::path::Path) -> Vec<(&'static str, String)> {
    let file = folder.join("notifier.toml");
    std::fs::write(&file, CONFIGURATION).unwrap();
    vec![
        ("NOTIFIER_CONFIG", file.display().to_string()),
        ("NOTIFIER_STORE", format!("sqlite:{}", folder.join("state.db").display())),
        ("NOTIFIER_KEY_VAULT", address.to_owned()),
        ("NOTIFIER_ALLOW_PRIVATE_WEBHOOKS", "1".to_owned()),
        ("NOTIFIER_SMTP_URL", "smtp://127.0.0.1:1?tls=none".to_owned()),
        ("NOTIFIER_MAIL_FROM", "maintenance@contoso.com".to_owned()),
        ("NOTIFIER_ARM_ENDPOINT", "http://127.0.0.1:1".to_owned()),
        ("IDENTITY_ENDPOINT", format!("{address}/msi/token")),
        ("IDENTITY_HEADER", "identity".to_owned()),
    ]
}

/// What the flows are known by: it changes with their addresses.
fn flows(app: &App) -> Vec<String> {
    let webhooks = app.deliverers.webhooks.values().chain(&app.deliverers.person_webhook);
    webhooks.map(|webhook| webhook.fingerprint()).collect()
}

struct Deployment {
    vault: Vault,
    clock: Arc<ManualClock>,
    environment: Environment,
    address: String,
    folder: tempfile::TempDir,
}

impl Deployment {
    async fn new() -> Self {
        let (vault, address) = Vault::start().await;
        let folder = tempfile::tempdir().unwrap();
        let environment = Environment::from_pairs(settings(&address, folder.path()));
        let start: DateTime<Utc> = "2026-11-23T09:00:00Z".parse().unwrap();
        Self { vault, clock: Arc::new(ManualClock::new(start)), environment, address, folder }
    }

    async fn process(&self) -> Result<Current, String> {
        let started = startup::start(&self.environment, self.clock.clone(), WhenUnusable::LastValid).await;
        started.map_err(|error| self.plain(&error.to_string()))
    }

    fn plain(&self, text: &str) -> String {
        assert!(!text.contains("S3cret"), "{text}");
        text.replace(&self.address, "VAULT").replace(&self.folder.path().display().to_string(), "FOLDER")
    }

    async fn after(&self, current: &Current, minutes: i64) -> Arc<App> {
        self.clock.advance(TimeDelta::minutes(minutes));
        current.refreshed().await
    }

    fn problem(&self, app: &App) -> String {
        let problem = app.configuration_problem().unwrap_or_default();
        problem.replace(&app.policy().version.0, "VERSION")
    }
}

#[tokio::test]
async fn a_secret_that_changed_comes_into_force_and_one_that_cannot_be_read_stays() {
    let deployment = Deployment::new().await;
    let vault = &deployment.vault;
    vault.put("platform-flow", Err(403));
    insta::assert_snapshot!(deployment.process().await.unwrap_err(), @r#"
    FOLDER/notifier.toml:7:1: error: owners.person_webhook: the secret `person-flow` of VAULT cannot be read: there is no such secret: HTTP 404 SecretNotFound
      hint: put the secret into the vault, or correct its name
    FOLDER/notifier.toml:11:11: error: recipients[1] "platform": teams.webhook: the secret `platform-flow` of VAULT cannot be read: may not be read: HTTP 403 Forbidden
      hint: give the app's identity the role Key Vault Secrets User on the vault, and let the vault's firewall take the app's network; a role that was given lately can take hours to show
    "#);

    vault.put("platform-flow", Ok("one"));
    vault.put("person-flow", Ok("two"));
    vault.reads();
    let current = deployment.process().await.unwrap();
    let first = current.app();
    assert_eq!((flows(&first).len(), vault.reads()), (2, 2));
    assert!(Arc::ptr_eq(&first, &deployment.after(&current, 4).await));
    assert_eq!(vault.reads(), 0, "what was read lately is not read again");
    assert!(Arc::ptr_eq(&first, &deployment.after(&current, 1).await));
    assert_eq!(vault.reads(), 2);

    vault.put("platform-flow", Ok("rotated"));
    let second = deployment.after(&current, 5).await;
    assert_eq!(second.policy().version, first.policy().version);
    assert_ne!(flows(&second)[0], flows(&first)[0]);
    assert_eq!(flows(&second)[1], flows(&first)[1]);
    assert_eq!(vault.reads(), 2);

    // The vault is away: what was read stays in force, and that is said; to operators when it lasts.
    vault.put("platform-flow", Err(503));
    let away = deployment.after(&current, 5).await;
    assert!(Arc::ptr_eq(&second, &away));
    assert_eq!(
        deployment.problem(&away),
        "a secret of the Key Vault cannot be read; version VERSION stays in force"
    );
    assert!(away.repository.operator_alerts().await.unwrap().rows.is_empty());
    vault.put("platform-flow", Ok("rotated"));
    let back = deployment.after(&current, 1).await;
    assert!(Arc::ptr_eq(&second, &back));
    assert_eq!(deployment.problem(&back), "");

    // A secret that is no longer there does not come back by itself.
    vault.secrets.lock().unwrap().remove("person-flow");
    let gone = deployment.after(&current, 5).await;
    assert!(Arc::ptr_eq(&second, &gone));
    let operator_alerts = gone.repository.operator_alerts().await.unwrap();
    let said: Vec<String> = operator_alerts.values().map(|row| format!("{:?}", row.operator_alert)).collect();
    insta::assert_snapshot!(deployment.plain(&said.join("\n")), @r#"Configuration { problem: "FOLDER/notifier.toml:7:1: error: owners.person_webhook: the secret `person-flow` of VAULT cannot be read: there is no such secret: HTTP 404 SecretNotFound\n  hint: put the secret into the vault, or correct its name" }"#);
}

#[tokio::test]
async fn a_process_that_begins_while_one_flow_is_broken_sends_everything_else() {
    let deployment = Deployment::new().await;
    let vault = &deployment.vault;
    vault.put("platform-flow", Ok("one"));
    vault.put("person-flow", Ok("two"));
    let before = deployment.process().await.unwrap().app();
    assert_eq!(flows(&before).len(), 2);

    for broken in [Err(403), Err(404), Err(503)] {
        vault.put("platform-flow", broken);
        let current = deployment.process().await.unwrap();
        let app = current.app();
        assert_eq!(app.policy().version, before.policy().version);
        assert_eq!(flows(&app).len(), 1, "the other flow is used");
        assert_eq!(app.deliverers.left_out.channels.len(), 1);
        let why = &app.deliverers.left_out.channels[&"platform".parse().unwrap()];
        assert!(why.starts_with("recipients[1] \"platform\": teams.webhook: "), "{why}");
        assert!(!app.configuration_problem().unwrap_or_default().is_empty(), "/health says so");

        vault.put("platform-flow", Ok("mended"));
        let mended = deployment.after(&current, 6).await;
        assert_eq!(flows(&mended).len(), 2);
        assert_eq!(mended.configuration_problem().as_deref().unwrap_or_default(), "");
    }
}

/// What the program prints and logs, however much it logs.
async fn check(folder: &std::path::Path, settings: &[(&str, String)], arguments: &[&str]) -> (String, i32) {
    let output = Command::new(env!("CARGO_BIN_EXE_maintenance-notifier"))
        .arg("check")
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .envs(settings.iter().map(|(name, value)| (*name, value.as_str())))
        .env("NOTIFIER_LOG", "trace")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let log = String::from_utf8_lossy(&output.stderr);
    for secret in ["S3cret", "T0ken"] {
        assert!(!said.contains(secret) && !log.contains(secret), "{said}\n{log}");
    }
    (said, output.status.code().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn check_says_which_secrets_it_left_alone_and_which_it_could_read() {
    let (vault, address) = Vault::start().await;
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(&address, folder.path());
    vault.put("platform-flow", Ok("one"));
    let (said, code) = check(folder.path(), &settings, &[]).await;
    assert_eq!(vault.reads(), 0);
    let plain = |said: &str| {
        let said = said.replace(&address, "VAULT").replace(&folder.path().display().to_string(), "FOLDER");
        let is_meant =
            |line: &&str| !line.contains("Azure") && !line.contains("machine") && !line.contains("sub");
        said.lines().filter(is_meant).take(4).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(format!("{code}\n{}", plain(&said)), @r#"
    0
    FOLDER/notifier.toml:7:1: warning: owners.person_webhook: the secret `person-flow` of VAULT is not read offline
      hint: `check --live` reads it
    FOLDER/notifier.toml:11:11: warning: recipients[1] "platform": teams.webhook: the secret `platform-flow` of VAULT is not read offline
      hint: `check --live` reads it
    "#);
    let (said, code) = check(folder.path(), &settings, &["--live"]).await;
    let lines: Vec<&str> = said.lines().filter(|line| line.contains("Key Vault,")).collect();
    insta::assert_snapshot!(format!("{code}\n{}", plain(&lines.join("\n"))), @"
    1
    failed     Key Vault, the secret `person-flow` of VAULT: the secret `person-flow` of VAULT cannot be read: there is no such secret: HTTP 404 SecretNotFound; put the secret into the vault, or correct its name
    ok         Key Vault, the secret `platform-flow` of VAULT: it was read
    ");
    assert_eq!(vault.reads(), 2);
}
