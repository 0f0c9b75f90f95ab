//! Every machine there is, with all that says whose it is.

use std::collections::BTreeMap;

use super::ask::{QueryScope, ask};
use super::query::GraphQuery;
use crate::azure::records;
use crate::azure::{ArmClient, AzureError};
use crate::domain::machine::Machine;
use crate::domain::resource::{ResourceId, SubscriptionId, folded};
use crate::domain::tags::Tags;
use crate::http::json;

const MACHINE: &str = "microsoft.compute/virtualmachines";
const SCALE_SET: &str = "microsoft.compute/virtualmachinescalesets";
const SUBSCRIPTION: &str = "microsoft.resources/subscriptions";
const RESOURCE_GROUP: &str = "microsoft.resources/subscriptions/resourcegroups";

/// All virtual machines, and all scale sets whose instances are no virtual machines of their own, with the tags of
/// everything that contains them; in order and once. Two questions, however many there are.
///
/// # Errors
/// When one of them has no complete answer.
pub async fn list_with_tags(arm: &ArmClient, of: QueryScope<'_>) -> Result<Vec<Machine>, AzureError> {
    let containers =
        GraphQuery::of("resourcecontainers", "id, name, type, subscriptionId, resourceGroup, tags")
            .where_in("type", [SUBSCRIPTION, RESOURCE_GROUP]);
    let resources = GraphQuery::of(
        "resources",
        "id, name, type, location, tags, orchestration = properties.orchestrationMode, \
         set = properties.virtualMachineScaleSet.id",
    )
    .where_in("type", [MACHINE, SCALE_SET]);
    let mut subscriptions: BTreeMap<SubscriptionId, (Option<String>, Tags)> = BTreeMap::new();
    let mut groups: BTreeMap<String, Tags> = BTreeMap::new();
    for row in ask(arm, &containers, of).await?.rows {
        let tags = records::tags(json::member(&row, "tags"));
        let kind = json::text(&row, "type").unwrap_or_default();
        if kind.eq_ignore_ascii_case(SUBSCRIPTION) {
            let id = json::text(&row, "subscriptionId").and_then(|id| id.parse().ok());
            let name = json::text(&row, "name").map(str::to_owned);
            subscriptions.extend(id.map(|id| (id, (name, tags))));
        } else if let Some(id) = json::text(&row, "id") {
            groups.insert(folded(id), tags);
        }
    }
    let rows = ask(arm, &resources, of).await?.rows;
    let id_of = |row, name| json::text(row, name).and_then(|id| ResourceId::parse(id).ok());
    let is_set = |row| json::text(row, "type").is_some_and(|kind: &str| kind.eq_ignore_ascii_case(SCALE_SET));
    let sets: BTreeMap<ResourceId, Tags> = rows
        .iter()
        .filter(|row| is_set(row))
        .filter_map(|row| Some((id_of(row, "id")?, records::tags(json::member(row, "tags")))))
        .collect();
    let mut machines: Vec<Machine> = Vec::new();
    for row in &rows {
        let flexible = json::text(row, "orchestration").is_some_and(|it| it.eq_ignore_ascii_case("Flexible"));
        let Some(id) = id_of(row, "id").filter(|_| !flexible) else { continue };
        let mut machine = Machine::bare(id);
        machine.region = json::text(row, "location").map(str::to_owned);
        let own = records::tags(json::member(row, "tags"));
        if is_set(row) {
            machine.tags.scale_set = own;
        } else {
            machine.tags.resource = own;
            let set = id_of(row, "set").and_then(|set| sets.get(&set));
            machine.tags.scale_set = set.cloned().unwrap_or_default();
        }
        let group = crate::domain::directory::group_of(&machine.id);
        machine.tags.resource_group = groups.get(&group).cloned().unwrap_or_default();
        if let Some((name, tags)) = subscriptions.get(&machine.id.subscription()) {
            machine.subscription_name.clone_from(name);
            machine.tags.subscription = tags.clone();
        }
        machines.push(machine);
    }
    machines.sort_by(|one, other| one.id.cmp(&other.id));
    machines.dedup_by(|one, other| one.id == other.id);
    Ok(machines)
}
