//! Messages: what one recipient is sent at one moment.
//!
//! A message is claimed with a list of [`Item`]s, which is the ledger of what was told. Before its first attempt it
//! is bound to the newest facts as [`MessageContent`]: everything that rendering needs, so that every retry sends
//! the same bytes.

use std::fmt;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::action::response::WindowActions;
use super::action::scope::Scope;
use super::advice::Advice;
use super::assignment::{Reason, RefusedOwner, WithdrawnTo};
use super::brake::Hold;
use super::coverage::CoverageReport;
use super::forecast::ClusterOverlap;
use super::recipient::{Endpoint, RecipientName};
use super::stage::Stage;
use super::summary::Summary;
use super::window::{EndReason, MaintenanceWindow, Revision, Schedule, WindowId};

/// The identity of a message, derived from its recipient and sequence. Fit for a Message-ID and for a row key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MessageId(String);

impl MessageId {
    /// The id of the `sequence`-th message to `recipient`.
    pub fn derive(recipient: &RecipientName, sequence: u64) -> Self {
        let name = format!("{}\n{sequence}", recipient.as_str());
        Self(uuid::Uuid::new_v5(&MESSAGE_NAMESPACE, name.as_bytes()).simple().to_string())
    }

    /// The id as 32 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Message ids live in a name space of their own, so that they never equal a calendar entry's.
const MESSAGE_NAMESPACE: uuid::Uuid = uuid::Uuid::from_u128(0x6d61_696e_7465_6e61_6e63_652d_6d73_6731);

/// What a message is for. It decides the subject and the layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MessageKind {
    /// News that did not wait for the digest.
    Alert,
    /// What is open and what changed, at the recipient's own time.
    Digest,
    /// The first look at the tenant, told to the fallback once.
    GoLive,
    /// How many machines have no owner, told to the fallback once a week.
    Coverage,
    /// Trouble that an operator should look at, without any windows.
    Operator,
    /// A sign of life to a channel that was quiet for long: it keeps the flow in use and shows that it works.
    Heartbeat,
    /// How things stand, once a week, for those who watch.
    Summary,
    /// A labelled exercise that names no machine.
    Drill,
}

impl MessageKind {
    /// The kind in one word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Alert => "alert",
            Self::Digest => "digest",
            Self::GoLive => "go-live",
            Self::Coverage => "coverage",
            Self::Operator => "operator",
            Self::Heartbeat => "heartbeat",
            Self::Summary => "summary",
            Self::Drill => "drill",
        }
    }
}

/// One entry of the ledger: this recipient was told this of this window.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Item {
    /// Which window.
    pub window: WindowId,
    /// What of it.
    pub stage: Stage,
    /// At which revision of its dates.
    pub revision: Revision,
    /// Which step of a stage that comes several times, in minutes before the deadline: 10080 for `7d`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<i64>,
    /// Which of several that a window can have: the scheduled event for what happens within minutes, the start for
    /// what became of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
}

/// What happens to a calendar entry with this message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CalendarMethod {
    /// It is made or moved.
    Request,
    /// It is removed.
    Cancel,
}

/// One entry in the recipient's calendar: all machines that share a deadline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarEntry {
    /// Stays the same for the life of the entry.
    pub uid: String,
    /// Counts up with every change that is sent.
    pub sequence: u32,
    /// Made, moved or removed.
    pub method: CalendarMethod,
    /// When the entry begins.
    pub start: DateTime<Utc>,
    /// When it ends.
    pub end: DateTime<Utc>,
    /// Whether `end` is the end of self-service; otherwise `start` is the start of Azure's own window.
    pub self_service: bool,
    /// Whether it stands for a start that somebody planned.
    #[serde(default)]
    pub planned: bool,
    /// The windows it stands for, in order.
    pub windows: Vec<WindowId>,
}

/// One window in a message, with everything that is said of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContentItem {
    /// The stages told now, most important first; never empty.
    pub stages: Vec<Stage>,
    /// The window with the newest facts at the time of freezing.
    pub window: MaintenanceWindow,
    /// For a reschedule: the dates that this recipient was told before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Schedule>,
    /// For an ended window: why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<EndReason>,
    /// For a reassignment: to whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<WithdrawnTo>,
    /// Whether the same resource had a window before this one.
    pub again: bool,
    /// What speaks against starting it oneself.
    pub advice: Vec<Advice>,
    /// Why this recipient is told.
    pub reasons: Vec<Reason>,
    /// Whether this recipient is the first named.
    #[serde(default)]
    pub primary: bool,
    /// Who else is told, the first named first.
    pub others: Vec<RecipientName>,
    /// What others were told, where nobody responded: for whoever is turned to, and for those who did not respond.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[serde(rename = "heard")]
    pub prior_notifications: Vec<PriorNotification>,
    /// What people did about it.
    #[serde(default, skip_serializing_if = "WindowActions::is_empty")]
    pub actions: WindowActions,
}

/// One thing that somebody else was told of a window.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PriorNotification {
    /// Who.
    pub recipient: RecipientName,
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub stage: Stage,
}

/// Trouble for the operator to look at, told once, and notes that are told in the same way.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "trouble")]
pub enum OperatorAlert {
    /// A subscription that could be read before cannot be read any more, or a scope in it cannot.
    Unseen {
        /// The subscription, group or resource.
        scope: String,
        /// Why.
        reason: String,
    },
    /// A record was set aside.
    Unreadable {
        /// What was read.
        what: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A message could not be delivered and will not be tried again.
    Undeliverable {
        /// To whom.
        recipient: RecipientName,
        /// Where.
        endpoint: Endpoint,
        /// What the other side answered.
        error: String,
    },
    /// A service that messages leave by does not work as it is set up.
    Service {
        /// Which: the mail service, or someone's Teams flow.
        service: String,
        /// What it answered.
        error: String,
    },
    /// Owners cannot be looked up.
    LookUp {
        /// Where: the directory, or role assignments.
        service: String,
        /// What it answered.
        error: String,
    },
    /// An owner named in a tag was refused.
    RefusedOwner {
        /// On which resource.
        resource: String,
        /// Whom and why.
        owner: RefusedOwner,
    },
    /// The configuration cannot be used; the last valid one stays in force.
    Configuration {
        /// What is wrong, with the way out.
        problem: String,
    },
    /// The end of the audit trail cannot be anchored.
    Unanchored {
        /// Why.
        error: String,
    },
    /// Azure does not let the notifier's own identity start maintenance somewhere.
    NoStarts {
        /// The resource group.
        scope: String,
        /// Azure's words.
        error: String,
    },
    /// Nothing was collected for too long.
    Stale {
        /// When collecting last succeeded.
        since: DateTime<Utc>,
    },
    /// Far more is to be sent than on other days: what can wait is held until an operator releases it.
    Held {
        /// Why.
        hold: Hold,
    },
    /// A silence ends in two days. Its author is told, or the operators when it is the configuration's.
    SilenceEnds {
        /// Of what; `None` for the configuration's.
        of: Option<Scope>,
        /// When it was asked for, if it was.
        said: Option<DateTime<Utc>>,
        /// When it ends.
        until: DateTime<Utc>,
        /// Why there is one.
        reason: String,
        /// Machines that it covers and whose maintenance is open, in order; not all of them where there are many.
        open: Vec<String>,
        /// How many there are.
        count: usize,
    },
    /// A queue message failed as often as it may.
    Poisoned {
        /// Which function.
        function: String,
        /// The message.
        payload: String,
    },
}

/// The key of [`OperatorAlert::Configuration`], of which there is one at a time.
pub const CONFIGURATION_TROUBLE: &str = "configuration";

impl OperatorAlert {
    /// What makes two reports the same trouble: it is told once however its wording varies.
    pub fn key(&self) -> String {
        match self {
            Self::Unseen { scope, .. } => format!("unseen|{}", scope.to_lowercase()),
            Self::Unreadable { what, problem } => format!("unreadable|{what}|{problem}"),
            // One flow posts to all people.
            Self::Undeliverable { endpoint: Endpoint::Chat { .. }, .. } => "undeliverable|chats".to_owned(),
            Self::Undeliverable { recipient, endpoint, .. } => {
                format!("undeliverable|{recipient}|{}", endpoint.key())
            }
            Self::Service { service, .. } => format!("service|{service}"),
            Self::LookUp { service, .. } => format!("look-up|{service}"),
            Self::RefusedOwner { resource, owner } => {
                format!("refused|{}|{owner:?}", resource.to_lowercase())
            }
            Self::Configuration { .. } => CONFIGURATION_TROUBLE.to_owned(),
            Self::Unanchored { .. } => "unanchored|audit trail".to_owned(),
            Self::NoStarts { scope, .. } => format!("no-starts|{}", scope.to_lowercase()),
            Self::Stale { since } => format!("stale|{since}"),
            Self::Held { hold } => format!("held|{}", hold.since),
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
        matches!(self, Self::SilenceEnds { .. })
    }

    /// What kind of trouble it is, in one word: with what its key begins.
    pub fn kind(&self) -> String {
        let key = self.key();
        key.split_once('|').map_or(key.as_str(), |(kind, _)| kind).to_owned()
    }
}

/// The numbers of the first look at a tenant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoLiveReport {
    /// Subscriptions that can be read.
    pub subscriptions: usize,
    /// Machines with an open window.
    pub machines: usize,
    /// Machines for which an owner was found.
    pub owned: usize,
    /// Recipients who are told.
    pub recipients: usize,
    /// Machines for which nobody was found, in order; the worklist.
    pub unowned: Vec<String>,
}

/// The end of a wave: what became of its machines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaveEnd {
    /// How many there were.
    pub machines: usize,
    /// How many were done because somebody started them.
    pub by_people: usize,
    /// How many Azure did.
    pub by_azure: usize,
    /// How many Azure called off.
    pub cancelled: usize,
    /// How many are no longer planned.
    pub gone: usize,
    /// For how many others became responsible.
    pub handed_on: usize,
}

/// The page where the recipient of a message can respond. It is signed once, when the message is bound, so that every
/// attempt sends the same address whatever the keys are by then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionLink {
    /// Its whole address.
    pub url: String,
    /// Whether maintenance can be started there; otherwise it only takes answers.
    pub starts: bool,
}

/// Everything that rendering a message needs. Plain data: rendering it twice gives the same bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageContent {
    /// Which message.
    pub id: MessageId,
    /// What it is for.
    pub kind: MessageKind,
    /// To whom.
    pub recipient: RecipientName,
    /// During a pilot: that it was meant for `recipient` and goes to whoever watches the pilot.
    #[serde(default)]
    pub diverted: bool,
    /// The zone in which dates are written first.
    pub timezone: Tz,
    /// The language.
    pub language: String,
    /// When the content was bound. The mail's Date, the calendar's DTSTAMP, and "now" for every sentence.
    pub frozen_at: DateTime<Utc>,
    /// Whether this is the first message this recipient ever gets.
    pub introduce: bool,
    /// What is told, in order of deadline, changes first.
    pub items: Vec<ContentItem>,
    /// How many further windows are open and unchanged since they were last told.
    pub unchanged: usize,
    /// The nearest deadline among those.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unchanged_deadline: Option<DateTime<Utc>>,
    /// Calendar entries to make, move or remove.
    pub calendar: Vec<CalendarEntry>,
    /// Trouble, for operators only, and notes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[serde(rename = "troubles")]
    pub operator_alerts: Vec<OperatorAlert>,
    /// The numbers of the first look, in a go-live message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub go_live: Option<GoLiveReport>,
    /// Where mail software turns digests off, in a digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unsubscribe: Option<String>,
    /// What became of the recipient's machines, when this ends a wave of several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wave: Option<WaveEnd>,
    /// The summary of the week, for who asked for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<Summary>,
    /// Machines that stand in for each other and that Azure may take together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overlaps: Vec<ClusterOverlap>,
    /// Who owns the machines, in the weekly report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coverage: Option<CoverageReport>,
    /// Where the recipient can respond, when something of it still can be responded to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<ActionLink>,
}
