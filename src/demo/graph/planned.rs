//! Rows of what is planned: `maintenanceresources` and `servicehealthresources`.

use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::row::{IdSpelling, SimulatedRow, row, spelled, with};
use crate::demo::{
    UpdateTimes, Wave,
    state::State,
    times,
    wave::SimulatedStatus,
    world::{fold, split_id},
};

/// Every resource with its wave and how it stands, for resources that exist and that Resource Graph knows of.
fn planned(state: &State, now: DateTime<Utc>) -> impl Iterator<Item = (&Wave, String, SimulatedStatus)> {
    state.waves.iter().flat_map(move |wave| {
        wave.targets().into_iter().filter_map(move |id| {
            let status = wave.status(&id, state.world.power(&id), now)?;
            (wave.lists(&id) && state.world.exists(&id)).then_some((wave, id, status))
        })
    })
}

/// Rows of `microsoft.maintenance/updates`.
pub(super) fn updates(state: &State, now: DateTime<Utc>) -> Vec<SimulatedRow> {
    planned(state, now)
        .filter(|(wave, _, _)| wave.listing.updates)
        .map(|(wave, target, status)| {
            let target_id = spelled(state, &target, IdSpelling::Updates);
            let id = format!("{target_id}/providers/microsoft.maintenance/updates/default");
            let properties = state
                .corrupted_updates
                .get(&fold(&target))
                .cloned()
                .unwrap_or_else(|| update_properties(state, wave, &target_id, &status));
            let row = row(state, &id, &target_id, "microsoft.maintenance/updates", &wave.region);
            with(row, [("properties", properties)])
        })
        .collect()
}

/// The updates of one resource, as Microsoft.Maintenance has them.
pub(crate) fn updates_of(state: &State, id: &str, now: DateTime<Utc>) -> Option<Value> {
    let (wave, target, status) =
        planned(state, now).find(|(wave, target, _)| wave.listing.updates && fold(target) == fold(id))?;
    let corrupted = state.corrupted_updates.get(&fold(&target)).cloned();
    Some(corrupted.unwrap_or_else(|| update_properties(state, wave, &target, &status)))
}

fn update_properties(state: &State, wave: &Wave, target: &str, status: &SimulatedStatus) -> Value {
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
pub(super) fn health(state: &State, now: DateTime<Utc>) -> Vec<SimulatedRow> {
    let mut rows: Vec<SimulatedRow> = state
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
            subscriptions.into_iter().map(move |subscription| event(state, wave, &subscription, now))
        })
        .collect();
    let impacted =
        planned(state, now).filter(|(wave, _, _)| wave.listing.event && wave.listing.impacted_resources);
    rows.extend(impacted.map(|(wave, target, status)| impacted_resource(state, wave, &target, &status)));
    rows
}

fn event(state: &State, wave: &Wave, subscription: &str, now: DateTime<Utc>) -> SimulatedRow {
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
    let row = row(state, &id, &wave.tracking_id, "microsoft.resourcehealth/events", "");
    with(row, [("properties", properties), ("resourceGroup", json!(""))])
}

fn impacted_resource(state: &State, wave: &Wave, target: &str, status: &SimulatedStatus) -> SimulatedRow {
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
        "targetResourceId": spelled(state, target, IdSpelling::ImpactedResources),
        "targetRegion": wave.region,
        "status": status.planned_maintenance_status(),
        "info": [],
    });
    let row = row(state, &id, &name, "microsoft.resourcehealth/events/impactedresources", "");
    with(row, [("properties", properties), ("resourceGroup", json!(""))])
}
