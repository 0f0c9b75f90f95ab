//! Entries in the calendars of recipients.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::window::WindowId;

/// What happens to a calendar entry with this message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CalendarMethod {
    /// It is made or moved.
    Request,
    Cancel,
}

/// The entry in the recipient's calendar: the machines that have the nearest date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarEntry {
    /// Stays the same for the life of the entry.
    pub uid: String,
    /// Counts up with every change that is sent.
    pub sequence: u32,
    pub method: CalendarMethod,
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
    /// Whether `end` is the end of self-service; otherwise `start` is the start of Azure's own window.
    pub self_service: bool,
    /// Whether it stands for a start that somebody planned.
    #[serde(default)]
    pub planned: bool,
    /// The windows it stands for, in order.
    pub windows: Vec<WindowId>,
    /// Those of them whose planned start loses data, or may.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub loses: Vec<WindowId>,
}

/// An entry of a recipient's feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedEntry {
    pub entry: CalendarEntry,
    /// When something of it changed last.
    pub changed: DateTime<Utc>,
}
