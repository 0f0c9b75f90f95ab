//! The outbox: one row for each message and endpoint, tried until it is accepted, refused for good or out of date.
//!
//! The emitter owns the mail quota: functions scale to many processes, and a limit in each would limit nothing.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::message::MessageId;
use super::recipient::{Endpoint, RecipientName};

/// How long an emitted row waits for its delivery to report before it is emitted again: longer than any attempt.
pub const LEASE: TimeDelta = TimeDelta::minutes(10);
/// How long a message is tried.
const PATIENCE: TimeDelta = TimeDelta::days(5);
/// The delays between attempts, growing; the last one repeats.
const DELAYS_IN_MINUTES: [i64; 8] = [1, 2, 5, 10, 20, 30, 45, 60];
/// With less time than this to a deadline, attempts come at least this often.
const PRESSING: TimeDelta = TimeDelta::hours(72);
const PRESSING_DELAY: TimeDelta = TimeDelta::minutes(10);

/// The identity of an outbox row: its message and its endpoint. Fit for a row key and for a queue message.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OutboxId(String);

impl OutboxId {
    /// The id of the row for `message` and `endpoint`.
    pub fn derive(message: &MessageId, endpoint: &Endpoint) -> Self {
        let digest = Sha256::digest(endpoint.key().as_bytes());
        let short: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        Self(format!("{message}-{short}"))
    }

    /// The id as text: hexadecimal digits and a dash.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OutboxId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where a row stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum OutboxState {
    /// It waits for its next attempt.
    Waiting,
    /// The attempt with the row's number was handed to the queue.
    Emitted,
    /// An attempt began. If nothing is heard of it, the endpoint may or may not have the message.
    Sending {
        /// When.
        since: DateTime<Utc>,
    },
    /// The other side took it.
    Delivered {
        /// When.
        at: DateTime<Utc>,
        /// What the other side called it: a queue id, a path.
        reference: String,
    },
    /// It was refused for good, or tried in vain for too long.
    Failed {
        /// When.
        at: DateTime<Utc>,
        /// Why.
        error: String,
    },
    /// It was not needed any more.
    Dropped {
        /// When.
        at: DateTime<Utc>,
    },
}

/// One message on its way to one endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxRow {
    /// Its identity.
    pub id: OutboxId,
    /// Which message.
    pub message: MessageId,
    /// To whom.
    pub recipient: RecipientName,
    /// The message's number among the recipient's.
    pub sequence: u64,
    /// Where to.
    pub endpoint: Endpoint,
    /// The nearest deadline in the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<DateTime<Utc>>,
    /// An earlier message to the same endpoint that has to be settled first, so that order is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<OutboxId>,
    /// When it was written.
    pub created: DateTime<Utc>,
    /// Where it stands.
    pub state: OutboxState,
    /// How many attempts were handed out.
    pub attempt: u32,
    /// When to try next; meaningless once it is settled.
    pub next_attempt: DateTime<Utc>,
    /// Why the last attempt failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// Whether some attempt may have got through though nothing was heard of it: only the same bytes may follow.
    #[serde(default)]
    pub doubtful: bool,
}

impl OutboxRow {
    /// Whether nothing is left to try.
    pub fn is_settled(&self) -> bool {
        matches!(
            self.state,
            OutboxState::Delivered { .. } | OutboxState::Failed { .. } | OutboxState::Dropped { .. }
        )
    }

    /// The row handed to the queue for its next attempt, leased until that should have reported.
    pub fn emitted(&self, now: DateTime<Utc>) -> Self {
        let attempt = self.attempt.saturating_add(1);
        // A row that is still sending when its lease has run out belongs to a process that was killed.
        let doubtful = self.doubtful || matches!(self.state, OutboxState::Sending { .. });
        Self { state: OutboxState::Emitted, attempt, doubtful, next_attempt: now + LEASE, ..self.clone() }
    }

    /// The row after an attempt failed for now. The other side may ask for more patience than the growing delays
    /// have; after days of trying the row is given up.
    pub fn deferred(&self, error: &str, retry_after: Option<TimeDelta>, now: DateTime<Utc>) -> Self {
        if now - self.created >= PATIENCE {
            let error =
                format!("given up after {} attempts in {} days: {error}", self.attempt, PATIENCE.num_days());
            return Self {
                state: OutboxState::Failed { at: now, error: error.clone() },
                last_error: Some(error),
                ..self.clone()
            };
        }
        let step = (self.attempt.max(1) as usize - 1).min(DELAYS_IN_MINUTES.len() - 1);
        let delay = TimeDelta::minutes(DELAYS_IN_MINUTES[step]);
        let pressing = self.deadline.is_some_and(|deadline| deadline - now <= PRESSING);
        let delay = if pressing { delay.min(PRESSING_DELAY) } else { delay };
        let delay = retry_after.map_or(delay, |asked| delay.max(asked.min(TimeDelta::days(1))));
        Self {
            state: OutboxState::Waiting,
            next_attempt: now + delay + self.spread(delay),
            last_error: Some(error.to_owned()),
            ..self.clone()
        }
    }

    /// Up to a tenth of the delay, from the id, so that rows that failed together do not come back together.
    fn spread(&self, delay: TimeDelta) -> TimeDelta {
        let byte = Sha256::digest(self.id.as_str().as_bytes())[0];
        delay / 10 * i32::from(byte) / 255
    }

    /// What the emitter sorts by, smallest first: deadlines under 72 hours by deadline, then age.
    fn urgency(&self, now: DateTime<Utc>) -> (Option<DateTime<Utc>>, DateTime<Utc>, &OutboxId) {
        // `None` sorts before `Some`, so what has no pressing deadline gets one beyond all.
        let pressing = self.deadline.filter(|deadline| *deadline - now <= PRESSING);
        (Some(pressing.unwrap_or(DateTime::<Utc>::MAX_UTC)), self.created, &self.id)
    }
}

/// How many mails the mail service takes, in each of several spans of time. None given means no limit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MailLimit(pub Vec<Rate>);

/// At most this many in this span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many.
    pub count: u32,
    /// In which time.
    pub per: TimeDelta,
}

/// How many mails were emitted lately, minute by minute.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendLog(Vec<(DateTime<Utc>, u32)>);

impl SendLog {
    /// How many mails may be emitted at `now`.
    pub fn allowance(&self, limit: &MailLimit, now: DateTime<Utc>) -> u32 {
        let left = limit.0.iter().map(|rate| {
            let spent = self.0.iter().filter(|(at, _)| *at > now - rate.per).map(|(_, count)| count).sum();
            rate.count.saturating_sub(spent)
        });
        left.min().unwrap_or(u32::MAX)
    }

    /// Notes that `count` mails were emitted, and forgets what no limit looks back to.
    pub fn note(&mut self, count: u32, limit: &MailLimit, now: DateTime<Utc>) {
        let horizon = limit.0.iter().map(|rate| rate.per).max().unwrap_or_default();
        self.0.retain(|(at, _)| *at > now - horizon);
        if count > 0 && !limit.0.is_empty() {
            self.0.push((now, count));
        }
    }
}

/// Chooses which of the rows that are due are emitted now: the most urgent first, mails within `allowance`.
/// What is left stays due.
pub fn choose(due: &[OutboxRow], allowance: u32, now: DateTime<Utc>) -> Vec<&OutboxRow> {
    let mut rows: Vec<&OutboxRow> =
        due.iter().filter(|row| !row.is_settled() && row.next_attempt <= now).collect();
    rows.sort_by(|a, b| a.urgency(now).cmp(&b.urgency(now)));
    let mut left = allowance;
    rows.retain(|row| {
        if !row.endpoint.is_mail() {
            return true;
        }
        let allowed = left > 0;
        left = left.saturating_sub(1);
        allowed
    });
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures::utc;

    const NOW: &str = "2026-12-01T10:00:00Z";

    fn row(name: &str, deadline_in_hours: Option<i64>) -> OutboxRow {
        let recipient: RecipientName = name.parse().unwrap();
        let endpoint = Endpoint::Email { address: format!("{name}@contoso.com").parse().unwrap() };
        let message = MessageId::derive(&recipient, 1);
        OutboxRow {
            id: OutboxId::derive(&message, &endpoint),
            message,
            recipient,
            sequence: 1,
            endpoint,
            deadline: deadline_in_hours.map(|hours| utc(NOW) + TimeDelta::hours(hours)),
            after: None,
            created: utc(NOW),
            state: OutboxState::Waiting,
            attempt: 0,
            next_attempt: utc(NOW),
            last_error: None,
            doubtful: false,
        }
    }

    #[test]
    fn the_most_urgent_mails_take_the_quota_and_cards_need_none() {
        let mut card = row("card", None);
        card.endpoint = Endpoint::Teams { recipient: card.recipient.clone() };
        let rows = [row("calm", Some(200)), row("late", Some(70)), row("soon", Some(5)), card];
        let chosen: Vec<&str> = choose(&rows, 2, utc(NOW)).iter().map(|row| row.recipient.as_str()).collect();
        assert_eq!(chosen, ["soon", "late", "card"]);
    }

    #[test]
    fn the_quota_looks_back_over_every_span() {
        let limit = MailLimit(vec![
            Rate { count: 30, per: TimeDelta::minutes(1) },
            Rate { count: 100, per: TimeDelta::hours(1) },
        ]);
        let mut log = SendLog::default();
        let mut sent = 0;
        for minute in 0..60 {
            let now = utc(NOW) + TimeDelta::minutes(minute);
            let allowance = log.allowance(&limit, now);
            log.note(allowance, &limit, now);
            sent += allowance;
        }
        assert_eq!(sent, 100);
        assert_eq!(log.allowance(&limit, utc(NOW) + TimeDelta::minutes(60)), 30);
        assert_eq!(SendLog::default().allowance(&MailLimit::default(), utc(NOW)), u32::MAX);
    }

    #[test]
    fn f2_attempts_are_spaced_for_days_and_end_in_a_failure_that_says_so() {
        let mut row = row("jane", None);
        let mut now = utc(NOW);
        let mut attempts = 0;
        while !row.is_settled() {
            row = row.emitted(now).deferred("451 try again", None, now);
            assert!(row.is_settled() || row.next_attempt > now);
            now = row.next_attempt.max(now);
            attempts += 1;
        }
        assert!((100..140).contains(&attempts), "{attempts}");
        assert!(matches!(&row.state, OutboxState::Failed { error, .. } if error.contains("451 try again")));
    }

    #[test]
    fn f5_the_other_side_may_ask_for_more_patience_and_a_near_deadline_for_less() {
        let now = utc(NOW);
        let asked = row("jane", None).emitted(now).deferred("429", Some(TimeDelta::minutes(30)), now);
        assert!(asked.next_attempt >= now + TimeDelta::minutes(30));
        let mut pressing = row("jane", Some(10)).emitted(now);
        pressing.attempt = 8;
        assert!(pressing.deferred("451", None, now).next_attempt <= now + TimeDelta::minutes(11));
    }
}
