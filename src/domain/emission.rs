//! Which messages go first. The emitter chooses by what the index of the outbox says, and reads only what it has chosen.

use std::cmp::Reverse;

use chrono::{DateTime, TimeDelta, Utc};

use super::outbox::{MailAllowance, OutboxId, Urgency};

/// A message that is unsent for longer than this is worth a word to operators.
const LATE: TimeDelta = TimeDelta::minutes(15);

/// What the index says of a row that is not settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnsettledRow {
    /// Which row.
    pub id: OutboxId,
    /// Whether it needs some of the mail quota.
    pub mail: bool,
    /// Whether it tells of something that happens within minutes.
    pub imminent: bool,
    /// Whether the brake may hold it: it was never handed out, and is not for operators.
    pub first: bool,
    /// The nearest deadline in its message. Nothing when it is imminent: then it does not matter.
    pub deadline: Option<DateTime<Utc>>,
    /// When to try next.
    pub next_attempt: DateTime<Utc>,
    /// When it was written.
    pub created: DateTime<Utc>,
}

impl UnsettledRow {
    /// How urgent it is at `now`.
    pub fn urgency(&self, now: DateTime<Utc>) -> Urgency {
        Urgency::of(self.imminent, self.deadline, now)
    }

    /// What the emitter sorts by, smallest first: urgency, then the deadline, then for how long it has been due.
    fn rank(&self, now: DateTime<Utc>) -> (Reverse<Urgency>, DateTime<Utc>, DateTime<Utc>, &OutboxId) {
        let deadline = match self.deadline {
            _ if self.imminent => DateTime::<Utc>::MIN_UTC,
            deadline => deadline.unwrap_or(DateTime::<Utc>::MAX_UTC),
        };
        (Reverse(self.urgency(now)), deadline, self.next_attempt, &self.id)
    }
}

/// Chooses what is emitted now of what is due: at most `limit`, the most urgent first, mails within `allowance`. What is
/// left stays due.
pub fn choose<'a>(
    places: impl IntoIterator<Item = &'a UnsettledRow>,
    allowance: MailAllowance,
    limit: usize,
    now: DateTime<Utc>,
) -> Vec<&'a UnsettledRow> {
    let mut due: Vec<&UnsettledRow> = places.into_iter().filter(|place| place.next_attempt <= now).collect();
    due.sort_by(|a, b| a.rank(now).cmp(&b.rank(now)));
    let mut mails = 0;
    due.retain(|place| {
        if !place.mail {
            return true;
        }
        let allowed = mails < allowance.of(place.urgency(now));
        mails += u32::from(allowed);
        allowed
    });
    due.truncate(limit);
    due
}

/// What is unsent for so long that operators should know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backlog {
    /// How many messages.
    pub late: usize,
    /// For how long the oldest of them has been waiting.
    pub oldest: TimeDelta,
}

impl Backlog {
    /// The messages that are unsent for more than a quarter of an hour; `None` when there are none.
    pub fn of(places: &[UnsettledRow], now: DateTime<Utc>) -> Option<Self> {
        let ages = places.iter().map(|place| now - place.created).filter(|age| *age > LATE);
        ages.fold(None, |known: Option<Self>, age| {
            let known = known.unwrap_or(Self { late: 0, oldest: age });
            Some(Self { late: known.late + 1, oldest: known.oldest.max(age) })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures::utc;

    #[test]
    fn what_waits_for_more_than_a_quarter_of_an_hour_is_counted() {
        let now = utc("2026-12-01T10:00:00Z");
        let place = |minutes| UnsettledRow {
            id: OutboxId::parse("0a").unwrap(),
            mail: true,
            imminent: false,
            first: true,
            deadline: None,
            next_attempt: now,
            created: now - TimeDelta::minutes(minutes),
        };
        assert_eq!(Backlog::of(&[place(0), place(15)], now), None);
        let backlog = Backlog::of(&[place(16), place(3), place(90), place(20)], now);
        assert_eq!(backlog, Some(Backlog { late: 3, oldest: TimeDelta::minutes(90) }));
    }
}
