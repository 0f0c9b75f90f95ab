//! What the host writes for the values of .NET: objects as they are, everything else as JSON inside a text.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::app::Declared;

/// A value as the host holds it.
#[derive(Debug, Clone)]
pub(super) enum Net {
    /// A POCO, a JObject or a dictionary.
    Object(Value),
    /// Strings, numbers, booleans, ids, arrays.
    Scalar(Value),
    Bytes(Vec<u8>),
    /// Sub-seconds are lost on the way.
    Date(&'static str),
    Null,
}

impl Net {
    pub(super) fn text(text: &str) -> Self {
        Self::Scalar(text.into())
    }

    fn wire(&self) -> Option<Value> {
        match self {
            Self::Object(value) => Some(value.clone()),
            Self::Scalar(value) => Some(value.to_string().into()),
            Self::Bytes(bytes) => Some(STANDARD.encode(bytes).into()),
            Self::Date(date) => Some((*date).into()),
            Self::Null => None,
        }
    }
}

/// The body of an invocation.
pub(super) fn envelope(function: &str, data: (&str, &Net), metadata: &[(&str, Net)]) -> Value {
    let mut written = Map::new();
    let sys = json!({ "MethodName": function, "UtcNow": "2026-11-23T08:00:00.1234567Z", "RandGuid": uuid::Uuid::new_v4().to_string() });
    written.insert("sys".to_owned(), sys);
    for (name, value) in metadata {
        if name.to_lowercase().ends_with("trigger") {
            continue;
        }
        if let Some(value) = value.wire() {
            // The host compares names without regard to case; the later one wins.
            written.retain(|known, _| !known.eq_ignore_ascii_case(name));
            written.insert((*name).to_owned(), value);
        }
    }
    json!({ "Data": { data.0: data.1.wire() }, "Metadata": written })
}

/// A timer's tick. `status` is what the schedule monitor knows, or `null`.
pub(super) fn timer(function: &Declared, status: Value, is_past_due: bool) -> Value {
    let timer =
        json!({ "Schedule": { "AdjustForDST": true }, "ScheduleStatus": status, "IsPastDue": is_past_due });
    envelope(&function.name, (function.trigger()["name"].as_str().unwrap(), &Net::Object(timer)), &[])
}

/// What the schedule monitor knows after some runs.
pub(super) fn regular() -> Value {
    json!({ "Last": "2026-11-23T07:45:00.0096035+00:00", "Next": "2026-11-23T08:00:00+00:00", "LastUpdated": "2026-11-23T07:45:00.0096035+00:00" })
}

/// What it knows before the first one.
pub(super) fn first_run() -> Value {
    let never = "0001-01-01T00:00:00+00:00";
    json!({ "Last": never, "Next": "2026-11-23T08:00:00+00:00", "LastUpdated": never })
}

/// What a retry policy adds.
pub(super) fn with_retry(mut body: Value, count: u32, most: u32) -> Value {
    let exception =
        (count > 0).then(|| json!({ "ClassName": "System.Net.Http.HttpRequestException", "Message": "500" }));
    body["RetryContext"] = json!({ "RetryCount": count, "MaxRetryCount": most, "Exception": exception, "Instance": null, "State": {} });
    body
}

/// A message from a queue. The members of one that is a JSON object are merged into the metadata and may overwrite it.
pub(super) fn queue_message(function: &Declared, text: &str, dequeue_count: u32) -> Value {
    let mut metadata = vec![
        ("DequeueCount", Net::Scalar(dequeue_count.into())),
        ("ExpirationTime", Net::Date("2026-11-30T08:00:00+00:00")),
        ("Id", Net::text("00000000-0000-0000-0000-00000000000a")),
        ("InsertionTime", Net::Date("2026-11-23T08:00:00+00:00")),
        ("NextVisibleTime", Net::Date("2026-11-23T08:10:00+00:00")),
        ("PopReceipt", Net::text("AgAAAAMAAAAAAAAA")),
        ("QueueTrigger", Net::text(text)),
    ];
    let parsed: Option<Map<String, Value>> = serde_json::from_str(text).ok();
    let merged = parsed.unwrap_or_default();
    for (name, value) in &merged {
        match value {
            Value::Array(_) => {}
            Value::Null => metadata.push((name, Net::Null)),
            Value::Object(_) => metadata.push((name, Net::Object(value.clone()))),
            _ => metadata.push((name, Net::Scalar(value.clone()))),
        }
    }
    let trigger = function.trigger();
    let binary = trigger["dataType"] == "binary";
    let data = if binary { Net::Bytes(text.as_bytes().to_vec()) } else { Net::text(text) };
    envelope(&function.name, (trigger["name"].as_str().unwrap(), &data), &metadata)
}

/// One event, in the schema in which it was delivered.
pub(super) fn event(function: &Declared, event: &Value) -> Value {
    let data = Net::Object(event.clone());
    let metadata = [("data", Net::Object(event["data"].clone()))];
    envelope(&function.name, (function.trigger()["name"].as_str().unwrap(), &data), &metadata)
}

/// All events of a delivery at once: an array, and so a text.
pub(super) fn events(function: &Declared, events: &[Value]) -> Value {
    let data = Net::Scalar(events.into());
    let all: Vec<&Value> = events.iter().map(|event| &event["data"]).collect();
    let metadata = [("data", Net::Scalar(json!(all)))];
    envelope(&function.name, (function.trigger()["name"].as_str().unwrap(), &data), &metadata)
}

/// A visitor's request in default mode.
pub(super) fn visitor(
    function: &Declared,
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: Option<&str>,
) -> Value {
    let mut request = json!({
        "Url": url, "Method": method, "Query": { "a": "1,2" }, "Headers": { "Accept": ["*/*"] }, "Params": { "path": "x" },
        "Identities": [{ "AuthenticationType": null, "IsAuthenticated": false, "Claims": [], "Name": null }],
    });
    let mut flat = json!({ "Accept": "*/*" });
    for (name, value) in headers {
        request["Headers"][name] = json!([value]);
        flat[name] = json!(value);
    }
    if let Some(body) = body {
        request["Body"] = body.into();
    }
    let metadata = [("Query", Net::Object(json!({ "a": "1,2" }))), ("Headers", Net::Object(flat))];
    envelope(&function.name, (function.trigger()["name"].as_str().unwrap(), &Net::Object(request)), &metadata)
}
