//! When maintenance happens.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// Where Azure says only when something ends, it is taken to have begun so long before, and the other way round: as
/// long as self-service typically lasts. Decisions need a bound; people are never shown this one.
const TYPICAL: TimeDelta = TimeDelta::days(35);

/// A span of time, start before end. Azure may have said only one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Interval {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unsaid: Option<UnsaidDate>,
}

/// The date of an interval that Azure did not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnsaidDate {
    Start,
    End,
}

/// An interval whose end is not after its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the window ends at {end}, which is not after its start at {start}")]
pub struct InvalidInterval {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
}

impl Interval {
    /// The span from `start` to `end`.
    ///
    /// # Errors
    /// When `end` is not after `start`.
    pub fn new(start: DateTime<Utc>, end: DateTime<Utc>) -> Result<Self, InvalidInterval> {
        if start < end { Ok(Self { start, end, unsaid: None }) } else { Err(InvalidInterval { start, end }) }
    }

    /// The span that ends at `end` and of which Azure does not say when it begins: not before `earliest`, if that is
    /// known.
    pub fn until(end: DateTime<Utc>, earliest: Option<DateTime<Utc>>) -> Self {
        let typical = end.checked_sub_signed(TYPICAL).unwrap_or(DateTime::<Utc>::MIN_UTC);
        let start = earliest.filter(|earliest| *earliest < end).map_or(typical, |it| it.max(typical));
        Self { start, end, unsaid: Some(UnsaidDate::Start) }
    }

    /// The span that begins at `start` and of which Azure does not say when it ends: not after `latest`, if that is
    /// known.
    pub fn since(start: DateTime<Utc>, latest: Option<DateTime<Utc>>) -> Self {
        let typical = start.checked_add_signed(TYPICAL).unwrap_or(DateTime::<Utc>::MAX_UTC);
        let end = latest.filter(|latest| start < *latest).map_or(typical, |it| it.min(typical));
        Self { start, end, unsaid: Some(UnsaidDate::End) }
    }

    /// When it begins; where Azure does not say it, a bound to decide by.
    pub fn start(&self) -> DateTime<Utc> {
        self.start
    }

    /// When it ends; where Azure does not say it, a bound to decide by.
    pub fn end(&self) -> DateTime<Utc> {
        self.end
    }

    /// When it begins, where Azure says it: what people may be shown.
    pub fn said_start(&self) -> Option<DateTime<Utc>> {
        (self.unsaid != Some(UnsaidDate::Start)).then_some(self.start)
    }

    /// When it ends, where Azure says it: what people may be shown.
    pub fn said_end(&self) -> Option<DateTime<Utc>> {
        (self.unsaid != Some(UnsaidDate::End)).then_some(self.end)
    }

    /// What is known once Azure says `next`: the date that it leaves out now and said before still holds, as long as the
    /// other is the same.
    #[must_use]
    pub fn followed_by(self, next: Self) -> Self {
        let same = match next.unsaid {
            None => return next,
            Some(UnsaidDate::Start) => self.said_end() == next.said_end(),
            Some(UnsaidDate::End) => self.said_start() == next.said_start(),
        };
        if same { self } else { next }
    }

    /// Whether `moment` lies in it, the end excluded.
    pub fn contains(&self, moment: DateTime<Utc>) -> bool {
        self.start <= moment && moment < self.end
    }
}

/// The dates of a planned maintenance. The two windows need not touch, and either can be missing, or half of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Schedule {
    /// When the owner may start the maintenance (`preMaintenanceWindow*`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub self_service: Option<Interval>,
    /// When Azure does it (`maintenanceWindow*`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheduled: Option<Interval>,
}

impl Schedule {
    /// The start of the first window.
    pub fn start(&self) -> Option<DateTime<Utc>> {
        self.self_service.iter().chain(&self.scheduled).map(Interval::start).min()
    }

    /// The end of the last window: after it nothing of this schedule is left to come.
    pub fn end(&self) -> Option<DateTime<Utc>> {
        self.self_service.iter().chain(&self.scheduled).map(Interval::end).max()
    }

    /// What is known once Azure says `next`. Without any date there, the earlier ones stand until others are given; a
    /// date that is left out and was said before still holds.
    #[must_use]
    pub fn followed_by(self, next: Self) -> Self {
        if next == Self::default() {
            return self;
        }
        let follow = |before: Option<Interval>, next: Option<Interval>| match (before, next) {
            (Some(before), Some(next)) => Some(before.followed_by(next)),
            (_, next) => next,
        };
        Self {
            self_service: follow(self.self_service, next.self_service),
            scheduled: follow(self.scheduled, next.scheduled),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures::utc;

    #[test]
    fn half_an_interval_has_bounds_to_decide_by_and_one_date_to_show() {
        let (start, end) = (utc("2026-12-01T08:00:00Z"), utc("2026-12-10T08:00:00Z"));
        let until = Interval::until(end, None);
        assert_eq!((until.said_start(), until.said_end()), (None, Some(end)));
        assert!(until.contains(start));
        assert_eq!(Interval::until(end, Some(start)).start(), start);
        let since = Interval::since(start, Some(end));
        assert_eq!((since.said_start(), since.said_end()), (Some(start), None));
        assert_eq!(since.end(), end);
        let whole = Interval::new(start, end).unwrap();
        assert_eq!(whole.followed_by(until), whole);
        assert_eq!(whole.followed_by(Interval::since(start, None)), whole);
        let later = Interval::until(end + TimeDelta::days(1), None);
        assert_eq!(whole.followed_by(later), later);
        assert_eq!(until.followed_by(whole), whole);
        assert!(Interval::until(DateTime::<Utc>::MIN_UTC, None).start() <= DateTime::<Utc>::MIN_UTC);
    }
}
