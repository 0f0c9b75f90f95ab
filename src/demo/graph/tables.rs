//! The tables of Resource Graph.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{existing, planned, row::SimulatedRow, scheduled};
use crate::demo::{arm::function_apps, state::State};

/// The rows of a table that lie in the readable subscriptions, ordered by id; none for a table that is not there.
pub(super) fn rows(
    state: &State,
    table: &str,
    readable: &[String],
    now: DateTime<Utc>,
) -> Option<Vec<SimulatedRow>> {
    let listed_at = now - state.switches.graph_delay;
    let rows = match table {
        "resources" => {
            let sites = function_apps::sites(state).filter_map(|site| site.as_object().cloned());
            existing::resources(state).into_iter().chain(sites).collect()
        }
        "authorizationresources" => {
            let rows = function_apps::authorization(state).into_iter();
            rows.filter_map(|row| row.as_object().cloned()).collect()
        }
        "resourcecontainers" => existing::containers(state),
        "maintenanceresources" => {
            let mut rows = planned::updates(state, listed_at);
            rows.extend(scheduled::events(state));
            rows
        }
        "healthresources" => scheduled::annotations(state),
        "servicehealthresources" => planned::health(state, listed_at),
        _ => return None,
    };
    let is_readable = |row: &SimulatedRow| {
        let subscription = row.get("subscriptionId").and_then(Value::as_str).unwrap_or_default();
        readable.iter().any(|id| id == subscription)
    };
    let mut rows: Vec<SimulatedRow> = rows.into_iter().filter(is_readable).collect();
    rows.sort_by(|left, right| id_of(left).cmp(id_of(right)));
    Some(rows)
}

fn id_of(row: &SimulatedRow) -> &str {
    row.get("id").and_then(Value::as_str).unwrap_or_default()
}
