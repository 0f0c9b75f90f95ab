//! What was heard, against what a story expects.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use maintenance_notifier::domain::message_content::MessageContent;

use super::moment::written;
use super::read::StoryRow;

/// What reached somebody, or Azure.
#[derive(Debug, Clone)]
pub(super) struct Heard {
    pub(super) at: DateTime<Utc>,
    /// `jane`, `channel team`, or the machine that was started.
    pub(super) who: String,
    /// `announced vm-web-01`; what operators are told of is `operator alert KIND`.
    pub(super) what: BTreeSet<String>,
    /// Subject and text; of a start, the status with which Azure answered.
    pub(super) text: String,
    /// What a mail was made of.
    pub(super) content: Option<MessageContent>,
}

impl Heard {
    pub(super) fn line(&self) -> String {
        let what: Vec<&str> = self.what.iter().map(String::as_str).collect();
        format!("{} | {} {}", written(self.at), self.who, what.join(", "))
    }

    fn is_about_machines(&self) -> bool {
        !self.what.iter().all(|what| is_for_operators(what))
    }
}

fn is_for_operators(what: &str) -> bool {
    what.starts_with("operator alert") || ["go-live", "coverage"].contains(&what)
}

/// What a row expects to be heard: who, and what.
pub(super) fn expectation(row: &StoryRow) -> Option<(String, BTreeSet<String>)> {
    row.until?;
    let (who, what) = match row.what.split_once(" hears ") {
        Some((who, what)) => (who, what),
        None => row.what.strip_suffix(" is started").map(|machine| (machine, "is started"))?,
    };
    Some((who.to_owned(), what.split(',').map(|what| what.trim().to_owned()).collect()))
}

/// Everything that is wrong with what was heard.
pub(super) fn differences(rows: &[StoryRow], heard: &[Heard]) -> Vec<String> {
    let expected: Vec<(&StoryRow, String, BTreeSet<String>)> =
        rows.iter().filter_map(|row| expectation(row).map(|(who, what)| (row, who, what))).collect();
    let of_machines = |what: &BTreeSet<String>| what.iter().any(|what| !is_for_operators(what));
    let platform_counts = expected.iter().any(|(_, who, what)| who == "platform" && of_machines(what));
    let mut open: Vec<&Heard> = heard.iter().collect();
    let mut wrong = Vec::new();
    for (row, who, what) in &expected {
        let until = row.until.unwrap_or(row.from);
        let fits = |it: &&Heard| {
            let same = match of_machines(what) {
                true => it.what == *what,
                // Operators hear of several things at once.
                false => what.is_subset(&it.what),
            };
            it.who == *who && same && row.from <= it.at && it.at <= until
        };
        match open.iter().position(fits) {
            Some(place) => {
                let it = open.remove(place);
                wrong.extend(unread(rows, row, it));
            }
            None => wrong.push(format!("missing:    {}", row.text)),
        }
    }
    let counts = |it: &&&Heard| it.who != "platform" || platform_counts && it.is_about_machines();
    wrong.extend(open.iter().filter(counts).map(|it| format!("unexpected: {}", it.line())));
    wrong
}

/// What the rows after `row` want to be read in it, and is not.
fn unread(rows: &[StoryRow], row: &StoryRow, heard: &Heard) -> Vec<String> {
    let place = rows.iter().position(|it| std::ptr::eq(it, row)).unwrap_or_default();
    let mut wrong = Vec::new();
    for reads in rows.iter().skip(place + 1) {
        let wanted = match reads.what.split_once(" reads \"") {
            Some(_) => true,
            None if reads.what.contains(" does not read \"") => false,
            None => break,
        };
        if heard.text.contains(reads.quoted()) != wanted {
            wrong.push(format!("not so:     {}\n{}", reads.text, heard.text));
        }
    }
    wrong
}
