//! What people did about a window, as planning sees it: which reminders it still needs, and what is reported of starts.

use chrono::{DateTime, TimeDelta, Utc};

use super::history::WindowHistory;
use super::pending_stage::PendingStage;
use super::reminder_clock::ReminderClock;
use super::reminder_state::ReminderState;
use crate::domain::action::response::{Response, StartStatus, StartSummary};
use crate::domain::action::start::{StartOutcome, StartRefusal};
use crate::domain::assignment::Assignment;
use crate::domain::recipient_name::RecipientName;
use crate::domain::stage::Stage;

/// How long before it begins a planned start is named again to everyone who can object.
const ANNOUNCED_BEFORE: [TimeDelta; 2] = [TimeDelta::hours(48), TimeDelta::hours(1)];

/// The step with which it is reported that nobody knows what became of a start. It is nearer than those before it.
pub(super) const NOT_KNOWN: i64 = 0;

/// What is to be reported about the window's starts to someone who knows of it. Only the newest status of each is: who
/// could not be notified that one began hears how it ended.
pub fn of_starts<'a>(
    assignment: &'a Assignment,
    history: &WindowHistory,
    reminder_clock: &ReminderClock<'_>,
    now: DateTime<Utc>,
) -> Vec<PendingStage<'a>> {
    let starts = assignment.actions.starts.iter();
    starts.filter_map(|start| of_start(assignment, start, history, reminder_clock, now)).collect()
}

fn of_start<'a>(
    assignment: &Assignment,
    start: &'a StartSummary,
    history: &WindowHistory,
    reminder_clock: &ReminderClock<'_>,
    now: DateTime<Utc>,
) -> Option<PendingStage<'a>> {
    match &start.status {
        StartStatus::Planned => {
            let Some(since) = history.of_start(Stage::Planned, &start.id) else {
                return Some(PendingStage::of(start, Stage::Planned, start.decided));
            };
            let (step, at) = planned_steps(start, reminder_clock)
                .filter(|(_, at)| *at <= now && now < start.begins)
                .min()
                .filter(|(step, at)| since < *at && !history.has_step_of_start(&start.id, *step))?;
            Some(PendingStage { step: Some(step), ..PendingStage::of(start, Stage::Planned, at) })
        }
        StartStatus::UnderWay => {
            let begun = PendingStage::of(start, Stage::Started, start.begins);
            if let Some(since) = start.progress.not_known {
                let unreported = !history.has_step_of_start(&start.id, NOT_KNOWN);
                return unreported.then_some(PendingStage { step: Some(NOT_KNOWN), at: since, ..begun });
            }
            history.of_start(Stage::Started, &start.id).is_none().then_some(begun)
        }
        StartStatus::Settled { at, outcome } => {
            let stage = stage_of_end(start, outcome);
            // What was done another way is reported by its end, and its planned start came to no harm.
            let is_over = matches!(outcome, StartOutcome::NotBegun { reason: StartRefusal::Over });
            if is_over && assignment.window.is_over() {
                return None;
            }
            // What was over before somebody came to know of the window is no news for them, and neither is the end
            // of a plan that they never heard of.
            let concerns = history.knows_start(&start.id)
                || stage != Stage::CalledOff && history.known_since().is_some_and(|since| since <= *at);
            // Azure's status may have said of this attempt what its end says now.
            let unreported = history.of_start(stage, &start.id).is_none()
                && !(is_azures(outcome) && history.notified_by_azure(stage, start.begins));
            (concerns && unreported).then(|| PendingStage::of(start, stage, *at))
        }
    }
}

/// What goes with the announcement of a window of which a start is planned or under way.
pub fn with_announcement(assignment: &Assignment) -> Option<PendingStage<'_>> {
    let start = assignment.actions.open_start()?;
    let stage = match start.status {
        StartStatus::Planned => Stage::Planned,
        _ => Stage::Started,
    };
    Some(PendingStage::of(start, stage, assignment.since))
}

/// The steps before a planned start, in minutes, with their moments.
fn planned_steps(
    start: &StartSummary,
    reminder_clock: &ReminderClock<'_>,
) -> impl Iterator<Item = (i64, DateTime<Utc>)> {
    ANNOUNCED_BEFORE.iter().map(|step| (step.num_minutes(), reminder_clock.moment(start.begins - *step)))
}

/// Every moment at which a planned start or a request for later could make something pending.
pub fn moments(assignment: &Assignment, reminder_clock: &ReminderClock<'_>) -> Vec<DateTime<Utc>> {
    let open = assignment.actions.open_start().filter(|start| start.status == StartStatus::Planned);
    let planned = open.into_iter().flat_map(|start| planned_steps(start, reminder_clock)).map(|(_, at)| at);
    let later = match ReminderState::of(&assignment.window, &assignment.actions) {
        ReminderState::Later { until, .. } => vec![reminder_clock.moment(until), until],
        _ => Vec::new(),
    };
    planned.chain(later).collect()
}

/// Whether the recipient is notified of the start in answer to something they did.
pub fn is_own(assignment: &Assignment, start: &StartSummary) -> bool {
    let is_recipient = |name: &Option<RecipientName>| name.as_ref() == Some(&assignment.recipient);
    let objects = assignment.actions.responses.iter().any(|record| {
        matches!(&record.response, Response::Object { start: id } if *id == start.id)
            && is_recipient(&record.by.recipient)
    });
    objects || is_recipient(&start.by.recipient)
}

/// Whether the machine's own record says so too.
fn is_azures(outcome: &StartOutcome) -> bool {
    matches!(outcome, StartOutcome::Skipped { .. } | StartOutcome::RetryLater { .. })
}

/// The stage at which the end of `start` is reported.
pub(super) fn stage_of_end(start: &StartSummary, outcome: &StartOutcome) -> Stage {
    match outcome {
        // What was announced and does not come was not tried: nothing has failed. Earlier programs said so.
        StartOutcome::NotBegun { .. } if start.progress.phase.is_some() => Stage::CalledOff,
        outcome => stage_of(outcome),
    }
}

/// The stage at which an outcome is reported.
pub fn stage_of(outcome: &StartOutcome) -> Stage {
    match outcome {
        StartOutcome::Completed { .. } | StartOutcome::Unconfirmed => Stage::Completed,
        StartOutcome::Skipped { .. } => Stage::Skipped,
        // What a rolling plan takes back was announced and does not come: nothing has failed.
        StartOutcome::CalledOff | StartOutcome::NotBegun { reason: StartRefusal::Halted { .. } } => {
            Stage::CalledOff
        }
        StartOutcome::RetryLater { .. }
        | StartOutcome::Forbidden { .. }
        | StartOutcome::Refused { .. }
        | StartOutcome::NotBegun { .. }
        | StartOutcome::NeverReceived
        | StartOutcome::Gone
        | StartOutcome::NotKnown { .. }
        | StartOutcome::Unknown => Stage::Failed,
    }
}
