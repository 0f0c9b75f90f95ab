//! Messages: what one recipient is sent at one moment.
//!
//! A message is claimed with a list of [`Item`]s, which is the ledger of what was reported. Before its first attempt it
//! is bound to the newest facts as [`MessageContent`](super::message_content::MessageContent): everything that
//! rendering needs, so that every retry sends the same bytes.

use serde::{Deserialize, Serialize};

use super::stage::Stage;
use super::window::{ReportedStart, Revision, Schedule, WindowId};

/// What a message is for. It decides the subject and the layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MessageKind {
    /// News that did not wait for the digest.
    Alert,
    /// What is open and what changed, at the recipient's own time.
    Digest,
    /// The first look at the tenant, reported to the fallback once.
    GoLive,
    /// How many machines have no owner, reported to the fallback once a week.
    Coverage,
    /// Operator alerts, without any windows.
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

/// One entry of the ledger: this recipient was notified of this stage of this window.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Item {
    pub window: WindowId,
    pub stage: Stage,
    pub revision: Revision,
    /// Which step of a stage that comes several times, in minutes before the deadline: 10080 for `7d`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<i64>,
    /// Which of several that a window can have: the scheduled event for what happens within minutes, the start for
    /// what became of one, and when somebody was asked to take it over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// The dates that were given with it, where they are others than those that its revision began with. What differs
    /// from them by an hour or more is news.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dates: Option<Schedule>,
    /// What it said of a start by the owner. What differs from it is news.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<ReportedStart>,
}

impl Item {
    /// Whether it says what `other` says: the same stage of the same window, of the same dates or start.
    pub fn says_the_same(&self, other: &Self) -> bool {
        let key = |item: &Self| (item.stage, item.revision, item.step);
        key(self) == key(other) && self.event == other.event && self.window == other.window
    }

    /// Whether `claimed`, from earlier, reads like it: what was not kept then was said all the same.
    pub fn reads_like(&self, claimed: &Self) -> bool {
        let start = claimed.start.or(self.start);
        self.says_the_same(claimed) && self.dates == claimed.dates && self.start == start
    }

    /// Whether it is about a start, not about what Azure plans.
    pub fn is_of_start(&self) -> bool {
        let is_of_other = matches!(
            self.stage,
            Stage::Imminent | Stage::Notice | Stage::Unconfirmed | Stage::HandedOver | Stage::HandedBack
        );
        self.event.is_some() && !is_of_other
    }
}
