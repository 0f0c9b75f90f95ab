//! What of a message is still true when it leaves for an endpoint that has not got it, while others have.

use chrono::{DateTime, Utc};

use super::history::NotificationHistory;
use super::input::PlanningInput;
use super::pending::pending;
use super::pending_notification::PendingNotification;
use crate::domain::ledger::MessageRecord;
use crate::domain::message::Item;
use crate::domain::stage::Stage;

/// The items of `message` that would be reported at `now` to somebody who got everything before it, and not it.
pub fn still_true(input: &PlanningInput<'_>, message: &MessageRecord, now: DateTime<Utc>) -> Vec<Item> {
    let earlier = input.messages().filter(|other| input.counts(other) && other.sequence < message.sequence);
    let history = NotificationHistory::from_ledger(&input.head.past, earlier);
    let pending = pending(input, &history, now);
    let wanted = |item: &Item| {
        let is_it = |other: &Item| {
            // Whatever the dates are by now, it says these.
            (&other.window, other.stage, other.step) == (&item.window, item.stage, item.step)
                && other.event == item.event
        };
        pending.iter().filter_map(PendingNotification::item).any(is_it)
    };
    message.items.iter().filter(|item| wanted(item) || is_named_again(input, item, now)).cloned().collect()
}

/// Whether a digest named a deadline that is still ahead.
fn is_named_again(input: &PlanningInput<'_>, item: &Item, now: DateTime<Utc>) -> bool {
    let is_named = matches!(item.stage, Stage::Reminder | Stage::ScheduledSoon) && item.step.is_none();
    let own = input.assignments().find(|assignment| assignment.window.id == item.window);
    let ahead = own.filter(|own| own.withdrawn.is_none() && !own.window.is_over());
    is_named && ahead.and_then(|own| own.window.deadline(now)).is_some_and(|deadline| now < deadline)
}
