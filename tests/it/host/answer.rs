//! What the host makes of an answer to an invocation.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, NaiveDateTime};
use serde_json::{Map, Value};

use super::app::Declared;
use super::http::Answer;

/// How an invocation ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    Succeeded(Box<Success>),
    Failed(String),
    /// The host waits until `functionTimeout` and then kills the process.
    Hangs,
}

/// What a success brought.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Success {
    pub(super) outputs: BTreeMap<String, Output>,
    pub(super) logs: Vec<String>,
    /// Outputs that no binding declares. The real host is silent about them.
    pub(super) undeclared: Vec<String>,
    /// Queue outputs that are anything but a list of texts that the host leaves alone.
    pub(super) reshaped: Vec<String>,
}

/// What goes to an output binding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Output {
    /// Messages, exactly as the handler sent them.
    Messages(Vec<String>),
    /// A text that happened to be Base64, decoded.
    Bytes(Vec<u8>),
    Http {
        status: u16,
        headers: BTreeMap<String, String>,
        body: String,
    },
}

impl Verdict {
    pub(super) fn success(self) -> Success {
        match self {
            Self::Succeeded(success) => *success,
            other => panic!("{other:?}"),
        }
    }

    fn failed(reason: impl Into<String>) -> Self {
        Self::Failed(reason.into())
    }
}

/// Reads the answer to an invocation of `function`.
pub(super) fn read(function: &Declared, answer: &Answer) -> Verdict {
    if !(200..300).contains(&answer.status) {
        // Body and logs are dropped.
        return Verdict::Failed(format!("{} ({})", answer.status, answer.reason));
    }
    if answer.body.is_empty() {
        return Verdict::Hangs;
    }
    let media =
        answer.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if !["application/json", "text/json"].contains(&media) {
        return Verdict::failed(format!("no formatter for the media type `{media}`"));
    }
    let members: Map<String, Value> = match serde_json::from_slice(&answer.body) {
        Ok(Value::Object(members)) => members,
        Ok(Value::Null) => return Verdict::Hangs,
        Ok(_) | Err(_) => return Verdict::failed("the body is no JSON object"),
    };
    let member = |name: &str| {
        members.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone())
    };
    let mut success = Success::default();
    for line in member("Logs").as_ref().and_then(Value::as_array).into_iter().flatten() {
        match line.as_str() {
            Some(line) => success.logs.push(line.to_owned()),
            None => return Verdict::failed("a line of Logs is no text"),
        }
    }
    let mut outputs = match member("Outputs") {
        Some(Value::Object(outputs)) => outputs,
        _ => Map::new(),
    };
    match member("ReturnValue") {
        Some(value) if function.outputs().any(|binding| binding["name"] == "$return") => {
            outputs.insert("$return".to_owned(), value);
        }
        Some(Value::Object(value)) => outputs.extend(value),
        _ => {}
    }
    for (name, value) in outputs {
        let Some(binding) = function.outputs().find(|binding| binding["name"] == name.as_str()) else {
            success.undeclared.push(name);
            continue;
        };
        if binding["type"] == "queue" && !value.is_null() && !is_left_alone(&value) {
            success.reshaped.push(name.clone());
        }
        match output(binding, value) {
            Ok(Some(output)) => drop(success.outputs.insert(name, output)),
            Ok(None) => {}
            Err(reason) => return Verdict::Failed(reason),
        }
    }
    Verdict::Succeeded(Box::new(success))
}

fn output(binding: &Value, value: Value) -> Result<Option<Output>, String> {
    if value.is_null() {
        return Ok(None);
    }
    if binding["type"] == "http" {
        return http(value).map(Some);
    }
    Ok(Some(match value {
        Value::String(text) => {
            let blankless: String = text.chars().filter(|c| !c.is_whitespace()).collect();
            match STANDARD.decode(&blankless) {
                Ok(bytes) if binding["dataType"] != "binary" => Output::Bytes(bytes),
                _ => Output::Messages(match serde_json::from_str(&text) {
                    Ok(Value::Array(items)) => items.iter().map(message).collect(),
                    Ok(object @ Value::Object(_)) => vec![message(&object)],
                    _ => vec![message(&text.into())],
                }),
            }
        }
        Value::Array(items) => Output::Messages(items.iter().map(message).collect()),
        other => Output::Messages(vec![message(&other)]),
    }))
}

/// Only a list of texts arrives as it was sent, and of those only the ones that are no dates.
fn is_left_alone(value: &Value) -> bool {
    let items = value.as_array();
    items.is_some_and(|items| items.iter().all(|item| item.as_str().is_some_and(|text| date(text).is_none())))
}

/// One message, as Json.NET writes the value.
fn message(value: &Value) -> String {
    match value {
        Value::String(text) => {
            date(text).map_or_else(|| text.clone(), |date| date.format("%m/%d/%Y %H:%M:%S").to_string())
        }
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Null => String::new(),
        Value::Number(number) => number.to_string(),
        Value::Array(_) | Value::Object(_) => serde_json::to_string_pretty(&with_dates(value)).unwrap(),
    }
}

/// Dates inside an object lose the zeros of their fractions.
fn with_dates(value: &Value) -> Value {
    match value {
        Value::String(text) if text.ends_with('Z') => date(text)
            .map_or_else(|| value.clone(), |date| format!("{}Z", date.format("%Y-%m-%dT%H:%M:%S%.f")).into()),
        Value::Array(items) => items.iter().map(with_dates).collect(),
        Value::Object(members) => {
            members.iter().map(|(name, value)| (name.clone(), with_dates(value))).collect()
        }
        other => other.clone(),
    }
}

/// What Json.NET takes for a date, in UTC.
fn date(text: &str) -> Option<NaiveDateTime> {
    let zoned = DateTime::parse_from_rfc3339(text).ok().map(|date| date.naive_utc());
    zoned.or_else(|| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok())
}

fn http(value: Value) -> Result<Output, String> {
    let value = match value {
        Value::String(text) => serde_json::from_str(&text).unwrap_or(Value::Null),
        other => other,
    };
    let Value::Object(reply) = value else { return Err("the http output is no object".to_owned()) };
    let member =
        |name: &str| reply.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    let status = member("statusCode").or_else(|| member("status"));
    let status = match status {
        None => 200,
        Some(Value::String(text)) => text.parse().map_err(|_| "the status is no number")?,
        Some(number) => {
            number.as_u64().and_then(|number| number.try_into().ok()).ok_or("the status is no number")?
        }
    };
    let headers = member("headers").and_then(Value::as_object).cloned().unwrap_or_default();
    let headers =
        headers.iter().map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()));
    let body = match member("body") {
        None => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => return Err(format!("the body is no text: {other}")),
    };
    Ok(Output::Http { status, headers: headers.collect(), body })
}
