//! How far a start is, as everybody who shows it reads it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::record::{Start, StartState};

/// How far a start is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "phase")]
pub enum StartPhase {
    /// It waits for its moment, its turn, or another try.
    Waiting,
    /// It was sent, and no answer has come yet.
    Unanswered,
    /// Azure accepted it.
    Accepted,
    /// Azure works on it.
    Running,
    /// Azure says that it is done; the machine is not seen well yet.
    Recovering,
    /// What became of it is not known.
    NotKnown { since: DateTime<Utc> },
    /// It came to its end.
    Ended,
}

impl Start {
    /// How far it is.
    pub fn phase(&self) -> StartPhase {
        match (&self.state, self.evidence.not_known) {
            (StartState::Planned, _) => StartPhase::Waiting,
            (StartState::Settled { .. }, _) => StartPhase::Ended,
            (StartState::Recovering { .. }, _) => StartPhase::Recovering,
            (_, Some(since)) => StartPhase::NotKnown { since },
            (StartState::Claimed { .. }, None) => StartPhase::Unanswered,
            (StartState::Accepted { .. }, None) if self.evidence.running => StartPhase::Running,
            (StartState::Accepted { .. }, None) => StartPhase::Accepted,
        }
    }
}
