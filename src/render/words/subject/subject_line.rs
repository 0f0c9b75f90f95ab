//! The subject of a message, on one line.

use crate::domain::time_zone::Tz;
use chrono::{DateTime, TimeDelta, Utc};

use super::content::{main_group, of_report, only_notes, only_operator_alerts, only_summary, status_summary};
use crate::domain::message::MessageKind;
use crate::domain::message_content::MessageContent;
use crate::domain::sanitize::one_line;
use crate::domain::stage::Stage;
use crate::render::groups::{MachineGroup, Outlook};
use crate::render::times;
use crate::render::words::machine::name;
use crate::render::words::numbers::{capital, machines, plural};
use crate::render::words::{coverage, drill, operator_alert, story, summary};

/// The longest subject that is sent. Most lists of mails show far less; header lines fold before it hurts.
const LONGEST: usize = 120;

/// The subject.
pub(crate) fn subject(content: &MessageContent, groups: &[MachineGroup<'_>]) -> String {
    let subject = whole_subject(content, groups);
    let subject = match content.diverted {
        true => format!("[for {}] {subject}", content.recipient),
        false => subject,
    };
    one_line(&subject, LONGEST)
}

fn whole_subject(content: &MessageContent, groups: &[MachineGroup<'_>]) -> String {
    if let Some(wave) = &content.wave {
        return summary::wave_subject(wave);
    }
    if let Some(summary) = only_summary(content) {
        return summary::subject(summary);
    }
    match content.kind {
        MessageKind::GoLive => go_live_subject(content),
        MessageKind::Coverage => of_report(content, coverage::subject),
        MessageKind::Heartbeat => format!("Azure maintenance: {}", status_summary(content)),
        MessageKind::Drill => drill::SUBJECT.to_owned(),
        _ if only_notes(content) => notes(content),
        _ if only_operator_alerts(content) => match content.operator_alerts.as_slice() {
            [] => "Notifier: nothing to look at".to_owned(),
            [one] => format!("Notifier: {}", operator_alert::title(one)),
            several => format!("Notifier: {} problems to look at", several.len()),
        },
        MessageKind::Alert | MessageKind::Operator | MessageKind::Summary => match main_group(groups) {
            Some(main) => with_rest(dated_subject(main, content), main, content),
            None => "Azure maintenance: nothing new".to_owned(),
        },
        MessageKind::Digest => match main_group(groups) {
            Some(main) => format!("Digest: {}", with_rest(dated_subject(main, content), main, content)),
            None => match content.unread_since {
                Some(since) => {
                    format!("Digest: not read since {}", times::day_and_time(content.timezone, since))
                }
                None => format!("Digest: nothing new{}", next_deadline(content)),
            },
        },
    }
}

pub(super) fn notes(content: &MessageContent) -> String {
    match content.operator_alerts.as_slice() {
        [one] => operator_alert::title(one),
        several => format!("{} silences end soon", several.len()),
    }
}

fn go_live_subject(content: &MessageContent) -> String {
    match &content.go_live {
        Some(report) if report.machines == 0 => {
            "Azure maintenance notifier is live: nothing is planned at the moment".to_owned()
        }
        Some(report) => format!(
            "Azure maintenance notifier is live: {} with planned maintenance, {} without an owner",
            machines(report.machines),
            report.unowned.len()
        ),
        None => "Azure maintenance notifier is live".to_owned(),
    }
}

fn next_deadline(content: &MessageContent) -> String {
    match content.unchanged_deadline {
        Some(deadline) => {
            format!(", next deadline {}", times::dated(content.timezone, deadline, content.frozen_at))
        }
        None => String::new(),
    }
}

fn with_rest(subject: String, main: &MachineGroup<'_>, content: &MessageContent) -> String {
    let rest = content.items.len() - main.items.len();
    if rest == 0 {
        subject
    } else {
        format!("{subject} (and {})", plural(rest, "more update", "more updates"))
    }
}

/// The subject, with the time at which it was so where that is long ago.
fn dated_subject(group: &MachineGroup<'_>, content: &MessageContent) -> String {
    let subject = main_subject(group, content);
    match group.last_read() {
        Some(read) => format!("As of {}: {subject}", times::day_and_time(content.timezone, read)),
        None => subject,
    }
}

fn main_subject(group: &MachineGroup<'_>, content: &MessageContent) -> String {
    let zone = content.timezone;
    let all = who(group, group.items.len());
    let will = story::will_be(group);
    let change = match group.stage {
        Stage::Imminent => {
            return match group.event.and_then(|event| event.not_before) {
                Some(at) => format!("Within minutes, not before {}: {all} {will}", times::clock(zone, at)),
                None => format!("Within minutes: {all} {will}"),
            };
        }
        Stage::Started if group.outlook == Outlook::NotKnown => {
            return format!("Not known: what became of the start of {all}");
        }
        Stage::Notice => {
            return match group.event.and_then(|event| event.not_before) {
                Some(at) => format!("Not before {}: {all} {will}", times::day_and_time(zone, at)),
                None => format!("Announced by Azure: {all} {will}"),
            };
        }
        Stage::Unconfirmed => {
            return format!("Reported by an event, not yet confirmed by Azure: {all} {will}");
        }
        Stage::Passed => return format!("Date passed, nothing known: maintenance of {all}"),
        Stage::AnnouncedElsewhere => {
            return format!("No action needed yet: Azure announced maintenance of {all}");
        }
        Stage::Started => return format!("Under way: maintenance of {all}"),
        Stage::Completed => return format!("Done: maintenance of {all}"),
        Stage::Cancelled => return format!("No action needed: maintenance of {all} is cancelled"),
        Stage::NoLongerPlanned => {
            return format!("No action needed: maintenance of {all} is no longer planned");
        }
        Stage::Reassigned => {
            return format!("No action needed: maintenance of {all} no longer concerns you");
        }
        Stage::CalledOff if story::not_begun(group) => "Start not begun, ",
        Stage::CalledOff => "Start called off, ",
        Stage::HandedOver => "Handed over, ",
        Stage::HandedBack => "Still yours, ",
        Stage::Escalated => "No response, ",
        Stage::Skipped => return format!("Start failed: Azure skips {all} and will plan new dates"),
        Stage::Failed if story::is_unknown(group) => "Not known how the start ended, ",
        Stage::Failed => "Start failed, ",
        _ if group.outlook == Outlook::Disabled => "Subscription disabled, ",
        Stage::SelfServiceClosed if group.outlook == Outlook::Refused => "No start accepted now, ",
        Stage::Rescheduled => "New dates, ",
        Stage::Reminder if content.kind == MessageKind::Alert => "Reminder, ",
        _ => "",
    };
    let asked = group.to_act_on().count();
    let some = if asked < group.items.len() { format!(", {asked} when you choose") } else { String::new() };
    let text = match group.outlook {
        Outlook::StartNow { until: Some(until) } | Outlook::StartLater { until: Some(until), .. }
            if asked > 0 =>
        {
            let act_by = act_by(zone, until, content.frozen_at);
            format!("{change}act by {act_by}: {all} {will}{some}")
        }
        Outlook::StartNow { until: None } | Outlook::StartLater { until: None, .. } if asked > 0 => {
            format!("{change}start it when it suits you: {all} {will}{some}")
        }
        Outlook::Over => return format!("No action needed: maintenance of {all} is over"),
        Outlook::Planned { begins } => {
            format!("{change}starts {}: maintenance of {all}", times::day_and_time(zone, begins))
        }
        Outlook::Passed => return format!("Date passed, nothing known: maintenance of {all}"),
        Outlook::NotKnown => format!("{change}not known what became of the start of {all}"),
        Outlook::UnderWay => format!("{change}under way: maintenance of {all}"),
        _ => format!("{change}no action needed: {all} {will}{}", when(group, content)),
    };
    capital(&text)
}

/// A day, with the time once it comes near enough that the hour matters.
fn act_by(zone: Tz, until: DateTime<Utc>, now: DateTime<Utc>) -> String {
    if until - now < TimeDelta::hours(48) {
        times::day_and_time(zone, until)
    } else {
        times::dated(zone, until, now)
    }
}

fn when(group: &MachineGroup<'_>, content: &MessageContent) -> String {
    match group.schedule.scheduled {
        Some(interval) if content.frozen_at < interval.start() && interval.said_start().is_some() => {
            format!(" from {} on", times::dated(content.timezone, interval.start(), content.frozen_at))
        }
        Some(interval) if interval.said_end().is_some() => {
            format!(" by {}", times::dated(content.timezone, interval.end(), content.frozen_at))
        }
        Some(_) | None => String::new(),
    }
}

pub(super) fn who(group: &MachineGroup<'_>, count: usize) -> String {
    match (count, group.to_act_on().next().or(group.items.first().copied())) {
        (1, Some(item)) => one_line(&name(item.window.place()), 60),
        (several, _) => many(group, several),
    }
}

/// Several machines: those of the reader, but for someone who is escalated to in place of others.
pub(super) fn many(group: &MachineGroup<'_>, count: usize) -> String {
    match group.stage {
        Stage::Escalated => machines(count),
        _ => format!("{count} of your machines"),
    }
}
