//! The brake: when far more is to be sent than on other days, what can wait is held and operators are asked.
//!
//! It looks at messages that were never handed out. They are planned and claimed, and stay in the outbox: there later
//! facts go on folding into them, so that what was wrong is never reported, and a deadline that comes near frees each
//! of them. What is urgent, what is tried again, and what is for operators is never held.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::unsettled_row::UnsettledRow;
use super::urgency::Urgency;

/// For how long counts are kept: the days that the usual is worked out from.
const MEMORY: TimeDelta = TimeDelta::days(28);
/// A deployment that has counted for less than this knows nothing usual: its first waves are not held.
const LEARNING: TimeDelta = TimeDelta::days(14);
/// A usual day counts as at least so many messages, so that small tenants are not held.
const FLOOR: usize = 50;
/// How long a release lasts.
const RELEASE: TimeDelta = TimeDelta::hours(24);

/// What the brake remembers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brake {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<DateTime<Utc>>,
    /// How many messages were handed out for the first time, by the hour.
    #[serde(default)]
    hours: Vec<(DateTime<Utc>, usize)>,
    /// What is held at the moment, as it was when that began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<Hold>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub released_until: Option<DateTime<Utc>>,
}

/// Why messages are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Hold {
    pub since: DateTime<Utc>,
    /// How many messages waited to be sent for the first time.
    pub waiting: usize,
    /// How many were sent in the 24 hours before.
    pub sent: usize,
    /// How many are sent on a usual day.
    pub usual: usize,
    /// How many may be sent in 24 hours without asking.
    pub allowed: usize,
}

impl Brake {
    /// Whether what can wait is to be held at `now`, with `factor` times the usual allowed.
    pub fn judge(&self, entries: &[UnsettledRow], factor: f64, now: DateTime<Utc>) -> Option<Hold> {
        let learned = self.since.is_some_and(|since| now - since >= LEARNING);
        let released = self.released_until.is_some_and(|until| now < until);
        if !learned || released {
            return None;
        }
        let waiting = entries.iter().filter(|entry| entry.first).count();
        let sent = self.sent(now);
        let usual = self.usual(now);
        let allowed = allowed(usual, factor);
        let holds = waiting + sent > allowed && entries.iter().any(|entry| can_wait(entry, now));
        holds.then(|| Hold { since: self.held.map_or(now, |held| held.since), waiting, sent, usual, allowed })
    }

    /// How many messages are sent on a usual day: the mean of the days before the last 24 hours on which any were.
    fn usual(&self, now: DateTime<Utc>) -> usize {
        let mut days = std::collections::BTreeMap::<i64, usize>::new();
        for (hour, count) in self.hours.iter().filter(|(hour, _)| *hour <= now - TimeDelta::days(1)) {
            *days.entry((now - *hour).num_days()).or_default() += count;
        }
        days.values().sum::<usize>().checked_div(days.len()).unwrap_or_default().max(FLOOR)
    }

    /// How many were sent in the last 24 hours.
    fn sent(&self, now: DateTime<Utc>) -> usize {
        let lately = self.hours.iter().filter(|(hour, _)| *hour > now - TimeDelta::days(1));
        lately.map(|(_, count)| count).sum()
    }

    /// Notes that `count` messages were handed out for the first time, and forgets what is long ago.
    pub fn note(&mut self, count: usize, now: DateTime<Utc>) {
        self.since.get_or_insert(now);
        let hour = now.duration_trunc(TimeDelta::hours(1)).unwrap_or(now);
        self.hours.retain(|(at, _)| *at > now - MEMORY);
        match self.hours.iter_mut().find(|(at, _)| *at == hour) {
            Some((_, known)) => *known += count,
            None if count > 0 => self.hours.push((hour, count)),
            None => {}
        }
    }

    /// Lets everything go for a day.
    pub fn release(&mut self, now: DateTime<Utc>) {
        self.released_until = Some(now + RELEASE);
    }
}

/// How many messages a day may bring without asking.
fn allowed(usual: usize, factor: f64) -> usize {
    // A factor too large to count is no limit: the conversion saturates.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a number of messages times a factor above 1"
    )]
    let allowed = (usual as f64 * factor) as usize;
    allowed
}

/// Whether the brake may hold this one at `now`.
pub fn can_wait(entry: &UnsettledRow, now: DateTime<Utc>) -> bool {
    entry.first && entry.urgency(now) == Urgency::Calm
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::fixtures::utc;
    use crate::domain::ids::OutboxId;

    fn now() -> DateTime<Utc> {
        utc("2026-12-01T10:30:00Z")
    }

    fn entry(deadline_in_hours: Option<i64>) -> UnsettledRow {
        UnsettledRow {
            id: OutboxId::parse("0a").unwrap(),
            mail: true,
            imminent: false,
            first: true,
            deadline: deadline_in_hours.map(|hours| now() + TimeDelta::hours(hours)),
            next_attempt: now(),
            created: now(),
        }
    }

    /// Four weeks in which a wave of this many came every week.
    fn weeks(wave: usize) -> Brake {
        let mut brake = Brake::default();
        for day in (1..28).rev() {
            brake.note(if day % 7 == 3 { wave } else { 0 }, now() - TimeDelta::days(day));
        }
        brake
    }

    #[test]
    fn a_flood_is_held_until_it_is_released_or_over() {
        let mut brake = weeks(200);
        let flood = vec![entry(None); 601];
        assert_eq!(brake.judge(&flood[..600], 3.0, now()), None, "three times the usual is allowed");
        let hold = brake.judge(&flood, 3.0, now()).unwrap();
        assert_eq!(hold, Hold { since: now(), waiting: 601, sent: 0, usual: 200, allowed: 600 });
        brake.held = Some(hold);
        let later = now() + TimeDelta::hours(1);
        assert_eq!(brake.judge(&flood, 3.0, later).unwrap().since, now());
        brake.release(later);
        assert_eq!(brake.judge(&flood, 3.0, later), None);
        let next_day = later + TimeDelta::days(1);
        assert!(brake.judge(&flood, 3.0, next_day).is_some(), "a release lasts for a day");
        assert_eq!(brake.judge(&flood[..9], 3.0, next_day), None);
    }

    #[test]
    fn a_flood_that_trickles_in_is_seen() {
        let mut brake = weeks(200);
        for minute in 0..50 {
            let at = now() + TimeDelta::minutes(minute);
            assert_eq!(brake.judge(&vec![entry(None); 12], 3.0, at), None);
            brake.note(12, at);
        }
        let at = now() + TimeDelta::minutes(50);
        assert_eq!(brake.judge(&vec![entry(None); 12], 3.0, at).unwrap().sent, 600);
    }

    #[test]
    fn the_first_weeks_and_small_tenants_are_not_held() {
        assert_eq!(Brake::default().judge(&vec![entry(None); 5000], 3.0, now()), None);
        let mut young = Brake::default();
        young.note(3, now() - TimeDelta::days(13));
        assert_eq!(young.judge(&vec![entry(None); 5000], 3.0, now()), None);
        assert_eq!(weeks(2).judge(&vec![entry(None); 150], 3.0, now()), None);
        assert!(weeks(2).judge(&vec![entry(None); 151], 3.0, now()).is_some());
    }

    proptest! {
        #[test]
        fn what_is_urgent_or_was_tried_or_is_for_operators_is_never_held(
            deadline in prop::option::of(-100i64..200), imminent: bool, first: bool,
        ) {
            let entry = UnsettledRow { imminent, first, ..entry(deadline) };
            let is_urgent = imminent || deadline.is_some_and(|hours| hours <= 72);
            prop_assert_eq!(can_wait(&entry, now()), first && !is_urgent);
            // Whatever waits, it goes once its deadline comes near.
            if let Some(deadline) = entry.deadline {
                prop_assert!(!can_wait(&entry, deadline - TimeDelta::hours(72)));
            }
        }
    }
}
