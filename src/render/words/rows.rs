//! What stands once about a group: its label, its dates and what happens.

use super::super::groups::{MachineGroup, Outlook};
use super::super::times;
use super::forecast::usual_minutes;
use super::machine::{self, counted};
use crate::domain::message_content::ContentItem;
use crate::domain::sanitize::one_line;
use crate::domain::stage::Stage;
use crate::domain::window::{Interval, LastResult};
use crate::words::{self, Language, Locale};

/// A line of a group: a name, a value, and the same value before it changed.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Row {
    pub(crate) label: String,
    pub(crate) value: String,
    /// In UTC, where that is not what `value` says.
    pub(crate) utc: Option<String>,
    pub(crate) before: Option<String>,
}

/// The line over a group: its news, whether it is the reader's to choose, and how many machines it has.
pub(crate) fn heading(group: &MachineGroup<'_>, language: Language) -> String {
    let kinds = group.items.iter().map(|item| item.window.place().kind());
    words::label_both(language, &label(group, language), &counted(language, group.items.len(), kinds))
}

/// The news in one or two words.
pub(crate) fn label(group: &MachineGroup<'_>, language: Language) -> String {
    let of = |stage: &str| words::label(language, stage);
    let plain = matches!(group.stage, Stage::Announced | Stage::SelfServiceOpen);
    let news = match (group.stage, group.outlook) {
        _ if group.asked_by.is_some() => return of("asked"),
        (_, Outlook::Disabled) => of("disabled"),
        (Stage::SelfServiceClosed, Outlook::Refused) => of("refused"),
        (Stage::SelfServiceClosed, Outlook::Unsaid) => of("unsaid"),
        (Stage::SelfServiceClosed, Outlook::StartNow { .. }) => of("switched-off"),
        (stage, _) => of(&stage.as_str().replace(' ', "-")),
    };
    let whose = match group.outlook {
        _ if group.asks() => of("yours"),
        Outlook::StartNow { .. } | Outlook::StartLater { .. } => of("leave"),
        Outlook::AzureOnly if plain => of("leave"),
        _ => return news,
    };
    if plain { whose } else { words::label_both(language, &news, &whose) }
}

/// The dates of a group and what happens. What is over keeps only the dates that it had. `pages` says whether a time can
/// be chosen on a page of ours.
pub(crate) fn rows(group: &MachineGroup<'_>, reader: Locale, pages: bool) -> Vec<Row> {
    let language = reader.language;
    let previous = group.previous.unwrap_or_default();
    let mut rows = Vec::new();
    match group.outlook {
        Outlook::Over | Outlook::Passed => {
            let was = group
                .schedule
                .scheduled
                .map(|interval| span(words::row_azure_was(language), interval, reader));
            return was.into_iter().collect();
        }
        Outlook::Planned { begins } => rows.push(moment(words::row_starts(language), begins, reader)),
        Outlook::UnderWay | Outlook::NotKnown | Outlook::Skipped => return rows,
        _ => {}
    }
    if let Some(at) = group.event.and_then(|event| event.not_before) {
        rows.push(moment(words::row_not_before(language), at, reader));
    }
    let self_service =
        group.schedule.self_service.filter(|_| !matches!(group.outlook, Outlook::Planned { .. }));
    let label = match pages && group.asks() {
        true => words::row_choose(language),
        false => words::row_self_service(language),
    };
    let choose = self_service.map(|interval| choose(label.clone(), group, interval, reader));
    rows.extend(moved(label, choose, group, (group.schedule.self_service, previous.self_service), reader));
    let azure = group.schedule.scheduled.map(|interval| span(words::row_azure(language), interval, reader));
    rows.extend(moved(
        words::row_azure(language),
        azure,
        group,
        (group.schedule.scheduled, previous.scheduled),
        reader,
    ));
    rows.push(Row {
        label: words::row_effect(language),
        value: effect(group, reader),
        utc: None,
        before: None,
    });
    rows
}

/// Until when a time can be chosen, or from when on.
fn choose(label: String, group: &MachineGroup<'_>, interval: Interval, reader: Locale) -> Row {
    match interval.said_end().filter(|_| interval.contains(group.now)) {
        Some(end) => {
            let row = moment(label, end, reader);
            Row { value: words::row_until(reader.language, &row.value), ..row }
        }
        None => span(label, interval, reader),
    }
}

/// A row with what it said before, where that changed. Where nothing is left of it, that is said.
fn moved(
    label: String,
    row: Option<Row>,
    group: &MachineGroup<'_>,
    (now, before): (Option<Interval>, Option<Interval>),
    reader: Locale,
) -> Option<Row> {
    let language = reader.language;
    if group.previous.is_none() || now == before {
        return row;
    }
    let before = match before {
        Some(interval) => words::row_before(language, &times::span(reader, interval).local),
        None => words::row_before_none(language),
    };
    let row = row.unwrap_or_else(|| Row { label, value: words::row_none(language), utc: None, before: None });
    Some(Row { before: Some(before), ..row })
}

fn moment(label: String, at: chrono::DateTime<chrono::Utc>, reader: Locale) -> Row {
    let zoned = times::zoned(reader, at);
    Row { label, value: zoned.local, utc: zoned.utc, before: None }
}

fn span(label: String, interval: Interval, reader: Locale) -> Row {
    let span = times::brief_span(reader, interval);
    Row { label, value: span.local, utc: span.utc, before: None }
}

/// What is done to the machines, and for how long.
fn effect(group: &MachineGroup<'_>, reader: Locale) -> String {
    let language = reader.language;
    if let Some(event) = group.event {
        let impact = machine::impact(language, event.impact);
        return match event.seconds {
            Some(seconds) => words::effect_expected(language, &impact, &times::length(reader, seconds)),
            None => impact,
        };
    }
    if group.asks() {
        return words::effect_start(language, &usual_minutes());
    }
    let first =
        group.items.first().map(|item| machine::impact(language, &item.window.impact)).unwrap_or_default();
    if group.only_pauses() { first } else { words::effect_lasting(language, &first, &usual_minutes()) }
}

/// What Azure said of the last start, where that is worth reading.
pub(crate) fn last_message(item: &ContentItem, language: Language) -> Option<String> {
    let worth = item.stages.iter().any(|stage| matches!(stage, Stage::Failed | Stage::Skipped));
    let facts = &item.window.facts;
    if let LastResult::Other(code) = &facts.last_result
        && facts.last_message.is_none()
    {
        return Some(words::azure_code(language, &one_line(code, 60)));
    }
    let message = facts
        .last_message
        .as_deref()
        // The outcome of a start that we followed says it already.
        .filter(|_| worth && item.actions.last_settled().is_none())
        .map(|message| one_line(message, 300))
        .filter(|message| !message.is_empty())?;
    Some(words::azure_said_last(language, &message))
}
