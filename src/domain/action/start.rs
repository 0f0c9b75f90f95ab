//! A start: one attempt at self-service maintenance, from the decision to Azure's final word.
//!
//! ```text
//! planned ──its time has come──▶ claimed ──Azure accepts──▶ accepted ──the machine is seen well──▶ settled
//!    │                              │ └──no answer──▶ in doubt ──evidence, or none for long──▶ settled
//!    └──objection, other dates──▶ settled   └──Azure refuses──▶ settled
//! ```
//!
//! A start is posted in the state `claimed` only, by whoever wrote that state, and never again: what became of a
//! post whose answer was lost is found out by looking.

mod follow;
mod refusal;

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Actor;
use super::anti_affinity::GroupKey;
use super::hours::HoursSource;
use super::rolling::PlanId;
use crate::domain::message::MessageId;
use crate::domain::window::{LastResult, MaintenanceFacts, Revision, WindowId};

pub use follow::{OperationProgress, StartObservation, follow};
pub use refusal::{StartFacts, StartRefusal, may_begin, may_plan};

/// The identity of a start: its window and which attempt it is. Fit for a row key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StartId(String);

impl StartId {
    /// The id of the `attempt`-th start of `window`.
    pub fn new(window: &WindowId, attempt: u32) -> Self {
        let name = format!("{window}\n{attempt}");
        Self(uuid::Uuid::new_v5(&START_NAMESPACE, name.as_bytes()).simple().to_string())
    }

    /// The id as 32 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StartId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Start ids live in a name space of their own.
const START_NAMESPACE: uuid::Uuid = uuid::Uuid::from_u128(0x6d61_696e_7465_6e61_6e63_652d_7374_6101);

/// What led to a start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "by")]
pub enum StartOrigin {
    /// A link in this message.
    Link {
        /// Which message.
        message: MessageId,
    },
    /// The command line.
    CommandLine,
    /// Hours that somebody named once.
    StandingOrder {
        /// The hours as written.
        hours: String,
        /// Where they come from.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        sources: Vec<HoursSource>,
    },
    /// A rolling plan.
    RollingPlan {
        /// Which.
        plan: PlanId,
    },
}

/// One attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// Its identity.
    pub id: StartId,
    /// What is started.
    pub window: WindowId,
    /// With which dates it was decided.
    pub revision: Revision,
    /// Who decided it.
    pub by: Actor,
    /// What led to it.
    pub origin: StartOrigin,
    /// When it was decided.
    pub decided: DateTime<Utc>,
    /// When it is to begin.
    pub begins: DateTime<Utc>,
    /// The groups that it entered when it was claimed, and leaves at its end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<GroupKey>,
    /// Where it stands.
    pub state: StartState,
}

/// Where a start stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum StartState {
    /// It waits for its time.
    Planned,
    /// It is about to be posted, or was, by the one process that wrote this.
    Claimed {
        /// When.
        at: DateTime<Utc>,
        /// What Azure said of an earlier attempt, to tell it from this one's end.
        before: EarlierAttempts,
    },
    /// Azure accepted it.
    Accepted {
        /// When it was claimed.
        at: DateTime<Utc>,
        /// As in `claimed`.
        before: EarlierAttempts,
        /// Where Azure tells of its progress.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        operation: Option<OperationLink>,
        /// Azure's own number for the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        correlation: Option<String>,
        /// From when on Azure wants to be asked there again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ask_from: Option<DateTime<Utc>>,
    },
    /// Azure says that it is done; the machine is not seen to be well yet.
    Recovering {
        /// Since when.
        since: DateTime<Utc>,
    },
    /// It came to its end.
    Settled {
        /// When.
        at: DateTime<Utc>,
        /// How.
        outcome: StartOutcome,
    },
}

/// What Azure said of earlier attempts when a start was claimed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierAttempts {
    /// The result.
    pub last_result: LastResult,
    /// Its words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_message: Option<String>,
}

impl From<&MaintenanceFacts> for EarlierAttempts {
    fn from(facts: &MaintenanceFacts) -> Self {
        Self { last_result: facts.last_result.clone(), last_message: facts.last_message.clone() }
    }
}

/// Where Azure tells of a long-running operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "header")]
pub enum OperationLink {
    /// `Azure-AsyncOperation`: a document with a status.
    AsyncOperation {
        /// Its address.
        address: String,
    },
    /// `Location`: 202 until it is done.
    Location {
        /// Its address.
        address: String,
    },
}

/// How a start ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "was")]
pub enum StartOutcome {
    /// The maintenance is done.
    Completed {
        /// Whether the machine was seen running and well afterwards.
        well: bool,
    },
    /// Azure could not do it now; it may be tried again.
    RetryLater {
        /// Azure's words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
        /// When that can be.
        #[serde(default)]
        again: RetryTime,
    },
    /// Azure broke it off, leaves this machine out of its own window and plans anew.
    Skipped {
        /// Azure's words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
    },
    /// Azure does not let whoever asked start this.
    Forbidden {
        /// Azure's word for the reason.
        code: String,
        /// Azure's words.
        message: String,
    },
    /// Azure refused it.
    Refused {
        /// Azure's word for the reason.
        code: String,
        /// Azure's words.
        message: String,
    },
    /// It was not begun.
    NotBegun {
        /// Why.
        reason: StartRefusal,
    },
    /// Somebody called it off before it began.
    CalledOff,
    /// It was posted, no answer came, and Azure shows no sign of it.
    NeverReceived,
    /// The machine is gone.
    Gone,
    /// Nothing was to be found out within six hours.
    Unknown,
}

/// When a start can be tried again, as far as Azure says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetryTime {
    /// Whether Azure accepted another one at once.
    #[serde(default)]
    pub at_once: bool,
    /// Until when its owner may start it at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
}

impl StartOutcome {
    /// Whether the machine can have been down.
    pub fn disturbed(&self) -> bool {
        !matches!(
            self,
            Self::Forbidden { .. }
                | Self::Refused { .. }
                | Self::NotBegun { .. }
                | Self::CalledOff
                | Self::NeverReceived
        )
    }
}

#[cfg(test)]
mod tests;
