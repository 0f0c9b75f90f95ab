//! What a recipient read of a start by the owner, against what is so: when that is another thing, they hear.

use chrono::{DateTime, Utc};

use super::ends::{attempted, is_of_our_start};
use super::history::WindowHistory;
use super::input::PlanningInput;
use super::pending_stage::PendingStage;
use super::reminder_state::ReminderState;
use crate::domain::assignment::Assignment;
use crate::domain::stage::Stage;
use crate::domain::window::{Acceptance, MaintenanceStatus, ReportedStart};

/// What a message that leaves at `now` says of a start; nothing where it speaks of what became of it instead.
pub fn reported(
    input: &PlanningInput<'_>,
    assignment: &Assignment,
    now: DateTime<Utc>,
) -> Option<ReportedStart> {
    let window = &assignment.window;
    let speaks_of_else = assignment.withdrawn.is_some()
        || !window.is_planned(now)
        || window.status() == MaintenanceStatus::Skipped
        || ReminderState::of(window, &assignment.actions) == ReminderState::Taken;
    if speaks_of_else {
        return None;
    }
    Some(match window.acceptance(now) {
        _ if window.is_left_to_azure() => ReportedStart::No,
        Acceptance::Now { .. } if input.starts_here => ReportedStart::Now,
        Acceptance::Now { .. } => ReportedStart::NowInPortal,
        Acceptance::Later { .. } => ReportedStart::Later,
        Acceptance::Refused | Acceptance::Unsaid | Acceptance::Never => ReportedStart::No,
    })
}

/// Whether a message with this stage says whether a start is accepted.
pub fn reports_start(stage: Stage) -> bool {
    !matches!(
        stage,
        Stage::Imminent
            | Stage::Notice
            | Stage::Unconfirmed
            | Stage::AnnouncedElsewhere
            | Stage::Passed
            | Stage::Completed
            | Stage::Cancelled
            | Stage::NoLongerPlanned
            | Stage::Reassigned
    )
}

/// Whether Azure's word on a start came with the outcome of one that we follow.
fn is_outcome_of_our_start(assignment: &Assignment) -> bool {
    attempted(&assignment.window).is_some() && is_of_our_start(assignment)
}

/// That a start is accepted, or is not, against what the recipient read last. What the clock alone does is reported with the
/// other moments; a refusal needs more than one look.
pub(super) fn turned(
    input: &PlanningInput<'_>,
    assignment: &Assignment,
    history: &WindowHistory,
    now: DateTime<Utc>,
) -> Option<PendingStage<'static>> {
    let window = &assignment.window;
    let (notified_at, notified) = history.notified_start()?;
    let is = reported(input, assignment, now).filter(|is| *is != notified && !window.is_left_to_azure())?;
    let word_since = window.start_word.since();
    // What comes with time alone is for those who are responsible.
    if assignment.is_only_escalated() && word_since.is_none() {
        return None;
    }
    let begins = window.facts.schedule.self_service.map(|own| own.start());
    match (notified, is) {
        (ReportedStart::Later | ReportedStart::No, is) if is.is_now() => {
            let at = begins.max(word_since).unwrap_or(notified_at);
            Some(PendingStage::new(Stage::SelfServiceOpen, None, at))
        }
        (ReportedStart::NowInPortal, ReportedStart::Now) => {
            Some(PendingStage::new(Stage::SelfServiceOpen, None, notified_at))
        }
        (ReportedStart::Now, ReportedStart::NowInPortal) => {
            Some(PendingStage::new(Stage::SelfServiceClosed, None, notified_at))
        }
        (_, ReportedStart::No) if window.machine.subscription_disabled => {
            Some(PendingStage::new(Stage::SelfServiceClosed, None, window.changed.max(notified_at)))
        }
        // The outcome of an attempt that was told says so too.
        (_, ReportedStart::No) if window.start_word.is_refusal() && !is_outcome_of_our_start(assignment) => {
            Some(PendingStage::new(Stage::SelfServiceClosed, None, word_since?))
        }
        _ => None,
    }
}
