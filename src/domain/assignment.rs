//! Assignments: who is responsible for a window, and why.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::action::response::WindowActions;
use super::config_version::ConfigVersion;
use super::escalation_steps::EscalationStep;
use super::reason::Reason;
use super::recipient_name::RecipientName;
use super::window::MaintenanceWindow;

/// One recipient's share in one window, with a copy of the window's newest facts: planning reads nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    pub recipient: RecipientName,
    /// The window as collect last wrote it.
    pub window: MaintenanceWindow,
    /// Why, most specific first; never empty.
    pub reasons: Vec<Reason>,
    /// Whether this recipient is the first named.
    pub primary: bool,
    /// Who else is notified, the primary first.
    pub others: Vec<RecipientName>,
    /// Who is escalated to when nobody responds, step by step: empty until the first step is near.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[serde(rename = "ladder")]
    pub escalation_steps: Vec<EscalationStep>,
    #[serde(default, skip_serializing_if = "WindowActions::is_empty")]
    pub actions: WindowActions,
    pub decided_by: ConfigVersion,
    pub since: DateTime<Utc>,
    /// Set when the recipient is no longer responsible.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<Withdrawn>,
}

impl Assignment {
    /// Who asked this recipient to take the window over, while that is not answered.
    pub fn asked_by(&self) -> Option<&RecipientName> {
        self.reasons.iter().find_map(|reason| match reason {
            Reason::HandedOver { by, accepted: false } => Some(by),
            _ => None,
        })
    }

    /// Whether the recipient has to do with it only in case nobody responds.
    pub fn is_only_escalated(&self) -> bool {
        is_only_escalated(&self.reasons)
    }
}

pub(super) fn is_only_escalated(reasons: &[Reason]) -> bool {
    !reasons.is_empty() && reasons.iter().all(|reason| matches!(reason, Reason::Escalated { .. }))
}

/// Why someone is no longer notified about a window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawn {
    pub at: DateTime<Utc>,
    /// Who is responsible now, or the silence that covers the window.
    pub now: WithdrawnTo,
}

/// What took the place of an assignment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "to")]
pub enum WithdrawnTo {
    /// Others are responsible.
    Others { recipients: Vec<RecipientName> },
    /// A silence covers it.
    Silenced {
        reason: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<DateTime<Utc>>,
    },
}

/// Who holds a copy of a window, as remembered beside the window itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    pub recipient: RecipientName,
    /// Since when, without a break. Who was only to be escalated to and becomes responsible is so since then.
    pub since: DateTime<Utc>,
    /// Whether only in case nobody responds.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub escalated: bool,
    /// Set when the recipient is no longer responsible.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<Withdrawn>,
}
