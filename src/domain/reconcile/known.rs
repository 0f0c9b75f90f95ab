//! The stored windows, by the machine that each is of.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::domain::observation::{ObservedResource, Reading};
use crate::domain::resource::ResourceId;
use crate::domain::window::MaintenanceWindow;

/// The stored windows, by the machine that each is of.
pub(super) struct KnownWindows<'a> {
    /// By where the machine stood, the newest first.
    pub(super) at: BTreeMap<&'a ResourceId, Vec<&'a MaintenanceWindow>>,
    /// The newest of each machine, by its own number; an open one before one that ended.
    pub(super) of_machine: BTreeMap<&'a str, &'a MaintenanceWindow>,
    /// The open ones of machines without a number that are not where they stood.
    pub(super) missing: Vec<&'a MaintenanceWindow>,
    /// The newest generation of each resource.
    pub(super) generations: BTreeMap<&'a ResourceId, u32>,
}

impl<'a> KnownWindows<'a> {
    pub(super) fn new(previous: &'a [MaintenanceWindow], readings: &[&ObservedResource]) -> Self {
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
    pub(super) fn of(&self, observed: &ObservedResource) -> Option<&'a MaintenanceWindow> {
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

    pub(super) fn open_at(
        &self,
        place: &ResourceId,
    ) -> impl Iterator<Item = &'a MaintenanceWindow> + use<'a> {
        let windows = self.at.get(place).cloned().unwrap_or_default();
        windows.into_iter().filter(|window| window.is_open())
    }
}

/// By which the newest of several windows is found: an open one is newer than one that ended.
fn age(window: &MaintenanceWindow) -> (bool, DateTime<Utc>, u32) {
    (window.is_open(), window.first_seen, window.id.generation)
}
