//! The ledger: messages that were claimed for a recipient. What was told is derived from it, and from nothing else.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::assignment::ConfigVersion;
use super::message::{CalendarEntry, Item, MessageId, MessageKind, OperatorAlert};
use super::planning::history::PastNotifications;
use super::recipient::{Endpoint, RecipientName};

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
}

/// Where a claimed message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MessageState {
    /// Claimed, and not yet bound to facts: later changes go into it.
    Claimed,
    /// Bound to facts before its first attempt.
    Frozen,
    /// Everything in it was overtaken before it was sent: it told nobody anything and will not be sent.
    Withdrawn,
}

/// One message as claimed for one recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageRecord {
    /// Its identity, derived from recipient and sequence.
    pub id: MessageId,
    /// To whom.
    pub recipient: RecipientName,
    /// Its number among the recipient's messages.
    pub sequence: u64,
    /// What it is for.
    pub kind: MessageKind,
    /// When it was claimed, or last changed before it was sent.
    pub claimed_at: DateTime<Utc>,
    /// The nearest deadline in it: the emitter sends the most urgent first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<DateTime<Utc>>,
    /// What it tells, in order.
    pub items: Vec<Item>,
    /// What happens to the recipient's calendar entries.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calendar: Vec<CalendarEntry>,
    /// The trouble it reports.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[serde(rename = "troubles")]
    pub operator_alerts: Vec<OperatorAlert>,
    /// The slot of the summary that it carries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<DateTime<Utc>>,
    /// Where it is sent.
    pub endpoints: Vec<Endpoint>,
    /// Whether it went elsewhere during a pilot: the recipient was not told anything by it.
    #[serde(default)]
    pub diverted: bool,
    /// Where it stands.
    pub state: MessageState,
    /// Endpoints that accepted it or may have: what they were sent must not change.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub in_doubt: BTreeSet<String>,
    /// When an endpoint first may have received it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told_at: Option<DateTime<Utc>>,
    /// Endpoints that accepted it or refused it for good.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub settled: BTreeSet<String>,
    /// Which configuration decided.
    pub decided_by: ConfigVersion,
}

impl MessageRecord {
    /// Whether no endpoint can have received it: later changes go into it instead of into another message.
    pub fn is_unsent(&self) -> bool {
        self.state != MessageState::Withdrawn && self.in_doubt.is_empty() && self.settled.is_empty()
    }

    /// Whether it counts as told.
    pub fn tells(&self) -> bool {
        self.state != MessageState::Withdrawn
    }

    /// The moment from which it counts: when it was sent, or claimed as long as it is not.
    pub fn moment(&self) -> DateTime<Utc> {
        self.told_at.unwrap_or(self.claimed_at)
    }

    /// The endpoints that still wait for it.
    pub fn open_endpoints(&self) -> impl Iterator<Item = &Endpoint> {
        let open = self.state != MessageState::Withdrawn;
        self.endpoints.iter().filter(move |endpoint| open && !self.settled.contains(&endpoint.key()))
    }
}
