//! What the services that are spoken to by HTTP have in common: no answer, a part of one, a refusal.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::{Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::outcome::Delivery;
use crate::http::body::read_beginning;
use crate::http::causes::{find_cause, innermost};
use crate::http::public_network::PrivateAddress;
use crate::http::refusal::{Refusal, quotable};
use crate::http::retry_after::retry_after;

/// How much of an answer is read.
pub(super) const LONGEST_ANSWER: usize = 16 * 1024;

/// How much of a body that nobody understands is kept.
const SHOWN: usize = 120;

/// An answer of one of Azure's mail services, read as far as we need it.
#[derive(Debug)]
pub(super) struct ServiceReply {
    pub(super) status: StatusCode,
    /// How long the service asks us to wait.
    pub(super) retry_after: Option<Duration>,
    /// The service's words, if it refuses.
    pub(super) refusal: Refusal,
    /// The body, if it is JSON.
    pub(super) body: Value,
    /// What a body that is no JSON begins with.
    pub(super) beginning: String,
}

impl ServiceReply {
    /// Reads what matters of `response`: its status, its wait and the beginning of its body, with `secret` taken
    /// out, should the service repeat it.
    pub(super) async fn read(response: Response, now: DateTime<Utc>, secret: &SecretString) -> Self {
        let retry_after = retry_after(response.headers(), now);
        let status = response.status();
        let text = read_beginning(response, LONGEST_ANSWER).await.replace(secret.expose_secret(), "…");
        let body: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
        let refusal = Refusal::read(status.as_u16(), text.as_bytes());
        let beginning =
            if body.is_null() { text.trim_start().chars().take(SHOWN).collect() } else { String::new() };
        Self { status, retry_after, refusal, body, beginning }
    }

    /// What `host` said, for a person.
    pub(super) fn said(&self, host: &str) -> String {
        let words = self.words();
        if words.is_empty() {
            return format!("{host} answered {}", self.status);
        }
        format!("{host} answered {}: {words}", self.status)
    }

    /// Whether nothing came with the status.
    pub(super) fn is_empty(&self) -> bool {
        self.body.is_null() && self.beginning.is_empty()
    }

    /// A success without what the service says with it: somebody else answered, such as the sign-in page of a proxy.
    /// Nobody took the message, unless it is no page either; then nobody knows.
    pub(super) fn not_the_service(&self, host: &str) -> Delivery {
        let said = format!(
            "{host} answered {}, but not as the service does: {}; check its address and what stands in between",
            self.status,
            quotable(&self.beginning)
        );
        if is_page(&self.beginning) { Delivery::ours(said) } else { Delivery::unknown(said) }
    }

    /// The service's own words for a refusal.
    pub(super) fn words(&self) -> String {
        let words = [&self.refusal.code, &self.refusal.message].into_iter().filter_map(Option::as_deref);
        words.collect::<Vec<_>>().join(": ")
    }

    /// Whether the refusal speaks of `part` of the request.
    pub(super) fn names(&self, part: &str) -> bool {
        let target = self.body["error"]["target"].as_str().unwrap_or_default();
        [self.refusal.code(), self.refusal.message.as_deref().unwrap_or_default(), target]
            .iter()
            .any(|words| words.to_ascii_lowercase().contains(part))
    }

    /// What every service means by a status that says nothing of this one message. `None` for the other statuses.
    pub(super) fn common_verdict(&self, host: &str) -> Option<Delivery> {
        let said = self.said(host);
        let delivery = match self.status {
            status if is_from_between(status, is_page(&self.beginning)) => {
                Delivery::ours(format!("{said}; {BETWEEN}"))
            }
            status if status.is_redirection() => {
                Delivery::ours(format!("{said}; redirects are not followed, check the service's address"))
            }
            // Answered before any work was done.
            StatusCode::TOO_MANY_REQUESTS => Delivery::unsent(said),
            StatusCode::SERVICE_UNAVAILABLE => Delivery::unreachable(said),
            StatusCode::PAYLOAD_TOO_LARGE => Delivery::too_large(said),
            status if status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT => {
                Delivery::unknown(format!("{said}; the message may have been taken"))
            }
            _ => return None,
        };
        Some(delivery.after(self.retry_after))
    }
}

/// Who answers in the place of a service.
pub(super) const BETWEEN: &str = "a proxy, a firewall or a network's sign-in page in between answered, and not the \
                                  service: let its address through";

/// Whether somebody in between answered: a proxy that wants to know who asks, a network that wants a sign-in, a firewall
/// with a page for people. The services themselves refuse in JSON or in words.
pub(super) fn is_from_between(status: StatusCode, is_page: bool) -> bool {
    const PASSES: [u16; 3] = [408, 413, 429];
    matches!(status.as_u16(), 407 | 421 | 451 | 511)
        || is_page && status.is_client_error() && !PASSES.contains(&status.as_u16())
}

/// Whether a body is a page for people.
pub(super) fn is_page(body: &str) -> bool {
    // No service that is asked here answers with anything that begins like a page; JSON and words do not.
    body.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}').starts_with('<')
}

/// No answer came. The error is taken apart here, because reqwest's own text would name the whole address.
pub(super) fn unanswered(host: &str, error: &reqwest::Error) -> Delivery {
    if let Some(private) = find_cause::<PrivateAddress>(error) {
        return Delivery::ours(private.to_string());
    }
    if let Some(problem) = find_cause::<rustls::Error>(error) {
        return Delivery::ours(format!("no protected connection to {host}: {problem}"));
    }
    let unsent = error.is_connect() || error.is_builder();
    match (unsent, error.is_timeout()) {
        (true, true) => Delivery::unsent(format!("{host} could not be reached in time")),
        (true, false) => {
            Delivery::unsent(format!("{host} could not be reached: {}", quotable(&innermost(error))))
        }
        (false, true) => Delivery::unknown(format!("{host} did not answer in time")),
        (false, false) => {
            Delivery::unknown(format!("the connection to {host} broke: {}", quotable(&innermost(error))))
        }
    }
}
