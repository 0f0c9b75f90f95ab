//! One scheduled event of Azure, as far as it is known.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::window::Impact;

/// An event whose time passed this long ago is news no more, even when nobody said that it is over.
const STALE: TimeDelta = TimeDelta::minutes(30);

/// One scheduled event, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduledEvent {
    pub id: String,
    pub impact: Impact,
    /// Whether Azure does it, and not someone who restarts a machine by hand.
    pub by_azure: bool,
    /// When it happens at the earliest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<DateTime<Utc>>,
    /// How many seconds Azure expects it to take, where it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u32>,
    /// When the first of what is known of it was said.
    pub at: DateTime<Utc>,
    /// Whether Azure said that it is to come.
    pub scheduled: bool,
    pub over: bool,
}

impl ScheduledEvent {
    /// Whether people should hear of it at `now`: Azure takes the machine down within minutes.
    pub fn is_imminent(&self, now: DateTime<Utc>) -> bool {
        self.scheduled
            && !self.over
            && self.by_azure
            && matches!(self.impact, Impact::Reboot | Impact::Redeploy)
            && now < self.not_before.unwrap_or(self.at) + STALE
    }

    /// Everything that either of two notes of the same event says.
    pub(super) fn merge(&mut self, other: &Self) {
        self.not_before = self.not_before.max(other.not_before);
        self.seconds = self.seconds.max(other.seconds);
        self.at = self.at.min(other.at);
        self.scheduled |= other.scheduled;
        self.over |= other.over;
        self.by_azure &= other.by_azure;
        if self.impact == Impact::Unknown {
            self.impact = other.impact.clone();
        }
    }
}
