//! Where a request comes from: the Functions host itself, or a visitor whose request it passes on.
//!
//! Both come over the same connections, and a visitor chooses path, method, body and `Host`. The framing is the host's
//! alone: its own calls are always chunked, without a length, and have its own headers only; what it forwards never is
//! chunked and has the visitor's. Where it streams instead (`enableProxyingHttpRequest`), it adds headers that its own
//! calls do not have.

use axum::extract::Request;
use axum::http::header::{
    CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderName, TRANSFER_ENCODING, USER_AGENT,
};
use axum::http::{HeaderMap, Method, Version};

use super::connection::RawHead;
use super::context::INVOCATION_ID;
use super::own_address::OwnAddress;

/// Each of these once: what the host's own calls have.
const OWN: [HeaderName; 6] = [
    HOST,
    HeaderName::from_static("x-azure-functions-hostversion"),
    INVOCATION_ID,
    USER_AGENT,
    TRANSFER_ENCODING,
    CONTENT_TYPE,
];
/// These at most once: the trace, as .NET's client writes it, and what is said of the connection.
const BESIDES: [HeaderName; 6] = [
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("tracestate"),
    HeaderName::from_static("baggage"),
    HeaderName::from_static("correlation-context"),
    HeaderName::from_static("request-id"),
    CONNECTION,
];

/// Whose request it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// The host calls a function.
    Host,
    /// The host passes on what somebody asks for.
    Visitor,
    /// It looks like a call of the host and is none, or its end can be read in two ways.
    Neither,
}

/// Whose request this is.
pub(super) fn origin(request: &Request) -> Origin {
    let headers = request.headers();
    let encodings = headers.get_all(TRANSFER_ENCODING).iter().count();
    if encodings == 0 {
        return Origin::Visitor;
    }
    // Without a socket there is no raw head: then the headers are all there is.
    let raw = request.extensions().get::<RawHead>().map(RawHead::has_length);
    if encodings > 1 || headers.contains_key(CONTENT_LENGTH) || raw == Some(Some(true)) {
        return Origin::Neither;
    }
    let is_own = is_addressed_to_us(request);
    // Of what was sent before its turn the head is not known. The host waits for each answer.
    if is_own && is_own_form(request) && raw != Some(None) {
        Origin::Host
    } else if is_own {
        Origin::Neither
    } else {
        Origin::Visitor
    }
}

/// Whether the host calls a function, and does not pass on a visitor's request.
pub(super) fn is_from_host(request: &Request) -> bool {
    origin(request) == Origin::Host
}

/// The host calls this process by the address that it listens on.
fn is_addressed_to_us(request: &Request) -> bool {
    let hosts = request.headers().get_all(HOST);
    hosts.iter().filter_map(|host| host.to_str().ok()).any(|host| {
        match request.extensions().get::<OwnAddress>() {
            Some(OwnAddress(address)) => host == address.to_string(),
            None => host.rsplit_once(':').map_or(host, |(name, _)| name) == "127.0.0.1",
        }
    })
}

/// Method, version, target and headers as the host writes them, and nothing besides.
fn is_own_form(request: &Request) -> bool {
    let (headers, target) = (request.headers(), request.uri());
    let times = |name: &HeaderName| headers.get_all(name).iter().count();
    *request.method() == Method::POST
        && request.version() == Version::HTTP_11
        && target.scheme().is_none()
        && target.authority().is_none()
        && target.query().is_none()
        && OWN.iter().all(|name| times(name) == 1)
        && BESIDES.iter().all(|name| times(name) <= 1)
        && headers.keys().all(|name| OWN.contains(name) || BESIDES.contains(name))
        && has_own_values(headers)
}

fn has_own_values(headers: &HeaderMap) -> bool {
    let value =
        |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let agent = value(&USER_AGENT).strip_prefix("Azure-Functions-Host/");
    value(&TRANSFER_ENCODING).eq_ignore_ascii_case("chunked")
        && value(&CONTENT_TYPE).to_ascii_lowercase().starts_with("application/json")
        // Forwarded, the visitor's own stands before the host's.
        && agent.is_some_and(|version| !version.contains([' ', ',']))
        && !value(&INVOCATION_ID).contains(',')
}
