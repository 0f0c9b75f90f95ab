//! When each thing that is pending is reported: settling, working hours, digests, and deadlines that outrank them.

use chrono::{DateTime, Utc};

use super::delivery_timing::{DeliveryTiming, DueTime};
use super::digest;
use super::history::NotificationHistory;
use super::input::{Pace, PlanningInput};
use super::pending_notification::{PendingNotification, PendingReason};
use crate::domain::ledger::MessageRecord;
use crate::domain::message::MessageKind;
use crate::domain::stage::Stage;
use crate::domain::window::WindowId;

/// What is pending, each with the time at which it is due.
#[derive(Debug, Clone)]
pub struct TimedNotifications<'a> {
    /// Each thing with its time; `None` goes along with the next message, whenever that is.
    pub items: Vec<(&'a PendingNotification, Option<DateTime<Utc>>)>,
    /// The next digest slot at which there is something to say, if digests are wanted.
    pub slot: Option<DateTime<Utc>>,
}

/// Gives every pending notification its time. `moments` are those at which something comes with time.
pub fn timed<'a>(
    input: &PlanningInput<'_>,
    history: &NotificationHistory,
    pending: &'a [PendingNotification],
    unsent: Option<&MessageRecord>,
    moments: &[DateTime<Utc>],
    pace: Pace,
    now: DateTime<Utc>,
) -> TimedNotifications<'a> {
    if pace == Pace::Immediate {
        return TimedNotifications {
            items: pending.iter().map(|pending| (pending, Some(now))).collect(),
            slot: None,
        };
    }
    let timing = DeliveryTiming::new(input, history, pending);
    let mut items = Vec::with_capacity(pending.len());
    // A digest that is claimed keeps its slot.
    let claimed = unsent.is_some_and(|unsent| unsent.kind == MessageKind::Digest);
    let late = |slot: DateTime<Utc>| if claimed { slot } else { timing.late_slot(slot, now) };
    let unchanged = digest::unchanged_slots(input, history, moments, |moment| timing.slot_after(moment), now);
    let mut slots: Vec<DateTime<Utc>> = unchanged.into_iter().map(late).collect();
    // What became of an attempt before we looked goes with the announcement, which comes first in order.
    let mut for_hours: Vec<usize> = Vec::new();
    let mut announced: Option<(&WindowId, Option<DateTime<Utc>>)> = None;
    for pending in pending {
        let id = pending.item().map(|item| &item.window);
        // What is claimed stays due, in a message of the kind in which it is.
        if let Some((unsent, item)) = unsent
            .zip(pending.item())
            .filter(|(unsent, item)| unsent.items.iter().any(|claimed| item.reads_like(claimed)))
        {
            slots.extend((unsent.kind == MessageKind::Digest).then_some(now));
            if item.stage == Stage::Announced {
                announced = Some((&item.window, Some(now)));
            }
            items.push((pending, Some(now)));
            continue;
        }
        // Whatever else is pending of the machine waits as long as it would without a report that may be forged.
        if let PendingNotification::Stage { arises, reason: PendingReason::Unconfirmed, .. } = pending {
            items.push((pending, Some(*arises)));
            continue;
        }
        // With minutes left nothing about the machine waits.
        if let Some(at) = id.and_then(|id| timing.imminent.get(id)) {
            items.push((pending, Some(*at)));
            continue;
        }
        if let Some((window, due)) = announced
            && id == Some(window)
        {
            items.push((pending, due));
            continue;
        }
        let due = match timing.due(pending, now) {
            DueTime::At(at) => {
                let at = timing.not_late(at, pending, now);
                if let PendingNotification::Stage { item, reason: PendingReason::News, .. } = pending
                    && item.stage != Stage::Announced
                {
                    for_hours.push(items.len());
                }
                let slot = timing.digest_soon_after(at, pending).map(late);
                slots.extend(slot);
                Some(slot.unwrap_or(at))
            }
            DueTime::WithDigest(arises) => {
                let slot = timing.slot_after(arises).map(late);
                slots.extend(slot);
                slot.or(timing.last_outcomes)
            }
        };
        let due = timing.with_end(pending, due);
        items.push((pending, due));
        if let Some(item) = pending.item().filter(|item| item.stage == Stage::Announced) {
            announced = Some((&item.window, due));
        }
    }
    let slot = slots.into_iter().min();
    // A digest carries the news that would follow it in the recipient's hours, and does not name their machines without it.
    if let Some(slot) = slot.filter(|slot| *slot <= now) {
        for index in for_hours {
            let due = &mut items[index].1;
            *due = due.map(|at| at.min(slot));
        }
    }
    TimedNotifications { items, slot }
}
