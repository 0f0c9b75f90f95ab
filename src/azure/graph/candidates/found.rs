//! What the announcements come to.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::azure::compute::is_scale_set;
use crate::azure::graph::answer::GraphRow;
use crate::azure::records;
use crate::domain::observation::{Candidate, UnreadableRecord, UnseenScope};
use crate::domain::resource::{ResourceId, ResourceKind, SubscriptionId};
use crate::domain::window::Impact;
use crate::http::json;

/// After so long planned maintenance is called resolved, a day of grace included.
const LEAVES_ACTIVE: TimeDelta = TimeDelta::days(49);

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

/// A row by what it is about: its resource, or else its number.
pub(super) fn what_of(what: &str, about: Option<&str>) -> String {
    match about.map(ResourceId::parse) {
        Some(Ok(id)) => format!("{what} of {}", id.full_name()),
        _ => about.map_or_else(|| what.to_owned(), |about| format!("{what} {}", json::excerpt_of(about))),
    }
}

/// The graver of two impacts is what is told.
pub(super) fn graver(known: &mut Impact, impact: Impact) {
    if gravity(&impact) > gravity(known) {
        *known = impact;
    }
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

/// The candidate that a row is about. A row about something else than a machine is counted, one about a machine with an
/// odd id is set aside.
pub(super) fn target_of<'a>(
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
pub(super) fn properties(row: &GraphRow) -> Value {
    match json::member(row, "properties") {
        Some(Value::String(text)) => serde_json::from_str(text).unwrap_or_default(),
        Some(value) => value.clone(),
        None => Value::Null,
    }
}
