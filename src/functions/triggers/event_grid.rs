//! `eventGridTrigger`, with one event or many.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::super::{DecodeError, InvocationEnvelope, Trigger, TriggerKind};

/// One event, in the schema in which it was delivered (Event Grid's own or CloudEvents 1.0).
///
/// The host may have formatted anew whatever looks like a date in it. Events of one delivery come in parallel, and
/// all of them come again when one fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventGridTrigger<E = Value> {
    pub event: E,
}

/// The events of one delivery, for a binding with `"cardinality": "many"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventGridBatch<E = Value> {
    /// The events, in the order of the delivery.
    pub events: Vec<E>,
}

impl<E: DeserializeOwned + Send + 'static> Trigger for EventGridTrigger<E> {
    const KIND: TriggerKind = TriggerKind::EventGrid;

    fn decode(envelope: &InvocationEnvelope) -> Result<Self, DecodeError> {
        read(envelope.input_json()?).map(|event| Self { event })
    }
}

impl<E: DeserializeOwned + Send + 'static> Trigger for EventGridBatch<E> {
    const KIND: TriggerKind = TriggerKind::EventGridBatch;

    fn decode(envelope: &InvocationEnvelope) -> Result<Self, DecodeError> {
        match envelope.input_json()? {
            Value::Array(events) => events.into_iter().map(read).collect(),
            // A host that reads `many` and still sends one event at a time loses nothing.
            event => read(event).map(|event| vec![event]),
        }
        .map(|events| Self { events })
    }
}

fn read<E: DeserializeOwned>(event: Value) -> Result<E, DecodeError> {
    if !event.is_object() {
        return Err(DecodeError("an Event Grid event is not an object".into()));
    }
    serde_path_to_error::deserialize(event)
        .map_err(|error| DecodeError(format!("the Event Grid event cannot be read: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope(data: &str) -> InvocationEnvelope {
        InvocationEnvelope::from_slice(format!(r#"{{"Data":{data}}}"#).as_bytes()).unwrap()
    }

    #[test]
    fn one_event_comes_as_an_object_and_is_read_from_a_string_too() {
        for data in [r#"{"event":{"id":"1","data":5}}"#, r#"{"event":"{\"id\":\"1\",\"data\":5}"}"#] {
            let trigger = EventGridTrigger::<Value>::decode(&envelope(data)).unwrap();
            assert_eq!(trigger.event, serde_json::json!({ "id": "1", "data": 5 }));
        }
    }

    #[test]
    fn many_events_come_as_a_string_that_holds_an_array() {
        let trigger =
            EventGridBatch::<Value>::decode(&envelope(r#"{"events":"[{\"id\":\"1\"},{\"id\":\"2\"}]"}"#));
        let ids: Vec<_> = trigger.unwrap().events.iter().map(|event| event["id"].clone()).collect();
        assert_eq!(ids, ["1", "2"]);
    }

    #[test]
    fn what_is_not_an_event_is_refused() {
        let one = EventGridTrigger::<Value>::decode(&envelope(r#"{"event":[]}"#)).unwrap_err();
        insta::assert_snapshot!(one, @"an Event Grid event is not an object");
        let many = EventGridBatch::<Value>::decode(&envelope(r#"{"events":"[1]"}"#)).unwrap_err();
        insta::assert_snapshot!(many, @"an Event Grid event is not an object");
    }
}
