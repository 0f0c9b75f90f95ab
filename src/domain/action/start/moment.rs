//! When a planned start may begin: at its moment, and not long after.

use chrono::{DateTime, TimeDelta, Utc};

use super::record::{Start, StartOrigin, StartState};
use super::refusal::StartRefusal;

/// What a planned start does at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StartMoment {
    /// It waits.
    Waits,
    /// It begins, when everything lets it.
    Begins,
    /// It does not begin any more, and this is why.
    Passed(StartRefusal),
}

impl Start {
    /// The last moment at which it may begin; `None` for a member of a rolling plan, whose hours decide.
    pub fn latest(&self, grace: TimeDelta) -> Option<DateTime<Utc>> {
        match self.origin {
            StartOrigin::RollingPlan { .. } => None,
            _ => Some(self.latest.unwrap_or(self.begins + grace)),
        }
    }

    /// The last moment at which it is tried once more. A member of a rolling plan that a matter of its own keeps is tried
    /// for as long as any other start, so that the plan goes on without it.
    pub fn last_try(&self, grace: TimeDelta, now: DateTime<Utc>) -> DateTime<Utc> {
        self.latest(grace).unwrap_or_else(|| self.evidence.kept_since.unwrap_or(now) + grace)
    }

    /// What a planned start does at `now`; `None` when it is not planned.
    pub fn moment(&self, grace: TimeDelta, now: DateTime<Utc>) -> Option<StartMoment> {
        if self.state != StartState::Planned {
            return None;
        }
        let wait = self.evidence.waits.as_ref();
        let is_late = self.last_try(grace, now) < now;
        Some(if is_late {
            let waited = wait.map(|wait| Box::new(wait.why.clone()));
            // Hours that passed are another wish's than a moment that did, and may come again.
            let is_order = matches!(self.origin, StartOrigin::StandingOrder { .. }) && waited.is_none();
            StartMoment::Passed(if is_order {
                StartRefusal::NotOrdered
            } else {
                StartRefusal::TooLate { waited }
            })
        } else if now < self.begins || wait.and_then(|wait| wait.until).is_some_and(|until| now < until) {
            StartMoment::Waits
        } else {
            StartMoment::Begins
        })
    }
}
