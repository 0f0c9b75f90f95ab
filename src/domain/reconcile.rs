//! From what was known and what was seen to what is known now. Pure: the same facts give the same windows.
//!
//! A machine is its `vmId`, and its id is where it stands now: it is known again where it was brought to, and one that was
//! made anew under the old name is another. A window ends only on direct reads of its machine: on one with a word of Azure
//! why, else on two with an hour between them. What a look could not see or could not read changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::machine::{Machine, PowerState};
use super::observation::{Evidence, Observation, ObservedResource, Reading};
use super::resource::{ResourceId, ResourceKind, folded, same_id};
use super::window::{
    EndReason, Impact, Interval, LastResult, MaintenanceFacts, MaintenanceStatus, MaintenanceWindow,
    Revision, RevisionRecord, SECOND_LOOK, Schedule, StartWord, WindowId, WindowState,
};

/// A move of less than this is not worth a notification.
const MATERIAL_MOVE: TimeDelta = TimeDelta::hours(1);
/// A window without any date counts as over after so long, once nothing shows it.
const UNSAID_END: TimeDelta = TimeDelta::days(35);

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
    /// It ended, and Azure shows it again with the same dates.
    Returned,
    /// The machine stands elsewhere now.
    Moved { from: ResourceId },
    /// The machine or its tags.
    Machine,
    /// Azure's numbers for it, or its words about the last attempt.
    Details,
    /// It ended.
    Ended { why: EndReason },
}

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

/// The windows of before, by the machine that each is of.
struct KnownWindows<'a> {
    /// By where the machine stood, the newest first.
    at: BTreeMap<&'a ResourceId, Vec<&'a MaintenanceWindow>>,
    /// The newest of each machine, by its own number; an open one before one that ended.
    of_machine: BTreeMap<&'a str, &'a MaintenanceWindow>,
    /// The open ones of machines without a number that are not where they stood.
    missing: Vec<&'a MaintenanceWindow>,
    /// The newest generation of each resource.
    generations: BTreeMap<&'a ResourceId, u32>,
}

impl<'a> KnownWindows<'a> {
    fn new(previous: &'a [MaintenanceWindow], readings: &[&ObservedResource]) -> Self {
        let mut known = Self {
            at: BTreeMap::new(),
            of_machine: BTreeMap::new(),
            missing: Vec::new(),
            generations: BTreeMap::new(),
        };
        for window in previous {
            known.at.entry(window.place()).or_default().push(window);
            let newest = known.generations.entry(&window.id.resource).or_default();
            *newest = window.id.generation.max(*newest);
            let Some(number) = window.machine.vm_id.as_deref() else { continue };
            let newest = known.of_machine.entry(number).or_insert(window);
            if age(newest) < age(window) {
                *newest = window;
            }
        }
        for windows in known.at.values_mut() {
            windows.sort_by_key(|window| std::cmp::Reverse(age(window)));
        }
        let is_gone = |place: &ResourceId| {
            readings.iter().any(|one| one.machine.id == *place && one.reading == Reading::Gone)
        };
        let open = previous.iter().filter(|window| window.is_open());
        known.missing = open.filter(|window| is_gone(window.place())).collect();
        known
    }

    /// The newest window of the machine that was read: by its number, else by where it stands, else, where no number
    /// is known, by its name and its dates.
    fn of(&self, observed: &ObservedResource) -> Option<&'a MaintenanceWindow> {
        let machine = &observed.machine;
        let by_number = machine.vm_id.as_deref().and_then(|number| self.of_machine.get(number)).copied();
        let here = || {
            let windows = self.at.get(&machine.id)?;
            windows.iter().copied().find(|window| !window.machine.is_another(machine))
        };
        let same_dates = |window: &&&MaintenanceWindow| match &observed.reading {
            Reading::Maintenance(facts) => facts.schedule == window.facts.schedule,
            Reading::NothingPlanned | Reading::Gone => false,
        };
        let by_name = || {
            let same_name = |window: &&&MaintenanceWindow| {
                let place = window.place();
                place.name().eq_ignore_ascii_case(machine.id.name()) && place.kind() == machine.id.kind()
            };
            let unknown =
                |window: &&&MaintenanceWindow| window.machine.vm_id.is_none() || machine.vm_id.is_none();
            let mut alike = self.missing.iter().filter(same_name).filter(unknown).filter(same_dates);
            // Of several it is not known which one it is.
            alike.next().filter(|_| alike.next().is_none()).copied()
        };
        by_number.filter(|window| window.is_open()).or_else(here).or(by_number).or_else(by_name)
    }

    fn open_at(&self, place: &ResourceId) -> impl Iterator<Item = &'a MaintenanceWindow> + use<'a> {
        let windows = self.at.get(place).cloned().unwrap_or_default();
        windows.into_iter().filter(|window| window.is_open())
    }
}

/// By which the newest of several windows is found: an open one is newer than one that ended.
fn age(window: &MaintenanceWindow) -> (bool, DateTime<Utc>, u32) {
    (window.is_open(), window.first_seen, window.id.generation)
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

    /// A look that does not show the window. With a word of Azure it is the end, and so is a second one without.
    fn absent(
        &self,
        window: &MaintenanceWindow,
        observed: &ObservedResource,
        why: EndReason,
        has_word: bool,
        result: &mut Reconciled,
    ) {
        let now = self.observation.at;
        let is_second = window.missing_since.is_some_and(|since| SECOND_LOOK <= now - since);
        if has_word || is_second {
            self.end(window, observed, why, result);
            return;
        }
        let machine = self.described(window, observed);
        if window.missing_since.is_some() && machine == window.machine {
            return;
        }
        let mut next = window.clone();
        next.missing_since.get_or_insert(now);
        next.machine = machine;
        next.changed = now;
        let kind = if next.machine == window.machine { ChangeKind::Details } else { ChangeKind::Machine };
        result.changes.push(Change { window: next.id.clone(), kind });
        result.windows.push(next);
    }

    fn is_over(&self, facts: &MaintenanceFacts) -> bool {
        facts.schedule.end().is_some_and(|end| end <= self.observation.at)
    }

    /// Whether only an announcement shows the window: a host's, or a pause's. The resource's own record never says that
    /// nothing is planned, and a missing row says nothing: it is over with its dates.
    fn is_announced_alone(&self, window: &MaintenanceWindow, observed: &ObservedResource) -> bool {
        let facts = &window.facts;
        let is_pause = window.impact == Impact::Freeze
            && facts.schedule.self_service.is_none()
            && !facts.self_start_allowed
            && facts.last_result == LastResult::None;
        let alone = window.id.resource.kind() == ResourceKind::DedicatedHost || is_pause;
        let end = facts.schedule.end().unwrap_or(window.first_seen + UNSAID_END);
        alone && observed.machine.power != PowerState::Deallocated && self.observation.at < end
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
        next.missing_since = None;
        next.machine = self.described(window, observed);
        result.changes.push(Change { window: next.id.clone(), kind: ChangeKind::Ended { why } });
        result.windows.push(next);
    }

    /// Why a window whose machine exists is over, worked out from evidence, and whether Azure said a word of it.
    fn why(&self, window: &MaintenanceWindow, observed: &ObservedResource) -> (EndReason, bool) {
        let evidence = self.observation.evidence.iter();
        let is_deallocated = |power: &PowerState| *power == PowerState::Deallocated;
        let is_cancelled = evidence.clone().any(|evidence| {
            matches!(evidence, Evidence::Cancelled { tracking_id, .. } if window.tracking_ids.iter().any(|id| same_id(id, tracking_id)))
        });
        let is_started = evidence.clone().any(
            |evidence| matches!(evidence, Evidence::Started { resource, at } if is_of(window, resource, at)),
        );
        let now = self.observation.at;
        let has_begun = window.facts.schedule.scheduled.is_some_and(|own| own.start() <= now)
            || window.elsewhere.is_some() && window.scheduled_events.iter().any(|event| event.has_begun(now));
        let power = [&observed.machine.power, &window.machine.power];
        match () {
            () if window.status() == MaintenanceStatus::AlreadyUpdated => (EndReason::Completed, true),
            () if is_cancelled => (EndReason::Cancelled, true),
            () if self.has_moved(window) || power.into_iter().any(is_deallocated) => (EndReason::Moved, true),
            () if is_started => (EndReason::Completed, true),
            () if has_begun => (EndReason::Completed, false),
            () => (EndReason::NoLongerPlanned, false),
        }
    }

    /// Whether the machine is known to have left its place.
    fn has_moved(&self, window: &MaintenanceWindow) -> bool {
        let mut evidence = self.observation.evidence.iter();
        evidence.any(|it| matches!(it, Evidence::Moved { resource, at } if is_of(window, resource, at)))
    }

    fn moved_materially(&self, from: Schedule, to: Schedule) -> bool {
        moved_materially(from, to, self.observation.at)
    }

    /// The newest description of the window's machine. A look that could only read its state keeps what was known of the
    /// rest, and of a machine that is gone everything stays as it was last known: its tags still say whose it was.
    fn described(&self, window: &MaintenanceWindow, observed: &ObservedResource) -> Machine {
        let known = &window.machine;
        if observed.reading == Reading::Gone || known.is_another(&observed.machine) {
            return known.clone();
        }
        let bare =
            Machine { power: observed.machine.power.clone(), ..Machine::bare(observed.machine.id.clone()) };
        let mut machine = if observed.machine == bare { known.clone() } else { observed.machine.clone() };
        machine.id.clone_from(&observed.machine.id);
        machine.vm_id = observed.machine.vm_id.clone().or_else(|| known.vm_id.clone());
        if observed.machine.power == PowerState::Unknown {
            machine.power = known.power.clone();
        } else {
            machine.power = observed.machine.power.clone();
        }
        if self.is_group_unseen(&machine.id) && known.id == machine.id {
            machine.tags.resource_group = known.tags.resource_group.clone();
        }
        if machine.id.scale_set().is_some_and(|set| self.is_unseen(set.as_str())) {
            machine.tags.scale_set = known.tags.scale_set.clone();
        }
        machine
    }

    /// Whether the tags of the machine's resource group could not be seen.
    fn is_group_unseen(&self, id: &ResourceId) -> bool {
        let group = format!("/subscriptions/{}/resourceGroups/{}", id.subscription(), id.resource_group());
        self.is_unseen(&group)
    }

    fn is_unseen(&self, scope: &str) -> bool {
        self.observation.unseen.iter().any(|unseen| unseen.scope.eq_ignore_ascii_case(scope))
    }
}

/// Whether what Azure says of a start is about the machine, and not about its standing still.
fn is_running(observed: &ObservedResource) -> bool {
    !matches!(observed.machine.power, PowerState::Deallocated | PowerState::Stopped)
}

/// Whether dates moved by so much that people have to hear of it: an hour. What is over by `now` is no news.
pub fn moved_materially(from: Schedule, to: Schedule, now: DateTime<Utc>) -> bool {
    let moment_moved = |from: DateTime<Utc>, to: DateTime<Utc>| (to - from).abs() >= MATERIAL_MOVE;
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

/// Whether what happened to `resource` is about this window: what was before it was seen says nothing of it.
fn is_of(window: &MaintenanceWindow, resource: &ResourceId, at: &DateTime<Utc>) -> bool {
    (*resource == window.id.resource || resource == window.place()) && window.first_seen <= *at
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
