//! Calls to other services: what each carries, so that it can be found again, and what it leaves in the metrics.

use std::time::Duration;

use reqwest::{RequestBuilder, Response, StatusCode};

use crate::functions::TraceContext;
use crate::metrics;

/// Who is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    ResourceManager,
    /// Azure Resource Graph, which has a quota of its own.
    ResourceGraph,
    Tables,
    MicrosoftGraph,
    CommunicationServices,
    KeyVault,
    Blobs,
    /// A Teams flow, at an address that its owner gave.
    Teams,
}

impl Service {
    /// The service in one word, as in the metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ResourceManager => "resource-manager",
            Self::ResourceGraph => "resource-graph",
            Self::Tables => "tables",
            Self::MicrosoftGraph => "microsoft-graph",
            Self::CommunicationServices => "communication-services",
            Self::KeyVault => "key-vault",
            Self::Blobs => "blobs",
            Self::Teams => "teams",
        }
    }

    /// Whether it may have `tracestate`. That is for those who write into it: Azure's own telemetry puts the id of the
    /// Application Insights resource there, which is nobody's business at an address that somebody typed in.
    fn may_have_trace_state(self) -> bool {
        self != Self::Teams
    }
}

/// Sends a request as a part of the trace at hand, and counts it.
pub async fn send(service: Service, request: RequestBuilder) -> reqwest::Result<Response> {
    let answer = in_trace(service, request).send().await;
    let status = answer.as_ref().ok().map(Response::status);
    metrics::called(service.as_str(), status.map(|status| status.as_u16()));
    let throttled = match status {
        Some(StatusCode::TOO_MANY_REQUESTS) => true,
        Some(StatusCode::SERVICE_UNAVAILABLE) => {
            answer.as_ref().is_ok_and(|answer| answer.headers().contains_key(reqwest::header::RETRY_AFTER))
        }
        _ => false,
    };
    if throttled {
        metrics::throttled(service.as_str());
    }
    answer
}

/// A call to `service` was held back for so long, because of its quota or before it was made again.
pub fn waited(service: Service, wait: Duration) {
    metrics::waited(service.as_str(), wait);
}

fn in_trace(service: Service, request: RequestBuilder) -> RequestBuilder {
    let Some(trace) = TraceContext::current() else { return request };
    let request = request.header("traceparent", trace.child().traceparent());
    match trace.tracestate() {
        Some(state) if service.may_have_trace_state() => request.header("tracestate", state),
        _ => request,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;

    use super::*;
    use crate::azure::testing::Fake;

    async fn carried(service: Service, trace: Option<TraceContext>) -> (Option<String>, Option<String>) {
        let fake = Fake::start(|_| (200, "").into()).await;
        let call = send(service, fake.http().get(fake.url("/")));
        match trace {
            Some(trace) => trace.scope(call).await.unwrap(),
            None => call.await.unwrap(),
        };
        let seen = fake.seen().remove(0);
        let header = |name| seen.header(name).map(str::to_owned);
        (header("traceparent"), header("tracestate"))
    }

    fn trace() -> TraceContext {
        let mut headers = HeaderMap::new();
        headers.insert(
            "traceparent",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".parse().unwrap(),
        );
        headers.insert("tracestate", "az=cid-v1:5f6d".parse().unwrap());
        TraceContext::from_headers(&headers).unwrap()
    }

    #[tokio::test]
    async fn a_call_belongs_to_the_trace_of_its_invocation() {
        let (parent, state) = carried(Service::ResourceManager, Some(trace())).await;
        let parent = TraceContext::parse(&parent.unwrap()).unwrap();
        assert_eq!(parent.trace_id(), trace().trace_id());
        assert!(parent.is_sampled());
        assert_ne!(parent.traceparent(), trace().traceparent());
        assert_eq!(state.as_deref(), Some("az=cid-v1:5f6d"));
    }

    #[tokio::test]
    async fn a_flow_of_somebody_learns_nothing_of_our_telemetry() {
        let (parent, state) = carried(Service::Teams, Some(trace())).await;
        assert!(parent.is_some());
        assert_eq!(state, None);
    }

    #[tokio::test]
    async fn without_an_invocation_there_is_no_trace() {
        assert_eq!(carried(Service::Tables, None).await, (None, None));
    }
}
