//! Everything that rendering one message needs, bound before its first attempt.

use crate::domain::time_zone::Tz;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::calendar_entry::CalendarEntry;
use super::ids::MessageId;
use super::operator_alert::OperatorAlert;
use super::reason::Reason;
use super::recipient_name::RecipientName;
use crate::domain::action::response::WindowActions;
use crate::domain::assignment::WithdrawnTo;
use crate::domain::coverage::CoverageReport;
use crate::domain::forecast::ClusterOverlap;
use crate::domain::message::MessageKind;
use crate::domain::stage::Stage;
use crate::domain::start_cautions::StartCaution;
use crate::domain::summary::Summary;
use crate::domain::window::{EndReason, MaintenanceWindow, Schedule};

/// One window in a message, with everything that is said of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContentItem {
    /// The stages reported now, most important first; never empty.
    pub stages: Vec<Stage>,
    /// The window with the newest facts at the time of freezing.
    pub window: MaintenanceWindow,
    /// For a reschedule: the dates that this recipient was notified of before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Schedule>,
    /// For an ended window: why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<EndReason>,
    /// For a reassignment: to whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<WithdrawnTo>,
    pub again: bool,
    /// Whether it ended because Azure planned anew: the resource has another window since then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replaced: bool,
    #[serde(rename = "advice")]
    pub cautions: Vec<StartCaution>,
    pub reasons: Vec<Reason>,
    /// Whether this recipient is the first named.
    #[serde(default)]
    pub primary: bool,
    /// Who else is notified, the first named first.
    pub others: Vec<RecipientName>,
    /// What others were notified of, where nobody responded: for whoever is escalated to, and for those who did not
    /// respond.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[serde(rename = "heard")]
    pub prior_notifications: Vec<PriorNotification>,
    #[serde(default, skip_serializing_if = "WindowActions::is_empty")]
    pub actions: WindowActions,
    /// Why it does not start by itself, although hours were named for it: a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_by_itself: Option<String>,
    /// When its machine was last read, where that is longer ago than two looks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_read: Option<DateTime<Utc>>,
}

impl ContentItem {
    /// Whether all that is said of it is what an event reports and Azure has not confirmed.
    pub fn is_only_reported(&self) -> bool {
        self.stages.iter().all(|stage| *stage == Stage::Unconfirmed)
    }
}

/// One stage of a window that somebody else was notified of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PriorNotification {
    pub recipient: RecipientName,
    pub at: DateTime<Utc>,
    pub stage: Stage,
}

/// The numbers of a tenant, which operators get when it goes live.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoLiveReport {
    pub subscriptions: usize,
    pub machines: usize,
    pub owned: usize,
    pub recipients: usize,
    /// Machines for which nobody was found, in order; the worklist.
    pub unowned: Vec<String>,
}

impl GoLiveReport {
    /// How many machines nobody was found for. The worklist may be shorter.
    pub fn without_owner(&self) -> usize {
        self.machines.saturating_sub(self.owned).max(self.unowned.len())
    }
}

/// The end of a wave: what became of its machines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaveEnd {
    pub machines: usize,
    /// How many were done because somebody started them.
    pub by_people: usize,
    pub by_azure: usize,
    pub cancelled: usize,
    pub gone: usize,
    /// For how many others became responsible.
    pub handed_on: usize,
}

/// The page where the recipient of a message can respond. It is signed once, when the message is bound, so that every
/// attempt sends the same address whatever the keys are by then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionLink {
    pub url: String,
    /// Whether maintenance can be started there; otherwise it only takes answers.
    pub starts: bool,
}

impl MessageContent {
    /// Whether it says anything, or counts what is open as a digest does.
    pub fn says_something(&self) -> bool {
        !self.items.is_empty() || !self.operator_alerts.is_empty() || self.kind != MessageKind::Alert
    }
}

/// Everything that rendering a message needs. Plain data: rendering it twice gives the same bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageContent {
    pub id: MessageId,
    pub kind: MessageKind,
    pub recipient: RecipientName,
    /// During a pilot: that it was meant for `recipient` and goes to whoever watches the pilot.
    #[serde(default)]
    pub diverted: bool,
    /// The zone in which dates are written first.
    pub timezone: Tz,
    pub language: String,
    /// When the content was bound. The mail's Date, the calendar's DTSTAMP, and "now" for every sentence.
    pub frozen_at: DateTime<Utc>,
    /// Whether this is the first message this recipient ever gets.
    pub introduce: bool,
    /// What is reported, in order of deadline, changes first.
    pub items: Vec<ContentItem>,
    /// How many further windows are open and unchanged since they were last reported.
    pub unchanged: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unchanged_deadline: Option<DateTime<Utc>>,
    pub calendar: Vec<CalendarEntry>,
    /// Operator alerts, for operators only, and notes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[serde(rename = "troubles")]
    pub operator_alerts: Vec<OperatorAlert>,
    /// The numbers of the first look, in a go-live message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub go_live: Option<GoLiveReport>,
    /// Where mail software turns digests off, in a digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unsubscribe: Option<String>,
    /// The recipient's calendar feed, where a message tells of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feed: Option<String>,
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
    /// When a message was sent of which nobody knows whether it arrived, and no later one said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missed: Option<DateTime<Utc>>,
    /// Since when some of the further windows could not be read, where that is longer than two looks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unread_since: Option<DateTime<Utc>>,
    /// Where the recipient can respond, when something of it still can be responded to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<ActionLink>,
}
