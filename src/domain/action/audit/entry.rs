//! The entries of the audit trail, as they are stored.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::domain::action::actor::Actor;
use crate::domain::action::start::StartOutcome;
use crate::domain::ids::{MessageId, PlanId, StartId};
use crate::domain::window::WindowId;

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "did")]
pub enum AuditAction {
    /// Somebody responded to a window: the response in one word, with what they wrote.
    Responded {
        response: String,
        /// A note, a change number, a time, or to whom.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        detail: Option<String>,
    },
    /// Somebody decided that maintenance starts, now or at a time.
    Decided { start: StartId, begins: DateTime<Utc> },
    /// A start was refused before Azure was asked.
    Declined { reason: String },
    /// A planned start was called off.
    CalledOff { start: StartId },
    /// A start is about to be posted to Azure.
    Claimed { start: StartId },
    /// Azure accepted a start.
    Accepted {
        start: StartId,
        /// Azure's own number for the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        correlation: Option<String>,
    },
    /// A start came to its end.
    Settled { start: StartId, outcome: StartOutcome },
    /// Links in messages were withdrawn.
    Revoked { links: String },
    /// Somebody named hours in which maintenance starts by itself.
    NamedHours {
        #[serde(rename = "reach")]
        scope: String,
        hours: String,
    },
    /// Somebody took such hours back.
    RemovedHours {
        #[serde(rename = "reach")]
        scope: String,
        hours: String,
    },
    /// Somebody muted some machines for a while.
    #[serde(rename = "silenced")]
    Muted {
        #[serde(rename = "reach")]
        scope: String,
        until: DateTime<Utc>,
        reason: String,
    },
    /// Somebody ended such a mute.
    #[serde(rename = "ended-silence")]
    MuteEnded {
        #[serde(rename = "reach")]
        scope: String,
    },
    /// Somebody wants no digests any more, or wants them again.
    Digests { wanted: bool },
    /// Something became of a rolling plan.
    Plan {
        plan: PlanId,
        /// What: `made`, `paused`, `resumed`, `cancelled`, `stopped` or `finished`.
        turn: String,
        /// Of how many machines, or because of which.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        detail: Option<String>,
    },
    /// Somebody had a person forgotten: the entries that name them were rewritten, each with a note.
    Forgotten {
        /// What stands for the person since.
        person: String,
        entries: Vec<ReplacedEntry>,
    },
    /// Older entries were removed; the chain goes on from the hash that is given here.
    Checkpoint {
        /// The last one that was removed.
        through: u64,
        /// Its hash. Every entry has one of its own, so that it needs another name where both are written.
        #[serde(rename = "through_hash")]
        hash: String,
    },
}

/// What is recorded, before it has its place in the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEvent {
    pub at: DateTime<Utc>,
    pub actor: Actor,
    #[serde(flatten)]
    pub action: AuditAction,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<WindowId>,
    /// From which message, when it was a link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<MessageId>,
}

/// One entry of the trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Its number, from 1, without gaps.
    pub sequence: u64,
    #[serde(flatten)]
    pub event: AuditEvent,
    /// The hash of the entry before; of nothing for the first.
    pub previous: String,
    pub hash: String,
    /// That its text is not the one of the hash, because a person was forgotten.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced: Option<ReplacedNote>,
}

/// An entry that was rewritten, as the trail itself records it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplacedEntry {
    pub sequence: u64,
    /// The digest of its text as it is now.
    pub digest: String,
}

/// What was replaced in an entry and when, sealed with a key that the store does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplacedNote {
    pub at: DateTime<Utc>,
    /// What stands for the person since.
    pub person: String,
    /// The digest of the entry's text as it is now. Its hash is still that of the text before.
    pub digest: String,
    /// The name of the key that seals it.
    pub key: String,
    pub seal: String,
}

/// The end of the trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditHead {
    /// The number of the last entry; 0 before the first.
    pub sequence: u64,
    pub hash: String,
}

impl Default for AuditHead {
    fn default() -> Self {
        Self { sequence: 0, hash: hex(&Sha256::digest(b"")) }
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
