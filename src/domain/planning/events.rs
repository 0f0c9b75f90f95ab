//! What scheduled events come to: a dated notice, its reminders, and what happens within minutes.

use chrono::{DateTime, TimeDelta, Utc};

use super::history::WindowHistory;
use super::input::PlanningInput;
use super::pending_notification::{PendingNotification, PendingReason};
use super::reminder_clock::ReminderClock;
use super::reminder_state::ReminderState;
use super::reminders::passed_step;
use crate::domain::assignment::Assignment;
use crate::domain::message::Item;
use crate::domain::recipient::Preferences;
use crate::domain::scheduled_event::ScheduledEvent;
use crate::domain::stage::Stage;
use crate::domain::window::MaintenanceWindow;

/// How long nothing else that is not confirmed is reported of a machine: whoever can send events can send many.
const UNCONFIRMED_ONCE_IN: TimeDelta = TimeDelta::days(1);

/// Nobody is reminded of a date this shortly after they heard of it.
const SHORTLY: TimeDelta = TimeDelta::days(1);

/// What scheduled events come to, each once for each date, to whoever is responsible.
pub(super) fn due(
    input: &PlanningInput<'_>,
    reminder_clock: &ReminderClock<'_>,
    assignment: &Assignment,
    history: Option<&WindowHistory>,
    unconfirmed: &[(DateTime<Utc>, &Item)],
    now: DateTime<Utc>,
) -> Vec<PendingNotification> {
    let window = &assignment.window;
    // Whoever would have been escalated to later never was.
    let stranger = assignment.is_only_escalated() && history.is_none();
    if assignment.withdrawn.is_some() || window.is_over() || stranger {
        return Vec::new();
    }
    let lately = unconfirmed.iter().any(|(at, _)| now - *at < UNCONFIRMED_ONCE_IN);
    let mut pending = Vec::new();
    for (event, news) in window.event_news(now) {
        let last = |stages| last_notified(history, event, stages);
        let is_dated_so = |notified: Option<(DateTime<Utc>, &Item)>| {
            notified
                .is_some_and(|(_, item)| item.event.as_deref().is_some_and(|entry| event.is_dated_as(entry)))
        };
        let (reason, is_news) = match news.stage {
            Stage::Imminent => (PendingReason::Imminent, !is_dated_so(last(&[Stage::Imminent]))),
            Stage::Notice => (PendingReason::News, !is_dated_so(last(&[Stage::Notice, Stage::Imminent]))),
            // It is for those who know the machine, and one of them is enough: who sends one can send more.
            _ => {
                let is_first = !lately && !pending.iter().any(is_unconfirmed);
                let is_own = !assignment.is_only_escalated();
                let is_it = |item: &Item| item.event.as_deref().is_some_and(|entry| event.is_it(entry));
                let again = unconfirmed.iter().any(|(_, item)| is_it(item))
                    || last(&[Stage::Notice, Stage::Imminent]).is_some();
                (PendingReason::Unconfirmed, is_first && is_own && !again)
            }
        };
        let item = |step| Item {
            dates: window.drifted_dates(),
            start: None,
            window: window.id.clone(),
            stage: news.stage,
            revision: window.revision,
            step,
            event: Some(event.entry()),
        };
        if is_news {
            pending.push(PendingNotification::Stage {
                item: item(None),
                arises: news.since.min(now),
                deadline: event.not_before(),
                reason,
            });
        } else if news.stage == Stage::Notice {
            let step = reminder(input, reminder_clock, assignment, history, event, now);
            pending.extend(step.map(|(step, arises)| PendingNotification::Stage {
                item: item(Some(step)),
                arises,
                deadline: event.not_before(),
                reason: PendingReason::DeadlineNear,
            }));
        }
    }
    pending
}

/// The newest that was reported of `event` as one of `stages`, at whatever date it stood then.
fn last_notified<'a>(
    history: Option<&WindowHistory<'a>>,
    event: &ScheduledEvent,
    stages: &[Stage],
) -> Option<(DateTime<Utc>, &'a Item)> {
    history?.of_event(|entry| event.is_it(entry), stages).max_by_key(|(at, _)| *at)
}

/// The step before a dated event that has come since its date was reported. What was muted or answered rests, as other
/// reminders do.
fn reminder(
    input: &PlanningInput<'_>,
    reminder_clock: &ReminderClock<'_>,
    assignment: &Assignment,
    history: Option<&WindowHistory>,
    event: &ScheduledEvent,
    now: DateTime<Utc>,
) -> Option<(i64, DateTime<Utc>)> {
    let window = &assignment.window;
    let is_muted = input.notification_settings.muted(window, now).is_some();
    if is_muted || assignment.is_only_escalated() {
        return None;
    }
    let at = event.not_before()?;
    let of_date =
        || history.into_iter().flat_map(|it| it.of_event(|entry| event.is_dated_as(entry), &[Stage::Notice]));
    let since = of_date().map(|(at, _)| at).min()?;
    let steps = ReminderState::of(window, &assignment.actions).steps(
        &input.recipient.preferences.reminders,
        at,
        reminder_clock,
    );
    let (step, moment) = passed_step(steps, at, now)?;
    let was_notified = of_date().any(|(_, item)| item.step.is_some_and(|notified| notified <= step));
    // Steps come at whole hours.
    let is_shortly_after = moment < reminder_clock.whole_hour(since) + SHORTLY;
    (!is_shortly_after && !was_notified).then_some((step, moment))
}

/// Every moment at which time alone makes an event of `window` news of another kind, or reminds of one.
pub(super) fn moments(
    preferences: &Preferences,
    reminder_clock: &ReminderClock<'_>,
    window: &MaintenanceWindow,
) -> Vec<DateTime<Utc>> {
    let mut moments = Vec::new();
    for event in &window.scheduled_events {
        moments.extend(event.moments());
        if let Some(at) = event.not_before().filter(|_| event.confirmed.is_some()) {
            moments.extend(preferences.reminders.iter().map(|step| reminder_clock.step(at - *step)));
        }
    }
    moments
}

fn is_unconfirmed(pending: &PendingNotification) -> bool {
    pending.item().is_some_and(|item| item.stage == Stage::Unconfirmed)
}
