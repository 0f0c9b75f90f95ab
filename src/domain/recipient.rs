//! People, team mailboxes and channels, with when and how they want to be told.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use chrono::{NaiveDate, TimeDelta};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::routing::{DeadEndpoint, Matcher};
use super::schedule::{DailyRange, DigestSchedule, Hours};
use super::stage::Stage;

/// A mail address: one `@`, a dotted domain, nothing that could end a header or begin a list. Folded to lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(String);

/// A text that is no mail address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no mail address: {problem}")]
pub struct InvalidAddress {
    text: String,
    problem: &'static str,
}

impl EmailAddress {
    /// The address as text, in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What follows the `@`.
    pub fn domain(&self) -> &str {
        self.0.rsplit('@').next().unwrap_or_default()
    }
}

impl FromStr for EmailAddress {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let address = text.trim();
        let invalid = |problem| InvalidAddress { text: address.chars().take(120).collect(), problem };
        let Some((local, domain)) = address.split_once('@') else {
            return Err(invalid("it has no @"));
        };
        let local_is_plain = !local.is_empty()
            && local.len() <= 64
            && !local.starts_with('.')
            && !local.ends_with('.')
            && !local.contains("..")
            && local.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+/=?^_`{|}~.-".contains(c));
        if !local_is_plain {
            return Err(invalid("the part before the @ has characters that a mailbox name cannot have"));
        }
        let label_is_plain = |label: &str| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        };
        if domain.len() > 190
            || !domain.contains('.') && domain != "localhost"
            || !domain.split('.').all(label_is_plain)
        {
            return Err(invalid("the part after the @ is no domain name"));
        }
        Ok(Self(address.to_ascii_lowercase()))
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = InvalidAddress;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<EmailAddress> for String {
    fn from(address: EmailAddress) -> Self {
        address.0
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name of a recipient: the one given in the configuration, or the address of a person named in a tag.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RecipientName(String);

/// A text that cannot name a recipient.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` cannot name a recipient: use 1 to 254 characters without control characters, commas or semicolons"
)]
pub struct InvalidRecipientName(String);

impl RecipientName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RecipientName {
    type Err = InvalidRecipientName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let name = text.trim();
        let plain = !name.is_empty()
            && name.chars().count() <= 254
            && !name.chars().any(|c| c.is_control() || c == ',' || c == ';');
        if plain {
            Ok(Self(name.to_owned()))
        } else {
            Err(InvalidRecipientName(name.chars().take(120).collect()))
        }
    }
}

impl TryFrom<String> for RecipientName {
    type Error = InvalidRecipientName;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<RecipientName> for String {
    fn from(name: RecipientName) -> Self {
        name.0
    }
}

impl From<&EmailAddress> for RecipientName {
    fn from(address: &EmailAddress) -> Self {
        Self(address.as_str().to_owned())
    }
}

impl fmt::Display for RecipientName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Somewhere a message can be sent. Webhook addresses are secrets, so a channel is named by its recipient.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "by")]
pub enum Endpoint {
    /// A mail address: one SMTP envelope.
    Email {
        /// The address.
        address: EmailAddress,
    },
    /// The Teams flow that the configuration gives for a recipient.
    Teams {
        /// Whose flow.
        recipient: RecipientName,
    },
    /// A person's chat, through the one Teams flow that posts to people.
    Chat {
        /// The person, as Teams knows them.
        address: EmailAddress,
    },
}

impl Endpoint {
    /// A short text that identifies the endpoint among all: `email:jane@contoso.com`, `teams:platform`.
    pub fn key(&self) -> String {
        match self {
            Self::Email { address } => format!("email:{address}"),
            Self::Teams { recipient } => format!("teams:{recipient}"),
            Self::Chat { address } => format!("chat:{address}"),
        }
    }

    /// Whether it takes mail and therefore counts against the mail quota.
    pub fn is_mail(&self) -> bool {
        matches!(self, Self::Email { .. })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Email { address } => write!(f, "{address}"),
            Self::Teams { recipient } => write!(f, "the Teams channel of {recipient}"),
            Self::Chat { address } => write!(f, "the Teams chat with {address}"),
        }
    }
}

/// When and how a recipient wants to be told.
#[derive(Debug, Clone, PartialEq)]
pub struct Preferences {
    /// The zone in which the recipient reads dates and keeps hours.
    pub timezone: Tz,
    /// The language, as a BCP 47 tag: `en`.
    pub language: String,
    /// When digests are sent.
    pub digest: DigestSchedule,
    /// Stages that do not wait for the digest.
    pub immediate: BTreeSet<Stage>,
    /// How long before self-service ends to remind, longest first.
    pub reminders: Vec<TimeDelta>,
    /// How long before Azure's own window opens to say so, longest first.
    pub scheduled: Vec<TimeDelta>,
    /// How long announcements wait for a wave to finish arriving.
    pub settle: TimeDelta,
    /// When news may arrive.
    pub hours: Hours,
    /// When nothing but `imminent` may arrive.
    pub quiet: Vec<DailyRange>,
    /// Days without news.
    pub holidays: BTreeSet<NaiveDate>,
}

/// That someone wants to know how things stand, whosever the machines are.
#[derive(Debug, Clone, PartialEq)]
pub struct SummarySettings {
    /// When.
    pub at: DigestSchedule,
    /// Of which machines.
    pub of: Matcher,
}

/// A person, a team mailbox or a channel.
#[derive(Debug, Clone, PartialEq)]
pub struct Recipient {
    /// Its name.
    pub name: RecipientName,
    /// Its mail addresses; each gets an envelope of its own.
    pub emails: Vec<EmailAddress>,
    /// Whether it has a Teams flow.
    pub teams: bool,
    /// Whether this is a person who gets what presses in their Teams chat too.
    pub chat: bool,
    /// When and how it wants to be told.
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

    /// Whether nothing that is sent to it arrives: every one of its endpoints is among the `dead` ones.
    pub fn is_unreachable(&self, dead: &[DeadEndpoint]) -> bool {
        self.endpoints().iter().all(|endpoint| dead.iter().any(|dead| dead.endpoint == *endpoint))
    }

    /// The chat, if what presses goes there too.
    pub fn chat(&self) -> Option<Endpoint> {
        let address = self.emails.first().filter(|_| self.chat)?;
        Some(Endpoint::Chat { address: address.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_could_break_a_header_are_refused() {
        for text in [
            "jane",
            "jane@",
            "@contoso.com",
            "a b@contoso.com",
            "a@b@c.com",
            "a@con\r\nBcc: x@y.z",
            "a,b@contoso.com",
            "<a@contoso.com>",
            "a@contoso..com",
            "\"a b\"@contoso.com",
        ] {
            assert!(text.parse::<EmailAddress>().is_err(), "{text}");
        }
        let address: EmailAddress = " Jane.Doe+azure@Contoso.com ".parse().unwrap();
        assert_eq!(address.as_str(), "jane.doe+azure@contoso.com");
        assert_eq!(address.domain(), "contoso.com");
    }
}
