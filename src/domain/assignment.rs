//! Assignments: who is responsible for a window, and why.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::recipient::{EmailAddress, Endpoint, RecipientName};
use super::tags::TagLevel;
use super::window::MaintenanceWindow;

/// The version of the configuration that decided something: the first characters of its digest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConfigVersion(pub String);

/// Why a recipient is told about a window. Every way in which someone can come to be told is here, as data.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "because")]
pub enum Reason {
    /// A tag names the recipient.
    Tag {
        /// The tag's name as configured.
        tag: String,
        /// Where it was found.
        level: TagLevel,
        /// The part of its value that named the recipient.
        value: String,
    },
    /// A route of the configuration matches.
    Route {
        /// The route's place in the file, from 1.
        number: usize,
        /// What it matches, as written.
        matches: String,
    },
    /// Nobody else was found.
    Fallback {
        /// What was tried, in words: `no tag owner or technical-contact; no route matches`.
        tried: Vec<String>,
    },
    /// Someone responsible cannot be reached.
    Undeliverable {
        /// Who should have been told.
        instead_of: RecipientName,
        /// Where it was tried.
        endpoint: Endpoint,
        /// What the other side answered.
        error: String,
    },
}

/// Someone named in a tag who cannot be told, and why. Reported to the fallback.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "refused")]
pub enum RefusedOwner {
    /// The address is outside the allowed domains.
    OutsideDomain {
        /// The tag's name.
        tag: String,
        /// Where it was found.
        level: TagLevel,
        /// The address.
        address: EmailAddress,
    },
    /// The value is neither an address nor a configured recipient nor completed by the suffix.
    NotAnAddress {
        /// The tag's name.
        tag: String,
        /// Where it was found.
        level: TagLevel,
        /// The part of the value.
        value: String,
    },
}

/// One recipient's share in one window, with a copy of the window's newest facts: planning reads nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// Who.
    pub recipient: RecipientName,
    /// The window as collect last wrote it.
    pub window: MaintenanceWindow,
    /// Why, most specific first; never empty.
    pub reasons: Vec<Reason>,
    /// Whether this recipient is the first named.
    pub primary: bool,
    /// Who else is told, the primary first.
    pub others: Vec<RecipientName>,
    /// Which configuration decided this.
    pub decided_by: ConfigVersion,
    /// Since when.
    pub since: DateTime<Utc>,
    /// When the last addition to this recipient's windows came in with this one: announcements settle from here.
    pub added: DateTime<Utc>,
    /// Set when the recipient is no longer responsible.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<Withdrawn>,
}

/// Why someone is no longer told about a window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawn {
    /// Since when.
    pub at: DateTime<Utc>,
    /// Who is responsible now, or the silence that covers the window.
    pub now: WithdrawnTo,
}

/// What took the place of an assignment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "to")]
pub enum WithdrawnTo {
    /// Others are responsible.
    Others {
        /// Who.
        recipients: Vec<RecipientName>,
    },
    /// A silence covers it.
    Silenced {
        /// The reason given in the configuration.
        reason: String,
    },
}
