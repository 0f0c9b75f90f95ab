//! What one more look says of a start that is under way.
//!
//! Evidence has ranks. Azure's operation is the first witness; then the activity log's entry of the very request; then
//! the machine's own record, where it speaks of this attempt; power, agent and health only say whether a machine that
//! is done runs again. An error while asking is no answer, and neither is what one look does not show.

use chrono::{DateTime, TimeDelta, Utc};

use super::evidence::{EarlierAttempts, StartEvidence};
use super::observation::{LogEntry, OperationProgress, StartObservation};
use super::outcome::{ReleasedBy, RetryTime, StartOutcome};
use super::record::{Start, StartState};
use crate::domain::machine::PowerState;
use crate::domain::observation::Reading;
use crate::domain::window::{LastResult, MaintenanceFacts};

/// How long a start is followed before what became of it counts as not known.
const NOT_KNOWN_AFTER: TimeDelta = TimeDelta::days(1);

/// How long a post without an answer is looked for before it counts as never received: the activity log lags.
const DOUBTED_FOR: TimeDelta = TimeDelta::minutes(45);

/// How long a machine that is done may take to show it and to be well again before that is reported.
const RECOVERS_WITHIN: TimeDelta = TimeDelta::minutes(30);

/// How long a machine has to be missing before it counts as gone.
const GONE_AFTER: TimeDelta = TimeDelta::hours(1);

/// After so many unanswered questions in a row, half an hour, the machine's own words decide in the
/// operation's place.
const MANY_UNANSWERED: u32 = 6;

/// The longest rest between two questions that come to nothing.
const LONGEST_REST: TimeDelta = TimeDelta::minutes(30);

/// The start after one more look; `None` when nothing changed.
pub fn follow(start: &Start, observation: &StartObservation, now: DateTime<Utc>) -> Option<Start> {
    let mut next = start.clone();
    note(&mut next.evidence, observation, now);
    let state = match &start.state {
        StartState::Planned | StartState::Settled { .. } => return None,
        StartState::Recovering { since } => recovering(*since, &next.evidence, observation, now),
        StartState::Claimed { at, before } => claimed(*at, before, &next.evidence, observation, now),
        StartState::Accepted { before, operation, .. } => {
            accepted(before, operation.is_some(), &next.evidence, observation, now)
        }
    };
    match (state, &start.state) {
        (Some(state), from) => {
            if let StartState::Accepted { before, operation, .. } = from {
                next.evidence.before = Some(before.clone());
                next.evidence.operation = operation.clone();
            }
            if let StartState::Claimed { before, .. } = from {
                next.evidence.before = Some(before.clone());
            }
            next.state = state;
        }
        (None, StartState::Claimed { at, .. } | StartState::Accepted { at, .. }) => {
            if let StartState::Accepted { ask_from, .. } = &mut next.state {
                *ask_from = observation.ask_from.or(*ask_from);
            }
            if is_long_ago(*at, now) {
                next.evidence.not_known.get_or_insert(now);
                next.evidence.ask_from = Some(now + LONGEST_REST);
                let has_operation = matches!(start.state, StartState::Accepted { operation: Some(_), .. });
                if let Some(released) = released(has_operation, &next.evidence, observation) {
                    next.state =
                        StartState::Settled { at: now, outcome: StartOutcome::NotKnown { released } };
                }
            }
        }
        (None, _) => {}
    }
    (next != *start).then_some(next)
}

/// Whether what becomes of a start that was claimed `at` then counts as not known, when nothing says it by now.
pub fn is_long_ago(at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    at + NOT_KNOWN_AFTER <= now
}

/// Keeps what a look showed.
fn note(evidence: &mut StartEvidence, observation: &StartObservation, now: DateTime<Utc>) {
    match (&observation.reading, evidence.missing) {
        (Some(Reading::Gone), None) => evidence.missing = Some(now),
        (Some(Reading::Maintenance(_) | Reading::NothingPlanned), _) => evidence.missing = None,
        _ => {}
    }
    match &observation.progress {
        OperationProgress::Running { since } => {
            evidence.running = true;
            evidence.began = since.or(evidence.began);
        }
        OperationProgress::Succeeded { since, at } => {
            evidence.began = since.or(evidence.began);
            evidence.succeeded = Some(at.unwrap_or(now));
        }
        _ => {}
    }
    if let LogEntry::Succeeded { at } = observation.log {
        evidence.succeeded.get_or_insert(at.unwrap_or(now));
    }
    let unanswered = observation.progress == OperationProgress::Unanswered
        || observation.progress == OperationProgress::NotAsked && observation.log == LogEntry::Unanswered;
    let answered = !matches!(observation.progress, OperationProgress::NotAsked)
        || !matches!(observation.log, LogEntry::NotAsked);
    if unanswered {
        // 1, 2, 4, 8, 16 minutes, then every half hour.
        let rest = TimeDelta::minutes(1 << evidence.unanswered.min(5)).min(LONGEST_REST);
        evidence.unanswered = evidence.unanswered.saturating_add(1);
        evidence.ask_from = Some(now + rest);
    } else if answered {
        evidence.unanswered = 0;
        evidence.ask_from = None;
    }
}

/// Where a start stands whose answer never came.
fn claimed(
    at: DateTime<Utc>,
    before: &EarlierAttempts,
    evidence: &StartEvidence,
    observation: &StartObservation,
    now: DateTime<Utc>,
) -> Option<StartState> {
    if let Some(state) = accepted(before, false, evidence, observation, now) {
        return Some(state);
    }
    if observation.log == LogEntry::Begun {
        return Some(StartState::Accepted {
            at,
            before: before.clone(),
            operation: None,
            correlation: None,
            ask_from: None,
        });
    }
    let untouched = allows_again(observation) && !shows_another(observation, before);
    let never = observation.log == LogEntry::Nothing && untouched && at + DOUBTED_FOR <= now;
    never.then_some(StartState::Settled { at: now, outcome: StartOutcome::NeverReceived })
}

/// Where a start stands that Azure accepted, or may have.
fn accepted(
    before: &EarlierAttempts,
    has_operation: bool,
    evidence: &StartEvidence,
    observation: &StartObservation,
    now: DateTime<Utc>,
) -> Option<StartState> {
    let settled = |outcome| Some(StartState::Settled { at: now, outcome });
    let succeeded = evidence.succeeded.is_some();
    let facts = facts(observation);
    // What the machine said before already, it says of an earlier attempt, whatever became of this one.
    let fresh = facts.is_some_and(|facts| *before != EarlierAttempts::from(facts));
    let completed = facts.is_some_and(|facts| facts.last_result == LastResult::MaintenanceCompleted);
    if completed && fresh {
        return Some(StartState::Recovering { since: now });
    }
    let failed = failure(observation);
    if failed.is_none() && is_running(evidence, observation) {
        // Whatever the machine shows or does not show, it may be on its way.
        return None;
    }
    // While the operation can be asked, it decides whether this attempt is over.
    let is_over = succeeded
        || failed.is_some()
        || !has_operation && !evidence.running
        || evidence.unanswered >= MANY_UNANSWERED;
    if let Some(outcome) = facts.filter(|_| fresh && is_over).and_then(came_to) {
        return settled(outcome);
    }
    if succeeded {
        return Some(StartState::Recovering { since: now });
    }
    if let Some(outcome) = failed {
        return settled(outcome);
    }
    if is_gone(evidence, observation, now) { settled(StartOutcome::Gone) } else { None }
}

/// Where a start stands of which Azure says that it is done.
fn recovering(
    since: DateTime<Utc>,
    evidence: &StartEvidence,
    observation: &StartObservation,
    now: DateTime<Utc>,
) -> Option<StartState> {
    let settled = |outcome| Some(StartState::Settled { at: now, outcome });
    let facts = facts(observation);
    let completed = facts.is_some_and(|facts| facts.last_result == LastResult::MaintenanceCompleted);
    let shown = completed || observation.reading == Some(Reading::NothingPlanned);
    let before = evidence.before.as_ref();
    let fresh = facts.filter(|facts| before.is_some_and(|before| *before != EarlierAttempts::from(*facts)));
    if let Some(outcome) = fresh.and_then(came_to) {
        return settled(outcome);
    }
    if !shown && let Some(outcome) = failure(observation) {
        return settled(outcome);
    }
    if shown && observation.is_well(evidence.agent_before) {
        return settled(StartOutcome::Completed { well: true });
    }
    if is_gone(evidence, observation, now) {
        return settled(StartOutcome::Gone);
    }
    if now < since + RECOVERS_WITHIN {
        return None;
    }
    let disagrees = !shown && facts.is_some();
    settled(if disagrees { StartOutcome::Unconfirmed } else { StartOutcome::Completed { well: false } })
}

fn facts(observation: &StartObservation) -> Option<&MaintenanceFacts> {
    match &observation.reading {
        Some(Reading::Maintenance(facts)) => Some(facts),
        _ => None,
    }
}

/// The bad end that the machine's own record speaks of.
fn came_to(facts: &MaintenanceFacts) -> Option<StartOutcome> {
    let message = facts.last_message.clone();
    match facts.last_result {
        LastResult::RetryLater => {
            let until = facts.schedule.self_service.map(|interval| interval.end());
            let again = RetryTime { at_once: facts.self_start_allowed, until };
            Some(StartOutcome::RetryLater { message, again })
        }
        LastResult::MaintenanceAborted => Some(StartOutcome::Skipped { message }),
        _ => None,
    }
}

/// The bad end that the operation speaks of, or else the log's entry of the request.
fn failure(observation: &StartObservation) -> Option<StartOutcome> {
    match (&observation.progress, &observation.log) {
        (OperationProgress::Failed { code, message }, _)
        | (OperationProgress::NotAsked | OperationProgress::Unanswered, LogEntry::Failed { code, message }) => {
            Some(StartOutcome::Refused { code: code.clone(), message: message.clone() })
        }
        _ => None,
    }
}

/// A machine that one look does not find can be found by the next.
fn is_gone(evidence: &StartEvidence, observation: &StartObservation, now: DateTime<Utc>) -> bool {
    let missing = evidence.missing.is_some_and(|since| since + GONE_AFTER <= now);
    missing && observation.reading == Some(Reading::Gone)
}

/// Whether the machine's own record lets it be started now, and it runs.
fn allows_again(observation: &StartObservation) -> bool {
    observation.power == PowerState::Running
        && facts(observation).is_some_and(|facts| facts.self_start_allowed)
}

/// Whether the machine's record speaks of another attempt than those before.
fn shows_another(observation: &StartObservation, before: &EarlierAttempts) -> bool {
    facts(observation).is_some_and(|facts| *before != EarlierAttempts::from(facts))
}

/// Whether Azure's operation runs, by the last that it said: a look at which it is not asked, or does not answer, does
/// not take that back. Only when it was asked in vain for long, its word is too old.
fn is_running(evidence: &StartEvidence, observation: &StartObservation) -> bool {
    let by_last_word =
        evidence.running && evidence.succeeded.is_none() && evidence.unanswered < MANY_UNANSWERED;
    matches!(observation.progress, OperationProgress::Running { .. }) || by_last_word
}

/// What ends the wait for a start of which nothing is known. What the machine allows counts only where no operation can
/// say that it still runs.
fn released(
    has_operation: bool,
    evidence: &StartEvidence,
    observation: &StartObservation,
) -> Option<ReleasedBy> {
    if observation.window_over {
        return Some(ReleasedBy::Window);
    }
    let may_run = is_running(evidence, observation) || has_operation && evidence.unanswered < MANY_UNANSWERED;
    (!may_run && allows_again(observation)).then_some(ReleasedBy::Status)
}
