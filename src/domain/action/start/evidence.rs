//! What is known of a start beside its state: what Azure said before and since, when it is asked again, what it waits
//! for.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::refusal::StartRefusal;
use crate::domain::window::{LastResult, MaintenanceFacts};

/// What is known of a start beside its state. Rows written by earlier versions have none of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StartEvidence {
    /// What Azure said of earlier attempts, for states that do not have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<EarlierAttempts>,
    /// What the machine's agent said when the start was claimed. Rows written by earlier versions do not know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_before: Option<AgentBefore>,
    /// The operation, for states that do not have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<OperationLink>,
    /// Whether the operation was seen under way. Its other words end the start, so that this is its last one as long as
    /// the start is accepted, also while it is not asked.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub running: bool,
    /// When Azure's operation began, by Azure's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub began: Option<DateTime<Utc>>,
    /// When Azure's operation succeeded, by Azure's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub succeeded: Option<DateTime<Utc>>,
    /// How often in a row Azure could not be asked what became of it.
    #[serde(skip_serializing_if = "is_zero")]
    pub unanswered: u32,
    /// From when on it is asked again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ask_from: Option<DateTime<Utc>>,
    /// Since when every look found no machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<DateTime<Utc>>,
    /// What it waits for, while it is planned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waits: Option<StartWait>,
    /// Since when a matter of the machine's own keeps it from beginning, refusals of Azure among them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept_since: Option<DateTime<Utc>>,
    /// Since when its outcome counts as not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_known: Option<DateTime<Utc>>,
}

impl StartEvidence {
    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What a machine's agent said before its start. A machine that runs well without an agent that says so, such as an
/// appliance, is not asked for one afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AgentBefore {
    Ready,
    /// It was there and did not say that it is ready.
    NotReady,
    /// Azure showed none.
    Absent,
}

impl AgentBefore {
    /// What `ready`, as it was read, comes to.
    pub fn of(ready: Option<bool>) -> Self {
        match ready {
            Some(true) => Self::Ready,
            Some(false) => Self::NotReady,
            None => Self::Absent,
        }
    }
}

/// What a planned start waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartWait {
    pub why: StartRefusal,
    /// It is not tried again before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// What Azure said of earlier attempts when a start was claimed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierAttempts {
    pub last_result: LastResult,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_message: Option<String>,
}

impl From<&MaintenanceFacts> for EarlierAttempts {
    fn from(facts: &MaintenanceFacts) -> Self {
        Self { last_result: facts.last_result.clone(), last_message: facts.last_message.clone() }
    }
}

/// Where Azure reports a long-running operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "header")]
pub enum OperationLink {
    /// `Azure-AsyncOperation`: a document with a status.
    AsyncOperation { address: String },
    /// `Location`: 202 until it is done.
    Location { address: String },
}
