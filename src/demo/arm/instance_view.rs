//! Instance views, with the maintenance that is planned for a resource.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::demo::{
    FractionDigits, OsDiskPlacement, SimulatedAgent, SimulatedMachine, SimulatedPower, SimulatedWindow,
    state::State,
    times::{self, Edge},
    world::fold,
};

/// The instance view of a machine. `maintenanceRedeployStatus` is there only when something is planned.
pub(super) fn of_machine(state: &State, machine: &SimulatedMachine, now: DateTime<Utc>) -> Value {
    let power = machine.power;
    let mut view = json!({
        "disks": [disk(&os_disk_name(&machine.name), machine.created)],
        "hyperVGeneration": "V2",
        "statuses": statuses(power, machine.created),
    });
    let away = state.is_away(&machine.id(), now);
    if away {
        view["statuses"] = away_statuses();
        view["vmAgent"] = silent_agent();
    } else if power == SimulatedPower::Running {
        let (name, version) = if machine.windows {
            ("Windows Server 2022 Datacenter", "10.0.20348.3207")
        } else {
            ("ubuntu", "24.04")
        };
        view["computerName"] = json!(machine.name);
        view["osName"] = json!(name);
        view["osVersion"] = json!(version);
        view["vmAgent"] = agent(now);
    }
    if machine.availability_set.is_some() {
        view["platformUpdateDomain"] = json!(machine.update_domain);
        view["platformFaultDomain"] = json!(0);
    }
    if let Some(host) = &machine.host {
        view["assignedHost"] = json!(host);
    }
    set_agent(state, &mut view, &machine.id());
    add_maintenance(state, &mut view, &machine.id(), now);
    view
}

/// What the script says of an agent.
fn set_agent(state: &State, view: &mut Value, id: &str) {
    match state.agents.get(&fold(id)) {
        Some(SimulatedAgent::NotReady) => view["vmAgent"] = silent_agent(),
        Some(SimulatedAgent::Absent) => {
            if let Some(view) = view.as_object_mut() {
                view.remove("vmAgent");
            }
        }
        None => {}
    }
}

/// The instance view of a scale set instance.
pub(super) fn of_instance(
    state: &State,
    id: &str,
    name: &str,
    power: SimulatedPower,
    now: DateTime<Utc>,
) -> Value {
    let created = state.options.start - TimeDelta::days(60);
    let mut view = json!({
        "placementGroupId": state.world.tenant,
        "platformUpdateDomain": 0,
        "platformFaultDomain": 0,
        "vmAgent": agent(now),
        "disks": [disk(&os_disk_name(name), created)],
        "statuses": statuses(power, created),
    });
    if state.is_away(id, now) {
        view["statuses"] = away_statuses();
        view["vmAgent"] = silent_agent();
    }
    set_agent(state, &mut view, id);
    add_maintenance(state, &mut view, id, now);
    view
}

/// The statuses of a machine that is on its way to another host.
fn away_statuses() -> Value {
    json!([
        { "code": "ProvisioningState/updating", "level": "Info", "displayStatus": "Updating" },
        { "code": "PowerState/starting", "level": "Info", "displayStatus": "VM starting" },
    ])
}

/// An agent of which Azure has heard nothing for a while.
fn silent_agent() -> Value {
    json!({
        "vmAgentVersion": "Unknown",
        "statuses": [{
            "code": "ProvisioningState/Unavailable",
            "level": "Warning",
            "displayStatus": "Not Ready",
            "message": "VM status blob is found but not yet populated.",
        }],
    })
}

/// Provisioning and power, the statuses of every machine.
pub(super) fn statuses(power: SimulatedPower, provisioned: DateTime<Utc>) -> Value {
    json!([
        {
            "code": "ProvisioningState/succeeded",
            "level": "Info",
            "displayStatus": "Provisioning succeeded",
            "time": times::seven_digits(provisioned),
        },
        {
            "code": format!("PowerState/{}", power.code()),
            "level": "Info",
            "displayStatus": format!("VM {}", power.code()),
        },
    ])
}

/// `maintenanceRedeployStatus` of a resource: what a script put there, else what its wave says.
pub(super) fn maintenance(state: &State, id: &str, now: DateTime<Utc>) -> Option<Value> {
    if let Some(corrupted) = state.corrupted_views.get(&fold(id)) {
        return Some(corrupted.clone());
    }
    if state.is_away(id, now) {
        return None;
    }
    let (wave, status) = state.maintenance(id, now)?;
    let digits = state.switches.fraction_digits;
    let mut object = json!({
        "isCustomerInitiatedMaintenanceAllowed": status.allowed,
        "lastOperationResultCode": status.code,
    });
    if let Some(message) = status.message {
        object["lastOperationMessage"] = json!(message);
    }
    if let Some(window) = wave.self_service {
        add_window(&mut object, "preMaintenanceWindow", window, digits);
    }
    add_window(&mut object, "maintenanceWindow", wave.scheduled, digits);
    Some(object)
}

pub(super) fn os_disk_name(machine: &str) -> String {
    format!("{machine}_OsDisk_1")
}

/// The `osDisk` of a storage profile.
pub(super) fn os_disk(windows: bool, placement: OsDiskPlacement) -> Value {
    let mut disk = json!({
        "osType": if windows { "Windows" } else { "Linux" },
        "createOption": "FromImage",
        "caching": if placement == OsDiskPlacement::Managed { "ReadWrite" } else { "ReadOnly" },
        "managedDisk": { "storageAccountType": "Premium_LRS" },
        "diskSizeGB": 64,
    });
    if let Some(placement) = placement.ephemeral() {
        disk["diffDiskSettings"] = json!({ "option": "Local", "placement": placement });
    }
    disk
}

fn add_maintenance(state: &State, view: &mut Value, id: &str, now: DateTime<Utc>) {
    if let Some(maintenance) = maintenance(state, id, now) {
        view["maintenanceRedeployStatus"] = maintenance;
    }
}

fn add_window(object: &mut Value, name: &str, window: SimulatedWindow, digits: FractionDigits) {
    object[format!("{name}StartTime")] = json!(times::instance_view(window.start, digits, Edge::Start));
    object[format!("{name}EndTime")] = json!(times::instance_view(window.end, digits, Edge::End));
}

fn agent(now: DateTime<Utc>) -> Value {
    json!({
        "vmAgentVersion": "2.12.0.4",
        "statuses": [{
            "code": "ProvisioningState/succeeded",
            "level": "Info",
            "displayStatus": "Ready",
            "message": "Guest Agent is running",
            "time": times::instance_view(now, FractionDigits::Zero, Edge::Start),
        }],
        "extensionHandlers": [],
    })
}

fn disk(name: &str, provisioned: DateTime<Utc>) -> Value {
    json!({
        "name": name,
        "statuses": [{
            "code": "ProvisioningState/succeeded",
            "level": "Info",
            "displayStatus": "Provisioning succeeded",
            "time": times::seven_digits(provisioned),
        }],
    })
}
