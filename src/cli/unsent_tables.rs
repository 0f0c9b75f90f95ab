//! The tables of `outbox`.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::output;
use super::tables::{table, text};
use super::unsent::{Parked, Unsent, UnsentLine};
use super::words::{counted, day_and_time, plain};
use crate::domain::ids::OutboxId;

/// Prints what is unsent.
pub(super) fn show(unsent: &Unsent) -> anyhow::Result<()> {
    let mut parts = Vec::new();
    if !unsent.waiting.is_empty() {
        parts.push(format!("{}\n{}", title(&unsent.waiting, "Unsent"), messages(&unsent.waiting)));
    }
    if !unsent.given_up.is_empty() {
        parts.push(format!("{}\n{}", title(&unsent.given_up, "Given up"), messages(&unsent.given_up)));
    }
    if !unsent.taken.is_empty() {
        let title = title(&unsent.taken, "Taken by the service, which has not said what became of it");
        parts.push(format!("{title}\n{}", messages(&unsent.taken)));
    }
    if !unsent.parked.is_empty() {
        let count = counted(unsent.parked.len(), "queue message");
        parts.push(format!("Parked: {count}\n{}", parked(&unsent.parked)));
    }
    if parts.is_empty() {
        output::note("Nothing is unsent, given up or parked.");
    } else {
        output::data(&parts.join("\n\n"))?;
    }
    if let Some(why) = &unsent.why_nothing_leaves {
        output::note(&format!("Nothing is sent at the moment: {why}."));
    }
    if let Some(hold) = &unsent.held {
        output::note(&format!(
            "The brake holds what can wait since {} UTC: {} were waiting and {} sent within a day, {} are allowed.",
            day_and_time(hold.since),
            hold.waiting,
            hold.sent,
            hold.allowed
        ));
        output::note("hint: `maintenance-notifier outbox release` lets them go");
    }
    if !unsent.given_up.is_empty() || !unsent.parked.is_empty() {
        output::note(
            "hint: `maintenance-notifier outbox retry ID` has one tried again, `--all` everything given up or parked",
        );
    }
    Ok(())
}

fn title(lines: &[UnsentLine], what: &str) -> String {
    let recipients: BTreeSet<&str> = lines.iter().map(|line| line.recipient.as_str()).collect();
    format!("{what}: {} to {}", counted(lines.len(), "message"), counted(recipients.len(), "recipient"))
}

fn messages(lines: &[UnsentLine]) -> String {
    let mut table = table(&[
        "ID",
        "Where",
        "Kind",
        "Machines",
        "Since (UTC)",
        "Tried",
        "Next (UTC)",
        "Deadline (UTC)",
        "Why",
    ]);
    let at = |at: Option<DateTime<Utc>>| at.map_or("–".to_owned(), |at| day_and_time(at).to_string());
    for line in lines {
        table.add_row([
            short(&line.id),
            place(line),
            line.kind.to_owned(),
            line.machines.to_string(),
            at(Some(line.since)),
            line.attempts.to_string(),
            at(line.next_attempt),
            at(line.deadline),
            why(line),
        ]);
    }
    text(&table)
}

/// The recipient, with the address where the name is not that already.
fn place(line: &UnsentLine) -> String {
    match line.endpoint.split_once(':') {
        Some(("email", address)) if address == line.recipient => line.recipient.clone(),
        _ => format!("{} {}", line.recipient, line.endpoint),
    }
}

fn why(line: &UnsentLine) -> String {
    let mut words: Vec<String> = line.held_by.iter().map(|by| by.words().to_owned()).collect();
    let is_over = matches!(line.state, "given up" | "unknown" | "taken");
    if words.is_empty() && !is_over && (line.state != "waiting" || line.last_error.is_none()) {
        words.push(line.state.to_owned());
    }
    if line.state == "unknown" {
        words.push("unknown".to_owned());
    } else if line.in_doubt {
        words.push("may have arrived".to_owned());
    }
    // An error may quote what a server said.
    words.extend(line.last_error.as_deref().map(plain));
    words.join("; ")
}

fn parked(rows: &[Parked]) -> String {
    let mut table = table(&["ID", "Function", "Since (UTC)", "Message"]);
    for row in rows {
        let asked = row.asked.map_or(String::new(), |at| format!(" (put back at {})", day_and_time(at)));
        table.add_row([
            row.id.clone(),
            row.function.clone(),
            day_and_time(row.since).to_string(),
            format!("{}{asked}", row.message),
        ]);
    }
    text(&table)
}

/// Enough of an id to type, and almost surely of one message only.
pub(super) fn short(id: &OutboxId) -> String {
    let cut = |text: &str, length: usize| text.chars().take(length).collect::<String>();
    match id.as_str().split_once('-') {
        Some((message, endpoint)) => format!("{}-{}", cut(message, 8), cut(endpoint, 4)),
        None => id.to_string(),
    }
}
