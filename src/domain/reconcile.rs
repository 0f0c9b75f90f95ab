//! From what was known and what was seen to what is known now. Pure: the same facts give the same windows.
//!
//! A machine is its `vmId`, and its id is where it stands now: it is known again where it was brought to, and one that was
//! made anew under the old name is another. A window ends only on direct reads of its machine: on one with a word of Azure
//! why, else on two with an hour between them. What a look could not see or could not read changes nothing.

mod another;
mod change;
mod described;
mod elsewhere;
mod ending;
mod known;
mod material;

use std::collections::BTreeSet;

pub use self::change::{Change, ChangeKind, Reconciled};
use self::known::KnownWindows;
pub use self::material::moved_materially;
use super::machine::PowerState;
use super::observation::{Observation, ObservedResource, Reading};
use super::resource::{ResourceKind, folded, same_id};
use super::window::{
    EndReason, Impact, MaintenanceFacts, MaintenanceStatus, MaintenanceWindow, Revision, RevisionRecord,
    Schedule, StartWord, WindowId, WindowState,
};

/// Compares `observation` with the `previous` windows of its subscription, of which the newest of each machine counts.
/// Linear in the number of windows and readings.
pub fn reconcile(previous: &[MaintenanceWindow], observation: &Observation) -> Reconciled {
    let mut readings: Vec<&ObservedResource> = observation.resources.iter().collect();
    // A resource read twice in one look counts once; which of equal readings wins does not depend on their order.
    readings.sort_by(|a, b| {
        a.machine.id.cmp(&b.machine.id).then_with(|| format!("{a:?}").cmp(&format!("{b:?}")))
    });
    readings.dedup_by(|a, b| a.machine.id == b.machine.id);

    let known = KnownWindows::new(previous, &readings);
    let look = Look { observation, known: &known };
    let mut result = Reconciled::default();
    let mut found: BTreeSet<&WindowId> = BTreeSet::new();
    // Who is there comes before who is not: what is missing here may stand elsewhere.
    for observed in readings.iter().filter(|one| one.reading != Reading::Gone) {
        let window = known.of(observed);
        found.extend(window.map(|window| &window.id));
        // Looks can finish out of order. One that began before the last change knows less than what is stored.
        if window.is_none_or(|window| window.changed <= observation.at) {
            look.one(window, observed, &mut result);
        }
    }
    for observed in &readings {
        let here = known.open_at(&observed.machine.id).filter(|window| !found.contains(&window.id));
        for window in here.filter(|window| window.changed <= observation.at) {
            // Another machine may have its name.
            if observed.reading == Reading::Gone || window.machine.is_another(&observed.machine) {
                let has_moved = look.has_moved(window);
                let why = if has_moved { EndReason::Moved } else { EndReason::Deleted };
                look.absent(window, observed, why, has_moved, &mut result);
            }
        }
    }
    result.windows.sort_by(|one, other| one.id.cmp(&other.id));
    result.changes.sort_by(|one, other| one.window.cmp(&other.window));
    result
}

/// What all readings of one look share.
struct Look<'a> {
    observation: &'a Observation,
    known: &'a KnownWindows<'a>,
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
                None => match known.filter(|window| self.is_back(window, facts)) {
                    // What is done stays done.
                    Some(_) if facts.status() == MaintenanceStatus::AlreadyUpdated => {}
                    Some(window) => self.update(window, observed, facts, result),
                    None => self.announce(known, observed, facts, result),
                },
            },
            Reading::NothingPlanned if self.is_announced_elsewhere(known, observed) => {
                self.elsewhere(known, observed, result);
            }
            Reading::NothingPlanned => {
                if let Some(window) = open.filter(|window| !self.is_announced_alone(window, observed)) {
                    let (why, has_word) = self.why(window, observed);
                    self.absent(window, observed, why, has_word, result);
                }
            }
            // Who is gone is seen to when it is known who is there.
            Reading::Gone => {}
        }
    }

    /// Whether a window that ended is shown again: it has the same dates.
    fn is_back(&self, window: &MaintenanceWindow, facts: &MaintenanceFacts) -> bool {
        let known = window.facts.schedule;
        !window.is_open() && !self.moved_materially(known, known.followed_by(facts.schedule))
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
        let before = self.known.generations.get(&observed.machine.id).copied().unwrap_or_default();
        let id = WindowId { resource: observed.machine.id.clone(), generation: before.saturating_add(1) };
        let machine =
            known.map_or_else(|| observed.machine.clone(), |window| self.described(window, observed));
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
            missing_since: None,
            start_word: StartWord::default().followed_by(facts, facts, (is_running(observed), false), now),
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

        next.missing_since = None;
        if !window.is_open() {
            next.state = WindowState::Open;
            kinds.push(ChangeKind::Returned);
        }
        next.facts = facts.clone();
        next.facts.schedule = window.facts.schedule.followed_by(facts.schedule);
        let known = window.schedule_of(window.revision).unwrap_or(window.facts.schedule);
        if self.moved_materially(known, next.facts.schedule) {
            next.note_dates(now);
            kinds.push(ChangeKind::Rescheduled { from: known });
        } else if next.facts.schedule != window.facts.schedule {
            kinds.push(ChangeKind::Adjusted { from: window.facts.schedule });
        }
        let other_dates = next.revision != window.revision;
        if !other_dates {
            next.facts = next.facts.with_start_word_of(&window.facts);
        }
        next.start_word = window.start_word.followed_by(
            &window.facts,
            &next.facts,
            (is_running(observed), other_dates),
            now,
        );
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
        next.machine = self.described(window, observed);
        if next.machine.id != window.machine.id {
            kinds.push(ChangeKind::Moved { from: window.machine.id.clone() });
        } else if next.machine != window.machine {
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

    fn moved_materially(&self, from: Schedule, to: Schedule) -> bool {
        moved_materially(from, to, self.observation.at)
    }
}

/// Whether what Azure says of a start is about the machine, and not about its standing still.
fn is_running(observed: &ObservedResource) -> bool {
    !matches!(observed.machine.power, PowerState::Deallocated | PowerState::Stopped)
}

/// Each number once, in whatever case Azure writes it.
pub(super) fn in_order(tracking_ids: &[String]) -> Vec<String> {
    let mut ids = tracking_ids.to_vec();
    ids.sort_by_cached_key(|id| (folded(id), id.clone()));
    ids.dedup_by(|one, other| same_id(one, other));
    ids
}

#[cfg(test)]
mod tests;
