//! How often and when a request is sent again.

use std::time::Duration;

use crate::azure::arm::{Jitter, random_jitter};

/// How often a request is sent again, and when.
#[derive(Clone)]
pub struct RetryPolicy {
    /// How often in all, where time does not end it before.
    pub attempts: u32,
    /// The wait after the first failure; it doubles with each further one.
    pub first_delay: Duration,
    /// The longest wait of our own. Azure may ask for a longer one.
    pub longest_delay: Duration,
    /// How long one attempt may take. Azure Tables gives itself 30 seconds at most.
    pub longest_attempt: Duration,
    /// How long a request may take in all, with its waits, where the work at hand has no end of its own: somebody sits in
    /// front of a command.
    pub patience: Duration,
    /// Where the randomness of waits comes from.
    pub jitter: Jitter,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: u32::MAX,
            first_delay: Duration::from_millis(200),
            longest_delay: Duration::from_secs(10),
            longest_attempt: Duration::from_secs(35),
            patience: Duration::from_secs(8),
            jitter: random_jitter(),
        }
    }
}

impl std::fmt::Debug for RetryPolicy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RetryPolicy").field("attempts", &self.attempts).finish_non_exhaustive()
    }
}

impl RetryPolicy {
    /// How long the next attempt may take when so much time is left: not all of it, so that one that hangs does not
    /// end the work.
    pub(super) fn attempt(&self, left: Duration) -> Duration {
        const LEAST: Duration = Duration::from_secs(1);
        left.mul_f64(0.4).max(LEAST).min(left).min(self.longest_attempt)
    }

    /// The wait after an attempt, where the answer may have asked for one; nothing when it was the last, or the time that
    /// is left does not suffice.
    pub(super) fn wait(&self, attempt: u32, asked: Option<Duration>, left: Duration) -> Option<Duration> {
        let random = (self.jitter)().clamp(0.0, 1.0);
        let doubled = self.first_delay.saturating_mul(1 << (attempt - 1).min(16)).min(self.longest_delay);
        let wait = asked.unwrap_or_default() + doubled.mul_f64(0.5 + random / 2.0);
        (attempt < self.attempts && wait < left).then_some(wait)
    }
}
