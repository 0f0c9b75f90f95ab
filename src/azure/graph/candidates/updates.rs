//! Announced updates: `microsoft.maintenance/updates`.

use serde_json::Value;

use super::found::{AnnouncedCandidates, graver, properties, target_of, what_of};
use crate::azure::compute::{parse_impact, schedule};
use crate::azure::graph::answer::GraphRow;
use crate::azure::records;
use crate::azure::time::parse_graph_time;
use crate::domain::observation::HostWindow;
use crate::domain::resource::{ResourceId, ResourceKind};
use crate::domain::window::{Impact, Interval};
use crate::http::json;

/// Scopes of updates inside the guest or of other services: nothing that moves a machine.
const OTHER_SCOPES: [&str; 5] = ["osimage", "extension", "inguestpatch", "sqldb", "sqlmanagedinstance"];

/// Statuses after which nothing is left to happen.
const DONE: [&str; 2] = ["completed", "noupdatespending"];

/// One item of an update row.
pub(super) struct UpdateItem<'a> {
    pub(super) value: &'a Value,
    pub(super) is_done: bool,
}

impl<'a> UpdateItem<'a> {
    pub(super) fn of(value: &'a Value) -> Self {
        let status = json::text_at(value, &["properties", "plannedMaintenanceStatus"])
            .or_else(|| json::text_at(value, &["status"]))
            .unwrap_or_default()
            .to_ascii_lowercase();
        Self { value, is_done: DONE.contains(&status.as_str()) }
    }

    pub(super) fn concerns_hosts(&self) -> bool {
        json::text_at(self.value, &["maintenanceScope"])
            .is_none_or(|scope| !OTHER_SCOPES.contains(&scope.to_ascii_lowercase().as_str()))
    }

    /// Whether it says itself that nothing is felt of it.
    pub(super) fn has_no_impact(&self) -> bool {
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

pub(super) fn read_update(found: &mut AnnouncedCandidates, row: &GraphRow) {
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

fn earliest(one: Option<HostWindow>, other: Option<HostWindow>) -> Option<HostWindow> {
    [one, other].into_iter().flatten().min_by_key(|window| window.interval.start())
}
