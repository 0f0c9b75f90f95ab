//! What a handler learns of its invocation besides the trigger.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderName};
use tokio::time::Instant;

use super::{RetryContext, TraceContext};

pub(super) const INVOCATION_ID: HeaderName = HeaderName::from_static("x-azure-functions-invocationid");

/// One run of one function.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// The function's name: the name of its folder.
    pub function: String,
    /// The host's id of this attempt. A retry has a new one.
    pub id: String,
    /// The trace this invocation belongs to, for outgoing calls and logs.
    pub trace: TraceContext,
    /// When the handler is stopped and the invocation fails.
    pub deadline: Instant,
    /// How often it was tried, when the function has a retry policy.
    pub retry: Option<RetryContext>,
}

impl Invocation {
    /// An invocation as the request's headers describe it, to be done within `allowed`.
    pub fn from_headers(function: &str, headers: &HeaderMap, allowed: Duration) -> Self {
        let id = invocation_id(headers).map_or_else(|| uuid::Uuid::new_v4().to_string(), str::to_owned);
        let trace = TraceContext::from_headers(headers).unwrap_or_else(|| TraceContext::derived_from(&id));
        Self { function: function.to_owned(), id, trace, deadline: Instant::now() + allowed, retry: None }
    }

    /// How long the handler may still work: zero when the deadline has passed.
    pub fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }
}

/// In forwarding mode the host appends its own id to one that the client may have sent: the last one counts.
pub(super) fn invocation_id(headers: &HeaderMap) -> Option<&str> {
    let last = headers.get_all(INVOCATION_ID).iter().next_back()?.to_str().ok()?.rsplit(',').next()?.trim();
    (!last.is_empty() && last.len() <= 100).then_some(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_s_own_id_counts_when_a_client_sent_one_too() {
        let mut headers = HeaderMap::new();
        headers.append(INVOCATION_ID, "from-the-client".parse().unwrap());
        headers.append(INVOCATION_ID, "from-the-host".parse().unwrap());
        assert_eq!(Invocation::from_headers("Web", &headers, Duration::ZERO).id, "from-the-host");

        let mut joined = HeaderMap::new();
        joined.append(INVOCATION_ID, "from-the-client, from-the-host".parse().unwrap());
        assert_eq!(Invocation::from_headers("Web", &joined, Duration::ZERO).id, "from-the-host");
    }

    #[test]
    fn an_invocation_without_an_id_gets_its_own() {
        let first = Invocation::from_headers("Tick", &HeaderMap::new(), Duration::ZERO);
        let second = Invocation::from_headers("Tick", &HeaderMap::new(), Duration::ZERO);
        assert_ne!(first.id, second.id);
        assert_ne!(first.trace.trace_id(), second.trace.trace_id());
    }
}
