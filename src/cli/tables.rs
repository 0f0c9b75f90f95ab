//! Tables for people. Meaning never rests on colour or on the width of a terminal.

use std::path::{Component, Path};

use chrono::{DateTime, Utc};
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle, Width};

use super::listing::{EventLine, MessageLine, UtcSpan, WindowLine};
use super::words::dated;

/// A line under the header and none between rows: a wave has dozens of them.
const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// The windows as a table. Machines that follow each other and share everything else stand in one row.
pub(super) fn windows(lines: &[WindowLine], now: DateTime<Utc>) -> String {
    let mut table = table(&["Machine", "Status", "Self-service (UTC)", "Azure's window (UTC)", "Told"]);
    // Only "Already updated" is longer, and it has a space to break at.
    if let Some(column) = table.column_mut(1) {
        column.set_constraint(ColumnConstraint::UpperBoundary(Width::Fixed(11 + 2)));
    }
    let shared = |line: &WindowLine| WindowLine {
        name: String::new(),
        resource: String::new(),
        region: None,
        generation: 0,
        impact: String::new(),
        tracking_ids: Vec::new(),
        ..line.clone()
    };
    for (number, group) in lines.chunk_by(|a, b| shared(a) == shared(b)).enumerate() {
        let Some(line) = group.first() else { continue };
        let mut notified = match &line.silenced {
            Some(reason) => vec![format!("silenced: {reason}")],
            None => line.owners.clone(),
        };
        notified.extend(line.done.iter().map(|done| format!("({done})")));
        let mut machines = vec![match &line.tenant {
            Some(tenant) => format!("{} ({tenant})", line.resource_group),
            None => line.resource_group.clone(),
        }];
        machines.extend(group.iter().map(|line| format!("  {}", line.name)));
        if number > 0 {
            table.add_row([""]);
        }
        table.add_row([
            machines.join("\n"),
            match line.last_read {
                Some(read) => format!("{}\nread {}", line.status, dated(read, now)),
                None => line.status.to_owned(),
            },
            span(line.self_service, now),
            with_events(span(line.scheduled, now), &line.events, now),
            notified.join("\n"),
        ]);
    }
    text(&table)
}

/// The messages as a table. `folder` is the current one: files in it are named from there.
pub(super) fn messages(lines: &[MessageLine], folder: Option<&Path>) -> String {
    let mut table = table(&["Recipient", "Kind", "Machines", "Where"]);
    if let Some(column) = table.column_mut(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    for line in lines {
        let place = match line.outcome {
            "delivered" => nearby(&line.detail, folder).to_owned(),
            outcome if line.detail.is_empty() => outcome.to_owned(),
            outcome => format!("{outcome}: {}", line.detail),
        };
        table.add_row([line.recipient.clone(), line.kind.to_owned(), line.machines.to_string(), place]);
    }
    text(&table)
}

/// A path as one types it in `folder`, when it lies in there; any other text as it is.
fn nearby<'a>(text: &'a str, folder: Option<&Path>) -> &'a str {
    let inside = folder.and_then(|folder| Path::new(text).strip_prefix(folder).ok());
    let plain = |path: &&Path| path.components().all(|part| matches!(part, Component::Normal(_)));
    inside.filter(plain).and_then(Path::to_str).filter(|path| !path.is_empty()).unwrap_or(text)
}

pub(super) fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(STYLE).set_content_arrangement(ContentArrangement::Dynamic).set_header(header);
    if !table.is_tty() {
        // A file or a pipe has no width to fit into.
        table.set_content_arrangement(ContentArrangement::Disabled);
    }
    table
}

/// The table without the blanks that fill its last column.
pub(super) fn text(table: &Table) -> String {
    let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    lines.join("\n")
}

/// What Azure announces by itself stands below its window, or in the place of one.
fn with_events(span: String, events: &[EventLine], now: DateTime<Utc>) -> String {
    let of = |event: &EventLine| {
        let unsure = if event.confirmed { "" } else { "?" };
        match event.not_before {
            Some(at) => format!("{}{unsure} not before\n{}", event.impact, dated(at, now)),
            None => format!("{}{unsure} any time", event.impact),
        }
    };
    let window = Some(span).filter(|span| span != "–" || events.is_empty());
    window.into_iter().chain(events.iter().map(of)).collect::<Vec<_>>().join("\n")
}

/// Two short lines: side by side the two windows of a machine would not fit a terminal.
fn span(span: Option<UtcSpan>, now: DateTime<Utc>) -> String {
    match span {
        Some(UtcSpan { start, end }) => {
            let said = |moment: Option<_>| {
                moment.map_or_else(|| "not said".to_owned(), |at| dated(at, now).to_string())
            };
            format!("{} –\n{}", said(start), said(end))
        }
        None => "–".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures::utc;

    fn machine(name: &str, status: &'static str, owners: &[&str]) -> WindowLine {
        let span = |start, end| Some(UtcSpan { start: Some(utc(start)), end: Some(utc(end)) });
        WindowLine {
            name: name.to_owned(),
            resource: format!("/subscriptions/s/{name}"),
            subscription: "Production".to_owned(),
            tenant: None,
            resource_group: "rg-shop".to_owned(),
            region: Some("westeurope".to_owned()),
            generation: 1,
            status,
            is_past: false,
            events: Vec::new(),
            impact: "reboot".to_owned(),
            self_service: span("2026-11-14T05:00:00Z", "2026-12-02T05:00:00Z"),
            scheduled: span("2026-12-05T09:00:00Z", "2026-12-19T05:00:00Z"),
            owners: owners.iter().map(|&owner| owner.to_owned()).collect(),
            silenced: None,
            done: Vec::new(),
            tracking_ids: Vec::new(),
            last_read: None,
        }
    }

    #[test]
    fn machines_that_share_everything_stand_together() {
        let both = ["jane@contoso.com", "mei@contoso.com"];
        let mut silenced = machine("vm-4", "Scheduled", &[]);
        silenced.silenced = Some("a training lab".to_owned());
        silenced.self_service = None;
        let lines = [
            machine("vm-1", "Start now", &both),
            machine("vm-2", "Start now", &both),
            WindowLine {
                done: vec!["mei@contoso.com starts it 01 Dec 22:00".to_owned()],
                ..machine("vm-3", "Start now", &both[..1])
            },
            silenced,
        ];
        insta::assert_snapshot!(windows(&lines, utc("2026-11-30T10:00:00Z")), @"
         Machine   Status      Self-service (UTC)   Azure's window (UTC)   Told
        ────────────────────────────────────────────────────────────────────────────────────────────────────────────
         rg-shop   Start now   14 Nov 05:00 –       05 Dec 09:00 –         jane@contoso.com
           vm-1                02 Dec 05:00         19 Dec 05:00           mei@contoso.com
           vm-2

         rg-shop   Start now   14 Nov 05:00 –       05 Dec 09:00 –         jane@contoso.com
           vm-3                02 Dec 05:00         19 Dec 05:00           (mei@contoso.com starts it 01 Dec 22:00)

         rg-shop   Scheduled   –                    05 Dec 09:00 –         silenced: a training lab
           vm-4                                     19 Dec 05:00
        ");
    }

    #[test]
    fn what_was_delivered_is_named_from_here_and_what_was_not_says_why() {
        let line = |recipient: &str, outcome, detail: &str| MessageLine {
            recipient: recipient.to_owned(),
            kind: "alert",
            machines: 3,
            endpoint: recipient.to_owned(),
            outcome,
            detail: detail.to_owned(),
            message: "0".to_owned(),
        };
        let lines = [
            line("jane", "delivered", "/home/mei/demo-out/outbox/jane.eml"),
            line("arjun", "delivered", "/srv/outbox/arjun.eml"),
            line("platform", "delivered", "250 queued as 4711"),
            line("mei", "failed", "550 no such user"),
            line("ops", "waiting", ""),
        ];
        insta::assert_snapshot!(messages(&lines, Some(Path::new("/home/mei"))), @"
         Recipient   Kind    Machines   Where
        ─────────────────────────────────────────────────────────
         jane        alert          3   demo-out/outbox/jane.eml
         arjun       alert          3   /srv/outbox/arjun.eml
         platform    alert          3   250 queued as 4711
         mei         alert          3   failed: 550 no such user
         ops         alert          3   waiting
        ");
    }
}
