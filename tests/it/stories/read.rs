//! Reads the table of a story into rows.

use chrono::{DateTime, Utc};

use super::moment::moment_after;

/// One row: what happens at a moment, or what has to have happened between two.
#[derive(Debug, Clone)]
pub(super) struct StoryRow {
    pub(super) from: DateTime<Utc>,
    /// Until when, where the row expects something.
    pub(super) until: Option<DateTime<Utc>>,
    pub(super) what: String,
    /// The row as it stands in the table.
    pub(super) text: String,
}

impl StoryRow {
    pub(super) fn words(&self) -> Vec<&str> {
        self.what.split_whitespace().collect()
    }

    /// The text in quotes.
    pub(super) fn quoted(&self) -> &str {
        self.what.split('"').nth(1).unwrap_or_else(|| panic!("nothing is quoted in {:?}", self.text))
    }
}

/// The rows of a table, in order.
pub(super) fn rows(table: &str) -> Vec<StoryRow> {
    let mut rows: Vec<StoryRow> = Vec::new();
    for line in table.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (when, what) = line.split_once('|').unwrap_or_else(|| panic!("no | in {line:?}"));
        let before = rows.last().map(|row| row.from);
        let (from, until) = match when.trim().split_once("..") {
            None if when.trim().is_empty() => {
                let above = rows.last().unwrap_or_else(|| panic!("no moment above {line:?}"));
                (above.from, above.until)
            }
            None => (moment_after(when.trim(), before), None),
            Some((from, until)) => {
                let from = moment_after(from.trim(), before);
                (from, Some(moment_after(until.trim(), Some(from))))
            }
        };
        assert!(until.is_none_or(|until| from < until), "it ends before it begins: {line:?}");
        let (what, text) = (what.trim().to_owned(), line.to_owned());
        rows.push(StoryRow { from, until, what, text });
    }
    rows
}
