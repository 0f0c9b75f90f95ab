//! The bytes between host and handler, written and read as the real host does.

mod hooks;
mod request;
mod response;
mod version;

pub(super) use hooks::{HookRequest, events_body, hook_body};
pub(super) use request::{QueueDelivery, TimerDelivery, TimerStatus, invocation_request, new_trace_parent};
pub(super) use response::{Answer, read_answer};
pub(super) use version::HOST_VERSION;
