//! What a handler hands back: messages for queues, an HTTP reply, lines for the invocation's log.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::trigger::OutputKind;

/// A queue message holds 64 KiB after Base64.
const MAX_MESSAGE_BYTES: usize = 48 * 1024;

/// The outputs of one invocation, by the names that the function's bindings declare.
///
/// They are checked when the handler returns: a name that is not declared, a message that Azure would refuse or the
/// host would change, fail the invocation instead of losing the message. Outputs are written after the handler is
/// done and not in one transaction: a function that runs again sends its messages again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outputs {
    messages: BTreeMap<String, Vec<String>>,
    replies: BTreeMap<String, HttpReply>,
    log: Vec<String>,
}

/// The answer of an HTTP function in default mode. The host cannot carry binary bodies this way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpReply {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

/// An output that would be lost or changed on its way.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutputError {
    /// The host drops outputs that no binding declares, without a word.
    #[error(
        "the output `{0}` is not declared: add `.queue_output(\"{0}\")` where the function is registered, and the binding to its function.json"
    )]
    Undeclared(String),
    /// A binding of another kind has this name.
    #[error("the output `{0}` is declared as another kind of binding")]
    WrongKind(String),
    /// The host would put an empty message into the queue, which means nothing to whoever takes it.
    #[error("a message for the output `{0}` is empty: leave it out")]
    Empty(String),
    /// Azure refuses larger queue messages.
    #[error(
        "a message for the output `{name}` has {size} bytes; a queue message holds at most {MAX_MESSAGE_BYTES}"
    )]
    TooLarge { name: String, size: usize },
    /// The host would turn the text into a date and write it in another form.
    #[error(
        "a message for the output `{0}` is a bare date, which the host would format anew: put it into a JSON document"
    )]
    BareDate(String),
    /// The value cannot be written as JSON.
    #[error("a message for the output `{name}` cannot be written as JSON: {reason}")]
    NotJson { name: String, reason: String },
}

impl Outputs {
    /// Success without any output.
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds one message for the queue output `name`. It arrives as exactly this text.
    pub fn send(&mut self, name: impl Into<String>, text: impl Into<String>) -> &mut Self {
        self.messages.entry(name.into()).or_default().push(text.into());
        self
    }

    /// Adds one message for the queue output `name`: `value` as JSON.
    ///
    /// # Errors
    /// When `value` cannot be written as JSON.
    pub fn send_json(&mut self, name: &str, value: &impl Serialize) -> Result<&mut Self, OutputError> {
        let text = serde_json::to_string(value)
            .map_err(|error| OutputError::NotJson { name: name.to_owned(), reason: error.to_string() })?;
        Ok(self.send(name, text))
    }

    /// Sets the reply of the HTTP output `name`, for HTTP functions that are not forwarded.
    pub fn reply(&mut self, name: impl Into<String>, reply: HttpReply) -> &mut Self {
        self.replies.insert(name.into(), reply);
        self
    }

    /// Adds a line to the invocation's own log, which the host shows with it. Only successful ones keep theirs.
    pub fn log(&mut self, line: impl Into<String>) -> &mut Self {
        self.log.push(line.into());
        self
    }

    /// The messages for the queue output `name`, in the order in which they were added.
    pub fn messages(&self, name: &str) -> &[String] {
        self.messages.get(name).map_or(&[], Vec::as_slice)
    }

    /// The answer to the host, once everything in it is known to arrive.
    pub(super) fn into_answer(self, declared: &BTreeMap<String, OutputKind>) -> Result<Value, OutputError> {
        let mut outputs = serde_json::Map::new();
        for (name, messages) in self.messages {
            check_declared(declared, &name, OutputKind::Queue)?;
            for message in &messages {
                if message.is_empty() {
                    return Err(OutputError::Empty(name));
                }
                if message.len() > MAX_MESSAGE_BYTES {
                    return Err(OutputError::TooLarge { name, size: message.len() });
                }
                if may_be_read_as_date(message) {
                    return Err(OutputError::BareDate(name));
                }
            }
            outputs.insert(name, json!(messages));
        }
        for (name, reply) in self.replies {
            check_declared(declared, &name, OutputKind::Http)?;
            let HttpReply { status, headers, body } = reply;
            outputs.insert(name, json!({ "statusCode": status, "headers": headers, "body": body }));
        }
        Ok(json!({ "Outputs": outputs, "Logs": self.log }))
    }
}

fn check_declared(
    declared: &BTreeMap<String, OutputKind>,
    name: &str,
    kind: OutputKind,
) -> Result<(), OutputError> {
    match declared.get(name) {
        None => Err(OutputError::Undeclared(name.to_owned())),
        Some(declared) if *declared != kind => Err(OutputError::WrongKind(name.to_owned())),
        Some(_) => Ok(()),
    }
}

/// Whether the host's JSON reader (Json.NET) may take a string for a date: `2030-01-31T…` or `/Date(…)/`. A little
/// wider than what it does, to be safe.
fn may_be_read_as_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let iso = (19..=40).contains(&bytes.len())
        && bytes[10] == b'T'
        && bytes[..10].iter().enumerate().all(|(index, byte)| match index {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    iso || (text.starts_with("/Date(") && text.ends_with(")/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared() -> BTreeMap<String, OutputKind> {
        BTreeMap::from([("orders".to_owned(), OutputKind::Queue), ("reply".to_owned(), OutputKind::Http)])
    }

    #[test]
    fn messages_are_always_arrays_of_strings() {
        let mut outputs = Outputs::none();
        outputs.send("orders", "test").send_json("orders", &json!({ "a": 1 })).unwrap().log("two orders");
        let reply = HttpReply { status: 202, headers: BTreeMap::new(), body: "ok".into() };
        outputs.reply("reply", reply);
        let answer = outputs.into_answer(&declared()).unwrap();
        insta::assert_snapshot!(answer, @r#"{"Logs":["two orders"],"Outputs":{"orders":["test","{\"a\":1}"],"reply":{"body":"ok","headers":{},"statusCode":202}}}"#);
        assert_eq!(Outputs::none().into_answer(&declared()).unwrap(), json!({ "Outputs": {}, "Logs": [] }));
    }

    #[test]
    fn what_would_be_lost_or_changed_fails_instead() {
        let refused = |name: &str, text: &str| {
            let mut outputs = Outputs::none();
            outputs.send(name, text);
            outputs.into_answer(&declared()).unwrap_err()
        };
        assert_eq!(refused("Orders", ""), OutputError::Undeclared("Orders".into()));
        assert_eq!(refused("reply", ""), OutputError::WrongKind("reply".into()));
        assert_eq!(refused("orders", ""), OutputError::Empty("orders".into()));
        let size = MAX_MESSAGE_BYTES + 1;
        assert_eq!(
            refused("orders", &"x".repeat(size)),
            OutputError::TooLarge { name: "orders".into(), size }
        );
        for date in ["2030-01-31T10:00:00", "2030-01-31T10:00:00.1234567+01:00", "/Date(1198908717056)/"] {
            assert_eq!(refused("orders", date), OutputError::BareDate("orders".into()), "{date}");
        }
    }
}
