//! Host groups and dedicated hosts. Their instance views say nothing of maintenance.

use serde_json::{Value, json};

use super::{errors::not_found, paging};
use crate::demo::{SimulatedHost, answer::SimulatedReply, request::ArmRequest, state::State, world::fold};

pub(super) fn group(state: &State, request: &ArmRequest, id: &str) -> SimulatedReply {
    let hosts = in_group(state, id);
    let Some(first) = hosts.first() else {
        return not_found(id);
    };
    let references: Vec<Value> = hosts.iter().map(|host| json!({ "id": host.id() })).collect();
    let mut properties = json!({ "platformFaultDomainCount": 1, "hosts": references });
    if request.expands_instance_view() {
        let views: Vec<Value> = hosts
            .iter()
            .map(|host| {
                let mut view = instance_view();
                view["name"] = json!(host.name);
                view
            })
            .collect();
        properties["instanceView"] = json!({ "hosts": views });
    }
    SimulatedReply::ok(json!({
        "name": first.group,
        "id": first.group_id(),
        "type": "Microsoft.Compute/hostGroups",
        "location": first.region,
        "properties": properties,
    }))
}

pub(super) fn list(state: &State, request: &ArmRequest, id: &str) -> SimulatedReply {
    let items: Vec<Value> = in_group(state, id).into_iter().map(|host| model(state, request, host)).collect();
    if items.is_empty() { not_found(id) } else { paging::page(request, &items, state.switches.pages) }
}

pub(super) fn get(state: &State, request: &ArmRequest, id: &str) -> SimulatedReply {
    match state.world.hosts.get(id) {
        Some(host) => SimulatedReply::ok(model(state, request, host)),
        None => not_found(id),
    }
}

fn in_group<'a>(state: &'a State, id: &str) -> Vec<&'a SimulatedHost> {
    state.world.hosts.values().filter(|host| fold(&host.group_id()) == id).collect()
}

fn model(state: &State, request: &ArmRequest, host: &SimulatedHost) -> Value {
    let id = host.id();
    let on_it = |machine: &&crate::demo::SimulatedMachine| {
        machine.host.as_deref().is_some_and(|host| host.eq_ignore_ascii_case(&id))
    };
    let machines: Vec<Value> =
        state.world.machines.values().filter(on_it).map(|machine| json!({ "id": machine.id() })).collect();
    let mut properties = json!({
        "platformFaultDomain": 0,
        "autoReplaceOnFailure": true,
        "virtualMachines": machines,
        "provisioningState": "Succeeded",
    });
    if request.expands_instance_view() {
        properties["instanceView"] = instance_view();
    }
    json!({
        "name": host.name,
        "id": id,
        "type": "Microsoft.Compute/hostGroups/hosts",
        "location": host.region,
        "tags": host.tags,
        "sku": { "name": "ESv4-Type1" },
        "properties": properties,
    })
}

fn instance_view() -> Value {
    json!({
        "assetId": "eb3f58b8-b4e8-4882-b69f-301a01812407",
        "availableCapacity": { "allocatableVMs": [{ "vmSize": "Standard_E2s_v4", "count": 4 }] },
        "statuses": [
            { "code": "ProvisioningState/succeeded", "level": "Info", "displayStatus": "Provisioning succeeded" },
            { "code": "HealthState/available", "level": "Info", "displayStatus": "Host available" },
        ],
    })
}
