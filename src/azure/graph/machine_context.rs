//! What stands around a subscription's machines: its resource groups, scale sets and shutdown schedules, with their tags.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, stream};
use serde_json::Value;

use super::ask::{QueryScope, ask};
use super::query::GraphQuery;
use crate::azure::compute::{self, is_local};
use crate::azure::records;
use crate::azure::subscriptions::Subscription;
use crate::azure::{ArmClient, AzureError};
use crate::domain::machine::Machine;
use crate::domain::observation::{UnseenCause, UnseenScope};
use crate::domain::resource::{ResourceId, folded};
use crate::domain::tags::Tags;
use crate::http::json;

const SUBSCRIPTION: &str = "microsoft.resources/subscriptions";
const RESOURCE_GROUP: &str = "microsoft.resources/subscriptions/resourcegroups";
const SCALE_SET: &str = "microsoft.compute/virtualmachinescalesets";
/// The orchestration whose members are virtual machines of their own.
const FLEXIBLE: &str = "Flexible";
/// The version of Microsoft.Resources' interface.
const GROUP_VERSION: &str = "2021-04-01";
/// How many of them are read at once.
const PARALLEL: usize = 4;
const SCHEDULE: &str = "microsoft.devtestlab/schedules";

/// A scale set, as far as its instances inherit from it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScaleSetTags {
    pub region: Option<String>,
    pub tags: Tags,
    /// Whether its instances have their operating system on the host's disk.
    pub ephemeral_os_disk: bool,
    /// Whether its members are virtual machines of their own.
    pub flexible: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct GroupTags {
    name: String,
    tags: Tags,
}

/// What holds for the machines of one subscription from outside their own records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MachineContext {
    subscription: Subscription,
    groups: BTreeMap<String, GroupTags>,
    scale_sets: BTreeMap<ResourceId, ScaleSetTags>,
    shut_down: BTreeSet<ResourceId>,
    /// Groups and scale sets that Resource Graph does not show and that could not be read directly either, folded.
    missing: BTreeMap<String, UnseenScope>,
}

/// How many groups and scale sets that Resource Graph leaves out are read one by one.
const READ_DIRECTLY: usize = 100;

/// Asks for the context of machines. Two questions, however many machines there are.
///
/// # Errors
/// When one of them has no complete answer.
pub async fn machine_context_of(
    arm: &ArmClient,
    subscription: Subscription,
) -> Result<MachineContext, AzureError> {
    let of = [subscription.id.clone()];
    let containers =
        GraphQuery::of("resourcecontainers", "id, name, type, subscriptionId, resourceGroup, tags")
            .where_in("type", [SUBSCRIPTION, RESOURCE_GROUP]);
    let resources = GraphQuery::of(
        "resources",
        "id, name, type, location, tags, disk = properties.virtualMachineProfile.storageProfile.osDisk.diffDiskSettings.option, \
         orchestration = properties.orchestrationMode, task = properties.taskType, status = properties.status, target = properties.targetResourceId",
    )
    .where_in("type", [SCALE_SET, SCHEDULE]);
    let mut context = MachineContext {
        subscription,
        groups: BTreeMap::new(),
        scale_sets: BTreeMap::new(),
        shut_down: BTreeSet::new(),
        missing: BTreeMap::new(),
    };
    for row in ask(arm, &containers, QueryScope::Subscriptions(&of)).await?.rows {
        let tags = records::tags(json::member(&row, "tags"));
        let kind = json::text(&row, "type").unwrap_or_default();
        if kind.eq_ignore_ascii_case(SUBSCRIPTION) {
            if !tags.is_empty() {
                context.subscription.tags = tags;
            }
        } else if let Some(name) = json::text(&row, "name") {
            let group = GroupTags { name: name.to_owned(), tags };
            context.groups.insert(folded(name), group);
        }
    }
    for row in ask(arm, &resources, QueryScope::Subscriptions(&of)).await?.rows {
        let is = |name: &str, value: &str| {
            json::text(&row, name).is_some_and(|text| text.eq_ignore_ascii_case(value))
        };
        let id = |name: &str| json::text(&row, name).and_then(|id| ResourceId::parse(id).ok());
        if is("type", SCALE_SET) {
            let set = ScaleSetTags {
                region: json::text(&row, "location").map(str::to_owned),
                tags: records::tags(json::member(&row, "tags")),
                ephemeral_os_disk: is_local(json::text(&row, "disk")),
                flexible: is("orchestration", FLEXIBLE),
            };
            context.scale_sets.extend(id("id").map(|id| (id, set)));
        } else if is("task", "ComputeVmShutdownTask") && is("status", "Enabled") {
            context.shut_down.extend(id("target"));
        }
    }
    Ok(context)
}

impl MachineContext {
    /// Reads the resource groups and scale sets of these resources that Resource Graph did not show: it leaves out what it
    /// may not tell, and what is new.
    pub async fn complete_directly(
        &mut self,
        arm: &ArmClient,
        resources: Vec<(ResourceId, Option<ResourceId>)>,
    ) {
        let mut groups = BTreeMap::new();
        let mut sets = BTreeSet::new();
        for (id, set) in resources {
            if !self.knows_group_of(&id) {
                groups.entry(folded(id.resource_group())).or_insert_with(|| id.resource_group().to_owned());
            }
            sets.extend(set.filter(|set| !self.scale_sets.contains_key(set)));
        }
        let mut wanted: Vec<(String, Option<ResourceId>)> = Vec::new();
        for name in groups.into_values() {
            let path = format!("/subscriptions/{}/resourceGroups/{name}", self.subscription.id);
            wanted.push((path, None));
        }
        wanted.extend(sets.into_iter().map(|id| (id.as_str().to_owned(), Some(id))));
        wanted.truncate(READ_DIRECTLY);
        let answers = stream::iter(wanted)
            .map(|(path, set)| async move {
                let version = if set.is_some() { compute::API_VERSION } else { GROUP_VERSION };
                let answer = arm.get(&path, &[("api-version", version)]).await;
                (path, set, answer)
            })
            .buffer_unordered(PARALLEL)
            .collect::<Vec<_>>()
            .await;
        for (path, set, answer) in answers {
            match (answer, set) {
                (Ok(answer), Some(set)) => {
                    self.scale_sets.insert(set, set_of(&answer));
                }
                (Ok(answer), None) => {
                    let name =
                        json::text_at(&answer, &["name"]).or(path.rsplit('/').next()).unwrap_or_default();
                    let tags = records::tags(json::field(&answer, "tags"));
                    self.groups.insert(folded(name), GroupTags { name: name.to_owned(), tags });
                }
                (Err(error), _) => {
                    let cause = match error.unseen_cause() {
                        UnseenCause::NotThere => UnseenCause::InPart,
                        cause => cause,
                    };
                    let reason =
                        format!("its tags are unknown: Resource Graph does not show it, and {error}");
                    self.missing.insert(folded(&path), UnseenScope { scope: path, reason, cause });
                }
            }
        }
    }

    /// Whether the machine's resource group was among the answers. If not, its tags are unknown.
    fn knows_group_of(&self, id: &ResourceId) -> bool {
        self.groups.contains_key(&folded(id.resource_group()))
    }

    /// What of all that contains a machine could not be read.
    pub fn missing_around(&self, id: &ResourceId, set: Option<&ResourceId>) -> Vec<UnseenScope> {
        let group = format!("/subscriptions/{}/resourceGroups/{}", id.subscription(), id.resource_group());
        let mut missing = Vec::new();
        if !self.knows_group_of(id) {
            missing.push(self.missing.get(&folded(&group)).cloned().unwrap_or_else(|| UnseenScope {
                scope: group,
                reason:
                    "Resource Graph does not show this resource group, so its tags are unknown".to_owned(),
                cause: UnseenCause::InPart,
            }));
        }
        missing.extend(set.and_then(|set| self.missing.get(set.folded())).cloned());
        missing
    }

    /// Whether Resource Graph or the set itself says that a scale set's members are virtual machines of their own.
    pub fn is_flexible(&self, set: &ResourceId) -> bool {
        self.scale_sets.get(set).is_some_and(|set| set.flexible)
    }

    /// Adds to a machine what its context says, and spells its resource group as the group itself does:
    /// Microsoft.Compute shouts it.
    pub fn complete(&self, machine: &mut Machine, scale_set: Option<&ResourceId>) {
        machine.subscription_name.clone_from(&self.subscription.name);
        machine.subscription_disabled = self.subscription.is_disabled();
        machine.tags.subscription = self.subscription.tags.clone();
        if let Some(group) = self.groups.get(&folded(machine.id.resource_group())) {
            machine.tags.resource_group = group.tags.clone();
            machine.id = spelled(&machine.id, &group.name);
            machine.availability_set = machine.availability_set.as_ref().map(|set| {
                if folded(set.resource_group()) == folded(&group.name) {
                    spelled(set, &group.name)
                } else {
                    set.clone()
                }
            });
        }
        if let Some(set) = scale_set.and_then(|id| self.scale_sets.get(id)) {
            machine.tags.scale_set = set.tags.clone();
            machine.region = machine.region.take().or_else(|| set.region.clone());
            // An instance shows its disk; its set shows what the next one gets, and only adds to that.
            machine.ephemeral_os_disk =
                if set.ephemeral_os_disk { Some(true) } else { machine.ephemeral_os_disk };
        }
        machine.auto_shutdown = self.shut_down.contains(&machine.id);
    }
}

/// A scale set as Microsoft.Compute describes it.
fn set_of(answer: &Value) -> ScaleSetTags {
    const DISK: [&str; 6] =
        ["properties", "virtualMachineProfile", "storageProfile", "osDisk", "diffDiskSettings", "option"];
    let mode = json::text_at(answer, &["properties", "orchestrationMode"]);
    ScaleSetTags {
        region: json::text_at(answer, &["location"]).map(str::to_owned),
        tags: records::tags(json::field(answer, "tags")),
        ephemeral_os_disk: is_local(json::text_at(answer, &DISK)),
        flexible: mode.is_some_and(|mode| mode.eq_ignore_ascii_case(FLEXIBLE)),
    }
}

/// The same id with the resource group spelled as given.
fn spelled(id: &ResourceId, group: &str) -> ResourceId {
    let mut parts: Vec<&str> = id.as_str().split('/').collect();
    if let Some(part) = parts.get_mut(4) {
        *part = group;
    }
    ResourceId::parse(&parts.join("/")).ok().filter(|spelled| spelled == id).unwrap_or_else(|| id.clone())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::azure::testing::Fake;

    const GROUP: &str = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/Rg-App";

    #[tokio::test]
    async fn a_machine_is_completed_by_what_stands_around_it() {
        let fake = Fake::start(|request| {
            let question = request.json()["query"].as_str().unwrap().to_owned();
            let compute = format!("{GROUP}/providers/Microsoft.Compute");
            if question.starts_with("resourcecontainers") {
                json!({ "data": [
                    { "type": SUBSCRIPTION, "name": "Production", "tags": { "owner": "platform" } },
                    { "type": RESOURCE_GROUP, "name": "Rg-App", "tags": { "Owner": "jane.doe" } },
                ] })
            } else {
                json!({ "data": [
                    { "type": SCALE_SET, "id": format!("{compute}/virtualMachineScaleSets/front"), "location": "westeurope", "tags": { "team": "web" }, "disk": "Local" },
                    { "type": SCHEDULE, "task": "ComputeVmShutdownTask", "status": "Enabled", "target": format!("{compute}/virtualMachines/web-01").to_uppercase() },
                    { "type": SCHEDULE, "task": "ComputeVmShutdownTask", "status": "Disabled", "target": format!("{compute}/virtualMachines/web-02") },
                ] })
            }
            .into()
        })
        .await;
        let subscription = Subscription {
            id: "00000000-0000-0000-0000-000000000001".parse().unwrap(),
            tenant: None,
            delegated: false,
            name: Some("Production".to_owned()),
            state: None,
            tags: Tags::default(),
        };
        let context = machine_context_of(&fake.arm(), subscription).await.unwrap();
        let complete = |rest: &str| {
            let id = format!("{}/providers/Microsoft.Compute/{rest}", GROUP.replace("Rg-App", "RG-APP"));
            let mut machine = Machine::bare(ResourceId::parse(&id).unwrap());
            let set = machine.id.scale_set();
            context.complete(&mut machine, set.as_ref());
            machine
        };
        let web = complete("virtualMachines/web-01");
        assert_eq!(web.id.resource_group(), "Rg-App");
        assert_eq!(web.tags.find("owner").unwrap().1, "jane.doe");
        assert_eq!(web.tags.subscription.get("owner"), Some("platform"));
        assert_eq!(web.subscription_name.as_deref(), Some("Production"));
        assert!(web.auto_shutdown);
        assert!(!complete("virtualMachines/web-02").auto_shutdown);
        let instance = complete("virtualMachineScaleSets/front/virtualMachines/3");
        assert_eq!(instance.tags.find("team").unwrap().1, "web");
        assert_eq!(instance.region.as_deref(), Some("westeurope"));
        assert_eq!(instance.ephemeral_os_disk, Some(true));
        assert!(context.knows_group_of(&instance.id));
    }
}
