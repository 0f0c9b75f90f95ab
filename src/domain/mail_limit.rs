//! The mail quota: how many mails may be sent in which time, and what is kept free for urgent ones.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::urgency::Urgency;

/// Everybody with a pressing deadline is notified within this time. A quota over a longer span does not fill up again
/// in time, so mails without a deadline leave some of it free.
const PROMPT: TimeDelta = TimeDelta::minutes(15);

/// How many mails the mail service takes, in each of several spans of time. None given means no limit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MailLimit(pub Vec<MailRate>);

/// At most this many in this span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MailRate {
    pub count: u32,
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
