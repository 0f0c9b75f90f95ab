//! What is known of a machine besides its maintenance: where it runs, what it is part of, who is named on it.

use serde::{Deserialize, Serialize};

use super::resource::ResourceId;
use super::tags::TagChain;

/// A machine's power state, from the instance view or from Resource Graph.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PowerState {
    Running,
    /// Stopped inside the guest or from the portal, still allocated to a host.
    Stopped,
    /// Not on any host: maintenance of a host does not touch it.
    Deallocated,
    /// Azure did not say.
    #[default]
    Unknown,
    /// A state with another name, as Azure wrote it.
    Other(String),
}

/// Another tenant than the one that the notifier lives in, whose resources its identity may read (Azure Lighthouse).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherTenant {
    pub id: String,
    /// Its display name, when it could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl OtherTenant {
    /// What people know it by: foreign text.
    pub fn display_name(&self) -> &str {
        self.name.as_deref().filter(|name| !name.trim().is_empty()).unwrap_or(&self.id)
    }
}

/// A machine, an instance or a host as the rest of Azure describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// Where it stands now.
    pub id: ResourceId,
    /// Which machine it is, wherever it stands (`vmId`), in lower case; nothing where Azure does not say it, and for
    /// hosts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vm_id: Option<String>,
    /// The display name of its subscription, when it could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscription_name: Option<String>,
    /// Whether its subscription is disabled: Azure changes nothing in it then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub subscription_disabled: bool,
    /// Its tenant, when that is not the one that the notifier lives in: it is reported, and never started from here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<OtherTenant>,
    /// Its region, as Azure names it in programs: `westeurope`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub zones: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub availability_set: Option<ResourceId>,
    /// Which of its availability set's update domains it is in: Azure itself touches one of them at a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub update_domain: Option<u32>,
    #[serde(default)]
    pub power: PowerState,
    /// Whether its operating system lives on the host's own disk, which a redeploy wipes; nothing where nobody could
    /// read that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ephemeral_os_disk: Option<bool>,
    #[serde(default)]
    pub auto_shutdown: bool,
    /// Its tags and those of everything that contains it.
    #[serde(default)]
    pub tags: TagChain,
}

impl Machine {
    /// Whether both are known to be different machines.
    pub fn is_another(&self, other: &Self) -> bool {
        matches!((&self.vm_id, &other.vm_id), (Some(one), Some(other)) if one != other)
    }

    /// A machine of which only the id is known.
    pub fn bare(id: ResourceId) -> Self {
        Self {
            id,
            vm_id: None,
            subscription_name: None,
            subscription_disabled: false,
            tenant: None,
            region: None,
            zones: Vec::new(),
            availability_set: None,
            update_domain: None,
            power: PowerState::Unknown,
            ephemeral_os_disk: None,
            auto_shutdown: false,
            tags: TagChain::default(),
        }
    }
}

/// A `vmId` as it is compared. Nothing but zeros says of no machine which it is.
pub fn machine_number(text: &str) -> Option<String> {
    let number = text.trim().to_ascii_lowercase();
    number.contains(|c: char| c.is_ascii_alphanumeric() && c != '0').then_some(number)
}
