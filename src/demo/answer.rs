//! An answer before it becomes an HTTP response.

use std::io::Write as _;

use axum::{
    body::Body as HttpBody,
    http::{HeaderName, HeaderValue, Response, StatusCode},
};
use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use serde_json::Value;

/// Bodies up to this length are not packed.
const UNPACKED: usize = 1024;

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

    /// The answer on the wire; bodies that are not small are packed for whoever takes that, as Azure does.
    pub(super) fn into_response(mut self, takes_gzip: bool) -> Response<HttpBody> {
        let text = match &self.body {
            Body::Json(value) => Some(value.to_string()),
            Body::PrettyJson(value) => Some(format!("{value:#}").replace('\n', "\r\n")),
            _ => None,
        };
        let packed = text.as_deref().filter(|text| takes_gzip && text.len() > UNPACKED).and_then(pack);
        if packed.is_some() {
            self.set_header("content-encoding", "gzip");
            self.set_header("vary", "Accept-Encoding");
        }
        let (content_type, body) = match self.body {
            Body::Empty => (None, HttpBody::empty()),
            Body::Json(_) | Body::PrettyJson(_) => {
                let plain = HttpBody::from(text.unwrap_or_default());
                (Some("application/json; charset=utf-8"), packed.map_or(plain, HttpBody::from))
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

/// A text as gzip.
fn pack(text: &str) -> Option<Vec<u8>> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(text.as_bytes()).ok()?;
    packer.finish().ok()
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
