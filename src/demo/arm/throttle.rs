//! The published quotas of Azure Resource Manager and Resource Graph.
//!
//! They run on the time in which clients wait, not on the simulation's clock: a client that sleeps for the seconds
//! of `Retry-After` must find the quota refilled even when the simulated clock stands still.

use std::collections::BTreeMap;

use tokio::time::{Duration, Instant};

/// Resource Graph: this many questions …
const GRAPH_QUOTA: u32 = 15;
/// … in this long.
const GRAPH_WINDOW: Duration = Duration::from_secs(5);

/// What a call counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Read,
    Write,
}

impl Kind {
    fn size(self) -> f64 {
        match self {
            Self::Read => 250.0,
            Self::Write => 200.0,
        }
    }

    /// What remains after the first call.
    pub(super) fn untouched(self) -> u64 {
        match self {
            Self::Read => 249,
            Self::Write => 199,
        }
    }

    fn refill_per_second(self) -> f64 {
        match self {
            Self::Read => 25.0,
            Self::Write => 10.0,
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Read => "reads",
            Self::Write => "writes",
        }
    }
}

/// Buckets by scope and principal.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    buckets: BTreeMap<(String, String, Kind), Bucket>,
    graph: BTreeMap<String, GraphWindow>,
}

#[derive(Debug)]
struct Bucket {
    level: f64,
    at: Instant,
}

#[derive(Debug)]
struct GraphWindow {
    used: u32,
    since: Instant,
}

/// What is left of Resource Graph's quota, and in how many seconds it is full again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct GraphQuota {
    pub(crate) remaining: u32,
    pub(crate) resets_after: u64,
}

impl GraphQuota {
    /// So much that nobody slows down.
    pub(crate) const UNTOUCHED: Self = Self { remaining: 1000, resets_after: GRAPH_WINDOW.as_secs() };
}

impl Throttle {
    /// Takes one call out of a bucket. Gives what remains, or the seconds to wait.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "levels are small and positive"
    )]
    pub(super) fn take(
        &mut self,
        scope: &str,
        principal: &str,
        kind: Kind,
        now: Instant,
    ) -> Result<u64, u64> {
        let bucket = self
            .buckets
            .entry((scope.to_owned(), principal.to_owned(), kind))
            .or_insert(Bucket { level: kind.size(), at: now });
        let elapsed = now.duration_since(bucket.at).as_secs_f64();
        bucket.level = (bucket.level + elapsed * kind.refill_per_second()).min(kind.size());
        bucket.at = now;
        if bucket.level < 1.0 {
            return Err(((1.0 - bucket.level) / kind.refill_per_second()).ceil().max(1.0) as u64);
        }
        bucket.level -= 1.0;
        Ok(bucket.level as u64)
    }

    /// Takes one question out of Resource Graph's window. Gives what is left, or says that nothing was.
    pub(crate) fn take_graph(&mut self, principal: &str, now: Instant) -> Result<GraphQuota, GraphQuota> {
        let window = self.graph.entry(principal.to_owned()).or_insert(GraphWindow { used: 0, since: now });
        if now.duration_since(window.since) >= GRAPH_WINDOW {
            *window = GraphWindow { used: 0, since: now };
        }
        let left = GRAPH_WINDOW.saturating_sub(now.duration_since(window.since));
        let resets_after = left.as_millis().div_ceil(1000).max(1).try_into().unwrap_or(u64::MAX);
        if window.used == GRAPH_QUOTA {
            return Err(GraphQuota { remaining: 0, resets_after });
        }
        window.used += 1;
        Ok(GraphQuota { remaining: GRAPH_QUOTA - window.used, resets_after })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_run_out_and_come_back_at_their_rate() {
        let mut throttle = Throttle::default();
        let start = Instant::now();
        for left in (0..250).rev() {
            assert_eq!(throttle.take("s", "p", Kind::Read, start), Ok(left));
        }
        assert_eq!(throttle.take("s", "p", Kind::Read, start), Err(1));
        assert_eq!(throttle.take("s", "other", Kind::Read, start), Ok(249));
        assert_eq!(throttle.take("s", "p", Kind::Write, start), Ok(199));
        assert_eq!(throttle.take("s", "p", Kind::Read, start + Duration::from_secs(1)), Ok(24));
    }

    #[test]
    fn resource_graph_takes_fifteen_questions_in_five_seconds() {
        let mut throttle = Throttle::default();
        let start = Instant::now();
        for left in (0..15).rev() {
            let quota = throttle.take_graph("p", start);
            assert_eq!(quota, Ok(GraphQuota { remaining: left, resets_after: 5 }));
        }
        let later = start + Duration::from_secs(2);
        assert_eq!(throttle.take_graph("p", later), Err(GraphQuota { remaining: 0, resets_after: 3 }));
        assert!(throttle.take_graph("p", start + GRAPH_WINDOW).is_ok());
    }
}
