//! Turns and limits, in memory: what one instance takes of one link and from one address.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use super::page_slots::PageSlots;

/// How long acts count.
const WINDOW: TimeDelta = TimeDelta::minutes(5);
/// How many acts one link takes within that time.
const PER_LINK: u32 = 40;
/// How many acts are taken from one network address within that time: whole offices share one.
const PER_ADDRESS: u32 = 400;
/// How often one link is looked at within that time. A page on which something is under way loads itself twenty times.
const LOOKS_PER_LINK: u32 = 600;
/// How often anything is looked at from one network address within that time.
const LOOKS_PER_ADDRESS: u32 = 6000;
/// How many links and addresses are counted at once.
const MOST_COUNTED: usize = 10_000;
/// How many links can act at the same time at most.
const LANES: usize = 64;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Attempts {
    since: DateTime<Utc>,
    acts: u32,
}

/// Lets acts through one after the other, and not too many.
#[derive(Debug)]
pub struct RateLimiter {
    lanes: Vec<tokio::sync::Mutex<()>>,
    counts: Mutex<HashMap<u64, Attempts>>,
    pub slots: PageSlots,
}

impl Default for RateLimiter {
    fn default() -> Self {
        Self {
            lanes: (0..LANES).map(|_| tokio::sync::Mutex::new(())).collect(),
            counts: Mutex::default(),
            slots: PageSlots::default(),
        }
    }
}

impl RateLimiter {
    /// Waits until nobody else acts with this link, or with one that shares its lane.
    pub async fn turn(&self, token: &str) -> Option<tokio::sync::MutexGuard<'_, ()>> {
        let lane = usize::try_from(hash(&("lane", token)) % LANES as u64).unwrap_or_default();
        match self.lanes.get(lane) {
            Some(lane) => Some(lane.lock().await),
            None => None,
        }
    }

    /// Whether one more act with this link from this address is taken.
    pub fn takes(&self, token: &str, address: Option<&str>, now: DateTime<Utc>) -> bool {
        let address = address.map(|address| (hash(&("address", address)), PER_ADDRESS));
        self.counts(1, (hash(&("link", token)), PER_LINK), address, now)
    }

    /// Whether a link may be looked at once more from this address.
    pub fn may_look(&self, token: &str, address: Option<&str>, now: DateTime<Utc>) -> bool {
        self.count_looks(0, token, address, now)
    }

    /// Counts a look. What led nowhere cost nothing and need not be counted.
    pub fn looked(&self, token: &str, address: Option<&str>, now: DateTime<Utc>) {
        self.count_looks(1, token, address, now);
    }

    fn count_looks(&self, added: u32, token: &str, address: Option<&str>, now: DateTime<Utc>) -> bool {
        // They are counted afterwards: when as many were, there are no more.
        let address = address.map(|address| (hash(&("look from", address)), LOOKS_PER_ADDRESS - 1));
        self.counts(added, (hash(&("look", token)), LOOKS_PER_LINK - 1), address, now)
    }

    /// Adds to both counts, and says whether they are within their limits.
    fn counts(&self, added: u32, link: (u64, u32), address: Option<(u64, u32)>, now: DateTime<Utc>) -> bool {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= MOST_COUNTED {
            counts.retain(|_, count| now < count.since + WINDOW);
        }
        // Whoever comes when even that does not make room is not counted: the store's own brakes still hold.
        let full = counts.len() >= MOST_COUNTED;
        let mut add = |(key, limit): (u64, u32)| {
            if (full || added == 0) && !counts.contains_key(&key) {
                return true;
            }
            let count = counts.entry(key).or_insert(Attempts { since: now, acts: 0 });
            if count.since + WINDOW <= now {
                *count = Attempts { since: now, acts: 0 };
            }
            count.acts = count.acts.saturating_add(added);
            count.acts <= limit
        };
        let link = add(link);
        let address = address.is_none_or(add);
        link && address
    }
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures::utc;

    #[test]
    fn s12_a_link_acts_so_often_and_then_has_to_wait() {
        let (limiter, now) = (RateLimiter::default(), utc("2026-12-01T08:00:00Z"));
        for _ in 0..PER_LINK {
            assert!(limiter.takes("one", Some("10.0.0.1"), now));
        }
        assert!(!limiter.takes("one", Some("10.0.0.1"), now));
        assert!(limiter.takes("another", Some("10.0.0.1"), now));
        assert!(limiter.takes("one", Some("10.0.0.1"), now + WINDOW));
    }

    #[test]
    fn s12_an_address_has_a_limit_whatever_links_it_uses_and_memory_has_one_too() {
        let (limiter, now) = (RateLimiter::default(), utc("2026-12-01T08:00:00Z"));
        let taken =
            (0..1000).filter(|number| limiter.takes(&number.to_string(), Some("10.0.0.1"), now)).count();
        assert_eq!(taken, usize::try_from(PER_ADDRESS).unwrap());
        for number in 0..2 * MOST_COUNTED {
            limiter.takes(&number.to_string(), None, now);
        }
        assert!(limiter.counts.lock().unwrap().len() <= MOST_COUNTED);
    }
}
