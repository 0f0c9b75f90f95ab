//! Clients that nobody here wrote.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
};

use chrono::{DateTime, TimeDelta, Utc};
use maintenance_notifier::{
    clock::{Clock, SystemClock},
    demo::{
        ListPages, SimulatedAgent, SimulatedMachine, SimulatedScaleSet, SimulatedWindow, Simulation,
        SimulationOptions, Wave,
    },
};
use tokio::process::Command;

use super::start;

/// Drives the simulation with Microsoft's Python clients and holds its answers against Azure's own schemas.
#[tokio::test]
async fn clients_that_nobody_here_wrote_understand_it() {
    let simulation = simulation();
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let python = python(&root);
    assert!(
        python.exists(),
        "{} is missing. hint: python3 -m venv .venv && .venv/bin/pip install -r tests/python/requirements.txt, \
         or name another interpreter in NOTIFIER_TEST_PYTHON",
        python.display()
    );
    drive(simulation, pytest(&python, "test_simulated_azure.py")).await;
}

/// The newest clients of all services that are asked, for which `make sdk-walk` makes a place: there is more than is
/// installed for every run of the tests.
#[tokio::test]
async fn the_newest_clients_of_every_service_walk_through_it() {
    #[expect(clippy::disallowed_methods, reason = "a test's own setting, which the program does not know")]
    let Some(python) = std::env::var_os("NOTIFIER_SDK_PYTHON") else {
        println!("left out: NOTIFIER_SDK_PYTHON names no interpreter; `make sdk-walk` does");
        return;
    };
    let simulation = simulation();
    let script = simulation.script();
    script.switch(|switches| switches.machines_go_away = true);
    let named = |name: &str| script.subscriptions().into_iter().find(|known| known.name == name).unwrap();
    script.forbid(&named("Contoso Lab").id, true);
    let production = script.machine("vm-web-01").unwrap();
    let member = |name: &str| {
        let place = (production.subscription.as_str(), production.resource_group.as_str());
        SimulatedMachine::new(place.0, place.1, name, &production.region, start())
    };
    for (name, agent) in [("vm-appliance", SimulatedAgent::Absent), ("vm-custom", SimulatedAgent::NotReady)] {
        let id = script.add_machine(member(name));
        script.set_agent(&id, Some(agent));
    }
    let set = script.add_scale_set(SimulatedScaleSet {
        subscription: production.subscription.clone(),
        resource_group: production.resource_group.clone(),
        name: "vmss-flexible".to_owned(),
        region: production.region.clone(),
        zones: Vec::new(),
        size: production.size.clone(),
        tags: production.tags.clone(),
        os_disk: production.os_disk,
        flexible: true,
        instances: BTreeMap::new(),
    });
    let members = ["vmss-flexible_1", "vmss-flexible_2"]
        .map(|name| script.add_machine(SimulatedMachine { scale_set: Some(set.clone()), ..member(name) }));
    let days = TimeDelta::days;
    let own = SimulatedWindow::new(start() - days(1), start() + days(9));
    let azures = SimulatedWindow::new(start() + days(12), start() + days(19));
    let wave = Wave::new("FLEX-01", &production.region, start() - days(1), Some(own), azures);
    script.announce(wave.with_targets(members));

    drive(simulation.clone(), pytest(Path::new(&python), "sdk_walk.py")).await;
    #[expect(clippy::disallowed_methods, reason = "a test's own setting, which the program does not know")]
    let Some(folder) = std::env::var_os("NOTIFIER_SDK_NODE") else {
        println!("left out: NOTIFIER_SDK_NODE names no folder with the clients for JavaScript");
        return;
    };
    let mut node = Command::new("node");
    node.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/node/sdk_walk.mjs")).arg(folder);
    drive(simulation, node).await;
}

fn simulation() -> Simulation {
    let mut options = SimulationOptions::new(start());
    options.machines = 60;
    // Long enough to be looked at while it lasts.
    options.self_start_duration = TimeDelta::seconds(2);
    options.switches.pages = ListPages { size: 5, short: true, empty: true, empty_link: true };
    Simulation::new(options)
}

/// A check in Python.
fn pytest(python: &Path, check: &str) -> Command {
    let mut command = Command::new(python);
    command.args(["-m", "pytest", "-q", "-p", "no:cacheprovider", "-rs"]);
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python").join(check));
    command
}

/// Serves the simulation, and runs a check that asks it.
#[expect(clippy::print_stdout, reason = "who runs the tests should see what was left out")]
async fn drive(simulation: Simulation, mut check: Command) {
    // The waves are laid around a fixed moment, so time runs on from there.
    let clock = Arc::new(Offset(start() - SystemClock.now()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let served = tokio::spawn(async move { simulation.serve(listener, clock).await });
    let output = check
        .env("SIMULATED_AZURE_URL", format!("http://{address}"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .unwrap();
    served.abort();
    let report = String::from_utf8_lossy(&output.stdout);
    println!("{report}");
    assert!(output.status.success(), "{report}\n{}", String::from_utf8_lossy(&output.stderr));
}

#[expect(clippy::disallowed_methods, reason = "names the interpreter of this test, nothing of the product")]
fn python(root: &Path) -> PathBuf {
    std::env::var_os("NOTIFIER_TEST_PYTHON").map_or_else(|| root.join(".venv/bin/python"), PathBuf::from)
}

/// The system's clock, moved.
#[derive(Debug)]
struct Offset(TimeDelta);

impl Clock for Offset {
    fn now(&self) -> DateTime<Utc> {
        SystemClock.now() + self.0
    }
}
