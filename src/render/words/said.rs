//! What people said beyond one window: maintenance hours with where they come from, and what something reaches.

use chrono_tz::Tz;

use crate::domain::action::hours::{Ordered, Source};
use crate::domain::action::reach::Reach;

use super::super::foreign::one_line;
use super::super::times;
use super::NAME;

/// What it reaches.
pub(crate) fn reach(reach: &Reach) -> String {
    match reach {
        Reach::Machine { resource } => super::name(resource),
        Reach::Group { resource_group, .. } => {
            format!("the resource group {}", one_line(resource_group, NAME))
        }
        Reach::Everything => "everything of yours".to_owned(),
    }
}

/// The hours that a start was planned by, and where they come from.
pub(crate) fn ordered(ordered: &Ordered, zone: Tz) -> String {
    let sources: Vec<String> = ordered.sources.iter().map(|one| source(one, zone)).collect();
    let from = if sources.is_empty() { String::new() } else { format!(": {}", sources.join("; ")) };
    format!("{}{from}", one_line(&ordered.hours, 300))
}

/// Where hours come from.
pub(crate) fn source(source: &Source, zone: Tz) -> String {
    match source {
        Source::Page { of, by, reach, since } => {
            let by = one_line(by, NAME);
            let who = match one_line(of.as_str(), NAME) {
                of if by.eq_ignore_ascii_case(&of) => of,
                of => format!("{by} for {of}"),
            };
            let what = match reach {
                Reach::Machine { .. } => "this machine".to_owned(),
                Reach::Group { resource_group, .. } => {
                    format!("the resource group {}", one_line(resource_group, NAME))
                }
                Reach::Everything => "everything of theirs".to_owned(),
            };
            format!("{who} named them on {} for {what}", times::day(zone, *since))
        }
        Source::Tag { tag } => format!("the tag {} of the machine says so", one_line(tag, NAME)),
        Source::Configuration { of } => {
            format!("the configuration gives them for {}", one_line(of.as_str(), NAME))
        }
    }
}
