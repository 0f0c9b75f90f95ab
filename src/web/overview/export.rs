//! The overview for programs: CSV and JSON of what the page shows, by the same address and with the same filters.

use axum::Json;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use serde_json::{Value, json};

use super::charts::restarts_view;
use super::gather::Gathered;
use super::moments::of_seconds;
use super::people;
use super::selection::Overview;
use super::visit::Visit;
use crate::domain::overview::{OverviewEntry, OverviewState, sort};
use crate::services::App;

/// How many machines one answer has. `page` asks for the next.
const CSV_ROWS: usize = 5_000;
const JSON_ROWS: usize = 500;

/// One machine.
#[derive(Debug, Serialize)]
struct MachineRecord<'a> {
    machine: &'a str,
    state: &'static str,
    owner: Option<&'a str>,
    owners: Vec<&'a str>,
    without_owner: bool,
    deadline: Option<String>,
    start: Option<String>,
    azure_earliest: Option<String>,
    azure_latest: Option<String>,
    ended: Option<String>,
    announced: Option<String>,
    why: Option<&'a str>,
    resource_group: &'a str,
    subscription: &'a str,
    subscription_id: &'a str,
    resource: String,
}

impl<'a> MachineRecord<'a> {
    fn of(entry: &OverviewEntry<'a>) -> Self {
        let line = entry.line;
        let date = |at: Option<i64>| at.map(|at| written(of_seconds(at)));
        Self {
            machine: entry.display_name(),
            state: entry.state.as_str(),
            owner: entry.owner(),
            owners: entry.owners().collect(),
            without_owner: line.unowned,
            deadline: date(line.deadline),
            start: date(line.begins),
            azure_earliest: date(line.from),
            azure_latest: date(line.until),
            ended: date(line.ended),
            announced: date(Some(line.announced)),
            why: entry.why(),
            resource_group: entry.resource_group(),
            subscription: entry.subscription_name(),
            subscription_id: entry.subscription().as_str(),
            resource: entry.resource(),
        }
    }

    fn cells(&self) -> [String; 15] {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        [
            self.machine.to_owned(),
            self.state.to_owned(),
            self.owners.join(" "),
            if self.without_owner { "yes" } else { "no" }.to_owned(),
            text(&self.deadline),
            text(&self.start),
            text(&self.azure_earliest),
            text(&self.azure_latest),
            text(&self.ended),
            text(&self.announced),
            self.why.unwrap_or_default().to_owned(),
            self.resource_group.to_owned(),
            self.subscription.to_owned(),
            self.subscription_id.to_owned(),
            self.resource.clone(),
        ]
    }
}

const HEADING: [&str; 15] = [
    "machine",
    "state",
    "owners",
    "without owner",
    "deadline",
    "start",
    "azure earliest",
    "azure latest",
    "ended",
    "announced",
    "why",
    "resource group",
    "subscription",
    "subscription id",
    "resource",
];

fn written(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// The machines as comma-separated values.
pub(super) fn csv(overview: &Overview<'_>) -> Response {
    let shown = sort(overview.machines.clone(), overview.sort, (overview.page - 1) * CSV_ROWS, CSV_ROWS);
    // Spreadsheets read UTF-8 only with this mark.
    let mut text = String::from("\u{feff}");
    row(&mut text, &HEADING.map(str::to_owned));
    for entry in &shown {
        row(&mut text, &MachineRecord::of(entry).cells());
    }
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8"),
        (CONTENT_DISPOSITION, "attachment; filename=\"maintenance.csv\""),
    ];
    let total = [("x-total-count", overview.machines.len().to_string())];
    (headers, total, text).into_response()
}

/// Adds a row. What a spreadsheet would take for a formula is text.
fn row(text: &mut String, cells: &[String]) {
    for (number, cell) in cells.iter().enumerate() {
        let begins = cell.trim_start().starts_with(['=', '+', '-', '@']) || cell.starts_with(['\t', '\r']);
        let guard = if begins { "'" } else { "" };
        let comma = if number == 0 { "" } else { "," };
        text.push_str(&format!("{comma}\"{guard}{}\"", cell.replace('"', "\"\"")));
    }
    text.push_str("\r\n");
}

/// Everything that the page shows, as JSON.
pub(super) async fn json(app: &App, overview: &Overview<'_>, gathered: &Gathered, visit: &Visit) -> Response {
    let mut silent = people::silent(&overview.machines);
    let unanswered = silent.len();
    silent.truncate(if overview.everybody { people::MANY } else { people::FEW });
    if let Err(error) = people::add_messages(app, visit, &overview.machines, &mut silent).await {
        return super::reply::broken(&error.into());
    }
    let counts: serde_json::Map<String, Value> = OverviewState::ALL
        .iter()
        .map(|state| (state.as_str().to_owned(), overview.counts.of(*state).into()))
        .collect();
    let shown = sort(overview.machines.clone(), overview.sort, (overview.page - 1) * JSON_ROWS, JSON_ROWS);
    let restarts = restarts_view(&overview.machines, gathered);
    let collisions: Vec<Value> = restarts
        .collisions
        .iter()
        .map(|one| json!({ "cluster": one.cluster, "machines": one.machines, "from": one.from }))
        .collect();
    let date = |at: Option<DateTime<Utc>>| at.map(written);
    let mut document = json!({
        "at": written(gathered.now),
        "collected": date(gathered.collected),
        "counts": counts,
        "nearest_deadline": overview.deadline.map(|at| written(of_seconds(at))),
        "without_owner": overview.unowned,
        "not_answered": unanswered,
        "people": silent.iter().map(|one| json!({
            "recipient": one.name,
            "machines": one.machines,
            "deadline": one.deadline.map(|at| written(of_seconds(at))),
            "notified": date(one.notified),
            "reminded": date(one.reminded),
        })).collect::<Vec<_>>(),
        "restarts_within_14_days": restarts.machines,
        "collisions": collisions,
        "machines_in_all": overview.machines.len(),
        "page": overview.page,
        "page_size": JSON_ROWS,
        "machines": shown.iter().map(MachineRecord::of).collect::<Vec<_>>(),
    });
    if visit.sees_everything()
        && let Some(document) = document.as_object_mut()
    {
        let plain = |list: &[(&'static str, String)]| -> Vec<Value> {
            list.iter().map(|(code, text)| json!({ "code": code, "text": text })).collect()
        };
        document.insert("problems".to_owned(), plain(&gathered.problems).into());
        document.insert("notes".to_owned(), plain(&gathered.notes).into());
        let refused: Vec<Value> = gathered
            .dead
            .iter()
            .map(|row| json!({ "endpoint": row.endpoint.to_string(), "since": written(row.since), "error": row.error }))
            .collect();
        document.insert("refused".to_owned(), refused.into());
    }
    Json(document).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_never_a_formula_and_never_ends_its_row() {
        let mut text = String::new();
        row(
            &mut text,
            &["=1+1".to_owned(), "say \"no\",\r\nplease".to_owned(), "\t@x".to_owned(), "vm".to_owned()],
        );
        assert_eq!(text, "\"'=1+1\",\"say \"\"no\"\",\r\nplease\",\"'\t@x\",\"vm\"\r\n");
    }
}
