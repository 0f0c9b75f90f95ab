//! Which machines may have maintenance, from what Azure announces in two tables.
//!
//! Neither table has a published row schema. Microsoft's own questions read `properties.value[]` of
//! `microsoft.maintenance/updates` and `targetResourceId` of impacted resources
//! (<https://learn.microsoft.com/azure/service-health/resource-graph-impacted-samples>); everything else is taken where
//! it is found and missed nowhere. The facts about a machine come from its instance view, never from here; only a
//! dedicated host, which has none, takes its dates from its row.

pub(super) mod announcements;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::announced_queries::events_query;
use super::answer::GraphRow;
use super::ask::{QueryScope, ask};
use crate::azure::compute::{impact_of_words, is_scale_set, parse_impact, schedule};
use crate::azure::records;
use crate::azure::time::parse_graph_time;
use crate::azure::{ArmClient, AzureError};
use crate::domain::observation::{Candidate, HostWindow, UnreadableRecord, UnseenScope};
use crate::domain::resource::{ResourceId, ResourceKind, SubscriptionId, folded, same_id};
use crate::domain::window::{Impact, Interval};
use crate::http::json;

/// Scopes of updates inside the guest or of other services: nothing that moves a machine.
const OTHER_SCOPES: [&str; 5] = ["osimage", "extension", "inguestpatch", "sqldb", "sqlmanagedinstance"];
/// After so long planned maintenance is called resolved, a day of grace included.
const LEAVES_ACTIVE: TimeDelta = TimeDelta::days(49);
/// Statuses after which nothing is left to happen.
const DONE: [&str; 2] = ["completed", "noupdatespending"];

/// A planned maintenance as Service Health announces it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedEvent {
    /// Azure's number of the wave.
    pub tracking_id: String,
    /// The subscription that was notified.
    pub subscription: Option<SubscriptionId>,
    /// Its title, which changes during its life.
    pub title: Option<String>,
    /// `Active` or `Resolved`, as written.
    pub status: Option<String>,
    pub start: Option<DateTime<Utc>>,
    /// When it is planned to end.
    pub end: Option<DateTime<Utc>>,
}

impl PlannedEvent {
    /// Whether Azure calls it resolved.
    pub fn is_resolved(&self) -> bool {
        self.status.as_deref().is_some_and(|status| status.eq_ignore_ascii_case("Resolved"))
    }

    /// Whether it is so old at `now` that Azure calls it resolved whether it is over or not.
    pub fn is_of_age(&self, now: DateTime<Utc>) -> bool {
        self.start.is_some_and(|start| LEAVES_ACTIVE <= now - start)
    }
}

/// What the announcements come to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AnnouncedCandidates {
    /// What to look at, each resource once.
    pub candidates: BTreeMap<ResourceId, Candidate>,
    /// The planned maintenance events, in order of number.
    pub events: Vec<PlannedEvent>,
    /// Rows about something else than machines and their hosts.
    pub ignored: usize,
    /// How many rows were read in all.
    pub rows: usize,
    /// Rows that could not be understood.
    pub unreadable: Vec<UnreadableRecord>,
    /// Whether Azure asked only the first 10,000 subscriptions of a larger tenant.
    pub subscription_limit_hit: bool,
    /// The subscriptions that Resource Graph does not answer for.
    pub refused: Vec<UnseenScope>,
    /// The questions that have no answer, or none of some subscriptions.
    pub unanswered: Vec<UnseenScope>,
}

/// The planned maintenance events that Service Health shows in a subscription.
///
/// # Errors
/// When the question has no complete answer.
pub async fn list_planned_events(
    arm: &ArmClient,
    subscription: &SubscriptionId,
) -> Result<Vec<PlannedEvent>, AzureError> {
    let events =
        ask(arm, &events_query(), QueryScope::Subscriptions(std::slice::from_ref(subscription))).await?;
    Ok(candidates_of(&[], &events.rows, &[]).events)
}

/// Joins the rows of the three questions.
pub fn candidates_of(
    updates: &[GraphRow],
    events: &[GraphRow],
    impacted: &[GraphRow],
) -> AnnouncedCandidates {
    join(updates, Some(events), impacted, None)
}

/// The same, where events that Azure calls resolved still count when their end lies ahead of `now`: planned maintenance
/// leaves *Active* 50 days after its start, whether it is over or not. Where it is not known what the events are, every
/// machine that one of them names is looked at.
pub(super) fn join(
    updates: &[GraphRow],
    events: Option<&[GraphRow]>,
    impacted: &[GraphRow],
    now: Option<DateTime<Utc>>,
) -> AnnouncedCandidates {
    let mut found = AnnouncedCandidates {
        rows: updates.len() + events.map_or(0, <[GraphRow]>::len) + impacted.len(),
        ..AnnouncedCandidates::default()
    };
    for row in updates {
        read_update(&mut found, row);
    }
    for row in events.unwrap_or_default() {
        read_event(&mut found, row);
    }
    found.events.sort_by(|one, other| {
        (&one.tracking_id, &one.subscription).cmp(&(&other.tracking_id, &other.subscription))
    });
    let active: BTreeSet<String> = found
        .events
        .iter()
        .filter(|event| !event.is_resolved() || now.is_some_and(|now| event.end.is_some_and(|end| now < end)))
        .map(|event| folded(&event.tracking_id))
        .collect();
    for row in impacted {
        read_impacted(&mut found, row, events.map(|_| &active));
    }
    announcements::note(&mut found, updates, impacted, now);
    for candidate in found.candidates.values_mut() {
        candidate.tracking_ids.sort_by_cached_key(|id| (folded(id), id.clone()));
        candidate.tracking_ids.dedup_by(|one, other| same_id(one, other));
    }
    found
}

/// One item of an update row.
struct UpdateItem<'a> {
    value: &'a Value,
    is_done: bool,
}

impl<'a> UpdateItem<'a> {
    fn of(value: &'a Value) -> Self {
        let status = json::text_at(value, &["properties", "plannedMaintenanceStatus"])
            .or_else(|| json::text_at(value, &["status"]))
            .unwrap_or_default()
            .to_ascii_lowercase();
        Self { value, is_done: DONE.contains(&status.as_str()) }
    }

    fn concerns_hosts(&self) -> bool {
        json::text_at(self.value, &["maintenanceScope"])
            .is_none_or(|scope| !OTHER_SCOPES.contains(&scope.to_ascii_lowercase().as_str()))
    }

    /// Whether it says itself that nothing is felt of it.
    fn has_no_impact(&self) -> bool {
        let none =
            json::text_at(self.value, &["impactType"]).is_some_and(|it| it.eq_ignore_ascii_case("None"));
        none && json::field(self.value, "impactDurationInSec")
            .and_then(|it| it.as_f64().or_else(|| it.as_str()?.trim().parse().ok()))
            .is_none_or(|it| it <= 0.0)
    }

    fn impact(&self) -> Impact {
        parse_impact(json::text_at(self.value, &["impactType"]))
    }

    /// The dates that it gives, one or both. What cannot be read is said, and the rest counts.
    fn window(&self, problems: &mut Vec<String>) -> Option<HostWindow> {
        let mut time = |name| {
            let value = json::field(self.value, name).unwrap_or(&Value::Null);
            parse_graph_time(value).unwrap_or_else(|error| {
                problems.push(format!("{name}: {error}"));
                None
            })
        };
        // The time from which on Azure forces an update is the start of its own window.
        let (start, end) = (time("startTimeUtc").or_else(|| time("notBefore")), time("endTimeUtc"));
        if let (Some(start), Some(end)) = (start, end)
            && let Err(error) = Interval::new(start, end)
        {
            problems.push(error.to_string());
            return None;
        }
        let interval = schedule((None, None), (start, end)).scheduled?;
        Some(HostWindow { interval, is_done: self.is_done })
    }
}

fn read_update(found: &mut AnnouncedCandidates, row: &GraphRow) {
    let record = Value::Object(row.clone());
    let what = "announced update";
    let properties = properties(row);
    let values: &[Value] = match json::field(&properties, "value") {
        Some(Value::Array(values)) => values,
        // One update alone may stand where the list of them should.
        None if is_update(&properties) => std::slice::from_ref(&properties),
        Some(value) if is_update(value) => std::slice::from_ref(value),
        // Of whom it speaks is clear enough to look there; what it says is not.
        _ => {
            if target_of(found, json::text(row, "name"), what, &record).is_some() {
                let what = what_of(what, json::text(row, "name"));
                found.unreadable.push(records::unreadable(None, what, "it has no list of updates", &record));
            }
            return;
        }
    };
    let mut items: Vec<UpdateItem<'_>> =
        values.iter().map(UpdateItem::of).filter(UpdateItem::concerns_hosts).collect();
    // What is over says nothing about what is to come, unless there is nothing else.
    if items.iter().any(|item| !item.is_done) {
        items.retain(|item| !item.is_done);
    }
    // Of a host nothing else can be read: what nobody feels there is nothing to tell. Machines are looked at.
    let is_host =
        |target: &str| ResourceId::parse(target).is_ok_and(|id| id.kind() == ResourceKind::DedicatedHost);
    if json::text(row, "name").is_some_and(is_host) {
        items.retain(|item| !item.has_no_impact());
    }
    if items.is_empty() {
        found.ignored += 1;
        return;
    }
    let inner = items.iter().find_map(|item| json::text_at(item.value, &["properties", "resourceId"]));
    let target = json::text(row, "name").filter(|name| name.starts_with('/')).or(inner);
    let Some(candidate) = target_of(found, target, what, &record) else {
        return;
    };
    let id = candidate.id.clone();
    let is_host = id.kind() == ResourceKind::DedicatedHost;
    candidate.done = items.iter().all(|item| item.is_done);
    let mut problems = Vec::new();
    for item in items {
        let impact = item.impact();
        // A pause is nowhere else: no instance view shows what does not restart.
        if is_host || impact == Impact::Freeze {
            let window = item.window(&mut problems);
            candidate.host_window = earliest(candidate.host_window, window);
        }
        graver(&mut candidate.impact, impact);
        candidate.tracking_ids.extend(json::text_at(item.value, &["notificationId"]).map(str::to_owned));
    }
    for problem in problems {
        let what = what_of(what, Some(id.as_str()));
        found.unreadable.push(records::unreadable(Some(&id), what, problem, &record));
    }
}

/// Whether something looks like an update.
fn is_update(value: &Value) -> bool {
    ["maintenanceScope", "impactType", "notificationId", "endTimeUtc", "notBefore"]
        .iter()
        .any(|name| json::field(value, name).is_some())
}

/// A row by what it is about: its resource, or else its number.
fn what_of(what: &str, about: Option<&str>) -> String {
    match about.map(ResourceId::parse) {
        Some(Ok(id)) => format!("{what} of {}", id.full_name()),
        _ => about.map_or_else(|| what.to_owned(), |about| format!("{what} {}", json::excerpt_of(about))),
    }
}

/// The graver of two impacts is what is told.
fn graver(known: &mut Impact, impact: Impact) {
    if gravity(&impact) > gravity(known) {
        *known = impact;
    }
}

fn earliest(one: Option<HostWindow>, other: Option<HostWindow>) -> Option<HostWindow> {
    [one, other].into_iter().flatten().min_by_key(|window| window.interval.start())
}

fn gravity(impact: &Impact) -> u8 {
    match impact {
        Impact::Unknown => 0,
        Impact::Other(_) => 1,
        Impact::Freeze => 2,
        Impact::Reboot => 3,
        Impact::Redeploy => 4,
    }
}

fn read_event(found: &mut AnnouncedCandidates, row: &GraphRow) {
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

fn read_impacted(found: &mut AnnouncedCandidates, row: &GraphRow, active: Option<&BTreeSet<String>>) {
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

/// The candidate that a row is about. A row about something else than a machine is counted, one about a machine with an
/// odd id is set aside.
fn target_of<'a>(
    found: &'a mut AnnouncedCandidates,
    target: Option<&str>,
    what: &str,
    record: &Value,
) -> Option<&'a mut Candidate> {
    let Some(target) = target.filter(|target| is_compute(target)) else {
        found.ignored += 1;
        return None;
    };
    match ResourceId::parse(target) {
        Ok(id) if id.kind() != ResourceKind::Other || is_scale_set(&id) => {
            Some(found.candidates.entry(id.clone()).or_insert_with(|| Candidate::bare(id)))
        }
        Ok(_) => {
            found.ignored += 1;
            None
        }
        Err(error) => {
            let what = what_of(what, json::text_at(record, &["id"]));
            found.unreadable.push(records::unreadable(None, what, error.to_string(), record));
            None
        }
    }
}

fn is_compute(target: &str) -> bool {
    target.to_ascii_lowercase().contains("/microsoft.compute/")
}

/// The properties of a row: an object, or the same as a text, which Microsoft's own questions allow for.
fn properties(row: &GraphRow) -> Value {
    match json::member(row, "properties") {
        Some(Value::String(text)) => serde_json::from_str(text).unwrap_or_default(),
        Some(value) => value.clone(),
        None => Value::Null,
    }
}

#[cfg(test)]
mod tests;
