//! `httpTrigger` in default mode: for functions that have further bindings and so are not forwarded.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::super::{DecodeError, InvocationEnvelope, Trigger, TriggerKind};

/// An HTTP request that the host describes instead of forwarding it. Answer with
/// [`Outputs::reply`](super::super::Outputs::reply).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct HttpTrigger {
    /// The whole address that was asked for.
    pub url: String,
    pub method: String,
    /// The query; the host joins the values of a repeated key with commas.
    #[serde(default)]
    pub query: BTreeMap<String, String>,
    /// The headers with their values, in the client's spelling; [`HttpTrigger::header`] finds one.
    #[serde(default)]
    pub headers: BTreeMap<String, Vec<String>>,
    /// The values of the route's parameters; `None` for an optional one that was left out.
    #[serde(default)]
    pub params: BTreeMap<String, Option<String>>,
    /// The body as text, or as Base64 when its type is `application/octet-stream` or `multipart/…`. A chunked body
    /// does not arrive.
    #[serde(default)]
    pub body: Option<String>,
}

impl HttpTrigger {
    /// The first value of a header, by its name in any spelling.
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, values) = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        values.first().map(String::as_str)
    }
}

impl Trigger for HttpTrigger {
    const KIND: TriggerKind = TriggerKind::Http;

    fn decode(envelope: &InvocationEnvelope) -> Result<Self, DecodeError> {
        serde_path_to_error::deserialize(envelope.input_json()?)
            .map_err(|error| DecodeError(format!("the HTTP request in `Data` cannot be read: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_described_request_is_read_with_everything_it_carries() {
        let body = r#"{"Data":{"request":{"Url":"https://app.test/hooks/7?x=1","Method":"POST","Query":{"x":"1"},
            "Headers":{"content-type":["application/json"],"X-Multi":["a","b"]},"Params":{"id":"7","rest":null},
            "Identities":[],"Body":"{\"id\":1005}"}},"Metadata":{"Query":{"x":"1"}}}"#;
        let request = HttpTrigger::decode(&InvocationEnvelope::from_slice(body.as_bytes()).unwrap()).unwrap();
        assert_eq!((request.method.as_str(), request.query["x"].as_str()), ("POST", "1"));
        assert_eq!(request.header("Content-Type"), Some("application/json"));
        assert_eq!(request.params["rest"], None);
        assert_eq!(request.body.as_deref(), Some(r#"{"id":1005}"#));
    }
}
