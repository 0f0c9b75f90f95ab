//! What the organisation's directory says of the names in tags: who they are, where they read mail, and whether they
//! are still there.
//!
//! Routing takes these answers as facts. Nobody is asked while something is decided: what is not known yet is taken
//! as it stands, and what is known counts until something newer is.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::email_address::EmailAddress;
use super::endpoint::DeadEndpoint;
use super::resource::{ResourceId, folded};

/// A group without a mailbox of its own stands for at most this many of its members.
pub const MEMBERS: usize = 20;

/// What the directory is asked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum DirectoryQuery {
    /// Who has this address, as a mailbox, as another name of one, or to sign in with.
    Address { address: EmailAddress },
    /// Who is called this.
    Name { name: String },
    /// Who is behind this id: of a role assignment.
    Principal { id: String },
}

impl DirectoryQuery {
    /// What makes two questions the same one.
    pub fn key(&self) -> String {
        match self {
            Self::Address { address } => format!("address|{address}"),
            Self::Name { name } => format!("name|{}", name.to_lowercase()),
            Self::Principal { id } => format!("principal|{}", id.to_lowercase()),
        }
    }
}

/// What the directory answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum DirectoryAnswer {
    Person {
        /// Where they read mail; `None` without a mailbox.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mail: Option<EmailAddress>,
        /// Whether they can sign in. Whoever left the company cannot.
        enabled: bool,
        /// Where their manager reads mail, when that was asked because they cannot be notified themselves.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        manager: Option<EmailAddress>,
    },
    Group {
        /// Where all of it reads mail; `None` for a group without a mailbox.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mail: Option<EmailAddress>,
        /// Without a mailbox: its members who can be notified, at most [`MEMBERS`].
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        members: Vec<EmailAddress>,
    },
    /// Several have that name.
    Several,
    Nobody,
}

/// Somebody with a role on a resource group or on a resource in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RoleHolder {
    /// Where the role was given, in lower case.
    pub scope: String,
    pub role: Role,
    /// To whom, as an id of the directory.
    pub principal: String,
}

/// A role that makes somebody responsible. The order is that of preference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// May do everything, and give others roles.
    Owner,
    /// May do everything else.
    Contributor,
}

impl Role {
    /// The role's name in Azure.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "Owner",
            Self::Contributor => "Contributor",
        }
    }
}

/// Everything that is known, by question and by resource group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Directory {
    entries: BTreeMap<String, DirectoryAnswer>,
    roles: BTreeMap<String, Vec<RoleHolder>>,
}

impl Directory {
    /// Puts what is known together.
    pub fn new(
        entries: impl IntoIterator<Item = (DirectoryQuery, DirectoryAnswer)>,
        roles: impl IntoIterator<Item = (String, Vec<RoleHolder>)>,
    ) -> Self {
        let entries = entries.into_iter().map(|(question, entry)| (question.key(), entry));
        Self { entries: entries.collect(), roles: roles.into_iter().collect() }
    }

    /// What is known of a question.
    pub fn find(&self, question: &DirectoryQuery) -> Option<&DirectoryAnswer> {
        self.entries.get(&question.key())
    }

    /// Who has a role on the resource itself or else on its resource group: those with the highest of the roles.
    pub fn role_holders(&self, resource: &ResourceId) -> Vec<&RoleHolder> {
        let group = group_of(resource);
        let known = self.roles.get(&group).map(Vec::as_slice).unwrap_or_default();
        for scope in [resource.folded(), group.as_str()] {
            let here = known.iter().filter(|holder| holder.scope == scope);
            let Some(best) = here.clone().map(|holder| holder.role).min() else { continue };
            let mut seen = BTreeSet::new();
            return here
                .filter(|holder| holder.role == best && seen.insert(holder.principal.as_str()))
                .collect();
        }
        Vec::new()
    }
}

/// The id of a resource's group, in lower case: what role assignments are asked of.
pub fn group_of(resource: &ResourceId) -> String {
    folded(&format!(
        "/subscriptions/{}/resourcegroups/{}",
        resource.subscription(),
        resource.resource_group()
    ))
}

/// What is known of the people who could be notified.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct People {
    pub dead: Vec<DeadEndpoint>,
    /// What the directory says of names; empty without one.
    pub directory: Directory,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures::vm_id;

    #[test]
    fn the_nearest_scope_and_the_highest_role_count() {
        let machine = vm_id("web-01");
        let group = group_of(&machine);
        let holder = |scope: &str, role, principal: &str| RoleHolder {
            scope: scope.to_owned(),
            role,
            principal: principal.to_owned(),
        };
        let roles = vec![
            holder(&group, Role::Contributor, "c"),
            holder(&group, Role::Owner, "a"),
            holder(&group, Role::Owner, "a"),
            holder(machine.folded(), Role::Contributor, "m"),
        ];
        let directory = Directory::new([], [(group, roles)]);
        let found = |name: &str| {
            let found = directory.role_holders(&vm_id(name));
            found.into_iter().map(|holder| holder.principal.clone()).collect::<Vec<_>>()
        };
        assert_eq!(found("web-01"), ["m"]);
        assert_eq!(found("web-02"), ["a"]);
        assert!(Directory::default().role_holders(&machine).is_empty());
    }
}
