//! The lines that stand alone: a message's subject, its headline and its first sentence.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::super::groups::{MachineGroup, Outlook};
use super::super::sanitize::one_line;
use super::super::times;
use super::machine::name;
use super::numbers::{capital, choose, machines, plural};
use super::{coverage, drill, operator_alert, story, summary};
use crate::domain::coverage::CoverageReport;
use crate::domain::message::MessageKind;
use crate::domain::message_content::MessageContent;
use crate::domain::operator_alert::OperatorAlert;
use crate::domain::stage::Stage;
use crate::domain::summary::Summary;

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
            Some(main) => with_rest(main_subject(main, content), main, content),
            None => "Azure maintenance: nothing new".to_owned(),
        },
        MessageKind::Digest => match main_group(groups) {
            Some(main) => format!("Digest: {}", with_rest(main_subject(main, content), main, content)),
            None => format!("Digest: nothing new{}", next_deadline(content)),
        },
    }
}

/// Whether a message is about notes and nothing else: nothing is wrong.
pub(crate) fn only_notes(content: &MessageContent) -> bool {
    only_operator_alerts(content)
        && content.operator_alerts.iter().all(OperatorAlert::is_note)
        && !content.operator_alerts.is_empty()
}

fn notes(content: &MessageContent) -> String {
    match content.operator_alerts.as_slice() {
        [one] => operator_alert::title(one),
        several => format!("{} silences end soon", several.len()),
    }
}

/// Whether a message is about trouble and nothing else.
pub(crate) fn only_operator_alerts(content: &MessageContent) -> bool {
    content.items.is_empty() && (content.kind == MessageKind::Operator || !content.operator_alerts.is_empty())
}

/// The summary, in a message that has nothing else to tell of machines.
pub(crate) fn only_summary(content: &MessageContent) -> Option<&Summary> {
    content.summary.as_ref().filter(|_| content.items.is_empty() && content.kind != MessageKind::GoLive)
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

/// What is said of the weekly report that the message carries.
fn of_report(content: &MessageContent, words: fn(&CoverageReport) -> String) -> String {
    content.coverage.as_ref().map(words).unwrap_or_else(|| "Every machine has an owner".to_owned())
}

/// What is planned for a channel to which there is nothing new to say.
fn status_summary(content: &MessageContent) -> String {
    match content.unchanged {
        0 => "nothing is planned at the moment".to_owned(),
        count => format!("nothing new about {} with planned maintenance", machines(count)),
    }
}

fn heartbeat_lead(content: &MessageContent) -> String {
    let planned = match (content.unchanged, content.unchanged_deadline) {
        (0, _) => "Nothing is planned for them at the moment.".to_owned(),
        (count, None) => format!("It was told of {} with planned maintenance.", machines(count)),
        (count, Some(deadline)) => format!(
            "It was told of {} with planned maintenance; the nearest deadline is {}.",
            machines(count),
            times::both(content.timezone, deadline)
        ),
    };
    format!(
        "This channel hears of Azure maintenance that is planned for its machines. {planned} In quiet times a card \
         like this comes once a month, and shows that the way here still works. You need not do anything."
    )
}

fn next_deadline(content: &MessageContent) -> String {
    match content.unchanged_deadline {
        Some(deadline) => format!(", next deadline {}", times::day(content.timezone, deadline)),
        None => String::new(),
    }
}

/// The group that a subject is about: what comes within minutes, else what asks for something, else the first.
fn main_group<'g, 'a>(groups: &'g [MachineGroup<'a>]) -> Option<&'g MachineGroup<'a>> {
    let at_once = groups.iter().find(|group| matches!(group.stage, Stage::Imminent | Stage::Started));
    let asking = groups
        .iter()
        .filter(|group| group.asks())
        .min_by_key(|group| group.deadline.unwrap_or(DateTime::<Utc>::MAX_UTC));
    at_once.or(asking).or(groups.first())
}

fn with_rest(subject: String, main: &MachineGroup<'_>, content: &MessageContent) -> String {
    let rest = content.items.len() - main.items.len();
    if rest == 0 {
        subject
    } else {
        format!("{subject} (and {})", plural(rest, "more update", "more updates"))
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
        Stage::Started => return format!("Under way: maintenance of {all}"),
        Stage::Completed => return format!("Done: maintenance of {all}"),
        Stage::Cancelled => return format!("No action needed: maintenance of {all} is cancelled"),
        Stage::NoLongerPlanned => {
            return format!("No action needed: maintenance of {all} is no longer planned");
        }
        Stage::Reassigned => {
            return format!("No action needed: maintenance of {all} no longer concerns you");
        }
        Stage::CalledOff => "Start called off, ",
        Stage::HandedBack => "Still yours, ",
        Stage::Escalated => "No response, ",
        Stage::Skipped => return format!("Start failed: Azure skips {all} and will plan new dates"),
        Stage::Failed => "Start failed, ",
        Stage::Rescheduled => "New dates, ",
        Stage::Reminder if content.kind == MessageKind::Alert => "Reminder, ",
        _ => "",
    };
    let asked = group.to_act_on().count();
    let some = if asked < group.items.len() { format!(", {asked} when you choose") } else { String::new() };
    let text = match group.outlook {
        Outlook::StartNow { until: Some(until) } | Outlook::StartLater { until, .. } if asked > 0 => {
            let act_by = act_by(zone, until, content.frozen_at);
            format!("{change}act by {act_by}: {all} {will}{some}")
        }
        Outlook::StartNow { until: None } if asked > 0 => {
            format!("{change}start it when it suits you: {all} {will}{some}")
        }
        Outlook::Over => return format!("No action needed: maintenance of {all} is over"),
        Outlook::Planned { begins } => {
            format!("{change}starts {}: maintenance of {all}", times::day_and_time(zone, begins))
        }
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
        times::day(zone, until)
    }
}

fn when(group: &MachineGroup<'_>, content: &MessageContent) -> String {
    match group.schedule.scheduled {
        Some(interval) if content.frozen_at < interval.start() => {
            format!(" from {} on", times::day(content.timezone, interval.start()))
        }
        Some(interval) => format!(" by {}", times::day(content.timezone, interval.end())),
        None => String::new(),
    }
}

fn who(group: &MachineGroup<'_>, count: usize) -> String {
    match (count, group.to_act_on().next().or(group.items.first().copied())) {
        (1, Some(item)) => one_line(&name(&item.window.id.resource), 60),
        (several, _) => many(group, several),
    }
}

/// Several machines: those of the reader, but for someone who is turned to in place of others.
fn many(group: &MachineGroup<'_>, count: usize) -> String {
    match group.stage {
        Stage::Escalated => machines(count),
        _ => format!("{count} of your machines"),
    }
}

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
            None => "Nothing new".to_owned(),
        },
    }
}

fn main_headline(group: &MachineGroup<'_>) -> String {
    let all = who(group, group.items.len());
    match (group.stage, group.outlook) {
        (Stage::Imminent, _) => format!("{all} {} within minutes", story::will_be(group)),
        (Stage::Started, _) => format!("Maintenance of {all} is under way"),
        (Stage::Completed, _) => format!("Maintenance of {all} is done"),
        (Stage::Cancelled, _) => format!("Maintenance of {all} is cancelled"),
        (Stage::NoLongerPlanned, _) => format!("Maintenance of {all} is no longer planned"),
        (Stage::Reassigned, _) => format!("Maintenance of {all} no longer concerns you"),
        (Stage::Skipped, _) | (_, Outlook::Skipped) => format!("Azure skips {all} and will plan new dates"),
        (Stage::Failed, _) => format!("The start of {all} failed"),
        (Stage::CalledOff, _) => format!("The planned start of {all} was called off"),
        (_, Outlook::Planned { .. }) => format!("The start of {all} is planned"),
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
    let heading = story::heading(main, content.timezone);
    Some(match (main.asks(), main.outlook) {
        (true, Outlook::StartNow { until: Some(until) } | Outlook::StartLater { until, .. }) => {
            match times::beside(content.timezone, until) {
                Some(utc) => format!("{heading} ({utc})"),
                None => heading,
            }
        }
        _ => match main.event.and_then(|event| times::beside(content.timezone, event.not_before?)) {
            Some(utc) => format!("{heading} ({utc})"),
            None => heading,
        },
    })
}

/// The first sentences: what, when, and what happens if nobody does anything.
pub(crate) fn lead(content: &MessageContent, groups: &[MachineGroup<'_>]) -> String {
    if let Some(wave) = &content.wave {
        return summary::wave_lead(wave);
    }
    if let Some(summary) = only_summary(content) {
        return summary::lead(summary);
    }
    match content.kind {
        MessageKind::GoLive => go_live_lead(content),
        MessageKind::Coverage => of_report(content, coverage::lead),
        MessageKind::Heartbeat => heartbeat_lead(content),
        MessageKind::Drill => drill::lead(content),
        _ if only_notes(content) => {
            "After that messages about these machines come again. You are told once, and need not do anything."
                .to_owned()
        }
        _ if only_operator_alerts(content) => {
            "The notifier ran into trouble that it cannot solve by itself. You are told once.".to_owned()
        }
        _ => match main_group(groups) {
            Some(main) => main_lead(main, content),
            None => "Nothing changed since you were last told.".to_owned(),
        },
    }
}

fn go_live_lead(content: &MessageContent) -> String {
    let Some(report) = &content.go_live else {
        return "From now on owners are told about planned maintenance of their machines.".to_owned();
    };
    let first = format!(
        "The first look at {} found {} with planned maintenance.",
        plural(report.subscriptions, "subscription", "subscriptions"),
        machines(report.machines)
    );
    match (report.machines, report.unowned.len()) {
        (0, _) => format!("{first} As soon as Azure plans some, the owners will be told."),
        (_, 0) => format!("{first} All of them have an owner, who is told now."),
        (_, missing) => format!(
            "{first} {} {} an owner, who is told now. For {missing} nobody was found: until that changes, you are \
             told.",
            report.owned,
            choose(report.owned, "has", "have")
        ),
    }
}

fn main_lead(group: &MachineGroup<'_>, content: &MessageContent) -> String {
    let zone = content.timezone;
    let whom = match (group.items.len(), group.items.first()) {
        (1, Some(item)) => name(&item.window.id.resource),
        (several, _) => many(group, several),
    };
    let does = story::does(group);
    let asked = group.to_act_on().count();
    let some = if asked < group.items.len() { format!(" for {asked} of them") } else { String::new() };
    let plans = match group.stage {
        Stage::Rescheduled | Stage::Failed | Stage::CalledOff | Stage::HandedBack | Stage::Escalated => {
            story::news(group, &whom, zone)
        }
        _ => format!("Azure plans maintenance that {does} {whom}."),
    };
    let first = match (group.stage, group.outlook) {
        (Stage::Imminent, _) => match story::not_before(group, zone) {
            Some(not_before) => format!("Azure {does} {whom} within minutes, {not_before}."),
            None => format!("Azure {does} {whom} within minutes."),
        },
        (Stage::Started, _) | (_, Outlook::UnderWay) => {
            format!("The maintenance that {does} {whom} has been started.")
        }
        (_, Outlook::Over) => format!("{} Nothing is left to do.", story::news(group, &whom, zone)),
        (_, Outlook::Skipped) => story::news(group, &whom, zone),
        (stage, Outlook::Planned { begins }) => {
            let news = match stage {
                Stage::Planned => String::new(),
                _ => format!("{} ", story::news(group, &whom, zone)),
            };
            let at = times::both(zone, begins);
            match story::planner(group) {
                Some(who) => format!("{news}{who} planned the maintenance that {does} {whom} for {at}."),
                None => format!("{news}The maintenance that {does} {whom} is planned for {at}."),
            }
        }
        (_, Outlook::StartNow { until: Some(until) }) if group.asks() => {
            format!("{plans} Until {} you can choose the moment yourself{some}.", times::both(zone, until))
        }
        (_, Outlook::StartLater { from, until }) if group.asks() => format!(
            "{plans} From {} until {} you can choose the moment yourself{some}.",
            times::both(zone, from),
            times::both(zone, until)
        ),
        _ => format!("{plans} You need not do anything."),
    };
    let otherwise = match (group.outlook, group.stage) {
        (Outlook::Over | Outlook::UnderWay, _) | (_, Stage::Imminent | Stage::Started) => String::new(),
        (Outlook::Planned { .. }, _) => " You need not do anything.".to_owned(),
        (Outlook::Skipped, _) => " New dates will follow, and you will hear of them.".to_owned(),
        _ if group.asks() => format!(" If nobody does, {}", story::by_itself(group, zone)),
        _ => format!(" {}", story::by_itself(group, zone)),
    };
    let others = content.items.len() - group.items.len();
    let more = match others {
        0 => String::new(),
        1 => " One more machine follows below.".to_owned(),
        several => format!(" {several} more machines follow below."),
    };
    format!("{first}{otherwise}{more}")
}
