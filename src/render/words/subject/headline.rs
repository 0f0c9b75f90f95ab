//! The headline of a message, and the line beside it that stands out.

use super::content::{main_group, of_report, only_notes, only_operator_alerts, only_summary, status_summary};
use super::subject_line::{notes, who};
use crate::domain::message::MessageKind;
use crate::domain::message_content::MessageContent;
use crate::domain::stage::Stage;
use crate::render::groups::{MachineGroup, Outlook};
use crate::render::words::numbers::{capital, plural};
use crate::render::words::{coverage, drill, operator_alert, story, summary};

/// The headline: what happens to which machines, or what the message is.
pub(crate) fn headline(content: &MessageContent, groups: &[MachineGroup<'_>]) -> String {
    if let Some(wave) = &content.wave {
        return summary::wave_headline(wave);
    }
    if let Some(summary) = only_summary(content) {
        return summary::headline(summary);
    }
    match content.kind {
        MessageKind::GoLive => "The maintenance notifier is live".to_owned(),
        MessageKind::Coverage => of_report(content, coverage::subject),
        MessageKind::Heartbeat => capital(&status_summary(content)),
        MessageKind::Drill => drill::HEADLINE.to_owned(),
        _ if only_notes(content) => notes(content),
        _ if only_operator_alerts(content) => match content.operator_alerts.as_slice() {
            [one] => operator_alert::title(one),
            several => format!("{} to look at", plural(several.len(), "problem", "problems")),
        },
        _ => match main_group(groups) {
            Some(main) => main_headline(main),
            None if content.unread_since.is_some() => "Not read for long".to_owned(),
            None => "Nothing new".to_owned(),
        },
    }
}

fn main_headline(group: &MachineGroup<'_>) -> String {
    let all = who(group, group.items.len());
    match (group.stage, group.outlook) {
        (Stage::Imminent, _) => format!("{all} {} within minutes", story::will_be(group)),
        (Stage::Started, Outlook::NotKnown) => format!("It is not known what became of the start of {all}"),
        (Stage::Unconfirmed, _) => {
            format!("Reported by an event, not yet confirmed by Azure: {all} {}", story::will_be(group))
        }
        (Stage::AnnouncedElsewhere, _) => format!("Azure announced maintenance of {all}"),
        (Stage::Started, _) => format!("Maintenance of {all} is under way"),
        (Stage::Completed, _) => format!("Maintenance of {all} is done"),
        (Stage::Cancelled, _) => format!("Maintenance of {all} is cancelled"),
        (Stage::NoLongerPlanned, _) => format!("Maintenance of {all} is no longer planned"),
        (Stage::Reassigned, _) => format!("Maintenance of {all} no longer concerns you"),
        (Stage::Skipped, _) | (_, Outlook::Skipped) => format!("Azure skips {all} and will plan new dates"),
        (Stage::Failed, _) if story::is_unknown(group) => {
            format!("It is not known what became of the start of {all}")
        }
        (Stage::Failed, _) => format!("The start of {all} failed"),
        (Stage::CalledOff, _) if story::not_begun(group) => {
            format!("The planned start of {all} was not begun")
        }
        (Stage::CalledOff, _) => format!("The planned start of {all} was called off"),
        (_, Outlook::Passed) => format!("The time for the maintenance of {all} has passed"),
        (_, Outlook::Planned { .. }) => format!("The start of {all} is planned"),
        (_, Outlook::NotKnown) => format!("It is not known what became of the start of {all}"),
        (_, Outlook::UnderWay) => format!("Maintenance of {all} is under way"),
        (_, Outlook::Over) => format!("Maintenance of {all} is over"),
        _ => format!("{all} {}", story::will_be(group)),
    }
}

/// The line that stands out: what to do by when; `None` where the headline says it all.
pub(crate) fn callout(content: &MessageContent, groups: &[MachineGroup<'_>]) -> Option<String> {
    match content.kind {
        MessageKind::GoLive | MessageKind::Coverage => return None,
        MessageKind::Drill => return Some(drill::CALLOUT.to_owned()),
        _ if content.wave.is_some() => return None,
        _ => {}
    }
    let main = main_group(groups)?;
    Some(story::heading(main, content.timezone).line())
}
