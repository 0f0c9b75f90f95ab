//! What all rows of Resource Graph have in common.

use serde_json::{Map, Value, json};

use crate::demo::{
    GraphIds,
    state::State,
    world::{fold, shout_resource_group, split_id},
};

pub(super) type SimulatedRow = Map<String, Value>;

/// Which table an id stands in; with [`GraphIds::Mixed`] each spells it differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum IdSpelling {
    Resources,
    Updates,
    ImpactedResources,
}

pub(super) fn spelled(state: &State, id: &str, place: IdSpelling) -> String {
    match (state.switches.graph_ids, place) {
        (GraphIds::Lower, _) | (GraphIds::Mixed, IdSpelling::Updates) => fold(id),
        (GraphIds::Mixed, IdSpelling::ImpactedResources) => shout_resource_group(id),
        (GraphIds::AsCreated, _) | (GraphIds::Mixed, IdSpelling::Resources) => id.to_owned(),
    }
}

/// A row with every column; absent ones are empty, as in Azure.
pub(super) fn row(state: &State, id: &str, name: &str, kind: &str, location: &str) -> SimulatedRow {
    let subscription = id.split('/').nth(2).unwrap_or_default().to_ascii_lowercase();
    let group = split_id(id).map(|(_, group, _)| group).unwrap_or_default();
    let group = if id.to_ascii_lowercase().contains("/resourcegroups/") { group } else { "" };
    let row = json!({
        "id": id,
        "name": name,
        "type": kind,
        "tenantId": state.world.tenant,
        "kind": "",
        "location": location,
        "resourceGroup": group.to_lowercase(),
        "subscriptionId": subscription,
        "managedBy": "",
        "sku": null,
        "plan": null,
        "properties": {},
        "tags": null,
        "identity": null,
        "zones": null,
        "extendedLocation": null,
    });
    match row {
        Value::Object(row) => row,
        _ => SimulatedRow::new(),
    }
}

pub(super) fn with(
    mut row: SimulatedRow,
    columns: impl IntoIterator<Item = (&'static str, Value)>,
) -> SimulatedRow {
    row.extend(columns.into_iter().map(|(name, value)| (name.to_owned(), value)));
    row
}
