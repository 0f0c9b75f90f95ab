//! What one more look says of a start that is under way.

use chrono::{DateTime, TimeDelta, Utc};

use super::outcome::{RetryTime, StartOutcome};
use super::record::{EarlierAttempts, Start, StartState};
use crate::domain::machine::PowerState;
use crate::domain::observation::Reading;
use crate::domain::window::LastResult;

/// How long a start is followed before its outcome is called unknown.
const FOLLOWED_FOR: TimeDelta = TimeDelta::hours(6);

/// How long a post without an answer is looked for before it counts as never received.
const DOUBTED_FOR: TimeDelta = TimeDelta::minutes(20);

/// How long a machine that is done may take to be well again before that is reported.
const RECOVERS_WITHIN: TimeDelta = TimeDelta::minutes(30);

/// How far Azure's operation is, as far as that could be seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum OperationProgress {
    /// There is no operation to ask, or it did not answer.
    #[default]
    Unknown,
    Running,
    Succeeded,
    /// Ended badly.
    Failed {
        code: String,
        message: String,
    },
}

/// What one look at a start under way showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartObservation {
    /// What the machine's record says; `None` when it could not be seen.
    pub reading: Option<Reading>,
    pub power: PowerState,
    /// Whether its agent reports that it is ready; `None` when there is no agent.
    pub agent_ready: Option<bool>,
    /// Whether Resource Health calls it available; `None` when that does not say, or was not asked.
    pub available: Option<bool>,
    /// Whether the address that its owner named answers; `None` when there is none, or it may not be asked.
    pub answers: Option<bool>,
    pub progress: OperationProgress,
    /// From when on Azure wants to be asked for that again.
    pub ask_from: Option<DateTime<Utc>>,
    /// For a start without an answer: whether the activity log or an annotation of the machine shows one. `None` when
    /// neither was asked or did answer.
    pub in_activity_log: Option<bool>,
}

impl StartObservation {
    /// Whether the machine runs, and nothing that was asked speaks against its being well.
    pub fn is_well(&self) -> bool {
        let asked = [self.agent_ready, self.available, self.answers];
        self.power == PowerState::Running && !asked.contains(&Some(false))
    }
}

/// Where a start stands after one more look; `None` when nothing changed.
pub fn follow(start: &Start, observation: &StartObservation, now: DateTime<Utc>) -> Option<StartState> {
    let settled = |outcome| Some(StartState::Settled { at: now, outcome });
    match &start.state {
        StartState::Planned | StartState::Settled { .. } => None,
        StartState::Recovering { since } => {
            if observation.is_well() {
                settled(StartOutcome::Completed { well: true })
            } else if observation.reading == Some(Reading::Gone) {
                settled(StartOutcome::Gone)
            } else if *since + RECOVERS_WITHIN <= now {
                settled(StartOutcome::Completed { well: false })
            } else {
                None
            }
        }
        StartState::Claimed { at, before } | StartState::Accepted { at, before, .. } => {
            if observation.reading == Some(Reading::Gone) {
                return settled(StartOutcome::Gone);
            }
            match ended(observation, before) {
                Some(StartOutcome::Completed { .. }) => return Some(StartState::Recovering { since: now }),
                Some(outcome) => return settled(outcome),
                None => {}
            }
            let in_doubt = matches!(start.state, StartState::Claimed { .. });
            if in_doubt && observation.in_activity_log == Some(true) {
                return Some(StartState::Accepted {
                    at: *at,
                    before: before.clone(),
                    operation: None,
                    correlation: None,
                    ask_from: None,
                });
            }
            let untouched =
                matches!(&observation.reading, Some(Reading::Maintenance(facts)) if facts.self_start_allowed);
            if in_doubt && observation.in_activity_log == Some(false) && untouched && *at + DOUBTED_FOR <= now
            {
                return settled(StartOutcome::NeverReceived);
            }
            if *at + FOLLOWED_FOR <= now {
                return settled(StartOutcome::Unknown);
            }
            match &start.state {
                StartState::Accepted { ask_from, .. }
                    if observation.ask_from.is_some() && observation.ask_from != *ask_from =>
                {
                    let mut later = start.state.clone();
                    if let StartState::Accepted { ask_from, .. } = &mut later {
                        *ask_from = observation.ask_from;
                    }
                    Some(later)
                }
                _ => None,
            }
        }
    }
}

/// What Azure says of the attempt's end.
fn ended(observation: &StartObservation, before: &EarlierAttempts) -> Option<StartOutcome> {
    let facts = match &observation.reading {
        Some(Reading::NothingPlanned) => return Some(StartOutcome::Completed { well: false }),
        Some(Reading::Maintenance(facts)) => Some(facts),
        Some(Reading::Gone) | None => None,
    };
    if let Some(facts) = facts {
        // The same words as before may be about the earlier attempt, until the operation itself has ended.
        let fresh =
            *before != EarlierAttempts::from(facts) || observation.progress == OperationProgress::Succeeded;
        let message = facts.last_message.clone();
        match facts.last_result {
            LastResult::MaintenanceCompleted => return Some(StartOutcome::Completed { well: false }),
            LastResult::RetryLater if fresh => {
                let until = facts.schedule.self_service.map(|interval| interval.end());
                let again = RetryTime { at_once: facts.self_start_allowed, until };
                return Some(StartOutcome::RetryLater { message, again });
            }
            LastResult::MaintenanceAborted if fresh => return Some(StartOutcome::Skipped { message }),
            _ => {}
        }
    }
    match &observation.progress {
        OperationProgress::Failed { code, message } => {
            Some(StartOutcome::Refused { code: code.clone(), message: message.clone() })
        }
        _ => None,
    }
}
