//! Rows of what exists: `resources` and `resourcecontainers`.

use serde_json::{Value, json};

use super::row::{IdSpelling, SimulatedRow, row, spelled, with};
use crate::demo::{
    OsDiskPlacement, SimulatedTags,
    state::State,
    times,
    world::{fold, resource_group_id, shout_resource_group},
};

/// Machines, scale sets, availability sets, hosts and shutdown schedules.
pub(super) fn resources(state: &State) -> Vec<SimulatedRow> {
    let world = &state.world;
    let place = IdSpelling::Resources;
    let machines = world.machines.values().map(|machine| {
        let id = spelled(state, &machine.id(), place);
        let power = json!({
            "code": format!("PowerState/{}", machine.power.code()),
            "level": "Info",
            "displayStatus": format!("VM {}", machine.power.code()),
        });
        let mut properties = json!({
            "vmId": machine.vm_id.to_string(),
            "provisioningState": "Succeeded",
            "timeCreated": times::zulu(machine.created),
            "hardwareProfile": { "vmSize": machine.size },
            "storageProfile": { "osDisk": os_disk(machine.os_disk) },
            "extended": { "instanceView": { "powerState": power } },
        });
        let references = [
            ("availabilitySet", &machine.availability_set),
            ("virtualMachineScaleSet", &machine.scale_set),
            ("host", &machine.host),
        ];
        for (name, id) in references {
            if let Some(id) = id {
                properties[name] = json!({ "id": shout_resource_group(id) });
            }
        }
        let row = row(state, &id, &machine.name, "microsoft.compute/virtualmachines", &machine.region);
        let zones = machine.zone.as_ref().map(|zone| json!([zone])).unwrap_or_default();
        with(row, [("properties", properties), ("tags", tags(&machine.tags)), ("zones", zones)])
    });
    let scale_sets = world.scale_sets.values().map(|set| {
        let id = spelled(state, &set.id(), place);
        let properties = json!({
            "orchestrationMode": if set.flexible { "Flexible" } else { "Uniform" },
            "provisioningState": "Succeeded",
            "virtualMachineProfile": { "storageProfile": { "osDisk": os_disk(set.os_disk) } },
        });
        let sku = json!({ "name": set.size, "tier": "Standard", "capacity": set.instances.len() });
        let row = row(state, &id, &set.name, "microsoft.compute/virtualmachinescalesets", &set.region);
        with(
            row,
            [
                ("properties", properties),
                ("tags", tags(&set.tags)),
                ("zones", json!(set.zones)),
                ("sku", sku),
            ],
        )
    });
    let availability_sets = world.availability_sets.values().map(|set| {
        let id = spelled(state, &set.id(), place);
        row(state, &id, &set.name, "microsoft.compute/availabilitysets", &set.region)
    });
    let hosts = world.hosts.values().map(|host| {
        let id = spelled(state, &host.id(), place);
        let row = row(state, &id, &host.name, "microsoft.compute/hostgroups/hosts", &host.region);
        with(row, [("tags", tags(&host.tags))])
    });
    let schedules = world.schedules.values().filter_map(|schedule| {
        let machine = world.machines.get(&fold(&schedule.target))?;
        let name = format!("shutdown-computevm-{}", machine.name);
        let group = resource_group_id(&machine.subscription, &machine.resource_group);
        let id = spelled(state, &format!("{group}/providers/microsoft.devtestlab/schedules/{name}"), place);
        let properties = json!({
            "status": if schedule.enabled { "Enabled" } else { "Disabled" },
            "taskType": "ComputeVmShutdownTask",
            "dailyRecurrence": { "time": schedule.time },
            "timeZoneId": schedule.time_zone,
            "targetResourceId": shout_resource_group(&schedule.target),
            "provisioningState": "Succeeded",
        });
        let row = row(state, &id, &name, "microsoft.devtestlab/schedules", &machine.region);
        Some(with(row, [("properties", properties)]))
    });
    machines.chain(scale_sets).chain(availability_sets).chain(hosts).chain(schedules).collect()
}

/// Subscriptions and resource groups.
pub(super) fn containers(state: &State) -> Vec<SimulatedRow> {
    let subscriptions = state.world.subscriptions.values().map(|subscription| {
        let id = format!("/subscriptions/{}", subscription.id);
        let properties = json!({
            "state": subscription.state,
            "managementGroupAncestorsChain": [{ "name": state.world.management_group }],
        });
        let row = row(state, &id, &subscription.name, "microsoft.resources/subscriptions", "");
        with(row, [("properties", properties), ("tags", tags(&subscription.tags))])
    });
    let groups = state.world.resource_groups.values().map(|group| {
        let id = spelled(state, &resource_group_id(&group.subscription, &group.name), IdSpelling::Resources);
        let kind = "microsoft.resources/subscriptions/resourcegroups";
        let mut row = row(state, &id, &group.name, kind, &group.region);
        row.insert("resourceGroup".to_owned(), json!(group.name.to_ascii_lowercase()));
        with(row, [("tags", tags(&group.tags)), ("properties", json!({ "provisioningState": "Succeeded" }))])
    });
    subscriptions.chain(groups).collect()
}

/// Tags of a resource; a resource without tags has none, not an empty object.
fn tags(tags: &SimulatedTags) -> Value {
    if tags.is_empty() { Value::Null } else { json!(tags) }
}

fn os_disk(placement: OsDiskPlacement) -> Value {
    match placement.ephemeral() {
        Some(placement) => json!({ "diffDiskSettings": { "option": "Local", "placement": placement } }),
        None => json!({ "managedDisk": { "storageAccountType": "Premium_LRS" } }),
    }
}
