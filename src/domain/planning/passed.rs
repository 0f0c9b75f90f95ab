//! That the last date of a window has passed, and nothing is known of what became of it.

use chrono::{DateTime, TimeDelta, Utc};

use super::history::WindowHistory;
use super::pending_stage::PendingStage;
use crate::domain::action::response::WindowActions;
use crate::domain::assignment::Assignment;
use crate::domain::stage::Stage;
use crate::domain::window::{MaintenanceStatus, MaintenanceWindow};

/// How long after its last date the owner hears that nothing is known: Azure often says so late.
pub const OWNER_AFTER: TimeDelta = TimeDelta::days(1);

/// What passed longer ago than this is no news to an owner any more.
const NEWS: TimeDelta = TimeDelta::days(14);

/// Since when nothing is known of a window whose last date has passed by `now`; `None` when it is known what became of it,
/// or is being found out.
pub fn unknown_since(
    window: &MaintenanceWindow,
    actions: &WindowActions,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let known = window.is_over()
        || window.status() == MaintenanceStatus::Skipped
        || actions.open_start().is_some()
        || actions.completed(window.revision) && !actions.is_contradicted(window);
    window.facts.schedule.end().filter(|end| !known && *end <= now)
}

/// Once for its newest dates, to someone who knows of the window.
pub(super) fn due(
    assignment: &Assignment,
    history: &WindowHistory,
    now: DateTime<Utc>,
) -> Option<PendingStage<'static>> {
    let window = &assignment.window;
    let at = unknown_since(window, &assignment.actions, now)? + OWNER_AFTER;
    let is_news = at <= now && now - at < NEWS;
    let was_notified = history.has(Stage::Passed);
    (is_news && !was_notified && !assignment.is_only_escalated())
        .then(|| PendingStage::new(Stage::Passed, None, at))
}
