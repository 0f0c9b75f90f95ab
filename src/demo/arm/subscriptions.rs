//! Subscriptions and management groups.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{errors, paging};
use crate::demo::{
    ResourceGroup, SimulatedSubscription, answer::SimulatedReply, request::ArmRequest, state::State,
    world::resource_group_id,
};

pub(super) fn list(state: &State, request: &ArmRequest) -> SimulatedReply {
    let items: Vec<Value> =
        state.world.subscriptions.values().map(|subscription| body(state, subscription)).collect();
    paging::page(request, &items, state.switches.pages)
}

pub(super) fn get(state: &State, subscription: &SimulatedSubscription) -> SimulatedReply {
    SimulatedReply::ok(body(state, subscription))
}

/// The tenants that the notifier's identity knows: its own, and those that delegated a subscription to it.
pub(super) fn tenants(state: &State, request: &ArmRequest) -> SimulatedReply {
    let tenant = |id: &str, name: &str, category: &str| {
        json!({
            "id": format!("/tenants/{id}"),
            "tenantId": id,
            "displayName": name,
            "tenantCategory": category,
        })
    };
    let others: BTreeMap<&String, &String> =
        state.switches.delegated.values().map(|(id, name)| (id, name)).collect();
    let home = std::iter::once(tenant(&state.world.tenant, "Contoso", "Home"));
    let items: Vec<Value> =
        home.chain(others.into_iter().map(|(id, name)| tenant(id, name, "ManagedBy"))).collect();
    paging::page(request, &items, state.switches.pages)
}

fn body(state: &State, subscription: &SimulatedSubscription) -> Value {
    let home = &state.world.tenant;
    let (tenant, managed_by) = match state.switches.delegated.get(&subscription.id) {
        Some((other, _)) => (other, vec![json!({ "tenantId": home })]),
        None => (home, Vec::new()),
    };
    json!({
        "id": format!("/subscriptions/{}", subscription.id),
        "subscriptionId": subscription.id,
        "tenantId": tenant,
        "displayName": subscription.name,
        "state": subscription.state,
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01",
            "quotaId": "EnterpriseAgreement_2014-09-01",
            "spendingLimit": "Off",
        },
        "authorizationSource": "RoleBased",
        "managedByTenants": managed_by,
        "tags": subscription.tags,
    })
}

/// A resource group by itself.
pub(super) fn resource_group(group: &ResourceGroup) -> SimulatedReply {
    SimulatedReply::ok(json!({
        "id": resource_group_id(&group.subscription, &group.name),
        "name": group.name,
        "type": "Microsoft.Resources/resourceGroups",
        "location": group.region,
        "tags": group.tags,
        "properties": { "provisioningState": "Succeeded" },
    }))
}

/// Every subscription lies directly below the one management group.
pub(super) fn descendants(state: &State, request: &ArmRequest, group: &str) -> SimulatedReply {
    if group != state.world.management_group {
        return errors::error(404, "NotFound", &format!("The management group '{group}' was not found."));
    }
    let parent = format!("/providers/Microsoft.Management/managementGroups/{group}");
    let items: Vec<Value> = state
        .world
        .subscriptions
        .values()
        .map(|subscription| {
            json!({
                "id": format!("/subscriptions/{}", subscription.id),
                "type": "Microsoft.Management/managementGroups/subscriptions",
                "name": subscription.id,
                "properties": { "displayName": subscription.name, "parent": { "id": parent } },
            })
        })
        .collect();
    paging::page(request, &items, state.switches.pages)
}
