//! What a summary shows, as plain strings.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::words::content::reader;
use super::words::summary as words;
use crate::domain::message_content::MessageContent;
use crate::domain::sanitize::one_line;
use crate::domain::summary::{Summary, SummaryCounts};
use crate::words::{self as catalogue, Language, Locale};

/// How many teams a summary shows, and how many of those that have not answered.
const TEAMS: usize = 30;

/// What is counted of each team, with what asks for something first.
const COLUMNS: [&str; 5] = ["unanswered", "acknowledged", "planned", "left", "done"];

/// A summary as the templates show it.
#[derive(Debug, Serialize)]
pub(super) struct SummaryView {
    /// Whether it stands beside other news, under a heading of its own.
    pub(super) heading: Option<String>,
    pub(super) lead: Option<String>,
    pub(super) columns: [String; 5],
    pub(super) responsible: String,
    pub(super) silent_heading: String,
    pub(super) restarts_heading: String,
    pub(super) teams: Vec<RowView>,
    pub(super) more_teams: Option<String>,
    pub(super) total: Option<RowView>,
    pub(super) silent: Vec<PairView>,
    pub(super) restarts: Vec<PairView>,
    pub(super) more_restarts: Option<String>,
}

/// One row of the table of teams.
#[derive(Debug, Serialize)]
pub(super) struct RowView {
    pub(super) name: String,
    pub(super) counts: [usize; 5],
    /// The same in a line, for the text.
    pub(super) line: String,
}

/// A name and what is said of it.
#[derive(Debug, Serialize)]
pub(super) struct PairView {
    pub(super) name: String,
    pub(super) text: String,
}

/// The summary that `content` carries.
pub(super) fn view(content: &MessageContent) -> Option<SummaryView> {
    let summary = content.summary.as_ref()?;
    let beside_others = !content.items.is_empty() || content.go_live.is_some();
    Some(status_summary(summary, beside_others, content.frozen_at, reader(content)))
}

fn status_summary(summary: &Summary, beside_others: bool, now: DateTime<Utc>, reader: Locale) -> SummaryView {
    let language = reader.language;
    let teams = summary.teams.iter().take(TEAMS);
    let hidden = summary.teams.len().saturating_sub(TEAMS);
    let silent = summary.teams.iter().filter(|line| line.counts.unanswered > 0).take(TEAMS);
    let left = summary.within_two_weeks - summary.restarts.len();
    let stands = format!("{}. {}", words::headline(summary, language), words::lead(summary, reader));
    SummaryView {
        heading: beside_others.then(|| catalogue::summary_heading(language)),
        lead: beside_others.then_some(stands),
        columns: columns(language),
        responsible: catalogue::summary_responsible(language),
        silent_heading: catalogue::summary_heading_silent(language),
        restarts_heading: catalogue::summary_heading_restarts(language),
        teams: teams
            .map(|line| row(words::team(line.team.as_ref(), language), &line.counts, language))
            .collect(),
        more_teams: (hidden > 0).then(|| catalogue::summary_more_teams(language, hidden)),
        total: (summary.teams.len() > 1)
            .then(|| row(catalogue::summary_all(language), &summary.total, language)),
        silent: silent
            .map(|line| PairView {
                name: words::team(line.team.as_ref(), language),
                text: words::silent(line, reader),
            })
            .collect(),
        restarts: restarts(summary, now, reader),
        more_restarts: (left > 0).then(|| catalogue::more_machines(language, left)),
    }
}

/// What Azure restarts, one line a window, with the machines of it.
fn restarts(summary: &Summary, now: DateTime<Utc>, reader: Locale) -> Vec<PairView> {
    let mut windows: Vec<(String, Vec<String>)> = Vec::new();
    for line in &summary.restarts {
        let window = words::between(line, now, reader);
        let team = words::team(line.team.as_ref(), reader.language);
        let name = catalogue::name_beside(reader.language, &team, &one_line(&line.name, 90));
        match windows.iter_mut().find(|(known, _)| *known == window) {
            Some((_, names)) => names.push(name),
            None => windows.push((window, vec![name])),
        }
    }
    windows.into_iter().map(|(name, names)| PairView { name, text: names.join(", ") }).collect()
}

fn columns(language: Language) -> [String; 5] {
    COLUMNS.map(|column| catalogue::summary_column(language, column))
}

fn row(name: String, counts: &SummaryCounts, language: Language) -> RowView {
    let counts = [counts.unanswered, counts.acknowledged, counts.planned, counts.left_to_azure, counts.done];
    let columns = columns(language);
    let parts = columns.iter().zip(counts).filter(|(_, count)| *count > 0);
    let parts: Vec<String> =
        parts.map(|(column, count)| catalogue::summary_count(language, column, count)).collect();
    RowView { name, counts, line: parts.join(", ") }
}
