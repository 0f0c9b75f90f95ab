//! A round's metrics, as a receiver reads them that is not ours.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use maintenance_notifier::clock::{Clock, SharedClock, SystemClock};
use maintenance_notifier::demo::{Simulation, SimulationOptions};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

const CONFIGURATION: &str = r#"
[defaults]
timezone = "Europe/Berlin"
fallback = ["platform"]
hours = "always"
quiet = []
settle = "0m"
digest = "never"
[[recipients]]
name  = "platform"
email = ["platform@contoso.com"]
"#;

/// Starts the receiver; and says its port.
async fn receiver() -> (Child, tokio::io::Lines<BufReader<tokio::process::ChildStdout>>, u64) {
    let mut process = Command::new(crate::mail_server::python())
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/otlp_receiver.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let first =
        lines.next_line().await.unwrap().expect("are the packages of tests/python/requirements.txt there?");
    let first: Value = serde_json::from_str(&first).unwrap();
    (process, lines, first["port"].as_u64().unwrap())
}

/// Runs a round with these settings beside those that it needs, and returns what it logged.
async fn round(folder: &Path, azure: &str, settings: &[(&str, String)]) -> String {
    std::fs::write(folder.join("notifier.toml"), CONFIGURATION).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_maintenance-notifier"))
        .args(["local", "--once"])
        .current_dir(folder)
        .env_clear()
        .env("NOTIFIER_OUTBOX", "outbox")
        .env("NOTIFIER_ARM_ENDPOINT", azure)
        .env("NOTIFIER_ARM_AUDIENCE", azure)
        .env("IDENTITY_ENDPOINT", format!("{azure}/msi/token"))
        .env("IDENTITY_HEADER", "simulated-identity")
        .env("NOTIFIER_LOG", "info")
        .envs(settings.iter().map(|(name, value)| (name, value)))
        .output()
        .await
        .unwrap();
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{log}");
    log
}

async fn azure() -> String {
    let mut options = SimulationOptions::new(SystemClock.now());
    (options.seed, options.machines) = (7, 20);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let azure = format!("http://{}", listener.local_addr().unwrap());
    let clock: SharedClock = Arc::new(SystemClock);
    tokio::spawn(async move { Simulation::new(options).serve(listener, clock).await });
    azure
}

#[tokio::test]
async fn a_rounds_metrics_are_read_by_opentelemetrys_own_messages() {
    let (mut process, mut lines, port) = receiver().await;
    let folder = tempfile::tempdir().unwrap();
    let settings = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://127.0.0.1:{port}")),
        ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=s3cret".to_owned()),
        ("OTEL_SERVICE_NAME", "notifier-test".to_owned()),
        ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test".to_owned()),
    ];
    let azure = azure().await;
    // The second round counts the windows that the first one found.
    for _ in 0..2 {
        let log = round(folder.path(), &azure, &settings).await;
        assert!(!log.contains("s3cret"));
    }
    drop(process.stdin.take());
    let mut points: Vec<Value> = Vec::new();
    while let Some(line) = lines.next_line().await.unwrap() {
        points.push(serde_json::from_str(&line).unwrap());
    }
    assert!(process.wait().await.unwrap().success());

    let mut shapes = BTreeSet::new();
    let mut sums: BTreeMap<String, f64> = BTreeMap::new();
    for point in &points {
        assert_eq!(point["key"], "s3cret");
        assert_eq!(point["resource"]["service.name"], "notifier-test");
        assert_eq!(point["resource"]["deployment.environment.name"], "test");
        assert!(point["described"].as_bool().unwrap() && point["complete"].as_bool().unwrap(), "{point}");
        let attributes = point["attributes"].as_object().unwrap();
        let names: Vec<&str> = attributes.keys().map(String::as_str).collect();
        let text = |name: &str| point[name].as_str().unwrap_or("-").to_owned();
        shapes.insert(format!(
            "{} {} {} {} ({})",
            text("name"),
            text("kind"),
            text("unit"),
            text("temporality"),
            names.join(", ")
        ));
        let values: Vec<&str> = attributes.values().map(|value| value.as_str().unwrap()).collect();
        let name = format!("{} {}", text("name"), values.join(" "));
        *sums.entry(name.trim().to_owned()).or_default() += point["value"].as_f64().unwrap();
    }
    // Whether a call had to wait is a matter of the quota, and so of how fast this machine is.
    shapes.retain(|shape| {
        !shape.starts_with("notifier.calls.wait") && !shape.starts_with("notifier.calls.throttled")
    });
    insta::assert_snapshot!(shapes.into_iter().collect::<Vec<_>>().join("\n"), @"
    notifier.calls sum {call} AGGREGATION_TEMPORALITY_DELTA (service, status)
    notifier.freshness histogram s AGGREGATION_TEMPORALITY_DELTA (stage)
    notifier.function.duration histogram s AGGREGATION_TEMPORALITY_DELTA (function, result)
    notifier.messages sum {attempt} AGGREGATION_TEMPORALITY_DELTA (outcome, transport)
    notifier.outbox.oldest_unsent gauge s - ()
    notifier.outbox.unsent gauge {message} - ()
    notifier.troubles gauge {operator_alert} - (kind)
    notifier.windows gauge {window} - (status)
    ");

    // A mail was delivered; everything but what was delivered is out of the outbox; Azure answered.
    let sent = std::fs::read_dir(folder.path().join("outbox")).unwrap().count();
    assert_eq!(sums["notifier.messages delivered folder"], sent as f64);
    assert!(sums["notifier.windows start-now"] + sums["notifier.windows scheduled"] > 0.0, "{sums:?}");
    assert!(
        sums["notifier.calls resource-graph 2xx"] > 0.0 && sums["notifier.calls resource-manager 2xx"] > 0.0
    );
    assert!(sums["notifier.freshness announced"] > 0.0, "{sums:?}");
    assert_eq!(sums["notifier.function.duration CollectMaintenance succeeded"], 2.0);

    // Nothing in them names anybody or anything.
    let all = points.iter().map(|point| point["attributes"].to_string()).collect::<String>();
    for name in ["platform", "contoso", "vm", "/subscriptions/", "@"] {
        assert!(!all.contains(name), "{name}: {all}");
    }
}

#[tokio::test]
async fn a_collector_that_is_not_there_keeps_nobody_from_being_notified() {
    let folder = tempfile::tempdir().unwrap();
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let settings = [("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{gone}"))];
    let log = round(folder.path(), &azure().await, &settings).await;
    assert_eq!(log.matches("could not export metrics").count(), 1, "{log}");
    assert!(std::fs::read_dir(folder.path().join("outbox")).unwrap().count() > 0);
}

#[tokio::test]
async fn without_the_setting_nothing_is_measured_and_a_mistake_in_it_only_warned_of() {
    for (settings, said) in
        [(vec![], 0), (vec![("OTEL_EXPORTER_OTLP_ENDPOINT", "127.0.0.1:4318".to_owned())], 1)]
    {
        let folder = tempfile::tempdir().unwrap();
        let log = round(folder.path(), &azure().await, &settings).await;
        assert!(!log.contains("metrics are exported"), "{log}");
        assert_eq!(log.matches("no metrics are sent").count(), said, "{log}");
    }
}
