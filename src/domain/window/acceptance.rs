//! Whether Azure accepts a start by the owner: the one answer for headline, stage, button, links, calendar entry, page and
//! command.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::facts::{LastResult, MaintenanceFacts, MaintenanceStatus};

/// One look is no verdict: another one, so much later, has to say the same.
pub const SECOND_LOOK: TimeDelta = TimeDelta::minutes(59);

/// Whether Azure accepts a start by the owner at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acceptance {
    /// It does, until then where it said so.
    Now { until: Option<DateTime<Utc>> },
    /// It will, once self-service begins.
    Later { from: DateTime<Utc>, until: Option<DateTime<Utc>> },
    /// Self-service is open, and it accepts none.
    Refused,
    /// Self-service is open, and Azure does not say whether it accepts one.
    Unsaid,
    /// Self-service is over, there is none, or nothing is left to start.
    Never,
}

impl Acceptance {
    /// By what Azure says of one resource, where `allowed` is its word on a start now.
    pub fn of(facts: &MaintenanceFacts, allowed: bool, now: DateTime<Utc>) -> Self {
        if matches!(facts.status(), MaintenanceStatus::AlreadyUpdated | MaintenanceStatus::Skipped) {
            return Self::Never;
        }
        match facts.schedule.self_service {
            Some(own) if now < own.start() => Self::Later { from: own.start(), until: own.said_end() },
            Some(own) if own.end() <= now => Self::Never,
            Some(own) if allowed => Self::Now { until: own.said_end() },
            Some(_) if facts.is_start_unsaid => Self::Unsaid,
            Some(_) => Self::Refused,
            None if allowed => Self::Now { until: None },
            None => Self::Never,
        }
    }

    /// Whether there is something to choose: a start is accepted now, or will be.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Now { .. } | Self::Later { .. })
    }
}

/// What several looks say of Azure's word on a start. Without anything the newest look's word counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StartWord {
    /// What two looks agreed on while self-service was open, and since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    settled: Option<SettledWord>,
    /// Since when the looks say something else.
    #[serde(skip_serializing_if = "Option::is_none")]
    doubted: Option<DateTime<Utc>>,
}

/// A word on which two looks agreed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct SettledWord {
    allowed: bool,
    since: DateTime<Utc>,
}

impl StartWord {
    /// Whether there is nothing but the newest look.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Azure's word, where the newest look says `newest`.
    pub fn allowed(&self, newest: bool) -> bool {
        self.settled.map_or(newest, |settled| settled.allowed)
    }

    /// Whether more than one look says that no start is accepted.
    pub fn is_refusal(&self) -> bool {
        self.settled.is_some_and(|settled| !settled.allowed)
    }

    /// Since when two looks agree.
    pub fn since(&self) -> Option<DateTime<Utc>> {
        self.settled.map(|settled| settled.since)
    }

    /// What is known after another look, by what was `known` and is `seen`. Other dates and another result are news by
    /// themselves, and what is not running says nothing of what Azure would accept.
    #[must_use]
    pub fn followed_by(
        self,
        known: &MaintenanceFacts,
        seen: &MaintenanceFacts,
        (is_running, are_other_dates): (bool, bool),
        now: DateTime<Utc>,
    ) -> Self {
        let own = seen.schedule.self_service;
        let is_anew = are_other_dates
            || known.last_result != seen.last_result
            || seen.last_result == LastResult::MaintenanceCompleted;
        // With the outcome of an attempt a refusal is Azure's own word, and no flag that may blink.
        let is_outcome = matches!(seen.last_result, LastResult::RetryLater | LastResult::MaintenanceAborted);
        if is_anew || is_outcome && !seen.self_start_allowed {
            return Self::default();
        }
        // What says nothing turns nothing.
        if seen.is_start_unsaid {
            return self;
        }
        // While self-service is not open nothing is learnt, and a look that finds nothing changes nothing.
        if own.is_some_and(|own| !own.contains(now)) {
            return self;
        }
        if !is_running {
            return Self { doubted: None, ..self };
        }
        let newest = seen.self_start_allowed;
        let is_second = self.doubted.is_some_and(|since| SECOND_LOOK <= now - since);
        let doubted = Some(self.doubted.unwrap_or(now));
        match self.settled {
            Some(settled) if settled.allowed == newest => Self { doubted: None, ..self },
            _ if is_second && (self.settled.is_some() || !newest) => {
                Self { settled: Some(SettledWord { allowed: newest, since: now }), doubted: None }
            }
            Some(_) => Self { doubted, ..self },
            // Within self-service that is what the dates say.
            None if newest && (own.is_some() || known.self_start_allowed) => Self::default(),
            None if !newest && own.is_none() && !known.self_start_allowed => Self::default(),
            None if known.self_start_allowed != newest => {
                let settled = SettledWord { allowed: known.self_start_allowed, since: now };
                Self { settled: Some(settled), doubted }
            }
            None => Self { doubted, ..self },
        }
    }
}

/// What a message said of a start by the owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReportedStart {
    /// That it can be started now, with the notifier's own page.
    Now,
    /// That it can be started now, in Azure's portal.
    NowInPortal,
    Later,
    /// That nothing can be started, or that nothing need be done.
    No,
}

impl ReportedStart {
    /// Whether it said that a start is accepted at that moment.
    pub fn is_now(self) -> bool {
        matches!(self, Self::Now | Self::NowInPortal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures::{utc, window};

    const FIRST: &str = "2026-12-02T08:00:00Z";

    /// What one look after the other makes of it, each with the hour after the first and what Azure said.
    fn word(looks: &[(i64, bool)]) -> (StartWord, bool) {
        let mut known = window("web-01", utc("2026-12-01T08:00:00Z")).facts;
        let mut word = StartWord::default();
        for (hour, allowed) in looks {
            let seen = MaintenanceFacts { self_start_allowed: *allowed, ..known.clone() };
            word = word.followed_by(&known, &seen, (true, false), utc(FIRST) + TimeDelta::hours(*hour));
            known = seen;
        }
        (word, word.allowed(known.self_start_allowed))
    }

    #[test]
    fn a_flag_that_blinks_within_two_looks_turns_nothing_either_way() {
        assert_eq!(word(&[(0, true), (1, true)]), (StartWord::default(), true));
        let (blinked, allowed) = word(&[(0, true), (1, false), (2, true)]);
        assert!(allowed && !blinked.is_refusal());
        let (turned, allowed) = word(&[(0, true), (1, false), (2, false)]);
        assert!(!allowed && turned.is_refusal());
        assert_eq!(turned.since(), Some(utc(FIRST) + TimeDelta::hours(2)));
        let (blinked, allowed) = word(&[(0, true), (1, false), (2, false), (3, true), (4, false)]);
        assert!(!allowed && blinked.is_refusal());
        let (turned, allowed) = word(&[(0, true), (1, false), (2, false), (3, true), (4, true)]);
        assert!(allowed && !turned.is_refusal());
    }

    #[test]
    fn an_hour_has_to_lie_between_two_looks_however_many_there_are() {
        let facts = window("web-01", utc("2026-12-01T08:00:00Z")).facts;
        let no = MaintenanceFacts { self_start_allowed: false, ..facts.clone() };
        let at = |minutes| utc(FIRST) + TimeDelta::minutes(minutes);
        let mut word = StartWord::default().followed_by(&facts, &no, (true, false), at(0));
        for minutes in [15, 30, 45] {
            word = word.followed_by(&no, &no, (true, false), at(minutes));
            assert!(!word.is_refusal(), "{minutes}");
        }
        assert!(word.followed_by(&no, &no, (true, false), at(60)).is_refusal());
        // What does not run says nothing of what Azure would accept.
        assert!(!word.followed_by(&no, &no, (false, false), at(60)).is_refusal());
        // With other dates it is another matter.
        assert!(word.followed_by(&no, &no, (true, true), at(60)).is_default());
    }

    #[test]
    fn without_dates_the_flag_alone_decides_and_turns_with_two_looks() {
        let mut facts = window("web-01", utc("2026-12-01T08:00:00Z")).facts;
        facts.schedule.self_service = None;
        facts.self_start_allowed = false;
        let now = utc(FIRST);
        assert_eq!(Acceptance::of(&facts, false, now), Acceptance::Never);
        let yes = MaintenanceFacts { self_start_allowed: true, ..facts.clone() };
        let first = StartWord::default().followed_by(&facts, &yes, (true, false), now);
        assert!(!first.allowed(true));
        let second = first.followed_by(&yes, &yes, (true, false), now + TimeDelta::hours(1));
        assert!(second.allowed(true));
        assert_eq!(Acceptance::of(&yes, second.allowed(true), now), Acceptance::Now { until: None });
    }
}
