//! Simulated Azure in a process of its own, for `benches/round.py`: `MACHINES OWNERS SUBSCRIPTIONS`, one wave that is open
//! for self-service. Prints its address, and answers until it is ended.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "it fails like a test, and says where it is")]

use std::sync::Arc;

use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};
use maintenance_notifier::clock::{Clock as _, SystemClock};
use maintenance_notifier::demo::{
    SimulatedMachine, SimulatedSubscription, SimulatedTags, SimulatedWindow, Simulation, SimulationOptions,
    Wave,
};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    // Cargo adds an option of its own.
    let counts = std::env::args().skip(1).filter(|argument| !argument.starts_with('-'));
    let [machines, owners, subscriptions] =
        counts.map(|count| count.parse::<usize>().unwrap()).collect::<Vec<_>>()[..]
    else {
        panic!("give MACHINES OWNERS SUBSCRIPTIONS")
    };
    let simulation = world(machines, owners, subscriptions, SystemClock.now());
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    println!("http://{}", listener.local_addr().unwrap());
    simulation.serve(listener, Arc::new(SystemClock)).await.unwrap();
}

fn world(machines: usize, owners: usize, subscriptions: usize, now: DateTime<Utc>) -> Simulation {
    let start = now.duration_trunc(TimeDelta::hours(1)).unwrap();
    let days = |days: i64| start + TimeDelta::days(days);
    let mut options = SimulationOptions::new(start);
    options.machines = 0;
    // Quotas pass in real time, and are measured elsewhere.
    options.switches.throttling = false;
    let simulation = Simulation::new(options);
    let script = simulation.script();
    for subscription in script.subscriptions() {
        script.remove_subscription(&subscription.id);
    }
    let ids: Vec<String> =
        (0..subscriptions).map(|number| format!("00000000-0000-0000-0000-{number:012}")).collect();
    for id in &ids {
        script.add_subscription(SimulatedSubscription {
            id: id.clone(),
            name: format!("Contoso {}", &id[30..]),
            state: "Enabled".to_owned(),
            tags: SimulatedTags::new(),
            hidden_from_resource_graph: false,
            forbidden: false,
            starts_forbidden: false,
        });
    }
    let targets: Vec<String> = (0..machines)
        .map(|number| {
            let name = format!("vm-{number:06}");
            let subscription = &ids[number % subscriptions];
            let mut machine =
                SimulatedMachine::new(subscription, "rg-bench", &name, "westeurope", days(-100));
            machine.tags.insert("owner".to_owned(), format!("owner{:05}@contoso.com", number % owners));
            script.add_machine(machine)
        })
        .collect();
    let self_service = Some(SimulatedWindow::new(days(-2), days(9)));
    let wave =
        Wave::new("BENCH-1", "westeurope", days(-3), self_service, SimulatedWindow::new(days(12), days(19)));
    script.announce(wave.with_targets(targets));
    simulation
}
