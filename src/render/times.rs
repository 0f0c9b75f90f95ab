//! Dates in words: the recipient's zone first, UTC always beside it.

use crate::domain::time_zone::Tz;
use chrono::{DateTime, Datelike, TimeDelta, TimeZone, Utc};
use serde::Serialize;

use crate::domain::window::Interval;

/// A date that lies further away than this is written with its year.
const HALF_A_YEAR: TimeDelta = TimeDelta::days(183);

/// A moment in the recipient's zone: `Fri 12 Dec 2025, 18:00 CET`.
pub(crate) fn local(zone: Tz, moment: DateTime<Utc>) -> String {
    let there = moment.with_timezone(&zone);
    format!("{} {}", there.format("%a %-d %b %Y, %H:%M"), abbreviation(zone, moment))
}

/// A moment in the recipient's zone and in UTC: `Fri 12 Dec 2025, 18:00 CET (17:00 UTC)`.
pub(crate) fn both(zone: Tz, moment: DateTime<Utc>) -> String {
    match zoned(zone, moment) {
        ZonedMoment { local, utc: Some(utc) } => format!("{local} ({utc})"),
        ZonedMoment { local, utc: None } => local,
    }
}

/// The moment in UTC as it stands beside the local one, with its date where that differs: `17:00 UTC`.
///
/// `None` when the local time is UTC already.
fn beside(zone: Tz, moment: DateTime<Utc>) -> Option<String> {
    if abbreviation(zone, moment) == "UTC" {
        return None;
    }
    let same_date = moment.with_timezone(&zone).date_naive() == moment.date_naive();
    let format = if same_date { "%H:%M UTC" } else { "%a %-d %b %Y, %H:%M UTC" };
    Some(moment.format(format).to_string())
}

/// A moment, written for each zone: both texts are always of the same instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ZonedMoment {
    /// In the recipient's zone.
    pub(crate) local: String,
    /// In UTC; `None` when the recipient's zone is UTC.
    pub(crate) utc: Option<String>,
}

/// `moment` in the recipient's zone and in UTC.
pub(crate) fn zoned(zone: Tz, moment: DateTime<Utc>) -> ZonedMoment {
    ZonedMoment { local: local(zone, moment), utc: beside(zone, moment) }
}

/// Whether a date without its year could be taken for that of another year: it lies more than half a year away.
pub fn needs_year(moment: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    (moment - now).abs() > HALF_A_YEAR
}

/// A date in the recipient's zone for a subject or a sentence, with its year where that could be another one than meant.
pub(crate) fn dated(zone: Tz, moment: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let there = moment.with_timezone(&zone);
    there.format(if needs_year(moment, now) { "%a %-d %b %Y" } else { "%a %-d %b" }).to_string()
}

/// A date in the recipient's zone, short enough for a subject: `Fri 12 Dec`.
pub(crate) fn day(zone: Tz, moment: DateTime<Utc>) -> String {
    moment.with_timezone(&zone).format("%a %-d %b").to_string()
}

/// A date and time in the recipient's zone, short enough for a subject: `Fri 12 Dec 18:00 CET`.
pub(crate) fn day_and_time(zone: Tz, moment: DateTime<Utc>) -> String {
    let there = moment.with_timezone(&zone);
    format!("{} {}", there.format("%a %-d %b %H:%M"), abbreviation(zone, moment))
}

/// A time of the day in the recipient's zone, for what is minutes away: `18:00 CET`.
pub(crate) fn clock(zone: Tz, moment: DateTime<Utc>) -> String {
    format!("{} {}", moment.with_timezone(&zone).format("%H:%M"), abbreviation(zone, moment))
}

/// A length of time in words: `45 seconds`, `9 minutes`. What is longer than two minutes is rounded up to whole ones.
pub(crate) fn length(seconds: u32) -> String {
    match seconds {
        1 => "a second".to_owned(),
        0 | 2..120 => format!("{seconds} seconds"),
        120..=7200 => format!("{} minutes", seconds.div_ceil(60)),
        _ => format!("{} hours", seconds.div_ceil(3600)),
    }
}

/// A span of time, written once for each zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ZonedSpan {
    /// In the recipient's zone.
    pub(crate) local: String,
    /// In UTC; `None` when the recipient's zone is UTC.
    pub(crate) utc: Option<String>,
}

/// Both ends of `interval`, in the recipient's zone and in UTC.
pub(crate) fn span(zone: Tz, interval: Interval) -> ZonedSpan {
    let local = ends(zone, interval);
    let utc = ends(Tz::UTC, interval);
    ZonedSpan { utc: (utc != local).then_some(utc), local }
}

fn ends(zone: Tz, interval: Interval) -> String {
    match (interval.said_start(), interval.said_end()) {
        (None, Some(end)) => return format!("until {}; Azure does not say from when", local(zone, end)),
        (Some(start), None) => return format!("from {}; Azure does not say until when", local(zone, start)),
        _ => {}
    }
    let (start, end) = (interval.start().with_timezone(&zone), interval.end().with_timezone(&zone));
    let names = (abbreviation(zone, interval.start()), abbreviation(zone, interval.end()));
    // The year stands once, at the end, unless the two differ.
    let first = start.format(if start.year() == end.year() && start.date_naive() != end.date_naive() {
        "%a %-d %b, %H:%M"
    } else {
        "%a %-d %b %Y, %H:%M"
    });
    let last = if start.date_naive() == end.date_naive() {
        end.format("%H:%M")
    } else {
        end.format("%a %-d %b %Y, %H:%M")
    };
    if names.0 == names.1 {
        format!("{first} to {last} {}", names.1)
    } else {
        format!("{first} {} to {last} {}", names.0, names.1)
    }
}

/// The zone's usual letters at that moment, or its offset where it has none.
fn abbreviation(zone: Tz, moment: DateTime<Utc>) -> String {
    let there = zone.from_utc_datetime(&moment.naive_utc());
    let letters = there.format("%Z").to_string();
    if letters.starts_with(['+', '-']) { format!("UTC{}", there.format("%:z")) } else { letters }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_moment_is_written_in_both_zones_with_the_date_where_it_differs() {
        let evening = utc("2025-12-12T17:00:00Z");
        assert_eq!(
            both("Europe/Berlin".parse::<Tz>().unwrap(), evening),
            "Fri 12 Dec 2025, 18:00 CET (17:00 UTC)"
        );
        assert_eq!(
            both("Asia/Tokyo".parse::<Tz>().unwrap(), evening),
            "Sat 13 Dec 2025, 02:00 JST (Fri 12 Dec 2025, 17:00 UTC)"
        );
        assert_eq!(
            both("America/Sao_Paulo".parse::<Tz>().unwrap(), evening),
            "Fri 12 Dec 2025, 14:00 UTC-03:00 (17:00 UTC)"
        );
        assert_eq!(both(Tz::UTC, evening), "Fri 12 Dec 2025, 17:00 UTC");
        assert_eq!(
            both("Europe/London".parse::<Tz>().unwrap(), evening),
            "Fri 12 Dec 2025, 17:00 GMT (17:00 UTC)"
        );
    }

    #[test]
    fn a_length_is_written_in_the_unit_that_fits() {
        let told = [1, 9, 119, 120, 540, 541, 7200, 7201].map(length);
        assert_eq!(
            told,
            [
                "a second",
                "9 seconds",
                "119 seconds",
                "2 minutes",
                "9 minutes",
                "10 minutes",
                "120 minutes",
                "3 hours"
            ]
        );
    }

    #[test]
    fn a_span_over_the_change_of_the_clock_names_both_offsets() {
        let interval = Interval::new(utc("2026-03-28T17:00:00Z"), utc("2026-03-29T16:00:00Z")).unwrap();
        let span = span("Europe/Berlin".parse::<Tz>().unwrap(), interval);
        assert_eq!(span.local, "Sat 28 Mar, 18:00 CET to Sun 29 Mar 2026, 18:00 CEST");
        assert_eq!(span.utc.unwrap(), "Sat 28 Mar, 17:00 to Sun 29 Mar 2026, 16:00 UTC");
    }
}
