//! Microsoft.Maintenance: the updates of one resource.

use serde_json::json;

use super::{call::ArmCall, errors::not_found};
use crate::demo::{answer::SimulatedReply, graph, state::State};

/// What is planned for a machine, a host or an instance: one update or none.
pub(super) fn list(state: &State, call: ArmCall<'_>, id: &str) -> SimulatedReply {
    if !state.world.exists(id) {
        return not_found(id);
    }
    let nothing = || json!({ "value": [] });
    SimulatedReply::ok(graph::updates_of(state, id, call.now).unwrap_or_else(nothing))
}
