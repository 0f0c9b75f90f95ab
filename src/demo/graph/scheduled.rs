//! Rows of what happens to machines: scheduled events and annotations of Resource Health.

use serde_json::{Value, json};

use super::row::{SimulatedRow, row, with};
use crate::demo::{state::State, times};

/// Rows of `microsoft.maintenance/scheduledevents`, of machines that exist.
pub(super) fn events(state: &State) -> Vec<SimulatedRow> {
    let events = state.scheduled_events.iter().filter(|event| state.world.exists(&event.machine));
    let rows = events.map(|event| {
        let row = row(state, &event.resource_id(), &event.id, "microsoft.maintenance/scheduledevents", "");
        with(row, [("properties", event.properties())])
    });
    rows.collect()
}

/// Rows of `microsoft.resourcehealth/resourceannotations`.
pub(super) fn annotations(state: &State) -> Vec<SimulatedRow> {
    let rows = state.annotations.iter().enumerate().map(|(number, (machine, name, at))| {
        let id = format!("{machine}/providers/microsoft.resourcehealth/resourceannotations/{number}");
        let own = name.contains("ByControlPlane");
        let properties: Value = json!({
            "targetResourceId": machine,
            "targetResourceType": "Microsoft.Compute/virtualMachines",
            "annotationName": name,
            "occurredTime": times::seven_digits(*at),
            "context": if own { "Customer Initiated" } else { "Platform Initiated" },
            "category": if own { "Not Applicable" } else { "Planned" },
        });
        let row = row(state, &id, &number.to_string(), "microsoft.resourcehealth/resourceannotations", "");
        with(row, [("properties", properties)])
    });
    rows.collect()
}
