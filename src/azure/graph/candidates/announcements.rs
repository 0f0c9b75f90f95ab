//! When machines are maintained by what announces them: the dates of their rows, and of the events that name them.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::found::{AnnouncedCandidates, PlannedEvent, properties};
use super::updates::UpdateItem;
use crate::azure::graph::answer::GraphRow;
use crate::azure::time::parse_graph_time;
use crate::domain::imminent::ScheduledEventNotice;
use crate::domain::observation::{Announcement, Candidate};
use crate::domain::resource::ResourceId;
use crate::http::json;

/// Notes on every candidate when it is maintained, as far as the rows say so. A date that cannot be read is none here.
pub(super) fn note(
    found: &mut AnnouncedCandidates,
    updates: &[GraphRow],
    impacted: &[GraphRow],
    now: Option<DateTime<Utc>>,
) {
    for row in updates {
        let properties = properties(row);
        let items = json::field(&properties, "value").and_then(Value::as_array);
        let items: Vec<UpdateItem<'_>> = items.into_iter().flatten().map(UpdateItem::of).collect();
        for item in items.iter().filter(|item| tells(item)) {
            let target = json::text(row, "name").filter(|name| name.starts_with('/'));
            let target = target.or_else(|| json::text_at(item.value, &["properties", "resourceId"]));
            let time = |name| parse_graph_time(json::field(item.value, name).unwrap_or(&Value::Null)).ok()?;
            let (from, until) = (time("startTimeUtc"), time("endTimeUtc"));
            add(found, target, Announcement { from, until, by_event: false });
        }
    }
    for row in impacted {
        let event = json::text(row, "id").and_then(|id| event_of(&found.events, id));
        // What Azure calls resolved before its end may have been called off, unless its age alone makes it so.
        let counts =
            |event: &&PlannedEvent| !event.is_resolved() || now.is_some_and(|now| event.is_of_age(now));
        let Some(event) = event.filter(counts) else { continue };
        let dates = Announcement { from: event.start, until: event.end, by_event: false };
        let properties = properties(row);
        add(found, json::text_at(&properties, &["targetResourceId"]), dates);
    }
}

/// Makes a candidate of every machine that a scheduled event names, as long as it is to come.
pub(in crate::azure::graph) fn note_scheduled(
    found: &mut AnnouncedCandidates,
    listed: &[ScheduledEventNotice],
    now: DateTime<Utc>,
) {
    for notice in listed {
        let Some(until) = notice.event.ahead_until(now) else { continue };
        let dates = Announcement { from: notice.event.not_before, until: Some(until), by_event: true };
        for id in notice.likely() {
            let candidate = found.candidates.entry(id.clone()).or_insert_with(|| Candidate::bare(id));
            candidate.announced = Some(dates.and(candidate.announced));
        }
    }
}

/// Whether an item says when something happens that is felt. A machine is looked at for one that says that nothing is:
/// its own record may know more. Where that knows nothing either, there is nothing to tell.
fn tells(item: &UpdateItem<'_>) -> bool {
    item.concerns_hosts() && !item.is_done && !item.has_no_impact()
}

/// The event of an impacted resource: `…/events/{tracking id}/impactedResources/{name}`.
fn event_of<'a>(events: &'a [PlannedEvent], id: &str) -> Option<&'a PlannedEvent> {
    let tracking_id = id.split('/').skip_while(|part| !part.eq_ignore_ascii_case("events")).nth(1)?;
    events.iter().find(|event| event.tracking_id.to_lowercase() == tracking_id.to_lowercase())
}

fn add(found: &mut AnnouncedCandidates, target: Option<&str>, dates: Announcement) {
    let candidate = target.and_then(|target| ResourceId::parse(target).ok());
    let candidate = candidate.and_then(|id| found.candidates.get_mut(&id));
    if let Some(candidate) = candidate.filter(|_| dates.from.is_some() || dates.until.is_some()) {
        candidate.announced = Some(dates.and(candidate.announced));
    }
}
