//! What Azure does to machines, beside waves.

use chrono::{DateTime, Utc};

use super::hand::Script;
use crate::demo::SimulatedEvent;

impl Script<'_> {
    /// Lists a scheduled event in Resource Graph, in place of the one with the same id.
    pub fn list_event(&self, event: SimulatedEvent) {
        let events = &mut self.simulation.lock().scheduled_events;
        events.retain(|known| known.id != event.id);
        events.push(event);
    }

    /// Lists the scheduled event no more.
    pub fn unlist_event(&self, id: &str) {
        self.simulation.lock().scheduled_events.retain(|known| known.id != id);
    }

    /// Annotates a machine in Resource Health with what happened to it.
    pub fn annotate(&self, machine: &str, name: &str, at: DateTime<Utc>) {
        self.simulation.lock().annotations.push((machine.to_owned(), name.to_owned(), at));
    }
}
