//! From what was known and what was seen to what is known now. Pure: the same facts give the same windows.
//!
//! A window ends only on a direct read of its resource. What a look could not see or could not read changes nothing.

use std::collections::BTreeMap;

use crate::domain::time_zone::Tz;
use chrono::{DateTime, TimeDelta, Utc};

use super::machine::{Machine, PowerState};
use super::observation::{Evidence, Observation, ObservedResource, Reading};
use super::resource::{ResourceId, ResourceKind, folded, same_id};
use super::window::{
    EndReason, Impact, Interval, MaintenanceFacts, MaintenanceStatus, MaintenanceWindow, Revision,
    RevisionRecord, Schedule, WindowId, WindowState,
};

/// A move of less than this, on the same local date, is not worth a notification.
const MATERIAL_MOVE: TimeDelta = TimeDelta::hours(1);
/// How many revisions a window remembers: the first and the newest.
const HISTORY_LIMIT: usize = 32;

/// What one look changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// Every window that is new or different, as it is now, in order of id.
    pub windows: Vec<MaintenanceWindow>,
    /// What became different, in the same order.
    pub changes: Vec<Change>,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub window: WindowId,
    pub kind: ChangeKind,
}

/// Every way in which a window can become different.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeKind {
    /// It was not there before.
    Announced { again: bool },
    /// Its dates moved materially.
    Rescheduled { from: Schedule },
    /// Its dates moved by little.
    Adjusted { from: Schedule },
    /// Azure's portal would show another word.
    Status { from: MaintenanceStatus, to: MaintenanceStatus },
    /// Another impact, or the first one that Azure gave.
    Impact { from: Impact },
    /// The machine or its tags.
    Machine,
    /// Azure's numbers for it, or its words about the last attempt.
    Details,
    /// It ended.
    Ended { why: EndReason },
}

/// Compares `observation` with the `previous` windows of its subscription, of which the newest generation of each
/// resource counts. `zone` decides what "another local date" is. Linear in the number of windows and readings.
pub fn reconcile(previous: &[MaintenanceWindow], observation: &Observation, zone: Tz) -> Reconciled {
    let mut newest: BTreeMap<&ResourceId, &MaintenanceWindow> = BTreeMap::new();
    for window in previous {
        let known = newest.entry(&window.id.resource).or_insert(window);
        if known.id.generation < window.id.generation {
            *known = window;
        }
    }
    let mut readings: Vec<&ObservedResource> = observation.resources.iter().collect();
    // A resource read twice in one look counts once; which of equal readings wins does not depend on their order.
    readings.sort_by(|a, b| {
        a.machine.id.cmp(&b.machine.id).then_with(|| format!("{a:?}").cmp(&format!("{b:?}")))
    });
    readings.dedup_by(|a, b| a.machine.id == b.machine.id);

    let look = Look { observation, zone };
    let mut result = Reconciled::default();
    for observed in readings {
        let known = newest.get(&observed.machine.id).copied();
        // Looks can finish out of order. One that began before the last change knows less than what is stored.
        if known.is_some_and(|window| observation.at < window.changed) {
            continue;
        }
        look.one(known, observed, &mut result);
    }
    result
}

/// What all readings of one look share.
struct Look<'a> {
    observation: &'a Observation,
    zone: Tz,
}

impl Look<'_> {
    fn one(&self, known: Option<&MaintenanceWindow>, observed: &ObservedResource, result: &mut Reconciled) {
        let open = known.filter(|window| window.is_open());
        match &observed.reading {
            Reading::Maintenance(facts) => match open {
                // There is an object without dates: what was announced elsewhere is still only that.
                Some(window) if window.elsewhere.is_some() && facts.schedule == Schedule::default() => {}
                Some(window) if window.elsewhere.is_some() => self.show(window, observed, facts, result),
                Some(window) if self.is_another_maintenance(window, observed, facts) => {
                    let why = match window.status() {
                        MaintenanceStatus::AlreadyUpdated => EndReason::Completed,
                        // That Azure planned anew is no word that the earlier one was done.
                        _ => EndReason::NoLongerPlanned,
                    };
                    self.end(window, observed, why, result);
                    self.announce(known, observed, facts, result);
                }
                Some(window) => self.update(window, observed, facts, result),
                // Without any date there is nothing to announce yet, unless it can be started all the same, or Azure
                // plans it and keeps the dates to itself.
                None if facts.schedule == Schedule::default()
                    && !facts.self_start_allowed
                    && observed.machine.id.kind() != ResourceKind::DedicatedHost => {}
                // What was over before it was seen first is kept as that, once, and nobody hears of it.
                None if self.is_over(facts) && known.is_some_and(|window| window.elsewhere.is_none()) => {}
                None => self.announce(known, observed, facts, result),
            },
            Reading::NothingPlanned if self.is_announced_elsewhere(known, observed) => {
                self.elsewhere(known, observed, result);
            }
            Reading::NothingPlanned => {
                if let Some(window) = open {
                    self.end(window, observed, self.why(window, observed), result);
                }
            }
            Reading::Gone => {
                if let Some(window) = open {
                    self.end(window, observed, EndReason::Deleted, result);
                }
            }
        }
    }

    fn is_over(&self, facts: &MaintenanceFacts) -> bool {
        facts.schedule.end().is_some_and(|end| end <= self.observation.at)
    }

    fn announce(
        &self,
        known: Option<&MaintenanceWindow>,
        observed: &ObservedResource,
        facts: &MaintenanceFacts,
        result: &mut Reconciled,
    ) {
        let now = self.observation.at;
        let generation = known.map_or(1, |window| window.id.generation.saturating_add(1));
        let id = WindowId { resource: observed.machine.id.clone(), generation };
        let machine =
            known.map_or_else(|| observed.machine.clone(), |window| described(&window.machine, observed));
        let schedule = facts.schedule;
        result
            .changes
            .push(Change { window: id.clone(), kind: ChangeKind::Announced { again: known.is_some() } });
        let state = match self.is_over(facts) {
            true if facts.status() == MaintenanceStatus::AlreadyUpdated => {
                WindowState::Ended { at: now, why: EndReason::Completed }
            }
            true => WindowState::Ended { at: now, why: EndReason::NoLongerPlanned },
            false => WindowState::Open,
        };
        result.windows.push(MaintenanceWindow {
            id,
            revision: Revision::FIRST,
            facts: facts.clone(),
            impact: observed.impact.clone(),
            tracking_ids: in_order(&observed.tracking_ids),
            machine,
            state,
            first_seen: now,
            changed: now,
            history: vec![RevisionRecord { revision: Revision::FIRST, seen: now, schedule }],
            elsewhere: None,
            scheduled_events: Vec::new(),
        });
    }

    fn update(
        &self,
        window: &MaintenanceWindow,
        observed: &ObservedResource,
        facts: &MaintenanceFacts,
        result: &mut Reconciled,
    ) {
        let now = self.observation.at;
        let mut next = window.clone();
        let mut kinds = Vec::new();

        next.facts = facts.clone();
        next.facts.schedule = window.facts.schedule.followed_by(facts.schedule);
        let known = window.schedule_of(window.revision).unwrap_or(window.facts.schedule);
        if self.moved_materially(known, next.facts.schedule) {
            next.revision = window.revision.next();
            let record = RevisionRecord { revision: next.revision, seen: now, schedule: next.facts.schedule };
            next.history.push(record);
            if next.history.len() > HISTORY_LIMIT {
                next.history.remove(1);
            }
            kinds.push(ChangeKind::Rescheduled { from: known });
        } else if next.facts.schedule != window.facts.schedule {
            kinds.push(ChangeKind::Adjusted { from: window.facts.schedule });
        }
        if next.status() != window.status() {
            kinds.push(ChangeKind::Status { from: window.status(), to: next.status() });
        }
        if observed.impact != Impact::Unknown && observed.impact != window.impact {
            next.impact = observed.impact.clone();
            kinds.push(ChangeKind::Impact { from: window.impact.clone() });
        }
        if !observed.tracking_ids.is_empty() {
            next.tracking_ids = in_order(&observed.tracking_ids);
        }
        next.machine = described(&window.machine, observed);
        if next.machine != window.machine {
            kinds.push(ChangeKind::Machine);
        }
        if kinds.is_empty() && next != *window {
            kinds.push(ChangeKind::Details);
        }
        if !kinds.is_empty() {
            next.changed = now;
            result.changes.extend(kinds.into_iter().map(|kind| Change { window: next.id.clone(), kind }));
            result.windows.push(next);
        }
    }

    fn end(
        &self,
        window: &MaintenanceWindow,
        observed: &ObservedResource,
        why: EndReason,
        result: &mut Reconciled,
    ) {
        let mut next = window.clone();
        next.state = WindowState::Ended { at: self.observation.at, why };
        next.changed = self.observation.at;
        next.machine = described(&window.machine, observed);
        result.changes.push(Change { window: next.id.clone(), kind: ChangeKind::Ended { why } });
        result.windows.push(next);
    }

    /// Why a window whose resource exists is over, worked out from evidence.
    fn why(&self, window: &MaintenanceWindow, observed: &ObservedResource) -> EndReason {
        let mut evidence = self.observation.evidence.iter();
        // What happened to the machine before this window was seen says nothing of this window.
        let is_this = |resource: &ResourceId, at: &DateTime<Utc>| {
            *resource == window.id.resource && window.first_seen <= *at
        };
        let deallocated = |power: &PowerState| *power == PowerState::Deallocated;
        if window.status() == MaintenanceStatus::AlreadyUpdated {
            EndReason::Completed
        } else if evidence.clone().any(|evidence| {
            matches!(evidence, Evidence::Cancelled { tracking_id, .. } if window.tracking_ids.iter().any(|id| same_id(id, tracking_id)))
        }) {
            EndReason::Cancelled
        } else if evidence.clone().any(|evidence| matches!(evidence, Evidence::Moved { resource, at } if is_this(resource, at)))
            || deallocated(&observed.machine.power)
            || deallocated(&window.machine.power)
        {
            EndReason::Moved
        } else if evidence.any(|evidence| matches!(evidence, Evidence::Started { resource, at } if is_this(resource, at)))
            || window.facts.schedule.scheduled.is_some_and(|scheduled| scheduled.start() <= self.observation.at)
        {
            EndReason::Completed
        } else {
            EndReason::NoLongerPlanned
        }
    }

    fn moved_materially(&self, from: Schedule, to: Schedule) -> bool {
        moved_materially(from, to, self.zone, self.observation.at)
    }
}

/// Whether dates moved by so much that people have to hear of it: an hour, or to another date in `zone`. What is over
/// by `now` is no news.
pub fn moved_materially(from: Schedule, to: Schedule, zone: Tz, now: DateTime<Utc>) -> bool {
    let date = |moment: DateTime<Utc>| moment.with_timezone(&zone).date_naive();
    let moment_moved =
        |from: DateTime<Utc>, to: DateTime<Utc>| (to - from).abs() >= MATERIAL_MOVE || date(from) != date(to);
    // A date that is said for the first time is news while it is to come; one that is said no more is none.
    let said_moved = |from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>>| match (from, to) {
        (Some(from), Some(to)) => moment_moved(from, to),
        (None, Some(to)) => now < to,
        (_, None) => false,
    };
    let interval_moved = |from: Option<Interval>, to: Option<Interval>| match (from, to) {
        (Some(from), Some(to)) => {
            let over = from.end() <= now && to.end() <= now;
            !over
                && (said_moved(from.said_start(), to.said_start())
                    || said_moved(from.said_end(), to.said_end()))
        }
        // A window that is over may be left out, and one that is over is no news.
        (Some(one), None) | (None, Some(one)) => now < one.end(),
        (None, None) => false,
    };
    interval_moved(from.self_service, to.self_service) || interval_moved(from.scheduled, to.scheduled)
}

/// The newest description of a machine. A look that could only read its state keeps what was known of the rest.
fn described(known: &Machine, observed: &ObservedResource) -> Machine {
    let bare =
        Machine { power: observed.machine.power.clone(), ..Machine::bare(observed.machine.id.clone()) };
    let mut machine = if observed.machine == bare { known.clone() } else { observed.machine.clone() };
    if observed.machine.power == PowerState::Unknown {
        machine.power = known.power.clone();
    } else {
        machine.power = observed.machine.power.clone();
    }
    machine
}

/// Each number once, in whatever case Azure writes it.
pub(super) fn in_order(tracking_ids: &[String]) -> Vec<String> {
    let mut ids = tracking_ids.to_vec();
    ids.sort_by_cached_key(|id| (folded(id), id.clone()));
    ids.dedup_by(|one, other| same_id(one, other));
    ids
}

mod another;
mod elsewhere;

#[cfg(test)]
mod tests;
