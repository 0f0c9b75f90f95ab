//! Invocations as requests: the host's encoding of triggers.

use axum::body::Body;
use axum::http::{Request, header};
use chrono::{DateTime, NaiveDateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::version::HOST_VERSION;

/// How long the host hides a message that a function is working on.
const HIDDEN_WHILE_RUNNING: TimeDelta = TimeDelta::minutes(10);
/// How long Azure keeps a queue message.
const KEPT: TimeDelta = TimeDelta::days(7);

/// A timer that fires.
pub(crate) struct TimerDelivery<'a> {
    pub(crate) function: &'a str,
    pub(crate) binding: &'a str,
    pub(crate) now: DateTime<Utc>,
    /// `None` when the schedule is not monitored.
    pub(crate) status: Option<TimerStatus>,
    pub(crate) is_past_due: bool,
}

/// What the schedule monitor knows.
pub(crate) struct TimerStatus {
    pub(crate) last: Option<DateTime<Utc>>,
    pub(crate) next: Option<DateTime<Utc>>,
}

/// A queue message on its way to its function.
pub(crate) struct QueueDelivery<'a> {
    pub(crate) function: &'a str,
    pub(crate) binding: &'a str,
    pub(crate) now: DateTime<Utc>,
    pub(crate) text: &'a str,
    pub(crate) id: Uuid,
    pub(crate) inserted: DateTime<Utc>,
    pub(crate) dequeue_count: u32,
}

/// The request in which the host sends an invocation: chunked, with these headers and no other.
pub(crate) fn invocation_request(function: &str, invocation_id: Uuid, body: &Value) -> Request<Body> {
    let mut request = Request::new(Body::from(body.to_string()));
    *request.method_mut() = axum::http::Method::POST;
    // Function names are letters, digits, `_` and `-`, so this always is a path.
    *request.uri_mut() = format!("/{function}").parse().unwrap_or_default();
    let user_agent = format!("Azure-Functions-Host/{HOST_VERSION}");
    for (name, value) in [
        (header::HOST.as_str(), "127.0.0.1"),
        ("x-azure-functions-hostversion", HOST_VERSION),
        ("x-azure-functions-invocationid", &invocation_id.to_string()),
        (header::USER_AGENT.as_str(), &user_agent),
        ("traceparent", &new_trace_parent()),
        (header::TRANSFER_ENCODING.as_str(), "chunked"),
        (header::CONTENT_TYPE.as_str(), "application/json; charset=utf-8"),
    ] {
        if let (Ok(name), Ok(value)) =
            (header::HeaderName::try_from(name), header::HeaderValue::try_from(value))
        {
            request.headers_mut().insert(name, value);
        }
    }
    request
}

/// A trace of its own, not sampled.
pub(crate) fn new_trace_parent() -> String {
    let span = Uuid::new_v4().simple().to_string();
    format!("00-{}-{}-00", Uuid::new_v4().simple(), &span[16..])
}

impl TimerDelivery<'_> {
    /// The body: objects stay objects.
    pub(crate) fn body(&self) -> Value {
        let status = self.status.as_ref().map(|status| {
            let last = status.last.map_or_else(|| "0001-01-01T00:00:00+00:00".to_owned(), timestamp);
            json!({ "Last": last, "Next": status.next.map(timestamp), "LastUpdated": last })
        });
        json!({
            "Data": {
                self.binding: {
                    "Schedule": { "AdjustForDST": true },
                    "ScheduleStatus": status,
                    "IsPastDue": self.is_past_due,
                },
            },
            "Metadata": { "sys": system_data(self.function, self.now) },
        })
    }
}

impl QueueDelivery<'_> {
    /// The body: the text encoded twice, and the members of a JSON message over the host's own metadata.
    pub(crate) fn body(&self) -> Value {
        let mut metadata = Map::new();
        let receipt = Uuid::new_v4().simple().to_string();
        for (name, value) in [
            ("DequeueCount", Value::String(self.dequeue_count.to_string())),
            ("ExpirationTime", seconds(self.inserted + KEPT)),
            ("Id", twice(&self.id.to_string())),
            ("InsertionTime", seconds(self.inserted)),
            ("NextVisibleTime", seconds(self.now + HIDDEN_WHILE_RUNNING)),
            ("PopReceipt", twice(&receipt)),
            ("sys", system_data(self.function, self.now)),
        ] {
            metadata.insert(name.to_owned(), value);
        }
        if let Ok(Value::Object(members)) = serde_json::from_str(self.text) {
            merge(&mut metadata, members);
        }
        json!({ "Data": { self.binding: twice(self.text) }, "Metadata": metadata })
    }
}

/// Puts the members of a message over the metadata, without regard to case. Arrays are left out, scalars become
/// strings, and names that end in "trigger" are not sent.
fn merge(metadata: &mut Map<String, Value>, members: Map<String, Value>) {
    for (name, value) in members {
        let encoded = match value {
            Value::Array(_) => continue,
            Value::Null => None,
            Value::Object(_) => Some(value),
            Value::Bool(true) => Some(twice("True")),
            Value::Bool(false) => Some(twice("False")),
            Value::Number(number) => Some(twice(&number.to_string())),
            Value::String(text) => Some(twice(&date_as_dotnet_prints_it(&text).unwrap_or(text))),
        };
        let key = metadata.keys().find(|key| key.eq_ignore_ascii_case(&name)).cloned().unwrap_or(name);
        match encoded {
            Some(value) if !key.to_ascii_lowercase().ends_with("trigger") => metadata.insert(key, value),
            _ => metadata.remove(&key),
        };
    }
}

/// JSON inside a JSON string.
fn twice(text: &str) -> Value {
    Value::String(Value::String(text.to_owned()).to_string())
}

fn date_as_dotnet_prints_it(text: &str) -> Option<String> {
    const INVARIANT: &str = "%m/%d/%Y %H:%M:%S";
    if text.as_bytes().get(10) != Some(&b'T') {
        return None;
    }
    let with_offset = DateTime::parse_from_rfc3339(text).map(|time| time.naive_utc());
    let time = with_offset.or_else(|_| text.parse::<NaiveDateTime>()).ok()?;
    Some(time.format(INVARIANT).to_string())
}

pub(super) fn system_data(function: &str, now: DateTime<Utc>) -> Value {
    let now = now.format("%Y-%m-%dT%H:%M:%S%.9f").to_string();
    json!({
        "MethodName": function,
        "UtcNow": format!("{}Z", &now[..27]),
        "RandGuid": Uuid::new_v4().to_string(),
    })
}

/// As .NET writes a time in an object: up to seven digits of the second, without zeros at the end.
fn timestamp(time: DateTime<Utc>) -> String {
    let nanoseconds = time.format("%9f").to_string();
    let fraction = nanoseconds[..7].trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{}{point}{fraction}+00:00", time.format("%Y-%m-%dT%H:%M:%S"))
}

/// As the host writes a time in the metadata: sub-seconds are lost.
fn seconds(time: DateTime<Utc>) -> Value {
    Value::String(time.to_rfc3339_opts(SecondsFormat::Secs, false))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        "2030-03-04T10:00:00.1234567Z".parse().unwrap()
    }

    fn queue_body(text: &str) -> String {
        let delivery = QueueDelivery {
            function: "Work",
            binding: "message",
            now: now(),
            text,
            id: Uuid::from_u128(1),
            inserted: now() - TimeDelta::seconds(1),
            dequeue_count: 2,
        };
        without_randomness(delivery.body())
    }

    fn without_randomness(mut body: Value) -> String {
        let metadata = body["Metadata"].as_object_mut().unwrap();
        if let Some(sys) = metadata.get_mut("sys").and_then(Value::as_object_mut) {
            sys.remove("RandGuid");
        }
        if metadata.contains_key("PopReceipt") {
            metadata["PopReceipt"] = "…".into();
        }
        body.to_string()
    }

    #[test]
    fn an_invocation_is_chunked_and_has_the_host_s_headers_only() {
        let request = invocation_request("Tick", Uuid::from_u128(1), &json!({}));
        let mut names: Vec<&str> = request.headers().keys().map(header::HeaderName::as_str).collect();
        names.sort_unstable();
        insta::assert_snapshot!(names.join(" "), @"content-type host traceparent transfer-encoding user-agent x-azure-functions-hostversion x-azure-functions-invocationid");
        assert_eq!((request.method().as_str(), request.uri().path()), ("POST", "/Tick"));
        assert_eq!(request.headers()[header::TRANSFER_ENCODING], "chunked");
    }

    #[test]
    fn a_text_is_encoded_twice_and_numbers_are_strings() {
        insta::assert_snapshot!(queue_body("hello \"Zoë\""), @r#"{"Data":{"message":"\"hello \\\"Zoë\\\"\""},"Metadata":{"DequeueCount":"2","ExpirationTime":"2030-03-11T09:59:59+00:00","Id":"\"00000000-0000-0000-0000-000000000001\"","InsertionTime":"2030-03-04T09:59:59+00:00","NextVisibleTime":"2030-03-04T10:10:00+00:00","PopReceipt":"…","sys":{"MethodName":"Work","UtcNow":"2030-03-04T10:00:00.1234567Z"}}}"#);
    }

    #[test]
    fn the_members_of_a_json_message_lie_over_the_metadata() {
        let text = r#"{"Id":"forged","dequeueCount":0,"sys":{"MethodName":"x"},"list":[1],"when":"2030-03-04T11:00:00+01:00",
            "yes":true,"none":null,"popReceipt":null,"queueTrigger":"x","nested":{"a":[1]}}"#;
        insta::assert_snapshot!(queue_body(text), @r#"{"Data":{"message":"\"{\\\"Id\\\":\\\"forged\\\",\\\"dequeueCount\\\":0,\\\"sys\\\":{\\\"MethodName\\\":\\\"x\\\"},\\\"list\\\":[1],\\\"when\\\":\\\"2030-03-04T11:00:00+01:00\\\",\\n            \\\"yes\\\":true,\\\"none\\\":null,\\\"popReceipt\\\":null,\\\"queueTrigger\\\":\\\"x\\\",\\\"nested\\\":{\\\"a\\\":[1]}}\""},"Metadata":{"DequeueCount":"\"0\"","ExpirationTime":"2030-03-11T09:59:59+00:00","Id":"\"forged\"","InsertionTime":"2030-03-04T09:59:59+00:00","NextVisibleTime":"2030-03-04T10:10:00+00:00","nested":{"a":[1]},"sys":{"MethodName":"x"},"when":"\"03/04/2030 10:00:00\"","yes":"\"True\""}}"#);
    }

    #[test]
    fn a_timer_says_what_it_knows_of_its_schedule() {
        let timer = |status, is_past_due| {
            let delivery =
                TimerDelivery { function: "Tick", binding: "timer", now: now(), status, is_past_due };
            without_randomness(delivery.body())
        };
        let status = |last| Some(TimerStatus { last, next: Some("2030-03-04T10:15:00Z".parse().unwrap()) });
        let bodies = [timer(None, false), timer(status(None), false), timer(status(Some(now())), true)];
        insta::assert_snapshot!(bodies.join("\n"), @r#"
        {"Data":{"timer":{"IsPastDue":false,"Schedule":{"AdjustForDST":true},"ScheduleStatus":null}},"Metadata":{"sys":{"MethodName":"Tick","UtcNow":"2030-03-04T10:00:00.1234567Z"}}}
        {"Data":{"timer":{"IsPastDue":false,"Schedule":{"AdjustForDST":true},"ScheduleStatus":{"Last":"0001-01-01T00:00:00+00:00","LastUpdated":"0001-01-01T00:00:00+00:00","Next":"2030-03-04T10:15:00+00:00"}}},"Metadata":{"sys":{"MethodName":"Tick","UtcNow":"2030-03-04T10:00:00.1234567Z"}}}
        {"Data":{"timer":{"IsPastDue":true,"Schedule":{"AdjustForDST":true},"ScheduleStatus":{"Last":"2030-03-04T10:00:00.1234567+00:00","LastUpdated":"2030-03-04T10:00:00.1234567+00:00","Next":"2030-03-04T10:15:00+00:00"}}},"Metadata":{"sys":{"MethodName":"Tick","UtcNow":"2030-03-04T10:00:00.1234567Z"}}}
        "#);
    }
}
