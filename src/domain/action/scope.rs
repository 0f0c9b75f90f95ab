//! How far something that somebody said on a page reaches: one machine, a resource group, or everything of theirs.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::machine::Machine;
use crate::domain::resource::{ResourceId, SubscriptionId, folded, same_id};
use crate::domain::window::MaintenanceWindow;

/// How far it reaches. The order is from the narrowest to the widest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "to")]
pub enum Scope {
    /// One machine.
    Machine {
        /// Where it stood when that was said.
        resource: ResourceId,
        /// Which machine it is, wherever it stands. What was said before has none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        vm_id: Option<String>,
    },
    /// A resource group.
    Group {
        subscription: SubscriptionId,
        resource_group: String,
    },
    Everything,
}

impl Scope {
    /// The group that `resource` lies in.
    pub fn group_of(resource: &ResourceId) -> Self {
        Self::Group {
            subscription: resource.subscription(),
            resource_group: resource.resource_group().to_owned(),
        }
    }

    /// This machine alone, wherever it is brought to. One that is made anew in its place is another.
    pub fn of_machine(machine: &Machine) -> Self {
        Self::Machine { resource: machine.id.clone(), vm_id: machine.vm_id.clone() }
    }

    /// Whether it reaches the machine of `window`.
    pub fn covers(&self, window: &MaintenanceWindow) -> bool {
        let place = window.place();
        match self {
            Self::Machine { resource, vm_id } => match (vm_id, &window.machine.vm_id) {
                (Some(own), Some(present)) => own == present,
                _ => resource == place || *resource == window.id.resource,
            },
            Self::Group { subscription, resource_group } => {
                *subscription == place.subscription() && same_id(resource_group, place.resource_group())
            }
            Self::Everything => true,
        }
    }

    /// How specific it is: the less, the more.
    pub fn rank(&self) -> u8 {
        match self {
            Self::Machine { .. } => 0,
            Self::Group { .. } => 1,
            Self::Everything => 2,
        }
    }

    /// Whether both reach the same, wherever that stood when each was said.
    pub fn is_same(&self, other: &Self) -> bool {
        let number = |scope: &Self| match scope {
            Self::Machine { vm_id, .. } => vm_id.clone(),
            _ => None,
        };
        match (number(self), number(other)) {
            (Some(one), Some(other)) => one == other,
            _ => self.key() == other.key(),
        }
    }

    /// What makes two of them the same, whatever the case of their names.
    pub fn key(&self) -> String {
        match self {
            Self::Machine { resource, .. } => format!("machine|{}", resource.folded()),
            Self::Group { subscription, resource_group } => {
                format!("group|{}|{}", subscription.as_str(), folded(resource_group))
            }
            Self::Everything => "everything".to_owned(),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Machine { resource, .. } => write!(f, "{resource}"),
            Self::Group { subscription, resource_group } => {
                write!(f, "resource group {resource_group} of {}", subscription.as_str())
            }
            Self::Everything => f.write_str("everything of theirs"),
        }
    }
}
