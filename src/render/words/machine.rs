//! What a machine is called, and where it runs.

use chrono::{DateTime, Utc};

use super::super::times;
use crate::domain::machine::Machine;
use crate::domain::resource::{ResourceId, ResourceKind};
use crate::domain::sanitize::one_line;
use crate::domain::window::Impact;
use crate::words::{self, Language, Locale};

/// The longest name that is shown whole. Azure's own limit for most names is below it.
pub(super) const NAME: usize = 90;

/// A machine's name.
pub(crate) fn name(id: &ResourceId) -> String {
    one_line(&id.display_name(), NAME)
}

/// A kind of resource, counted.
pub(crate) fn counted(language: Language, count: usize, kinds: impl Iterator<Item = ResourceKind>) -> String {
    let mut kinds = kinds.peekable();
    let hosts = kinds.peek().is_some() && kinds.all(|kind| kind == ResourceKind::DedicatedHost);
    if hosts { words::hosts(language, count) } else { words::machines(language, count) }
}

/// The subscription by its name, or by its id where the name could not be read; and its tenant, when that is another.
pub(crate) fn subscription(language: Language, machine: &Machine) -> String {
    let named = machine.subscription_name.as_deref().map(|name| one_line(name, NAME));
    let named = named
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| machine.id.subscription().as_str().to_owned());
    match &machine.tenant {
        Some(tenant) => words::place_tenant(language, &named, &one_line(tenant.display_name(), NAME)),
        None => named,
    }
}

/// Where a machine runs: `westeurope, zone 1`.
pub(crate) fn place(language: Language, machine: &Machine) -> Option<String> {
    let region = machine.region.as_deref().map(|region| one_line(region, 40));
    let zones: Vec<String> = machine.zones.iter().map(|zone| one_line(zone, 10)).collect();
    let zones = match zones.as_slice() {
        [] => None,
        [one] => Some(words::place_zone(language, one)),
        several => Some(words::place_zones(language, &several.join(", "))),
    };
    match (region, zones) {
        (Some(region), Some(zones)) => Some(format!("{region}, {zones}")),
        (region, zones) => region.or(zones),
    }
}

/// What the maintenance does to the machine.
pub(crate) fn impact(language: Language, impact: &Impact) -> String {
    let word = match impact {
        Impact::Freeze => "freeze",
        Impact::Reboot => "reboot",
        Impact::Redeploy => "redeploy",
        Impact::Unknown => "unknown",
        Impact::Other(word) => return words::impact_other(language, &one_line(word, 60)),
    };
    words::impact(language, word)
}

/// That a machine was not read for long, as a sentence.
pub(crate) fn last_read(read: DateTime<Utc>, reader: impl Into<Locale>) -> String {
    let reader = reader.into();
    words::last_read(reader.language, &times::both(reader, read))
}
