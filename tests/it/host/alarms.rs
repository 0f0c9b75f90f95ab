//! The lines that deployed alerts search for are in the log of the real process, whatever `NOTIFIER_LOG` says.

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use chrono::TimeDelta;
use maintenance_notifier::clock::{Clock, SystemClock};
use maintenance_notifier::domain::operator_alert::OperatorAlert;
use maintenance_notifier::services::alarms;
use maintenance_notifier::store::{Repository, SqliteStore};
use serde_json::Value;

use super::answer::Verdict;
use super::encode;
use super::process::Process;
use super::processes::{Staged, settings, silent_azure};

/// A flow that takes no card: what is for it comes to nothing.
async fn refusing_flow() -> String {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = format!("http://{}/flow", listener.local_addr().unwrap());
    let answer = || async { StatusCode::NOT_FOUND };
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
    address
}

/// A store in which one message is late, and the operators wait for another.
async fn troubled(path: &Path) {
    let now = SystemClock.now();
    let repository = Repository::new(Arc::new(SqliteStore::open(path).await.unwrap()));
    let late = |row: &mut maintenance_notifier::domain::outbox::OutboxRow| {
        (row.created, row.next_attempt) = (now - TimeDelta::minutes(20), now);
    };
    crate::cli_outbox::claim(&repository, "jane@contoso.com", late).await;
    let before = now - TimeDelta::hours(1);
    repository.report(&[OperatorAlert::poisoned("DeliverMessage", "one")], before).await.unwrap();
    repository.wake_all(&[("platform".parse().unwrap(), before)]).await.unwrap();
}

/// The log of a process that plans, delivers and parks, with this `NOTIFIER_LOG`.
async fn log_with(staged: &Staged, azure: &str, name: &str, wanted: &str) -> Vec<Value> {
    let store = staged.root().join(format!("{name}.db"));
    troubled(&store).await;
    let mut settings: Vec<(&str, String)> = settings(staged.root(), azure).into();
    settings.retain(|(name, _)| *name != "NOTIFIER_OUTBOX");
    settings[0].1 = format!("sqlite:{}", store.display());
    settings.push(("NOTIFIER_ALLOW_PRIVATE_WEBHOOKS", "1".to_owned()));
    settings.push(("NOTIFIER_LOG", wanted.to_owned()));
    let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut process = Process::start(staged.root(), &settings);
    process.ready().await;
    let host = staged.host(&process);
    let poison = encode::queue_message(host.function("ParkPoisonDeliverMessage"), "two", 1);
    host.invoke("ParkPoisonDeliverMessage", &poison).await.success();
    let verdicts = host.tick("PlanNotifications", 0).await;
    assert!(matches!(verdicts.as_slice(), [Verdict::Succeeded(_)]), "{verdicts:?}");
    host.run_queues_to_their_ends().await;
    process.log().await
}

#[tokio::test]
async fn what_alerts_search_for_is_logged_whatever_else_is_wanted() {
    let staged = Staged::new();
    let flow = refusing_flow().await;
    let configuration = format!(
        "[defaults]\nhours = \"always\"\nquiet = []\nsettle = \"0m\"\nfallback = [\"platform\"]\n[[recipients]]\n\
         name = \"platform\"\nteams = {{ webhook = \"{flow}\" }}\n[safety]\nmode = \"live\"\n"
    );
    std::fs::write(staged.root().join("notifier.toml"), configuration).unwrap();
    let (_azure, azure) = silent_azure().await;
    let wishes = [
        "error",
        "off",
        "OFF",
        "warn",
        "debug",
        "maintenance_notifier=off",
        "info,maintenance_notifier::services=error",
        "error,maintenance_notifier::services::emit=off,maintenance_notifier::services::app=off",
        "inf",
        "=,,",
        "",
    ];
    let logs = wishes.iter().enumerate().map(|(number, wanted)| {
        let (staged, azure) = (&staged, azure.as_str());
        async move { (*wanted, log_with(staged, azure, &format!("state-{number}"), wanted).await) }
    });
    for (wanted, log) in futures::future::join_all(logs).await {
        let events = |said: &str| log.iter().filter(|event| event["message"] == said).count();
        for line in alarms::ALL {
            assert!(events(line) > 0, "NOTIFIER_LOG={wanted:?} silences `{line}`: {log:#?}");
        }
        // That does not make the log louder than it was wanted.
        let is_alarm = |event: &Value| alarms::ALL.contains(&event["message"].as_str().unwrap());
        let others: Vec<&str> = log
            .iter()
            .filter(|event| !is_alarm(event))
            .map(|event| event["target"].as_str().unwrap())
            .filter(|target| !alarms::LOGGED_BY.contains(target))
            .collect();
        match wanted {
            "off" | "OFF" | "maintenance_notifier=off" => assert_eq!(others, [""; 0], "{wanted}"),
            "error" => assert!(log.iter().all(|event| event["level"] != "INFO"), "{log:#?}"),
            _ => {}
        }
        // A slip is said, and `info` holds.
        let said = log.iter().any(|event| {
            event["message"].as_str().unwrap().starts_with("NOTIFIER_LOG cannot be used, `info` is logged")
        });
        let is_slip = ["inf", "=,,"].contains(&wanted);
        assert_eq!(said, is_slip, "{wanted:?}: {log:#?}");
        if is_slip {
            assert!(log.iter().any(|event| event["message"] == "ready"), "{log:#?}");
        }
    }
}
