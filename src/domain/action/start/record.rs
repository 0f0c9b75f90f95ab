//! One start, as it is stored.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::evidence::{EarlierAttempts, OperationLink, StartEvidence};
use super::outcome::StartOutcome;
use crate::domain::action::actor::Actor;
use crate::domain::action::group_key::GroupKey;
use crate::domain::action::hours::HoursSource;
use crate::domain::data_loss::DataLoss;
use crate::domain::ids::{MessageId, PlanId, StartId};
use crate::domain::window::{Revision, WindowId};

/// What led to a start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "by")]
pub enum StartOrigin {
    /// A link in this message.
    Link {
        message: MessageId,
        /// The one-time key of the form that was sent: sent again, it decides nothing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        form: Option<String>,
    },
    CommandLine,
    /// Hours that somebody named once.
    StandingOrder {
        hours: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        sources: Vec<HoursSource>,
    },
    /// A rolling plan.
    RollingPlan {
        plan: PlanId,
    },
}

/// One attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    pub id: StartId,
    pub window: WindowId,
    pub revision: Revision,
    pub by: Actor,
    pub origin: StartOrigin,
    pub decided: DateTime<Utc>,
    pub begins: DateTime<Utc>,
    /// After this moment it does not begin any more. Starts written by earlier versions have none, and neither have
    /// members of rolling plans, whose hours decide.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest: Option<DateTime<Utc>>,
    /// What whoever decided it agreed to lose. Only a person agrees, and for one machine at a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepts: Option<DataLoss>,
    /// The groups that it entered when it was claimed, and leaves at its end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<GroupKey>,
    pub state: StartState,
    #[serde(default, skip_serializing_if = "StartEvidence::is_empty")]
    pub evidence: StartEvidence,
}

/// Where a start stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum StartState {
    /// It waits for its time.
    Planned,
    /// It is about to be posted, or was, by the one process that wrote this.
    Claimed {
        at: DateTime<Utc>,
        /// What Azure said of an earlier attempt, to tell it apart from this one's end.
        before: EarlierAttempts,
    },
    Accepted {
        at: DateTime<Utc>,
        before: EarlierAttempts,
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
    Recovering { since: DateTime<Utc> },
    /// It came to its end.
    Settled { at: DateTime<Utc>, outcome: StartOutcome },
}

impl Start {
    /// Whether Azure refused the request itself, in answer to it: nothing was begun. A refusal that was found out by
    /// looking may have come after Azure had begun.
    pub fn was_refused_at_once(&self) -> bool {
        let refused = matches!(
            &self.state,
            StartState::Settled {
                outcome: StartOutcome::Refused { .. } | StartOutcome::Forbidden { .. },
                ..
            }
        );
        // Whoever found it out by looking kept what was known before.
        refused && self.evidence.before.is_none()
    }

    /// Whether the machine can have been down for a start that came to its end.
    pub fn disturbed(&self) -> bool {
        match &self.state {
            StartState::Settled { outcome: StartOutcome::Refused { .. }, .. } => !self.was_refused_at_once(),
            StartState::Settled { outcome, .. } => outcome.disturbed(),
            _ => true,
        }
    }
}
