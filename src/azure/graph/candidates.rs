//! Which machines may have maintenance, from what Azure announces in two tables.
//!
//! Neither table has a published row schema. Microsoft's own questions read `properties.value[]` of
//! `microsoft.maintenance/updates` and `targetResourceId` of impacted resources
//! (<https://learn.microsoft.com/azure/service-health/resource-graph-impacted-samples>); everything else is taken where
//! it is found and missed nowhere. The facts about a machine come from its instance view, never from here; only a
//! dedicated host, which has none, takes its dates from its row.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answer::GraphRow;
use super::ask::{QueryScope, ask};
use super::query::GraphQuery;
use crate::azure::compute::{is_scale_set, parse_impact};
use crate::azure::records;
use crate::azure::time::parse_graph_time;
use crate::azure::{ArmClient, AzureError};
use crate::domain::observation::{Candidate, HostWindow, UnreadableRecord};
use crate::domain::resource::{ResourceId, ResourceKind, SubscriptionId};
use crate::domain::window::{Impact, Interval};
use crate::http::json;

/// Scopes of updates inside the guest or of other services: nothing that moves a machine.
const OTHER_SCOPES: [&str; 5] = ["osimage", "extension", "inguestpatch", "sqldb", "sqlmanagedinstance"];
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
}

/// Asks for everything that is announced.
///
/// # Errors
/// When one of the three questions has no complete answer.
pub async fn find(arm: &ArmClient, of: QueryScope<'_>) -> Result<AnnouncedCandidates, AzureError> {
    let updates = ask(arm, &updates_query(), of).await?;
    let events = ask(arm, &events_query(), of).await?;
    let impacted = ask(arm, &impacted_query(), of).await?;
    let limit = [&updates, &events, &impacted].iter().any(|answer| answer.subscription_limit_hit);
    Ok(AnnouncedCandidates {
        subscription_limit_hit: limit,
        ..candidates_of(&updates.rows, &events.rows, &impacted.rows)
    })
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

fn updates_query() -> GraphQuery {
    GraphQuery::of("maintenanceresources", "id, name, type, subscriptionId, properties")
        .where_is("type", "microsoft.maintenance/updates")
}

fn events_query() -> GraphQuery {
    const COLUMNS: &str = "id, name, type, subscriptionId, trackingId = properties.TrackingId, title = properties.Title, \
                           status = properties.Status, start = properties.ImpactStartTime, end = properties.ImpactMitigationTime";
    GraphQuery::of("servicehealthresources", COLUMNS)
        .where_is("type", "microsoft.resourcehealth/events")
        .where_is("properties.EventType", "PlannedMaintenance")
}

fn impacted_query() -> GraphQuery {
    GraphQuery::of("servicehealthresources", "id, name, type, subscriptionId, properties")
        .where_is("type", "microsoft.resourcehealth/events/impactedresources")
}

/// Joins the rows of the three questions.
pub fn candidates_of(
    updates: &[GraphRow],
    events: &[GraphRow],
    impacted: &[GraphRow],
) -> AnnouncedCandidates {
    let mut found = AnnouncedCandidates {
        rows: updates.len() + events.len() + impacted.len(),
        ..AnnouncedCandidates::default()
    };
    for row in updates {
        read_update(&mut found, row);
    }
    for row in events {
        read_event(&mut found, row);
    }
    found.events.sort_by(|one, other| {
        (&one.tracking_id, &one.subscription).cmp(&(&other.tracking_id, &other.subscription))
    });
    let active: BTreeSet<String> = found
        .events
        .iter()
        .filter(|event| !event.is_resolved())
        .map(|event| event.tracking_id.to_lowercase())
        .collect();
    for row in impacted {
        read_impacted(&mut found, row, &active);
    }
    for candidate in found.candidates.values_mut() {
        candidate.tracking_ids.sort();
        candidate.tracking_ids.dedup();
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

    /// Both dates or none; a host without both is looked at and found unseen.
    fn window(&self) -> Result<Option<HostWindow>, String> {
        let time = |name| {
            let value = json::field(self.value, name).unwrap_or(&Value::Null);
            parse_graph_time(value).map_err(|error| format!("{name}: {error}"))
        };
        match (time("startTimeUtc")?, time("endTimeUtc")?) {
            (Some(start), Some(end)) => {
                let interval = Interval::new(start, end).map_err(|error| error.to_string())?;
                Ok(Some(HostWindow { interval, is_done: self.is_done }))
            }
            _ => Ok(None),
        }
    }
}

fn read_update(found: &mut AnnouncedCandidates, row: &GraphRow) {
    let record = Value::Object(row.clone());
    let what = "announced update";
    let properties = properties(row);
    let Some(Value::Array(values)) = json::field(&properties, "value") else {
        // Of whom it speaks is clear enough to look there; what it says is not.
        if target_of(found, json::text(row, "name"), what, &record).is_some() {
            found.unreadable.push(records::unreadable(None, what, "it has no list of updates", &record));
        }
        return;
    };
    let mut items: Vec<UpdateItem<'_>> =
        values.iter().map(UpdateItem::of).filter(UpdateItem::concerns_hosts).collect();
    // What is over says nothing about what is to come, unless there is nothing else.
    if items.iter().any(|item| !item.is_done) {
        items.retain(|item| !item.is_done);
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
    let mut problems = Vec::new();
    for item in items {
        let impact = parse_impact(json::text_at(item.value, &["impactType"]));
        if gravity(&impact) > gravity(&candidate.impact) {
            candidate.impact = impact;
        }
        candidate.tracking_ids.extend(json::text_at(item.value, &["notificationId"]).map(str::to_owned));
        if id.kind() == ResourceKind::DedicatedHost {
            match item.window() {
                Ok(window) => candidate.host_window = earliest(candidate.host_window, window),
                Err(problem) => problems.push(problem),
            }
        }
    }
    for problem in problems {
        found.unreadable.push(records::unreadable(Some(&id), what, problem, &record));
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

fn read_impacted(found: &mut AnnouncedCandidates, row: &GraphRow, active: &BTreeSet<String>) {
    // `…/events/{tracking id}/impactedResources/{name}`. Events of another kind were not asked for.
    let tracking_id = json::text(row, "id").and_then(|id| {
        let mut parts = id.split('/').skip_while(|part| !part.eq_ignore_ascii_case("events"));
        parts.nth(1)
    });
    let Some(tracking_id) = tracking_id.filter(|id| active.contains(&id.to_lowercase())) else {
        found.ignored += 1;
        return;
    };
    let properties = properties(row);
    let record = Value::Object(row.clone());
    let target = json::text_at(&properties, &["targetResourceId"]);
    if let Some(candidate) = target_of(found, target, "impacted resource", &record) {
        candidate.tracking_ids.push(tracking_id.to_owned());
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
