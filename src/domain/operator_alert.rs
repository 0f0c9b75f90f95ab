//! What operators should look at.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::endpoint::Endpoint;
use super::observation::UnseenCause;
use super::recipient_name::RecipientName;
use super::refused_owner::RefusedOwner;
use super::resource::{ResourceId, SubscriptionId, folded};
use crate::domain::action::scope::Scope;
use crate::domain::brake::Hold;
use crate::domain::held_for::HeldFor;
use crate::domain::ids::{MessageId, StartId};

/// A problem for the operator to look at, reported once, and notes that are reported in the same way.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "trouble")]
pub enum OperatorAlert {
    /// A subscription that could be read before cannot be read any more, or a scope in it cannot.
    Unseen {
        scope: String,
        reason: String,
        #[serde(default, skip_serializing_if = "UnseenCause::is_no_rights")]
        cause: UnseenCause,
    },
    /// A record was set aside.
    Unreadable { what: String, problem: String },
    /// A message could not be delivered and will not be tried again.
    Undeliverable {
        recipient: RecipientName,
        endpoint: Endpoint,
        error: String,
        /// Whether nobody knows if it arrived; otherwise it surely did not.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        unknown: bool,
    },
    /// A service that messages leave by does not work as it is set up.
    Service {
        /// Which: the mail service, or someone's Teams flow.
        service: String,
        error: String,
    },
    /// Owners cannot be looked up.
    LookUp {
        /// Where: the directory, or role assignments.
        service: String,
        error: String,
    },
    /// An owner named in a tag was refused.
    RefusedOwner { resource: String, owner: RefusedOwner },
    /// The configuration cannot be used; the last valid one stays in force.
    Configuration { problem: String },
    /// The end of the audit trail cannot be anchored.
    Unanchored { error: String },
    /// Azure does not let the notifier's own identity start maintenance somewhere.
    NoStarts { scope: String, error: String },
    /// What became of a start is not known for a day.
    StartNotKnown { resource: String, start: StartId, since: DateTime<Utc> },
    /// A start that was made on the command line came to its end.
    StartEnded {
        resource: String,
        start: StartId,
        /// How, as a sentence.
        outcome: String,
    },
    /// Nothing was collected for too long.
    Stale { since: DateTime<Utc> },
    /// The last dates of these machines passed three days ago, and nothing is known of what became of their maintenance.
    Passed {
        subscription: SubscriptionId,
        until: DateTime<Utc>,
        /// Their ids, in order; not all of them where there are many.
        machines: Vec<ResourceId>,
        count: usize,
    },
    /// Azure announced maintenance of these machines a day ago, and they show nothing of it.
    AnnouncedElsewhere {
        subscription: SubscriptionId,
        /// Azure's numbers of it, in order.
        tracking_ids: Vec<String>,
        from: Option<DateTime<Utc>>,
        until: Option<DateTime<Utc>>,
        machines: Vec<ResourceId>,
        count: usize,
    },
    /// Far more is to be sent than on other days: what can wait is held until an operator releases it.
    Held { hold: Hold },
    /// A message is held: it would be one too many within an hour, or tells nothing new.
    Repeats { recipient: RecipientName, message: MessageId, why: HeldFor },
    /// A silence ends in two days. Its author is notified, or the operators when it is the configuration's.
    SilenceEnds {
        /// Of what; `None` for the configuration's.
        of: Option<Scope>,
        /// When it was asked for, if it was.
        said: Option<DateTime<Utc>>,
        until: DateTime<Utc>,
        reason: String,
        /// Machines that it covers and whose maintenance is open, in order; not all of them where there are many.
        open: Vec<String>,
        count: usize,
    },
    /// A queue message failed as often as it may.
    Poisoned { function: String, payload: String },
}

/// The key of [`OperatorAlert::Configuration`], of which there is one at a time.
pub const CONFIGURATION_ALERT: &str = "configuration";

/// The key of [`OperatorAlert::Stale`], of which there is one at a time.
const STALE_ALERT: &str = "stale";

/// How much of a queue message an operator is shown.
const SHOWN: usize = 200;

impl OperatorAlert {
    /// That `function` failed on this message as often as it may. Whoever reports it and whoever says that it is over
    /// get the same alert from the same message.
    pub fn poisoned(function: &str, payload: &str) -> Self {
        let payload = payload.chars().filter(|c| !c.is_control()).take(SHOWN).collect();
        Self::Poisoned { function: function.to_owned(), payload }
    }

    /// What makes two reports the same alert: it is reported once however its wording varies.
    pub fn key(&self) -> String {
        match self {
            Self::Unseen { scope, .. } => format!("unseen|{}", folded(scope)),
            // What is wrong with it is worded with dates and numbers that change.
            Self::Unreadable { what, .. } => format!("unreadable|{}", folded(what)),
            Self::Undeliverable { recipient, endpoint, unknown: true, .. } => {
                format!("not-known|{recipient}|{}", endpoint.key())
            }
            // One flow posts to all people.
            Self::Undeliverable { endpoint: Endpoint::Chat { .. }, .. } => "undeliverable|chats".to_owned(),
            Self::Undeliverable { recipient, endpoint, .. } => {
                format!("undeliverable|{recipient}|{}", endpoint.key())
            }
            Self::Service { service, .. } => format!("service|{service}"),
            Self::LookUp { service, .. } => format!("look-up|{service}"),
            Self::RefusedOwner { resource, owner } => {
                format!("refused|{}|{owner:?}", folded(resource))
            }
            Self::Configuration { .. } => CONFIGURATION_ALERT.to_owned(),
            Self::Unanchored { .. } => "unanchored|audit trail".to_owned(),
            Self::NoStarts { scope, .. } => format!("no-starts|{}", folded(scope)),
            Self::StartNotKnown { start, .. } => format!("start-not-known|{start}"),
            Self::StartEnded { start, .. } => format!("start-ended|{start}"),
            // An outage that comes and goes is one.
            Self::Stale { .. } => STALE_ALERT.to_owned(),
            Self::Passed { subscription, until, .. } => format!("passed|{subscription}|{until}"),
            Self::AnnouncedElsewhere { subscription, tracking_ids, until, .. } => {
                let what = match tracking_ids.is_empty() {
                    true => until.map(|until| until.to_string()).unwrap_or_default(),
                    false => tracking_ids.join(" ").to_lowercase(),
                };
                format!("announced-elsewhere|{subscription}|{what}")
            }
            Self::Held { hold } => format!("held|{}", hold.since),
            Self::Repeats { recipient, .. } => format!("repeats|{recipient}"),
            Self::SilenceEnds { of, until, reason, .. } => {
                let of = of.as_ref().map_or_else(|| format!("configuration|{reason}"), Scope::key);
                format!("silence ends|{of}|{until}")
            }
            Self::Poisoned { function, payload } => format!("poisoned|{function}|{payload}"),
        }
    }
}

impl OperatorAlert {
    /// Whether nothing is wrong: somebody only has to know.
    pub fn is_note(&self) -> bool {
        matches!(self, Self::SilenceEnds { .. } | Self::StartEnded { .. })
    }

    /// What kind of alert it is, in one word: with what its key begins.
    pub fn kind(&self) -> String {
        let key = self.key();
        key.split_once('|').map_or(key.as_str(), |(kind, _)| kind).to_owned()
    }
}
