//! Everything that planning for one recipient takes into account.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::paused_channel::PausedChannel;
use crate::domain::assignment::Assignment;
use crate::domain::config_version::ConfigVersion;
use crate::domain::coverage::CoverageReport;
use crate::domain::endpoint::Endpoint;
use crate::domain::ids::MessageId;
use crate::domain::ledger::{MessageRecord, RecipientHead};
use crate::domain::message::MessageKind;
use crate::domain::operator_alert::OperatorAlert;
use crate::domain::recipient::Recipient;
use crate::domain::recipient_settings::NotificationSettings;
use crate::domain::store_epoch::StoreEpoch;

/// Whether announcements settle and wait for the recipient's hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// As the recipient prefers.
    Considerate,
    /// Everything that is to be reported is reported now: `demo --once` and `preview`.
    Immediate,
}

/// Where the tenant stands with the first look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GoLive {
    /// The first look is still under way: what can wait waits for it, so that each owner gets one message.
    Looking,
    /// The first look was complete at this time.
    Since(DateTime<Utc>),
}

/// Everything that planning for one recipient takes into account.
#[derive(Debug, Clone, Copy)]
pub struct PlanningInput<'a> {
    pub recipient: &'a Recipient,
    /// Whether the recipient gets operator alerts and the report on the first look.
    pub operator: bool,
    /// During a pilot: where the messages go instead.
    pub diverted_to: Option<&'a [Endpoint]>,
    pub assignments: &'a [Arc<Assignment>],
    /// The recipient's messages, in any order.
    pub ledger: &'a [Arc<MessageRecord>],
    /// The recipient's count of messages.
    pub head: &'a RecipientHead,
    /// What the recipient said of how they want to be notified.
    pub notification_settings: &'a NotificationSettings,
    pub paused_channels: &'a [PausedChannel],
    /// Operator alerts known at the moment, with the time at which it was first seen. Looked at for operators only.
    pub operator_alerts: &'a [(DateTime<Utc>, OperatorAlert)],
    /// How much of the tenant has an owner, as of the last survey. Looked at for operators only.
    pub coverage: Option<&'a CoverageReport>,
    pub go_live: GoLive,
    /// Whether maintenance can be started with the notifier's own pages.
    pub starts_here: bool,
    pub version: &'a ConfigVersion,
    /// Which epoch of the store this is; nothing in a rehearsal on one written by earlier versions, which has no name.
    pub epoch: Option<&'a StoreEpoch>,
}

impl<'a> PlanningInput<'a> {
    /// The recipient's windows.
    pub fn assignments(&self) -> impl Iterator<Item = &'a Assignment> + use<'a> {
        self.assignments.iter().map(Arc::as_ref)
    }

    /// The recipient's messages, in any order.
    pub fn messages(&self) -> impl Iterator<Item = &'a MessageRecord> + use<'a> {
        self.ledger.iter().map(Arc::as_ref)
    }

    /// A message that is claimed now and says nothing yet.
    pub fn new_message(&self, kind: MessageKind, sequence: u64, now: DateTime<Utc>) -> MessageRecord {
        let recipient = self.recipient.name.clone();
        MessageRecord {
            diverted: self.diverted_to.is_some(),
            ..MessageRecord::new(
                MessageId::of(&recipient, sequence, self.epoch, now),
                &recipient,
                sequence,
                kind,
                now,
                self.version.clone(),
            )
        }
    }

    /// Where every message goes, without channels that are left alone at `now`.
    pub fn endpoints(&self, now: DateTime<Utc>) -> Vec<Endpoint> {
        let mut endpoints = self.diverted_to.map_or_else(|| self.recipient.endpoints(), <[Endpoint]>::to_vec);
        endpoints.retain(|endpoint| {
            !self.paused_channels.iter().any(|paused| paused.endpoint == *endpoint && now < paused.until)
        });
        endpoints
    }

    /// Whether `message` counts as notified. Once a pilot is over, what was diverted in it did not notify the
    /// recipient. An exercise notifies of nothing, and neither does what nobody got, once there is a way to them.
    pub fn counts(&self, message: &MessageRecord) -> bool {
        message.notifies()
            && message.kind != MessageKind::Drill
            && (!message.diverted || self.diverted_to.is_some())
            && !(message.reached_nobody() && self.has_other_way(message))
    }

    /// Whether the recipient can be reached though every endpoint refused `message`: they have another by now, or one of
    /// these has taken something since.
    fn has_other_way(&self, message: &MessageRecord) -> bool {
        let endpoints = self.diverted_to.map_or_else(|| self.recipient.endpoints(), <[Endpoint]>::to_vec);
        endpoints.iter().map(Endpoint::key).any(|endpoint| {
            let since = |other: &MessageRecord| message.sequence < other.sequence && other.reached(&endpoint);
            !message.refused.contains(&endpoint) || self.messages().any(since)
        })
    }
}
