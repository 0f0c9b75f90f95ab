//! Alerts about planned maintenance that an action group posts: the common alert schema and the older one.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::event::short;
use crate::azure::time::parse_timestamp;
use crate::domain::observation::UnreadableRecord;
use crate::domain::resource::SubscriptionId;
use crate::http::json::{self, at, field, text_at};

/// What an action group posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Alert {
    /// An alert of Service Health about planned maintenance.
    Maintenance(ServiceHealthAlert),
    /// Anything else, in a word. Action groups serve many rules.
    Other(String),
}

/// An alert about planned maintenance. It names no machines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceHealthAlert {
    pub subscriptions: BTreeSet<SubscriptionId>,
    /// Azure's number of the wave.
    pub tracking_id: Option<String>,
    /// Where the wave stands, in Azure's word.
    pub stage: Option<String>,
    pub services: Vec<String>,
    /// When it was said.
    pub at: DateTime<Utc>,
}

impl ServiceHealthAlert {
    /// Whether Azure called the wave off.
    pub fn is_cancelled(&self) -> bool {
        self.stage.as_deref().is_some_and(|stage| {
            stage.eq_ignore_ascii_case("Canceled") || stage.eq_ignore_ascii_case("Cancelled")
        })
    }
}

/// Reads the body of an action group's request. `now` stands in where the alert does not say when.
///
/// Action groups serve many rules, budgets and tests of themselves, in schemas of their own. Whatever does not say that
/// Service Health speaks of planned maintenance is none of ours.
///
/// # Errors
/// When it is no object, or says that it is about planned maintenance and not where.
pub fn read_alert(body: &str, now: DateTime<Utc>) -> Result<Alert, UnreadableRecord> {
    let refuse = |alert: &Value, problem: String| UnreadableRecord {
        resource: None,
        what: named(alert),
        problem,
        excerpt: json::excerpt_of(body),
    };
    // Programs of Windows begin a file with a byte order mark, and pipes send it along.
    let alert: Value = serde_json::from_str(body.trim_start_matches('\u{FEFF}'))
        .map_err(|error| refuse(&Value::Null, format!("it is not JSON: {error}")))?;
    let (context, essentials) = match at(&alert, &["data", "alertContext"]) {
        Some(context) => (context, at(&alert, &["data", "essentials"])),
        None => match at(&alert, &["data", "context", "activityLog"]) {
            Some(context) => (context, None),
            None => {
                let service = word_at(&alert, &["data", "essentials", "monitoringService"]);
                let is_ours = service.is_some_and(|service| service.eq_ignore_ascii_case("ServiceHealth"));
                return if alert.is_object() && !is_ours {
                    let schema = word(&alert, "schemaId");
                    Ok(Alert::Other(schema.unwrap_or_else(|| "an alert of another schema".to_owned())))
                } else {
                    Err(refuse(
                        &alert,
                        "it has neither `data.alertContext` nor `data.context.activityLog`, so it is in neither \
                         of the alert schemas"
                            .to_owned(),
                    ))
                };
            }
        },
    };
    let empty = Value::Object(Map::new());
    let properties = at(context, &["properties"]).unwrap_or(&empty);
    let incident = word(properties, "incidentType");
    let operation = word(context, "operationName").unwrap_or_default();
    // The type can come translated, the operation cannot. Believing either costs a look at most.
    let is_maintenance =
        incident.as_deref().is_some_and(|incident| incident.eq_ignore_ascii_case("Maintenance"))
            || operation.to_ascii_lowercase().starts_with("microsoft.servicehealth/maintenance");
    if !is_maintenance {
        let kind = incident.unwrap_or(operation);
        return Ok(Alert::Other(if kind.is_empty() { "an alert of another kind".to_owned() } else { kind }));
    }
    let subscriptions = subscriptions(context, essentials);
    if subscriptions.is_empty() {
        return Err(refuse(&alert, "it names no subscription".to_owned()));
    }
    let said =
        ["eventTimestamp", "submissionTimestamp"].into_iter().find_map(|name| text_at(context, &[name]));
    Ok(Alert::Maintenance(ServiceHealthAlert {
        subscriptions,
        tracking_id: word(properties, "trackingId"),
        stage: word(properties, "stage"),
        services: services(properties),
        at: said.and_then(|text| parse_timestamp(text).ok().flatten()).unwrap_or(now).min(now),
    }))
}

/// An alert by its rule and the wave's number, as far as it names them plainly: whoever has the key writes both.
fn named(alert: &Value) -> String {
    let plain = |text: String| {
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
        Some(text).filter(|text| !text.is_empty() && text.len() <= 64 && text.chars().all(is_plain))
    };
    let rule = word_at(alert, &["data", "essentials", "alertRule"]);
    let rule = rule.and_then(|rule| plain(rule.rsplit('/').next().unwrap_or_default().to_owned()));
    let wave = word_at(alert, &["data", "alertContext", "properties", "trackingId"])
        .or_else(|| word_at(alert, &["data", "context", "activityLog", "properties", "trackingId"]));
    let parts = [
        rule.map(|rule| format!("of the rule {rule}")),
        wave.and_then(plain).map(|id| format!("about {id}")),
    ];
    std::iter::once("an alert".to_owned()).chain(parts.into_iter().flatten()).collect::<Vec<_>>().join(" ")
}

fn word_at(value: &Value, path: &[&str]) -> Option<String> {
    let (name, path) = path.split_last()?;
    word(at(value, path)?, name)
}

/// A word that may come as a number, or beside its translation.
fn word(object: &Value, name: &str) -> Option<String> {
    match field(object, name)? {
        Value::String(text) => Some(text.trim()).filter(|text| !text.is_empty()).map(short),
        Value::Number(number) => Some(number.to_string()),
        translated @ Value::Object(_) => text_at(translated, &["value"]).map(short),
        _ => None,
    }
}

/// The alert's targets, else where the event says that it happened. Service Health's events have no resource.
fn subscriptions(context: &Value, essentials: Option<&Value>) -> BTreeSet<SubscriptionId> {
    let mut found: BTreeSet<SubscriptionId> = BTreeSet::new();
    let targets = essentials.and_then(|essentials| field(essentials, "alertTargetIDs"));
    found.extend(json::texts(targets).iter().filter_map(|target| in_path(target)));
    if found.is_empty() {
        found.extend(word(context, "subscriptionId").and_then(|id| id.parse().ok()));
        let scope = text_at(context, &["authorization", "scope"]);
        found.extend(scope.or_else(|| text_at(context, &["resourceId"])).and_then(in_path));
    }
    if found.is_empty() {
        // The rule lives in the subscription that it covers.
        let rule = essentials.and_then(|essentials| text_at(essentials, &["alertId"]));
        found.extend(rule.and_then(in_path));
    }
    found
}

fn in_path(id: &str) -> Option<SubscriptionId> {
    let mut parts = id.trim_start_matches('/').split('/');
    let is_path = parts.next().is_some_and(|first| first.eq_ignore_ascii_case("subscriptions"));
    parts.next().filter(|_| is_path)?.parse().ok()
}

/// `impactedServices` is a list written as JSON into a text; a list itself is read too.
fn services(properties: &Value) -> Vec<String> {
    let list = match field(properties, "impactedServices") {
        Some(Value::String(text)) => serde_json::from_str(text).unwrap_or(Value::Null),
        Some(list) => list.clone(),
        None => Value::Null,
    };
    let named = list.as_array().into_iter().flatten().filter_map(|service| word(service, "ServiceName"));
    let mut services: Vec<String> = named.chain(word(properties, "service")).collect();
    services.sort();
    services.dedup();
    services
}
