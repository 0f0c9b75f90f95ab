//! The outbox: one row for each message and endpoint, tried until it is accepted, refused for good or out of date.
//!
//! The emitter owns the mail quota: functions scale to many processes, and a limit in each would limit nothing.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::emission::UnsettledRow;
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
/// With less time than this to a deadline, a mail may use what is kept free for such.
const IMMINENT: TimeDelta = TimeDelta::hours(1);
/// Everybody with a pressing deadline is told within this time. A quota over a longer span does not fill up again
/// in time, so mails without a deadline leave some of it free.
const PROMPT: TimeDelta = TimeDelta::minutes(15);

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

    /// Reads an id back from a queue message. `None` when it has another form.
    pub fn parse(text: &str) -> Option<Self> {
        let plain =
            !text.is_empty() && text.len() <= 64 && text.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
        plain.then(|| Self(text.to_owned()))
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
    /// Whether it tells of something that happens within minutes.
    #[serde(default)]
    pub imminent: bool,
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
    /// Whether it tells operators of trouble or of the first look, or is an exercise that one asked for: nothing holds
    /// that back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub for_operators: bool,
    /// From when on, and after how many attempts, an operator had it tried anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anew: Option<(DateTime<Utc>, u32)>,
}

/// Why a row is not put up for another attempt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotRetried {
    /// The other side has it.
    #[error("it was delivered at {at}")]
    Delivered {
        /// When.
        at: DateTime<Utc>,
    },
    /// Nothing is left to say.
    #[error("it was dropped at {at}: it was not needed any more")]
    Dropped {
        /// When.
        at: DateTime<Utc>,
    },
    /// An attempt is under way.
    #[error("an attempt is under way until {until}; if nothing is heard of it, it is tried again by itself")]
    UnderWay {
        /// How long it may take.
        until: DateTime<Utc>,
    },
    /// The other side may have it.
    #[error("an earlier attempt may have got through: sending it again could be a second copy")]
    InDoubt,
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

    /// Whether the other side may have it though nothing was heard of it.
    pub fn is_in_doubt(&self) -> bool {
        self.doubtful || matches!(self.state, OutboxState::Sending { .. })
    }

    /// The row put up for an attempt at once because an operator asked for it, with all the patience of a new one.
    ///
    /// # Errors
    /// Why not: it is settled otherwise than by failure, an attempt is under way, or it may have arrived and
    /// `even_if_in_doubt` is not given.
    pub fn retried(&self, even_if_in_doubt: bool, now: DateTime<Utc>) -> Result<Self, NotRetried> {
        match &self.state {
            OutboxState::Delivered { at, .. } => return Err(NotRetried::Delivered { at: *at }),
            OutboxState::Dropped { at } => return Err(NotRetried::Dropped { at: *at }),
            OutboxState::Emitted | OutboxState::Sending { .. } if self.next_attempt > now => {
                return Err(NotRetried::UnderWay { until: self.next_attempt });
            }
            _ if self.is_in_doubt() && !even_if_in_doubt => return Err(NotRetried::InDoubt),
            _ => {}
        }
        Ok(Self {
            state: OutboxState::Waiting,
            next_attempt: now,
            doubtful: self.is_in_doubt(),
            anew: Some((now, self.attempt)),
            ..self.clone()
        })
    }

    /// The row after an attempt failed for now. The other side may ask for more patience than the growing delays
    /// have; after days of trying the row is given up.
    pub fn deferred(&self, error: &str, retry_after: Option<TimeDelta>, now: DateTime<Utc>) -> Self {
        let (since, before) = self.anew.unwrap_or((self.created, 0));
        if now - since >= PATIENCE {
            let error =
                format!("given up after {} attempts in {} days: {error}", self.attempt, PATIENCE.num_days());
            return Self {
                state: OutboxState::Failed { at: now, error: error.clone() },
                last_error: Some(error),
                ..self.clone()
            };
        }
        let step = (self.attempt.saturating_sub(before).max(1) as usize - 1).min(DELAYS_IN_MINUTES.len() - 1);
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

    /// What the emitter has to know of it to choose.
    pub fn place(&self) -> UnsettledRow {
        UnsettledRow {
            id: self.id.clone(),
            mail: self.endpoint.is_mail(),
            imminent: self.imminent,
            first: self.attempt == 0 && !self.for_operators,
            deadline: self.deadline.filter(|_| !self.imminent),
            next_attempt: self.next_attempt,
            created: self.created,
        }
    }
}

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

    /// The deadlines from which on nothing presses at `now`.
    pub fn calm_after(now: DateTime<Utc>) -> DateTime<Utc> {
        now + PRESSING
    }
}

/// How many mails the mail service takes, in each of several spans of time. None given means no limit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MailLimit(pub Vec<MailRate>);

/// At most this many in this span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MailRate {
    /// How many.
    pub count: u32,
    /// In which time.
    pub per: TimeDelta,
}

impl MailRate {
    /// How many mails of this urgency it allows in its span: the less urgent leave some for the more urgent.
    fn allowed(&self, urgency: Urgency) -> u32 {
        // At least one, but never all: a quota of one mail is for everybody.
        let reserve = (self.count / 10).max(1).min(self.count.saturating_sub(1));
        let withheld = match urgency {
            Urgency::Imminent => 0,
            Urgency::Calm if self.per > PROMPT => reserve.max(self.count / 4),
            Urgency::Pressing | Urgency::Calm => reserve,
        };
        self.count - withheld
    }
}

/// How many mails may be emitted now. Each number counts the mails of all urgencies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MailAllowance {
    /// As long as only so many go, one more may be of any urgency.
    pub calm: u32,
    /// As long as only so many go, one more may be pressing.
    pub pressing: u32,
    /// As long as only so many go, one more may be imminent.
    pub imminent: u32,
}

impl MailAllowance {
    /// As long as only so many go, one more may be of this urgency.
    pub fn of(self, urgency: Urgency) -> u32 {
        match urgency {
            Urgency::Calm => self.calm,
            Urgency::Pressing => self.pressing,
            Urgency::Imminent => self.imminent,
        }
    }
}

/// How many mails were emitted lately, minute by minute.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendLog(Vec<(DateTime<Utc>, u32)>);

impl SendLog {
    /// How many mails may be emitted at `now`.
    pub fn allowance(&self, limit: &MailLimit, now: DateTime<Utc>) -> MailAllowance {
        let left = |urgency| {
            let left = limit.0.iter().map(|rate| {
                let spent =
                    self.0.iter().filter(|(at, _)| *at > now - rate.per).map(|(_, count)| count).sum();
                rate.allowed(urgency).saturating_sub(spent)
            });
            left.min().unwrap_or(u32::MAX)
        };
        MailAllowance {
            calm: left(Urgency::Calm),
            pressing: left(Urgency::Pressing),
            imminent: left(Urgency::Imminent),
        }
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

#[cfg(test)]
mod tests;
