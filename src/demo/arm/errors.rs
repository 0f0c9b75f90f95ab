//! The errors of Azure Resource Manager and of Microsoft.Compute, in their envelopes.

use serde_json::json;

use crate::demo::{
    answer::{Body, SimulatedReply},
    request::ArmRequest,
    world::split_id,
};

/// Any error in the usual envelope.
pub(crate) fn error(status: u16, code: &str, message: &str) -> SimulatedReply {
    SimulatedReply::json(status, json!({ "error": { "code": code, "message": message } }))
        .with_header("x-ms-failure-cause", "gateway")
}

pub(super) fn authentication(message: &str) -> SimulatedReply {
    error(401, "InvalidAuthenticationToken", message)
        .with_header("www-authenticate", "Bearer authorization_uri=\"https://login.microsoftonline.com/\"")
}

pub(super) fn missing_api_version() -> SimulatedReply {
    error(
        400,
        "MissingApiVersionParameter",
        "The api-version query parameter (?api-version=) is required for all requests.",
    )
}

pub(super) fn invalid_api_version(version: &str) -> SimulatedReply {
    let message =
        format!("The api-version '{version}' is invalid. The api-version must be like 'yyyy-MM-dd'.");
    error(400, "InvalidApiVersionParameter", &message)
}

/// A version that no resource type of a provider has.
pub(super) fn unsupported_api_version(segments: &[String], version: &str, known: &[&str]) -> SimulatedReply {
    let kind = segments.last().map(String::as_str).unwrap_or_default();
    let message = format!(
        "No registered resource provider found for API version '{version}' for type '{kind}'. The supported \
         api-versions are '{}'.",
        known.join(", ")
    );
    error(400, "NoRegisteredProviderFound", &message)
}

pub(super) fn no_such_path(request: &ArmRequest) -> SimulatedReply {
    let message = format!("No resource or operation was found at '{} {}'.", request.method, request.path);
    error(404, "InvalidResourceType", &message)
}

pub(super) fn subscription_not_found(id: &str) -> SimulatedReply {
    error(404, "SubscriptionNotFound", &format!("The subscription '{id}' could not be found."))
}

/// Azure changes nothing in a subscription that is disabled, whatever is asked.
pub(super) fn read_only(id: &str) -> SimulatedReply {
    let message = format!(
        "The subscription '{id}' is disabled and therefore marked as read only. You cannot perform any write actions \
         on this subscription until it is re-enabled."
    );
    error(409, "ReadOnlyDisabledSubscription", &message)
}

pub(super) fn resource_group_not_found(name: &str) -> SimulatedReply {
    error(404, "ResourceGroupNotFound", &format!("Resource group '{name}' could not be found."))
}

fn resource_not_found(resource: &str, group: &str) -> SimulatedReply {
    let message = format!("The Resource '{resource}' under resource group '{group}' was not found.");
    error(404, "ResourceNotFound", &message)
}

pub(super) fn authorization_failed(principal: &str, action: &str, scope: &str) -> SimulatedReply {
    let message = format!(
        "The client '{principal}' with object id '{principal}' does not have authorization to perform action \
         '{action}' over scope '{scope}' or the scope is invalid. If access was recently granted, please refresh \
         your credentials."
    );
    error(403, "AuthorizationFailed", &message)
}

/// Azure Resource Manager's own 429.
pub(super) fn throttled(retry_after: u64) -> SimulatedReply {
    let message = format!("The request was throttled. Please retry after {retry_after} seconds.");
    error(429, "SubscriptionRequestsThrottled", &message).with_header("retry-after", retry_after.to_string())
}

/// The 429 of Microsoft.Compute: no envelope, and the code that also means "not allowed".
pub(crate) fn compute_throttled(retry_after: u64) -> SimulatedReply {
    let policy = json!({
        "operationGroup": "HighCostGet30Min",
        "allowedRequestCount": 800,
        "measuredRequestCount": 1238,
    });
    let body = json!({
        "code": "OperationNotAllowed",
        "message": "The server rejected the request because too many requests have been received for this subscription.",
        "details": [{ "code": "TooManyRequests", "target": "HighCostGet30Min", "message": policy.to_string() }],
    });
    SimulatedReply::json(429, body).with_header("retry-after", retry_after.to_string())
}

/// A conflict of Microsoft.Compute, synchronous, written with indentation.
pub(super) fn not_allowed(message: &str) -> SimulatedReply {
    let body = json!({ "error": { "code": "OperationNotAllowed", "message": message } });
    SimulatedReply::new(409, Body::PrettyJson(body)).with_header("x-ms-failure-cause", "service")
}

/// The 404 for a resource of Microsoft.Compute that is not there.
pub(super) fn not_found(id: &str) -> SimulatedReply {
    match split_id(id) {
        Some((_, group, rest)) => resource_not_found(rest.trim_start_matches("providers/"), group),
        None => resource_not_found(id, ""),
    }
}
