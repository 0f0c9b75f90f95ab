//! A function, and what the host keeps about it.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::sync::{Mutex, Semaphore};

use super::folders::LocalFunction;

/// A function with what the host keeps about it.
pub(super) struct Hosted {
    pub(super) function: LocalFunction,
    /// Held while its timer runs, so that runs never overlap.
    pub(super) timer: Mutex<TimerState>,
    /// One permit for each message that may be worked on at once.
    pub(super) slots: Arc<Semaphore>,
}

/// What the schedule monitor remembers of a timer, as long as the process lives.
#[derive(Debug, Default)]
pub(super) struct TimerState {
    pub(super) last: Option<DateTime<Utc>>,
}
