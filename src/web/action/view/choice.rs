//! A box to tick, or an entry to choose.

use serde::Serialize;

use super::choice_box::Choice;
use super::machines::MachineRow;

/// A machine that can be started, as a box to tick.
#[derive(Debug, Clone, Serialize)]
pub(super) struct StartChoice {
    pub(super) value: String,
    pub(super) label: String,
    /// What speaks against it: such a machine stands apart, and nothing is ticked for the reader.
    pub(super) against: Vec<String>,
    /// What a start loses, which needs a tick of its own.
    pub(super) loss: Option<Choice>,
}

/// How many planned starts one form calls off at most: each takes room in it.
pub(super) const CALLED_OFF: usize = 50;

/// A planned start that can be called off, as a box to tick.
#[derive(Debug, Clone, Serialize)]
pub(super) struct PlannedChoice {
    value: String,
    label: String,
    start: String,
}

/// The planned starts that can be called off.
pub(super) fn planned_choices(machines: &[MachineRow]) -> Vec<PlannedChoice> {
    let choices = machines.iter().filter_map(|machine| {
        let (value, label) = (machine.value.clone(), machine.name.clone());
        Some(PlannedChoice { value, label, start: machine.object.clone()? })
    });
    choices.take(CALLED_OFF).collect()
}

/// The machines as boxes to tick, those with nothing against them first.
pub(super) fn start_choices<'a>(machines: impl Iterator<Item = &'a MachineRow>) -> Vec<StartChoice> {
    let choices = machines.map(|machine| StartChoice {
        value: machine.value.clone(),
        label: machine.name.clone(),
        against: machine.against.clone(),
        loss: machine.loss.clone(),
    });
    let mut choices: Vec<StartChoice> = choices.collect();
    choices.sort_by_key(|choice| !choice.against.is_empty());
    choices
}

/// The machine as a box to tick.
pub(super) fn choice(machine: &MachineRow) -> Choice {
    Choice { value: machine.value.clone(), label: machine.name.clone() }
}
