//! The JSON document in which the host sends an invocation.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// An invocation as it came, before a [`Trigger`](super::Trigger) makes a typed value of it.
///
/// `Data` holds one member for each input binding. Values that .NET sees as objects are JSON objects; everything
/// else is a string that holds JSON again.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct InvocationEnvelope {
    #[serde(rename = "Data")]
    data: Map<String, Value>,
    #[serde(rename = "Metadata", default, deserialize_with = "hints")]
    metadata: Map<String, Value>,
    /// Present when the function has a retry policy.
    #[serde(rename = "RetryContext", default, deserialize_with = "readable")]
    pub retry: Option<RetryContext>,
}

/// How often an invocation was tried, when the function has a retry policy.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RetryContext {
    /// Zero for the first attempt.
    pub retry_count: i64,
    /// How many retries the policy allows; -1 is no limit.
    pub max_retry_count: i64,
}

/// An invocation that cannot be read as what its function expects.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DecodeError(pub String);

impl InvocationEnvelope {
    /// Reads the body of an invocation.
    ///
    /// # Errors
    /// When the body is not a JSON object with the object `Data`.
    pub fn from_slice(body: &[u8]) -> Result<Self, DecodeError> {
        serde_json::from_slice(body).map_err(|error| {
            DecodeError(format!("the body is not an invocation as the Functions host sends it: {error}"))
        })
    }

    /// What to make of a body that is no invocation: its text stands for the trigger's value.
    pub(super) fn of_unreadable(body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body).into_owned();
        let data = Map::from_iter([(String::new(), Value::String(text))]);
        Self { data, metadata: Map::new(), retry: None }
    }

    /// The trigger's value as the text it was, or else whatever there is in its place.
    pub(super) fn any_text(&self) -> String {
        self.input_text().unwrap_or_else(|_| Value::Object(self.data.clone()).to_string())
    }

    /// The value of the trigger binding: the only member of `Data`.
    ///
    /// # Errors
    /// When there is none or more than one (functions with further input bindings are not supported), or it is null.
    pub fn input(&self) -> Result<&Value, DecodeError> {
        let mut values = self.data.values();
        match (values.next(), values.next()) {
            (Some(Value::Null), None) => Err(DecodeError("the trigger's value in `Data` is null".into())),
            (Some(value), None) => Ok(value),
            (None, _) => Err(DecodeError("`Data` is empty: it must hold the trigger's value".into())),
            (Some(_), Some(_)) => Err(DecodeError(
                "`Data` holds several values: functions with more inputs than their trigger are not supported".into(),
            )),
        }
    }

    /// The trigger's value as the text it was before the host encoded it.
    ///
    /// The host encodes a text twice. A string that does not hold a JSON string is taken as the text itself.
    pub fn input_text(&self) -> Result<String, DecodeError> {
        Ok(match self.input()? {
            Value::String(text) => serde_json::from_str::<String>(text).unwrap_or_else(|_| text.clone()),
            other => other.to_string(),
        })
    }

    /// The trigger's value as the JSON document it was before the host encoded it: as it is, or out of one or two
    /// layers of strings.
    ///
    /// # Errors
    /// As [`InvocationEnvelope::input`], and when a string does not hold JSON.
    pub fn input_json(&self) -> Result<Value, DecodeError> {
        let mut value = self.input()?.clone();
        for _ in 0..2 {
            let Value::String(text) = &value else { break };
            value = serde_json::from_str(text)
                .map_err(|error| DecodeError(format!("the trigger's value does not hold JSON: {error}")))?;
        }
        Ok(value)
    }

    /// A scalar of `Metadata` as text, out of its one or two layers of encoding.
    ///
    /// The host merges the members of a queue message that is a JSON object into `Metadata`, over its own: whoever
    /// wrote the message may have chosen this value.
    pub fn metadata_hint(&self, name: &str) -> Option<String> {
        match self.metadata.get(name)? {
            Value::String(text) => {
                Some(serde_json::from_str::<String>(text).unwrap_or_else(|_| text.clone()))
            }
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }
}

/// The metadata that can be read: the members of a message are among it, whatever whoever wrote it put there, nested as
/// deeply and with numbers as large as they liked.
fn hints<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Map<String, Value>, D::Error> {
    let raw = <Box<RawValue>>::deserialize(deserializer)?;
    let members: BTreeMap<String, &RawValue> = serde_json::from_str(raw.get()).unwrap_or_default();
    let readable = |(name, value): (String, &RawValue)| Some((name, serde_json::from_str(value.get()).ok()?));
    Ok(members.into_iter().filter_map(readable).collect())
}

/// What only informs must not keep a function from running.
fn readable<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<RetryContext>, D::Error> {
    Value::deserialize(deserializer).map(|value| serde_json::from_value(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope(data: Value) -> InvocationEnvelope {
        InvocationEnvelope::from_slice(serde_json::json!({ "Data": data }).to_string().as_bytes()).unwrap()
    }

    #[test]
    fn text_comes_out_of_its_two_layers() {
        for text in ["hello", "", "123", "test", "{\"a\":[1,2]}", "\"quoted\"", "Zoë ☃ \\ \u{0} \r\n", "null"]
        {
            let data = serde_json::json!({ "message": serde_json::to_string(text).unwrap() });
            assert_eq!(envelope(data).input_text().unwrap(), text);
        }
    }

    #[test]
    fn text_that_was_encoded_once_or_not_at_all_is_still_read() {
        for (value, text) in [
            (serde_json::json!("hello"), "hello"),
            (serde_json::json!("{\"a\":1}"), "{\"a\":1}"),
            (serde_json::json!({ "a": 1 }), "{\"a\":1}"),
            (serde_json::json!(5), "5"),
        ] {
            assert_eq!(envelope(serde_json::json!({ "message": value })).input_text().unwrap(), text);
        }
    }

    #[test]
    fn odd_company_does_not_spoil_the_trigger() {
        let body =
            r#"{"Data":{"message":"\"x\""},"Metadata":[1],"RetryContext":{"RetryCount":"many"},"New":1}"#;
        let envelope = InvocationEnvelope::from_slice(body.as_bytes()).unwrap();
        assert_eq!(envelope.input_text().unwrap(), "x");
        assert_eq!((envelope.metadata_hint("Id"), envelope.retry), (None, None));
    }

    /// The host merges the members of a message into the metadata, objects as they are.
    #[test]
    fn nothing_in_the_metadata_spoils_the_message() {
        let deep = format!("{}1{}", "{\"a\":".repeat(500), "}".repeat(500));
        let long = "9".repeat(400);
        for odd in [deep.as_str(), long.as_str(), "1e999", r#""\ud800""#, r#"{"\ud800":[]}"#] {
            let body = format!(r#"{{"Data":{{"m":"\"x\""}},"Metadata":{{"odd":{odd},"Id":"\"7\""}}}}"#);
            let envelope = InvocationEnvelope::from_slice(body.as_bytes()).unwrap();
            assert_eq!(envelope.input_text().unwrap(), "x", "{odd}");
            assert_eq!(envelope.metadata_hint("Id").as_deref(), Some("7"), "{odd}");
        }
    }

    #[test]
    fn what_is_not_an_invocation_is_refused_with_the_reason() {
        let message = |body: &str| match InvocationEnvelope::from_slice(body.as_bytes()) {
            Err(error) => error.to_string(),
            Ok(envelope) => envelope.input().unwrap_err().to_string(),
        };
        insta::assert_snapshot!(message(""), @"the body is not an invocation as the Functions host sends it: EOF while parsing a value at line 1 column 0");
        insta::assert_snapshot!(message("[]"), @"the body is not an invocation as the Functions host sends it: invalid length 0, expected struct InvocationEnvelope with 3 elements at line 1 column 2");
        insta::assert_snapshot!(message("{}"), @"the body is not an invocation as the Functions host sends it: missing field `Data` at line 1 column 2");
        insta::assert_snapshot!(message(r#"{"Data":{}}"#), @"`Data` is empty: it must hold the trigger's value");
        insta::assert_snapshot!(message(r#"{"Data":{"a":null}}"#), @"the trigger's value in `Data` is null");
        insta::assert_snapshot!(message(r#"{"Data":{"a":1,"b":2}}"#), @"`Data` holds several values: functions with more inputs than their trigger are not supported");
    }
}
