//! Tokens of real identities, as far as a machine without Azure can show them.
//!
//! azure_identity and the certificate store read the environment of the process. So each case runs this test binary once
//! more, with its own environment and only [`child`] in it.

use std::process::Stdio;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::RawQuery;
use axum::http::HeaderMap;
use chrono::{DateTime, TimeDelta, Utc};
use maintenance_notifier::clock::{Clock, ManualClock, SystemClock};
use maintenance_notifier::http::client::{ClientOptions, client};
use maintenance_notifier::http::token::TokenSource;
use secrecy::ExposeSecret;
use url::Url;

const CASE: &str = "NOTIFIER_TEST_IDENTITY_CASE";

/// Runs [`child`] as another process and gives what it printed.
async fn run(case: &str, environment: &[(&str, &str)]) -> String {
    let output = tokio::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "azure_identity::child", "--nocapture"])
        .env(CASE, case)
        .envs(environment.iter().copied())
        .stderr(Stdio::null())
        .output()
        .await
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{printed}");
    let said = printed.split_once("<<<").and_then(|(_, rest)| rest.split_once(">>>"));
    said.unwrap_or_else(|| panic!("the child said nothing: {printed}")).0.to_owned()
}

/// What the other process does. Without a case it has nothing to do; the tests below give it one.
#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the case comes from the parent process")]
async fn child() {
    let Ok(case) = std::env::var(CASE) else { return };
    let audience: Url = "https://management.azure.com".parse().unwrap();
    let clock = Arc::new(SystemClock);
    let options = ClientOptions { use_proxy: false, ..ClientOptions::default() };
    let client = match client(&options) {
        Ok(client) => client,
        Err(error) => return println!("<<<{error}>>>"),
    };
    let source = match case.as_str() {
        "managed" => TokenSource::managed_identity(&client, Some("client-1"), &audience, clock),
        "cli" => TokenSource::azure_cli(None, &audience, clock),
        other => panic!("no case `{other}`"),
    };
    let mut answers = Vec::new();
    for _ in 0..2 {
        answers.push(match source.as_ref().unwrap().token().await {
            Ok(token) => token.expose_secret().to_owned(),
            Err(error) => error.to_string(),
        });
    }
    assert_eq!(answers[0], answers[1]);
    println!("<<<{}>>>", answers[0]);
}

#[tokio::test]
async fn a_managed_identity_gives_a_token_once_over_our_own_client() {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let endpoint = format!("http://{}/msi/token", listener.local_addr().unwrap());
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = seen.clone();
    let expires: DateTime<Utc> = SystemClock.now() + TimeDelta::hours(24);
    let router = Router::new().fallback(move |headers: HeaderMap, RawQuery(query): RawQuery| {
        let header = headers.get("x-identity-header").map(|value| value.to_str().unwrap().to_owned());
        log.lock().unwrap().push((header, query.unwrap_or_default()));
        let body = format!(
            r#"{{"access_token":"t0ken","expires_on":"{}","resource":"x","token_type":"Bearer"}}"#,
            expires.timestamp()
        );
        async move { ([("content-type", "application/json")], body) }
    });
    tokio::spawn(async move { axum::serve(listener, router).await });

    let environment = [("IDENTITY_ENDPOINT", endpoint.as_str()), ("IDENTITY_HEADER", "s3cret")];
    assert_eq!(run("managed", &environment).await, "t0ken");
    let seen = seen.lock().unwrap();
    let [(header, query)] = seen.as_slice() else { panic!("{seen:?}") };
    assert_eq!(header.as_deref(), Some("s3cret"));
    assert!(query.contains("api-version=2019-08-01"), "{query}");
    assert!(query.contains("resource=https%3A%2F%2Fmanagement.azure.com"), "{query}");
    assert!(query.contains("client_id=client-1"), "{query}");
}

#[tokio::test]
async fn without_the_azure_cli_the_way_out_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let error = run("cli", &[("PATH", path)]).await;
    assert!(error.starts_with("no token for Azure from the Azure CLI: "), "{error}");
    assert!(error.ends_with("hint: install the Azure CLI and run `az login`"), "{error}");
}

#[tokio::test]
async fn without_root_certificates_the_client_says_so_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let (empty, missing) = (folder.path().join("empty.pem"), folder.path().join("none"));
    std::fs::write(&empty, "").unwrap();
    let environment =
        [("SSL_CERT_FILE", empty.to_str().unwrap()), ("SSL_CERT_DIR", missing.to_str().unwrap())];
    let error = run("cli", &environment).await;
    assert!(error.starts_with("the HTTPS client cannot be set up: "), "{error}");
    assert!(error.contains("ca-certificates"), "{error}");
}

#[test]
fn a_malformed_app_registration_is_refused_with_the_way_out() {
    let client = client(&ClientOptions::default()).unwrap();
    let audience: Url = "https://management.azure.com".parse().unwrap();
    let clock = Arc::new(ManualClock::new(DateTime::UNIX_EPOCH));
    let of = |tenant: &str, secret: &str| {
        TokenSource::client_secret(&client, tenant, "app-1", &secret.into(), &audience, clock.clone())
    };
    let error = of("not a tenant!", "s3cret").unwrap_err().to_string();
    assert!(error.contains("from the client secret"), "{error}");
    assert!(!error.contains("s3cret"), "{error}");
    assert!(of("00000000-0000-0000-0000-0000000000aa", "").is_err());
    let source = of("00000000-0000-0000-0000-0000000000aa", "s3cret").unwrap();
    assert!(!format!("{source:?}").contains("s3cret"));
}
