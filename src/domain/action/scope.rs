//! How far something that somebody said on a page reaches: one machine, a resource group, or everything of theirs.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::resource::{ResourceId, SubscriptionId, folded, same_id};

/// How far it reaches. The order is from the narrowest to the widest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "to")]
pub enum Scope {
    /// One machine.
    Machine {
        resource: ResourceId,
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

    /// Whether it reaches `resource`.
    pub fn covers(&self, resource: &ResourceId) -> bool {
        match self {
            Self::Machine { resource: own } => own == resource,
            Self::Group { subscription, resource_group } => {
                *subscription == resource.subscription() && same_id(resource_group, resource.resource_group())
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

    /// What makes two of them the same, whatever the case of their names.
    pub fn key(&self) -> String {
        match self {
            Self::Machine { resource } => format!("machine|{}", resource.folded()),
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
            Self::Machine { resource } => write!(f, "{resource}"),
            Self::Group { subscription, resource_group } => {
                write!(f, "resource group {resource_group} of {}", subscription.as_str())
            }
            Self::Everything => f.write_str("everything of theirs"),
        }
    }
}
