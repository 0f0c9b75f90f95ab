//! The app as Azure runs it at its largest: a process for each group of functions.

use std::collections::BTreeMap;
use std::path::Path;

use futures::future::join_all;
use serde_json::Value;

use super::super::answer::Verdict;
use super::super::app::Declared;
use super::super::process::Process;
use super::super::processes::Staged;
use super::super::simulator::Simulator;

const QUEUES: [&str; 2] = ["collect-subscription", "deliver-message"];

/// The processes by the functions' groups, and the host that invokes them.
pub(super) struct Deployment {
    processes: BTreeMap<String, Process>,
    pub(super) host: Simulator,
}

impl Deployment {
    /// Starts a process for each group and waits for all of them.
    pub(super) async fn start(staged: &Staged, settings: &[(&str, String)]) -> Self {
        let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, &**value)).collect();
        let mut processes = BTreeMap::new();
        for function in &staged.functions {
            let start = || Process::start(staged.root(), &settings);
            processes.entry(group(function).to_owned()).or_insert_with(start);
        }
        join_all(processes.values().map(Process::ready)).await;
        let clients = staged.functions.iter();
        let clients = clients.map(|it| (it.name.clone(), processes[group(it)].client.clone())).collect();
        let host = Simulator::with_processes(&staged.host_json, staged.functions.clone(), clients);
        Self { processes, host }
    }

    /// Another instance of everything, on the same queues.
    pub(super) async fn another(&self, staged: &Staged, settings: &[(&str, String)]) -> Self {
        let other = Self::start(staged, settings).await;
        Self { host: other.host.beside(&self.host), ..other }
    }

    /// Runs the queues, and as soon as `group` is in the middle of its work kills its process and starts the next.
    pub(super) async fn kill_while_working(&mut self, group: &str, in_the_middle: impl Future) {
        let process = self.processes.get_mut(group).unwrap();
        let mut working = std::pin::pin!(self.host.run_queues());
        tokio::select! {
            () = &mut working => panic!("{group} was done before it was killed"),
            _ = in_the_middle => {}
        }
        tokio::join!(working, async {
            process.kill_and_restart().await;
            process.ready().await;
        });
    }

    /// The errors in the logs of all processes, which end. To give way to another is none.
    pub(super) async fn errors(mut self) -> Vec<Value> {
        let mut errors = Vec::new();
        for process in self.processes.values_mut() {
            errors.extend(process.log().await.into_iter().filter(|event| {
                let said = event["message"].as_str().unwrap_or_default();
                event["level"] == "ERROR" && !said.contains("was changed by somebody else")
            }));
        }
        errors
    }
}

/// On Flex Consumption all HTTP and Event Grid functions share their instances, and every other one has its own.
fn group(function: &Declared) -> &str {
    match function.trigger()["type"].as_str().unwrap() {
        "httpTrigger" | "eventGridTrigger" => "http",
        _ => &function.name,
    }
}

/// Delivers what is in the queues a second time, as queues may.
fn redeliver(host: &Simulator) {
    let mut queues = host.queues.lock().unwrap();
    for queue in QUEUES {
        queues.texts(queue).iter().for_each(|text| queues.send(queue, text));
    }
}

/// A timer ticks in all of these instances at the same time; one that is named twice ticks twice.
pub(super) async fn tick(hosts: &[&Simulator], timer: &str) {
    for verdicts in join_all(hosts.iter().map(|host| host.tick(timer, 0))).await {
        assert!(matches!(verdicts.as_slice(), [Verdict::Succeeded(_)]), "{timer}: {verdicts:?}");
    }
}

/// A timer ticks until it succeeds, as it does in Azure with time.
pub(super) async fn persist(host: &Simulator, timer: &str) {
    const ENOUGH: u32 = 10;
    let verdicts = host.tick(timer, ENOUGH).await;
    assert!(matches!(verdicts.last(), Some(Verdict::Succeeded(_))), "{timer}: {verdicts:?}");
}

/// Plans for everybody and delivers it, and has everything in the queues twice.
pub(super) async fn plan_and_deliver(hosts: &[&Simulator]) {
    tick(hosts, "PlanNotifications").await;
    redeliver(hosts[0]);
    drain(hosts).await;
}

/// Runs the queues until they are empty. Of two that do the same at once one gives way, and comes again when its time
/// in hiding is over.
pub(super) async fn drain(hosts: &[&Simulator]) {
    loop {
        join_all(hosts.iter().map(|host| host.run_queues())).await;
        let mut queues = hosts[0].queues.lock().unwrap();
        let Some(next) = queues.next_visible() else { break };
        queues.now = queues.now.max(next);
    }
    let queues = hosts[0].queues.lock().unwrap();
    let poison = QUEUES.map(|queue| queues.texts(&format!("{queue}-poison")));
    assert_eq!(poison, [[""; 0]; 2]);
}

/// The settings that every round has, wherever its mails go.
pub(super) fn settings(azure: &str, storage: String) -> Vec<(&'static str, String)> {
    vec![
        ("NOTIFIER_STORE", "tables:round".to_owned()),
        ("AzureWebJobsStorage", storage),
        ("NOTIFIER_ARM_ENDPOINT", azure.to_owned()),
        ("NOTIFIER_ARM_AUDIENCE", azure.to_owned()),
        ("IDENTITY_ENDPOINT", format!("{azure}/msi/token")),
        ("IDENTITY_HEADER", "simulated-identity".to_owned()),
        ("NOTIFIER_MAIL_FROM", "Azure maintenance <azure-maintenance@contoso.com>".to_owned()),
        ("NOTIFIER_ALLOW_PRIVATE_WEBHOOKS", "1".to_owned()),
        ("NOTIFIER_PUBLIC_URL", "http://127.0.0.1:7071".to_owned()),
    ]
}

/// Stages the app with a configuration.
pub(super) fn staged(configuration: &str) -> Staged {
    let staged = Staged::new();
    std::fs::write(Path::new(staged.root()).join("notifier.toml"), configuration).unwrap();
    staged
}
