//! The ledger: messages that were claimed for a recipient. What was reported is derived from it, and from nothing else.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::calendar_entry::CalendarEntry;
use super::config_version::ConfigVersion;
use super::endpoint::Endpoint;
use super::ids::MessageId;
use super::message::{Item, MessageKind};
use super::operator_alert::OperatorAlert;
use super::recipient_name::RecipientName;
use super::stage::Stage;

/// Counts a recipient's messages. Claiming a message replaces it, so that two planners cannot both claim.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecipientHead {
    /// The number of the last message that was claimed; 0 before the first.
    pub sequence: u64,
    /// Messages whose outbox rows may not all be written yet.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unemitted: BTreeSet<u64>,
    /// What counts of messages that are not kept any more.
    #[serde(default, skip_serializing_if = "PastNotifications::is_empty")]
    pub past: PastNotifications,
    /// The names under which the recipient was notified before: what was sent to those was sent to them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub former: BTreeSet<RecipientName>,
    /// The name under which the recipient is kept since, when this one is a former name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<RecipientName>,
}

/// Where a claimed message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MessageState {
    /// Claimed, and not yet bound to facts: later changes go into it.
    Claimed,
    /// Bound to facts before its first attempt.
    Frozen,
    /// Everything in it was overtaken before it was sent: it notified nobody and will not be sent.
    Withdrawn,
}

/// One message as claimed for one recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageRecord {
    /// Its identity, derived from recipient and sequence.
    pub id: MessageId,
    pub recipient: RecipientName,
    pub sequence: u64,
    pub kind: MessageKind,
    /// When it was claimed, or last changed before it was sent.
    pub claimed_at: DateTime<Utc>,
    /// The nearest deadline in it: the emitter sends the most urgent first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<DateTime<Utc>>,
    /// What it reports, in order.
    pub items: Vec<Item>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calendar: Vec<CalendarEntry>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[serde(rename = "troubles")]
    pub operator_alerts: Vec<OperatorAlert>,
    /// The slot of the summary that it carries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<DateTime<Utc>>,
    pub endpoints: Vec<Endpoint>,
    /// Whether it went elsewhere during a pilot: the recipient was not notified by it.
    #[serde(default)]
    pub diverted: bool,
    pub state: MessageState,
    /// Endpoints that accepted it or may have: what they were sent must not change.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub in_doubt: BTreeSet<String>,
    /// When an endpoint first may have received it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(rename = "told_at")]
    pub notified_at: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub settled: BTreeSet<String>,
    /// Those of the settled endpoints that surely have not got it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub refused: BTreeSet<String>,
    /// Endpoints of which nobody will know whether they have it, and since when that is so.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unknown: BTreeMap<String, DateTime<Utc>>,
    pub decided_by: ConfigVersion,
}

impl MessageRecord {
    /// A message that is claimed now, says nothing yet and goes nowhere.
    pub fn new(
        id: MessageId,
        recipient: &RecipientName,
        sequence: u64,
        kind: MessageKind,
        now: DateTime<Utc>,
        decided_by: ConfigVersion,
    ) -> Self {
        Self {
            id,
            recipient: recipient.clone(),
            sequence,
            kind,
            claimed_at: now,
            deadline: None,
            items: Vec::new(),
            calendar: Vec::new(),
            operator_alerts: Vec::new(),
            summary: None,
            endpoints: Vec::new(),
            diverted: false,
            state: MessageState::Claimed,
            in_doubt: BTreeSet::new(),
            notified_at: None,
            settled: BTreeSet::new(),
            refused: BTreeSet::new(),
            unknown: BTreeMap::new(),
            decided_by,
        }
    }

    /// Whether no endpoint can have received it: later changes go into it instead of into another message.
    pub fn is_unsent(&self) -> bool {
        self.state != MessageState::Withdrawn && self.in_doubt.is_empty() && self.settled.is_empty()
    }

    /// Whether it surely reached nobody: every endpoint refused it.
    pub fn reached_nobody(&self) -> bool {
        let refused = |endpoint: &Endpoint| self.refused.contains(&endpoint.key());
        self.in_doubt.is_empty() && !self.endpoints.is_empty() && self.endpoints.iter().all(refused)
    }

    /// Whether `endpoint` has it, as far as is known.
    pub fn reached(&self, endpoint: &str) -> bool {
        self.settled.contains(endpoint) && !self.refused.contains(endpoint)
    }

    /// Whether it counts as notified.
    pub fn notifies(&self) -> bool {
        self.state != MessageState::Withdrawn
    }

    /// The moment from which it counts: when it was sent, or claimed as long as it is not.
    pub fn moment(&self) -> DateTime<Utc> {
        self.notified_at.unwrap_or(self.claimed_at)
    }

    /// The endpoints that still wait for it.
    pub fn open_endpoints(&self) -> impl Iterator<Item = &Endpoint> {
        let open = self.state != MessageState::Withdrawn;
        self.endpoints.iter().filter(move |endpoint| open && !self.settled.contains(&endpoint.key()))
    }
}

/// What counts of messages for ever, whatever they were about: it outlives the messages themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastNotifications {
    /// When the last message was claimed. Signs of life say nothing new and do not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_message: Option<DateTime<Utc>>,
    /// When the recipient's own channel was last posted to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_card: Option<DateTime<Utc>>,
    /// Whether the recipient's channel got a sign of life.
    #[serde(default)]
    pub greeted: bool,
    #[serde(default)]
    pub go_live: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_summary: Option<DateTime<Utc>>,
    /// When the owners of all machines were last reported on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coverage: Option<DateTime<Utc>>,
}

impl PastNotifications {
    /// Whether there is nothing to remember.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Takes note of what is remembered elsewhere of the same recipient.
    pub fn join(&mut self, other: &Self) {
        self.last_message = self.last_message.max(other.last_message);
        self.last_card = self.last_card.max(other.last_card);
        self.greeted |= other.greeted;
        self.go_live |= other.go_live;
        self.last_summary = self.last_summary.max(other.last_summary);
        self.coverage = self.coverage.max(other.coverage);
    }

    /// Takes note of a message.
    pub fn remember(&mut self, message: &MessageRecord) {
        let is_heartbeat = message.kind == MessageKind::Heartbeat;
        // Whoever can send events shall not put off what the recipient would be notified of.
        let is_only_reported = !message.items.is_empty()
            && message.operator_alerts.is_empty()
            && message.items.iter().all(|item| item.stage == Stage::Unconfirmed);
        if !is_heartbeat && !is_only_reported {
            self.last_message = self.last_message.max(Some(message.moment()));
        }
        let is_own = |endpoint: &Endpoint| matches!(endpoint, Endpoint::Teams { recipient } if *recipient == message.recipient);
        if message.endpoints.iter().any(is_own) {
            self.last_card = self.last_card.max(Some(message.moment()));
        }
        self.greeted |= is_heartbeat;
        self.go_live |= message.kind == MessageKind::GoLive;
        self.last_summary = self.last_summary.max(message.summary);
        if message.kind == MessageKind::Coverage {
            self.coverage = self.coverage.max(Some(message.moment()));
        }
    }
}
