//! What a machine is called, and where it runs.

use chrono::{DateTime, Utc};

use super::super::times;
use crate::domain::machine::Machine;
use crate::domain::resource::ResourceId;
use crate::domain::sanitize::one_line;
use crate::domain::time_zone::Tz;
use crate::domain::window::Impact;

/// The longest name that is shown whole. Azure's own limit for most names is below it.
pub(super) const NAME: usize = 90;

/// A machine's name.
pub(crate) fn name(id: &ResourceId) -> String {
    one_line(&id.display_name(), NAME)
}

/// The subscription by its name, or by its id where the name could not be read; and its tenant, when that is another.
pub(crate) fn subscription(machine: &Machine) -> String {
    let named = machine.subscription_name.as_deref().map(|name| one_line(name, NAME));
    let named = named
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| machine.id.subscription().as_str().to_owned());
    match &machine.tenant {
        Some(tenant) => format!("{named} in the tenant {}", one_line(tenant.display_name(), NAME)),
        None => named,
    }
}

/// Where a machine runs: `westeurope, zone 1`.
pub(crate) fn place(machine: &Machine) -> Option<String> {
    let region = machine.region.as_deref().map(|region| one_line(region, 40));
    let zones: Vec<String> = machine.zones.iter().map(|zone| one_line(zone, 10)).collect();
    let zones = match zones.as_slice() {
        [] => None,
        [one] => Some(format!("zone {one}")),
        several => Some(format!("zones {}", several.join(", "))),
    };
    match (region, zones) {
        (Some(region), Some(zones)) => Some(format!("{region}, {zones}")),
        (region, zones) => region.or(zones),
    }
}

/// What the maintenance does to the machine.
pub(crate) fn impact(impact: &Impact) -> String {
    match impact {
        Impact::Freeze => "Pause of a few seconds".to_owned(),
        Impact::Reboot => "Restart".to_owned(),
        Impact::Redeploy => "Restart on another host; the temporary disk is lost".to_owned(),
        Impact::Unknown => "Impact not stated by Azure".to_owned(),
        Impact::Other(word) => format!("Azure calls the impact “{}”", one_line(word, 60)),
    }
}

/// That a machine was not read for long, as a sentence.
pub(crate) fn last_read(read: DateTime<Utc>, zone: Tz) -> String {
    format!(
        "It was last read on {}: this is how it stood then, and what changed since is not known.",
        times::both(zone, read)
    )
}
