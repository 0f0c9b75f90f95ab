//! The bytes between host and handler, written and read as the real host does.

mod hooks;
mod request;
mod response;

pub(super) use hooks::{HookRequest, events_body, hook_body};
pub(super) use request::{QueueDelivery, TimerDelivery, TimerStatus, invocation_request, new_trace_parent};
pub(super) use response::{Answer, read_answer};

/// What this host calls itself.
pub(super) const HOST_VERSION: &str = "4.0.0-local";
