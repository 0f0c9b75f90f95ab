//! An answer before it becomes an HTTP response.

use axum::{
    body::Body as HttpBody,
    http::{HeaderName, HeaderValue, Response, StatusCode},
};
use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use serde_json::Value;

/// Status, headers and body of an answer.
#[derive(Debug)]
pub(super) struct SimulatedReply {
    pub(super) status: StatusCode,
    headers: Vec<(&'static str, String)>,
    body: Body,
}

#[derive(Debug)]
pub(super) enum Body {
    Empty,
    Json(Value),
    /// Indented and with carriage returns, as Microsoft.Compute writes errors and operations.
    PrettyJson(Value),
    Html(&'static str),
    /// Begins and breaks off.
    Broken,
    Stalled,
    /// The connection closes before anything of the answer was sent.
    Disconnected,
}

impl SimulatedReply {
    pub(super) fn new(status: u16, body: Body) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { status, headers: Vec::new(), body }
    }

    pub(super) fn json(status: u16, value: Value) -> Self {
        Self::new(status, Body::Json(value))
    }

    pub(super) fn ok(value: Value) -> Self {
        Self::json(200, value)
    }

    pub(super) fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.set_header(name, value);
        self
    }

    pub(super) fn set_header(&mut self, name: &'static str, value: impl Into<String>) {
        self.headers.push((name, value.into()));
    }

    pub(super) fn has_header(&self, name: &str) -> bool {
        self.headers.iter().any(|(existing, _)| *existing == name)
    }

    pub(super) fn into_response(self) -> Response<HttpBody> {
        let (content_type, body) = match self.body {
            Body::Empty => (None, HttpBody::empty()),
            Body::Json(value) => (Some("application/json; charset=utf-8"), HttpBody::from(value.to_string())),
            Body::PrettyJson(value) => {
                let text = format!("{value:#}").replace('\n', "\r\n");
                (Some("application/json; charset=utf-8"), HttpBody::from(text))
            }
            Body::Html(text) => (Some("text/html"), HttpBody::from(text)),
            Body::Broken => (Some("application/json"), HttpBody::from_stream(begin().chain(reset()))),
            Body::Stalled => (None, HttpBody::from_stream(stream::pending::<std::io::Result<Bytes>>())),
            Body::Disconnected => (None, HttpBody::from_stream(reset())),
        };
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        let content_type = content_type.map(|value| ("content-type", value.to_owned()));
        for (name, value) in content_type.into_iter().chain(self.headers) {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(HeaderName::from_static(name), value);
            }
        }
        response
    }
}

/// The beginning of a list, and a moment in which the server sends it off.
fn begin() -> impl Stream<Item = std::io::Result<Bytes>> + Send {
    let pause = stream::once(tokio::task::yield_now()).map(|()| Ok(Bytes::from_static(b"[")));
    stream::iter([Ok(Bytes::from_static(b"{\"value\": "))]).chain(pause)
}

/// Breaks the connection at once: what was not sent off by then is lost.
fn reset() -> impl Stream<Item = std::io::Result<Bytes>> + Send {
    stream::iter([Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset))])
}
