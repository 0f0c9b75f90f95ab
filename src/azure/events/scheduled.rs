//! `ScheduledEventEmitted`: the feed of scheduled events, with the names and casings that it was seen with.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::envelope::EventEnvelope;
use super::event::{Event, short};
use crate::azure::time::parse_timestamp;
use crate::domain::imminent::ScheduledEventNotice;
use crate::domain::resource::ResourceId;
use crate::domain::scheduled_event::ScheduledEvent;
use crate::domain::window::Impact;
use crate::http::json::{at, field, text_at, texts};

/// More machines than this in one event are no longer one event's.
const MOST_NAMES: usize = 1000;

/// The documentation's table names this type where its sample names another.
pub(super) fn is_documented_type(kind: &str) -> bool {
    kind.eq_ignore_ascii_case("microsoft.maintenance/scheduledevents/write")
}

pub(super) fn read(envelope: &EventEnvelope<'_>) -> Result<Event, String> {
    let info = field(envelope.data, "resourceInfo").ok_or("it has no `data.resourceInfo`")?;
    let properties = at(info, &["properties"]).ok_or("it has no `data.resourceInfo.properties`")?;
    let ids: Vec<&str> = text_at(info, &["id"]).into_iter().chain(envelope.subject).collect();
    match notice_of(properties, &ids, envelope.at)? {
        Some(notice) => {
            let event = ScheduledEvent { heard: Some(envelope.heard), ..notice.event };
            Ok(Event::Scheduled(ScheduledEventNotice { event, ..notice }))
        }
        // Kubernetes clusters send their upgrades on the same topic.
        None => Ok(Event::Other("scheduled event of something else".to_owned())),
    }
}

/// What `properties` of a scheduled event say, wherever they stand: in an event, or in a row of Resource Graph. `ids` are
/// those that may name the machine. `None` when it is not about machines.
pub(in crate::azure) fn notice_of(
    properties: &Value,
    ids: &[&str],
    at: DateTime<Utc>,
) -> Result<Option<ScheduledEventNotice>, String> {
    let property = |name: &str| text_at(properties, &[name]);
    let kind = property("ResourceType").ok_or("it has no `ResourceType`")?;
    if !kind.eq_ignore_ascii_case("VirtualMachine") {
        return Ok(None);
    }
    let id = property("EventId").ok_or("it has no `EventId`")?;
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
    if id.len() > 100 || !id.chars().all(is_plain) {
        return Err("its `EventId` is none that Azure gives".to_owned());
    }
    let word = property("EventType").ok_or("it has no `EventType`")?;
    // What is known in part counts: Azure is asked about the machine anyway before anybody hears of a date.
    let not_before = property("NotBefore").and_then(moment);
    let (scheduled, over) = match property("EventStatus").map(Status::of) {
        Some(Status::Scheduled) => (true, false),
        Some(Status::Started) => (false, false),
        Some(Status::Over) => (false, true),
        None | Some(Status::Unknown) => (not_before.is_some_and(|begins| begins > at), false),
    };
    let names = texts(field(properties, "Resources"));
    if names.len() > MOST_NAMES {
        return Err(format!("it names {} machines; {MOST_NAMES} are believed", names.len()));
    }
    let event = ScheduledEvent {
        id: id.to_ascii_lowercase(),
        impact: impact(word),
        by_azure: !property("EventSource").is_some_and(|source| source.eq_ignore_ascii_case("User")),
        not_before,
        seconds: field(properties, "DurationInSeconds").and_then(seconds),
        at,
        scheduled,
        over,
        heard: None,
        confirmed: None,
    };
    Ok(Some(ScheduledEventNotice { event, about: about(ids)?, names }))
}

/// How far an event is.
enum Status {
    Scheduled,
    Started,
    Over,
    Unknown,
}

impl Status {
    /// By the words that are documented, and those near them that other services of Azure use.
    fn of(word: &str) -> Self {
        let word: String =
            word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        let begins = |with: &[&str]| with.iter().any(|with| word.starts_with(with));
        if begins(&["schedul", "pending", "announced", "planned"]) {
            Self::Scheduled
        } else if begins(&["start", "inprogress", "ongoing", "running", "active"]) {
            Self::Started
        } else if begins(&["complet", "cancel", "finish", "succe", "ended", "resolved", "abort"]) {
            Self::Over
        } else {
            Self::Unknown
        }
    }
}

fn impact(word: &str) -> Impact {
    match word.to_ascii_lowercase().as_str() {
        "freeze" => Impact::Freeze,
        "reboot" => Impact::Reboot,
        "redeploy" => Impact::Redeploy,
        _ => Impact::Other(short(word)),
    }
}

/// How long it takes, as a number or as its digits. `-1` says that nobody knows, and more than a day is no answer.
fn seconds(value: &Value) -> Option<u32> {
    let number = value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())?;
    u32::try_from(number).ok().filter(|seconds| (1..=24 * 60 * 60).contains(seconds))
}

/// RFC 1123, as documented, or what the host made of it: it formats anew whatever looks like a date. None where it cannot
/// be told for sure, such as a date without a word for its zone that only one country writes so.
fn moment(text: &str) -> Option<DateTime<Utc>> {
    // The documentation's own sample gives a date the wrong day of the week, so that is not looked at.
    let without_day = text.split_once(", ").map_or(text, |(_, rest)| rest).trim();
    let zone = without_day.trim_end_matches("UTC").trim_end_matches("GMT").trim_end();
    let with_zone = format!("{zone} +0000");
    let by_mail = if zone.len() < without_day.len() { with_zone.as_str() } else { without_day };
    if let Ok(moment) = DateTime::parse_from_rfc2822(by_mail) {
        return parse_timestamp(&moment.to_utc().to_rfc3339()).ok().flatten();
    }
    parse_timestamp(&zone.replacen(' ', "T", 1)).or_else(|_| parse_timestamp(text)).ok().flatten()
}

/// The machine or scale set: the event's own id or its subject, without the event itself at its end.
fn about(ids: &[&str]) -> Result<ResourceId, String> {
    let mut problem = "neither `data.resourceInfo.id` nor `subject` is there".to_owned();
    for id in ids {
        let folded = id.to_ascii_lowercase();
        let end = folded.find("/providers/microsoft.maintenance/").unwrap_or(id.len());
        match ResourceId::parse(id.get(..end).unwrap_or(id)) {
            Ok(id) => return Ok(id),
            Err(error) => problem = error.to_string(),
        }
    }
    Err(problem)
}
