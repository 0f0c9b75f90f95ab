//! What people said beyond one window: maintenance hours with where they come from, and what something reaches.

use crate::domain::time_zone::Tz;

use super::super::times;
use super::machine::NAME;
use crate::domain::action::hours::{HoursSource, OrderedHours};
use crate::domain::action::scope::Scope;
use crate::domain::sanitize::one_line;

/// What it reaches.
pub(crate) fn scope(scope: &Scope) -> String {
    match scope {
        Scope::Machine { resource, .. } => crate::render::words::machine::name(resource),
        Scope::Group { resource_group, .. } => {
            format!("the resource group {}", one_line(resource_group, NAME))
        }
        Scope::Everything => "everything of yours".to_owned(),
    }
}

/// The hours that a start was planned by, and where they come from.
pub(crate) fn ordered(ordered: &OrderedHours, zone: Tz) -> String {
    let sources: Vec<String> = ordered.sources.iter().map(|one| source(one, zone)).collect();
    let from = if sources.is_empty() { String::new() } else { format!(": {}", sources.join("; ")) };
    format!("{}{from}", one_line(&ordered.hours, 300))
}

/// Where hours come from.
pub(crate) fn source(source: &HoursSource, zone: Tz) -> String {
    match source {
        HoursSource::Page { of, by, scope, since } => {
            let by = one_line(by, NAME);
            let who = match one_line(of.as_str(), NAME) {
                of if by.eq_ignore_ascii_case(&of) => of,
                of => format!("{by} for {of}"),
            };
            let what = match scope {
                Scope::Machine { .. } => "this machine".to_owned(),
                Scope::Group { resource_group, .. } => {
                    format!("the resource group {}", one_line(resource_group, NAME))
                }
                Scope::Everything => "everything of theirs".to_owned(),
            };
            format!("{who} named them on {} for {what}", times::day(zone, *since))
        }
        HoursSource::Tag { tag } => format!("the tag {} of the machine says so", one_line(tag, NAME)),
        HoursSource::Configuration { of } => {
            format!("the configuration gives them for {}", one_line(of.as_str(), NAME))
        }
    }
}
