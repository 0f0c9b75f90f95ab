//! The trace of an invocation, from the host's request to what Azure is asked.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use maintenance_notifier::clock::{SharedClock, SystemClock};
use maintenance_notifier::config::Environment;
use maintenance_notifier::startup;
use serde_json::json;
use tower::ServiceExt;

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const SPAN: &str = "b7ad6b7169203331";

#[tokio::test]
async fn what_azure_is_asked_belongs_to_the_hosts_trace() {
    let seen = Arc::new(Mutex::new(Vec::<(String, HeaderMap)>::new()));
    let log = seen.clone();
    let azure = Router::new().fallback(move |request: Request| {
        let log = log.clone();
        async move {
            log.lock().unwrap().push((request.uri().path().to_owned(), request.headers().clone()));
            match request.uri().path() {
                "/msi/token" => axum::Json(
                    json!({ "access_token": "t0ken", "expires_on": "4102444800", "token_type": "Bearer" }),
                )
                .into_response(),
                _ => StatusCode::NOT_FOUND.into_response(),
            }
        }
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, azure).await });

    let folder = tempfile::tempdir().unwrap();
    let configuration = folder.path().join("notifier.toml");
    std::fs::write(
        &configuration,
        "[defaults]\ntimezone = \"UTC\"\nfallback = [\"platform\"]\n[[recipients]]\nname = \"platform\"\nemail = [\"platform@contoso.com\"]\n",
    )
    .unwrap();
    let environment = Environment::from_pairs([
        ("NOTIFIER_CONFIG", configuration.display().to_string()),
        ("NOTIFIER_STORE", format!("sqlite:{}", folder.path().join("state.db").display())),
        ("NOTIFIER_OUTBOX", folder.path().join("outbox").display().to_string()),
        ("NOTIFIER_ARM_ENDPOINT", address.clone()),
        ("NOTIFIER_ARM_AUDIENCE", address.clone()),
        ("IDENTITY_ENDPOINT", format!("{address}/msi/token")),
        ("IDENTITY_HEADER", "header".to_owned()),
    ]);
    let clock: SharedClock = Arc::new(SystemClock);
    let loaded = startup::load(&environment, &clock).await.unwrap();
    let router = startup::router(&startup::app(loaded, clock).await.unwrap()).unwrap();
    let timer =
        json!({ "Data": { "timer": { "ScheduleStatus": null, "IsPastDue": false } }, "Metadata": {} });
    let invocation = Request::post("/CollectMaintenance")
        .header("host", "127.0.0.1:1")
        .header("x-azure-functions-hostversion", "4.1037.0.0")
        .header("user-agent", "Azure-Functions-Host/4.1037.0.0")
        .header("transfer-encoding", "chunked")
        .header("content-type", "application/json")
        .header("x-azure-functions-invocationid", "83a33220-a921-460a-bec0-b3f043dcf1ff")
        .header("traceparent", format!("00-{TRACE}-{SPAN}-01"))
        .header("tracestate", "az=cid-v1:5f6d")
        .body(Body::from(timer.to_string()))
        .unwrap();
    assert_eq!(router.oneshot(invocation).await.unwrap().status(), 500, "this Azure knows nothing");

    let seen = seen.lock().unwrap();
    let (tokens, asked): (Vec<_>, Vec<_>) = seen.iter().partition(|(path, _)| path == "/msi/token");
    assert!(!tokens.is_empty() && !asked.is_empty());
    for (path, headers) in asked {
        let header = |name: &str| headers.get(name).map_or("", |value| value.to_str().unwrap());
        let parts: Vec<&str> = header("traceparent").split('-').collect();
        assert_eq!((parts[0], parts[1], parts[3]), ("00", TRACE, "01"), "{path}");
        assert!(parts[2].len() == 16 && parts[2] != SPAN, "{path}");
        assert_eq!(header("tracestate"), "az=cid-v1:5f6d");
        assert_eq!(header("x-ms-client-request-id").len(), 36);
    }
    // Where tokens come from nobody follows traces.
    assert!(tokens.iter().all(|(_, headers)| !headers.contains_key("traceparent")));
}
