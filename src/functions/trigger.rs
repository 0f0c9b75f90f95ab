//! What starts a function, and what it writes to.

use std::fmt;

use super::envelope::{DecodeError, InvocationEnvelope};

/// A typed value that a handler takes, read from the host's envelope.
///
/// The traits of this room implement it for every trigger they know; another trigger is another implementation.
pub trait Trigger: Sized + Send + 'static {
    /// The kind of binding that sends it.
    const KIND: TriggerKind;

    /// Whether the handler wants even what is no invocation at all: its text stands for the trigger's value then.
    const TAKES_ANYTHING: bool = false;

    /// Reads the trigger's value.
    ///
    /// # Errors
    /// When the envelope does not hold such a value. The invocation then fails without reaching the handler.
    fn decode(envelope: &InvocationEnvelope) -> Result<Self, DecodeError>;
}

/// The kinds of triggers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TriggerKind {
    Timer,
    Queue,
    /// `eventGridTrigger`, one event an invocation
    EventGrid,
    /// `eventGridTrigger` with `"cardinality": "many"`
    EventGridBatch,
    /// `httpTrigger` of a function with further bindings, which the host does not forward
    Http,
    /// `httpTrigger` and `http` alone: the host forwards the request as it came
    ForwardedHttp,
}

impl fmt::Display for TriggerKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Timer => "timer",
            Self::Queue => "queue",
            Self::EventGrid => "Event Grid (one event)",
            Self::EventGridBatch => "Event Grid (many events)",
            Self::Http => "HTTP (default mode)",
            Self::ForwardedHttp => "HTTP (forwarded)",
        })
    }
}

/// The kinds of output bindings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputKind {
    Queue,
    Http,
}
