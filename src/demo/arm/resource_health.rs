//! Resource Health: whether a machine is available, as the platform sees it.

use serde_json::json;

use super::{Call, not_found};
use crate::demo::{PowerState, answer::Answer, state::State, times, world::fold};

/// The current availability status of a machine or an instance.
pub(super) fn current(state: &State, call: Call<'_>, id: &str) -> Answer {
    let Some(power) = state.world.power(id) else {
        return not_found(id);
    };
    let follows = if power == PowerState::Running { "Available" } else { "Unavailable" };
    let availability = state.health.get(&fold(id)).map_or(follows, String::as_str);
    Answer::ok(json!({
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
