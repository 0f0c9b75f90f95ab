//! How urgent a message is.

use chrono::{DateTime, TimeDelta, Utc};

/// With less time than this to a deadline, attempts come at least this often.
pub(super) const PRESSING: TimeDelta = TimeDelta::hours(72);

/// With less time than this to a deadline, a mail may use what is kept free for such.
const IMMINENT: TimeDelta = TimeDelta::hours(1);

/// How urgent a row is, the least urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// No deadline, or a far one.
    Calm,
    /// A deadline within 72 hours.
    Pressing,
    /// A deadline within the hour, or something that happens within minutes.
    Imminent,
}

impl Urgency {
    /// How urgent something is at `now` that has this deadline, or happens within minutes.
    pub fn of(imminent: bool, deadline: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Self {
        match deadline.map(|deadline| deadline - now) {
            _ if imminent => Self::Imminent,
            Some(left) if left <= IMMINENT && left > TimeDelta::zero() => Self::Imminent,
            Some(left) if left <= PRESSING => Self::Pressing,
            _ => Self::Calm,
        }
    }

    /// The deadlines from which on nothing is urgent at `now`.
    pub fn calm_after(now: DateTime<Utc>) -> DateTime<Utc> {
        now + PRESSING
    }
}
