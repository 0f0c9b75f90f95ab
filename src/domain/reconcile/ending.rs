//! How a window ends, and why.

use chrono::{DateTime, TimeDelta, Utc};

use super::Look;
use super::change::{Change, ChangeKind, Reconciled};
use crate::domain::machine::PowerState;
use crate::domain::observation::{Evidence, ObservedResource};
use crate::domain::resource::{ResourceId, ResourceKind, same_id};
use crate::domain::window::{
    EndReason, Impact, LastResult, MaintenanceStatus, MaintenanceWindow, SECOND_LOOK, WindowState,
};

/// A window without any date counts as over after so long, once nothing shows it.
const UNSAID_END: TimeDelta = TimeDelta::days(35);

impl Look<'_> {
    /// A look that does not show the window. With a word of Azure it is the end, and so is a second one without.
    pub(super) fn absent(
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

    /// Whether only an announcement shows the window: a host's, or a pause's. The resource's own record never says that
    /// nothing is planned, and a missing row says nothing: it is over with its dates.
    pub(super) fn is_announced_alone(&self, window: &MaintenanceWindow, observed: &ObservedResource) -> bool {
        let facts = &window.facts;
        let is_pause = window.impact == Impact::Freeze
            && facts.schedule.self_service.is_none()
            && !facts.self_start_allowed
            && facts.last_result == LastResult::None;
        let alone = window.id.resource.kind() == ResourceKind::DedicatedHost || is_pause;
        let end = facts.schedule.end().unwrap_or(window.first_seen + UNSAID_END);
        alone && observed.machine.power != PowerState::Deallocated && self.observation.at < end
    }

    pub(super) fn end(
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
    pub(super) fn why(&self, window: &MaintenanceWindow, observed: &ObservedResource) -> (EndReason, bool) {
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
    pub(super) fn has_moved(&self, window: &MaintenanceWindow) -> bool {
        let mut evidence = self.observation.evidence.iter();
        evidence.any(|it| matches!(it, Evidence::Moved { resource, at } if is_of(window, resource, at)))
    }
}

/// Whether what happened to `resource` is about this window: what was before it was seen says nothing of it.
fn is_of(window: &MaintenanceWindow, resource: &ResourceId, at: &DateTime<Utc>) -> bool {
    (*resource == window.id.resource || resource == window.place()) && window.first_seen <= *at
}
