//! People, team mailboxes and channels, with when and how they want to be notified.

use std::collections::BTreeSet;

use crate::domain::time_zone::Tz;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::email_address::EmailAddress;
use super::endpoint::{DeadEndpoint, Endpoint};
use super::ledger::MessageRecord;
use super::matcher::Matcher;
use super::recipient_name::RecipientName;
use super::schedule::{DailyRange, DigestSchedule, Hours, last_allowed, next_allowed};
use super::stage::Stage;

/// When and how a recipient wants to be notified.
#[derive(Debug, Clone, PartialEq)]
pub struct Preferences {
    /// The zone in which the recipient reads dates and keeps hours.
    pub timezone: Tz,
    /// The language, as a BCP 47 tag: `en`.
    pub language: String,
    pub digest: DigestSchedule,
    /// Stages that do not wait for the digest.
    pub immediate: BTreeSet<Stage>,
    /// How long before self-service ends to remind, longest first.
    pub reminders: Vec<TimeDelta>,
    /// How long before Azure's own window opens to say so, longest first.
    pub scheduled: Vec<TimeDelta>,
    /// How long announcements wait for a wave to finish arriving.
    pub settle: TimeDelta,
    pub hours: Hours,
    /// When nothing but `imminent` may arrive.
    pub quiet: Vec<DailyRange>,
    pub holidays: BTreeSet<NaiveDate>,
}

impl Preferences {
    /// The first moment from `from` on at which news may arrive.
    pub fn next_allowed(&self, from: DateTime<Utc>) -> DateTime<Utc> {
        next_allowed(self.timezone, &self.hours, &self.quiet, &self.holidays, from)
    }

    /// The last moment up to `until` at which news may arrive, at most three days earlier.
    pub fn last_allowed(&self, until: DateTime<Utc>) -> DateTime<Utc> {
        last_allowed(self.timezone, &self.hours, &self.quiet, &self.holidays, until)
    }
}

/// That someone wants to know how things stand, whosever the machines are.
#[derive(Debug, Clone, PartialEq)]
pub struct SummarySettings {
    pub at: DigestSchedule,
    pub of: Matcher,
}

/// A person, a team mailbox or a channel.
#[derive(Debug, Clone, PartialEq)]
pub struct Recipient {
    pub name: RecipientName,
    /// Its mail addresses; each gets an envelope of its own.
    pub emails: Vec<EmailAddress>,
    pub teams: bool,
    /// Whether this is a person who gets what is urgent in their Teams chat too.
    pub chat: bool,
    pub preferences: Preferences,
    /// When and of what it wants a summary.
    pub summary: Option<SummarySettings>,
}

impl Recipient {
    /// Everything that every message to this recipient is sent to. A chat is none of it: it only comes beside a mail.
    pub fn endpoints(&self) -> Vec<Endpoint> {
        self.mailboxes().chain(self.channel()).collect()
    }

    /// The mail addresses.
    pub fn mailboxes(&self) -> impl Iterator<Item = Endpoint> {
        self.emails.iter().map(|address| Endpoint::Email { address: address.clone() })
    }

    /// The Teams channel, if there is one.
    pub fn channel(&self) -> Option<Endpoint> {
        self.teams.then(|| Endpoint::Teams { recipient: self.name.clone() })
    }

    /// Whether `message` went to one of its mail addresses or its channel, as far as it went to any of either, or
    /// elsewhere because a pilot diverted it.
    pub fn may_have_read(&self, message: &MessageRecord) -> bool {
        let mut known =
            message.endpoints.iter().filter(|endpoint| !matches!(endpoint, Endpoint::Chat { .. })).peekable();
        let own = self.endpoints();
        message.diverted || known.peek().is_none() || known.any(|endpoint| own.contains(endpoint))
    }

    /// Whether nothing that is sent to it arrives: every one of its endpoints is among the `dead` ones.
    pub fn is_unreachable(&self, dead: &[DeadEndpoint]) -> bool {
        self.endpoints().iter().all(|endpoint| dead.iter().any(|dead| dead.endpoint == *endpoint))
    }

    /// The chat, if what is urgent goes there too.
    pub fn chat(&self) -> Option<Endpoint> {
        let address = self.emails.first().filter(|_| self.chat)?;
        Some(Endpoint::Chat { address: address.clone() })
    }
}
