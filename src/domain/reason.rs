//! Why somebody is notified.

use serde::{Deserialize, Serialize};

use super::endpoint::Endpoint;
use super::escalation_steps::bounded_minutes;
use super::recipient_name::RecipientName;
use crate::domain::directory::Role;
use crate::domain::tags::TagLevel;

/// Why a recipient is notified about a window. Every way in which someone can come to be notified is here, as data.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "because")]
pub enum Reason {
    /// A tag names the recipient.
    Tag {
        tag: String,
        level: TagLevel,
        /// The part of its value that named the recipient.
        value: String,
    },
    /// A tag names somebody whose account is disabled, and the directory names their manager.
    Manager {
        tag: String,
        level: TagLevel,
        /// The part of its value that named the other.
        of: String,
    },
    /// A tag names a group without a mailbox, and the recipient is a member of it.
    Member {
        tag: String,
        level: TagLevel,
        /// The part of its value that named the group.
        group: String,
    },
    /// No tag and no route names anybody, and the recipient has a role on the resource or its group.
    Role {
        role: Role,
        /// On what, in lower case.
        scope: String,
    },
    /// A route of the configuration matches.
    Route {
        /// The route's place in the file, from 1.
        number: usize,
        matches: String,
    },
    /// Nobody else was found.
    Fallback {
        /// What was tried, in words: `no tag owner or technical-contact; no route matches`.
        tried: Vec<String>,
    },
    /// Somebody who was responsible handed it over.
    HandedOver {
        by: RecipientName,
        /// Whether the recipient has accepted; until then the other stays responsible too.
        accepted: bool,
    },
    /// Everyone else said that it is not theirs.
    Declined {
        /// Who said so, in order.
        by: Vec<RecipientName>,
    },
    /// Nobody responded for whoever is responsible, as far as it came to that.
    Escalated {
        from: RecipientName,
        /// How long before the deadline this recipient is escalated to, in minutes.
        #[serde(deserialize_with = "bounded_minutes")]
        step: i64,
    },
    /// Someone responsible cannot be reached.
    Undeliverable { instead_of: RecipientName, endpoint: Endpoint, error: String },
}

impl Reason {
    /// Whether it makes somebody an owner, and does not only stand in for one.
    pub fn is_owners(&self) -> bool {
        matches!(
            self,
            Self::Tag { .. }
                | Self::Manager { .. }
                | Self::Member { .. }
                | Self::Role { .. }
                | Self::Route { .. }
                | Self::HandedOver { accepted: true, .. }
        )
    }
}
