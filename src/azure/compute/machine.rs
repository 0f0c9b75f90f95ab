//! A machine's model together with its instance view.

use serde_json::Value;

use super::facts::parse_maintenance;
use crate::azure::records;
use crate::domain::machine::{Machine, PowerState, machine_number};
use crate::domain::observation::{Reading, UnreadableRecord};
use crate::domain::resource::ResourceId;
use crate::domain::tags::Tags;
use crate::http::json;

/// Every field of an instance view is optional. Something that has none of these is none.
const KNOWN_BY: [&str; 10] = [
    "statuses",
    "maintenanceRedeployStatus",
    "vmAgent",
    "disks",
    "computerName",
    "osName",
    "platformUpdateDomain",
    "platformFaultDomain",
    "assignedHost",
    "placementGroupId",
];

/// An instance view: the power state and whether maintenance is planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewedMachine {
    /// As of this read.
    pub power: PowerState,
    /// Planned, or nothing planned.
    pub reading: Reading,
    /// Whether its maintenance is there with nothing in it.
    pub is_blank: bool,
    /// Whether the agent in the machine reports that it is ready; `None` where there is no agent.
    pub agent_ready: Option<bool>,
    /// Which update domain of its set it is in.
    pub update_domain: Option<u32>,
    /// What was said of its maintenance and could not be understood; the rest counts.
    pub problems: Vec<UnreadableRecord>,
}

/// What Microsoft.Compute says of one machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MachineRecord {
    /// The id as this answer spells it.
    pub id: ResourceId,
    /// Which machine it is, wherever it stands.
    pub vm_id: Option<String>,
    /// The region, as in programs.
    pub region: Option<String>,
    pub zones: Vec<String>,
    pub availability_set: Option<ResourceId>,
    /// The scale set of a machine that is a member of one in flexible orchestration, or of an instance.
    pub scale_set: Option<ResourceId>,
    /// Whether the operating system's disk is on the host; nothing where the answer does not show its disk.
    pub ephemeral_os_disk: Option<bool>,
    pub tags: Tags,
    pub view: ViewedMachine,
}

impl MachineRecord {
    /// The machine in the domain's words, with its own tags only.
    pub fn into_machine(self) -> (Machine, Reading) {
        let mut machine = Machine::bare(self.id);
        machine.vm_id = self.vm_id;
        machine.region = self.region;
        machine.zones = self.zones;
        machine.availability_set = self.availability_set;
        machine.update_domain = self.view.update_domain;
        machine.ephemeral_os_disk = self.ephemeral_os_disk;
        machine.power = self.view.power;
        machine.tags.resource = self.tags;
        (machine, self.view.reading)
    }
}

/// Reads a machine or scale set instance that was asked for with `$expand=instanceView`.
///
/// # Errors
/// When it is another resource, or when its instance view is missing or cannot be understood. A missing view says
/// nothing about maintenance and must not be taken for "nothing planned".
pub fn parse_machine(asked: &ResourceId, answer: &Value) -> Result<MachineRecord, UnreadableRecord> {
    let unreadable = |problem: &str| records::unreadable(Some(asked), what(asked), problem, answer);
    // An id that is odd says nothing; the one that was asked for does.
    let id = json::text_at(answer, &["id"]).and_then(|id| ResourceId::parse(id).ok());
    let id = id.unwrap_or_else(|| asked.clone());
    if id != *asked {
        return Err(unreadable("the answer is about another resource"));
    }
    let view = json::at(answer, &["properties", "instanceView"])
        .ok_or_else(|| unreadable("it has no instance view"))?;
    let disk = json::at(answer, &["properties", "storageProfile", "osDisk"]);
    Ok(MachineRecord {
        vm_id: json::text_at(answer, &["properties", "vmId"]).and_then(machine_number),
        region: json::text_at(answer, &["location"]).map(str::to_owned),
        zones: json::texts(json::field(answer, "zones")),
        availability_set: json::text_at(answer, &["properties", "availabilitySet", "id"])
            .and_then(|id| ResourceId::parse(id).ok()),
        scale_set: json::text_at(answer, &["properties", "virtualMachineScaleSet", "id"])
            .and_then(|id| ResourceId::parse(id).ok())
            .or_else(|| id.scale_set()),
        ephemeral_os_disk: disk.and_then(is_ephemeral),
        tags: records::tags(json::field(answer, "tags")),
        view: parse_instance_view(asked, view)?,
        id,
    })
}

/// Whether an operating system disk lives on the host. A disk that has settings for that, and none that we know, may.
fn is_ephemeral(disk: &Value) -> Option<bool> {
    match json::field(disk, "diffDiskSettings").filter(|settings| !settings.is_null()) {
        None => disk.as_object().filter(|disk| !disk.is_empty()).map(|_| false),
        Some(settings) => is_local(json::text_at(settings, &["option"])).then_some(true),
    }
}

/// Whether a disk's `diffDiskSettings.option` says that it lives on the host.
pub(in crate::azure) fn is_local(option: Option<&str>) -> bool {
    option.is_some_and(|option| option.eq_ignore_ascii_case("Local"))
}

/// Reads an instance view, as part of a machine or on its own.
///
/// # Errors
/// When it does not look like one, or when its maintenance cannot be understood.
pub fn parse_instance_view(id: &ResourceId, view: &Value) -> Result<ViewedMachine, UnreadableRecord> {
    let unreadable = |problem: &str| records::unreadable(Some(id), what(id), problem, view);
    let statuses = json::field(view, "statuses").and_then(Value::as_array);
    if !KNOWN_BY.iter().any(|name| json::field(view, name).is_some()) {
        return Err(unreadable("the instance view has no statuses"));
    }
    let mut problems = Vec::new();
    let mut is_blank = false;
    let reading = match json::field(view, "maintenanceRedeployStatus") {
        Some(status) => {
            let set_aside = |problem| records::unreadable(Some(id), what(id), problem, status);
            let read = parse_maintenance(status).map_err(set_aside)?;
            if !read.problems.is_empty() {
                problems.push(set_aside(read.problems.join("; ")));
            }
            is_blank = read.is_blank;
            read.facts.map_or(Reading::NothingPlanned, Reading::Maintenance)
        }
        None => Reading::NothingPlanned,
    };
    let codes = statuses.into_iter().flatten().filter_map(|status| json::text_at(status, &["code"]));
    let power = codes.map(parse_power).find(|power| *power != PowerState::Unknown).unwrap_or_default();
    let agent = json::at(view, &["vmAgent", "statuses"]).and_then(Value::as_array);
    let agent_ready = agent.map(|statuses| {
        let ready = |status: &Value| json::text_at(status, &["code"]).is_some_and(is_success);
        statuses.iter().any(ready)
    });
    let update_domain = json::field(view, "platformUpdateDomain").and_then(Value::as_u64);
    let update_domain = update_domain.and_then(|domain| u32::try_from(domain).ok());
    Ok(ViewedMachine { power, reading, is_blank, agent_ready, update_domain, problems })
}

fn is_success(code: &str) -> bool {
    code.eq_ignore_ascii_case("ProvisioningState/succeeded")
}

/// Reads a status code such as `PowerState/running`; another kind of status is unknown.
pub fn parse_power(code: &str) -> PowerState {
    let Some((kind, state)) = code.split_once('/') else {
        return PowerState::Unknown;
    };
    if !kind.eq_ignore_ascii_case("PowerState") {
        return PowerState::Unknown;
    }
    match state.to_ascii_lowercase().as_str() {
        "running" | "starting" => PowerState::Running,
        "stopped" | "stopping" => PowerState::Stopped,
        "deallocated" | "deallocating" => PowerState::Deallocated,
        "" | "unknown" => PowerState::Unknown,
        _ => PowerState::Other(state.to_owned()),
    }
}

/// A record of a machine by all that tells it from its namesakes.
pub(super) fn what(id: &ResourceId) -> String {
    format!("instance view of {}", id.full_name())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ID: &str = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-app/providers/Microsoft.Compute/virtualMachines/web-01";

    fn id() -> ResourceId {
        ResourceId::parse(ID).unwrap()
    }

    fn answer() -> Value {
        json!({
            "id": ID.replace("rg-app", "RG-APP"),
            "name": "web-01",
            "location": "westeurope",
            "zones": ["2"],
            "tags": { "Owner": "jane.doe@contoso.com" },
            "properties": {
                "availabilitySet": { "id": ID.replace("virtualMachines/web-01", "availabilitySets/web") },
                "storageProfile": { "osDisk": { "diffDiskSettings": { "option": "Local" } } },
                "instanceView": {
                    "platformUpdateDomain": 3,
                    "statuses": [
                        { "code": "ProvisioningState/succeeded", "level": "Info" },
                        { "code": "PowerState/running", "displayStatus": "VM running" },
                    ],
                },
            },
        })
    }

    #[test]
    fn a_machine_is_described_by_one_answer() {
        let (machine, reading) = parse_machine(&id(), &answer()).unwrap().into_machine();
        assert_eq!(reading, Reading::NothingPlanned);
        assert_eq!(machine.id.resource_group(), "RG-APP");
        assert_eq!(machine.power, PowerState::Running);
        assert_eq!(
            (machine.region.as_deref(), machine.zones.as_slice()),
            (Some("westeurope"), &["2".to_owned()][..])
        );
        assert_eq!((machine.availability_set.unwrap().name(), machine.update_domain), ("web", Some(3)));
        assert_eq!(machine.ephemeral_os_disk, Some(true));
        assert_eq!(machine.tags.resource.get("owner"), Some("jane.doe@contoso.com"));
    }

    #[test]
    fn a_disk_of_which_the_answer_says_nothing_or_something_new_is_not_taken_for_a_safe_one() {
        let with = |profile: Value| {
            let mut answer = answer();
            answer["properties"]["storageProfile"] = profile;
            parse_machine(&id(), &answer).unwrap().ephemeral_os_disk
        };
        let disk = |settings: Value| {
            with(json!({ "osDisk": { "createOption": "FromImage", "diffDiskSettings": settings } }))
        };
        assert_eq!(disk(Value::Null), Some(false));
        assert_eq!(with(json!({ "osDisk": { "createOption": "Attach" } })), Some(false));
        assert_eq!(disk(json!({ "option": "local", "placement": "NvmeDisk" })), Some(true));
        for unsaid in
            [disk(json!({ "placement": "CacheDisk" })), disk(json!({ "option": "Remote" })), disk(json!({}))]
        {
            assert_eq!(unsaid, None);
        }
        for missing in [Value::Null, json!({}), json!({ "osDisk": null }), json!({ "osDisk": {} }), json!([])]
        {
            assert_eq!(with(missing.clone()), None, "{missing}");
        }
    }

    #[test]
    fn f9_what_is_no_instance_view_never_means_nothing_planned() {
        let mut without = answer();
        without["properties"]["instanceView"] = Value::Null;
        let mut empty = answer();
        empty["properties"]["instanceView"] = json!({});
        let mut odd = answer();
        odd["properties"]["instanceView"]["maintenanceRedeployStatus"] =
            json!({ "maintenanceWindowEndTime": "soon" });
        let mut other = answer();
        other["id"] = json!(ID.replace("web-01", "web-02"));
        let problems: Vec<String> = [without, empty, odd, other, json!([])]
            .iter()
            .map(|answer| parse_machine(&id(), answer).unwrap_err())
            .map(|unreadable| {
                assert_eq!(unreadable.resource, Some(id()));
                format!("{}: {}", unreadable.what, unreadable.problem)
            })
            .collect();
        insta::assert_snapshot!(problems.join("\n"), @r"
        instance view of web-01 (rg-app, subscription 00000000-0000-0000-0000-000000000001): it has no instance view
        instance view of web-01 (rg-app, subscription 00000000-0000-0000-0000-000000000001): the instance view has no statuses
        instance view of web-01 (rg-app, subscription 00000000-0000-0000-0000-000000000001): maintenanceWindowEndTime: `soon` is no date: expected a form such as 2026-12-01T08:00:00Z
        instance view of web-01 (rg-app, subscription 00000000-0000-0000-0000-000000000001): the answer is about another resource
        instance view of web-01 (rg-app, subscription 00000000-0000-0000-0000-000000000001): it has no instance view
        ");
    }

    #[test]
    fn power_states_are_read_openly() {
        assert_eq!(parse_power("PowerState/deallocating"), PowerState::Deallocated);
        assert_eq!(parse_power("powerstate/Starting"), PowerState::Running);
        assert_eq!(parse_power("PowerState/hibernated"), PowerState::Other("hibernated".to_owned()));
        assert_eq!(parse_power("ProvisioningState/succeeded"), PowerState::Unknown);
        assert_eq!(parse_power("running"), PowerState::Unknown);
    }
}
