//! What a summary shows, as plain strings.

use crate::domain::time_zone::Tz;
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::words::summary as words;
use crate::domain::message_content::MessageContent;
use crate::domain::sanitize::one_line;
use crate::domain::summary::{Summary, SummaryCounts};

/// How many teams a summary shows, and how many of those that have not answered.
const TEAMS: usize = 30;

/// What is counted of each team, with what asks for something first.
const COLUMNS: [&str; 5] = ["no answer", "known", "planned", "left to Azure", "done"];

/// A summary as the templates show it.
#[derive(Debug, Serialize)]
pub(super) struct SummaryView {
    /// Whether it stands beside other news, under a heading of its own.
    pub(super) heading: Option<&'static str>,
    pub(super) lead: Option<String>,
    pub(super) columns: [&'static str; 5],
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
    pub(super) beside: Option<String>,
    pub(super) text: String,
}

/// The summary that `content` carries.
pub(super) fn view(content: &MessageContent) -> Option<SummaryView> {
    let summary = content.summary.as_ref()?;
    let beside_others = !content.items.is_empty() || content.go_live.is_some();
    Some(status_summary(summary, beside_others, content.frozen_at, content.timezone))
}

fn status_summary(summary: &Summary, beside_others: bool, now: DateTime<Utc>, zone: Tz) -> SummaryView {
    let teams = summary.teams.iter().take(TEAMS);
    let hidden = summary.teams.len().saturating_sub(TEAMS);
    let silent = summary.teams.iter().filter(|line| line.counts.unanswered > 0).take(TEAMS);
    let left = summary.within_two_weeks - summary.restarts.len();
    SummaryView {
        heading: beside_others.then_some("How things stand"),
        lead: beside_others.then(|| format!("{}. {}", words::headline(summary), words::lead(summary, zone))),
        columns: COLUMNS,
        teams: teams.map(|line| row(words::team(line.team.as_ref()), &line.counts)).collect(),
        more_teams: (hidden > 0).then(|| format!("and {hidden} more teams")),
        total: (summary.teams.len() > 1).then(|| row("All together".to_owned(), &summary.total)),
        silent: silent
            .map(|line| PairView {
                name: words::team(line.team.as_ref()),
                beside: None,
                text: words::silent(line, zone),
            })
            .collect(),
        restarts: summary
            .restarts
            .iter()
            .map(|line| PairView {
                name: one_line(&line.name, 90),
                beside: Some(words::team(line.team.as_ref())),
                text: words::between(line, now, zone),
            })
            .collect(),
        more_restarts: (left > 0).then(|| format!("and {left} more")),
    }
}

fn row(name: String, counts: &SummaryCounts) -> RowView {
    let counts = [counts.unanswered, counts.acknowledged, counts.planned, counts.left_to_azure, counts.done];
    let parts = COLUMNS.iter().zip(counts).filter(|(_, count)| *count > 0);
    let parts: Vec<String> = parts.map(|(column, count)| format!("{count} {column}")).collect();
    RowView { name, counts, line: parts.join(", ") }
}
