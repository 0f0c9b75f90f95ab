//! Scale sets and their instances.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{
    call::ArmCall,
    errors::{self, not_found},
    instance_view,
    machines::spelled,
    paging,
};
use crate::demo::{ScaleSetInstance, SimulatedScaleSet, answer::SimulatedReply, state::State};

/// The scale sets of a subscription or of one of its resource groups, in pages.
pub(super) fn list(
    state: &State,
    call: ArmCall<'_>,
    subscription: &str,
    group: Option<&str>,
) -> SimulatedReply {
    let items: Vec<Value> = state
        .world
        .scale_sets
        .values()
        .filter(|set| set.subscription == subscription)
        .filter(|set| group.is_none_or(|group| set.resource_group.eq_ignore_ascii_case(group)))
        .map(|set| model(state, set))
        .collect();
    paging::page(call.request, &items, state.switches.pages)
}

pub(super) fn get(state: &State, id: &str) -> SimulatedReply {
    match state.world.scale_sets.get(id) {
        Some(set) => SimulatedReply::ok(model(state, set)),
        None => not_found(id),
    }
}

/// The instance view of the set itself, which says nothing of maintenance.
pub(super) fn instance_view(state: &State, id: &str) -> SimulatedReply {
    match state.world.scale_sets.get(id) {
        Some(set) => SimulatedReply::ok(json!({
            "virtualMachine": { "statusesSummary": [
                { "code": "ProvisioningState/succeeded", "count": set.instances.len() },
            ] },
            "extensions": [],
            "statuses": [{
                "code": "ProvisioningState/succeeded",
                "level": "Info",
                "displayStatus": "Provisioning succeeded",
            }],
        })),
        None => not_found(id),
    }
}

pub(super) fn instances(state: &State, call: ArmCall<'_>, id: &str) -> SimulatedReply {
    let Some(set) = state.world.scale_sets.get(id) else {
        return not_found(id);
    };
    if set.flexible {
        let message = format!(
            "Operation 'VirtualMachineScaleSets.virtualMachines.GET' is not allowed on Virtual Machine Scale Set '{}'.",
            set.name
        );
        return errors::error(400, "BadRequest", &message);
    }
    let expand = call.request.expands_instance_view();
    let items: Vec<Value> = set
        .instances
        .iter()
        .map(|(name, instance)| instance_model(state, set, name, instance, call.now, expand))
        .collect();
    paging::page(call.request, &items, state.switches.pages)
}

pub(super) fn instance(state: &State, call: ArmCall<'_>, id: &str, name: &str) -> SimulatedReply {
    let path = format!("{id}/virtualmachines/{name}");
    match state.world.instance(&path) {
        Some((set, name, instance)) => {
            let expand = call.request.expands_instance_view();
            SimulatedReply::ok(instance_model(state, set, name, instance, call.now, expand))
        }
        None => not_found(&path),
    }
}

pub(super) fn instance_instance_view(
    state: &State,
    call: ArmCall<'_>,
    id: &str,
    name: &str,
) -> SimulatedReply {
    let path = format!("{id}/virtualmachines/{name}");
    match state.world.instance(&path) {
        Some((set, name, instance)) => SimulatedReply::ok(view(state, set, name, instance, call.now)),
        None => not_found(&path),
    }
}

fn view(
    state: &State,
    set: &SimulatedScaleSet,
    name: &str,
    instance: &ScaleSetInstance,
    now: DateTime<Utc>,
) -> Value {
    let machine = format!("{}_{name}", set.name);
    instance_view::of_instance(state, &set.instance_id(name), &machine, instance.power, now)
}

fn model(state: &State, set: &SimulatedScaleSet) -> Value {
    let mut properties = json!({
        "singlePlacementGroup": false,
        "provisioningState": "Succeeded",
        "platformFaultDomainCount": 1,
        "uniqueId": state.world.tenant,
        "virtualMachineProfile": {
            "storageProfile": { "osDisk": instance_view::os_disk(false, set.os_disk) },
            "osProfile": { "computerNamePrefix": set.name, "adminUsername": "azureuser" },
        },
    });
    properties["orchestrationMode"] = json!(if set.flexible { "Flexible" } else { "Uniform" });
    if !set.flexible {
        properties["upgradePolicy"] = json!({ "mode": "Manual" });
        properties["overprovision"] = json!(false);
    }
    json!({
        "name": set.name,
        "id": spelled(state, &set.id()),
        "type": "Microsoft.Compute/virtualMachineScaleSets",
        "location": set.region,
        "tags": set.tags,
        "zones": set.zones,
        "sku": { "name": set.size, "tier": "Standard", "capacity": set.instances.len() },
        "properties": properties,
    })
}

fn instance_model(
    state: &State,
    set: &SimulatedScaleSet,
    name: &str,
    instance: &ScaleSetInstance,
    now: DateTime<Utc>,
    with_view: bool,
) -> Value {
    let mut properties = json!({
        "latestModelApplied": true,
        "vmId": instance.vm_id.to_string(),
        "hardwareProfile": { "vmSize": set.size },
        "storageProfile": { "osDisk": instance_view::os_disk(false, set.os_disk), "dataDisks": [] },
        "osProfile": { "computerName": format!("{}{name:0>6}", set.name), "adminUsername": "azureuser" },
        "provisioningState": "Succeeded",
    });
    if with_view {
        properties["instanceView"] = view(state, set, name, instance, now);
    }
    let mut body = json!({
        "name": format!("{}_{name}", set.name),
        "id": spelled(state, &set.instance_id(name)),
        "type": "Microsoft.Compute/virtualMachineScaleSets/virtualMachines",
        "location": set.region,
        "tags": set.tags,
        "instanceId": name,
        "sku": { "name": set.size, "tier": "Standard" },
        "properties": properties,
    });
    if let Some(zone) = &instance.zone {
        body["zones"] = json!([zone]);
    }
    body
}
