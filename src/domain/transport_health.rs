//! Health of a transport: the mail service, or one Teams flow. Messages for one transport wait together.
//!
//! What one message meets there, all others would meet: a `Retry-After`, a login that is refused, a server that is away.
//! So the transport is closed for a while, and then tried with one message, until it takes something.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::endpoint::Endpoint;

/// How long a transport stays closed after so many failures, where nobody said how long; the last one repeats.
const WAITS_IN_MINUTES: [i64; 4] = [1, 2, 5, 10];

/// For how long nothing has to get through, in that many attempts, before operators hear of what passes by itself.
const LONG: TimeDelta = TimeDelta::hours(2);
const ATTEMPTS: u32 = 3;

/// A recipient who was refused as others were counts as one of them for so long.
const SAME: TimeDelta = TimeDelta::days(1);

/// While something got through within this time, a few equal refusals in a row are chance.
const LATELY: TimeDelta = TimeDelta::hours(1);
const SEVERAL: usize = 2;
const MANY: usize = 5;

/// How often it is noted that something got through, while all is well.
const NOTED: TimeDelta = TimeDelta::minutes(30);

/// How many kinds of refusals are remembered.
const KINDS: usize = 8;

/// Health of one transport.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TransportHealth {
    /// Which transport it is.
    #[serde(default, rename = "channel")]
    pub transport: String,
    /// Since when nothing got through, where something was tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<DateTime<Utc>>,
    /// How many attempts in a row came to nothing.
    pub attempts: u32,
    /// How many failures in a row concerned all messages.
    pub failures: u32,
    /// Until when nothing is sent. Then one message is, until the transport takes something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_until: Option<DateTime<Utc>>,
    /// When something last got through, to half an hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worked: Option<DateTime<Utc>>,
    /// Who was refused for good since something last got through, by the words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refusals: Vec<EqualRefusals>,
}

/// Who was refused in the same words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EqualRefusals {
    /// The words, without what differs from one to the next.
    pub words: String,
    pub endpoints: BTreeSet<Endpoint>,
    pub last: DateTime<Utc>,
}

/// The circuit breaker of a transport: whether something may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CircuitState {
    Open,
    /// One message, to see whether it takes something again.
    HalfOpen,
    Closed {
        until: DateTime<Utc>,
    },
}

/// What an attempt showed of its transport.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// It took a message.
    Took,
    /// It does not take this one for now, and may take others.
    Answers,
    /// It refused the recipient for good.
    Refused,
    /// Nobody knows.
    Silent,
    /// It takes none, for as long as it says, if it says that.
    TakesNone { wait: Option<TimeDelta> },
}

impl TransportHealth {
    /// Whether something may be sent now.
    pub fn circuit(&self, now: DateTime<Utc>) -> CircuitState {
        match self.closed_until {
            None => CircuitState::Open,
            Some(until) if until > now => CircuitState::Closed { until },
            Some(_) => CircuitState::HalfOpen,
        }
    }

    /// Notes what an attempt showed.
    pub fn note(&mut self, sign: Sign, now: DateTime<Utc>) {
        if sign == Sign::Took {
            let is_due = self.worked.is_none_or(|at| now - at >= NOTED);
            let was_well = self.attempts == 0 && self.refusals.is_empty();
            let worked = if was_well && !is_due { self.worked } else { Some(now) };
            *self = Self { worked, transport: std::mem::take(&mut self.transport), ..Self::default() };
            return;
        }
        // That it refuses a recipient says nothing of whether it takes messages.
        if sign != Sign::Refused {
            self.failing_since.get_or_insert(now);
            self.attempts = self.attempts.saturating_add(1);
        }
        match sign {
            Sign::Took | Sign::Silent => {}
            Sign::Answers | Sign::Refused => {
                self.failures = 0;
                self.closed_until = None;
            }
            Sign::TakesNone { wait } => {
                let step = (self.failures as usize).min(WAITS_IN_MINUTES.len() - 1);
                let wait = wait.unwrap_or(TimeDelta::minutes(WAITS_IN_MINUTES[step])).min(TimeDelta::days(1));
                self.failures = self.failures.saturating_add(1);
                self.closed_until = self.closed_until.max(Some(now + wait));
            }
        }
    }

    /// Notes that `endpoint` was refused for good, with this error. Returns who else was refused in the same words, with
    /// itself, where that are so many that it is no matter of theirs.
    pub fn refused(
        &mut self,
        endpoint: &Endpoint,
        error: &str,
        now: DateTime<Utc>,
    ) -> Option<BTreeSet<Endpoint>> {
        let words = common_words(error);
        self.refusals.retain(|known| now - known.last < SAME);
        let known = match self.refusals.iter_mut().position(|known| known.words == words) {
            Some(at) => self.refusals.get_mut(at)?,
            None => {
                if self.refusals.len() >= KINDS {
                    self.refusals.remove(0);
                }
                self.refusals.push(EqualRefusals { words, endpoints: BTreeSet::new(), last: now });
                self.refusals.last_mut()?
            }
        };
        known.last = now;
        if known.endpoints.len() < MANY {
            known.endpoints.insert(endpoint.clone());
        }
        let works = self.worked.is_some_and(|at| now - at < LATELY);
        let enough = if works { MANY } else { SEVERAL };
        (known.endpoints.len() >= enough).then(|| known.endpoints.clone())
    }

    /// Since when nothing gets through, where that is long enough for operators to know.
    pub fn long_failing_since(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.failing_since.filter(|since| self.attempts >= ATTEMPTS && now - *since >= LONG)
    }

    /// Whether something else got through after `since`.
    pub fn worked_after(&self, since: DateTime<Utc>) -> bool {
        self.worked.is_some_and(|at| at > since)
    }
}

/// The words of an error without addresses and numbers of more than three digits, which differ from one recipient to the
/// next.
fn common_words(error: &str) -> String {
    let words = error.split_whitespace().filter(|word| !word.contains('@'));
    let is_number = |word: &&str| word.chars().filter(char::is_ascii_digit).count() > 3;
    words.filter(|word| !is_number(word)).take(40).collect::<Vec<_>>().join(" ").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures::utc;

    fn now() -> DateTime<Utc> {
        utc("2026-12-01T10:00:00Z")
    }

    fn mailbox(name: &str) -> Endpoint {
        Endpoint::Email { address: format!("{name}@contoso.com").parse().unwrap() }
    }

    #[test]
    fn a_wait_closes_the_way_and_one_message_opens_it() {
        let mut health = TransportHealth::default();
        health.note(Sign::TakesNone { wait: Some(TimeDelta::minutes(10)) }, now());
        let until = now() + TimeDelta::minutes(10);
        assert_eq!(health.circuit(now()), CircuitState::Closed { until });
        // A shorter wait of another attempt under way takes nothing from it.
        health.note(Sign::TakesNone { wait: Some(TimeDelta::seconds(1)) }, now());
        assert_eq!(health.circuit(now()), CircuitState::Closed { until });
        assert_eq!(health.circuit(until), CircuitState::HalfOpen);
        health.note(Sign::Took, until);
        assert_eq!(health.circuit(until), CircuitState::Open);
        assert_eq!(health.failing_since, None);
    }

    #[test]
    fn a_way_that_answers_one_recipient_is_open_for_others() {
        let mut health = TransportHealth::default();
        health.note(Sign::TakesNone { wait: None }, now());
        assert_eq!(health.circuit(now()), CircuitState::Closed { until: now() + TimeDelta::minutes(1) });
        health.note(Sign::Answers, now() + TimeDelta::minutes(1));
        assert_eq!(health.circuit(now() + TimeDelta::minutes(1)), CircuitState::Open);
        assert_eq!(health.failing_since, Some(now()), "nothing got through all the same");
    }

    #[test]
    fn operators_hear_of_hours_and_not_of_minutes() {
        let mut health = TransportHealth::default();
        for minutes in [0, 1, 3, 8, 118] {
            let at = now() + TimeDelta::minutes(minutes);
            health.note(Sign::Silent, at);
            assert_eq!(health.long_failing_since(at), None);
        }
        let later = now() + TimeDelta::hours(2);
        assert_eq!(health.long_failing_since(later), Some(now()));
        health.note(Sign::Took, later);
        assert_eq!(health.long_failing_since(later + TimeDelta::hours(9)), None);
    }

    #[test]
    fn the_same_refusal_for_several_is_nobodys_own() {
        let error = |name: &str| {
            format!(
                "mail:25 answered 550 for the recipient's address: 5.1.1 <{name}@contoso.com>: unknown 4711"
            )
        };
        let mut health = TransportHealth::default();
        assert_eq!(health.refused(&mailbox("jane"), &error("jane"), now()), None);
        assert_eq!(health.refused(&mailbox("jane"), &error("jane"), now()), None, "it is one recipient");
        assert_eq!(health.refused(&mailbox("mei"), "another", now()), None);
        let both = health.refused(&mailbox("mei"), &error("mei"), now()).unwrap();
        assert_eq!(both, BTreeSet::from([mailbox("jane"), mailbox("mei")]));
        // Once something gets through, it was theirs.
        health.note(Sign::Took, now());
        for name in ["jane", "mei", "arjun", "zoe"] {
            assert_eq!(health.refused(&mailbox(name), &error(name), now()), None);
        }
        assert!(health.refused(&mailbox("li"), &error("li"), now()).is_some(), "so many are no chance");
    }

    #[test]
    fn while_all_is_well_little_is_written() {
        let mut health = TransportHealth::default();
        health.note(Sign::Took, now());
        let known = health.clone();
        health.note(Sign::Took, now() + TimeDelta::minutes(29));
        assert_eq!(health, known);
        health.note(Sign::Took, now() + TimeDelta::minutes(30));
        assert_ne!(health, known);
    }
}
