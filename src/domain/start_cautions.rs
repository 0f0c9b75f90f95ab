//! What speaks against starting the maintenance oneself: Azure's own list, checked for one machine.
//!
//! Source: the "when not to use self-service maintenance" lists of Azure's maintenance notification pages.

use serde::{Deserialize, Serialize};

use super::data_loss::DataLoss;
use super::machine::{Machine, PowerState};
use super::resource::{ResourceId, ResourceKind};

/// One thing that speaks against starting the maintenance of one machine oneself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "advice")]
pub enum StartCaution {
    /// The resource cannot be started by its owner at all.
    NoSelfService,
    /// It is a member of an availability set: Azure already takes one update domain at a time, with pauses.
    AvailabilitySet { set: ResourceId },
    /// It is deallocated: it is on no host, and starting it anew may already end the maintenance.
    Deallocated,
    /// It is stopped: a start is refused while it does not run.
    Stopped,
    /// A schedule shuts it down: stopping and starting can undo the maintenance's state and cost downtime twice.
    AutoShutdown,
    /// Its operating system disk lives on the host and is lost.
    EphemeralOsDisk,
    /// Nobody could read where its operating system disk lives: it may be lost.
    UnknownOsDisk,
    /// Its scale set belongs to a Kubernetes service, which has its own ways to move work away first.
    KubernetesNode,
    /// It is a node of Service Fabric, for which Azure offers no self-service.
    ServiceFabricNode,
    /// It belongs to another tenant, in which nothing is started from here.
    OtherTenant {
        /// Its name, as others gave it.
        tenant: String,
    },
}

impl StartCaution {
    /// Whether a message that lists only machines with such cautions should offer no start at all.
    pub fn leaves_it_to_azure(&self) -> bool {
        !matches!(self, Self::Stopped | Self::OtherTenant { .. } | Self::UnknownOsDisk)
    }
}

/// Everything that speaks against starting the maintenance of `machine` oneself, most weighty first.
pub fn start_cautions(machine: &Machine) -> Vec<StartCaution> {
    let mut found = Vec::new();
    if matches!(machine.id.kind(), ResourceKind::DedicatedHost | ResourceKind::Other) {
        found.push(StartCaution::NoSelfService);
    }
    if let Some(tenant) = &machine.tenant {
        found.push(StartCaution::OtherTenant { tenant: tenant.display_name().to_owned() });
    }
    match DataLoss::of(machine) {
        Some(DataLoss::OsDisk) => found.push(StartCaution::EphemeralOsDisk),
        Some(DataLoss::PerhapsOsDisk) => found.push(StartCaution::UnknownOsDisk),
        None => {}
    }
    let tags = &machine.tags;
    if tags.resource.iter().chain(tags.scale_set.iter()).any(|(_, value)| value == "Service Fabric") {
        found.push(StartCaution::ServiceFabricNode);
    }
    if tags.resource.iter().chain(tags.scale_set.iter()).any(|(name, _)| name.starts_with("aks-managed-")) {
        found.push(StartCaution::KubernetesNode);
    }
    if let Some(set) = &machine.availability_set {
        found.push(StartCaution::AvailabilitySet { set: set.clone() });
    }
    if machine.auto_shutdown {
        found.push(StartCaution::AutoShutdown);
    }
    match machine.power {
        PowerState::Deallocated => found.push(StartCaution::Deallocated),
        PowerState::Stopped => found.push(StartCaution::Stopped),
        PowerState::Running | PowerState::Unknown | PowerState::Other(_) => {}
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_counter_indication_is_found_on_the_machine_that_has_it() {
        let id = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/m";
        let set: ResourceId =
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/availabilitySets/a"
                .parse()
                .unwrap();
        let mut machine = Machine::bare(id.parse().unwrap());
        assert_eq!(start_cautions(&machine), [StartCaution::UnknownOsDisk]);
        machine.ephemeral_os_disk = Some(false);
        assert_eq!(start_cautions(&machine), []);
        machine.power = PowerState::Deallocated;
        machine.availability_set = Some(set.clone());
        machine.ephemeral_os_disk = Some(true);
        machine.auto_shutdown = true;
        assert_eq!(
            start_cautions(&machine),
            [
                StartCaution::EphemeralOsDisk,
                StartCaution::AvailabilitySet { set },
                StartCaution::AutoShutdown,
                StartCaution::Deallocated
            ]
        );
    }
}
