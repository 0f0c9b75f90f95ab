//! The calendar entry of a mail: one iCalendar object (RFC 5545), with the method that RFC 5546 wants.
//!
//! It also carries the `X-MAINTNOTE-…` properties that network operators use for maintenance notes, so that their
//! tools read ours without being taught.

use chrono::{DateTime, TimeDelta, Utc};
use icalendar::{Alarm, Calendar, Class, Component, Event, EventLike, EventStatus, Property};

use super::deployment::DeploymentInfo;
use super::error::RenderError;
use super::rendered_mail::CalendarPart;
use super::words::content::reader;
use super::{times, words};
use crate::domain::calendar_entry::{CalendarEntry, CalendarMethod};
use crate::domain::email_address::EmailAddress;
use crate::domain::message_content::MessageContent;
use crate::domain::resource::ResourceId;
use crate::domain::sanitize::one_line;
use crate::domain::window::{Impact, WindowId};
use crate::words::{self as catalogue, Language, Locale};

/// How many machines an entry names.
const NAMED: usize = 8;

/// The calendar object of a mail to `to`, if one goes with it: never more than one, since mail programs take updates from
/// the mail itself and from nothing that is attached.
pub(super) fn of_mail(
    content: &MessageContent,
    deployment: &DeploymentInfo,
    to: &EmailAddress,
) -> Result<Option<CalendarPart>, RenderError> {
    if is_to_organizer(deployment, to) {
        return Ok(None);
    }
    // Earlier versions bound several to one message.
    let request = content.calendar.iter().find(|entry| entry.method == CalendarMethod::Request);
    let entry = request.or(content.calendar.first());
    entry.map(|entry| part(entry, content, deployment, to)).transpose()
}

/// Whether a mail goes to the address that it comes from: no calendar takes an invitation from oneself.
pub(super) fn is_to_organizer(deployment: &DeploymentInfo, to: &EmailAddress) -> bool {
    deployment.from.address == *to
}

fn part(
    entry: &CalendarEntry,
    content: &MessageContent,
    deployment: &DeploymentInfo,
    to: &EmailAddress,
) -> Result<CalendarPart, RenderError> {
    let language = reader(content).language;
    let cancelled = entry.method == CalendarMethod::Cancel;
    let mut event = Event::with_uid(&one_line(&entry.uid, 200));
    event
        .sequence(entry.sequence)
        .timestamp(content.frozen_at)
        .starts(entry.start)
        .ends(entry.end)
        .summary(&summary(entry, true, language))
        .description(&description(entry, content))
        .class(Class::Public)
        .status(if cancelled { EventStatus::Cancelled } else { EventStatus::Confirmed })
        .add_property("TRANSP", "TRANSPARENT")
        .add_property("X-MICROSOFT-CDO-BUSYSTATUS", "FREE")
        .add_property("X-MICROSOFT-DISALLOW-COUNTER", "TRUE")
        .append_property(organizer(deployment))
        .append_multi_property(attendee(to));
    maintenance_note(&mut event, entry, content);
    if !cancelled {
        event.alarm(alarm(entry, content.frozen_at, language));
    }
    let method = match entry.method {
        CalendarMethod::Request => "REQUEST",
        CalendarMethod::Cancel => "CANCEL",
    };
    let mut calendar = Calendar::empty();
    calendar
        .append_property(("VERSION", "2.0"))
        .append_property(("PRODID", "-//maintenance-notifier//EN"))
        .append_property(("CALSCALE", "GREGORIAN"))
        .append_property(("METHOD", method))
        .push(event.done());
    let text: String = (&calendar).try_into().map_err(|_| RenderError::Calendar)?;
    Ok(CalendarPart { method: entry.method, text: folded(&without_invented_lines(&text)) })
}

/// The library gives an alarm the present time and a random identity, as it gives every component that has none.
/// RFC 5545 knows neither in an alarm, and a message has to be the same every time it is rendered.
fn without_invented_lines(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut in_alarm = false;
    for line in text.split_inclusive("\r\n") {
        in_alarm = match line {
            "BEGIN:VALARM\r\n" => true,
            "END:VALARM\r\n" => false,
            _ => in_alarm,
        };
        let invented = in_alarm && (line.starts_with("DTSTAMP:") || line.starts_with("UID:"));
        if !invented {
            kept.push_str(line);
        }
    }
    kept
}

/// The longest content line that RFC 5545 allows, in bytes without its end.
const LONGEST_LINE: usize = 75;

/// The same lines, folded anew: the library counts before it escapes, and lets a line grow too long.
pub(super) fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len() + 64);
    for line in text.replace("\r\n ", "").split_terminator("\r\n") {
        let mut length = 0;
        let mut characters = line.chars();
        while let Some(character) = characters.next() {
            // An escape stays whole, for readers that unfold last.
            let escaped = if character == '\\' { characters.next() } else { None };
            let needed = character.len_utf8() + escaped.map_or(0, char::len_utf8);
            if length + needed > LONGEST_LINE {
                folded.push_str("\r\n ");
                length = 1;
            }
            folded.push(character);
            folded.extend(escaped);
            length += needed;
        }
        folded.push_str("\r\n");
    }
    folded
}

fn names(windows: &[WindowId]) -> Vec<String> {
    windows.iter().map(|window| words::name(&window.resource)).collect()
}

/// The title of an entry: a single machine by its name where it may be `named`.
pub(super) fn summary(entry: &CalendarEntry, named: bool, language: Language) -> String {
    let names = names(&entry.windows);
    let whom = match names.as_slice() {
        [one] if named => one.clone(),
        several => catalogue::machines(language, several.len()),
    };
    match (entry.method, entry.self_service) {
        (CalendarMethod::Cancel, _) => catalogue::calendar_cancelled(language, &whom),
        (CalendarMethod::Request, _) if entry.planned && !entry.loses.is_empty() => {
            catalogue::calendar_planned_loss(language, &whom)
        }
        (CalendarMethod::Request, _) if entry.planned => catalogue::calendar_planned(language, &whom),
        (CalendarMethod::Request, true) => catalogue::calendar_last_chance(language, &whom),
        (CalendarMethod::Request, false) => catalogue::calendar_may_begin(language, &whom),
    }
}

fn description(entry: &CalendarEntry, content: &MessageContent) -> String {
    let reader = reader(content);
    let details = catalogue::calendar_details(reader.language);
    let story = [Some(story(entry, reader)), loss(entry, reader.language)];
    let story = story.into_iter().flatten().collect::<Vec<_>>().join(" ");
    [story, machines(entry, reader.language), details].join("\n\n")
}

/// What happens at that time.
pub(super) fn story(entry: &CalendarEntry, reader: Locale) -> String {
    let language = reader.language;
    let both = |moment| times::both(reader, moment);
    match (entry.method, entry.self_service) {
        (CalendarMethod::Cancel, _) => catalogue::calendar_nothing(language),
        (CalendarMethod::Request, _) if entry.planned => {
            catalogue::calendar_begins(language, &both(entry.start))
        }
        (CalendarMethod::Request, true) => catalogue::calendar_self_service(language, &both(entry.end)),
        (CalendarMethod::Request, false) => catalogue::calendar_azure(language, &both(entry.start)),
    }
}

/// Which of the machines lose data, as a sentence.
pub(super) fn loss(entry: &CalendarEntry, language: Language) -> Option<String> {
    let losing: Vec<&ResourceId> = entry.loses.iter().map(|window| &window.resource).collect();
    words::loss::of_machines(&losing, language).filter(|_| entry.method == CalendarMethod::Request)
}

/// The machines, one a line.
pub(super) fn machines(entry: &CalendarEntry, language: Language) -> String {
    let mut lines = Vec::new();
    for window in entry.windows.iter().take(NAMED) {
        lines.push(format!(
            "- {} ({})",
            words::name(&window.resource),
            one_line(window.resource.resource_group(), 90)
        ));
    }
    if entry.windows.len() > NAMED {
        lines.push(format!("- {}", catalogue::more_machines(language, entry.windows.len() - NAMED)));
    }
    lines.join("\n")
}

/// The sender's real mailbox, so that an answer finds someone.
fn organizer(deployment: &DeploymentInfo) -> Property {
    let mut property = Property::new("ORGANIZER", format!("mailto:{}", deployment.from.address));
    if let Some(name) = &deployment.from.name {
        property.add_parameter("CN", &parameter(name));
    }
    property.done()
}

/// The recipient, from whom no answer is expected. An entry that nobody has answered yet says so: what the recipient
/// has not accepted is not written down as accepted.
fn attendee(to: &EmailAddress) -> Property {
    Property::new("ATTENDEE", format!("mailto:{to}"))
        .add_parameter("CUTYPE", "INDIVIDUAL")
        .add_parameter("ROLE", "OPT-PARTICIPANT")
        .add_parameter("PARTSTAT", "NEEDS-ACTION")
        .add_parameter("RSVP", "FALSE")
        .done()
}

/// A parameter's value cannot hold a quotation mark in any form.
fn parameter(text: &str) -> String {
    one_line(text, 120).replace('"', "'")
}

/// A day's notice where something can be done and a day is left, an hour's where it only happens.
fn alarm(entry: &CalendarEntry, now: DateTime<Utc>, language: Language) -> Alarm {
    let day = TimeDelta::days(1);
    let (before, written) = if entry.self_service && now + day < entry.start {
        (day, "-P1D")
    } else {
        (TimeDelta::hours(1), "-PT1H")
    };
    // The library writes every duration in seconds, which some calendars show as they read it.
    Alarm::display(&summary(entry, true, language), -before).append_property(("TRIGGER", written)).done()
}

fn maintenance_note(event: &mut Event, entry: &CalendarEntry, content: &MessageContent) {
    let mut accounts: Vec<String> =
        entry.windows.iter().map(|window| window.resource.subscription().as_str().to_owned()).collect();
    accounts.sort();
    accounts.dedup();
    let impacts: Vec<&Impact> = content
        .items
        .iter()
        .filter(|item| entry.windows.contains(&item.window.id))
        .map(|item| &item.window.impact)
        .collect();
    let only_pauses = !impacts.is_empty() && impacts.iter().all(|impact| **impact == Impact::Freeze);
    let status = match entry.method {
        CalendarMethod::Cancel => "CANCELLED",
        CalendarMethod::Request => "CONFIRMED",
    };
    event
        .add_property("X-MAINTNOTE-PROVIDER", "azure.microsoft.com")
        .add_property("X-MAINTNOTE-ACCOUNT", accounts.join(" "))
        .add_property("X-MAINTNOTE-MAINTENANCE-ID", one_line(&entry.uid, 200))
        .add_property("X-MAINTNOTE-IMPACT", if only_pauses { "DEGRADED" } else { "OUTAGE" })
        .add_property("X-MAINTNOTE-STATUS", status);
    for window in &entry.windows {
        event.append_multi_property(Property::new(
            "X-MAINTNOTE-OBJECT-ID",
            one_line(window.resource.as_str(), 2048),
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_has_more_than_75_octets_wherever_a_fold_meets_an_escape() {
        for lead in 0..80 {
            let line = format!("X:{}{}\r\n", "a".repeat(lead), "\\nä\\,".repeat(40));
            let folded = folded(&line);
            assert!(folded.split("\r\n").all(|line| line.len() <= 75), "{folded}");
            assert_eq!(folded.replace("\r\n ", ""), line);
            assert!(!folded.contains("\\\r\n"), "{folded}");
        }
    }
}
