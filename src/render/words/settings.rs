//! What people said beyond one window: maintenance hours with where they come from, and what something reaches.

use super::super::times;
use super::machine::{NAME, name};
use crate::domain::action::hours::{HoursSource, OrderedHours};
use crate::domain::action::scope::Scope;
use crate::domain::sanitize::one_line;
use crate::words::{self, Language, Locale};

/// What it reaches.
pub(crate) fn scope(language: Language, scope: &Scope) -> String {
    match scope {
        Scope::Machine { resource, .. } => name(resource),
        Scope::Group { resource_group, .. } => words::scope_group(language, &one_line(resource_group, NAME)),
        Scope::Everything => words::scope_everything(language),
    }
}

/// The hours that a start was planned by, and where they come from.
pub(crate) fn ordered(ordered: &OrderedHours, reader: impl Into<Locale>) -> String {
    let reader = reader.into();
    let hours = one_line(&ordered.hours, 300);
    let sources: Vec<String> = ordered.sources.iter().map(|one| source(one, reader)).collect();
    match sources.as_slice() {
        [] => hours,
        sources => words::hours_from(reader.language, &hours, &sources.join("; ")),
    }
}

/// Where hours come from.
pub(crate) fn source(source: &HoursSource, reader: impl Into<Locale>) -> String {
    let reader = reader.into();
    let language = reader.language;
    match source {
        HoursSource::Page { of, by, scope, since } => {
            let by = one_line(by, NAME);
            let who = match one_line(of.as_str(), NAME) {
                of if by.eq_ignore_ascii_case(&of) => of,
                of => words::source_for(language, &by, &of),
            };
            let what = match scope {
                Scope::Machine { .. } => words::scope_this(language),
                Scope::Group { resource_group, .. } => {
                    words::scope_group(language, &one_line(resource_group, NAME))
                }
                Scope::Everything => words::scope_everything_theirs(language),
            };
            words::source_page(language, &times::day(reader, *since), &what, &who)
        }
        HoursSource::Tag { tag } => words::source_tag(language, &one_line(tag, NAME)),
        HoursSource::Configuration { of } => {
            words::source_configuration(language, &one_line(of.as_str(), NAME))
        }
    }
}
