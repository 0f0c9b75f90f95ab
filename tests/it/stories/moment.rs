//! Moments as a story writes them: `Mon 23 Nov 10:00`, in Berlin.

use chrono::{DateTime, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Europe::Berlin;

/// Reads a moment. The year follows from the month: stories begin in November 2026.
pub(super) fn moment(text: &str) -> DateTime<Utc> {
    let month = text.split_whitespace().nth(2).unwrap_or_default();
    let year = if ["Nov", "Dec"].contains(&month) { 2026 } else { 2027 };
    let naive = NaiveDateTime::parse_from_str(&format!("{text} {year}"), "%a %d %b %H:%M %Y");
    let naive = naive.unwrap_or_else(|error| panic!("{text:?} is no moment of {year}: {error}"));
    Berlin.from_local_datetime(&naive).unwrap().to_utc()
}

/// A moment, or a time on the day of `before`.
pub(super) fn moment_after(text: &str, before: Option<DateTime<Utc>>) -> DateTime<Utc> {
    match (text.split_whitespace().count(), before) {
        (1, Some(before)) => {
            let day = before.with_timezone(&Berlin).format("%a %d %b");
            moment(&format!("{day} {text}"))
        }
        _ => moment(text),
    }
}

/// Writes a moment as a story does.
pub(super) fn written(at: DateTime<Utc>) -> String {
    at.with_timezone(&Berlin).format("%a %-d %b %H:%M").to_string()
}

/// A span such as `-1d`, `3h` or `90m`.
pub(super) fn span(text: &str) -> TimeDelta {
    let (number, unit) = text.split_at(text.len() - 1);
    let number: i64 = number.parse().unwrap_or_else(|_| panic!("{text:?} is no span"));
    match unit {
        "d" => TimeDelta::days(number),
        "h" => TimeDelta::hours(number),
        "m" => TimeDelta::minutes(number),
        _ => panic!("{text:?} is no span: it ends with d, h or m"),
    }
}
