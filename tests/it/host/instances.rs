//! T4: a process for each function over one store, as Azure scales them out, sends what one process sends.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use maintenance_notifier::clock::{SharedClock, SystemClock};
use maintenance_notifier::demo::{Simulation, SimulationOptions};
use serde_json::Value;
use tokio::net::TcpListener;

use super::answer::Verdict;
use super::process::Process;
use super::processes::{Staged, settings};
use super::round::demo::impatient;
use super::simulator::Simulator;

/// Who got what: the mails' receivers and subjects, and the cards' receivers.
fn notified(outbox: &Path) -> Vec<String> {
    let mut notified = Vec::new();
    for entry in std::fs::read_dir(outbox).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        if path.extension().is_some_and(|extension| extension == "eml") {
            let unfolded = text.replace("\r\n ", " ");
            let header = |name: &str| {
                unfolded.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned()
            };
            notified.push(format!("{} | {}", header("To: "), header("Subject: ")));
        } else {
            // Between the time and the id, which is its store's own, stands whom it is for.
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let rest = name.split_once('-').and_then(|(_, rest)| rest.rsplit_once('-'));
            notified.push(format!("card to {}", rest.unwrap().0));
        }
    }
    notified.sort();
    notified
}

#[tokio::test]
async fn t4_a_process_for_each_function_sends_what_one_process_sends() {
    let folder = tempfile::tempdir().unwrap();
    let demo = folder.path().join("demo");
    std::fs::create_dir_all(&demo).unwrap();
    let now = maintenance_notifier::clock::Clock::now(&SystemClock);
    std::fs::write(demo.join("notifier.toml"), impatient(now)).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_maintenance-notifier"))
        .args(["demo", "--once", "--seed", "7", "--vms", "20", "--out", demo.to_str().unwrap()])
        .env_clear()
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let world: Value = serde_json::from_slice(&std::fs::read(demo.join("demo.json")).unwrap()).unwrap();

    let mut options = SimulationOptions::new(world["start"].as_str().unwrap().parse().unwrap());
    (options.seed, options.machines) = (7, 20);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let azure = format!("http://{}", listener.local_addr().unwrap());
    let clock: SharedClock = Arc::new(SystemClock);
    tokio::spawn(async move { Simulation::new(options).serve(listener, clock).await });

    let staged = Staged::new();
    std::fs::copy(demo.join("notifier.toml"), staged.root().join("notifier.toml")).unwrap();
    let mut settings = settings(staged.root(), &azure).to_vec();
    settings.push(("NOTIFIER_PUBLIC_URL", "http://127.0.0.1:7071".to_owned()));
    let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut processes: BTreeMap<String, Process> = staged
        .functions
        .iter()
        .map(|function| (function.name.clone(), Process::start(staged.root(), &settings)))
        .collect();
    let mut clients = BTreeMap::new();
    for (name, process) in &processes {
        process.ready().await;
        clients.insert(name.clone(), process.client.clone());
    }
    let host = Simulator::with_processes(&staged.host_json, staged.functions.clone(), clients);
    for timer in ["CollectMaintenance", "PlanNotifications", "PlanNotifications"] {
        let verdicts = host.tick(timer, 0).await;
        assert!(matches!(verdicts.as_slice(), [Verdict::Succeeded(_)]), "{timer}: {verdicts:?}");
        // What was delivered once may be delivered again.
        for queue in ["collect-subscription", "deliver-message"] {
            let texts = host.queues.lock().unwrap().texts(queue);
            texts.iter().take(2).for_each(|text| host.queues.lock().unwrap().send(queue, text));
        }
        // Of two that do the same at once one gives way, and comes again when its time in hiding is over.
        host.run_queues_to_their_ends().await;
    }
    let (one, many) = (notified(&demo.join("outbox")), notified(&staged.root().join("outbox")));
    assert!(one.len() > 10, "{one:?}");
    assert_eq!(many, one);
    // Of two that do the same at once one gives way, which is a warning, and nothing worse happens.
    let gave_way = |event: &Value| {
        event["level"] == "WARN" && event["message"].as_str().unwrap().contains("has to run again")
    };
    let mut errors: Vec<Value> = Vec::new();
    for (name, process) in &mut processes {
        let log = process.log().await;
        // What a busy day logs, by the message: docs/DEPLOYING.md has the number. Each was delivered twice here, at most.
        let bytes: usize = log.iter().map(|event| event.to_string().len() + 1).sum();
        if name == "DeliverMessage" {
            let (lines, each) = (log.len() / many.len(), bytes / many.len());
            assert!(lines <= 6 && each < 3_000, "{lines} lines, {each} bytes");
        }
        assert!(
            log.iter()
                .filter(|event| gave_way(event))
                .all(|event| { event["message"].as_str().unwrap().contains("was changed by somebody else") })
        );
        errors.extend(log.into_iter().filter(|event| event["level"] == "ERROR"));
    }
    assert_eq!(errors, Vec::<Value>::new());
    let queues = host.queues.lock().unwrap();
    assert_eq!(
        [queues.texts("collect-subscription-poison"), queues.texts("deliver-message-poison")],
        [[""; 0]; 2]
    );
}
