//! A request as the simulated services see it.

use axum::http::Method;
use bytes::Bytes;
use chrono::{DateTime, Utc};

/// A request, taken apart once.
#[derive(Debug)]
pub(super) struct ArmRequest {
    pub(super) method: Method,
    /// The path below the simulation's own prefix, as it was sent.
    pub(super) path: String,
    /// Path segments, decoded and in lower case: ARM takes no account of case.
    pub(super) segments: Vec<String>,
    /// Parameters with their names in lower case.
    pub(super) query: Vec<(String, String)>,
    pub(super) body: Bytes,
    /// `http://host/prefix`, from which absolute links are made.
    pub(super) base: String,
    /// The bearer token, when there is one.
    pub(super) token: Option<String>,
    pub(super) content_type: Option<String>,
    /// Whether the client takes a body that is packed.
    pub(super) takes_gzip: bool,
    /// The value of `X-IDENTITY-HEADER`.
    pub(super) identity_header: Option<String>,
    /// The number under which the client wants its request to be known.
    pub(super) correlation: Option<String>,
}

impl ArmRequest {
    /// The value of a query parameter; names compare without case.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Whether `$expand` asks for the instance view; `instanceview` is accepted too.
    pub(super) fn expands_instance_view(&self) -> bool {
        self.parameter("$expand").is_some_and(|value| value.eq_ignore_ascii_case("instanceView"))
    }

    /// The address of this request with one query parameter set, for `nextLink`.
    pub(super) fn link_with(&self, name: &str, value: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (key, existing) in self.query.iter().filter(|(key, _)| !key.eq_ignore_ascii_case(name)) {
            query.append_pair(key, existing);
        }
        query.append_pair(name, value);
        format!("{}{}?{}", self.base, self.path, query.finish())
    }
}

/// What a client asked, for tests that count and compare calls.
#[derive(Debug, Clone)]
pub struct RecordedRequest {
    /// When, by the simulation's clock.
    pub at: DateTime<Utc>,
    pub method: String,
    /// The path as sent.
    pub path: String,
    /// Parameters with their names in lower case.
    pub query: Vec<(String, String)>,
    /// The first 16 KiB of the body, as text.
    pub body: String,
    pub status: u16,
}
