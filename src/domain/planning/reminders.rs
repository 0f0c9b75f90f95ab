//! What comes with time alone: steps before a deadline, and windows that open and close.

use chrono::{DateTime, Utc};

use crate::domain::assignment::Assignment;
use crate::domain::planning::digest::NEAR;
use crate::domain::planning::ends::attempted;
use crate::domain::planning::history::WindowHistory;
use crate::domain::planning::pending_stage::PendingStage;
use crate::domain::planning::reminder_clock::ReminderClock;
use crate::domain::planning::reminder_state::ReminderState;
use crate::domain::recipient::Preferences;
use crate::domain::stage::Stage;
use crate::domain::window::{Acceptance, Interval, ReportedStart};

/// What comes with time alone. Steps that passed before the dates were reported are dropped.
pub(super) fn of_time(
    preferences: &Preferences,
    reminder_clock: &ReminderClock<'_>,
    assignment: &Assignment,
    history: &WindowHistory,
    now: DateTime<Utc>,
) -> Vec<PendingStage<'static>> {
    let window = &assignment.window;
    let reminders = ReminderState::of(window, &assignment.actions);
    if reminders == ReminderState::Taken {
        return Vec::new();
    }
    let since = reminders.since(history.since().unwrap_or(now));
    let mut moments = Vec::new();
    let for_owner = !window.is_left_to_azure();
    if let Some(self_service) = window.facts.schedule.self_service.filter(|_| for_owner) {
        let (start, end) = (self_service.start(), self_service.end());
        let startable = window.can_still_be_started(now);
        let notified = history.notified_start().map(|(_, start)| start);
        let is_accepted = matches!(window.acceptance(now), Acceptance::Now { .. });
        // Where it is known what they read of a start, that decides.
        if notified.is_none() && since < start && is_accepted && !history.has(Stage::SelfServiceOpen) {
            moments.push(PendingStage::new(Stage::SelfServiceOpen, None, start));
        }
        // A date that Azure did not say is no deadline.
        let is_said = self_service.said_end().is_some();
        if startable && is_said {
            let reminder =
                passed_step(reminders.steps(&preferences.reminders, end, reminder_clock), end, now)
                    .filter(|(step, at)| since < *at && !history.has_step(Stage::Reminder, *step));
            moments.extend(reminder.map(|(step, at)| PendingStage::new(Stage::Reminder, Some(step), at)));
        }
        let still_to_come = window.facts.schedule.scheduled.is_some_and(|scheduled| now < scheduled.end());
        // That Azure skipped it says so too.
        let skip = attempted(window) == Some(Stage::Skipped) && !history.has(Stage::Skipped);
        let knows = notified == Some(ReportedStart::No)
            || skip
            || history.last_of(Stage::Skipped).is_some_and(|at| end <= at);
        if is_said
            && since < end
            && end <= now
            && still_to_come
            && !knows
            && !(history.has(Stage::SelfServiceClosed)
                && history.last_of(Stage::SelfServiceClosed) >= Some(end))
        {
            moments.push(PendingStage::new(Stage::SelfServiceClosed, None, end));
        }
    }
    let said = |interval: &Interval| interval.said_start().is_some();
    if let Some(scheduled) = window.facts.schedule.scheduled.filter(said) {
        let start = scheduled.start();
        let own = window.facts.schedule.self_service.map(|it| it.end()).filter(|_| for_owner);
        // What Azure ended before its time was told then, and not with the dates of its own window.
        let notified_early = own.and_then(|end| history.notified_early(Stage::SelfServiceClosed, end));
        let closed = own.filter(|_| notified_early.is_none());
        let skipped = own.and_then(|end| history.notified_early(Stage::Skipped, end));
        if now < start && (!for_owner || !window.can_still_be_started(now)) {
            // The end of self-service is reported with Azure's own dates: no step follows shortly after. What came before an
            // early end was no step, and while that is not told yet, it is what there is to tell.
            let since = match (closed, notified_early.max(skipped)) {
                (Some(end), _) if end <= now => Some(since.max(end + NEAR)),
                (_, Some(told)) => Some(since.max(told)),
                (Some(_), None) => None,
                (None, None) => Some(since),
            };
            let steps = reminders.steps(&preferences.scheduled, start, reminder_clock);
            let soon = passed_step(steps, start, now).filter(|(step, at)| {
                since.is_some_and(|since| since < *at) && !history.has_step(Stage::ScheduledSoon, *step)
            });
            moments.extend(soon.map(|(step, at)| PendingStage::new(Stage::ScheduledSoon, Some(step), at)));
        }
        // Whoever heard shortly before that self-service is over heard of Azure's own window with it.
        let was_notified = closed.is_some_and(|end| since < end && start - end <= NEAR);
        if since < start
            && start <= now
            && now < scheduled.end()
            && !was_notified
            && !history.has(Stage::ScheduledOpen)
        {
            moments.push(PendingStage::new(Stage::ScheduledOpen, None, start));
        }
    }
    moments
}

/// The nearest step before `deadline` that has come, with its moment. Earlier ones are dropped, not sent in a row.
pub(super) fn passed_step(
    steps: Vec<(i64, DateTime<Utc>)>,
    deadline: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Option<(i64, DateTime<Utc>)> {
    steps.into_iter().filter(|(_, moment)| *moment <= now && now < deadline).min()
}
