//! What exists in the simulated tenant: subscriptions, resource groups and what runs in them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Tags as Azure keeps them: names compare without case, values with case.
pub type SimulatedTags = BTreeMap<String, String>;

/// A subscription, and what the notifier's identity may see of it.
#[derive(Debug, Clone)]
pub struct SimulatedSubscription {
    /// The subscription's identifier, a UUID in lower case.
    pub id: String,
    pub name: String,
    /// `Enabled`, `Warned`, `PastDue`, `Disabled` or `Deleted`.
    pub state: String,
    pub tags: SimulatedTags,
    /// Resource Graph leaves it out without a word.
    pub hidden_from_resource_graph: bool,
    /// Every call to Azure Resource Manager below it answers 403.
    pub forbidden: bool,
    /// Calls that start maintenance answer 403; reading is allowed.
    pub starts_forbidden: bool,
}

/// A resource group.
#[derive(Debug, Clone)]
pub struct ResourceGroup {
    pub subscription: String,
    pub name: String,
    pub region: String,
    /// Tags of the group; Azure does not hand them down to what is in it.
    pub tags: SimulatedTags,
}

/// What a machine's agent says, whether it runs or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SimulatedAgent {
    /// Azure shows one that is never ready: an appliance, a custom image, Microsoft's own published example.
    NotReady,
    /// Azure shows none.
    Absent,
}

/// Whether a machine runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SimulatedPower {
    Running,
    /// The guest is shut down, the machine still has its host.
    Stopped,
    /// It has given up its host.
    Deallocated,
}

impl SimulatedPower {
    /// The part after `SimulatedPower/` in status codes.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Deallocated => "deallocated",
        }
    }
}

/// Where the disk of the operating system lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OsDiskPlacement {
    /// A managed disk, which survives a move to another host.
    Managed,
    /// An ephemeral disk in the host's cache: a redeployment reimages the machine.
    EphemeralCache,
    /// An ephemeral disk on the host's temporary disk.
    EphemeralResource,
}

impl OsDiskPlacement {
    /// The `diffDiskSettings.placement` of an ephemeral disk.
    pub(super) fn ephemeral(self) -> Option<&'static str> {
        match self {
            Self::Managed => None,
            Self::EphemeralCache => Some("CacheDisk"),
            Self::EphemeralResource => Some("ResourceDisk"),
        }
    }
}

/// A virtual machine outside a uniform scale set.
#[derive(Debug, Clone)]
pub struct SimulatedMachine {
    pub subscription: String,
    pub resource_group: String,
    pub name: String,
    /// Its region, such as `westeurope`.
    pub region: String,
    /// The availability zone, if it has one.
    pub zone: Option<String>,
    pub size: String,
    pub windows: bool,
    pub tags: SimulatedTags,
    pub power: SimulatedPower,
    pub os_disk: OsDiskPlacement,
    pub availability_set: Option<String>,
    /// The update domain within the availability set.
    pub update_domain: u32,
    /// The id of the flexible scale set it belongs to.
    pub scale_set: Option<String>,
    /// The id of the dedicated host it runs on.
    pub host: Option<String>,
    /// Azure's own identifier of this incarnation of the machine.
    pub vm_id: Uuid,
    /// When it was created.
    pub created: DateTime<Utc>,
}

impl SimulatedMachine {
    /// A running Linux machine without tags.
    pub fn new(
        subscription: &str,
        resource_group: &str,
        name: &str,
        region: &str,
        created: DateTime<Utc>,
    ) -> Self {
        Self {
            subscription: subscription.to_owned(),
            resource_group: resource_group.to_owned(),
            name: name.to_owned(),
            region: region.to_owned(),
            zone: None,
            size: "Standard_D4s_v5".to_owned(),
            windows: false,
            tags: SimulatedTags::new(),
            power: SimulatedPower::Running,
            os_disk: OsDiskPlacement::Managed,
            availability_set: None,
            update_domain: 0,
            scale_set: None,
            host: None,
            vm_id: Uuid::new_v5(
                &Uuid::NAMESPACE_URL,
                format!("{subscription}/{resource_group}/{name}").as_bytes(),
            ),
            created,
        }
    }

    /// The resource id as the machine was created.
    pub fn id(&self) -> String {
        compute_id(&self.subscription, &self.resource_group, &format!("virtualMachines/{}", self.name))
    }
}

/// A scale set. A uniform one holds its instances; the members of a flexible one are machines.
#[derive(Debug, Clone)]
pub struct SimulatedScaleSet {
    pub subscription: String,
    pub resource_group: String,
    pub name: String,
    pub region: String,
    pub zones: Vec<String>,
    pub size: String,
    /// Its tags; instances of a uniform set carry the same.
    pub tags: SimulatedTags,
    /// Where the system disks of its instances lie.
    pub os_disk: OsDiskPlacement,
    pub flexible: bool,
    /// Instances by instance id.
    pub instances: BTreeMap<String, ScaleSetInstance>,
}

impl SimulatedScaleSet {
    /// The resource id as the scale set was created.
    pub fn id(&self) -> String {
        compute_id(
            &self.subscription,
            &self.resource_group,
            &format!("virtualMachineScaleSets/{}", self.name),
        )
    }

    /// The resource id of one of its instances.
    pub fn instance_id(&self, instance: &str) -> String {
        format!("{}/virtualMachines/{instance}", self.id())
    }
}

/// One instance of a uniform scale set.
#[derive(Debug, Clone)]
pub struct ScaleSetInstance {
    /// The zone it runs in.
    pub zone: Option<String>,
    pub power: SimulatedPower,
    pub vm_id: Uuid,
}

/// An availability set; its members name it.
#[derive(Debug, Clone)]
pub struct AvailabilitySet {
    pub subscription: String,
    pub resource_group: String,
    pub name: String,
    pub region: String,
}

impl AvailabilitySet {
    /// The resource id.
    pub fn id(&self) -> String {
        compute_id(&self.subscription, &self.resource_group, &format!("availabilitySets/{}", self.name))
    }
}

/// A dedicated host in its host group; the machines on it name it.
#[derive(Debug, Clone)]
pub struct SimulatedHost {
    pub subscription: String,
    pub resource_group: String,
    pub group: String,
    pub name: String,
    pub region: String,
    pub tags: SimulatedTags,
}

impl SimulatedHost {
    /// The resource id of the host group.
    pub fn group_id(&self) -> String {
        compute_id(&self.subscription, &self.resource_group, &format!("hostGroups/{}", self.group))
    }

    /// The resource id of the host.
    pub fn id(&self) -> String {
        format!("{}/hosts/{}", self.group_id(), self.name)
    }
}

/// A schedule that shuts a machine down every evening.
#[derive(Debug, Clone)]
pub struct ShutdownSchedule {
    /// The id of the machine it shuts down.
    pub target: String,
    /// The time of day as `HHMM`.
    pub time: String,
    /// The Windows name of its time zone.
    pub time_zone: String,
    pub enabled: bool,
}

/// Everything that exists, keyed by folded id so that look-ups take no account of case.
#[derive(Debug, Clone, Default)]
pub(super) struct World {
    pub(super) tenant: String,
    pub(super) management_group: String,
    pub(super) subscriptions: BTreeMap<String, SimulatedSubscription>,
    pub(super) resource_groups: BTreeMap<String, ResourceGroup>,
    pub(super) machines: BTreeMap<String, SimulatedMachine>,
    pub(super) scale_sets: BTreeMap<String, SimulatedScaleSet>,
    pub(super) availability_sets: BTreeMap<String, AvailabilitySet>,
    pub(super) hosts: BTreeMap<String, SimulatedHost>,
    pub(super) schedules: BTreeMap<String, ShutdownSchedule>,
}

impl World {
    /// The scale set and the instance that an instance's id names.
    pub(super) fn instance(&self, id: &str) -> Option<(&SimulatedScaleSet, &str, &ScaleSetInstance)> {
        let folded = fold(id);
        let (set, instance) = folded.split_once("/virtualmachines/")?;
        let set = self.scale_sets.get(set)?;
        let (name, instance) = set.instances.get_key_value(instance)?;
        Some((set, name, instance))
    }

    /// Whether a machine or an instance runs; none when there is no such thing.
    pub(super) fn power(&self, id: &str) -> Option<SimulatedPower> {
        match self.machines.get(&fold(id)) {
            Some(machine) => Some(machine.power),
            None => self.instance(id).map(|(_, _, instance)| instance.power),
        }
    }

    /// Whether a machine, an instance or a dedicated host has this id.
    pub(super) fn exists(&self, id: &str) -> bool {
        self.power(id).is_some() || self.hosts.contains_key(&fold(id))
    }
}

/// The form of an id in which it is compared.
pub(super) fn fold(id: &str) -> String {
    id.to_lowercase()
}

/// The id of a resource group.
pub(super) fn resource_group_id(subscription: &str, name: &str) -> String {
    format!("/subscriptions/{subscription}/resourceGroups/{name}")
}

/// The id of a resource of Microsoft.Compute; `path` is the type and name.
pub(super) fn compute_id(subscription: &str, resource_group: &str, path: &str) -> String {
    format!("{}/providers/Microsoft.Compute/{path}", resource_group_id(subscription, resource_group))
}

/// The subscription, resource group and rest that an id is made of.
pub(super) fn split_id(id: &str) -> Option<(&str, &str, &str)> {
    let mut parts = id.trim_start_matches('/').splitn(5, '/');
    let (_, subscription, _, group, rest) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    Some((subscription, group, rest))
}

/// An id with its resource group in upper case.
pub(super) fn shout_resource_group(id: &str) -> String {
    match split_id(id) {
        Some((subscription, group, rest)) => {
            format!("{}/{rest}", resource_group_id(subscription, &group.to_ascii_uppercase()))
        }
        None => id.to_owned(),
    }
}
