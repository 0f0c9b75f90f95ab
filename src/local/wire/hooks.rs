//! What Event Grid functions and HTTP functions in default mode are sent.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::request::system_data;

/// Events: one as an object, many as an array written into a string.
pub(crate) fn events_body(
    function: &str,
    binding: &str,
    events: &[Value],
    many: bool,
    now: DateTime<Utc>,
) -> Value {
    let data: Vec<&Value> = events.iter().map(|event| event.get("data").unwrap_or(&Value::Null)).collect();
    let (events, data) = if many {
        (json!(json!(events).to_string()), json!(json!(data).to_string()))
    } else {
        (
            events.first().cloned().unwrap_or_default(),
            data.first().map_or(Value::Null, |data| (*data).clone()),
        )
    };
    json!({ "Data": { binding: events }, "Metadata": { "data": data, "sys": system_data(function, now) }})
}

/// A request that the host describes instead of forwarding it.
#[derive(Debug, Default)]
pub(crate) struct HookRequest {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) query: Vec<(String, String)>,
    /// A name may come more than once.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl HookRequest {
    /// A POST of JSON by someone on this machine.
    pub(crate) fn post(route: &str, body: &str) -> Self {
        Self {
            method: "POST".to_owned(),
            url: format!("http://localhost/{route}"),
            headers: [("Content-Type", "application/json"), ("Host", "localhost")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .to_vec(),
            body: body.as_bytes().to_vec(),
            ..Self::default()
        }
    }
}

/// The invocation: the request as an object, its headers once as lists and once as texts.
pub(crate) fn hook_body(function: &str, binding: &str, request: &HookRequest, now: DateTime<Utc>) -> Value {
    let mut headers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, value) in &request.headers {
        headers.entry(name).or_default().push(value);
    }
    let joined: BTreeMap<&str, String> =
        headers.iter().map(|(name, values)| (*name, values.join(", "))).collect();
    let query: BTreeMap<&str, &str> =
        request.query.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let mut described = json!({
        "Url": request.url,
        "Method": request.method,
        "Query": query,
        "Headers": headers,
        "Params": {},
        "Identities": [],
    });
    // Without a length there is no body.
    if !request.body.is_empty() {
        described["Body"] = if is_binary(&joined) {
            STANDARD.encode(&request.body).into()
        } else {
            String::from_utf8_lossy(&request.body).into()
        };
    }
    json!({
        "Data": { binding: described },
        "Metadata": { "Query": query, "Headers": joined, "sys": system_data(function, now) },
    })
}

/// The types whose bodies the host writes as Base64.
fn is_binary(headers: &BTreeMap<&str, String>) -> bool {
    let is_type = |name: &str| name.eq_ignore_ascii_case("content-type");
    let media = headers.iter().find(|(name, _)| is_type(name)).map(|(_, value)| value.to_lowercase());
    media
        .is_some_and(|media| media.starts_with("application/octet-stream") || media.starts_with("multipart/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_events_are_a_string_and_a_request_is_an_object() {
        let now = "2030-03-04T10:00:00Z".parse().unwrap();
        let events = [json!({ "id": "1", "data": { "a": 1 }}), json!({ "id": "2" })];
        let many = events_body("Take", "events", &events, true, now);
        assert_eq!(many["Data"]["events"], r#"[{"data":{"a":1},"id":"1"},{"id":"2"}]"#);
        assert_eq!(many["Metadata"]["data"], r#"[{"a":1},null]"#);
        let one = events_body("Take", "event", &events[..1], false, now);
        assert_eq!(one["Data"]["event"], events[0]);
        let hook = hook_body("Hook", "req", &HookRequest::post("hooks/x", "{}"), now);
        assert_eq!(
            (&hook["Data"]["req"]["Body"], &hook["Data"]["req"]["Method"]),
            (&json!("{}"), &json!("POST"))
        );
    }
}
