//! Small words of every command: counts, moments in UTC, and text of others in one line.

use std::fmt::Display;

use chrono::{DateTime, Utc};

use crate::render::needs_year;

/// A number with its noun, which takes an `s` for more than one.
pub(super) fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// A minute in UTC, where a heading says so.
pub(super) fn minute(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M").to_string()
}

/// A minute that says its zone itself.
pub(super) fn moment(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

/// A minute without its year, for what is days old at most.
pub(super) fn day_and_time(at: DateTime<Utc>) -> impl Display {
    at.format("%d %b %H:%M")
}

/// A minute for narrow columns: with its year where it lies so far from `now` that another could be meant.
pub(super) fn dated(at: DateTime<Utc>, now: DateTime<Utc>) -> impl Display {
    at.format(if needs_year(at, now) { "%d %b %Y %H:%M" } else { "%d %b %H:%M" })
}

/// Text of others without anything that moves a cursor.
pub(super) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
