//! What Event Grid functions and HTTP functions in default mode are sent.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::request::system_data;

/// Events: one as an object, many as an array written into a string.
pub(in super::super) fn events_body(
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

/// A POST that the host describes instead of forwarding it.
pub(in super::super) struct HookDelivery<'a> {
    pub(in super::super) function: &'a str,
    pub(in super::super) binding: &'a str,
    pub(in super::super) route: &'a str,
    pub(in super::super) now: DateTime<Utc>,
    pub(in super::super) body: &'a str,
}

impl HookDelivery<'_> {
    /// The body: the request as an object, its headers once as lists and once as texts.
    pub(in super::super) fn body(&self) -> Value {
        let mut request = json!({
            "Url": format!("http://localhost/{}", self.route),
            "Method": "POST",
            "Query": {},
            "Headers": { "Content-Type": ["application/json"], "Host": ["localhost"] },
            "Params": {},
            "Identities": [],
        });
        // Without a length there is no body.
        if !self.body.is_empty() {
            request["Body"] = self.body.into();
        }
        json!({
            "Data": { self.binding: request },
            "Metadata": {
                "Query": {},
                "Headers": { "Content-Type": "application/json", "Host": "localhost" },
                "sys": system_data(self.function, self.now),
            },
        })
    }
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
        let hook =
            HookDelivery { function: "Hook", binding: "req", route: "hooks/x", now, body: "{}" }.body();
        assert_eq!(
            (&hook["Data"]["req"]["Body"], &hook["Data"]["req"]["Method"]),
            (&json!("{}"), &json!("POST"))
        );
    }
}
