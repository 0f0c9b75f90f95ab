//! The dates of a recipient as a feed: an iCalendar object that calendars ask for again and again, and an Atom feed.
//!
//! Nothing in it is of the moment at which it is asked for, so that the same dates are the same bytes.

use chrono::{DateTime, SecondsFormat, Utc};
use icalendar::{Calendar, Class, Component, Event, EventLike, EventStatus, Property};
use serde::Serialize;

use super::error::RenderError;
use super::{calendar, templates};
use crate::domain::calendar_entry::FeedEntry;
use crate::words::{self as catalogue, Locale};

/// What a feed is made of.
#[derive(Debug, Clone, Copy)]
pub struct Feed<'a> {
    pub entries: &'a [FeedEntry],
    pub reader: Locale,
    /// Whether machines are named.
    pub named: bool,
    /// Stands for the feed among others.
    pub id: &'a str,
    /// Since when the feed has its address.
    pub since: DateTime<Utc>,
}

impl Feed<'_> {
    fn description(&self, one: &FeedEntry) -> String {
        let language = self.reader.language;
        let story = calendar::story(&one.entry, self.reader);
        let rest = match self.named {
            true => [calendar::loss(&one.entry, language), Some(calendar::machines(&one.entry, language))],
            false => [None, Some(catalogue::feed_where(language))],
        };
        [Some(story)].into_iter().chain(rest).flatten().collect::<Vec<_>>().join("\n\n")
    }

    fn summary(&self, one: &FeedEntry) -> String {
        calendar::summary(&one.entry, self.named, self.reader.language)
    }
}

/// The feed as an iCalendar object (RFC 5545, with the properties of RFC 7986 that calendars refresh by).
///
/// # Errors
/// When the library cannot write it.
pub fn as_calendar(feed: &Feed<'_>) -> Result<String, RenderError> {
    let title = catalogue::feed_title(feed.reader.language);
    let mut object = Calendar::empty();
    object
        .append_property(("VERSION", "2.0"))
        .append_property(("PRODID", "-//maintenance-notifier//EN"))
        .append_property(("CALSCALE", "GREGORIAN"))
        .append_property(("METHOD", "PUBLISH"))
        .append_property(("NAME", title.as_str()))
        .append_property(("X-WR-CALNAME", title.as_str()))
        .append_property(Property::new("REFRESH-INTERVAL", "PT1H").add_parameter("VALUE", "DURATION").done())
        .append_property(("X-PUBLISHED-TTL", "PT1H"));
    for one in feed.entries {
        let mut event = Event::with_uid(&one.entry.uid);
        event
            .timestamp(one.changed)
            .starts(one.entry.start)
            .ends(one.entry.end)
            .summary(&feed.summary(one))
            .description(&feed.description(one))
            .class(Class::Private)
            .status(EventStatus::Confirmed)
            .add_property("TRANSP", "TRANSPARENT")
            .add_property("X-MICROSOFT-CDO-BUSYSTATUS", "FREE");
        object.push(event.done());
    }
    let text: String = (&object).try_into().map_err(|_| RenderError::Calendar)?;
    Ok(calendar::folded(&text))
}

#[derive(Serialize)]
struct AtomView {
    language: &'static str,
    id: String,
    title: String,
    updated: String,
    entries: Vec<AtomEntry>,
}

#[derive(Serialize)]
struct AtomEntry {
    id: String,
    title: String,
    updated: String,
    text: String,
}

/// The feed in Atom (RFC 4287).
///
/// # Errors
/// When the template cannot be filled.
pub fn as_atom(feed: &Feed<'_>) -> Result<String, RenderError> {
    let written = |moment: DateTime<Utc>| moment.to_rfc3339_opts(SecondsFormat::Secs, true);
    let entry = |one: &FeedEntry| AtomEntry {
        id: format!("urn:uuid:{}", one.entry.uid),
        title: feed.summary(one),
        updated: written(one.changed),
        text: feed.description(one),
    };
    let newest = feed.entries.iter().map(|one| one.changed).max();
    let view = AtomView {
        language: feed.reader.language.tag(),
        id: format!("urn:maintenance-notifier:{}", feed.id),
        title: catalogue::feed_title(feed.reader.language),
        updated: written(newest.unwrap_or(feed.since)),
        entries: feed.entries.iter().map(entry).collect(),
    };
    templates::fill("feed.xml", &view)
}
