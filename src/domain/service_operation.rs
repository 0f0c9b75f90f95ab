//! A message that a service took as an operation and works on: what became of it is asked for until that is known, or
//! for a day.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// How long what became of an operation is asked for.
const GIVE_UP_AFTER: TimeDelta = TimeDelta::days(1);

/// The delays between questions, growing; the last one repeats.
const DELAYS_IN_MINUTES: [i64; 7] = [1, 1, 2, 5, 10, 30, 60];

/// The operation of one message at one endpoint. The default is one that was never begun.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceOperation {
    /// How many operations for the same message came to nothing before it. A service repeats its old answer to an
    /// operation that it knows, so each of them has an id of its own.
    #[serde(default)]
    pub number: u32,
    /// When the service took the message. Nothing when it did not, or its answer was lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken: Option<DateTime<Utc>>,
    /// When to ask next. Nothing once its end is known, or is not asked for any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<DateTime<Utc>>,
    #[serde(default)]
    pub asked: u32,
}

impl ServiceOperation {
    /// Whether nothing has to be remembered of it.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// The operation once the service took the message and asked for `wait` before the first question.
    #[must_use]
    pub fn taken(self, wait: Option<TimeDelta>, now: DateTime<Utc>) -> Self {
        Self { taken: Some(now), next: Some(now + delay(0, wait)), asked: 0, ..self }
    }

    /// The operation after a question that brought no end. Its `next` is nothing when it was asked for long enough.
    #[must_use]
    pub fn asked(self, wait: Option<TimeDelta>, now: DateTime<Utc>) -> Self {
        let asked = self.asked.saturating_add(1);
        let is_over = self.taken.is_none_or(|taken| now - taken >= GIVE_UP_AFTER);
        Self { asked, next: (!is_over).then(|| now + delay(asked, wait)), ..self }
    }

    /// The operation once nothing more is asked.
    #[must_use]
    pub fn ended(self) -> Self {
        Self { next: None, ..self }
    }

    /// The operation for another attempt after this one came to nothing. One that was not taken keeps its id: the
    /// service may have it, and knows it again by that.
    #[must_use]
    pub fn another(self) -> Self {
        match self.taken {
            Some(_) => Self { number: self.number.saturating_add(1), ..Self::default() },
            None => self,
        }
    }
}

fn delay(asked: u32, wait: Option<TimeDelta>) -> TimeDelta {
    let step = (asked as usize).min(DELAYS_IN_MINUTES.len() - 1);
    let usual = TimeDelta::minutes(DELAYS_IN_MINUTES[step]);
    wait.map_or(usual, |wait| usual.max(wait.min(TimeDelta::hours(1))))
}

/// What a delivery report said of a message at one endpoint, the newest by its own time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotedReport {
    /// When the service tried what it reports.
    pub at: DateTime<Utc>,
    /// The number of the operation that it is about.
    #[serde(default)]
    pub number: u32,
    /// Why the message did not arrive. Nothing when it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures::utc;

    #[test]
    fn it_is_asked_for_ever_more_rarely_and_for_a_day_only() {
        let mut now = utc("2026-12-01T10:00:00Z");
        let begun = now;
        let mut operation = ServiceOperation::default().taken(Some(TimeDelta::seconds(20)), now);
        let mut questions = 0;
        while let Some(next) = operation.next {
            assert!(next > now);
            now = next;
            operation = operation.asked(None, now);
            questions += 1;
        }
        assert!((20..40).contains(&questions), "{questions}");
        assert!(now - begun >= TimeDelta::days(1) && now - begun < TimeDelta::hours(26));
        assert_eq!(operation.number, 0);
    }

    #[test]
    fn the_service_may_ask_for_more_patience_but_not_for_hours() {
        let now = utc("2026-12-01T10:00:00Z");
        let begun = ServiceOperation::default().taken(Some(TimeDelta::minutes(7)), now);
        assert_eq!(begun.next, Some(now + TimeDelta::minutes(7)));
        assert_eq!(begun.asked(Some(TimeDelta::days(3)), now).next, Some(now + TimeDelta::hours(1)));
    }

    #[test]
    fn only_one_that_was_taken_is_followed_by_another() {
        let now = utc("2026-12-01T10:00:00Z");
        assert_eq!(ServiceOperation::default().another(), ServiceOperation::default());
        let taken = ServiceOperation::default().taken(None, now);
        assert_eq!(taken.another(), ServiceOperation { number: 1, ..ServiceOperation::default() });
    }
}
