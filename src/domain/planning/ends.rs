//! How the end of a window, or of an attempt to start it, is reported.

use crate::domain::action::response::StartStatus;
use crate::domain::action::start::StartOutcome;
use crate::domain::assignment::Assignment;
use crate::domain::planning::pending_stage::PendingStage;
use crate::domain::stage::Stage;
use crate::domain::window::{EndReason, LastResult, MaintenanceStatus, MaintenanceWindow, WindowState};

/// That nothing is left to happen: since when that is known, and how it is reported.
pub(super) fn end(window: &MaintenanceWindow) -> Option<PendingStage<'static>> {
    match window.state {
        WindowState::Ended { at, why } => Some(PendingStage::new(end_stage(why), None, at)),
        WindowState::Open if window.status() == MaintenanceStatus::AlreadyUpdated => {
            Some(PendingStage::new(Stage::Completed, None, window.changed))
        }
        WindowState::Open => None,
    }
}

/// What is reported of a window that is over. As long as a start is under way its outcome is still to come, and reports
/// the end too.
pub(super) fn of_end<'a>(
    assignment: &Assignment,
    starts: Vec<PendingStage<'a>>,
    end: PendingStage<'a>,
) -> Vec<PendingStage<'a>> {
    let open = is_under_way(assignment);
    let reported_by_start = starts.iter().any(|moment| moment.stage == Stage::Completed);
    let end = (!reported_by_start && (assignment.withdrawn.is_some() || !open)).then_some(end);
    let still = |moment: &PendingStage<'_>| moment.stage != Stage::Planned;
    starts.into_iter().filter(still).chain(end).collect()
}

/// Whether what Azure says of the last attempt is about a start that we follow: one attempt has one outcome, whoever says
/// it first, in whatever words. What Azure says of a start of which nothing was known, or that was done, is a correction.
pub(super) fn is_of_our_start(assignment: &Assignment) -> bool {
    let begun = assignment.actions.starts.iter().rev().find(|start| was_begun(&start.status));
    begun.is_some_and(|start| match &start.status {
        StartStatus::UnderWay => true,
        StartStatus::Settled { outcome, .. } => matches!(
            outcome,
            StartOutcome::Skipped { .. }
                | StartOutcome::RetryLater { .. }
                | StartOutcome::Refused { .. }
                | StartOutcome::NeverReceived
        ),
        StartStatus::Planned => false,
    })
}

/// Whether the outcome of an attempt is still to come.
pub(super) fn is_under_way(assignment: &Assignment) -> bool {
    assignment.actions.open_start().is_some_and(|start| start.status == StartStatus::UnderWay)
}

fn was_begun(status: &StartStatus) -> bool {
    match status {
        StartStatus::Planned => false,
        StartStatus::UnderWay => true,
        StartStatus::Settled { outcome, .. } => !matches!(
            outcome,
            StartOutcome::CalledOff | StartOutcome::NotBegun { .. } | StartOutcome::Forbidden { .. }
        ),
    }
}

fn end_stage(why: EndReason) -> Stage {
    match why {
        EndReason::Completed => Stage::Completed,
        EndReason::Cancelled => Stage::Cancelled,
        EndReason::Deleted | EndReason::Moved | EndReason::NoLongerPlanned => Stage::NoLongerPlanned,
    }
}

/// What became of an attempt to start it.
pub(super) fn attempted(window: &MaintenanceWindow) -> Option<Stage> {
    match (window.status(), &window.facts.last_result) {
        (MaintenanceStatus::Skipped, _) => Some(Stage::Skipped),
        (_, LastResult::RetryLater | LastResult::MaintenanceAborted) => Some(Stage::Failed),
        _ => None,
    }
}
