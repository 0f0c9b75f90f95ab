//! Resource Health: whether a machine is available, as the platform sees it.

use serde_json::json;

use super::{call::ArmCall, errors::not_found};
use crate::demo::{SimulatedPower, answer::SimulatedReply, state::State, times, world::fold};

/// The current availability status of a machine or an instance.
pub(super) fn current(state: &State, call: ArmCall<'_>, id: &str) -> SimulatedReply {
    let Some(power) = state.world.power(id) else {
        return not_found(id);
    };
    let runs = power == SimulatedPower::Running && !state.is_away(id, call.now);
    let follows = if runs { "Available" } else { "Unavailable" };
    let availability = state.health.get(&fold(id)).map_or(follows, String::as_str);
    SimulatedReply::ok(json!({
        "id": format!("{id}/providers/Microsoft.ResourceHealth/availabilityStatuses/current"),
        "name": "current",
        "type": "Microsoft.ResourceHealth/AvailabilityStatuses",
        "properties": {
            "availabilityState": availability,
            "summary": format!("This virtual machine is {}", availability.to_lowercase()),
            "reasonChronicity": "Persistent",
            "reportedTime": times::seven_digits(call.now),
        },
    }))
}
