//! How the maintenance of one machine stands, in a few words.

use chrono::{DateTime, Utc};

use crate::domain::message_content::ContentItem;
use crate::domain::sanitize::one_line;
use crate::domain::stage::Stage;
use crate::domain::window::LastResult;

/// The status in the portal's words, with what Azure answered to the last start.
pub(crate) fn status(item: &ContentItem, now: DateTime<Utc>) -> String {
    let word = item.window.word(now);
    match &item.window.facts.last_result {
        LastResult::Other(code) => format!("{word} (Azure: {})", one_line(code, 60)),
        _ => word.to_owned(),
    }
}

/// What Azure said of the last start, where that is worth reading.
pub(crate) fn last_message(item: &ContentItem) -> Option<String> {
    let worth = item.stages.iter().any(|stage| matches!(stage, Stage::Failed | Stage::Skipped));
    let message = item
        .window
        .facts
        .last_message
        .as_deref()
        // The outcome of a start that we followed says it already.
        .filter(|_| worth && item.actions.last_settled().is_none())
        .map(|message| one_line(message, 300))
        .filter(|message| !message.is_empty())?;
    Some(format!("Azure says of the last start: “{message}”"))
}

/// The news in one or two words, as a label.
pub(super) fn label(stage: Stage) -> &'static str {
    match stage {
        Stage::Announced => "New",
        Stage::Rescheduled => "New dates",
        Stage::SelfServiceOpen => "Open now",
        Stage::Reminder => "Reminder",
        Stage::Escalated => "No response",
        Stage::SelfServiceClosed => "Self-service over",
        Stage::ScheduledSoon => "Coming soon",
        Stage::ScheduledOpen => "Azure’s turn",
        Stage::Passed => "Date passed",
        Stage::AnnouncedElsewhere => "Not on the machine",
        Stage::Imminent => "Within minutes",
        Stage::Notice => "Azure’s date",
        Stage::Unconfirmed => "Not confirmed",
        Stage::Planned => "Planned start",
        Stage::CalledOff => "Start called off",
        Stage::Started => "Under way",
        Stage::Completed => "Done",
        Stage::Skipped => "Skipped",
        Stage::Failed => "Start failed",
        Stage::Cancelled => "Cancelled",
        Stage::NoLongerPlanned => "No longer planned",
        Stage::Reassigned => "No longer yours",
        Stage::HandedOver => "Handed over",
        Stage::HandedBack => "Still yours",
    }
}
