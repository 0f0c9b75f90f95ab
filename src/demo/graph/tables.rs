//! The tables of Resource Graph: rows made from the world and its waves.

use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use crate::demo::{
    GraphIds, OsDiskPlacement, Tags, UpdateTimes, Wave,
    state::State,
    times,
    wave::Status,
    world::{fold, resource_group_id, shout_resource_group, split_id},
};

type Row = Map<String, Value>;

/// Which table an id stands in; with [`GraphIds::Mixed`] each spells it differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Resources,
    Updates,
    ImpactedResources,
}

/// The rows of a table that lie in the readable subscriptions, ordered by id; none for a table that is not there.
pub(super) fn rows(state: &State, table: &str, readable: &[String], now: DateTime<Utc>) -> Option<Vec<Row>> {
    let told = now - state.switches.graph_delay;
    let rows = match table {
        "resources" => resources(state),
        "resourcecontainers" => containers(state),
        "maintenanceresources" => updates(state, told),
        "servicehealthresources" => health(state, told),
        _ => return None,
    };
    let is_readable = |row: &Row| {
        let subscription = row
            .get("subscriptionId")
            .and_then(Value::as_str)
            .unwrap_or_default();
        readable.iter().any(|id| id == subscription)
    };
    let mut rows: Vec<Row> = rows.into_iter().filter(is_readable).collect();
    rows.sort_by(|left, right| id_of(left).cmp(id_of(right)));
    Some(rows)
}

fn id_of(row: &Row) -> &str {
    row.get("id").and_then(Value::as_str).unwrap_or_default()
}

fn spelled(state: &State, id: &str, place: Place) -> String {
    match (state.switches.graph_ids, place) {
        (GraphIds::Lower, _) | (GraphIds::Mixed, Place::Updates) => fold(id),
        (GraphIds::Mixed, Place::ImpactedResources) => shout_resource_group(id),
        (GraphIds::AsCreated, _) | (GraphIds::Mixed, Place::Resources) => id.to_owned(),
    }
}

/// A row with every column; absent ones are empty, as in Azure.
fn row(state: &State, id: &str, name: &str, kind: &str, location: &str) -> Row {
    let subscription = id.split('/').nth(2).unwrap_or_default().to_ascii_lowercase();
    let group = split_id(id).map(|(_, group, _)| group).unwrap_or_default();
    let group = if id.to_ascii_lowercase().contains("/resourcegroups/") {
        group
    } else {
        ""
    };
    let row = json!({
        "id": id,
        "name": name,
        "type": kind,
        "tenantId": state.world.tenant,
        "kind": "",
        "location": location,
        "resourceGroup": group.to_ascii_lowercase(),
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
        _ => Row::new(),
    }
}

fn with(mut row: Row, columns: impl IntoIterator<Item = (&'static str, Value)>) -> Row {
    row.extend(columns.into_iter().map(|(name, value)| (name.to_owned(), value)));
    row
}

/// Tags of a resource; a resource without tags has none, not an empty object.
fn tags(tags: &Tags) -> Value {
    if tags.is_empty() { Value::Null } else { json!(tags) }
}

fn os_disk(placement: OsDiskPlacement) -> Value {
    match placement.ephemeral() {
        Some(placement) => json!({ "diffDiskSettings": { "option": "Local", "placement": placement } }),
        None => json!({ "managedDisk": { "storageAccountType": "Premium_LRS" } }),
    }
}

fn resources(state: &State) -> Vec<Row> {
    let world = &state.world;
    let place = Place::Resources;
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
        let row = row(
            state,
            &id,
            &machine.name,
            "microsoft.compute/virtualmachines",
            &machine.region,
        );
        let zones = machine
            .zone
            .as_ref()
            .map(|zone| json!([zone]))
            .unwrap_or_default();
        with(
            row,
            [
                ("properties", properties),
                ("tags", tags(&machine.tags)),
                ("zones", zones),
            ],
        )
    });
    let scale_sets = world.scale_sets.values().map(|set| {
        let id = spelled(state, &set.id(), place);
        let properties = json!({
            "orchestrationMode": if set.flexible { "Flexible" } else { "Uniform" },
            "provisioningState": "Succeeded",
            "virtualMachineProfile": { "storageProfile": { "osDisk": os_disk(set.os_disk) } },
        });
        let sku = json!({ "name": set.size, "tier": "Standard", "capacity": set.instances.len() });
        let row = row(
            state,
            &id,
            &set.name,
            "microsoft.compute/virtualmachinescalesets",
            &set.region,
        );
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
        row(
            state,
            &id,
            &set.name,
            "microsoft.compute/availabilitysets",
            &set.region,
        )
    });
    let hosts = world.hosts.values().map(|host| {
        let id = spelled(state, &host.id(), place);
        let row = row(
            state,
            &id,
            &host.name,
            "microsoft.compute/hostgroups/hosts",
            &host.region,
        );
        with(row, [("tags", tags(&host.tags))])
    });
    let schedules = world.schedules.values().filter_map(|schedule| {
        let machine = world.machines.get(&fold(&schedule.target))?;
        let name = format!("shutdown-computevm-{}", machine.name);
        let group = resource_group_id(&machine.subscription, &machine.resource_group);
        let id = spelled(
            state,
            &format!("{group}/providers/microsoft.devtestlab/schedules/{name}"),
            place,
        );
        let properties = json!({
            "status": if schedule.enabled { "Enabled" } else { "Disabled" },
            "taskType": "ComputeVmShutdownTask",
            "dailyRecurrence": { "time": schedule.time },
            "timeZoneId": schedule.time_zone,
            "targetResourceId": shout_resource_group(&schedule.target),
            "provisioningState": "Succeeded",
        });
        let row = row(
            state,
            &id,
            &name,
            "microsoft.devtestlab/schedules",
            &machine.region,
        );
        Some(with(row, [("properties", properties)]))
    });
    machines
        .chain(scale_sets)
        .chain(availability_sets)
        .chain(hosts)
        .chain(schedules)
        .collect()
}

fn containers(state: &State) -> Vec<Row> {
    let subscriptions = state.world.subscriptions.values().map(|subscription| {
        let id = format!("/subscriptions/{}", subscription.id);
        let properties = json!({
            "state": subscription.state,
            "managementGroupAncestorsChain": [{ "name": state.world.management_group }],
        });
        let row = row(
            state,
            &id,
            &subscription.name,
            "microsoft.resources/subscriptions",
            "",
        );
        with(
            row,
            [("properties", properties), ("tags", tags(&subscription.tags))],
        )
    });
    let groups = state.world.resource_groups.values().map(|group| {
        let id = spelled(
            state,
            &resource_group_id(&group.subscription, &group.name),
            Place::Resources,
        );
        let kind = "microsoft.resources/subscriptions/resourcegroups";
        let mut row = row(state, &id, &group.name, kind, &group.region);
        row.insert("resourceGroup".to_owned(), json!(group.name.to_ascii_lowercase()));
        with(
            row,
            [
                ("tags", tags(&group.tags)),
                ("properties", json!({ "provisioningState": "Succeeded" })),
            ],
        )
    });
    subscriptions.chain(groups).collect()
}

/// Every resource with its wave and how it stands, for resources that exist and that Resource Graph knows of.
fn planned(state: &State, now: DateTime<Utc>) -> impl Iterator<Item = (&Wave, String, Status)> {
    state.waves.iter().flat_map(move |wave| {
        wave.targets().into_iter().filter_map(move |id| {
            let status = wave.status(&id, state.world.power(&id), now)?;
            (wave.lists(&id) && state.world.exists(&id)).then_some((wave, id, status))
        })
    })
}

fn updates(state: &State, now: DateTime<Utc>) -> Vec<Row> {
    planned(state, now)
        .filter(|(wave, _, _)| wave.listing.updates)
        .map(|(wave, target, status)| {
            let target_id = spelled(state, &target, Place::Updates);
            let id = format!("{target_id}/providers/microsoft.maintenance/updates/default");
            let properties = state
                .corrupted_updates
                .get(&fold(&target))
                .cloned()
                .unwrap_or_else(|| update_properties(state, wave, &target_id, &status));
            let row = row(
                state,
                &id,
                &target_id,
                "microsoft.maintenance/updates",
                &wave.region,
            );
            with(row, [("properties", properties)])
        })
        .collect()
}

fn update_properties(state: &State, wave: &Wave, target: &str, status: &Status) -> Value {
    let word = status.planned_maintenance_status();
    let mut item = json!({
        "maintenanceScope": "Host",
        "impactType": wave.impact,
        "status": word,
        "notificationId": wave.tracking_id,
        "properties": {
            "resourceId": target,
            "plannedMaintenanceId": wave.maintenance_id,
            "plannedMaintenanceStatus": word,
        },
    });
    if state.switches.update_times != UpdateTimes::Absent {
        item["endTimeUtc"] = json!(times::zulu(wave.scheduled.end));
    }
    if state.switches.update_times == UpdateTimes::Both {
        item["startTimeUtc"] = json!(times::zulu(wave.self_service.unwrap_or(wave.scheduled).start));
        item["notBefore"] = json!(times::zulu(wave.scheduled.start));
    }
    json!({ "value": [item] })
}

/// Events, one a subscription and wave, and their impacted resources.
fn health(state: &State, now: DateTime<Utc>) -> Vec<Row> {
    let mut rows: Vec<Row> = state
        .waves
        .iter()
        .filter(|wave| wave.listing.event && wave.announced <= now)
        .flat_map(|wave| {
            let mut subscriptions: Vec<String> = wave
                .targets()
                .iter()
                .filter_map(|id| id.split('/').nth(2).map(str::to_ascii_lowercase))
                .collect();
            subscriptions.sort();
            subscriptions.dedup();
            subscriptions
                .into_iter()
                .map(move |subscription| event(state, wave, &subscription, now))
        })
        .collect();
    let impacted =
        planned(state, now).filter(|(wave, _, _)| wave.listing.event && wave.listing.impacted_resources);
    rows.extend(impacted.map(|(wave, target, status)| impacted_resource(state, wave, &target, &status)));
    rows
}

fn event(state: &State, wave: &Wave, subscription: &str, now: DateTime<Utc>) -> Row {
    let id = format!(
        "/subscriptions/{subscription}/providers/Microsoft.ResourceHealth/events/{}",
        wave.tracking_id
    );
    let (status, title) = if wave.is_cancelled(now) {
        ("Resolved", "Cancelled: planned maintenance for Virtual Machines")
    } else if wave.scheduled.end <= now {
        ("Resolved", "End of planned maintenance for Virtual Machines")
    } else if wave.scheduled.contains(now) {
        ("Active", "Planned maintenance for Virtual Machines in progress")
    } else {
        ("Active", "Planned maintenance for Virtual Machines")
    };
    let time = |at| times::event(at, state.switches.event_times);
    let begins = wave.self_service.unwrap_or(wave.scheduled).start;
    let properties = json!({
        "EventType": "PlannedMaintenance",
        "EventSubType": null,
        "EventSource": "ServiceHealth",
        "Status": status,
        "TrackingId": wave.tracking_id,
        "Title": format!("{title} - {}", wave.region),
        "Summary": format!("<p>Some of your virtual machines in {} will be maintained.</p>", wave.region),
        "Header": "Your service might have been impacted by an Azure service issue",
        "Level": "Warning",
        "EventLevel": "Informational",
        "ExternalIncidentId": wave.maintenance_id,
        "Priority": 20,
        "PlatformInitiated": true,
        "IsHIR": false,
        "ImpactStartTime": time(begins),
        "ImpactMitigationTime": time(wave.scheduled.end),
        "LastUpdateTime": time(wave.cancelled.filter(|at| *at <= now).unwrap_or(wave.announced)),
        "Impact": [{
            "ImpactedService": "Virtual Machines",
            "ImpactedRegions": [{ "ImpactedRegion": wave.region }],
        }],
    });
    let row = row(
        state,
        &id,
        &wave.tracking_id,
        "microsoft.resourcehealth/events",
        "",
    );
    with(row, [("properties", properties), ("resourceGroup", json!(""))])
}

fn impacted_resource(state: &State, wave: &Wave, target: &str, status: &Status) -> Row {
    let subscription = target.split('/').nth(2).unwrap_or_default();
    let name = BASE64_STANDARD.encode(format!("{}|{}", wave.tracking_id, fold(target)));
    let id = format!(
        "/subscriptions/{subscription}/providers/Microsoft.ResourceHealth/events/{}/impactedResources/{name}",
        wave.tracking_id
    );
    let folded = fold(target);
    let kind = if folded.contains("/virtualmachinescalesets/") {
        "Microsoft.Compute/virtualMachineScaleSets/virtualMachines"
    } else if folded.contains("/hostgroups/") {
        "Microsoft.Compute/hostGroups/hosts"
    } else {
        "Microsoft.Compute/virtualMachines"
    };
    let properties = json!({
        "resourceName": target.rsplit('/').next(),
        "resourceGroup": split_id(target).map(|(_, group, _)| group),
        "targetResourceType": kind,
        "targetResourceId": spelled(state, target, Place::ImpactedResources),
        "targetRegion": wave.region,
        "status": status.planned_maintenance_status(),
        "info": [],
    });
    let row = row(
        state,
        &id,
        &name,
        "microsoft.resourcehealth/events/impactedresources",
        "",
    );
    with(row, [("properties", properties), ("resourceGroup", json!(""))])
}
