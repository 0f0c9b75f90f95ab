//! What is known of a window's machine after a look.

use super::Look;
use crate::domain::machine::{Machine, PowerState};
use crate::domain::observation::{ObservedResource, Reading};
use crate::domain::resource::ResourceId;
use crate::domain::window::MaintenanceWindow;

impl Look<'_> {
    /// The newest description of the window's machine. A look that could only read its state keeps what was known of the
    /// rest, and of a machine that is gone everything stays as it was last known: its tags still say whose it was.
    pub(super) fn described(&self, window: &MaintenanceWindow, observed: &ObservedResource) -> Machine {
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
