//! Virtual machines.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{
    call::ArmCall,
    errors::{self, not_found},
    instance_view, paging,
};
use crate::demo::{
    SimulatedMachine,
    answer::SimulatedReply,
    state::State,
    world::{compute_id, shout_resource_group},
};

/// The machines of a subscription that `keep` keeps, in pages.
pub(super) fn list(
    state: &State,
    call: ArmCall<'_>,
    subscription: &str,
    keep: impl Fn(&SimulatedMachine) -> bool,
) -> SimulatedReply {
    let scale_set = match call.request.parameter("$filter").map(scale_set_of_filter) {
        None => None,
        Some(Some(id)) => Some(id),
        Some(None) => {
            let message = "Only the filter 'virtualMachineScaleSet/id' eq '…' is supported.";
            return errors::error(400, "InvalidParameter", message);
        }
    };
    let expand = call.request.expands_instance_view();
    if expand && scale_set.is_none() {
        let message = "$expand=instanceView needs a filter on 'virtualMachineScaleSet/id'.";
        return errors::error(400, "InvalidParameter", message);
    }
    let status_only =
        call.request.parameter("statusonly").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let prefix = format!("/subscriptions/{subscription}/");
    let items: Vec<Value> = state
        .world
        .machines
        .range(prefix.clone()..)
        .take_while(|(id, _)| id.starts_with(&prefix))
        .map(|(_, machine)| machine)
        .filter(|machine| keep(machine))
        .filter(|machine| match (&scale_set, &machine.scale_set) {
            (None, _) => true,
            (Some(wanted), Some(set)) => wanted.eq_ignore_ascii_case(set),
            (Some(_), None) => false,
        })
        .map(|machine| {
            if status_only {
                status(state, machine, call.now)
            } else {
                model(state, machine, call.now, expand)
            }
        })
        .collect();
    paging::page(call.request, &items, state.switches.pages)
}

pub(super) fn get(state: &State, call: ArmCall<'_>, id: &str) -> SimulatedReply {
    match state.world.machines.get(id) {
        Some(machine) => {
            SimulatedReply::ok(model(state, machine, call.now, call.request.expands_instance_view()))
        }
        None => not_found(id),
    }
}

pub(super) fn instance_view(state: &State, call: ArmCall<'_>, id: &str) -> SimulatedReply {
    match state.world.machines.get(id) {
        Some(machine) => SimulatedReply::ok(instance_view::of_machine(state, machine, call.now)),
        None => not_found(id),
    }
}

/// The id as bodies of Microsoft.Compute spell it.
pub(super) fn spelled(state: &State, id: &str) -> String {
    if state.switches.upper_case_resource_groups { shout_resource_group(id) } else { id.to_owned() }
}

fn model(state: &State, machine: &SimulatedMachine, now: DateTime<Utc>, with_view: bool) -> Value {
    let sibling = |provider: &str, name: String| {
        format!(
            "/subscriptions/{}/resourceGroups/{}/providers/{provider}/{name}",
            machine.subscription, machine.resource_group
        )
    };
    let mut os_disk = instance_view::os_disk(machine.windows, machine.os_disk);
    let disk_name = instance_view::os_disk_name(&machine.name);
    os_disk["name"] = json!(disk_name);
    os_disk["managedDisk"]["id"] =
        json!(compute_id(&machine.subscription, &machine.resource_group, &format!("disks/{disk_name}")));
    let mut properties = json!({
        "vmId": machine.vm_id.to_string(),
        "hardwareProfile": { "vmSize": machine.size },
        "storageProfile": { "osDisk": os_disk, "dataDisks": [] },
        "osProfile": { "computerName": machine.name, "adminUsername": "azureuser", "secrets": [] },
        "networkProfile": { "networkInterfaces": [{
            "id": sibling("Microsoft.Network", format!("networkInterfaces/{}-nic", machine.name)),
        }] },
        "provisioningState": "Succeeded",
    });
    let references = [
        ("availabilitySet", &machine.availability_set),
        ("virtualMachineScaleSet", &machine.scale_set),
        ("host", &machine.host),
    ];
    for (name, id) in references {
        if let Some(id) = id {
            properties[name] = json!({ "id": spelled(state, id) });
        }
    }
    if with_view {
        properties["instanceView"] = instance_view::of_machine(state, machine, now);
    }
    let mut body = head(state, machine, properties);
    body["tags"] = json!(machine.tags);
    if let Some(zone) = &machine.zone {
        body["zones"] = json!([zone]);
    }
    body
}

/// What `statusOnly=true` leaves of a machine.
fn status(state: &State, machine: &SimulatedMachine, now: DateTime<Utc>) -> Value {
    let mut view = json!({ "statuses": instance_view::statuses(machine.power, machine.created) });
    if state.switches.status_only_carries_maintenance
        && let Some(maintenance) = instance_view::maintenance(state, &machine.id(), now)
    {
        view["maintenanceRedeployStatus"] = maintenance;
    }
    let properties = json!({
        "vmId": machine.vm_id.to_string(),
        "provisioningState": "Succeeded",
        "instanceView": view,
    });
    head(state, machine, properties)
}

fn head(state: &State, machine: &SimulatedMachine, properties: Value) -> Value {
    json!({
        "name": machine.name,
        "id": spelled(state, &machine.id()),
        "type": "Microsoft.Compute/virtualMachines",
        "location": machine.region,
        "properties": properties,
    })
}

/// The id in `'virtualMachineScaleSet/id' eq '…'`, the one filter there is.
fn scale_set_of_filter(filter: &str) -> Option<String> {
    let (left, right) = filter.split_once(" eq ")?;
    let name = left.trim().trim_matches('\'');
    let id = right.trim().strip_prefix('\'')?.strip_suffix('\'')?;
    name.eq_ignore_ascii_case("virtualMachineScaleSet/id").then(|| id.to_owned())
}
