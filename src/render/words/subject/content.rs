//! What a message is about as a whole.

use chrono::{DateTime, Utc};

use crate::domain::coverage::CoverageReport;
use crate::domain::message::MessageKind;
use crate::domain::message_content::MessageContent;
use crate::domain::operator_alert::OperatorAlert;
use crate::domain::stage::Stage;
use crate::domain::summary::Summary;
use crate::render::groups::MachineGroup;
use crate::render::words::numbers::machines;

/// Whether a message is about notes and nothing else: nothing is wrong.
pub(crate) fn only_notes(content: &MessageContent) -> bool {
    only_operator_alerts(content)
        && content.operator_alerts.iter().all(OperatorAlert::is_note)
        && !content.operator_alerts.is_empty()
}

/// Whether it only says how starts from the command line ended.
pub(crate) fn only_ended_starts(content: &MessageContent) -> bool {
    only_operator_alerts(content)
        && !content.operator_alerts.is_empty()
        && content.operator_alerts.iter().all(|alert| matches!(alert, OperatorAlert::StartEnded { .. }))
}

/// Whether a message is about operator alerts and nothing else.
pub(crate) fn only_operator_alerts(content: &MessageContent) -> bool {
    content.items.is_empty() && (content.kind == MessageKind::Operator || !content.operator_alerts.is_empty())
}

/// The summary, in a message that says nothing else about machines.
pub(crate) fn only_summary(content: &MessageContent) -> Option<&Summary> {
    content.summary.as_ref().filter(|_| content.items.is_empty() && content.kind != MessageKind::GoLive)
}

/// What is said of the weekly report that the message carries.
pub(super) fn of_report(content: &MessageContent, words: fn(&CoverageReport) -> String) -> String {
    content.coverage.as_ref().map(words).unwrap_or_else(|| "Every machine has an owner".to_owned())
}

/// What is planned for a channel to which there is nothing new to say.
pub(super) fn status_summary(content: &MessageContent) -> String {
    match content.unchanged {
        0 => "nothing is planned at the moment".to_owned(),
        count if content.unread_since.is_some() => {
            format!("{} with planned maintenance not read for long", machines(count))
        }
        count => format!("nothing new about {} with planned maintenance", machines(count)),
    }
}

/// The group that a subject is about: what comes within minutes, else what asks for something, else the first.
pub(super) fn main_group<'g, 'a>(groups: &'g [MachineGroup<'a>]) -> Option<&'g MachineGroup<'a>> {
    let at_once = groups.iter().find(|group| matches!(group.stage, Stage::Imminent | Stage::Started));
    let asking = groups
        .iter()
        .filter(|group| group.asks())
        .min_by_key(|group| group.deadline.unwrap_or(DateTime::<Utc>::MAX_UTC));
    at_once.or(asking).or(groups.first())
}
