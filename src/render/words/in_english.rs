//! The same sentences for pages and commands, which speak English until they have a reader's language.

use super::{loss, machine, outcome, settings, why};
use crate::domain::action::response::StartSummary;
use crate::domain::action::scope::Scope;
use crate::domain::data_loss::DataLoss;
use crate::domain::machine::Machine;
use crate::domain::reason::Reason;
use crate::domain::start_cautions::StartCaution;
use crate::domain::window::Impact;
use crate::words::Language;

const ENGLISH: Language = Language::En;

/// The language of these sentences, for the `lang` attribute.
pub(crate) const LANGUAGE: &str = ENGLISH.tag();

/// What speaks against starting the maintenance oneself.
pub fn caution_sentence(caution: &StartCaution) -> String {
    why::start_caution(ENGLISH, caution)
}

/// Why a recipient is notified.
pub fn reason_sentence(reason: &Reason) -> String {
    why::reason(ENGLISH, reason)
}

/// What a start loses.
pub fn loss_sentence(data_loss: DataLoss) -> String {
    loss::loss(ENGLISH, data_loss)
}

/// What `start` of `machine` loses and who agreed to that, or that nobody did; nothing where nothing is lost.
pub fn planned_loss(machine: &Machine, start: &StartSummary) -> Option<String> {
    loss::planned(ENGLISH, machine, start)
}

/// What the maintenance does to the machine.
pub(crate) fn impact(impact: &Impact) -> String {
    machine::impact(ENGLISH, impact)
}

/// Where a machine runs: `westeurope, zone 1`.
pub(crate) fn place(machine: &Machine) -> Option<String> {
    machine::place(ENGLISH, machine)
}

/// The subscription by its name, or by its id where the name could not be read; and its tenant, when that is another.
pub(crate) fn subscription(machine: &Machine) -> String {
    machine::subscription(ENGLISH, machine)
}

/// What something that was said reaches.
pub(crate) fn scope(scope: &Scope) -> String {
    settings::scope(ENGLISH, scope)
}

/// What lets a machine be started that Azure keeps from it, where that is not somebody with more rights.
pub(crate) fn hint(code: &str) -> Option<String> {
    outcome::hint(ENGLISH, code)
}
