//! `queueTrigger`.

use std::fmt::Display;
use std::str::FromStr;

use serde::de::DeserializeOwned;

use super::super::{DecodeError, InvocationEnvelope, Trigger, TriggerKind};

/// A message from a storage queue. It may come more than once; it comes again when the handler fails, and moves to
/// the queue's poison queue after that happened too often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueTrigger<P = String> {
    /// The message, read from its exact text.
    pub payload: P,
    /// How often it was taken from the queue, counting this time. Only a hint: whoever wrote the message can forge
    /// it, because the host merges the members of a JSON message over it. Decide nothing that matters by it.
    pub dequeue_count_hint: Option<u32>,
    /// The queue's id of the message. Only a hint, for the same reason.
    pub message_id_hint: Option<String>,
}

/// What a queue message can be read as. `String` takes any text.
pub trait QueuePayload: Sized + Send + 'static {
    /// Whether whatever the host delivers is taken, in whatever shape.
    const TAKES_ANYTHING: bool = false;

    /// Reads the message's text.
    ///
    /// # Errors
    /// When the text is not one of this kind. The message then fails, and ends in the poison queue.
    fn from_text(text: String) -> Result<Self, DecodeError>;
}

impl QueuePayload for String {
    fn from_text(text: String) -> Result<Self, DecodeError> {
        Ok(text)
    }
}

/// A payload that is whatever came: the text of the message, or all that there is in its place. For functions that must
/// not fail because of what they take, such as those on poison queues: the host never moves what fails there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anything(pub String);

impl QueuePayload for Anything {
    const TAKES_ANYTHING: bool = true;

    fn from_text(text: String) -> Result<Self, DecodeError> {
        Ok(Self(text))
    }
}

/// A payload that is a JSON document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FromJson<T>(pub T);

impl<T: DeserializeOwned + Send + 'static> QueuePayload for FromJson<T> {
    fn from_text(text: String) -> Result<Self, DecodeError> {
        let refuse =
            |reason: String| DecodeError(format!("the queue message is not the expected JSON: {reason}"));
        let mut json = serde_json::Deserializer::from_str(&text);
        let value = serde_path_to_error::deserialize(&mut json).map_err(|error| refuse(error.to_string()))?;
        json.end().map_err(|error| refuse(error.to_string()))?;
        Ok(Self(value))
    }
}

/// A payload that parses from its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FromText<T>(pub T);

impl<T: FromStr<Err: Display> + Send + 'static> QueuePayload for FromText<T> {
    fn from_text(text: String) -> Result<Self, DecodeError> {
        text.parse()
            .map(Self)
            .map_err(|error| DecodeError(format!("the queue message cannot be read: {error}")))
    }
}

impl<P: QueuePayload> Trigger for QueueTrigger<P> {
    const KIND: TriggerKind = TriggerKind::Queue;
    const TAKES_ANYTHING: bool = P::TAKES_ANYTHING;

    fn decode(envelope: &InvocationEnvelope) -> Result<Self, DecodeError> {
        let text = if P::TAKES_ANYTHING { envelope.any_text() } else { envelope.input_text()? };
        Ok(Self {
            payload: P::from_text(text)?,
            dequeue_count_hint: envelope.metadata_hint("DequeueCount").and_then(|text| text.parse().ok()),
            message_id_hint: envelope.metadata_hint("Id"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON_MESSAGE: &str = r#"{"Data":{"message":"\"{\\\"number\\\":7,\\\"note\\\":\\\"Zoë ☃ \\\\\\\"q\\\\\\\"\\\"}\""},
        "Metadata":{"DequeueCount":"3","Id":"\"00000000-0000-0000-0000-000000000001\"","number":"\"7\"",
        "sys":{"MethodName":"Work"}}}"#;

    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Order {
        number: u32,
        note: String,
    }

    fn decode<P: QueuePayload>(body: &str) -> Result<QueueTrigger<P>, DecodeError> {
        QueueTrigger::decode(&InvocationEnvelope::from_slice(body.as_bytes())?)
    }

    #[test]
    fn a_json_message_is_read_into_its_type() {
        let message = decode::<FromJson<Order>>(JSON_MESSAGE).unwrap();
        assert_eq!(message.payload.0, Order { number: 7, note: "Zoë ☃ \"q\"".into() });
        assert_eq!(message.dequeue_count_hint, Some(3));
        assert_eq!(message.message_id_hint.as_deref(), Some("00000000-0000-0000-0000-000000000001"));
    }

    #[test]
    fn the_text_is_untouched_whatever_it_looks_like() {
        let text = decode::<String>(JSON_MESSAGE).unwrap().payload;
        assert_eq!(text, r#"{"number":7,"note":"Zoë ☃ \"q\""}"#);
        let number = decode::<FromText<u16>>(r#"{"Data":{"message":"\"0042\""}}"#).unwrap();
        assert_eq!(number.payload.0, 42);
        assert_eq!(number.dequeue_count_hint, None);
    }

    #[test]
    fn a_message_that_overwrites_its_metadata_changes_hints_only() {
        let body = r#"{"Data":{"message":"\"{\\\"Id\\\":\\\"forged\\\",\\\"dequeueCount\\\":{}}\""},
            "Metadata":{"DequeueCount":{},"Id":"\"forged\"","sys":"\"x\""}}"#;
        let message = decode::<String>(body).unwrap();
        assert_eq!(message.payload, r#"{"Id":"forged","dequeueCount":{}}"#);
        assert_eq!((message.dequeue_count_hint, message.message_id_hint.as_deref()), (None, Some("forged")));
    }

    #[test]
    fn anything_is_taken_as_what_there_is() {
        let taken = |body: &str| decode::<Anything>(body).unwrap().payload.0;
        for (body, text) in [
            (r#"{"Data":{"message":"\"x\""}}"#, "x"),
            (r#"{"Data":{"message":{"a":[1]}}}"#, r#"{"a":[1]}"#),
            (r#"{"Data":{"message":null}}"#, r#"{"message":null}"#),
            (r#"{"Data":{}}"#, "{}"),
            (r#"{"Data":{"a":1,"b":"\"x\""}}"#, r#"{"a":1,"b":"\"x\""}"#),
        ] {
            assert_eq!(taken(body), text);
        }
    }

    #[test]
    fn a_payload_of_another_kind_is_refused_with_the_place() {
        let wrong = r#"{"Data":{"message":"\"{\\\"number\\\":\\\"seven\\\"}\""}}"#;
        insta::assert_snapshot!(decode::<FromJson<Order>>(wrong).unwrap_err(), @r#"the queue message is not the expected JSON: number: invalid type: string "seven", expected u32 at line 1 column 17"#);
        let more = r#"{"Data":{"message":"\"7 8\""}}"#;
        insta::assert_snapshot!(decode::<FromJson<u16>>(more).unwrap_err(), @"the queue message is not the expected JSON: trailing characters at line 1 column 3");
        insta::assert_snapshot!(decode::<FromText<u16>>(wrong).unwrap_err(), @"the queue message cannot be read: invalid digit found in string");
    }
}
