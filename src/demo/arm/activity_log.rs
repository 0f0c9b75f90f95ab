//! The activity log of a subscription.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{call::ArmCall, errors, paging};
use crate::demo::{
    answer::SimulatedReply,
    state::{Activity, State},
    times,
    world::split_id,
};

/// The entries within the filter's times, newest first.
pub(super) fn list(state: &State, call: ArmCall<'_>, subscription: &str) -> SimulatedReply {
    let Some(filter) =
        call.request.parameter("$filter").map(Filter::parse).unwrap_or(Some(Filter::default()))
    else {
        let message = "The filter may compare eventTimestamp with ge and le, and resourceUri, resourceGroupName or \
                       correlationId with eq, joined by and.";
        return errors::error(400, "BadRequest", message);
    };
    let prefix = format!("/subscriptions/{subscription}/");
    let mut entries: Vec<&Activity> = state
        .activity
        .iter()
        .filter(|entry| {
            entry.resource.starts_with(&prefix)
                && entry.at + state.switches.activity_log_delay <= call.now
                && filter.keeps(entry)
        })
        .collect();
    entries.reverse();
    let items: Vec<Value> = entries.into_iter().map(|entry| body(entry, subscription)).collect();
    paging::page(call.request, &items, state.switches.pages)
}

#[derive(Debug, Default)]
struct Filter {
    from: Option<DateTime<Utc>>,
    until: Option<DateTime<Utc>>,
    equal: Vec<(String, String)>,
}

impl Filter {
    fn parse(text: &str) -> Option<Self> {
        let mut filter = Self::default();
        for clause in text.split(" and ") {
            let mut words = clause.split_whitespace();
            let (name, operator, value) = (words.next()?, words.next()?, words.next()?);
            let value = value.trim_matches('\'');
            match (name, operator) {
                ("eventTimestamp", "ge") => filter.from = Some(value.parse().ok()?),
                ("eventTimestamp", "le") => filter.until = Some(value.parse().ok()?),
                ("resourceUri" | "resourceGroupName" | "correlationId" | "resourceProvider", "eq") => {
                    filter.equal.push((name.to_owned(), value.to_owned()));
                }
                _ => return None,
            }
        }
        Some(filter)
    }

    fn keeps(&self, entry: &Activity) -> bool {
        let in_time =
            self.from.is_none_or(|from| from <= entry.at) && self.until.is_none_or(|until| entry.at <= until);
        in_time
            && self.equal.iter().all(|(name, value)| {
                let actual = match name.as_str() {
                    "resourceUri" => entry.resource.as_str(),
                    "resourceGroupName" => {
                        split_id(&entry.resource).map(|(_, group, _)| group).unwrap_or_default()
                    }
                    "resourceProvider" => "Microsoft.Compute",
                    _ => entry.correlation.as_str(),
                };
                actual.eq_ignore_ascii_case(value)
            })
    }
}

fn body(entry: &Activity, subscription: &str) -> Value {
    let of_set = entry.resource.contains("/virtualmachinescalesets/");
    let action = match (of_set, entry.resource.contains("/virtualmachines/")) {
        (true, true) => "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/performMaintenance/action",
        (true, false) => "Microsoft.Compute/virtualMachineScaleSets/performMaintenance/action",
        (false, _) => "Microsoft.Compute/virtualMachines/performMaintenance/action",
    };
    let words = |value: &str| json!({ "value": value, "localizedValue": value });
    let group = split_id(&entry.resource).map(|(_, group, _)| group).unwrap_or_default();
    let (event, sub_status) = match entry.status {
        "Started" => ("BeginRequest", ""),
        "Accepted" => ("EndRequest", "Accepted"),
        _ => ("EndRequest", ""),
    };
    json!({
        "authorization": { "action": action, "scope": entry.resource },
        "caller": entry.caller,
        "correlationId": entry.correlation,
        "eventDataId": format!("{}-{}", entry.operation_id, entry.status.to_ascii_lowercase()),
        "eventName": words(event),
        "category": words("Administrative"),
        "id": format!("{}/events/{}/ticks/{}", entry.resource, entry.operation_id, entry.at.timestamp()),
        "level": if entry.status == "Failed" { "Error" } else { "Informational" },
        "resourceGroupName": group,
        "resourceId": entry.resource,
        "resourceProviderName": words("Microsoft.Compute"),
        "operationId": entry.operation_id,
        "operationName": words(action),
        "status": words(entry.status),
        "subStatus": words(sub_status),
        "eventTimestamp": times::zulu(entry.at),
        "submissionTimestamp": times::zulu(entry.at),
        "subscriptionId": subscription,
    })
}
