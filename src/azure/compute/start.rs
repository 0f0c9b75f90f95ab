//! Self-service maintenance: posting a start once, and finding out what became of it.
//!
//! <https://learn.microsoft.com/rest/api/compute/virtual-machines/perform-maintenance>. An instance of a scale set is
//! started through its set, which has the documented permission, and always by its id: a body without ids would start
//! them all.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::read::{MachineRead, read_machine};
use super::version::API_VERSION;
use crate::azure::arm::{ArmResponse, Retry};
use crate::azure::error::ArmError;
use crate::azure::{ArmClient, AzureError};
use crate::domain::action::start::{LogEntry, OperationLink, OperationProgress, StartObservation};
use crate::domain::observation::Reading;
use crate::domain::resource::{ResourceId, ResourceKind};
use crate::http::json as fields;

/// The interface of the activity log.
const ACTIVITY_LOG_VERSION: &str = "2015-04-01";

/// Whatever happened a little before a start was claimed by our clock may be it by Azure's.
const LOG_MARGIN: TimeDelta = TimeDelta::minutes(2);

/// Longest wait before an operation is asked for again.
const LONGEST_WAIT: TimeDelta = TimeDelta::minutes(30);

/// Whoever asks to wait for longer than any window lasts asks to wait for ever.
const MOST_WAIT: TimeDelta = TimeDelta::days(60);

/// Result of posting a start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PostedStart {
    Accepted {
        /// Whether it is done already (200).
        done: bool,
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
    /// Azure refused it for a reason that passes by itself: nothing was begun.
    NotNow {
        code: String,
        message: String,
        /// How long it asks to wait.
        wait: Option<Duration>,
    },
    /// No answer came that says whether it was begun.
    NoAnswer { problem: String },
}

/// A request as the activity log can tell it from others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentRequest {
    pub at: DateTime<Utc>,
    /// The numbers that it is known by: ours, and Azure's own when it answered.
    pub numbers: Vec<String>,
}

/// Posts the start of one machine or instance, under the number `request`. It is sent once, whatever happens.
pub async fn post_start(
    arm: &ArmClient,
    id: &ResourceId,
    request: String,
    now: DateTime<Utc>,
) -> PostedStart {
    let (path, body) = match (id.kind(), id.scale_set()) {
        (ResourceKind::ScaleSetInstance, Some(set)) => {
            (format!("{}/performMaintenance", set.as_str()), Some(json!({ "instanceIds": [id.name()] })))
        }
        _ => (format!("{}/performMaintenance", id.as_str()), None),
    };
    let version = [("api-version", API_VERSION)];
    match arm.post_as(&path, &version, body.as_ref(), Retry::Never, Some(request)).await {
        Ok(response) => PostedStart::Accepted {
            done: response.status == 200 && operation(&response).is_none(),
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
        AzureError::Refused(refusal) => {
            let ((code, message), wait) = (words(refusal), refusal.retry_after);
            match refusal.status {
                // A token that ran out, or was not understood, is another one the next time.
                401 => PostedStart::NotNow { code, message, wait },
                403 => PostedStart::Forbidden { code, message },
                429 => PostedStart::NotNow { code, message, wait },
                // Whoever says when to come back has begun nothing.
                503 if wait.is_some() => PostedStart::NotNow { code, message, wait },
                409 if code.eq_ignore_ascii_case("ScopeLocked") => PostedStart::Forbidden { code, message },
                409 if refusal.code.is_none() || passes(&code, &message) => {
                    PostedStart::NotNow { code, message, wait }
                }
                408 => PostedStart::NoAnswer { problem: error.to_string() },
                400..500 => PostedStart::Refused { code, message },
                _ => PostedStart::NoAnswer { problem: error.to_string() },
            }
        }
        AzureError::Throttled { retry_after } => PostedStart::NotNow {
            code: "TooManyRequests".to_owned(),
            message: error.to_string(),
            wait: Some(*retry_after),
        },
        // Nothing was sent, and the next attempt may get one.
        AzureError::Token(_) => {
            PostedStart::NotNow { code: "NoToken".to_owned(), message: error.to_string(), wait: None }
        }
        AzureError::Address(_) => refused("InvalidAddress"),
        _ => PostedStart::NoAnswer { problem: error.to_string() },
    }
}

/// Whether a conflict passes by itself: another operation has the machine, by its code or in its words. Every other
/// conflict stays until somebody does something.
fn passes(code: &str, message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    let operation =
        ["another operation", "other operation", "operation in progress", "operation is in progress"];
    if operation.iter().any(|words| message.contains(words)) {
        return true;
    }
    const PASSING: [&str; 6] = [
        "Conflict",
        "AnotherOperationInProgress",
        "OperationInProgress",
        "OperationPreempted",
        "RetryableError",
        "ResourceGroupBeingModified",
    ];
    PASSING.iter().any(|known| known.eq_ignore_ascii_case(code))
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

/// How far an operation is, and how long Azure asks to wait before it is asked again. An error while asking says nothing
/// of the operation, whatever its status.
async fn progress(
    arm: &ArmClient,
    link: &OperationLink,
    now: DateTime<Utc>,
) -> (OperationProgress, Option<Duration>) {
    let (address, is_document) = match link {
        OperationLink::AsyncOperation { address } => (address, true),
        OperationLink::Location { address } => (address, false),
    };
    match arm.get_link(address).await {
        Ok(response) => {
            let progress = match (is_document, response.status) {
                (true, _) => response.json().map_or(OperationProgress::Unanswered, |body| of_document(&body)),
                (false, 202) => OperationProgress::Running { since: None },
                (false, _) => response.json().map_or(DONE, |body| of_result(&body)),
            };
            (progress, response.retry_after(now))
        }
        Err(error) => {
            tracing::warn!(%error, "could not ask for the progress of a start");
            (OperationProgress::Unanswered, None)
        }
    }
}

/// What an answer with neither a body nor 202 says where an operation is known by `Location` alone.
const DONE: OperationProgress = OperationProgress::Succeeded { since: None, at: None };

/// The result of an operation that is known by `Location` alone. Where it is the document of an operation after all, what
/// that says counts; a word that such documents do not have is about something else.
fn of_result(body: &Value) -> OperationProgress {
    let status = fields::text_at(body, &["status"]).unwrap_or_default().to_ascii_lowercase();
    match of_document(body) {
        OperationProgress::Running { .. }
            if !matches!(status.as_str(), "inprogress" | "running" | "accepted") =>
        {
            DONE
        }
        OperationProgress::Unanswered => DONE,
        said => said,
    }
}

/// From when on an operation may be asked for again where Azure asks to wait. The machine's own record is read
/// meanwhile, so that even a wait without measure would only delay what it does not show.
pub fn ask_from(wait: Duration, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let wait = TimeDelta::from_std(wait).unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT);
    (!wait.is_zero()).then(|| now + wait)
}

/// From when on a start that Azure refused for now may be sent again: then, however long that is, nothing is sent.
pub fn again_from(wait: Duration, now: DateTime<Utc>) -> DateTime<Utc> {
    now + TimeDelta::from_std(wait).unwrap_or(MOST_WAIT).min(MOST_WAIT)
}

/// `Succeeded`, `Failed` and `Canceled` are final; every other word means that it goes on.
fn of_document(body: &Value) -> OperationProgress {
    let status = fields::text_at(body, &["status"]).unwrap_or_default().to_ascii_lowercase();
    let said = |name: &str| fields::text_at(body, &["error", name]).unwrap_or_default().to_owned();
    let time = |name: &str| fields::text_at(body, &[name]).and_then(time);
    match status.as_str() {
        "" => OperationProgress::Unanswered,
        "succeeded" => OperationProgress::Succeeded { since: time("startTime"), at: time("endTime") },
        "failed" => OperationProgress::Failed { code: said("code"), message: said("message") },
        "canceled" | "cancelled" => {
            OperationProgress::Failed { code: "Canceled".to_owned(), message: said("message") }
        }
        _ => OperationProgress::Running { since: time("startTime") },
    }
}

fn time(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc())
}

/// Looks at a machine whose start is under way: one or two reads, and one of the activity log when `sent` names the
/// request to look for. The log is left alone when the operation answers.
pub async fn look_at_start(
    arm: &ArmClient,
    id: &ResourceId,
    operation: Option<&OperationLink>,
    sent: Option<&SentRequest>,
    now: DateTime<Utc>,
) -> StartObservation {
    let mut observation = StartObservation::nothing();
    match read_machine(arm, id).await {
        MachineRead::Machine(record) => {
            observation.power = record.view.power;
            observation.agent_ready = record.view.agent_ready;
            observation.reading = Some(record.view.reading);
        }
        MachineRead::Gone => observation.reading = Some(Reading::Gone),
        MachineRead::Unseen { reason: problem, .. } => {
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
    let unanswered =
        matches!(observation.progress, OperationProgress::NotAsked | OperationProgress::Unanswered);
    if let Some(sent) = sent.filter(|_| unanswered) {
        observation.log = activity_log(arm, id, sent, now).await.unwrap_or_else(|error| {
            tracing::warn!(%error, resource = %id, "could not ask the activity log about a start");
            LogEntry::Unanswered
        });
    }
    observation
}

/// What the activity log shows of any start of `id`, or of the set it is an instance of, since then.
///
/// # Errors
/// When the log cannot be asked.
pub async fn starts_since(
    arm: &ArmClient,
    id: &ResourceId,
    since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<LogEntry, AzureError> {
    activity_log(arm, id, &SentRequest { at: since, numbers: Vec::new() }, now).await
}

/// What the activity log shows of a request that was `sent` to start `id`, or the set it is an instance of.
async fn activity_log(
    arm: &ArmClient,
    id: &ResourceId,
    sent: &SentRequest,
    now: DateTime<Utc>,
) -> Result<LogEntry, AzureError> {
    let path = format!(
        "/subscriptions/{}/providers/Microsoft.Insights/eventtypes/management/values",
        id.subscription()
    );
    let time = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    // The group alone comes from the id, and its name is escaped as the filter's grammar wants it.
    let filter = format!(
        "eventTimestamp ge '{}' and eventTimestamp le '{}' and resourceGroupName eq '{}'",
        time(sent.at - LOG_MARGIN),
        time(now + LOG_MARGIN),
        id.resource_group().replace('\'', "''")
    );
    let query = [("api-version", ACTIVITY_LOG_VERSION), ("$filter", filter.as_str())];
    Ok(log_entry_of(&arm.list(&path, &query).await?, id, &sent.numbers))
}

/// What entries of the activity log say of the start of `id`, or of the set that it is an instance of, whose request had
/// one of these numbers.
pub fn log_entry_of(entries: &[Value], id: &ResourceId, numbers: &[String]) -> LogEntry {
    let set = id.scale_set();
    let is_start = |entry: &&Value| {
        let operation = fields::text_at(entry, &["operationName", "value"]).unwrap_or_default();
        let resource = fields::text_at(entry, &["resourceId"]).and_then(|id| ResourceId::parse(id).ok());
        operation.to_ascii_lowercase().ends_with("/performmaintenance/action")
            && resource.is_some_and(|resource| resource == *id || Some(&resource) == set.as_ref())
    };
    let starts: Vec<&Value> = entries.iter().filter(is_start).collect();
    read_entries(&starts, numbers)
}

/// What entries of one machine's starts say of the request with one of these numbers.
fn read_entries(entries: &[&Value], numbers: &[String]) -> LogEntry {
    let numbers_of = |entry: &Value| {
        let paths: [&[&str]; 2] = [&["correlationId"], &["httpRequest", "clientRequestId"]];
        paths.map(|path| fields::text_at(entry, path).map(str::to_owned))
    };
    let is_ours = |entry: &Value| {
        let theirs = numbers_of(entry);
        // An entry without any number is taken for ours: nothing says that it is another's.
        theirs.iter().all(Option::is_none)
            || theirs
                .iter()
                .flatten()
                .any(|number| numbers.iter().any(|own| own.eq_ignore_ascii_case(number)))
    };
    let status =
        |entry: &Value| fields::text_at(entry, &["status", "value"]).unwrap_or_default().to_ascii_lowercase();
    let is_failure = |entry: &Value| matches!(status(entry).as_str(), "failed" | "canceled" | "cancelled");
    let (ours, others): (Vec<&Value>, Vec<&Value>) = entries.iter().partition(|entry| is_ours(entry));
    let at = |entry: &Value| fields::text_at(entry, &["eventTimestamp"]).and_then(time);
    if let Some(entry) = ours.iter().find(|entry| status(entry) == "succeeded") {
        return LogEntry::Succeeded { at: at(entry) };
    }
    if let Some(entry) = ours.iter().find(|entry| is_failure(entry)) {
        let (code, message) = failure(entry);
        return LogEntry::Failed { code, message };
    }
    match (ours.is_empty(), others.iter().any(|entry| !is_failure(entry))) {
        (false, _) => LogEntry::Begun,
        (true, true) => LogEntry::Another,
        (true, false) => LogEntry::Nothing,
    }
}

/// Azure's words in an entry that says that a request failed.
fn failure(entry: &Value) -> (String, String) {
    let body = fields::text_at(entry, &["properties", "statusMessage"]).unwrap_or_default();
    let error = ArmError::from_body(0, body.as_bytes());
    let status = fields::text_at(entry, &["subStatus", "value"]).filter(|text| !text.is_empty());
    let code = error.code.or_else(|| status.map(str::to_owned)).unwrap_or_else(|| "Failed".to_owned());
    (code, error.message.unwrap_or_default())
}

#[cfg(test)]
mod tests;
