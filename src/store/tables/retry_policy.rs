//! How often and when a request is sent again.

use std::time::Duration;

use crate::azure::arm::{Jitter, random_jitter};

/// How often a request is sent again, and when.
#[derive(Clone)]
pub struct RetryPolicy {
    /// How often in all.
    pub attempts: u32,
    /// The wait after the first failure; it doubles with each further one.
    pub first_delay: Duration,
    /// The longest wait, also of those that Azure asks for; beyond it the request fails.
    pub longest_delay: Duration,
    /// Where the randomness of waits comes from.
    pub jitter: Jitter,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 5,
            first_delay: Duration::from_millis(200),
            longest_delay: Duration::from_secs(10),
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
    /// The wait after an attempt, where the answer may have asked for one; nothing when it was the last.
    pub(super) fn wait(&self, attempt: u32, asked: Option<Duration>) -> Option<Duration> {
        if attempt >= self.attempts || asked.is_some_and(|asked| asked > self.longest_delay) {
            return None;
        }
        let random = (self.jitter)().clamp(0.0, 1.0);
        let doubled = self.first_delay.saturating_mul(1 << (attempt - 1).min(16)).min(self.longest_delay);
        Some(asked.unwrap_or_default() + doubled.mul_f64(0.5 + random / 2.0))
    }
}
