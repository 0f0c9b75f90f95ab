//! That Azure announced something for a machine that shows nothing of it.

use chrono::{DateTime, TimeDelta, Utc};

use super::pending_stage::PendingStage;
use crate::domain::assignment::Assignment;
use crate::domain::stage::Stage;
use crate::domain::window::MaintenanceWindow;

/// How long a machine may take to show what Azure announced.
pub const NOTIFY_AFTER: TimeDelta = TimeDelta::days(1);

/// Whether people should have heard of it by `now`: it was so for a day, and what was announced is still to come.
pub fn is_due(window: &MaintenanceWindow, now: DateTime<Utc>) -> bool {
    let ahead = |until: Option<DateTime<Utc>>| until.is_none_or(|until| now < until);
    window.is_open() && window.elsewhere.is_some_and(|it| it.since + NOTIFY_AFTER <= now && ahead(it.until))
}

/// Once, to someone who is responsible and was not told so, nor of an event that said the same.
pub(super) fn due(
    assignment: &Assignment,
    was_notified: bool,
    now: DateTime<Utc>,
) -> Option<PendingStage<'static>> {
    let window = &assignment.window;
    let since = window.elsewhere?.since.max(assignment.since);
    let concerns = assignment.withdrawn.is_none() && !assignment.is_only_escalated();
    (is_due(window, now) && concerns && !was_notified)
        .then(|| PendingStage::new(Stage::AnnouncedElsewhere, None, since + NOTIFY_AFTER))
}
