//! A box to tick, or an entry to choose.

use serde::Serialize;

use super::machines::MachineRow;

/// A value and what stands beside it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) label: String,
}

/// The machine as a box to tick.
pub(super) fn choice(machine: &MachineRow) -> Choice {
    Choice { value: machine.value.clone(), label: machine.name.clone() }
}
