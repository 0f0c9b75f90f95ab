//! How long functions may take.

use std::time::Duration;

/// How long a page, or whoever else waits for an answer, waits for other services at most.
pub(super) const ANSWER: Duration = Duration::from_secs(9);

/// How long the events of a delivery may take. Event Grid waits for half a minute and sends them again then.
pub(super) const EVENTS: Duration = Duration::from_secs(25);

/// What the end of an invocation takes: to answer, and to hand on what could not be written.
pub(super) const END: Duration = Duration::from_secs(20);
