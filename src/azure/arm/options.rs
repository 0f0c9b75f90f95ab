//! How hard Azure is asked.

use std::sync::Arc;
use std::time::Duration;

use crate::http::body::AZURE_BODY_LIMIT;

/// How hard Azure is asked.
#[derive(Clone)]
pub struct ArmOptions {
    /// How many requests are under way at once.
    pub parallel: usize,
    /// The largest body that is read, in bytes.
    pub body_limit: usize,
    /// How often a request is tried in all.
    pub attempts: u32,
    /// The wait after the first failure; it doubles with each further one.
    pub first_delay: Duration,
    /// The longest wait of our own choosing.
    pub longest_delay: Duration,
    /// The longest wait that Azure may ask for; beyond it the request fails as throttled.
    pub longest_retry_after: Duration,
    /// Where the randomness of waits comes from.
    pub jitter: Jitter,
}

impl Default for ArmOptions {
    fn default() -> Self {
        Self {
            parallel: 8,
            body_limit: AZURE_BODY_LIMIT,
            attempts: 5,
            first_delay: Duration::from_millis(500),
            longest_delay: Duration::from_secs(20),
            longest_retry_after: Duration::from_secs(60),
            jitter: random_jitter(),
        }
    }
}

impl std::fmt::Debug for ArmOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ArmOptions")
            .field("parallel", &self.parallel)
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}

/// Whether a request may be sent a second time when it is not certain what became of the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// The same request twice is the same as once: reads, and questions to Resource Graph.
    Idempotent,
    /// A second one would act a second time. It is sent once, whatever happens: starting maintenance.
    Never,
}

/// Where jitter comes from: gives a number from 0 to 1.
pub type Jitter = Arc<dyn Fn() -> f64 + Send + Sync>;

/// Jitter from the operating system's randomness.
pub fn random_jitter() -> Jitter {
    Arc::new(|| {
        // Without randomness every process waits equally long, which is no reason to fail.
        let random = getrandom::u32().unwrap_or(u32::MAX / 2);
        f64::from(random) / f64::from(u32::MAX)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_lies_between_nothing_and_one() {
        let jitter = random_jitter();
        assert!((0..100).all(|_| (0.0..=1.0).contains(&jitter())));
    }
}
