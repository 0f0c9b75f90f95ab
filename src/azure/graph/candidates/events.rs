//! Planned maintenance events of Service Health, and the resources that they name.

use std::collections::BTreeSet;

use serde_json::Value;

use super::found::{AnnouncedCandidates, PlannedEvent, graver, properties, target_of, what_of};
use crate::azure::compute::impact_of_words;
use crate::azure::graph::answer::GraphRow;
use crate::azure::records;
use crate::azure::time::parse_graph_time;
use crate::domain::resource::folded;
use crate::http::json;

pub(super) fn read_event(found: &mut AnnouncedCandidates, row: &GraphRow) {
    let record = Value::Object(row.clone());
    let what = "planned maintenance event";
    let named = json::text(row, "trackingId").or_else(|| json::text(row, "name"));
    let what = &*what_of(what, named);
    let tracking_id = json::text(row, "trackingId").or_else(|| json::text(row, "name"));
    let Some(tracking_id) = tracking_id else {
        found.unreadable.push(records::unreadable(None, what, "it has no tracking id", &record));
        return;
    };
    let mut time = |name: &str| {
        let value = json::member(row, name).unwrap_or(&Value::Null);
        parse_graph_time(value).unwrap_or_else(|error| {
            found.unreadable.push(records::unreadable(None, what, format!("{name}: {error}"), &record));
            None
        })
    };
    let (start, end) = (time("start"), time("end"));
    found.events.push(PlannedEvent {
        tracking_id: tracking_id.to_owned(),
        subscription: json::text(row, "subscriptionId").and_then(|id| id.parse().ok()),
        title: json::text(row, "title").map(json::excerpt_of),
        status: json::text(row, "status").map(str::to_owned),
        start,
        end,
    });
}

pub(super) fn read_impacted(
    found: &mut AnnouncedCandidates,
    row: &GraphRow,
    active: Option<&BTreeSet<String>>,
) {
    // `…/events/{tracking id}/impactedResources/{name}`. Events of another kind were not asked for.
    let tracking_id = json::text(row, "id").and_then(|id| {
        let mut parts = id.split('/').skip_while(|part| !part.eq_ignore_ascii_case("events"));
        parts.nth(1)
    });
    let counts = |id: &&str| active.is_none_or(|active| active.contains(&folded(id)));
    let Some(tracking_id) = tracking_id.filter(counts) else {
        found.ignored += 1;
        return;
    };
    let properties = properties(row);
    let record = Value::Object(row.clone());
    let target = json::text_at(&properties, &["targetResourceId"]);
    if let Some(candidate) = target_of(found, target, "impacted resource", &record) {
        // The number of an event that is not known may be one of another kind.
        candidate.tracking_ids.extend(active.map(|_| tracking_id.to_owned()));
        graver(&mut candidate.impact, impact_of_words(&properties));
    }
}
