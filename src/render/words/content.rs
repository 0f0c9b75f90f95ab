//! What a message is about as a whole, and what is said of that.

use chrono::{DateTime, Utc};

use super::sentences::sentences;
use crate::domain::coverage::CoverageReport;
use crate::domain::message::MessageKind;
use crate::domain::message_content::MessageContent;
use crate::domain::operator_alert::OperatorAlert;
use crate::domain::stage::Stage;
use crate::domain::summary::Summary;
use crate::render::groups::MachineGroup;
use crate::render::times;
use crate::words::{self, Language, Locale};

/// How the recipient of a message reads.
pub(crate) fn reader(content: &MessageContent) -> Locale {
    Locale::new(&content.language, content.timezone)
}

/// Whether a message is about notes and nothing else: nothing is wrong.
pub(crate) fn only_notes(content: &MessageContent) -> bool {
    is_only_of(content, OperatorAlert::is_note)
}

/// Whether it only says which silences end.
pub(crate) fn only_mutes(content: &MessageContent) -> bool {
    is_only_of(content, |alert| matches!(alert, OperatorAlert::SilenceEnds { .. }))
}

fn is_only_of(content: &MessageContent, kind: impl Fn(&OperatorAlert) -> bool) -> bool {
    let alerts = &content.operator_alerts;
    only_operator_alerts(content) && !alerts.is_empty() && alerts.iter().all(kind)
}

/// Whether it only says how starts from the command line ended.
pub(crate) fn only_ended_starts(content: &MessageContent) -> bool {
    is_only_of(content, |alert| matches!(alert, OperatorAlert::StartEnded { .. }))
}

/// Whether a message is about operator alerts and nothing else.
pub(crate) fn only_operator_alerts(content: &MessageContent) -> bool {
    content.items.is_empty() && (content.kind == MessageKind::Operator || !content.operator_alerts.is_empty())
}

/// The summary, in a message that says nothing else about machines.
pub(crate) fn only_summary(content: &MessageContent) -> Option<&Summary> {
    content.summary.as_ref().filter(|_| content.items.is_empty() && content.kind != MessageKind::GoLive)
}

/// The subject of the weekly report.
pub(crate) fn coverage_subject(content: &MessageContent, language: Language) -> String {
    match &content.coverage {
        Some(report) => of_week(report, language),
        None => words::coverage_none(language),
    }
}

/// How many have no owner, and what became of that within a week.
fn of_week(report: &CoverageReport, language: Language) -> String {
    let now = report.without_owner();
    let subject = words::coverage_subject(language, &words::machines(language, report.machines()), now);
    match report.week_before {
        Some(before) if before < now => words::coverage_more(language, now - before, &subject),
        Some(before) if now < before => words::coverage_fewer(language, before - now, &subject),
        Some(_) => words::coverage_same(language, &subject),
        None => subject,
    }
}

/// The first sentences of the weekly report.
pub(crate) fn coverage_lead(content: &MessageContent, language: Language) -> String {
    content.coverage.as_ref().map_or_else(
        || words::coverage_none(language),
        |report| {
            let machines = words::machines(language, report.machines());
            words::coverage_lead(language, &machines, report.without_owner())
        },
    )
}

/// The subject of the first look at a tenant.
pub(crate) fn go_live_subject(content: &MessageContent, language: Language) -> String {
    match &content.go_live {
        Some(report) if report.machines == 0 => words::go_live_subject_none(language),
        Some(report) => {
            let machines = words::machines(language, report.machines);
            words::go_live_subject(language, &machines, report.without_owner())
        }
        None => words::go_live_headline(language),
    }
}

/// Its first sentences.
pub(crate) fn go_live_lead(content: &MessageContent, language: Language) -> String {
    let Some(report) = &content.go_live else { return words::go_live_bare(language) };
    let subscriptions = words::subscriptions(language, report.subscriptions);
    let machines = words::machines(language, report.machines);
    match (report.machines, report.without_owner()) {
        (0, _) => words::go_live_none(language, &subscriptions),
        (_, 0) => words::go_live_owned(language, &machines, &subscriptions),
        (_, missing) => words::go_live_missing(language, &machines, missing, &subscriptions),
    }
}

/// The subject of a sign of life.
pub(crate) fn heartbeat_subject(content: &MessageContent, language: Language) -> String {
    match content.unchanged {
        0 => words::heartbeat_none(language),
        count if content.unread_since.is_some() => {
            words::heartbeat_unread(language, &words::machines(language, count))
        }
        count => words::heartbeat_open(language, &words::machines(language, count)),
    }
}

/// Its first sentences.
pub(crate) fn heartbeat_lead(content: &MessageContent, reader: Locale) -> String {
    let open = match content.unchanged {
        0 => words::lead_empty(reader.language),
        _ => open(content, reader),
    };
    sentences([open, words::nothing_to_do(reader.language), words::heartbeat_why(reader.language)])
}

/// What is open, and until when.
pub(crate) fn open(content: &MessageContent, reader: Locale) -> String {
    match content.unchanged_deadline {
        Some(deadline) => {
            words::lead_open_by(reader.language, content.unchanged, &times::both(reader, deadline))
        }
        None => words::lead_open(reader.language, content.unchanged),
    }
}

/// The group that a message is about: what comes within minutes, else what asks for something, else the first.
pub(crate) fn main_group<'g, 'a>(groups: &'g [MachineGroup<'a>]) -> Option<&'g MachineGroup<'a>> {
    let at_once = groups.iter().find(|group| matches!(group.stage, Stage::Imminent | Stage::Started));
    let asking = groups
        .iter()
        .filter(|group| group.asks())
        .min_by_key(|group| group.deadline.unwrap_or(DateTime::<Utc>::MAX_UTC));
    at_once.or(asking).or(groups.first())
}
