//! The distributed trace an invocation belongs to (W3C Trace Context, <https://www.w3.org/TR/trace-context/>).
//!
//! A handler gets it with its invocation; what it calls finds it by [`TraceContext::current`], without being handed it.

use axum::http::HeaderMap;
use uuid::Uuid;

tokio::task_local! {
    static CURRENT: TraceContext;
}

/// A parsed `traceparent` with its `tracestate`, or one made from the invocation's id when the host sent none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceContext {
    trace_id: String,
    span_id: String,
    flags: u8,
    state: Option<String>,
}

impl TraceContext {
    /// The trace in the headers of a request, when there is a valid one.
    pub fn from_headers(headers: &HeaderMap) -> Option<Self> {
        let mut parents = headers.get_all("traceparent").iter();
        let parent = parents.next()?.to_str().ok()?;
        if parents.next().is_some() {
            return None;
        }
        let states: Vec<&str> =
            headers.get_all("tracestate").iter().filter_map(|value| value.to_str().ok()).collect();
        let state = Some(states.join(",")).filter(|state| !state.is_empty() && state.len() <= 512);
        Some(Self { state, ..Self::parse(parent)? })
    }

    /// Reads a `traceparent`. Later versions than 00 are read as far as version 00 goes, as the standard asks.
    pub fn parse(traceparent: &str) -> Option<Self> {
        let (version, rest) = traceparent.split_once('-')?;
        let (trace_id, rest) = rest.split_once('-')?;
        let (span_id, rest) = rest.split_once('-')?;
        let (flags, later) = rest.split_once('-').map_or((rest, None), |(flags, later)| (flags, Some(later)));
        let usable = is_hex(version, 2)
            && version != "ff"
            && (version != "00" || later.is_none())
            && is_id(trace_id, 32)
            && is_id(span_id, 16)
            && is_hex(flags, 2);
        usable.then_some(())?;
        Some(Self {
            trace_id: trace_id.to_owned(),
            span_id: span_id.to_owned(),
            flags: u8::from_str_radix(flags, 16).ok()?,
            state: None,
        })
    }

    /// A trace of its own for an invocation: the same id always gives the same trace, so that what several
    /// processes log about it can be joined. An id that is a UUID is itself the trace id.
    pub fn derived_from(invocation_id: &str) -> Self {
        let hash = Uuid::new_v5(&Uuid::NAMESPACE_OID, invocation_id.as_bytes());
        let trace = Uuid::try_parse(invocation_id).ok().filter(|id| !id.is_nil()).unwrap_or(hash);
        // The last eight bytes of a version 5 UUID start with its variant bits and so are never zero.
        let span_id = hash.simple().to_string().split_off(16);
        Self { trace_id: trace.simple().to_string(), span_id, flags: 0, state: None }
    }

    /// The trace of the invocation that the present task works for. A task that a handler spawns has none.
    pub fn current() -> Option<Self> {
        CURRENT.try_with(Clone::clone).ok()
    }

    /// Runs `work` as a part of this trace.
    pub async fn scope<F: Future>(self, work: F) -> F::Output {
        CURRENT.scope(self, work).await
    }

    /// The same trace with a span id of its own, for one outgoing call.
    #[must_use]
    pub fn child(&self) -> Self {
        // The last eight bytes of a version 4 UUID start with its variant bits and so are never zero.
        let span_id = Uuid::new_v4().simple().to_string().split_off(16);
        Self { span_id, ..self.clone() }
    }

    /// 32 lowercase hexadecimal digits.
    pub fn trace_id(&self) -> &str {
        &self.trace_id
    }

    /// Whether the caller records this trace.
    pub fn is_sampled(&self) -> bool {
        self.flags & 1 == 1
    }

    /// The value of `traceparent` for an outgoing request.
    pub fn traceparent(&self) -> String {
        format!("00-{}-{}-{:02x}", self.trace_id, self.span_id, self.flags & 1)
    }

    /// The value of `tracestate` for an outgoing request.
    pub fn tracestate(&self) -> Option<&str> {
        self.state.as_deref()
    }
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_id(text: &str, length: usize) -> bool {
    is_hex(text, length) && text.bytes().any(|byte| byte != b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_valid_parent_comes_back_as_it_was() {
        let text = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let trace = TraceContext::parse(text).unwrap();
        assert!(trace.is_sampled());
        assert_eq!(trace.traceparent(), text);
        let later =
            TraceContext::parse("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-future").unwrap();
        assert_eq!(later.traceparent(), text);
    }

    #[tokio::test]
    async fn work_finds_its_trace_and_each_call_has_its_own_span() {
        assert_eq!(TraceContext::current(), None);
        let trace = TraceContext::derived_from("83a33220-a921-460a-bec0-b3f043dcf1ff");
        let found = trace.clone().scope(async { TraceContext::current() }).await.unwrap();
        assert_eq!(found, trace);
        let (one, other) = (found.child(), found.child());
        assert_eq!((one.trace_id(), other.trace_id()), (trace.trace_id(), trace.trace_id()));
        assert_ne!(one.traceparent(), other.traceparent());
        assert_eq!(TraceContext::parse(&one.traceparent()).unwrap(), one);
    }

    #[test]
    fn what_the_standard_forbids_is_not_a_parent() {
        for text in [
            "",
            "00",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
        ] {
            assert_eq!(TraceContext::parse(text), None, "{text}");
        }
    }

    #[test]
    fn an_invocation_without_a_parent_is_its_own_trace() {
        let trace = TraceContext::derived_from("00000000-0000-0000-0000-000000000001");
        assert_eq!(trace.trace_id(), "00000000000000000000000000000001");
        assert_eq!(TraceContext::parse(&trace.traceparent()), Some(trace));
        let other = TraceContext::derived_from("not a uuid");
        assert_eq!(TraceContext::parse(&other.traceparent()), Some(other));
    }
}
