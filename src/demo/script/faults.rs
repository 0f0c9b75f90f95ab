//! What goes wrong: spoilt facts, failing calls, odd outcomes, and the switches.

use serde_json::{Value, json};

use super::hand::Script;
use crate::demo::{Fault, FaultAnswer, ScriptedStart, SimulatedAgent, Switches, world::fold};

/// A `maintenanceRedeployStatus` that a client must survive.
#[derive(Debug, Clone)]
pub enum Corruption {
    /// Dates that are no dates.
    OddDates,
    /// Both windows end before they start.
    EndBeforeStart,
    /// A result code that nobody has documented.
    UnknownCode,
    /// An object without any field.
    Blank,
    /// A text where the object should be.
    NotAnObject,
    /// This value in place of the object.
    Replace(Value),
}

impl Corruption {
    fn value(self) -> Value {
        let windows = |earlier: &str, later: &str| {
            json!({
                "isCustomerInitiatedMaintenanceAllowed": true,
                "preMaintenanceWindowStartTime": earlier,
                "preMaintenanceWindowEndTime": later,
                "maintenanceWindowStartTime": earlier,
                "maintenanceWindowEndTime": later,
                "lastOperationResultCode": "None",
            })
        };
        match self {
            Self::OddDates => windows("the 31st of November", "0001-01-01T00:00:00"),
            Self::EndBeforeStart => windows("2027-02-01T00:00:00+00:00", "2027-01-01T00:00:00+00:00"),
            Self::UnknownCode => {
                let mut value = windows("2027-01-01T00:00:00+00:00", "2027-02-01T00:00:00+00:00");
                value["lastOperationResultCode"] = json!("SomethingNew");
                value
            }
            Self::Blank => json!({}),
            Self::NotAnObject => json!("none"),
            Self::Replace(value) => value,
        }
    }
}

impl Script<'_> {
    /// Spoils what instance views (and lists that carry it) say of a resource's maintenance.
    pub fn corrupt(&self, id: &str, corruption: Corruption) {
        self.simulation.lock().corrupted_views.insert(fold(id), corruption.value());
    }

    /// Replaces `properties` of a resource's row of planned updates in Resource Graph.
    pub fn corrupt_update_row(&self, id: &str, properties: Value) {
        self.simulation.lock().corrupted_updates.insert(fold(id), properties);
    }

    /// Takes both corruptions of a resource back.
    pub fn heal(&self, id: &str) {
        let mut state = self.simulation.lock();
        state.corrupted_views.remove(&fold(id));
        state.corrupted_updates.remove(&fold(id));
    }

    /// What Resource Health says of a machine from now on; `None` lets it say what follows from whether it runs.
    pub fn set_health(&self, id: &str, availability: Option<&str>) {
        let mut state = self.simulation.lock();
        match availability {
            Some(word) => state.health.insert(fold(id), word.to_owned()),
            None => state.health.remove(&fold(id)),
        };
    }

    /// What the agent of a machine says from now on; `None` lets it say what follows from whether it runs.
    pub fn set_agent(&self, id: &str, agent: Option<SimulatedAgent>) {
        let mut state = self.simulation.lock();
        match agent {
            Some(agent) => state.agents.insert(fold(id), agent),
            None => state.agents.remove(&fold(id)),
        };
    }

    /// Queues what the next start of a resource comes to; without one it completes.
    pub fn next_start(&self, id: &str, outcome: ScriptedStart) {
        self.simulation.lock().outcomes.entry(fold(id)).or_default().push_back(outcome);
    }

    /// Plants a fault. Of several that match, the one planted first acts.
    pub fn fail(&self, fault: Fault) {
        self.simulation.lock().faults.push(fault);
    }

    /// The next calls whose path contains a text answer 429 with `Retry-After` in seconds.
    pub fn throttle_next(&self, path: &str, times: u32, retry_after: u64) {
        let answer = FaultAnswer::Status {
            status: 429,
            code: "TooManyRequests".to_owned(),
            retry_after: Some(retry_after),
        };
        self.fail(Fault { path: path.to_owned(), graph_page: None, times, answer });
    }

    /// A page of Resource Graph answers, counted from one, fails this often.
    pub fn fail_graph_page(&self, page: u32, times: u32, status: u16) {
        let answer =
            FaultAnswer::Status { status, code: "InternalServerError".to_owned(), retry_after: None };
        let path = "Microsoft.ResourceGraph".to_owned();
        self.fail(Fault { path, graph_page: Some(page), times, answer });
    }

    /// Takes all planted faults back.
    pub fn clear_faults(&self) {
        self.simulation.lock().faults.clear();
    }

    /// Resource Graph cuts answers off without a skip token, and says so, or no longer.
    pub fn truncate_resource_graph(&self, truncate: bool) {
        self.simulation.lock().truncate_graph = truncate;
    }

    /// The next calls find their token expired.
    pub fn reject_tokens(&self, times: u32) {
        self.simulation.lock().reject_tokens = times;
    }

    /// Changes the switches.
    pub fn switch(&self, change: impl FnOnce(&mut Switches)) {
        change(&mut self.simulation.lock().switches);
    }
}
