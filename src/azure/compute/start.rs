//! Self-service maintenance: posting a start once, and finding out what became of it.
//!
//! <https://learn.microsoft.com/rest/api/compute/virtual-machines/perform-maintenance>. An instance of a scale set is
//! started through its set, which has the documented permission, and always by its id: a body without ids would start
//! them all.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use super::read::{MachineRead, read_machine};
use super::version::API_VERSION;
use crate::azure::arm::{ArmResponse, Retry};
use crate::azure::error::ArmError;
use crate::azure::{ArmClient, AzureError};
use crate::domain::action::start::{OperationLink, OperationProgress, StartObservation};
use crate::domain::machine::PowerState;
use crate::domain::observation::Reading;
use crate::domain::resource::{ResourceId, ResourceKind};
use crate::http::json as fields;

/// The interface of the activity log.
const ACTIVITY_LOG_VERSION: &str = "2015-04-01";

/// Whatever happened a little before a start was claimed by our clock may be it by Azure's.
const LOG_MARGIN: TimeDelta = TimeDelta::minutes(2);

/// Longest wait before an operation is asked for again.
const LONGEST_WAIT: TimeDelta = TimeDelta::minutes(30);

/// What posting a start came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PostedStart {
    Accepted {
        /// Where it tells of the progress.
        operation: Option<OperationLink>,
        /// Its number for the request.
        correlation: Option<String>,
        /// How long it asks to wait before asking there.
        wait: Option<Duration>,
    },
    /// Azure does not let whoever asks start this, in its own words: nothing was begun.
    Forbidden { code: String, message: String },
    /// Azure refused it, in its own words: nothing was begun.
    Refused { code: String, message: String },
    /// No answer came that says whether it was begun.
    NoAnswer { problem: String },
}

/// Posts the start of one machine or instance. It is sent once, whatever happens.
pub async fn post_start(arm: &ArmClient, id: &ResourceId, now: DateTime<Utc>) -> PostedStart {
    let (path, body) = match (id.kind(), id.scale_set()) {
        (ResourceKind::ScaleSetInstance, Some(set)) => {
            (format!("{}/performMaintenance", set.as_str()), Some(json!({ "instanceIds": [id.name()] })))
        }
        _ => (format!("{}/performMaintenance", id.as_str()), None),
    };
    let version = [("api-version", API_VERSION)];
    match arm.post(&path, &version, body.as_ref(), Retry::Never).await {
        Ok(response) => PostedStart::Accepted {
            operation: operation(&response),
            correlation: response
                .header("x-ms-correlation-request-id")
                .or_else(|| response.header("x-ms-request-id"))
                .map(str::to_owned),
            wait: response.retry_after(now),
        },
        Err(error) => refusal(&error),
    }
}

/// Which errors say that nothing was begun: Azure's own refusals, and whatever failed before anything was sent.
fn refusal(error: &AzureError) -> PostedStart {
    let refused = |code: &str| PostedStart::Refused { code: code.to_owned(), message: error.to_string() };
    match error {
        AzureError::Refused(refusal) if matches!(refusal.status, 401 | 403) => {
            let (code, message) = words(refusal);
            PostedStart::Forbidden { code, message }
        }
        AzureError::Refused(refusal) if (400..500).contains(&refusal.status) && refusal.status != 408 => {
            let (code, message) = words(refusal);
            PostedStart::Refused { code, message }
        }
        AzureError::Throttled { .. } => refused("TooManyRequests"),
        AzureError::Token(_) => refused("NoToken"),
        AzureError::Address(_) => refused("InvalidAddress"),
        _ => PostedStart::NoAnswer { problem: error.to_string() },
    }
}

/// Azure's own words where there are any.
fn words(error: &ArmError) -> (String, String) {
    let code = error.code.clone().unwrap_or_else(|| format!("HTTP {}", error.status));
    (code, error.message.clone().unwrap_or_else(|| error.to_string()))
}

fn operation(response: &ArmResponse) -> Option<OperationLink> {
    let header = |name| response.header(name).map(str::to_owned);
    header("azure-asyncoperation")
        .map(|address| OperationLink::AsyncOperation { address })
        .or_else(|| header("location").map(|address| OperationLink::Location { address }))
}

/// How far an operation is, and how long Azure asks to wait before it is asked again. What cannot be found out is
/// unknown: the machine's own record decides then.
async fn progress(
    arm: &ArmClient,
    link: &OperationLink,
    now: DateTime<Utc>,
) -> (OperationProgress, Option<Duration>) {
    let (address, is_document) = match link {
        OperationLink::AsyncOperation { address } => (address, true),
        OperationLink::Location { address } => (address, false),
    };
    let progress = match arm.get_link(address).await {
        Ok(response) => {
            let progress = match (is_document, response.status) {
                (true, _) => response.json().map_or(OperationProgress::Unknown, |body| of_document(&body)),
                (false, 202) => OperationProgress::Running,
                (false, _) => OperationProgress::Succeeded,
            };
            return (progress, response.retry_after(now));
        }
        Err(AzureError::Refused(error)) if !is_document && ![404, 408, 429].contains(&error.status) => {
            let (code, message) = words(&error);
            OperationProgress::Failed { code, message }
        }
        Err(error) => {
            tracing::warn!(%error, "could not ask for the progress of a start");
            OperationProgress::Unknown
        }
    };
    (progress, None)
}

/// From when on an operation may be asked for again where Azure asks to wait. The machine's own record is read
/// meanwhile, so that even a wait without measure would only delay what it does not show.
pub fn ask_from(wait: Duration, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let wait = TimeDelta::from_std(wait).unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT);
    (!wait.is_zero()).then(|| now + wait)
}

/// `Succeeded`, `Failed` and `Canceled` are final; every other word means that it goes on.
fn of_document(body: &Value) -> OperationProgress {
    let status = fields::text_at(body, &["status"]).unwrap_or_default().to_ascii_lowercase();
    let said = |name: &str| fields::text_at(body, &["error", name]).unwrap_or_default().to_owned();
    match status.as_str() {
        "" => OperationProgress::Unknown,
        "succeeded" => OperationProgress::Succeeded,
        "failed" => OperationProgress::Failed { code: said("code"), message: said("message") },
        "canceled" | "cancelled" => {
            OperationProgress::Failed { code: "Canceled".to_owned(), message: said("message") }
        }
        _ => OperationProgress::Running,
    }
}

/// Looks at a machine whose start is under way: one or two reads, and one of the activity log when `claimed` names
/// the time of a post whose answer is not known.
pub async fn look_at_start(
    arm: &ArmClient,
    id: &ResourceId,
    operation: Option<&OperationLink>,
    claimed: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> StartObservation {
    let mut observation = StartObservation {
        reading: None,
        power: PowerState::Unknown,
        agent_ready: None,
        available: None,
        answers: None,
        progress: OperationProgress::Unknown,
        ask_from: None,
        in_activity_log: None,
    };
    match read_machine(arm, id).await {
        MachineRead::Machine(record) => {
            observation.power = record.view.power;
            observation.agent_ready = record.view.agent_ready;
            observation.reading = Some(record.view.reading);
        }
        MachineRead::Gone => observation.reading = Some(Reading::Gone),
        MachineRead::Unseen(problem) => {
            tracing::warn!(resource = %id, problem, "could not read a started machine")
        }
        MachineRead::Unreadable(record) => {
            tracing::warn!(resource = %id, problem = record.problem, "could not understand the record of a started machine");
        }
    }
    if let Some(operation) = operation {
        let (progress, wait) = progress(arm, operation, now).await;
        observation.progress = progress;
        observation.ask_from = wait.and_then(|wait| ask_from(wait, now));
    }
    if let Some(claimed) = claimed {
        observation.in_activity_log = match is_in_activity_log(arm, id, claimed, now).await {
            Ok(found) => Some(found),
            Err(error) => {
                tracing::warn!(%error, resource = %id, "could not ask the activity log about a start");
                None
            }
        };
    }
    observation
}

/// Whether the activity log shows a start of `id`, or of the set it is an instance of, since `claimed`.
async fn is_in_activity_log(
    arm: &ArmClient,
    id: &ResourceId,
    claimed: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<bool, AzureError> {
    let path = format!(
        "/subscriptions/{}/providers/Microsoft.Insights/eventtypes/management/values",
        id.subscription()
    );
    let time = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    // The group alone comes from the id, and its name is escaped as the filter's grammar wants it.
    let filter = format!(
        "eventTimestamp ge '{}' and eventTimestamp le '{}' and resourceGroupName eq '{}'",
        time(claimed - LOG_MARGIN),
        time(now + LOG_MARGIN),
        id.resource_group().replace('\'', "''")
    );
    let query = [("api-version", ACTIVITY_LOG_VERSION), ("$filter", filter.as_str())];
    let entries = arm.list(&path, &query).await?;
    let set = id.scale_set();
    let is_ours = |entry: &Value| {
        let operation = fields::text_at(entry, &["operationName", "value"]).unwrap_or_default();
        let resource = fields::text_at(entry, &["resourceId"]).and_then(|id| ResourceId::parse(id).ok());
        operation.to_ascii_lowercase().ends_with("/performmaintenance/action")
            && resource.is_some_and(|resource| resource == *id || Some(&resource) == set.as_ref())
    };
    Ok(entries.iter().any(is_ours))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_final_words_end_an_operation() {
        let document = |status: &str| {
            of_document(&json!({ "status": status, "error": { "code": "C", "message": "m" } }))
        };
        let failed =
            |code: &str| OperationProgress::Failed { code: code.to_owned(), message: "m".to_owned() };
        assert_eq!(document("Succeeded"), OperationProgress::Succeeded);
        assert_eq!(document("InProgress"), OperationProgress::Running);
        assert_eq!(document("Preparing something new"), OperationProgress::Running);
        assert_eq!(document("Failed"), failed("C"));
        assert_eq!(document("Canceled"), failed("Canceled"));
        assert_eq!(of_document(&json!([])), OperationProgress::Unknown);
    }
}
