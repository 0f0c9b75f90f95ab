//! Teams messages by the flow *When a Teams webhook request is received*.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, LOCATION};
use reqwest::{Client, Response, StatusCode};
use serde_json::Value;

use super::outcome::{Delivery, Rejection};
use super::service_reply::{BETWEEN, LONGEST_ANSWER, is_from_between, is_page, unanswered};
use super::webhook::{Webhook, WebhookPolicy};
use crate::clock::SharedClock;
use crate::http::body::read_beginning;
use crate::http::calls::{self, Service};
use crate::http::client::{ClientOptions, builder};
use crate::http::public_network::PublicResolver;
use crate::http::refusal::quotable;
use crate::http::retry_after::retry_after;

/// Posts cards to flows.
#[derive(Clone)]
pub struct Workflows {
    client: Client,
    policy: WebhookPolicy,
    clock: SharedClock,
}

/// The HTTP client could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("the client for Teams cannot be set up: {0}")]
pub struct WorkflowsSetupError(#[from] reqwest::Error);

/// How long one post may take in all.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

impl Workflows {
    /// A client whose posts take no longer than `timeout`, answers included.
    ///
    /// It follows no redirects and uses no proxy: through a proxy the addresses that webhooks lead to could not be
    /// checked.
    ///
    /// # Errors
    /// When the system's certificates cannot be read.
    pub fn new(
        policy: WebhookPolicy,
        timeout: Duration,
        clock: SharedClock,
    ) -> Result<Self, WorkflowsSetupError> {
        let mut builder = builder(&ClientOptions {
            timeout: Some(timeout),
            connect_timeout: Some(timeout / 2),
            use_proxy: false,
            ..ClientOptions::default()
        });
        if policy == WebhookPolicy::PublicOnly {
            builder = builder.https_only(true).dns_resolver(Arc::new(PublicResolver));
        }
        Ok(Self { client: builder.build()?, policy, clock })
    }

    /// Makes one attempt to post `json`.
    pub async fn post(&self, webhook: &Webhook, json: &str) -> Delivery {
        // The resolver is not asked about addresses written as numbers: those were checked when they were parsed.
        if self.policy == WebhookPolicy::PublicOnly && webhook.policy() != WebhookPolicy::PublicOnly {
            return Delivery::ours(format!("the webhook on {} was not checked to be public", webhook.host()));
        }
        let request = self
            .client
            .post(webhook.expose())
            .header(CONTENT_TYPE, "application/json; charset=utf-8")
            .body(json.to_owned());
        match calls::send(Service::Teams, request).await {
            Ok(response) => self.judge(webhook, response).await,
            Err(error) => unanswered(webhook.host(), &error),
        }
    }

    async fn judge(&self, webhook: &Webhook, response: Response) -> Delivery {
        let host = webhook.host();
        let status = response.status();
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
        let wait = retry_after(response.headers(), self.clock.now());
        let run = header("x-ms-workflow-run-id").map(|run| quotable(&webhook.redact(run)));
        let target = header(LOCATION.as_str())
            .and_then(|target| response.url().join(target).ok())
            .and_then(|target| target.host_str().map(ToOwned::to_owned));
        let body = webhook.redact(&read_beginning(response, LONGEST_ANSWER).await);
        // The retired connectors answered 200 and said in the text what had really happened.
        let status = status_in_text(&body).filter(|_| status.is_success()).unwrap_or(status);
        if status.is_redirection() {
            return Delivery::ours(format!(
                "{host} redirected the card to {}, which is not followed; enter the flow's present address",
                target.as_deref().unwrap_or("another address")
            ));
        }
        if status.is_success() && is_page(&body) {
            return Delivery::ours(format!(
                "{host} answered {status} with a page for people instead of the flow's answer; check the address, and what \
                 stands in between"
            ));
        }
        if is_from_between(status, is_page(&body)) {
            return Delivery::ours(format!("{host} answered {status}; {BETWEEN}")).after(wait);
        }
        if status.is_success() && says_failed(&body) {
            // Whether it failed before or behind the card, the answer does not say.
            return Delivery::unknown(format!(
                "{host} answered {status} and says that the flow failed: {}",
                quotable(&body)
            ))
            .after(wait);
        }
        verdict(host, status, &body, run).after(wait)
    }
}

impl std::fmt::Debug for Workflows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Workflows").finish_non_exhaustive()
    }
}

fn verdict(host: &str, status: StatusCode, body: &str, run: Option<String>) -> Delivery {
    if status.is_success() {
        return Delivery::Accepted {
            reference: run.map_or_else(
                || format!("{host} {}", status.as_u16()),
                |run| format!("{host} {} run {run}", status.as_u16()),
            ),
        };
    }
    let said = if body.is_empty() {
        format!("{host} answered {status}")
    } else {
        format!("{host} answered {status}: {}", quotable(body))
    };
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => Delivery::Rejected { cause: Rejection::TooLarge, error: said },
        // Answered before any work was done.
        StatusCode::TOO_MANY_REQUESTS
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::REQUEST_TIMEOUT
        | StatusCode::TOO_EARLY => Delivery::unsent(said),
        _ if status.is_server_error() => Delivery::unknown(said),
        _ => Delivery::rejected(format!("{said}; {}", refused_because(status))),
    }
}

/// What a flow that takes no card most likely is. Every such answer speaks of the flow, not of the one card.
fn refused_because(status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            "the flow does not know the key in its address any more, or takes cards from signed-in people only"
        }
        StatusCode::BAD_REQUEST => "the flow is switched off, or expects something else than a card",
        _ => "the flow is switched off, deleted, or its address has changed",
    }
}

/// Whether a flow's own answer, in whatever words its maker chose, speaks of a failure.
fn says_failed(body: &str) -> bool {
    let Ok(Value::Object(answer)) = serde_json::from_str(body) else { return false };
    answer.iter().any(|(key, value)| match (key.to_ascii_lowercase().as_str(), value) {
        ("error" | "errors" | "exception", Value::String(text)) => !text.trim().is_empty(),
        ("error" | "errors" | "exception", Value::Bool(failed)) => *failed,
        ("error" | "errors" | "exception", Value::Array(errors)) => !errors.is_empty(),
        ("error" | "errors" | "exception", Value::Object(error)) => !error.is_empty(),
        ("success" | "succeeded" | "ok", Value::Bool(succeeded)) => !succeeded,
        ("status" | "result" | "outcome", Value::String(word)) => {
            ["failed", "failure", "error", "timedout", "cancelled", "aborted"]
                .contains(&word.to_ascii_lowercase().as_str())
        }
        ("status" | "statuscode" | "code", Value::Number(code)) => {
            code.as_u64().is_some_and(|code| (400..600).contains(&code))
        }
        _ => false,
    })
}

/// The status that an old connector hides in a sentence: `… endpoint returned HTTP error 429 with …`.
fn status_in_text(body: &str) -> Option<StatusCode> {
    let (_, after) = body.split_once("returned HTTP error ")?;
    let code = after.get(..3)?.parse().ok()?;
    StatusCode::from_u16(code).ok().filter(|status| !status.is_success())
}
