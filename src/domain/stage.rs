//! Stages: the moments of a maintenance window that someone should hear of.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A moment someone should hear of. The order is that of a window's life.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
pub enum Stage {
    /// Maintenance was planned.
    #[serde(rename = "announced")]
    Announced,
    /// Its dates moved materially.
    #[serde(rename = "rescheduled")]
    Rescheduled,
    /// The owner can start it from now on.
    #[serde(rename = "self-service open")]
    SelfServiceOpen,
    /// Self-service ends soon.
    #[serde(rename = "reminder")]
    Reminder,
    /// Self-service ends soon, and nobody who is responsible has responded.
    #[serde(rename = "escalated")]
    Escalated,
    /// Self-service has ended; Azure will do it.
    #[serde(rename = "self-service closed")]
    SelfServiceClosed,
    /// Azure's own window opens soon.
    #[serde(rename = "scheduled soon")]
    ScheduledSoon,
    /// Azure's own window has opened.
    #[serde(rename = "scheduled open")]
    ScheduledOpen,
    /// Its last date passed, and nothing is known of what became of it.
    #[serde(rename = "passed")]
    Passed,
    /// Azure announced it for the machine, and the machine itself shows nothing of it.
    #[serde(rename = "announced elsewhere")]
    AnnouncedElsewhere,
    /// It happens within minutes: Azure confirmed it.
    #[serde(rename = "imminent")]
    Imminent,
    /// Azure confirmed that it happens at a time some hours or days ahead.
    #[serde(rename = "notice")]
    Notice,
    /// An event reports that it happens, and Azure has not confirmed it.
    #[serde(rename = "unconfirmed")]
    Unconfirmed,
    /// Somebody planned to start it at a time.
    #[serde(rename = "planned")]
    Planned,
    /// A planned start was called off.
    #[serde(rename = "called off")]
    CalledOff,
    /// It is under way.
    #[serde(rename = "started")]
    Started,
    /// It is done.
    #[serde(rename = "completed")]
    Completed,
    /// A start failed; Azure will plan anew.
    #[serde(rename = "skipped")]
    Skipped,
    /// A start did not succeed; it may be tried again.
    #[serde(rename = "failed")]
    Failed,
    /// Azure called it off.
    #[serde(rename = "cancelled")]
    Cancelled,
    /// Azure no longer lists it: the machine was deleted or moved, or nothing says why.
    #[serde(rename = "no longer planned")]
    NoLongerPlanned,
    /// Someone else is responsible from now on.
    #[serde(rename = "reassigned")]
    Reassigned,
    /// Somebody was asked to take the window over.
    #[serde(rename = "handed over")]
    HandedOver,
    /// Somebody did not take the window over: it stays with whoever asked them.
    #[serde(rename = "handed back")]
    HandedBack,
}

impl Stage {
    /// Every stage, in order.
    pub const ALL: [Self; 24] = [
        Self::Announced,
        Self::Rescheduled,
        Self::SelfServiceOpen,
        Self::Reminder,
        Self::Escalated,
        Self::SelfServiceClosed,
        Self::ScheduledSoon,
        Self::ScheduledOpen,
        Self::Passed,
        Self::AnnouncedElsewhere,
        Self::Imminent,
        Self::Notice,
        Self::Unconfirmed,
        Self::Planned,
        Self::CalledOff,
        Self::Started,
        Self::Completed,
        Self::Skipped,
        Self::Failed,
        Self::Cancelled,
        Self::NoLongerPlanned,
        Self::Reassigned,
        Self::HandedOver,
        Self::HandedBack,
    ];

    /// The stage's name, as written in configuration files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Announced => "announced",
            Self::Rescheduled => "rescheduled",
            Self::SelfServiceOpen => "self-service open",
            Self::Reminder => "reminder",
            Self::Escalated => "escalated",
            Self::SelfServiceClosed => "self-service closed",
            Self::ScheduledSoon => "scheduled soon",
            Self::ScheduledOpen => "scheduled open",
            Self::Passed => "passed",
            Self::AnnouncedElsewhere => "announced elsewhere",
            Self::Imminent => "imminent",
            Self::Notice => "notice",
            Self::Unconfirmed => "unconfirmed",
            Self::Planned => "planned",
            Self::CalledOff => "called off",
            Self::Started => "started",
            Self::Completed => "completed",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::NoLongerPlanned => "no longer planned",
            Self::Reassigned => "reassigned",
            Self::HandedOver => "handed over",
            Self::HandedBack => "handed back",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that names no stage.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no stage; the stages are {names}", names = Stage::ALL.map(Stage::as_str).join(", "))]
pub struct UnknownStage(String);

impl FromStr for Stage {
    type Err = UnknownStage;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|stage| stage.as_str() == text)
            .ok_or_else(|| UnknownStage(text.to_owned()))
    }
}

/// The stages that say that a window has ended.
pub const END: [Stage; 3] = [Stage::Completed, Stage::Cancelled, Stage::NoLongerPlanned];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back_and_equal_the_stored_form() {
        for stage in Stage::ALL {
            assert_eq!(stage.as_str().parse::<Stage>().unwrap(), stage);
            assert_eq!(serde_json::to_value(stage).unwrap(), stage.as_str());
        }
    }
}
