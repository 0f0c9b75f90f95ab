//! The recipient's calendar: one entry for all machines that share a deadline, moved and removed as facts change.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::history::NotificationHistory;
use super::input::PlanningInput;
use crate::domain::action::response::StartSummary;
use crate::domain::assignment::Assignment;
use crate::domain::calendar_entry::{CalendarEntry, CalendarMethod};
use crate::domain::data_loss::DataLoss;
use crate::domain::message::Item;
use crate::domain::stage::Stage;
use crate::domain::store_generation::StoreGeneration;
use crate::domain::window::WindowId;

/// An entry stands for the half hour before self-service ends, or the first of a planned start or of Azure's own
/// window.
const LENGTH: TimeDelta = TimeDelta::minutes(30);
/// Calendar entries have a name space of their own, so that they never equal a message's id.
const NAMESPACE: uuid::Uuid = uuid::Uuid::from_u128(0x6d61_696e_7465_6e61_6e63_652d_6361_6c31);

/// When an entry stands in the calendar, and for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct CalendarSlot {
    start: DateTime<Utc>,
    self_service: bool,
    planned: bool,
}

/// What changes in the recipient's calendar with a message that reports `items`.
pub fn changes(
    input: &PlanningInput<'_>,
    history: &NotificationHistory,
    items: &[Item],
    sequence: u64,
    now: DateTime<Utc>,
) -> Vec<CalendarEntry> {
    // Nobody wants somebody else's entries in their calendar.
    if input.recipient.emails.is_empty() || input.diverted_to.is_some() {
        return Vec::new();
    }
    let announced: BTreeSet<&WindowId> =
        items.iter().filter(|item| item.stage == Stage::Announced).map(|item| &item.window).collect();
    let mut groups: BTreeMap<CalendarSlot, BTreeSet<WindowId>> = BTreeMap::new();
    for assignment in input.assignments() {
        let window = &assignment.window;
        let known = history.announced(window, now) || announced.contains(&window.id);
        if known
            && assignment.withdrawn.is_none()
            && !assignment.is_only_escalated()
            && !window.is_over()
            && let Some(slot) = slot(assignment, now)
        {
            groups.entry(slot).or_default().insert(window.id.clone());
        }
    }
    let loses: BTreeSet<&WindowId> = input
        .assignments()
        .filter(|assignment| {
            assignment.actions.open_start().is_some_and(|start| loses_data(assignment, start))
        })
        .map(|assignment| &assignment.window.id)
        .collect();
    let live =
        history.calendar.values().filter(|entry| entry.method == CalendarMethod::Request && now < entry.end);
    // Readers drop a change whose number is not above the last one they had, also in a life of the state before this.
    let least = input.generation.map_or(0, StoreGeneration::first_change);
    let after = |entry: &CalendarEntry| (entry.sequence + 1).max(least);
    let mut changes = Vec::new();
    // Of two names that became one, an entry of each may stand for the same: whoever has only the one that goes gets the
    // other.
    let all = groups.clone();
    let mut same: BTreeMap<CalendarSlot, CalendarEntry> = BTreeMap::new();
    let mut twice: BTreeSet<CalendarSlot> = BTreeSet::new();
    for entry in live {
        match best_match(entry, &groups) {
            Some(slot) => {
                let windows = groups.remove(&slot).unwrap_or_default();
                let next = request(entry.uid.clone(), after(entry), slot, windows, &loses);
                let essence = |entry: &CalendarEntry| {
                    (entry.start, entry.end, entry.planned, entry.windows.clone(), entry.loses.clone())
                };
                if essence(&next) == essence(entry) {
                    same.insert(slot, next);
                } else {
                    changes.push(next);
                }
            }
            None => {
                twice.extend(best_match(entry, &all));
                changes.push(CalendarEntry {
                    sequence: after(entry),
                    method: CalendarMethod::Cancel,
                    ..entry.clone()
                });
            }
        }
    }
    changes.extend(same.into_iter().filter(|(slot, _)| twice.contains(slot)).map(|(_, entry)| entry));
    for (index, (slot, windows)) in groups.into_iter().enumerate() {
        changes.push(request(uid(input, sequence, index), least, slot, windows, &loses));
    }
    changes
}

fn slot(assignment: &Assignment, now: DateTime<Utc>) -> Option<CalendarSlot> {
    let window = &assignment.window;
    let actions = &assignment.actions;
    if actions.completed(window.revision) {
        return None;
    }
    // A planned start takes the place of the deadline: until it is settled, nothing is to be done before.
    let planned = actions.open_start().filter(|start| start.decided < start.begins);
    if let Some(start) = planned {
        let slot = CalendarSlot { start: start.begins, self_service: false, planned: true };
        return (now < slot.start + LENGTH).then_some(slot);
    }
    let schedule = window.facts.schedule;
    let self_service =
        schedule.self_service.filter(|_| window.can_still_be_started(now) && !window.is_left_to_azure());
    // A date that Azure did not say is in nobody's calendar.
    let slot = match self_service.and_then(|interval| interval.said_end()) {
        Some(end) => CalendarSlot { start: end - LENGTH, self_service: true, planned: false },
        None => {
            CalendarSlot { start: schedule.scheduled?.said_start()?, self_service: false, planned: false }
        }
    };
    (now < slot.start + LENGTH).then_some(slot)
}

/// The group that an entry lives on in: the one that shares most windows with it, the earliest of equals.
fn best_match(
    entry: &CalendarEntry,
    groups: &BTreeMap<CalendarSlot, BTreeSet<WindowId>>,
) -> Option<CalendarSlot> {
    let shared =
        |windows: &BTreeSet<WindowId>| entry.windows.iter().filter(|id| windows.contains(id)).count();
    let candidates =
        groups.iter().map(|(slot, windows)| (shared(windows), *slot)).filter(|(count, _)| *count > 0);
    candidates.min_by_key(|(count, slot)| (std::cmp::Reverse(*count), *slot)).map(|(_, slot)| slot)
}

/// Whether the start loses data beside the temporary disk, as far as is known now or was when it was decided.
fn loses_data(assignment: &Assignment, start: &StartSummary) -> bool {
    DataLoss::of(&assignment.window.machine).max(start.accepts).is_some()
}

fn request(
    uid: String,
    sequence: u32,
    slot: CalendarSlot,
    windows: BTreeSet<WindowId>,
    loses: &BTreeSet<&WindowId>,
) -> CalendarEntry {
    CalendarEntry {
        uid,
        sequence,
        method: CalendarMethod::Request,
        start: slot.start,
        end: slot.start + LENGTH,
        self_service: slot.self_service,
        planned: slot.planned,
        loses: windows.iter().filter(|id| slot.planned && loses.contains(id)).cloned().collect(),
        windows: windows.into_iter().collect(),
    }
}

/// The identity of the `index`-th entry that the `sequence`-th message to the recipient makes.
fn uid(input: &PlanningInput<'_>, sequence: u64, index: usize) -> String {
    let mut name = format!("{}\n{sequence}\n{index}", input.recipient.name.as_str());
    if let Some(generation) = input.generation {
        name = format!("{name}\n{}", generation.name());
    }
    uuid::Uuid::new_v5(&NAMESPACE, name.as_bytes()).to_string()
}
