//! What the local host tells about its invocations while it works.

use std::time::Duration;

/// One invocation that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostEvent {
    pub function: String,
    /// The id that the function was given for this attempt.
    pub invocation_id: String,
    pub outcome: InvocationOutcome,
    /// How long it took, in real time.
    pub duration: Duration,
}

/// How an invocation ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InvocationOutcome {
    Succeeded {
        /// How many messages it put into queues.
        messages: usize,
        /// The lines that it added to the invocation's log.
        log: Vec<String>,
    },
    /// It failed. A queue message will be tried again, a timer at its next time.
    Failed { reason: String },
    /// It failed for the last time: the message now lies in this poison queue.
    Poisoned { reason: String, queue: String },
}

impl InvocationOutcome {
    /// Whether it succeeded.
    pub fn is_success(&self) -> bool {
        matches!(self, Self::Succeeded { .. })
    }
}
