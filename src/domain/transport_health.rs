//! Health of a transport: the mail service, or one Teams flow. Messages for one transport wait together.
//!
//! What one message meets there, all others would meet: a `Retry-After`, a login that is refused, a server that is away.
//! So the transport is closed for a while, and then tried with one message, until it takes something.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::endpoint::Endpoint;

/// The one transport of all mails.
pub const MAIL: &str = "mail";

/// How long a transport stays closed after so many failures, where nobody said how long; the last one repeats.
const WAITS_IN_MINUTES: [i64; 4] = [1, 2, 5, 10];

/// For how long nothing has to get through, in that many attempts, before operators hear of what passes by itself.
const LONG: TimeDelta = TimeDelta::hours(2);
const ATTEMPTS: u32 = 3;

/// A recipient who was refused as others were counts as one of them for so long.
pub const SAME: TimeDelta = TimeDelta::days(1);

/// While something got through within this time, a few equal refusals are chance.
pub const LATELY: TimeDelta = TimeDelta::hours(1);
const SEVERAL: usize = 2;
const MANY: usize = 5;

/// Where others get through, it takes one of so many who were tried.
const SHARE: usize = 4;

/// How many who were refused in the same words are remembered.
const REMEMBERED: usize = 100;

/// How long it counts how many others got through.
const COUNTED: TimeDelta = TimeDelta::minutes(10);

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
    /// Who was refused for good within a day, by the words. That others get through takes nothing from it: who was refused
    /// alike does not depend on what was answered in between.
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
    /// When each of them last was, by the key of the endpoint; those of before were at `last`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub at: BTreeMap<String, DateTime<Utc>>,
    /// How many others got through meanwhile, and when that was counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub others: Option<(DateTime<Utc>, usize)>,
}

/// Several recipients who were refused in the same words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedAlike {
    pub endpoints: BTreeSet<Endpoint>,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Whether something got through meanwhile, or lately before.
    pub works: bool,
    /// How many others got through meanwhile, where that was counted a moment ago.
    pub others: Option<usize>,
}

impl EqualRefusals {
    fn refused_at(&self, endpoint: &Endpoint) -> DateTime<Utc> {
        self.at.get(&endpoint.key()).copied().unwrap_or(self.last)
    }

    /// Since when somebody is refused like this.
    fn since(&self) -> DateTime<Utc> {
        self.endpoints.iter().map(|endpoint| self.refused_at(endpoint)).min().unwrap_or(self.last)
    }

    fn forget(&mut self, now: DateTime<Utc>) {
        let (at, last) = (std::mem::take(&mut self.at), self.last);
        let is_new = |endpoint: &Endpoint| now - at.get(&endpoint.key()).copied().unwrap_or(last) < SAME;
        self.endpoints.retain(is_new);
        let keys: BTreeSet<String> = self.endpoints.iter().map(Endpoint::key).collect();
        self.at = at.into_iter().filter(|(key, _)| keys.contains(key)).collect();
    }
}

impl RefusedAlike {
    /// Whether these are too many for it to be a matter of theirs, where so many others got through.
    pub fn is_ours(&self, others: usize) -> bool {
        let count = self.endpoints.len();
        if self.works { count >= MANY && count * SHARE >= count + others } else { count >= SEVERAL }
    }
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
            let is_noted = self.refusals.iter().all(|known| self.worked >= Some(known.since()));
            let worked = if self.attempts == 0 && is_noted && !is_due { self.worked } else { Some(now) };
            let transport = std::mem::take(&mut self.transport);
            let refusals = std::mem::take(&mut self.refusals);
            *self = Self { worked, transport, refusals, ..Self::default() };
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
        self.refusals.iter_mut().for_each(|known| known.forget(now));
        let known = match self.refusals.iter_mut().position(|known| known.words == words) {
            Some(at) => self.refusals.get_mut(at)?,
            None => {
                if self.refusals.len() >= KINDS {
                    self.refusals.remove(0);
                }
                let (endpoints, at) = (BTreeSet::new(), BTreeMap::new());
                self.refusals.push(EqualRefusals { words, endpoints, last: now, at, others: None });
                self.refusals.last_mut()?
            }
        };
        known.last = now;
        if known.endpoints.len() < REMEMBERED || known.endpoints.contains(endpoint) {
            known.endpoints.insert(endpoint.clone());
            known.at.insert(endpoint.key(), now);
        }
        self.alike(error, now).filter(|alike| alike.is_ours(0)).map(|alike| alike.endpoints)
    }

    /// Who was refused with this error within a day, where that are several.
    pub fn alike(&self, error: &str, now: DateTime<Utc>) -> Option<RefusedAlike> {
        let words = common_words(error);
        let mut known = self.refusals.iter().find(|known| known.words == words)?.clone();
        known.forget(now);
        if known.endpoints.len() < SEVERAL {
            return None;
        }
        let since = known.since();
        // What got through after the first of them says more than what did before.
        let works = self.worked.is_some_and(|at| since <= at || now - at < LATELY);
        let others = known.others.filter(|(at, _)| now - *at < COUNTED).map(|(_, count)| count);
        Some(RefusedAlike { endpoints: known.endpoints, since, works, others })
    }

    /// Notes how many others got through while some were refused with this error.
    pub fn note_others(&mut self, error: &str, count: usize, now: DateTime<Utc>) {
        let words = common_words(error);
        for known in self.refusals.iter_mut().filter(|known| known.words == words) {
            known.others = Some((now, count));
        }
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
pub fn common_words(error: &str) -> String {
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

    /// The verdict on the last of `answers`, in this order a minute apart: who is refused, or nobody where something gets
    /// through.
    fn verdict(answers: &[Option<&str>]) -> (TransportHealth, bool) {
        let (mut health, mut ours) = (TransportHealth::default(), false);
        for (minute, answer) in (0..).zip(answers) {
            let at = now() + TimeDelta::minutes(minute);
            match answer {
                None => health.note(Sign::Took, at),
                Some(name) => {
                    health.note(Sign::Refused, at);
                    ours = health.refused(&mailbox(name), "550 mailbox unavailable", at).is_some();
                }
            }
        }
        (health, ours)
    }

    #[test]
    fn who_was_refused_alike_does_not_depend_on_what_gets_through_in_between() {
        let six = ["a", "b", "c", "d", "e", "f"].map(Some);
        for place in 0..6 {
            let mut answers = six.to_vec();
            answers.insert(place, None);
            let (health, ours) = verdict(&answers);
            assert!(ours, "{answers:?}");
            let at = now() + TimeDelta::minutes(7);
            let alike = health.alike("550 mailbox unavailable", at).unwrap();
            assert_eq!(alike.endpoints.len(), 6, "all of them are known, and freed: {answers:?}");
            // Among so many who get through they are some who left.
            assert!(alike.is_ours(18) && !alike.is_ours(19));
        }
        for answers in
            [[Some("a"), Some("b"), None], [Some("a"), None, Some("b")], [None, Some("a"), Some("b")]]
        {
            let (mut health, _) = verdict(&answers);
            let later = now() + TimeDelta::hours(5);
            health.note(Sign::Took, later);
            assert_eq!(health.refused(&mailbox("a"), "550 mailbox unavailable", later), None, "{answers:?}");
        }
    }

    #[test]
    fn refusals_over_days_are_not_alike_within_a_short_time() {
        let mut health = TransportHealth::default();
        for (day, name) in (0..).zip(["a", "b", "c", "d", "e", "f", "g"]) {
            let at = now() + TimeDelta::hours(24 * day);
            health.note(Sign::Took, at);
            assert_eq!(health.refused(&mailbox(name), "550 5.1.1 unknown", at), None);
            assert_eq!(health.alike("550 5.1.1 unknown", at), None, "{name}");
        }
    }

    #[test]
    fn a_row_of_before_is_read() {
        let row = r#"{"attempts":0,"failures":0,"refusals":[{"words":"550 no","endpoints":[],"last":"2026-12-01T09:00:00Z"}]}"#;
        let mut health: TransportHealth = serde_json::from_str(row).unwrap();
        assert_eq!(health.refused(&mailbox("a"), "550 no", now()), None);
        assert!(health.refused(&mailbox("b"), "550 no", now()).is_some());
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
