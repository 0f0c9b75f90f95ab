//! The distributed trace an invocation belongs to (W3C Trace Context, <https://www.w3.org/TR/trace-context/>).

use axum::http::HeaderMap;
use uuid::Uuid;

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
