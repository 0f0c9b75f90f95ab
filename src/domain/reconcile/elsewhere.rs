//! What Azure announces for a machine that shows nothing of it.

use super::another::{other_numbers, shares_number};
use super::{Change, ChangeKind, Look, Reconciled, in_order};
use crate::domain::machine::PowerState;
use crate::domain::observation::ObservedResource;
use crate::domain::window::{Elsewhere, Impact, MaintenanceFacts, MaintenanceWindow, Schedule};

impl Look<'_> {
    /// Whether Azure announces something for a machine that shows nothing, and that is no trace of what is over: neither of
    /// a window that is open or has ended under that number or in that time, nor of a machine that is on no host.
    pub(super) fn is_announced_elsewhere(
        &self,
        known: Option<&MaintenanceWindow>,
        observed: &ObservedResource,
    ) -> bool {
        let Some(announced) = observed.announced.filter(|it| it.is_ahead(self.observation.at)) else {
            return false;
        };
        let is_trace = known.filter(|window| window.elsewhere.is_none()).is_some_and(|window| {
            let same_time =
                window.facts.schedule.end().zip(announced.from).is_none_or(|(end, from)| from < end);
            let same_wave = !other_numbers(&window.tracking_ids, &observed.tracking_ids) && same_time
                || shares_number(&window.tracking_ids, &observed.tracking_ids);
            window.is_open() || same_wave && !announced.by_event
        });
        !is_trace && observed.impact != Impact::Freeze && observed.machine.power != PowerState::Deallocated
    }

    /// Keeps what is announced elsewhere as a window without dates of its own.
    pub(super) fn elsewhere(
        &self,
        known: Option<&MaintenanceWindow>,
        observed: &ObservedResource,
        result: &mut Reconciled,
    ) {
        let now = self.observation.at;
        let announced = observed.announced.unwrap_or_default();
        let open = known.filter(|window| window.is_open());
        let since = open.and_then(|window| window.elsewhere).map_or(now, |known| known.since);
        let elsewhere = Some(Elsewhere { since, from: announced.from, until: announced.until });
        let Some(window) = open else {
            let facts = MaintenanceFacts {
                schedule: Schedule::default(),
                self_start_allowed: false,
                is_start_unsaid: false,
                last_result: Default::default(),
                last_message: None,
            };
            self.announce(known, observed, &facts, result);
            if let Some(window) = result.windows.last_mut() {
                window.elsewhere = elsewhere;
            }
            return;
        };
        let mut next = window.clone();
        next.elsewhere = elsewhere;
        next.tracking_ids = in_order(&observed.tracking_ids);
        next.machine = self.described(window, observed);
        if next != *window {
            next.changed = now;
            result.changes.push(Change { window: next.id.clone(), kind: ChangeKind::Details });
            result.windows.push(next);
        }
    }

    /// The machine shows now what was announced elsewhere: from here on it is a window like others, with its first dates.
    pub(super) fn show(
        &self,
        window: &MaintenanceWindow,
        observed: &ObservedResource,
        facts: &MaintenanceFacts,
        result: &mut Reconciled,
    ) {
        let mut shown = Reconciled::default();
        self.announce(Some(window), observed, facts, &mut shown);
        for next in shown.windows {
            let kind = ChangeKind::Announced { again: window.id.generation > 1 };
            result.changes.push(Change { window: window.id.clone(), kind });
            let scheduled_events = window.scheduled_events.clone();
            result.windows.push(MaintenanceWindow { id: window.id.clone(), scheduled_events, ..next });
        }
    }
}
