//! `check --live`: every service that is named is reached, nothing is sent, and no secret is shown.

use std::path::Path;
use std::sync::Arc;

use maintenance_notifier::clock::{Clock, SystemClock};
use maintenance_notifier::demo::{Simulation, SimulationOptions};
use tokio::net::{TcpListener, TcpSocket};
use tokio::process::Command;

use crate::azurite::Azurite;
use crate::mail_server::MailServer;

const CONFIGURATION: &str = r#"
[defaults]
fallback = ["platform"]
[[recipients]]
name  = "platform"
email = ["platform@contoso.com"]
teams = { webhook = "env:FLOW" }
"#;

async fn simulated_azure() -> String {
    let mut options = SimulationOptions::new(SystemClock.now());
    options.machines = 40;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let simulation = Simulation::new(options);
    tokio::spawn(async move { simulation.serve(listener, Arc::new(SystemClock)).await });
    address
}

/// An address that is taken and where nobody listens, as long as the socket is held.
fn nobody() -> (TcpSocket, String) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = socket.local_addr().unwrap().to_string();
    (socket, address)
}

/// What the program prints, with what differs from run to run taken out; and its exit code.
async fn check(folder: &Path, settings: &[(&str, String)], more: &[&str]) -> (String, i32) {
    let output = Command::new(env!("CARGO_BIN_EXE_maintenance-notifier"))
        .args(["check", "--live"])
        .args(more)
        .current_dir(folder)
        .env_clear()
        .envs(settings.iter().map(|(name, value)| (*name, value.as_str())))
        .kill_on_drop(true)
        .output()
        .await
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let counted = |line: &str| match line.split_once("with ").zip(line.split_once(" rows")) {
        Some(((before, _), (_, after))) => format!("{before}with N rows{after}"),
        None => line.to_owned(),
    };
    let said = said.lines().map(counted).collect::<Vec<_>>().join("\n");
    assert!(
        !said.contains("S3cret") && !String::from_utf8_lossy(&output.stderr).contains("S3cret"),
        "{said}"
    );
    (said, output.status.code().unwrap())
}

fn settings(azure: &str, mail: &str, flow: &str) -> Vec<(&'static str, String)> {
    vec![
        ("NOTIFIER_CONFIG", "notifier.toml".to_owned()),
        ("NOTIFIER_ARM_ENDPOINT", azure.to_owned()),
        ("NOTIFIER_ARM_AUDIENCE", azure.to_owned()),
        ("IDENTITY_ENDPOINT", format!("{azure}/msi/token")),
        ("IDENTITY_HEADER", "simulated-identity".to_owned()),
        ("NOTIFIER_SMTP_URL", format!("smtp://{mail}?tls=none")),
        ("NOTIFIER_MAIL_FROM", "maintenance@contoso.com".to_owned()),
        ("NOTIFIER_ALLOW_PRIVATE_WEBHOOKS", "1".to_owned()),
        ("FLOW", format!("http://{flow}/workflows?sig=S3cret-signature-of-a-flow")),
    ]
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("notifier.toml"), CONFIGURATION).unwrap();
    folder
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_that_is_named_is_reached_and_nothing_is_sent() {
    let (azure, server) = (simulated_azure().await, MailServer::start(&["--auth"]).await);
    let flow = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let mail = format!("maintenance:correct%20horse@127.0.0.1:{}", server.port);
    let mut settings = settings(&azure, &mail, &flow.local_addr().unwrap().to_string());
    let azurite = Azurite::start().await;
    settings.push(("AzureWebJobsStorage", azurite.connection_string()));
    let folder = folder();
    let (said, code) = check(folder.path(), &settings, &[]).await;
    let said = said.replace(&azure, "AZURE").replace(&server.port.to_string(), "PORT");
    insta::assert_snapshot!(format!("{code}\n{said}"), @"
    0
    ok         configuration: notifier.toml is valid: 1 recipient, 0 routes, 0 silences, version 058106811cc4, time zones 2026f
    ok         sign-in to Azure: a token for AZURE
    ok         subscriptions: 5 can be read
    ok         Resource Graph: it answered, with N rows of maintenance
    ok         a machine: the instance view of vm-erp-01 can be read
    ok         store: a row was written, read and deleted
    ok         mail: 127.0.0.1:PORT answered in plain text, and took the login
    ok         Teams flow of platform: 127.0.0.1 can be reached; only a card shows whether the flow works
    ");
    assert_eq!(server.count(), 0);

    let (said, code) = check(folder.path(), &settings, &["--format", "json"]).await;
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!((code, &said["ok"]), (0, &serde_json::json!(true)));
    assert_eq!(said["checks"][0]["state"], "ok");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_fails_is_reported_with_a_hint_and_the_rest_is_tried() {
    let (azure, server) = (simulated_azure().await, MailServer::start(&["--auth"]).await);
    let (_held, nobody) = nobody();
    let mut settings = settings(&azure, &format!("maintenance:S3cret@127.0.0.1:{}", server.port), &nobody);
    settings.push(("NOTIFIER_SUBSCRIPTIONS", "99999999-0000-0000-0000-000000000000".to_owned()));
    settings.push(("NOTIFIER_STORE", "sqlite:notifier.toml/state.db".to_owned()));
    let (said, code) = check(folder().path(), &settings, &[]).await;
    let said =
        said.replace(&azure, "AZURE").replace(&server.port.to_string(), "PORT").replace(&nobody, "NOBODY");
    insta::assert_snapshot!(format!("{code}\n{said}"), @"
    1
    ok         configuration: notifier.toml is valid: 1 recipient, 0 routes, 0 silences, version 058106811cc4, time zones 2026f
    ok         sign-in to Azure: a token for AZURE
    failed     subscriptions: 0 of those that NOTIFIER_SUBSCRIPTIONS names can be read; /subscriptions/99999999-0000-0000-0000-000000000000: the identity can read nothing there, or it does not exist; all subscriptions: the identity can read none; give it the Reader role (it can take hours to show); a role that was given lately can take hours to show, because tokens are kept
    not tried  Resource Graph: what comes before it failed
    not tried  a machine: what comes before it failed
    failed     store: notifier.toml/state.db: the folder notifier.toml cannot be made (File exists (os error 17)); name another path
    failed     mail: 127.0.0.1:PORT answered 535 at the login: 5.7.8 Authentication credentials invalid; check user and password, or with auth=xoauth2 that the app's identity has SMTP.SendAsApp and may send as this mailbox
    failed     Teams flow of platform: 127.0.0.1 cannot be reached: Connection refused (os error 111)
    ");

    // Without a token nothing else of Azure can be tried; a spoilt configuration keeps nobody from being reached.
    let mut settings = self::settings(&format!("http://{nobody}"), "127.0.0.1:1", &nobody);
    settings.retain(|(name, _)| *name != "NOTIFIER_SMTP_URL");
    settings.push(("NOTIFIER_OUTBOX", "outbox".to_owned()));
    let spoilt = folder();
    std::fs::write(spoilt.path().join("notifier.toml"), "[defaults]\nfallback = ['nobody']\n").unwrap();
    let (said, code) = check(spoilt.path(), &settings, &[]).await;
    insta::assert_snapshot!(format!("{code}\n{}", said.replace(&nobody, "NOBODY")), @"
    1
    failed     configuration: notifier.toml has 1 error; hint: `maintenance-notifier check` says what is wrong
    failed     sign-in to Azure: no token for Azure from the identity endpoint: error sending request: client error (Connect): tcp connect error: Connection refused (os error 111); hint: check the identity endpoint's address and header; in Azure, switch on the app's identity
    not tried  subscriptions: what comes before it failed
    not tried  Resource Graph: what comes before it failed
    not tried  a machine: what comes before it failed
    ok         store: a row was written, read and deleted
    ok         mail: outbox can be written; nothing leaves this machine
    not tried  Teams: the configuration is of no use
    ");
}
