//! The lines of a message that stand alone: its subject, its headline and its first sentences.

use super::content::{
    self, coverage_lead, coverage_subject, go_live_lead, go_live_subject, heartbeat_lead, heartbeat_subject,
    main_group, only_ended_starts, only_mutes, only_notes, only_operator_alerts, only_summary, reader,
};
use super::machine::NAME;
use super::sentences::sentences;
use super::{lead, operator_alert, summary};
use crate::domain::message::MessageKind;
use crate::domain::message_content::MessageContent;
use crate::domain::sanitize::one_line;
use crate::domain::stage::Stage;
use crate::render::groups::{MachineGroup, Outlook};
use crate::render::times;
use crate::words::{self, Language, Locale};

/// The longest subject that is sent. Most lists of mails show far less; header lines fold before it hurts.
const LONGEST: usize = 120;

/// The subject.
pub(crate) fn subject(content: &MessageContent, groups: &[MachineGroup<'_>]) -> String {
    let language = reader(content).language;
    let subject = whole_subject(content, groups);
    let subject = match content.diverted {
        true => words::subject_diverted(language, content.recipient.as_str(), &subject),
        false => subject,
    };
    one_line(&subject, LONGEST)
}

fn whole_subject(content: &MessageContent, groups: &[MachineGroup<'_>]) -> String {
    let reader = reader(content);
    of_kind(content, reader).unwrap_or_else(|| match main_group(groups) {
        Some(main) => of_groups(main, groups, reader),
        None => without_news(content, reader),
    })
}

/// The headline: what happens to which machines, where the subject says what to do by when; else as the subject.
pub(crate) fn headline(content: &MessageContent, groups: &[MachineGroup<'_>]) -> String {
    let reader = reader(content);
    let language = reader.language;
    if content.wave.is_none()
        && let Some(summary) = only_summary(content)
    {
        return summary::headline(summary, language);
    }
    if content.kind == MessageKind::GoLive {
        return words::go_live_headline(language);
    }
    of_kind(content, reader).unwrap_or_else(|| match main_group(groups) {
        Some(main) if main.asks() && main.asked_by.is_none() => asking(groups, language),
        Some(main) => of_groups(main, groups, reader),
        None => without_news(content, reader),
    })
}

/// The subject of a message that is about something else than news of machines.
fn of_kind(content: &MessageContent, reader: Locale) -> Option<String> {
    let language = reader.language;
    if let Some(wave) = &content.wave {
        return Some(summary::wave_subject(wave, language));
    }
    if let Some(summary) = only_summary(content) {
        return Some(summary::subject(summary, language));
    }
    Some(match content.kind {
        MessageKind::GoLive => go_live_subject(content, language),
        MessageKind::Coverage => coverage_subject(content, language),
        MessageKind::Heartbeat => heartbeat_subject(content, language),
        MessageKind::Drill => words::drill_subject(language),
        _ if only_operator_alerts(content) => match content.operator_alerts.as_slice() {
            [] => words::problems_none(language),
            [one] if one.is_note() => operator_alert::title(one, reader),
            [one] => words::problem(language, &operator_alert::title(one, reader)),
            several if only_mutes(content) => words::mutes_end(language, several.len()),
            several if only_ended_starts(content) => words::starts_ended(language, several.len()),
            several if only_notes(content) => words::notes(language, several.len()),
            several => words::problems(language, several.len()),
        },
        _ => return None,
    })
}

/// What a message without news says: what is open, and until when.
fn without_news(content: &MessageContent, reader: Locale) -> String {
    let language = reader.language;
    let machines = words::machines(language, content.unchanged);
    match (content.unread_since, content.unchanged_deadline) {
        (Some(since), _) => words::subject_unread(language, &times::day_and_time(reader, since)),
        _ if content.unchanged == 0 => words::subject_empty(language),
        (_, Some(deadline)) => {
            let day = times::dated(reader, deadline, content.frozen_at);
            words::subject_open_by(language, &day, &machines)
        }
        (_, None) => words::subject_open(language, &machines),
    }
}

fn of_groups(main: &MachineGroup<'_>, groups: &[MachineGroup<'_>], reader: Locale) -> String {
    let language = reader.language;
    let subject = if main.asks() && main.asked_by.is_none() {
        act(main, groups, reader)
    } else if groups.len() > 1 && groups.iter().all(|group| !group.is_open()) {
        let count = groups.iter().map(|group| group.items.len()).sum();
        words::subject_several(language, &words::whom_yours(language, count))
    } else {
        of_group(main, reader)
    };
    match main.last_read() {
        Some(read) => words::subject_as_of(language, &times::day_and_time(reader, read), &subject),
        None => subject,
    }
}

/// How many machines the message asks to choose a time for, and what happens to them.
fn asking(groups: &[MachineGroup<'_>], language: Language) -> String {
    let mut asking = groups.iter().filter(|group| group.asks());
    let (Some(first), others) = (asking.next(), asking.collect::<Vec<_>>()) else { return String::new() };
    if others.is_empty() {
        return lead::will_be(first, language);
    }
    let count = first.items.len() + others.iter().map(|group| group.items.len()).sum::<usize>();
    words::will_be(language, count, "restart", &words::whom_yours(language, count))
}

/// What to do by when: the number of all machines that ask for it, and the nearest deadline.
fn act(main: &MachineGroup<'_>, groups: &[MachineGroup<'_>], reader: Locale) -> String {
    let language = reader.language;
    let what = asking(groups, language);
    let act = match main.until() {
        Some(until) => words::subject_act(language, &times::by(reader, until, main.now), &what),
        None => words::subject_act_open(language, &what),
    };
    match note(main) {
        Some(note) => words::subject_noted(language, &words::subject_note(language, note), &act),
        None => act,
    }
}

/// What is new, for the end of a subject.
fn note(group: &MachineGroup<'_>) -> Option<&'static str> {
    Some(match group.stage {
        Stage::CalledOff if lead::not_begun(group) => "not-begun",
        Stage::CalledOff => "called-off",
        Stage::HandedOver => "handed-over",
        Stage::HandedBack => "handed-back",
        Stage::Escalated => "escalated",
        Stage::Failed if lead::is_unknown(group) => "unknown",
        Stage::Failed => "failed",
        _ if group.outlook == Outlook::Disabled => "disabled",
        _ if group.outlook == Outlook::Refused => "refused",
        _ if group.outlook == Outlook::Unsaid => "unsaid",
        Stage::Rescheduled => "rescheduled",
        Stage::Reminder => "reminder",
        _ => return None,
    })
}

/// The subject about one group that asks for no time.
fn of_group(group: &MachineGroup<'_>, reader: Locale) -> String {
    let language = reader.language;
    let whom = lead::whom(group, language);
    let what = lead::will_be(group, language);
    let not_before = group.event.and_then(|event| event.not_before);
    match (group.stage, group.outlook) {
        _ if let Some(by) = group.asked_by => {
            words::subject_asked(language, &one_line(by.as_str(), NAME), &whom)
        }
        (Stage::Imminent, _) => match not_before {
            Some(at) => words::subject_imminent_from(language, &times::clock(reader, at), &what),
            None => words::subject_imminent(language, &what),
        },
        (Stage::Notice, _) => match not_before {
            Some(at) => words::subject_notice_from(language, &times::day_and_time(reader, at), &what),
            None => words::subject_notice(language, &what),
        },
        (Stage::Unconfirmed, _) => words::subject_unconfirmed(language, &what),
        (Stage::AnnouncedElsewhere, _) => words::subject_elsewhere(language, &whom),
        (_, Outlook::NotKnown) => words::subject_not_known(language, &whom),
        (Stage::Started, _) | (_, Outlook::UnderWay) => words::subject_started(language, &whom),
        (Stage::Completed, _) => words::subject_done(language, &whom),
        (Stage::Cancelled, _) => words::subject_cancelled(language, &whom),
        (Stage::NoLongerPlanned, _) => words::subject_gone(language, &whom),
        (Stage::Reassigned, _) => words::subject_reassigned(language, &whom),
        (Stage::Skipped, _) | (_, Outlook::Skipped) => words::subject_skipped(language, &whom),
        (Stage::Passed, _) | (_, Outlook::Passed) => words::subject_passed(language, &whom),
        (_, Outlook::Over) => words::subject_over(language, &whom),
        (_, Outlook::Planned { begins }) => {
            words::subject_planned(language, &times::day_and_time(reader, begins), &whom)
        }
        (Stage::Failed, _) if !lead::is_unknown(group) => words::subject_failed(language, &whom),
        _ => {
            let subject = no_action(group, &what, reader);
            match note(group) {
                Some(note) => words::subject_noted(language, &words::subject_note(language, note), &subject),
                None => subject,
            }
        }
    }
}

fn no_action(group: &MachineGroup<'_>, what: &str, reader: Locale) -> String {
    let language = reader.language;
    let day = |moment| times::dated(reader, moment, group.now);
    match group.schedule.scheduled {
        Some(interval) if group.now < interval.start() && interval.said_start().is_some() => {
            words::subject_no_action_from(language, &day(interval.start()), what)
        }
        Some(interval) if interval.said_end().is_some() => {
            words::subject_no_action_by(language, &day(interval.end()), what)
        }
        Some(_) | None => words::subject_no_action(language, what),
    }
}

/// The first sentences: what, when, and what happens if nobody does anything.
pub(crate) fn lead(content: &MessageContent, groups: &[MachineGroup<'_>]) -> String {
    let reader = reader(content);
    let language = reader.language;
    if let Some(wave) = &content.wave {
        return summary::wave_lead(wave, language);
    }
    if let Some(summary) = only_summary(content) {
        return summary::lead(summary, reader);
    }
    match content.kind {
        MessageKind::GoLive => go_live_lead(content, language),
        MessageKind::Coverage => coverage_lead(content, language),
        MessageKind::Heartbeat => heartbeat_lead(content, reader),
        MessageKind::Drill if content.link.is_some() => words::drill_lead(language),
        MessageKind::Drill => words::drill_lead_bare(language),
        _ if only_mutes(content) => words::lead_notes(language),
        _ if only_ended_starts(content) => words::lead_ended_starts(language),
        _ if only_notes(content) => words::lead_mixed_notes(language),
        _ if only_operator_alerts(content) => words::lead_alerts(language, content.operator_alerts.len()),
        _ => match main_group(groups) {
            Some(main) => main_lead(main, content, groups, reader),
            None => match content.unread_since {
                Some(since) => words::lead_unread(language, &times::both(reader, since)),
                None if content.unchanged == 0 => words::lead_empty(language),
                None => sentences([content::open(content, reader), words::lead_open_end(language)]),
            },
        },
    }
}

fn main_lead(
    main: &MachineGroup<'_>,
    content: &MessageContent,
    groups: &[MachineGroup<'_>],
    reader: Locale,
) -> String {
    let language = reader.language;
    let pages = content.link.as_ref().is_some_and(|link| link.starts);
    let asking: Vec<&MachineGroup<'_>> = groups.iter().filter(|group| group.asks()).collect();
    let (first, told) = match asking.len() {
        0 | 1 => (lead::lead(main, reader, pages), main.items.len()),
        _ if !main.asks() => (lead::lead(main, reader, pages), main.items.len()),
        _ => {
            let count = asking.iter().map(|group| group.items.len()).sum();
            let whom = words::whom_yours(language, count);
            let until = main.until().map(|until| times::by(reader, until, main.now));
            let choose = match until {
                Some(until) => words::choose_first(language, &until, &whom),
                None => words::choose_first_open(language, &whom),
            };
            (sentences([choose, words::azure_each(language)]), count)
        }
    };
    match content.items.len() - told {
        0 => first,
        others => sentences([first, words::rest_below(language, others)]),
    }
}
