//! Why someone is notified, and what speaks against starting a maintenance oneself.

use super::machine::{NAME, name};
use crate::domain::advice::Advice;
use crate::domain::message_content::ContentItem;
use crate::domain::owner_tags::is_template;
use crate::domain::reason::Reason;
use crate::domain::refused_owner::RefusedOwner;
use crate::domain::sanitize::{list, one_line};
use crate::domain::tags::TagLevel;

/// Why a recipient is notified, as a sentence.
pub fn reason(reason: &Reason) -> String {
    match reason {
        Reason::Tag { tag, level, value } => format!(
            "The tag {} on {} names you (“{}”).",
            one_line(tag, NAME),
            place_of(*level),
            one_line(value, NAME)
        ),
        Reason::Manager { tag, level, of } => format!(
            "The tag {} on {} names {}, whose account is disabled, and you are their manager.",
            one_line(tag, NAME),
            place_of(*level),
            one_line(of, NAME)
        ),
        Reason::Member { tag, level, group } => format!(
            "The tag {} on {} names the group {}, of which you are a member.",
            one_line(tag, NAME),
            place_of(*level),
            one_line(group, NAME)
        ),
        Reason::Role { role, scope } => format!(
            "No tag and no route names an owner, and you have the role {} on {}.",
            role.as_str(),
            one_line(scope.rsplit('/').next().unwrap_or(scope), NAME)
        ),
        Reason::Route { number, matches } => {
            format!("Route {number} of the configuration matches ({}).", one_line(matches, 200))
        }
        Reason::Fallback { tried } => {
            let tried: Vec<String> = tried.iter().map(|step| one_line(step, 160)).collect();
            match tried.as_slice() {
                [] => "No owner was found, and you are the fallback.".to_owned(),
                steps => format!("No owner was found ({}), and you are the fallback.", steps.join("; ")),
            }
        }
        Reason::HandedOver { by, accepted: true } => {
            format!("{} handed it over to you, and you accepted.", one_line(by.as_str(), NAME))
        }
        Reason::HandedOver { by, accepted: false } => {
            let by = one_line(by.as_str(), NAME);
            format!("{by} asks you to take it over. Until you accept, {by} stays responsible.")
        }
        Reason::Declined { by } => {
            let names: Vec<String> = by.iter().map(|name| one_line(name.as_str(), NAME)).collect();
            format!(
                "{} said that it is not theirs, nobody else is named, and you are the fallback.",
                list(&names, 5)
            )
        }
        Reason::Escalated { from, step } => format!(
            "{} is responsible. You are turned to when nobody has responded {} before self-service ends.",
            one_line(from.as_str(), NAME),
            lead_time(*step)
        ),
        Reason::Undeliverable { instead_of, endpoint, error } => format!(
            "{} is responsible but could not be reached at {} ({}).",
            one_line(instead_of.as_str(), NAME),
            one_line(&endpoint.to_string(), NAME),
            one_line(error, 200)
        ),
    }
}

/// How long before something, in days or hours where that is whole.
fn lead_time(minutes: i64) -> String {
    let plural = |count: i64, unit: &str| format!("{count} {unit}{}", if count == 1 { "" } else { "s" });
    match minutes {
        days if days % (24 * 60) == 0 => plural(days / (24 * 60), "day"),
        hours if hours % 60 == 0 => plural(hours / 60, "hour"),
        minutes => plural(minutes, "minute"),
    }
}

/// Who else is notified, as a sentence that says who is named first.
pub(crate) fn others(item: &ContentItem) -> Option<String> {
    let mut names: Vec<String> = item.others.iter().map(|name| one_line(name.as_str(), NAME)).collect();
    let turned_to = item.reasons.iter().any(|reason| matches!(reason, Reason::Escalated { .. }));
    if let Some(first) = names.first_mut().filter(|_| !item.primary && !turned_to) {
        first.push_str(" (named first)");
    }
    let yourself = if item.primary { " You are named first." } else { "" };
    (!names.is_empty()).then(|| format!("Also told: {}.{yourself}", list(&names, 5)))
}

/// What speaks against starting the maintenance oneself, as a sentence or two.
pub fn advice(advice: &Advice) -> String {
    match advice {
        Advice::NoSelfService => "Azure lets nobody but itself start this one.".to_owned(),
        Advice::AvailabilitySet { set } => format!(
            "Member of the availability set {}: Azure takes one update domain at a time, with 30 minutes between \
             them. Better leave it to Azure.",
            name(set)
        ),
        Advice::Deallocated => {
            "Deallocated, so on no host. Starting the machine again may already end the maintenance."
                .to_owned()
        }
        Advice::Stopped => "Stopped: Azure refuses a start until the machine runs.".to_owned(),
        Advice::AutoShutdown => {
            "Shut down by a schedule: that can undo a maintenance you started, and interrupt \
                                 the machine twice. Better leave it to Azure."
                .to_owned()
        }
        Advice::EphemeralOsDisk => {
            "Its operating system disk lives on the host: starting the maintenance yourself wipes it."
                .to_owned()
        }
        Advice::UnknownOsDisk => {
            "Nobody could read where its operating system disk lives: if that is the host, starting the maintenance \
             yourself wipes it."
                .to_owned()
        }
        Advice::KubernetesNode => {
            "Node of a Kubernetes service: drain it there instead of starting the maintenance here."
                .to_owned()
        }
        Advice::OtherTenant { tenant } => format!(
            "Belongs to the tenant {}, in which nothing is started from here: start it in Azure’s portal, signed in \
             there.",
            one_line(tenant, NAME)
        ),
        Advice::ServiceFabricNode => {
            "Node of Service Fabric, for which Azure offers no self-service.".to_owned()
        }
    }
}

/// An owner who cannot be notified, as a sentence with a hint.
pub(crate) fn refused_owner(refused: &RefusedOwner) -> String {
    match refused {
        RefusedOwner::OutsideDomain { tag, level, address } => format!(
            "The tag {} on {} names {}, which is outside the allowed domains. Correct the tag, or add the domain to \
             owners.allowed_domains.",
            one_line(tag, NAME),
            place_of(*level),
            one_line(address.as_str(), NAME)
        ),
        RefusedOwner::Disabled { tag, level, value } => format!(
            "The tag {} on {} names “{}”, whose account is disabled, and no manager of theirs can be told. Name \
             somebody else in the tag.",
            one_line(tag, NAME),
            place_of(*level),
            one_line(value, NAME)
        ),
        RefusedOwner::NoMailbox { tag, level, value } => format!(
            "The tag {} on {} names “{}”, for whom the directory knows no mailbox. Name somebody who reads mail, or \
             a recipient of the configuration.",
            one_line(tag, NAME),
            place_of(*level),
            one_line(value, NAME)
        ),
        RefusedOwner::Several { tag, level, value } => format!(
            "The tag {} on {} says “{}”, and several in the directory are called that. Write an address.",
            one_line(tag, NAME),
            place_of(*level),
            one_line(value, NAME)
        ),
        RefusedOwner::NotAnAddress { tag, level, value } if is_template(value) => format!(
            "The tag {} on {} says “{}”, a template that nobody filled in. Correct the tag, and whatever writes it.",
            one_line(tag, NAME),
            place_of(*level),
            one_line(value, NAME)
        ),
        RefusedOwner::NotAnAddress { tag, level, value } => format!(
            "The tag {} on {} says “{}”, which is neither an address nor a recipient of the configuration. Correct \
             the tag, or name such a recipient.",
            one_line(tag, NAME),
            place_of(*level),
            one_line(value, NAME)
        ),
    }
}

/// What speaks against a start, as long as there is something left to start.
pub(crate) fn against(item: &ContentItem) -> Vec<String> {
    let still = still_concerns(item);
    item.advice.iter().filter(|_| still).map(advice).collect()
}

/// Whether something is left to happen that concerns the recipient. Otherwise the last status would mislead.
pub(crate) fn still_concerns(item: &ContentItem) -> bool {
    item.ended.is_none() && item.withdrawn.is_none() && !item.window.is_over()
}

fn place_of(level: TagLevel) -> &'static str {
    match level {
        TagLevel::Resource => "the resource itself",
        TagLevel::ScaleSet => "its scale set",
        TagLevel::ResourceGroup => "its resource group",
        TagLevel::Subscription => "its subscription",
    }
}
