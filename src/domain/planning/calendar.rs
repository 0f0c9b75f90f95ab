//! The recipient's calendar: one entry, at the nearest of their dates. It moves on as things are answered, and is cancelled
//! when nothing is open.
//!
//! A mail carries one entry at most, since mail programs take updates from the mail itself and not from what is attached.
//! Entries that earlier versions made beside it are cancelled one after the other, with later messages.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::history::NotificationHistory;
use super::input::PlanningInput;
use crate::domain::action::response::StartSummary;
use crate::domain::assignment::Assignment;
use crate::domain::calendar_entry::{CalendarEntry, CalendarMethod, FeedEntry};
use crate::domain::data_loss::DataLoss;
use crate::domain::email_address::EmailAddress;
use crate::domain::message::Item;
use crate::domain::recipient_name::RecipientName;
use crate::domain::stage::Stage;
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

/// What changes in the recipient's calendar with a message that reports `items`: at most one entry.
pub fn change(
    input: &PlanningInput<'_>,
    history: &NotificationHistory,
    items: &[Item],
    sequence: u64,
    now: DateTime<Utc>,
) -> Option<CalendarEntry> {
    // Nobody wants somebody else's entries in their calendar.
    if input.recipient.emails.is_empty() || input.diverted_to.is_some() {
        return None;
    }
    let announced: BTreeSet<&WindowId> =
        items.iter().filter(|item| item.stage == Stage::Announced).map(|item| &item.window).collect();
    let mut dates: BTreeMap<CalendarSlot, BTreeSet<WindowId>> = BTreeMap::new();
    for assignment in input.assignments() {
        let window = &assignment.window;
        let known = history.announced(window, now) || announced.contains(&window.id);
        if known
            && assignment.withdrawn.is_none()
            && !assignment.is_only_escalated()
            && !window.is_over()
            && let Some(slot) = slot(assignment, now)
        {
            dates.entry(slot).or_default().insert(window.id.clone());
        }
    }
    // Readers drop a change whose number is not above the last one they had, also in a life of the state before this.
    let least = input.epoch.map_or(0, |epoch| epoch.least_change(now));
    let after = |entry: &CalendarEntry| (entry.sequence + 1).max(least);
    let cancel = |entry: &CalendarEntry| CalendarEntry {
        sequence: after(entry),
        method: CalendarMethod::Cancel,
        ..entry.clone()
    };
    let mut live = live(input, history, now);
    let nearest = dates.pop_first();
    let Some((slot, windows)) = nearest else {
        // What lies behind stays as it was.
        let ahead = live.into_iter().find(|entry| now < entry.end);
        return ahead.map(cancel);
    };
    let loses = losing(input.assignments());
    // Of several that earlier versions made, the one goes on that already stands there, or else the nearest.
    let shared = |entry: &&CalendarEntry| entry.windows.iter().filter(|id| windows.contains(id)).count();
    let own = live.iter().enumerate().max_by_key(|(index, entry)| (shared(entry), Reverse(*index)));
    let Some(own) = own.map(|(index, _)| index) else {
        return Some(request(uid(input, sequence, now), 0, slot, windows, &loses));
    };
    let own = live.remove(own);
    let next = request(own.uid.clone(), after(own), slot, windows.clone(), &loses);
    let essence = |entry: &CalendarEntry| {
        (entry.start, entry.end, entry.planned, entry.windows.clone(), entry.loses.clone())
    };
    if essence(&next) != essence(own) {
        return Some(next);
    }
    let other = live.into_iter().find(|entry| now < entry.end)?;
    // Of two names that became one, an entry of each may stand for the same: whoever has only the one that goes gets the
    // other first.
    let lacks_it = |address: &EmailAddress| {
        let has = |entry: &CalendarEntry| {
            history.calendar_at.get(&entry.uid).is_some_and(|addresses| addresses.contains(address))
        };
        has(other) && !has(own)
    };
    if shared(&other) > 0 && input.recipient.emails.iter().any(lacks_it) {
        return Some(next);
    }
    Some(cancel(other))
}

/// What stands in the feed of `recipient`: all of their dates, machines with the same one together.
pub fn feed<'a>(
    recipient: &RecipientName,
    assignments: impl Iterator<Item = &'a Assignment> + Clone,
    now: DateTime<Utc>,
) -> Vec<FeedEntry> {
    let loses = losing(assignments.clone());
    let mut dates: BTreeMap<CalendarSlot, (BTreeSet<WindowId>, DateTime<Utc>)> = BTreeMap::new();
    let is_theirs =
        |one: &&Assignment| one.withdrawn.is_none() && !one.is_only_escalated() && !one.window.is_over();
    for assignment in assignments.filter(is_theirs) {
        let Some(slot) = slot(assignment, now) else { continue };
        let decided = assignment.actions.open_start().map(|start| start.decided);
        let changed = [assignment.since, assignment.window.changed].into_iter().chain(decided).max();
        let (windows, newest) = dates.entry(slot).or_insert((BTreeSet::new(), assignment.since));
        windows.insert(assignment.window.id.clone());
        *newest = changed.unwrap_or(*newest).max(*newest);
    }
    let entry = |(slot, (windows, changed)): (CalendarSlot, (BTreeSet<WindowId>, DateTime<Utc>))| {
        let CalendarSlot { start, self_service, planned } = slot;
        let name = format!("feed\n{}\n{}\n{self_service}\n{planned}", recipient.as_str(), start.timestamp());
        let uid = uuid::Uuid::new_v5(&NAMESPACE, name.as_bytes()).to_string();
        FeedEntry { entry: request(uid, 0, slot, windows, &loses), changed }
    };
    dates.into_iter().map(entry).collect()
}

/// The windows whose planned start loses data, or may.
fn losing<'a>(assignments: impl Iterator<Item = &'a Assignment>) -> BTreeSet<&'a WindowId> {
    let loses = |one: &&Assignment| one.actions.open_start().is_some_and(|start| loses_data(one, start));
    assignments.filter(loses).map(|assignment| &assignment.window.id).collect()
}

/// The entries that stand in the calendar, by their dates: one that lies behind goes on while something of it is open.
fn live<'a>(
    input: &PlanningInput<'_>,
    history: &'a NotificationHistory<'_>,
    now: DateTime<Utc>,
) -> Vec<&'a CalendarEntry> {
    let open: BTreeSet<&WindowId> = input
        .assignments()
        .filter(|assignment| assignment.withdrawn.is_none() && !assignment.window.is_over())
        .map(|assignment| &assignment.window.id)
        .collect();
    let mut live: Vec<&CalendarEntry> = history
        .calendar
        .values()
        .filter(|entry| entry.method == CalendarMethod::Request)
        .filter(|entry| now < entry.end || entry.windows.iter().any(|id| open.contains(id)))
        .collect();
    live.sort_by_key(|entry| (entry.start, &entry.uid));
    live
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
    let self_service = schedule.self_service.filter(|_| window.asks_owner(now));
    // A date that Azure did not say is in nobody's calendar.
    let slot = match self_service.and_then(|interval| interval.said_end()) {
        Some(end) => CalendarSlot { start: end - LENGTH, self_service: true, planned: false },
        None => {
            CalendarSlot { start: schedule.scheduled?.said_start()?, self_service: false, planned: false }
        }
    };
    (now < slot.start + LENGTH).then_some(slot)
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

/// The identity of the entry that the `sequence`-th message to the recipient makes.
fn uid(input: &PlanningInput<'_>, sequence: u64, now: DateTime<Utc>) -> String {
    // As earlier versions named the first of several.
    let mut name = format!("{}\n{sequence}\n0", input.recipient.name.as_str());
    if let Some(epoch) = input.epoch {
        name = format!("{name}\n{}", epoch.name_at(now));
    }
    uuid::Uuid::new_v5(&NAMESPACE, name.as_bytes()).to_string()
}
