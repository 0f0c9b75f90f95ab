//! Changes to what is planned.

use chrono::{DateTime, Utc};

use super::hand::Script;
use crate::demo::{SimulatedResult, SimulatedWindow, Wave, wave::Target, world::fold};

impl Script<'_> {
    /// Announces a wave, or lays it out for a time to come.
    pub fn announce(&self, wave: Wave) {
        self.simulation.lock().waves.push(wave);
    }

    /// Changes a wave: its listing, its impact, its dates.
    pub fn change_wave(&self, tracking_id: &str, change: impl FnOnce(&mut Wave)) -> bool {
        let mut state = self.simulation.lock();
        state.waves.iter_mut().find(|wave| wave.tracking_id == tracking_id).map(change).is_some()
    }

    /// Moves both windows of a wave.
    pub fn reschedule(
        &self,
        tracking_id: &str,
        self_service: Option<SimulatedWindow>,
        scheduled: SimulatedWindow,
    ) -> bool {
        self.change_wave(tracking_id, |wave| {
            wave.self_service = self_service;
            wave.scheduled = scheduled;
        })
    }

    /// Calls a wave off from a moment on.
    pub fn cancel(&self, tracking_id: &str, at: DateTime<Utc>) -> bool {
        self.change_wave(tracking_id, |wave| wave.cancelled = Some(at))
    }

    /// Adds a resource to a wave, or puts it back.
    pub fn join_wave(&self, tracking_id: &str, id: &str) -> bool {
        self.change_wave(tracking_id, |wave| wave.add_target(id.to_owned()))
    }

    /// Takes a resource out of a wave: its instance view says nothing more.
    pub fn leave_wave(&self, tracking_id: &str, id: &str) -> bool {
        self.change_target(tracking_id, id, |target| target.left = true)
    }

    /// Resource Graph has no row for a resource of a wave, or has one again; the instance view tells of it in any case.
    /// So it is with a machine that was deployed into a region where a wave was already announced.
    pub fn unlist(&self, tracking_id: &str, id: &str, unlisted: bool) -> bool {
        self.change_target(tracking_id, id, |target| target.unlisted = unlisted)
    }

    /// Sets what the instance view says of the last attempt on a resource.
    pub fn set_last_result(&self, tracking_id: &str, id: &str, result: SimulatedResult) -> bool {
        self.change_target(tracking_id, id, |target| target.results.push(result))
    }

    /// Overrides `isCustomerInitiatedMaintenanceAllowed`, or with none lets it follow from the windows again.
    pub fn set_allowed(&self, tracking_id: &str, id: &str, allowed: Option<bool>) -> bool {
        self.change_target(tracking_id, id, |target| target.allowed = allowed)
    }

    fn change_target(&self, tracking_id: &str, id: &str, change: impl FnOnce(&mut Target)) -> bool {
        let mut state = self.simulation.lock();
        let wave = state.waves.iter_mut().find(|wave| wave.tracking_id == tracking_id);
        wave.and_then(|wave| wave.targets.get_mut(&fold(id))).map(change).is_some()
    }
}
