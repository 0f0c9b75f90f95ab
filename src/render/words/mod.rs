//! Every sentence that a message says and a template does not: the one place where another language would go.
//!
//! [`subject`] has the lines that stand alone, [`story`] what happens to a group of machines, [`acts`] what people did
//! about one, [`settings`] the hours that a start was planned by, [`prior_notifications`] what others were told, [`forecast`] what happens
//! if nobody does anything, [`summary`] how things stand for those who watch, [`drill`] what a fire drill says,
//! [`why`] why someone is told and what speaks against a start, [`operator_alert`] what an operator should look at. Foreign
//! text enters a sentence only through [`one_line`].

pub(super) mod coverage;
pub(super) mod drill;
mod forecast;
pub(super) mod operator_alert;
pub(super) mod prior_notifications;
pub(super) mod responses;
pub(super) mod settings;
pub(super) mod story;
pub(super) mod subject;
pub(super) mod summary;
pub(super) mod why;

use crate::domain::machine::Machine;
use crate::domain::message::{ActionLink, ContentItem, MessageContent, MessageKind};
use crate::domain::resource::{ResourceId, ResourceKind};
use crate::domain::stage::Stage;
use crate::domain::window::{Impact, LastResult};

use super::sanitize::one_line;

pub use forecast::coming;
pub(crate) use forecast::overlap;
pub use responses::responses;
pub(crate) use settings::{ordered, scope, source};
pub use why::{advice, reason};

/// The language of these sentences, for the `lang` attribute.
pub(crate) const LANGUAGE: &str = "en";

/// The longest name that is shown whole. Azure's own limit for most names is below it.
const NAME: usize = 90;

/// During a pilot: whom a message was meant for.
pub(super) fn diverted(content: &MessageContent) -> String {
    let recipient = one_line(content.recipient.as_str(), NAME);
    format!(
        "This message was meant for {recipient}. It comes to you because the notifier is in its pilot phase."
    )
}

/// What the button says that leads to the page where one can respond.
pub(super) fn respond(kind: MessageKind, link: &ActionLink) -> &'static str {
    if kind == MessageKind::Drill {
        drill::CONFIRM
    } else if link.starts {
        "Choose when, or answer"
    } else {
        "Answer"
    }
}

/// What can be done on the page behind the button, as a sentence.
pub(super) fn what_to_respond(kind: MessageKind, link: &ActionLink) -> &'static str {
    if kind == MessageKind::Drill {
        drill::WHAT_IT_DOES
    } else if link.starts {
        "There you can start the maintenance now or at a time of your choosing, acknowledge it, be reminded later or \
         hand it over. Opening it starts nothing."
    } else {
        "There you can acknowledge it, be reminded later or hand it over."
    }
}

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

/// The status in the portal's words, with what Azure answered to the last start.
pub(super) fn status(item: &ContentItem) -> String {
    let facts = &item.window.facts;
    match &facts.last_result {
        LastResult::Other(code) => format!("{} (Azure: {})", facts.status(), one_line(code, 60)),
        _ => facts.status().to_string(),
    }
}

/// What Azure said of the last start, where that is worth reading.
pub(super) fn last_message(item: &ContentItem) -> Option<String> {
    let worth = item.stages.iter().any(|stage| matches!(stage, Stage::Failed | Stage::Skipped));
    let message = item
        .window
        .facts
        .last_message
        .as_deref()
        // The outcome of a start that we followed says it already.
        .filter(|_| worth && item.actions.last_settled().is_none())
        .map(|message| one_line(message, 300))
        .filter(|message| !message.is_empty())?;
    Some(format!("Azure says of the last start: “{message}”"))
}

/// The news in one or two words, as a label.
pub(super) fn label(stage: Stage) -> &'static str {
    match stage {
        Stage::Announced => "New",
        Stage::Rescheduled => "New dates",
        Stage::SelfServiceOpen => "Open now",
        Stage::Reminder => "Reminder",
        Stage::Escalated => "No response",
        Stage::SelfServiceClosed => "Self-service over",
        Stage::ScheduledSoon => "Coming soon",
        Stage::ScheduledOpen => "Azure’s turn",
        Stage::Imminent => "Within minutes",
        Stage::Planned => "Planned start",
        Stage::CalledOff => "Start called off",
        Stage::Started => "Under way",
        Stage::Completed => "Done",
        Stage::Skipped => "Skipped",
        Stage::Failed => "Start failed",
        Stage::Cancelled => "Cancelled",
        Stage::NoLongerPlanned => "No longer planned",
        Stage::Reassigned => "No longer yours",
        Stage::HandedBack => "Still yours",
    }
}

/// A kind of resource, counted.
pub(super) fn counted(count: usize, kinds: impl Iterator<Item = ResourceKind>) -> String {
    let hosts = {
        let mut kinds = kinds.peekable();
        kinds.peek().is_some() && kinds.all(|kind| kind == ResourceKind::DedicatedHost)
    };
    match (count, hosts) {
        (1, true) => "1 dedicated host".to_owned(),
        (1, false) => "1 machine".to_owned(),
        (n, true) => format!("{n} dedicated hosts"),
        (n, false) => format!("{n} machines"),
    }
}

/// `1 machine`, `3 machines`.
pub(super) fn machines(count: usize) -> String {
    plural(count, "machine", "machines")
}

/// A number with the form of the word that goes with it.
pub(super) fn plural(count: usize, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}

/// One of two words, by number.
pub(super) fn choose<'a>(count: usize, one: &'a str, several: &'a str) -> &'a str {
    if count == 1 { one } else { several }
}

/// `text` with its first letter as a capital.
fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}
