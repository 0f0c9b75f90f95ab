//! What a start takes away for good: decided by what is known of the machine's disks, and by nothing else.
//!
//! Every start loses the temporary disk; that is said with each. Here is what goes beyond it, and needs somebody's word
//! for the machine that it is about. What is not known counts as a loss that may be.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::machine::Machine;
use super::resource::ResourceKind;

/// What a start of one machine loses beyond its temporary disk; the worse, the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DataLoss {
    /// Nobody could read where its operating system disk lives: if that is the host, it is wiped.
    PerhapsOsDisk,
    /// Its operating system disk lives on the host and is wiped.
    OsDisk,
}

impl DataLoss {
    /// What a start of `machine` loses, as far as is known.
    pub fn of(machine: &Machine) -> Option<Self> {
        if !matches!(machine.id.kind(), ResourceKind::Vm | ResourceKind::ScaleSetInstance) {
            return None;
        }
        match machine.ephemeral_os_disk {
            Some(true) => Some(Self::OsDisk),
            None => Some(Self::PerhapsOsDisk),
            Some(false) => None,
        }
    }

    /// The loss in one word, as forms carry it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PerhapsOsDisk => "perhaps-os-disk",
            Self::OsDisk => "os-disk",
        }
    }

    /// The loss that a form names.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::PerhapsOsDisk, Self::OsDisk].into_iter().find(|loss| loss.as_str() == text)
    }
}

impl fmt::Display for DataLoss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PerhapsOsDisk => {
                "it may wipe the operating system disk: nobody could read whether that lives on the host"
            }
            Self::OsDisk => "it wipes the operating system disk, which lives on the host",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures::machine;

    #[test]
    fn what_is_not_known_may_be_lost_and_only_what_was_read_as_kept_is_safe() {
        let with = |ephemeral_os_disk| DataLoss::of(&Machine { ephemeral_os_disk, ..machine("vm-1") });
        assert_eq!(with(Some(true)), Some(DataLoss::OsDisk));
        assert_eq!(with(None), Some(DataLoss::PerhapsOsDisk));
        assert_eq!(with(Some(false)), None);
        // Whoever agreed to what may be has not agreed to what is certain.
        assert!(DataLoss::PerhapsOsDisk < DataLoss::OsDisk);
        // A dedicated host has no start, and no disk of its own.
        let host = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/hostGroups/g/hosts/h";
        assert_eq!(DataLoss::of(&Machine::bare(host.parse().unwrap())), None);
        for loss in [DataLoss::PerhapsOsDisk, DataLoss::OsDisk] {
            assert_eq!(DataLoss::parse(loss.as_str()), Some(loss));
            assert_eq!(serde_json::to_value(loss).unwrap(), loss.as_str());
        }
    }
}
