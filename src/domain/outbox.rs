//! The outbox: one row for each message and endpoint, tried until it is accepted, refused for good or out of date.
//!
//! The emitter owns the mail quota: functions scale to many processes, and a limit in each would limit nothing.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::endpoint::Endpoint;
use super::held_for::HeldFor;
use super::ids::{MessageId, OutboxId};
use super::message_size::MessageSize;
use super::outbox_guard::GuardHold;
use super::recipient_name::RecipientName;
use super::service_operation::{NotedReport, ServiceOperation};
use super::unsettled_row::UnsettledRow;
use super::urgency::PRESSING;

/// How long an emitted row waits for its delivery to report before it is emitted again. Ten minutes: how soon a killed
/// attempt is retried. A live one renews its lease every four.
pub const LEASE: TimeDelta = TimeDelta::minutes(10);

/// How long a message is tried.
const GIVE_UP_AFTER: TimeDelta = TimeDelta::days(5);

/// How long a message waits for an earlier one to the same endpoint before it looks again.
const WAIT_FOR_EARLIER: TimeDelta = TimeDelta::minutes(1);

/// The delays between attempts, growing; the last one repeats.
const DELAYS_IN_MINUTES: [i64; 8] = [1, 2, 5, 10, 20, 30, 45, 60];
const PRESSING_DELAY: TimeDelta = TimeDelta::minutes(10);

/// The delays after attempts of which nobody knows whether they got through. Each may be another copy, so they are few.
const DOUBT_DELAYS_IN_MINUTES: [i64; 3] = [1, 30, 180];

/// Where a row stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum OutboxState {
    /// It waits for its next attempt.
    Waiting,
    /// The attempt with the row's number was handed to the queue.
    Emitted,
    /// An attempt began. If nothing is heard of it, the endpoint may or may not have the message.
    Sending { since: DateTime<Utc> },
    /// The other side took it.
    Delivered {
        at: DateTime<Utc>,
        /// What the other side called it: a queue id, a path.
        reference: String,
    },
    /// It was refused for good, or tried in vain for too long.
    Failed { at: DateTime<Utc>, error: String },
    /// It was not needed any more.
    Dropped { at: DateTime<Utc> },
}

/// One message on its way to one endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxRow {
    pub id: OutboxId,
    pub message: MessageId,
    pub recipient: RecipientName,
    pub sequence: u64,
    pub endpoint: Endpoint,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<DateTime<Utc>>,
    /// Whether it is about something that happens within minutes.
    #[serde(default)]
    pub imminent: bool,
    /// An earlier message to the same endpoint that has to be settled first, so that order is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<OutboxId>,
    pub created: DateTime<Utc>,
    pub state: OutboxState,
    pub attempt: u32,
    /// When to try next; meaningless once it is settled.
    pub next_attempt: DateTime<Utc>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// Whether some attempt may have got through though nothing was heard of it: only the same bytes may follow.
    #[serde(default)]
    pub doubtful: bool,
    /// Whether it is an operator alert or reports the first look, or is an exercise that one asked for: nothing holds
    /// that back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub for_operators: bool,
    /// From when on, and after how many attempts, an operator had it tried anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anew: Option<(DateTime<Utc>, u32)>,
    /// Until when it failed for no matter of its recipient's: the days after which it is given up count from then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excused_until: Option<DateTime<Utc>>,
    /// How much of the message is sent: what was too large is sent shorter.
    #[serde(default, skip_serializing_if = "MessageSize::is_whole")]
    pub size: MessageSize,
    /// Why the last look before it left holds it, until an operator has it tried anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<HeldFor>,
    /// How many attempts ended without anybody knowing whether they got through.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub doubts: u32,
    /// Whether it failed only in that nobody will know whether it arrived.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unknown: bool,
    /// What a service that takes messages as operations does with it.
    #[serde(default, skip_serializing_if = "ServiceOperation::is_nothing")]
    pub operation: ServiceOperation,
    /// What a delivery report said of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<NotedReport>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// Why a row is not put up for another attempt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotRetried {
    /// The other side has it.
    #[error("it was delivered at {at}")]
    Delivered { at: DateTime<Utc> },
    /// Nothing is left to say.
    #[error("it was dropped at {at}: it was not needed any more")]
    Dropped { at: DateTime<Utc> },
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
    /// The row that sends a message to `endpoint` at once.
    pub fn new(
        message: &MessageId,
        recipient: &RecipientName,
        sequence: u64,
        endpoint: Endpoint,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            id: OutboxId::derive(message, &endpoint),
            message: message.clone(),
            recipient: recipient.clone(),
            sequence,
            endpoint,
            deadline: None,
            imminent: false,
            after: None,
            created: now,
            state: OutboxState::Waiting,
            attempt: 0,
            next_attempt: now,
            last_error: None,
            doubtful: false,
            for_operators: false,
            anew: None,
            excused_until: None,
            size: MessageSize::default(),
            held: None,
            doubts: 0,
            unknown: false,
            operation: ServiceOperation::default(),
            report: None,
        }
    }

    /// Whether nothing is left to try.
    pub fn is_settled(&self) -> bool {
        matches!(
            self.state,
            OutboxState::Delivered { .. } | OutboxState::Failed { .. } | OutboxState::Dropped { .. }
        )
    }

    /// Whether nobody knows if the other side has it, and nothing more is tried.
    pub fn is_unknown(&self) -> bool {
        self.unknown && matches!(self.state, OutboxState::Failed { .. })
    }

    /// When to ask next what became of it at the service that took it, if that is not known.
    pub fn next_question(&self) -> Option<DateTime<Utc>> {
        self.operation.next.filter(|_| matches!(self.state, OutboxState::Delivered { .. }))
    }

    /// The row once a service took the message as an operation, of which it says later what became of it.
    pub fn handed_over(&self, reference: &str, wait: Option<TimeDelta>, now: DateTime<Utc>) -> Self {
        Self {
            state: OutboxState::Delivered { at: now, reference: reference.to_owned() },
            operation: self.operation.taken(wait, now),
            // An answer that was lost before is found again: it is the same operation.
            doubtful: false,
            doubts: 0,
            ..self.clone()
        }
    }

    /// The row after a question of which `said` came back, and no end. Asked for long enough, it is not known for good.
    pub fn asked(&self, said: &str, wait: Option<TimeDelta>, now: DateTime<Utc>) -> Self {
        let operation = self.operation.asked(wait, now);
        let next = Self { operation, ..self.clone() };
        match operation.next {
            Some(_) => next,
            None => next
                .unknown(&format!("it was taken, and for a day nobody said what became of it: {said}"), now),
        }
    }

    /// The row of which nobody will know whether it arrived.
    fn unknown(self, error: &str, now: DateTime<Utc>) -> Self {
        let error = format!("it is not known whether it arrived: {error}");
        Self {
            state: OutboxState::Failed { at: now, error: error.clone() },
            last_error: Some(error),
            doubtful: true,
            unknown: true,
            operation: self.operation.ended(),
            ..self
        }
    }

    /// The row handed to the queue for its next attempt, leased until that should have reported.
    pub fn emitted(&self, now: DateTime<Utc>) -> Self {
        let attempt = self.attempt.saturating_add(1);
        // A row that is still sending when its lease has run out belongs to a process that was killed.
        let doubtful = self.doubtful || matches!(self.state, OutboxState::Sending { .. });
        Self { state: OutboxState::Emitted, attempt, doubtful, next_attempt: now + LEASE, ..self.clone() }
    }

    /// The row while the attempt that it was handed out for is under way. The lease begins anew: the ticket may have
    /// waited in its queue for most of it, and nobody else may try before this attempt can have reported.
    pub fn sending(&self, now: DateTime<Utc>) -> Self {
        Self { state: OutboxState::Sending { since: now }, next_attempt: now + LEASE, ..self.clone() }
    }

    /// The row put back because an earlier message to the same endpoint goes first. Nothing was tried, so nothing is
    /// counted: an earlier ticket that comes once more meets either a row that waits, or the same attempt.
    pub fn waiting_for_earlier(&self, now: DateTime<Utc>) -> Self {
        let next_attempt = now + WAIT_FOR_EARLIER;
        match self.state {
            OutboxState::Emitted => Self {
                state: OutboxState::Waiting,
                attempt: self.attempt.saturating_sub(1),
                next_attempt,
                ..self.clone()
            },
            _ => Self { next_attempt, ..self.clone() },
        }
    }

    /// The row put back until then because nothing leaves by its way before. Nothing was tried, so nothing is counted.
    pub fn put_back(&self, until: DateTime<Utc>) -> Self {
        Self { next_attempt: until, ..self.waiting_for_earlier(until) }
    }

    /// Since when it is its recipient's matter that it does not arrive.
    pub fn tried_since(&self) -> DateTime<Utc> {
        let since = self.anew.map_or(self.created, |(at, _)| at);
        self.excused_until.map_or(since, |at| at.max(since))
    }

    /// The row after a failure that is no matter of its recipient's.
    #[must_use]
    pub fn excused(&self, now: DateTime<Utc>) -> Self {
        Self { excused_until: Some(now), ..self.clone() }
    }

    /// The row put up at once to be sent shorter, because it was too large. `None` when nothing shorter is left.
    pub fn shortened(&self, error: &str, now: DateTime<Utc>) -> Option<Self> {
        let size = self.size.shorter()?;
        Some(Self {
            state: OutboxState::Waiting,
            size,
            next_attempt: now,
            last_error: Some(error.to_owned()),
            ..self.clone()
        })
    }

    /// The row put back because it would be one message too many, or none that is new. Nothing was tried.
    pub fn held(&self, hold: GuardHold, now: DateTime<Utc>) -> Self {
        Self { held: Some(hold.why), next_attempt: hold.until, ..self.waiting_for_earlier(now) }
    }

    /// Whether what holds it is over for good: it says nothing new, and nobody let it go for days.
    pub fn is_held_in_vain(&self, now: DateTime<Utc>) -> bool {
        self.held == Some(HeldFor::ToldBefore) && now - self.created >= GIVE_UP_AFTER
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
            held: None,
            doubts: 0,
            unknown: false,
            operation: self.operation.another(),
            ..self.clone()
        })
    }

    /// The row after an attempt failed for now. The other side may ask for more patience than the growing delays
    /// have; after days of trying the row is given up.
    pub fn deferred(&self, error: &str, retry_after: Option<TimeDelta>, now: DateTime<Utc>) -> Self {
        let before = self.anew.map_or(0, |(_, attempts)| attempts);
        if now - self.tried_since() >= GIVE_UP_AFTER {
            let error = format!(
                "given up after {} attempts in {} days: {error}",
                self.attempt,
                GIVE_UP_AFTER.num_days()
            );
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

    /// The row after an attempt of which nobody knows whether it got through. A few are made, since each can be another
    /// copy; then it is not known for good.
    pub fn doubted(&self, error: &str, retry_after: Option<TimeDelta>, now: DateTime<Utc>) -> Self {
        let doubted = Self { doubtful: true, doubts: self.doubts.saturating_add(1), ..self.clone() };
        let Some(minutes) = DOUBT_DELAYS_IN_MINUTES.get(self.doubts as usize) else {
            let error = format!("after {} attempts: {error}", self.attempt);
            return doubted.unknown(&error, now);
        };
        let delay = TimeDelta::minutes(*minutes);
        let deferred =
            doubted.deferred(error, Some(retry_after.map_or(delay, |asked| asked.max(delay))), now);
        if deferred.is_settled() { doubted.unknown(error, now) } else { deferred }
    }

    /// Up to a tenth of the delay, from the id, so that rows that failed together do not come back together.
    fn spread(&self, delay: TimeDelta) -> TimeDelta {
        let byte = Sha256::digest(self.id.as_str().as_bytes())[0];
        delay / 10 * i32::from(byte) / 255
    }

    /// What the emitter has to know of it to choose.
    pub fn entry(&self) -> UnsettledRow {
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

#[cfg(test)]
mod tests;
