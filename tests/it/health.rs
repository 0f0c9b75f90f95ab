//! `/health`, asked over the same router that the Functions host forwards to.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use http_body_util::BodyExt;
use maintenance_notifier::clock::{Clock, SharedClock, SystemClock};
use maintenance_notifier::config::Environment;
use maintenance_notifier::startup;
use serde_json::json;
use tower::ServiceExt;

async fn asked(router: &Router, accept: &str) -> String {
    let request = Request::get("/health").header("host", "notifier.contoso.com").header("accept", accept);
    let response = router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let status = response.status().as_u16();
    assert_eq!(response.headers()["cache-control"], "no-store");
    let body = response.into_body().collect().await.unwrap().to_bytes();
    format!("{status} {}", String::from_utf8_lossy(&body))
}

async fn plan(router: &Router) {
    let timer =
        json!({ "Data": { "timer": { "ScheduleStatus": null, "IsPastDue": false } }, "Metadata": {} });
    let invocation = Request::post("/PlanNotifications")
        .header("host", "127.0.0.1:1")
        .header("x-azure-functions-hostversion", "4.1037.0.0")
        .header("user-agent", "Azure-Functions-Host/4.1037.0.0")
        .header("transfer-encoding", "chunked")
        .header("content-type", "application/json")
        .header("x-azure-functions-invocationid", "83a33220-a921-460a-bec0-b3f043dcf1ff")
        .body(Body::from(timer.to_string()))
        .unwrap();
    assert_eq!(router.clone().oneshot(invocation).await.unwrap().status(), 200);
}

#[tokio::test]
async fn health_says_what_planning_saw_and_names_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let configuration = folder.path().join("notifier.toml");
    let text = "[defaults]\ntimezone = \"UTC\"\nfallback = [\"platform\"]\n[[recipients]]\nname = \"platform\"\nemail = [\"platform@contoso.com\"]\n";
    std::fs::write(&configuration, text).unwrap();
    let environment = Environment::from_pairs([
        ("NOTIFIER_CONFIG", configuration.display().to_string()),
        ("NOTIFIER_STORE", format!("sqlite:{}", folder.path().join("state.db").display())),
        ("NOTIFIER_OUTBOX", folder.path().join("outbox").display().to_string()),
    ]);
    let clock: SharedClock = Arc::new(SystemClock);
    let loaded = startup::load(&environment, &clock).await.unwrap();
    let app = startup::app(loaded, clock).await.unwrap();
    let router = startup::router(&app).unwrap();
    insta::assert_snapshot!(asked(&router, "*/*").await, @r#"503 {"healthy":false,"problems":[{"code":"collection-is-stale","text":"Azure was not asked yet"},{"code":"planning-stands-still","text":"nothing was planned yet"}]}"#);

    let now = SystemClock.now();
    app.repository.update_tenant(|tenant| tenant.collected = Some(now)).await.unwrap();
    plan(&router).await;
    insta::assert_snapshot!(asked(&router, "text/plain").await, @"200 healthy");
    insta::assert_snapshot!(asked(&router, "application/json").await, @r#"200 {"healthy":true,"problems":[]}"#);

    app.repository.park("CollectSubscription", "vm-secret-name", now).await.unwrap();
    plan(&router).await;
    insta::assert_snapshot!(asked(&router, "text/plain").await, @"
    503 not healthy
    - 1 queue message is parked, having failed as often as they may; what is done meanwhile goes by itself, and `maintenance-notifier outbox retry --all` puts the rest back
    ");
    insta::assert_snapshot!(asked(&router, "*/*").await, @r#"503 {"healthy":false,"problems":[{"code":"messages-are-parked","text":"1 queue message is parked, having failed as often as they may; what is done meanwhile goes by itself, and `maintenance-notifier outbox retry --all` puts the rest back"}]}"#);
}

/// While the vault lacks the secret of the way of mail, everything but mail goes on, and `/health` says what is missing.
#[tokio::test]
async fn health_names_the_mail_secret_that_the_vault_does_not_give() {
    let reference = "@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/notifier-smtp-url/)";
    let endpoint = ("NOTIFIER_ACS_ENDPOINT", "https://contoso.europe.communication.azure.com");
    let server = ("NOTIFIER_SMTP_URL", "smtp://127.0.0.1:1");
    for (settings, missing) in [
        (vec![("NOTIFIER_SMTP_URL", reference)], Some("NOTIFIER_SMTP_URL")),
        (vec![endpoint, ("NOTIFIER_ACS_KEY", reference)], Some("NOTIFIER_ACS_KEY")),
        (vec![server], None),
    ] {
        for mode in ["dry-run", "live"] {
            let folder = tempfile::tempdir().unwrap();
            let path = |name: &str| folder.path().join(name).display().to_string();
            let text = format!(
                "[defaults]\nfallback = [\"platform\"]\n[[recipients]]\nname = \"platform\"\nemail = \
                 [\"platform@contoso.com\"]\n[safety]\nmode = \"{mode}\"\n"
            );
            std::fs::write(folder.path().join("notifier.toml"), text).unwrap();
            let mut pairs = vec![
                ("NOTIFIER_CONFIG", path("notifier.toml")),
                ("NOTIFIER_STORE", format!("sqlite:{}", path("state.db"))),
                ("NOTIFIER_MAIL_FROM", "maintenance@contoso.com".to_owned()),
                ("IDENTITY_ENDPOINT", "http://127.0.0.1:1/msi/token".to_owned()),
                ("IDENTITY_HEADER", "x".to_owned()),
            ];
            pairs.extend(settings.iter().map(|(name, value)| (*name, (*value).to_owned())));
            let clock: SharedClock = Arc::new(SystemClock);
            let loaded = startup::load(&Environment::from_pairs(pairs), &clock).await.unwrap();
            let app = startup::app(loaded, clock).await.unwrap();
            let router = startup::router(&app).unwrap();
            let now = SystemClock.now();
            app.repository.update_tenant(|tenant| tenant.collected = Some(now)).await.unwrap();
            plan(&router).await;
            let expected = match missing {
                Some(setting) => format!(
                    "503 not healthy\n- {setting} still reads `@Microsoft.KeyVault(…)`: put the secret into the vault, or \
                     let the app's identity read it, and restart the app\n"
                ),
                None => "200 healthy\n".to_owned(),
            };
            assert_eq!(asked(&router, "text/plain").await.trim_end(), expected.trim_end(), "{mode}");
        }
    }
}
