//! Tables for people. Meaning never rests on colour or on the width of a terminal.

use chrono::{DateTime, Utc};
use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{CellAlignment, ContentArrangement, Table};

use super::listing::{MessageLine, Span, WindowLine};

/// The windows as a table.
pub(super) fn windows(lines: &[WindowLine]) -> String {
    let mut table =
        table(&["Machine", "Resource group", "Status", "Self-service (UTC)", "Azure's window (UTC)", "Told"]);
    for line in lines {
        let told = match &line.silenced {
            Some(reason) => format!("silenced: {reason}"),
            None => line.owners.join("\n"),
        };
        table.add_row([
            line.name.clone(),
            line.resource_group.clone(),
            line.status.to_owned(),
            span(line.self_service),
            span(line.scheduled),
            told,
        ]);
    }
    table.to_string()
}

/// The messages as a table.
pub(super) fn messages(lines: &[MessageLine]) -> String {
    let mut table = table(&["Recipient", "Kind", "Machines", "Outcome", "Where"]);
    if let Some(column) = table.column_mut(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    for line in lines {
        table.add_row([
            line.recipient.clone(),
            line.kind.to_owned(),
            line.machines.to_string(),
            line.outcome.to_owned(),
            line.detail.clone(),
        ]);
    }
    table.to_string()
}

fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_style(UTF8_HORIZONTAL_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(header);
    if !table.is_tty() {
        // A file or a pipe has no width to fit into.
        table.set_content_arrangement(ContentArrangement::Disabled);
    }
    table
}

fn span(span: Option<Span>) -> String {
    match span {
        Some(Span { start, end }) => format!("{} – {}", moment(start), moment(end)),
        None => "–".to_owned(),
    }
}

fn moment(at: DateTime<Utc>) -> impl std::fmt::Display {
    at.format("%d %b %H:%M")
}
