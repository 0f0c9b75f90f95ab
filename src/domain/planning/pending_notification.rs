//! What a recipient should be notified of, and why.

use chrono::{DateTime, Utc};

use crate::domain::message::Item;
use crate::domain::operator_alert::OperatorAlert;

/// Why a stage is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PendingReason {
    /// Azure takes the machine down within minutes.
    Imminent,
    /// An event reports that it happens, and Azure has not confirmed it.
    Unconfirmed,
    /// A step before a deadline or before a planned start has come.
    DeadlineNear,
    /// Something became of a start that the recipient made or objected to.
    OwnStart,
    /// Something became of a start that somebody else made.
    OthersStart,
    /// Whoever was asked to take the window over has refused.
    HandedBack,
    /// Facts of the window, or who is responsible for it, have changed.
    News,
}

/// One thing to notify of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PendingNotification {
    /// A stage of a window.
    Stage {
        item: Item,
        arises: DateTime<Utc>,
        /// The deadline of the window, when it has one, or the time of the planned start.
        deadline: Option<DateTime<Utc>>,
        /// Why, which decides how long it may wait.
        reason: PendingReason,
    },
    /// An operator alert, or that a mute of the recipient's ends.
    OperatorAlert { operator_alert: OperatorAlert, arises: DateTime<Utc> },
    /// The report on the first look at the tenant, for operators.
    GoLive {
        /// When that look was complete.
        arises: DateTime<Utc>,
    },
    /// The weekly report on machines without an owner, for operators.
    Coverage { arises: DateTime<Utc> },
    /// A sign of life to a channel that was quiet for long.
    Heartbeat { arises: DateTime<Utc> },
    /// A summary, for who watches.
    Summary { slot: DateTime<Utc> },
}

impl PendingNotification {
    /// The entry for the ledger, if it is about a window.
    pub fn item(&self) -> Option<&Item> {
        match self {
            Self::Stage { item, .. } => Some(item),
            _ => None,
        }
    }

    /// The operator alert, if it is one.
    pub fn operator_alert(&self) -> Option<&OperatorAlert> {
        match self {
            Self::OperatorAlert { operator_alert, .. } => Some(operator_alert),
            _ => None,
        }
    }
}
