//! What the index of the outbox says of a row.

use std::cmp::Reverse;

use chrono::{DateTime, Utc};

use super::ids::OutboxId;
use super::urgency::Urgency;

/// What the index says of a row that is not settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnsettledRow {
    pub id: OutboxId,
    /// Whether it needs some of the mail quota.
    pub mail: bool,
    /// Whether it is about something that happens within minutes.
    pub imminent: bool,
    /// Whether the brake may hold it: it was never handed out, and is not for operators.
    pub first: bool,
    /// The nearest deadline in its message. Nothing when it is imminent: then it does not matter.
    pub deadline: Option<DateTime<Utc>>,
    pub next_attempt: DateTime<Utc>,
    pub created: DateTime<Utc>,
}

impl UnsettledRow {
    /// How urgent it is at `now`.
    pub fn urgency(&self, now: DateTime<Utc>) -> Urgency {
        Urgency::of(self.imminent, self.deadline, now)
    }

    /// What the emitter sorts by, smallest first: urgency, then the deadline, then for how long it has been due.
    pub(super) fn rank(
        &self,
        now: DateTime<Utc>,
    ) -> (Reverse<Urgency>, DateTime<Utc>, DateTime<Utc>, &OutboxId) {
        let deadline = match self.deadline {
            _ if self.imminent => DateTime::<Utc>::MIN_UTC,
            deadline => deadline.unwrap_or(DateTime::<Utc>::MAX_UTC),
        };
        (Reverse(self.urgency(now)), deadline, self.next_attempt, &self.id)
    }
}
