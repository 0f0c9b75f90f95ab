//! What is kept of one recipient, and what may be forgotten. Pure: facts and a moment in, names of rows out.
//!
//! Planning compares what should have been reported with what was reported, so the ledger may lose a message only when
//! nothing is compared with it any more: the copies of its windows go first, its messages after them, and what planning
//! needs to know of those for ever stays behind in the head, as [`PastNotifications`].

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::action::response::{StartStatus, StartSummary, WindowActions};
use super::assignment::Assignment;
use super::calendar_entry::CalendarEntry;
use super::ledger::{MessageRecord, PastNotifications, RecipientHead};
use super::message::MessageKind;
use super::operator_alert::OperatorAlert;
use super::window::{MaintenanceWindow, WindowId, WindowState};

/// What of one recipient is not needed any more.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Forgettable {
    /// Windows whose copies go first.
    pub copies: Vec<WindowId>,
    /// The numbers of the messages that go after them, in order.
    pub messages: Vec<u64>,
    /// The windows that copies or messages which stay still speak of.
    pub spoken_of: BTreeSet<WindowId>,
}

/// Whether `window` ended so long ago, by `before`, that nothing of it has to be kept. What becomes of a start is still to
/// be reported, so a start ends no later.
pub fn is_past(window: &MaintenanceWindow, actions: &WindowActions, before: DateTime<Utc>) -> bool {
    let settled = |start: &StartSummary| match start.status {
        StartStatus::Settled { at, .. } => at <= before,
        _ => false,
    };
    matches!(window.state, WindowState::Ended { at, .. } if at <= before)
        && actions.starts.iter().all(settled)
}

/// What may go of a recipient's copies and messages: windows that ended by `before`, and messages from before it about
/// nothing else. A message stays while it is on its way, while an entry that it made stands in a calendar, and while
/// an operator alert that it reported lasts: that would be reported again.
pub fn forgettable(
    assignments: &[Arc<Assignment>],
    ledger: &[Arc<MessageRecord>],
    head: &RecipientHead,
    operator_alerts: &[(DateTime<Utc>, OperatorAlert)],
    before: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Forgettable {
    let may_go = |assignment: &&Assignment| is_past(&assignment.window, &assignment.actions, before);
    let (past, kept): (Vec<&Assignment>, Vec<&Assignment>) =
        assignments.iter().map(Arc::as_ref).partition(may_go);
    let kept: BTreeSet<&WindowId> = kept.into_iter().map(|assignment| &assignment.window.id).collect();
    let operator_alerts: BTreeSet<String> =
        operator_alerts.iter().map(|(_, operator_alert)| operator_alert.key()).collect();
    let entries = ledger.iter().flat_map(|message| &message.calendar);
    // Every form of an entry stays together, or an older one would count as the newest. One that lies behind goes on with
    // its windows' next date.
    let stands = |entry: &&CalendarEntry| now < entry.end || entry.windows.iter().any(|id| kept.contains(id));
    let in_calendar: BTreeSet<&str> = entries.filter(stands).map(|entry| entry.uid.as_str()).collect();

    let is_over = |message: &MessageRecord| {
        message.moment().max(message.claimed_at) <= before
            && message.open_endpoints().next().is_none()
            && !head.unemitted.contains(&message.sequence)
    };
    let is_needed = |message: &MessageRecord| {
        message.items.iter().any(|item| kept.contains(&item.window))
            || message.calendar.iter().any(|entry| in_calendar.contains(entry.uid.as_str()))
            || message.operator_alerts.iter().any(|operator_alert| operator_alerts.contains(&operator_alert.key()))
            // Whether it notified the recipient depends on whether the pilot still goes on.
            || message.diverted && message.kind == MessageKind::GoLive
    };
    let mut forgettable = Forgettable::default();
    for message in ledger {
        if is_over(message) && !is_needed(message) {
            forgettable.messages.push(message.sequence);
        } else {
            forgettable.spoken_of.extend(message.items.iter().map(|item| item.window.clone()));
        }
    }
    forgettable.messages.sort_unstable();
    forgettable.copies = past.into_iter().map(|assignment| assignment.window.id.clone()).collect();
    forgettable.copies.sort();
    forgettable.spoken_of.extend(kept.into_iter().cloned());
    forgettable
}

/// What planning needs to know for ever of `messages` that are forgotten now, beside what it knew already.
pub fn remembered<'a>(
    past: &PastNotifications,
    messages: impl IntoIterator<Item = &'a MessageRecord>,
) -> PastNotifications {
    let mut past = past.clone();
    // What was diverted did not notify the recipient.
    for message in messages
        .into_iter()
        .filter(|message| message.notifies() && !message.diverted && !message.reached_nobody())
    {
        past.remember(message);
    }
    past
}

#[cfg(test)]
mod tests;
