//! Looks into the simulated tenant while a test runs.

use chrono::{DateTime, Utc};

use crate::demo::{
    RecordedRequest, SimulatedMachine, SimulatedScaleSet, SimulatedSubscription, Simulation, Wave,
};

/// Looks into a simulation and changes it. Every change takes effect at once; ids compare without case.
///
/// Changes to something that does not exist answer `false` and change nothing. The functions that take a closure hold
/// the simulation's lock while it runs: it must not call the script.
#[derive(Debug, Clone, Copy)]
pub struct Script<'a> {
    pub(super) simulation: &'a Simulation,
}

impl Simulation {
    /// The hand that looks into the world and changes it.
    pub fn script(&self) -> Script<'_> {
        Script { simulation: self }
    }
}

impl Script<'_> {
    /// All subscriptions.
    pub fn subscriptions(&self) -> Vec<SimulatedSubscription> {
        self.simulation.lock().world.subscriptions.values().cloned().collect()
    }

    /// The subscription of this name.
    pub fn subscription(&self, name: &str) -> Option<SimulatedSubscription> {
        self.subscriptions().into_iter().find(|subscription| subscription.name == name)
    }

    /// All machines outside uniform scale sets.
    pub fn machines(&self) -> Vec<SimulatedMachine> {
        self.simulation.lock().world.machines.values().cloned().collect()
    }

    /// The machine of this name.
    pub fn machine(&self, name: &str) -> Option<SimulatedMachine> {
        self.machines().into_iter().find(|machine| machine.name.eq_ignore_ascii_case(name))
    }

    /// All scale sets.
    pub fn scale_sets(&self) -> Vec<SimulatedScaleSet> {
        self.simulation.lock().world.scale_sets.values().cloned().collect()
    }

    /// All waves, over and coming ones too.
    pub fn waves(&self) -> Vec<Wave> {
        self.simulation.lock().waves.clone()
    }

    /// The ids of all resources for which Azure plans something now.
    pub fn planned(&self, now: DateTime<Utc>) -> Vec<String> {
        let state = self.simulation.lock();
        let mut ids: Vec<String> = state
            .waves
            .iter()
            .flat_map(Wave::targets)
            .filter(|id| state.world.exists(id) && state.maintenance(id, now).is_some())
            .collect();
        ids.sort();
        ids.dedup();
        ids
    }

    /// What was asked, oldest first; the newest ten thousand requests are remembered.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.simulation.lock().requests.iter().cloned().collect()
    }

    /// Forgets the requests so far.
    pub fn forget_requests(&self) {
        self.simulation.lock().requests.clear();
    }

    /// The paths of the accepted calls that start maintenance, oldest first.
    pub fn starts(&self) -> Vec<String> {
        let is_start = |request: &RecordedRequest| {
            request.status < 300 && request.path.to_ascii_lowercase().ends_with("/performmaintenance")
        };
        self.requests().into_iter().filter(is_start).map(|request| request.path).collect()
    }
}
