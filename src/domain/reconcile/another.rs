//! Whether what a machine shows now is another maintenance than the one that is known.

use super::Look;
use crate::domain::observation::ObservedResource;
use crate::domain::resource::same_id;
use crate::domain::window::{MaintenanceFacts, MaintenanceStatus, MaintenanceWindow, Schedule};

impl Look<'_> {
    /// A machine that was updated and now shows other dates and no result is in another wave. So is one that shows
    /// entirely other dates, or other dates under another of Azure's numbers, once Azure's window had begun.
    pub(super) fn is_another_maintenance(
        &self,
        window: &MaintenanceWindow,
        observed: &ObservedResource,
        facts: &MaintenanceFacts,
    ) -> bool {
        let (before, now) = (window.facts.schedule, facts.schedule);
        if facts.status() == MaintenanceStatus::AlreadyUpdated || !self.moved_materially(before, now) {
            return false;
        }
        if window.status() == MaintenanceStatus::AlreadyUpdated {
            return true;
        }
        let at = self.observation.at;
        let begun = window.is_in_azures_hands(at) || window.is_past(at);
        begun && (are_apart(before, now) || other_numbers(&window.tracking_ids, &observed.tracking_ids))
    }
}

/// Whether dates have nothing to do with the earlier ones: they come after all of them, or let owners choose again after
/// Azure's own window had begun.
fn are_apart(before: Schedule, now: Schedule) -> bool {
    let after = before.end().zip(now.start()).is_some_and(|(end, start)| end <= start);
    let anew = before.scheduled.zip(now.self_service);
    after || anew.is_some_and(|(own, chosen)| own.start() < chosen.start())
}

pub(super) fn shares_number(before: &[String], now: &[String]) -> bool {
    before.iter().any(|known| now.iter().any(|id| same_id(known, id)))
}

/// Whether Azure gives numbers, and none of the earlier ones.
pub(super) fn other_numbers(before: &[String], now: &[String]) -> bool {
    let is_known = |id: &String| before.iter().any(|known| same_id(known, id));
    !before.is_empty() && !now.is_empty() && !now.iter().any(is_known)
}
