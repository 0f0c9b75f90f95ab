//! What a digest says though nothing changed: deadlines that are near, and once a week that windows are open.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::history::NotificationHistory;
use super::input::PlanningInput;
use super::reminder_state::ReminderState;
use super::self_start;
use crate::domain::assignment::Assignment;
use crate::domain::message::Item;
use crate::domain::recipient::Preferences;
use crate::domain::stage::Stage;
use crate::domain::window::{MaintenanceWindow, WindowId};

/// How near a deadline is that a digest names again though nothing changed.
pub const NEAR: TimeDelta = TimeDelta::days(3);
/// While windows are open, a recipient hears from us at least this often.
const WEEKLY: TimeDelta = TimeDelta::days(7);
/// The weekly line makes room for what comes this shortly after it.
const SHORTLY: TimeDelta = TimeDelta::days(2);
/// So many slots the weekly line makes room at most.
const ROOM: usize = 7;

/// The windows with a near deadline that a digest names besides those in `items`.
pub fn near_items(
    input: &PlanningInput<'_>,
    history: &NotificationHistory,
    items: &[Item],
    now: DateTime<Utc>,
) -> Vec<Item> {
    let in_items: BTreeSet<&WindowId> = items.iter().map(|item| &item.window).collect();
    let near = input.assignments().filter(|assignment| {
        let deadline = deadline_to_name(input, assignment, history, now);
        deadline.is_some_and(|deadline| deadline - now <= NEAR) && !in_items.contains(&assignment.window.id)
    });
    near.map(|assignment| {
        let window = &assignment.window;
        let stage = if is_for_owner(window, now) { Stage::Reminder } else { Stage::ScheduledSoon };
        Item {
            window: window.id.clone(),
            stage,
            revision: window.revision,
            step: None,
            event: None,
            dates: window.drifted_dates(),
            start: self_start::reported(input, assignment, now),
        }
    })
    .collect()
}

/// The slots at which a digest has something to say though nothing changed. `moments` are those at which something
/// comes with time, and `slot_after` gives the recipient's first slot after a moment.
pub fn unchanged_slots(
    input: &PlanningInput<'_>,
    history: &NotificationHistory,
    moments: &[DateTime<Utc>],
    slot_after: impl Fn(DateTime<Utc>) -> Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Vec<DateTime<Utc>> {
    let preferences = &input.recipient.preferences;
    // Machines of a wave share their dates, so each slot is worked out once.
    let named: BTreeSet<(DateTime<Utc>, DateTime<Utc>, bool)> = input
        .assignments()
        .filter_map(|assignment| {
            let deadline = deadline_to_name(input, assignment, history, now)?;
            let since = named_since(assignment, deadline, now);
            Some((deadline, since, is_for_owner(&assignment.window, now)))
        })
        .collect();
    let near = named.into_iter().filter_map(|(deadline, since, for_owner)| {
        let slot = slot_after(since)?;
        (slot < deadline && !is_reminded_later(preferences, for_owner, deadline, slot)).then_some(slot)
    });
    near.min().into_iter().chain(weekly(input, history, moments, slot_after, now)).collect()
}

/// The slot of the weekly line: the first one a week after the last message that nothing else follows shortly.
fn weekly(
    input: &PlanningInput<'_>,
    history: &NotificationHistory,
    moments: &[DateTime<Utc>],
    slot_after: impl Fn(DateTime<Utc>) -> Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let is_open = |assignment: &Assignment| {
        let window = &assignment.window;
        // Azure sometimes goes on listing a window whose dates are long past; nobody needs to hear of that weekly.
        let is_ahead = window.facts.schedule.end().is_some() && !window.is_past(now);
        let muted = input.notification_settings.muted(window, now).is_some();
        assignment.withdrawn.is_none()
            && !window.is_over()
            && is_ahead
            && !muted
            && history.announced(window, now)
    };
    if !input.assignments().any(is_open) {
        return None;
    }
    let first = slot_after(history.past.last_message? + WEEKLY)?;
    let slots = std::iter::successors(Some(first), |slot| slot_after(*slot)).take(ROOM);
    let mut free = slots.filter(|slot| !moments.iter().any(|at| *slot < *at && *at <= *slot + SHORTLY));
    free.next().or(Some(first))
}

/// The deadline of a window that a digest names again once it is near: nothing was reported shortly before it.
fn deadline_to_name(
    input: &PlanningInput<'_>,
    assignment: &Assignment,
    history: &NotificationHistory,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let window = &assignment.window;
    let history = history.of(window, now)?;
    let deadline = window.deadline(now).filter(|deadline| now < *deadline)?;
    let stage = if is_for_owner(window, now) { Stage::Reminder } else { Stage::ScheduledSoon };
    let was_notified = history.last().is_some_and(|last| deadline - NEAR <= last)
        || history.has_step(stage, NEAR.num_minutes())
        // With the end of self-service came the dates of Azure's own window.
        || history.has(Stage::SelfServiceClosed)
            && window.facts.schedule.self_service.is_none_or(|own| history.last_of(Stage::SelfServiceClosed) >= Some(own.end()));
    (assignment.withdrawn.is_none()
        && !assignment.is_only_escalated()
        && !window.is_over()
        && !window.is_in_azures_hands(now)
        && input.notification_settings.muted(window, now).is_none()
        && !ReminderState::of(window, &assignment.actions).rests(now)
        && history.since().is_some()
        && !was_notified)
        .then_some(deadline)
}

/// From when on the deadline is named: not before what people did, or the end of self-service, left it to be named.
fn named_since(assignment: &Assignment, deadline: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    let window = &assignment.window;
    let since = match ReminderState::of(window, &assignment.actions) {
        ReminderState::Later { until, .. } => Some(until),
        ReminderState::Whole { since } => since,
        ReminderState::Known | ReminderState::Taken => None,
    };
    let closed = window.facts.schedule.self_service.map(|it| it.end()).filter(|end| *end <= now);
    since.max(closed).map_or(deadline - NEAR, |since| since.max(deadline - NEAR))
}

/// Whether a reminder that comes after `slot` says it at its own time.
fn is_reminded_later(
    preferences: &Preferences,
    for_owner: bool,
    deadline: DateTime<Utc>,
    slot: DateTime<Utc>,
) -> bool {
    let steps = if for_owner { &preferences.reminders } else { &preferences.scheduled };
    steps.iter().any(|step| slot <= deadline - *step)
}

/// Whether the window's deadline is the end of self-service.
fn is_for_owner(window: &MaintenanceWindow, now: DateTime<Utc>) -> bool {
    window.asks_owner(now)
}
