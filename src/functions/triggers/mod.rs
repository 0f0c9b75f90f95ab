//! One file a trigger: what it gives a handler, and how it is read from the host's envelope.

pub(super) mod event_grid;
pub(super) mod http;
pub(super) mod queue;
pub(super) mod timer;
