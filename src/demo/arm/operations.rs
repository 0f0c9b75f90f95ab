//! Long-running operations: what a client polls after 202.

use serde_json::json;

use super::{call::ArmCall, errors};
use crate::demo::{
    answer::{Body, SimulatedReply},
    operation::Operation,
    state::State,
    times,
};

/// Status 202 without a body: `Location` and `Azure-AsyncOperation`, and no `Retry-After` unless a switch says so, as was
/// recorded.
pub(super) fn accepted(state: &mut State, call: ArmCall<'_>, operation: Operation) -> SimulatedReply {
    let version = call.request.parameter("api-version").unwrap_or_default();
    // The parameter `p` is another identifier than the operation's: clients must take the address as it is.
    let opaque = state.next_uuid("p");
    let address = format!(
        "{}/subscriptions/{}/providers/Microsoft.Compute/locations/{}/operations/{}?p={opaque}",
        call.request.base, operation.subscription, operation.region, operation.id
    );
    let answer = SimulatedReply::new(202, Body::Empty)
        .with_header("location", format!("{address}&monitor=true&api-version={version}"));
    let answer = if state.switches.location_alone {
        answer
    } else {
        answer.with_header("azure-asyncoperation", format!("{address}&api-version={version}"))
    };
    let answer = answer.with_header("x-ms-request-id", operation.id.clone()).with_header(
        "x-ms-ratelimit-remaining-resource",
        "Microsoft.Compute/UpdateVM3Min;238,Microsoft.Compute/UpdateVM30Min;1198",
    );
    state.operations.insert(operation.id.clone(), operation);
    with_retry_after(state, answer)
}

fn with_retry_after(state: &State, answer: SimulatedReply) -> SimulatedReply {
    match state.switches.operation_retry_after {
        Some(seconds) => answer.with_header("retry-after", seconds.to_string()),
        None => answer,
    }
}

/// The status of an operation, or, with `monitor=true`, the bare 202 and 200 of the `Location` address.
pub(super) fn get(state: &State, call: ArmCall<'_>, id: &str) -> SimulatedReply {
    let Some(operation) = state.operations.get(id) else {
        let message = format!("The operation '{id}' could not be found.");
        return errors::error(404, "NotFound", &message);
    };
    let done = operation.end.filter(|end| *end <= call.now);
    let answer = if call.request.parameter("monitor") == Some("true") {
        match (done, &operation.failure) {
            (None, _) => SimulatedReply::new(202, Body::Empty)
                .with_header("location", call.request.link_with("monitor", "true")),
            (Some(_), None) => SimulatedReply::new(200, Body::Empty),
            (Some(_), Some((code, message))) => errors::error(500, code, message),
        }
    } else {
        let mut body = json!({
            "startTime": times::seven_digits(operation.start),
            "status": "InProgress",
            "name": operation.id,
        });
        if let Some(end) = done {
            body["endTime"] = json!(times::seven_digits(end));
            body["status"] = json!(if operation.failure.is_some() { "Failed" } else { "Succeeded" });
            if let Some((code, message)) = &operation.failure {
                body["error"] = json!({ "code": code, "message": message });
            }
        }
        SimulatedReply::new(200, Body::PrettyJson(body))
    };
    let answer = if done.is_none() { with_retry_after(state, answer) } else { answer };
    answer.with_header(
        "x-ms-ratelimit-remaining-resource",
        "Microsoft.Compute/GetOperation3Min;14987,Microsoft.Compute/GetOperation30Min;29946",
    )
}
