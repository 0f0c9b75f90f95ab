//! Simulated worlds, from an empty one to that of the demo.

use chrono::TimeZone as _;
use chrono::{DateTime, TimeDelta, Utc};
use maintenance_notifier::demo::{
    SimulatedMachine, SimulatedSubscription, SimulatedTags, SimulatedWindow, Simulation, SimulationOptions,
    Wave,
};

/// A Monday morning in Berlin, within everybody's hours.
pub(crate) fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 23, 9, 0, 0).unwrap()
}

pub(crate) const SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000001";

pub(crate) const WAVE: &str = "TEST-100";

/// A subscription with everything allowed.
pub(crate) fn subscription(id: &str, name: &str) -> SimulatedSubscription {
    SimulatedSubscription {
        id: id.to_owned(),
        name: name.to_owned(),
        state: "Enabled".to_owned(),
        tags: SimulatedTags::new(),
        hidden_from_resource_graph: false,
        forbidden: false,
        starts_forbidden: false,
    }
}

/// A tenant with these machines in one wave: name and owner. Self-service closes in nine days, Azure comes in twelve.
pub(crate) fn small_world(machines: &[(&str, &str)]) -> Simulation {
    let simulation = empty_world();
    let script = simulation.script();
    script.add_subscription(subscription(SUBSCRIPTION, "Contoso Test"));
    let ids: Vec<String> =
        machines.iter().map(|(name, owner)| add_machine(&simulation, SUBSCRIPTION, name, owner)).collect();
    script.announce(wave(WAVE).with_targets(ids));
    simulation
}

/// A wave that is open for self-service.
pub(crate) fn wave(tracking_id: &str) -> Wave {
    let days = |days: i64| start() + TimeDelta::days(days);
    let self_service = Some(SimulatedWindow::new(days(-2), days(9)));
    Wave::new(tracking_id, "westeurope", days(-3), self_service, SimulatedWindow::new(days(12), days(19)))
}

/// A machine with an owner's tag; without one where it is empty.
pub(crate) fn add_machine(simulation: &Simulation, subscription: &str, name: &str, owner: &str) -> String {
    let mut machine = SimulatedMachine::new(subscription, "rg-test", name, "westeurope", start());
    if !owner.is_empty() {
        machine.tags.insert("owner".to_owned(), owner.to_owned());
    }
    simulation.script().add_machine(machine)
}

/// Azure without anything in it, and without quotas: they pass in real time.
pub(crate) fn empty_world() -> Simulation {
    let simulation = default_world();
    for subscription in simulation.script().subscriptions() {
        simulation.script().remove_subscription(&subscription.id);
    }
    for wave in simulation.script().waves() {
        simulation.script().change_wave(&wave.tracking_id.clone(), |wave| {
            *wave = Wave::new(&wave.tracking_id, &wave.region, wave.announced, None, wave.scheduled);
        });
    }
    simulation
}

/// The demo's world, without quotas.
pub(crate) fn default_world() -> Simulation {
    let mut options = SimulationOptions::new(start());
    options.switches.throttling = false;
    Simulation::new(options)
}
