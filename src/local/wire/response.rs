//! What a handler answered, read by the host's rules: the useful ones, and those that bite.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, StatusCode, header};
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use chrono::{DateTime, NaiveDateTime};
use serde_json::{Map, Value};

/// A successful answer.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    /// Messages with the output binding that they go to, in order.
    pub(crate) messages: Vec<(String, Vec<u8>)>,
    pub(crate) log: Vec<String>,
    /// What an HTTP function in default mode answers its caller.
    pub(crate) reply: Option<Value>,
    /// Outputs that the real host would drop without a word.
    pub(crate) undeclared: Vec<String>,
}

/// Reads an answer. `declared` holds the names of the function's queue outputs, `reply` that of its HTTP output.
pub(crate) fn read_answer(
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
    declared: &BTreeMap<String, String>,
    reply: Option<&str>,
) -> Result<Answer, String> {
    if !status.is_success() {
        return Err(refused(status, body));
    }
    if body.trim_ascii().is_empty() || body.trim_ascii() == b"null" {
        return Err(
            "the answer is empty: the Functions host would wait for it until functionTimeout and then kill \
                    the process"
                .into(),
        );
    }
    let content_type =
        headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if !["application/json", "text/json"].iter().any(|json| media_type.eq_ignore_ascii_case(json)) {
        return Err(format!("the answer is of the type `{content_type}`, not JSON"));
    }
    let members = match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => members,
        Ok(_) => return Err("the answer is not a JSON object".into()),
        Err(error) => return Err(format!("the answer is not JSON: {error}")),
    };
    let mut answer = Answer { log: read_log(&members)?, ..Answer::default() };
    let mut outputs = match member(&members, "Outputs") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(outputs)) => outputs.clone(),
        Some(_) => return Err("`Outputs` is not an object".into()),
    };
    if let Some(Value::Object(returned)) = member(&members, "ReturnValue") {
        outputs.extend(returned.clone());
    }
    for (name, value) in outputs {
        if reply == Some(name.as_str()) {
            answer.reply = Some(value);
        } else if declared.contains_key(&name) {
            let messages =
                queue_messages(&value).map_err(|reason| format!("the output `{name}` {reason}"))?;
            answer.messages.extend(messages.into_iter().map(|message| (name.clone(), message)));
        } else {
            answer.undeclared.push(name);
        }
    }
    Ok(answer)
}

/// The host keeps only the status; a person at a terminal wants the reason too.
fn refused(status: StatusCode, body: &[u8]) -> String {
    let reason = serde_json::from_slice::<Value>(body)
        .ok()
        .and_then(|body| Some(body.get("error")?.as_str()?.to_owned()))
        .unwrap_or_else(|| String::from_utf8_lossy(body).chars().take(300).collect());
    if reason.is_empty() { status.to_string() } else { format!("{status}: {reason}") }
}

fn member<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    members.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

fn read_log(members: &Map<String, Value>) -> Result<Vec<String>, String> {
    match member(members, "Logs") {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(lines)) => lines
            .iter()
            .map(|line| {
                line.as_str().map(str::to_owned).ok_or_else(|| "`Logs` holds more than strings".to_owned())
            })
            .collect(),
        Some(_) => Err("`Logs` is not an array".into()),
    }
}

/// The messages that the host makes of a queue output.
fn queue_messages(value: &Value) -> Result<Vec<Vec<u8>>, String> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Array(elements) => elements.iter().map(message).collect(),
        Value::String(text) => match from_base64_as_dotnet(text) {
            Some(bytes) => Ok(vec![bytes]),
            None => match serde_json::from_str(text) {
                Ok(Value::Array(elements)) => elements.iter().map(message).collect(),
                Ok(object @ Value::Object(_)) => Ok(vec![message(&object)?]),
                _ => Ok(vec![message(value)?]),
            },
        },
        other => Ok(vec![message(other)?]),
    }
}

fn message(value: &Value) -> Result<Vec<u8>, String> {
    match value {
        Value::String(text) if is_date(text) => {
            Err(format!("has the bare date \"{text}\", which the Functions host would format anew"))
        }
        Value::String(text) => Ok(text.clone().into_bytes()),
        Value::Bool(true) => Ok(b"True".to_vec()),
        Value::Bool(false) => Ok(b"False".to_vec()),
        Value::Null => Err("has null for a message".into()),
        Value::Number(number) => Ok(number.to_string().into_bytes()),
        indented => serde_json::to_vec_pretty(indented).map_err(|error| error.to_string()),
    }
}

/// Whether Json.NET would read a string as a date.
fn is_date(text: &str) -> bool {
    let iso = text.as_bytes().get(10) == Some(&b'T')
        && (DateTime::parse_from_rfc3339(text).is_ok() || text.parse::<NaiveDateTime>().is_ok());
    iso || (text.starts_with("/Date(") && text.ends_with(")/"))
}

/// `Convert.FromBase64String`: white space does not count, and a text that merely looks like Base64 is Base64.
fn from_base64_as_dotnet(text: &str) -> Option<Vec<u8>> {
    const DOTNET: GeneralPurpose = GeneralPurpose::new(
        &STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_allow_trailing_bits(true)
            .with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
    );
    let compact: String =
        text.chars().filter(|character| !matches!(character, ' ' | '\t' | '\r' | '\n')).collect();
    DOTNET.decode(compact).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: u16, content_type: &str, body: &str) -> String {
        let headers = HeaderMap::from_iter([(
            header::CONTENT_TYPE,
            header::HeaderValue::from_str(content_type).unwrap(),
        )]);
        let declared = BTreeMap::from([("orders".to_owned(), "orders".to_owned())]);
        match read_answer(StatusCode::from_u16(status).unwrap(), &headers, body.as_bytes(), &declared, None) {
            Err(reason) => format!("failed: {reason}"),
            Ok(answer) => {
                let messages: Vec<_> = answer
                    .messages
                    .iter()
                    .map(|(_, bytes)| String::from_utf8_lossy(bytes).into_owned())
                    .collect();
                format!("messages {messages:?}, log {:?}, undeclared {:?}", answer.log, answer.undeclared)
            }
        }
    }

    #[test]
    fn an_answer_that_is_no_success_says_why() {
        let answers = [
            read(500, "application/json", r#"{"error":"the disk is full"}"#),
            read(404, "text/plain", ""),
            read(302, "text/plain", "elsewhere"),
            read(204, "application/json", ""),
            read(200, "application/json", "null"),
            read(200, "text/plain", "{}"),
            read(200, "application/json", "{"),
            read(200, "application/json", "[]"),
            read(200, "application/json", r#"{"Outputs":[]}"#),
            read(200, "application/json", r#"{"Logs":[1]}"#),
        ];
        insta::assert_snapshot!(answers.join("\n"), @r"
        failed: 500 Internal Server Error: the disk is full
        failed: 404 Not Found
        failed: 302 Found: elsewhere
        failed: the answer is empty: the Functions host would wait for it until functionTimeout and then kill the process
        failed: the answer is empty: the Functions host would wait for it until functionTimeout and then kill the process
        failed: the answer is of the type `text/plain`, not JSON
        failed: the answer is not JSON: EOF while parsing an object at line 1 column 1
        failed: the answer is not a JSON object
        failed: `Outputs` is not an object
        failed: `Logs` holds more than strings
        ");
    }

    #[test]
    fn queue_outputs_become_what_the_host_makes_of_them() {
        let output = |value: &str| {
            read(200, "text/json; charset=utf-8", &format!(r#"{{"outputs":{{"orders":{value}}}}}"#))
        };
        let answers = [
            output(r#"["a","test","{\"x\":1}",""]"#),
            output(r#"[{"x":1},2,true]"#),
            output(r#""hello!""#),
            output(r#""test""#),
            output(r#""[{\"x\":1},\"b\"]""#),
            output(r#""{\"x\":1}""#),
            output(r#""""#),
            output("null"),
            output(r#"["2030-01-31T10:00:00Z"]"#),
            read(200, "application/json", r#"{"Outputs":{"Orders":["x"]},"logs":["line"],"other":1}"#),
            read(200, "application/json", r#"{"ReturnValue":{"orders":["x"]}}"#),
            read(200, "application/json", "{}"),
        ];
        insta::assert_snapshot!(answers.join("\n"), @r#"
        messages ["a", "test", "{\"x\":1}", ""], log [], undeclared []
        messages ["{\n  \"x\": 1\n}", "2", "True"], log [], undeclared []
        messages ["hello!"], log [], undeclared []
        messages ["��-"], log [], undeclared []
        messages ["{\n  \"x\": 1\n}", "b"], log [], undeclared []
        messages ["{\n  \"x\": 1\n}"], log [], undeclared []
        messages [""], log [], undeclared []
        messages [], log [], undeclared []
        failed: the output `orders` has the bare date "2030-01-31T10:00:00Z", which the Functions host would format anew
        messages [], log ["line"], undeclared ["Orders"]
        messages ["x"], log [], undeclared []
        messages [], log [], undeclared []
        "#);
    }
}
