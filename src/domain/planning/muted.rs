//! What the recipient muted, as planning sees them: what they hold, and the note before one ends.
//!
//! A mute holds what is reported, not what is true: it takes no window away, and the others hear what they always hear.
//! Whatever it holds is found again when it is over, and what is still true then is reported.

use chrono::{DateTime, TimeDelta, Utc};

use super::delivery_timing::{SHORT_SETTLE, TIME_TO_ACT};
use super::input::PlanningInput;
use super::pending_stage::PendingStage;
use super::reminder_clock::ReminderClock;
use crate::domain::assignment::Assignment;
use crate::domain::operator_alert::OperatorAlert;
use crate::domain::recipient::Preferences;
use crate::domain::recipient_settings::Mute;
use crate::domain::stage::Stage;

/// How long before a mute ends its author is reminded of it.
pub const NOTE_BEFORE: TimeDelta = TimeDelta::days(2);
/// Whoever muted it this shortly before that still knows.
const STILL_KNOWN: TimeDelta = TimeDelta::days(1);
/// What ended longer ago than this while it was muted is not reported when that is over.
const NEWS: TimeDelta = TimeDelta::days(7);
/// How many machines the note names.
const NAMED: usize = 20;

/// Whether the recipient's mute keeps `moment` from being reported at `now`.
///
/// It never holds what happens within minutes, what becomes of a start, an answer to something that the recipient
/// asked, or that somebody else is responsible now. For the first of the owners it does not hold the last call before
/// a deadline either. Every window has one first owner, so somebody hears the last call whoever muted it.
pub fn holds(
    input: &PlanningInput<'_>,
    reminder_clock: &ReminderClock<'_>,
    assignment: &Assignment,
    moment: &PendingStage<'_>,
    now: DateTime<Utc>,
) -> bool {
    if moment.start.is_some() {
        return false;
    }
    let window = &assignment.window;
    if input.notification_settings.muted(window, now).is_none() {
        return is_old_end(input, assignment, moment, now);
    }
    match moment.stage {
        Stage::Imminent | Stage::Unconfirmed | Stage::Reassigned | Stage::HandedOver | Stage::HandedBack => {
            false
        }
        Stage::Announced | Stage::Rescheduled | Stage::Reminder | Stage::ScheduledSoon => {
            let last_call = last_call(&input.recipient.preferences, reminder_clock, assignment, now);
            !(assignment.primary && last_call.is_some_and(|last_call| last_call <= now))
        }
        _ => true,
    }
}

/// Whether it ended while it was muted so long ago that it is no news when the mute is over.
fn is_old_end(
    input: &PlanningInput<'_>,
    assignment: &Assignment,
    moment: &PendingStage<'_>,
    now: DateTime<Utc>,
) -> bool {
    matches!(moment.stage, Stage::Completed | Stage::Cancelled | Stage::NoLongerPlanned)
        && NEWS < now - moment.at
        && input.notification_settings.muted(&assignment.window, moment.at).is_some()
}

/// When the recipient is notified for the last time before the window's next deadline.
fn last_call(
    preferences: &Preferences,
    reminder_clock: &ReminderClock<'_>,
    assignment: &Assignment,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let window = &assignment.window;
    let startable = window.asks_owner(now);
    let steps = if startable { &preferences.reminders } else { &preferences.scheduled };
    let deadline = window.deadline(now).filter(|deadline| now < *deadline)?;
    Some(reminder_clock.step(deadline - *steps.iter().min()?))
}

/// The notes before mutes end, each with the time since when it is due.
pub fn notes(input: &PlanningInput<'_>, now: DateTime<Utc>) -> Vec<(OperatorAlert, DateTime<Utc>)> {
    let mutes = input.notification_settings.mutes.iter();
    let due = mutes.filter_map(|mute| Some((mute, note_at(&input.recipient.preferences, mute)?)));
    let due = due.filter(|(mute, at)| *at <= now && now < mute.until);
    due.map(|(mute, at)| (note(input, mute), at)).collect()
}

/// When the note of a mute arises. Where it would wait for allowed hours until the mute is nearly or quite over, it comes
/// before them.
fn note_at(preferences: &Preferences, mute: &Mute) -> Option<DateTime<Utc>> {
    let at = mute.until - NOTE_BEFORE;
    let waits_long = mute.until < preferences.next_allowed(at + SHORT_SETTLE) + TIME_TO_ACT;
    let early = waits_long.then(|| preferences.last_allowed(at) - SHORT_SETTLE);
    let at_last = early.filter(|early| mute.at < *early).unwrap_or(at);
    (mute.at + STILL_KNOWN <= at).then_some(at_last)
}

fn note(input: &PlanningInput<'_>, mute: &Mute) -> OperatorAlert {
    let open = input.assignments().filter(|assignment| {
        let window = &assignment.window;
        assignment.withdrawn.is_none() && !window.is_over() && mute.scope.covers(window)
    });
    let mut open: Vec<String> = open.map(|assignment| assignment.window.place().display_name()).collect();
    open.sort();
    let count = open.len();
    open.truncate(NAMED);
    OperatorAlert::SilenceEnds {
        of: Some(mute.scope.clone()),
        said: Some(mute.at),
        until: mute.until,
        reason: mute.reason.clone(),
        open,
        count,
    }
}

/// Every moment at which a mute could make something pending: the notes, the last calls that it does not hold, and
/// its end.
pub fn moments<'a>(
    input: &'a PlanningInput<'_>,
    reminder_clock: &'a ReminderClock<'_>,
    now: DateTime<Utc>,
) -> impl Iterator<Item = DateTime<Utc>> + 'a {
    let mutes = input.notification_settings.mutes.iter();
    let muted = move |assignment: &&Assignment| {
        assignment.primary && input.notification_settings.muted(&assignment.window, now).is_some()
    };
    let last_calls = input.assignments().filter(muted).filter_map(move |assignment| {
        last_call(&input.recipient.preferences, reminder_clock, assignment, now)
    });
    mutes
        .flat_map(|mute| note_at(&input.recipient.preferences, mute).into_iter().chain([mute.until]))
        .chain(last_calls)
}
