//! Azure's answer to a start, as it is kept until it is written down.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::azure::compute::PostedStart;
use crate::domain::action::start::{Start, StartState};
use crate::domain::ids::StartId;

/// What Azure answered to the post of a claimed start, with all that it takes to write it down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartAnswer {
    pub start: StartId,
    /// When it was claimed: no other claim of it is meant.
    pub claimed: DateTime<Utc>,
    pub posted: PostedStart,
    /// When Azure answered.
    pub at: DateTime<Utc>,
    /// Whether it was posted with the rights of a person, which say nothing of the notifier's.
    pub own_rights: bool,
}

impl StartAnswer {
    /// Whether it is the answer to what `start` waits for: to this very claim.
    pub(in crate::services) fn is_meant_for(&self, start: &Start) -> bool {
        matches!(start.state, StartState::Claimed { at, .. } if at == self.claimed)
    }
}
