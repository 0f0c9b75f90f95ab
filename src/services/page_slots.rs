//! Slots for pages: how many pages are made at once, how many acts are under way, and how many bodies one address
//! may have on their way.
//!
//! A page about thousands of machines takes tens of megabytes while it is made. More than a few at once would be no
//! faster, and whoever waits takes next to nothing.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

/// How many pages are made at once.
const LOOKS: usize = 2;
/// How many acts are under way at once. They wait for Azure more than they compute.
const ACTS: usize = 16;
/// How many bodies of one address may be on their way. Whole offices share one, but a form arrives within a moment.
const ARRIVALS: u32 = 64;
/// How long a visitor waits for a slot.
const SLOT_TIMEOUT: Duration = Duration::from_secs(60);

/// Permits for requests of visitors, by what each does. Each kind has its own, so that one cannot use up the others.
#[derive(Debug)]
pub struct PageSlots {
    looks: Semaphore,
    acts: Semaphore,
    arriving: Mutex<HashMap<String, u32>>,
}

impl Default for PageSlots {
    fn default() -> Self {
        Self { looks: Semaphore::new(LOOKS), acts: Semaphore::new(ACTS), arriving: Mutex::default() }
    }
}

/// A body on its way.
#[derive(Debug)]
pub struct Arrival<'a> {
    slots: &'a PageSlots,
    address: Option<String>,
}

impl PageSlots {
    /// A slot to make a page in, once there is one.
    pub async fn to_look(&self) -> Option<SemaphorePermit<'_>> {
        timeout(SLOT_TIMEOUT, self.looks.acquire()).await.ok()?.ok()
    }

    /// A slot to act in, once there is one.
    pub async fn to_act(&self) -> Option<SemaphorePermit<'_>> {
        timeout(SLOT_TIMEOUT, self.acts.acquire()).await.ok()?.ok()
    }

    /// Lets a body from this address arrive, unless too many of them are on their way.
    pub fn arrival(&self, address: Option<&str>) -> Option<Arrival<'_>> {
        if let Some(address) = address {
            let mut arriving = self.arriving.lock().unwrap_or_else(PoisonError::into_inner);
            let count = arriving.entry(address.to_owned()).or_default();
            if *count >= ARRIVALS {
                return None;
            }
            *count += 1;
        }
        Some(Arrival { slots: self, address: address.map(str::to_owned) })
    }
}

impl Drop for Arrival<'_> {
    fn drop(&mut self) {
        let Some(address) = &self.address else { return };
        let mut arriving = self.slots.arriving.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = arriving.get_mut(address) {
            *count -= 1;
            if *count == 0 {
                arriving.remove(address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s12_an_address_has_so_many_bodies_on_their_way_and_nothing_is_remembered_of_it_after() {
        let slots = PageSlots::default();
        let mut arrivals: Vec<Arrival> =
            (0..ARRIVALS).filter_map(|_| slots.arrival(Some("10.0.0.1"))).collect();
        assert!(slots.arrival(Some("10.0.0.1")).is_none());
        assert!(slots.arrival(Some("10.0.0.2")).is_some());
        assert!(slots.arrival(None).is_some());
        arrivals.pop();
        assert!(slots.arrival(Some("10.0.0.1")).is_some());
        drop(arrivals);
        assert!(slots.arriving.lock().unwrap().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn s12_pages_are_made_a_few_at_a_time_and_waiting_has_an_end() {
        let slots = PageSlots::default();
        let mut held = Vec::new();
        for _ in 0..LOOKS {
            held.push(slots.to_look().await.unwrap());
        }
        let began = tokio::time::Instant::now();
        assert!(slots.to_look().await.is_none());
        assert!(began.elapsed() < 2 * SLOT_TIMEOUT, "of the paused clock");
        held.pop();
        assert!(slots.to_look().await.is_some());
        assert!(slots.to_act().await.is_some(), "who acts does not wait for who looks");
    }
}
