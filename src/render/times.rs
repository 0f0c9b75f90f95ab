//! Dates in words: the recipient's zone first, UTC always beside it; names and order as the language has them.

use crate::domain::time_zone::Tz;
use chrono::{DateTime, Datelike, TimeDelta, TimeZone, Utc};
use serde::Serialize;

use crate::domain::window::Interval;
use crate::words::{self, Locale};

/// A date that lies further away than this is written with its year.
const HALF_A_YEAR: TimeDelta = TimeDelta::days(183);

/// A moment in the recipient's zone: `Fri 12 Dec 2025, 18:00 CET`.
pub(crate) fn local(reader: impl Into<Locale>, moment: DateTime<Utc>) -> String {
    let reader = reader.into();
    let zone = abbreviation(reader.zone, moment);
    words::format_moment(reader.language, &date(reader, moment, true), &time(reader.zone, moment), &zone)
}

/// A moment in the recipient's zone and in UTC: `Fri 12 Dec 2025, 18:00 CET (17:00 UTC)`.
pub(crate) fn both(reader: impl Into<Locale>, moment: DateTime<Utc>) -> String {
    let reader = reader.into();
    match zoned(reader, moment) {
        ZonedMoment { local, utc: Some(utc) } => words::format_beside(reader.language, &local, &utc),
        ZonedMoment { local, utc: None } => local,
    }
}

/// The moment in UTC as it stands beside the local one, with its date where that differs: `17:00 UTC`.
///
/// `None` when the local time is UTC already.
fn beside(reader: Locale, moment: DateTime<Utc>) -> Option<String> {
    if abbreviation(reader.zone, moment) == "UTC" {
        return None;
    }
    let same_date = moment.with_timezone(&reader.zone).date_naive() == moment.date_naive();
    let utc = Locale { zone: Tz::UTC, ..reader };
    Some(if same_date { format!("{} UTC", time(Tz::UTC, moment)) } else { local(utc, moment) })
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
pub(crate) fn zoned(reader: impl Into<Locale>, moment: DateTime<Utc>) -> ZonedMoment {
    let reader = reader.into();
    ZonedMoment { local: local(reader, moment), utc: beside(reader, moment) }
}

/// Whether a date without its year could be taken for that of another year: it lies more than half a year away.
pub fn needs_year(moment: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    (moment - now).abs() > HALF_A_YEAR
}

/// A date in the recipient's zone for a subject or a sentence, with its year where that could be another one than meant.
pub(crate) fn dated(reader: impl Into<Locale>, moment: DateTime<Utc>, now: DateTime<Utc>) -> String {
    date(reader.into(), moment, needs_year(moment, now))
}

/// A date in the recipient's zone, short enough for a subject: `Fri 12 Dec`.
pub(crate) fn day(reader: impl Into<Locale>, moment: DateTime<Utc>) -> String {
    date(reader.into(), moment, false)
}

/// A date and time in the recipient's zone, short enough for a subject: `Fri 12 Dec 18:00 CET`.
pub(crate) fn day_and_time(reader: impl Into<Locale>, moment: DateTime<Utc>) -> String {
    let reader = reader.into();
    let zone = abbreviation(reader.zone, moment);
    words::format_moment_short(
        reader.language,
        &date(reader, moment, false),
        &time(reader.zone, moment),
        &zone,
    )
}

/// A day to act by, with the time once it comes near enough that the hour matters.
pub(crate) fn by(reader: impl Into<Locale>, until: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let reader = reader.into();
    match until - now < TimeDelta::hours(48) {
        true => day_and_time(reader, until),
        false => dated(reader, until, now),
    }
}

/// A time of the day in the recipient's zone, for what is minutes away: `18:00 CET`.
pub(crate) fn clock(reader: impl Into<Locale>, moment: DateTime<Utc>) -> String {
    let zone = reader.into().zone;
    format!("{} {}", time(zone, moment), abbreviation(zone, moment))
}

/// A length of time in words: `45 seconds`, `9 minutes`. What is longer than two minutes is rounded up to whole ones.
pub(crate) fn length(reader: impl Into<Locale>, seconds: u32) -> String {
    let (count, unit) = match seconds {
        0..120 => (seconds, "seconds"),
        120..=7200 => (seconds.div_ceil(60), "minutes"),
        _ => (seconds.div_ceil(3600), "hours"),
    };
    words::length(reader.into().language, count as usize, unit)
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
pub(crate) fn span(reader: impl Into<Locale>, interval: Interval) -> ZonedSpan {
    let reader = reader.into();
    let local = ends(reader, interval);
    let utc = ends(Locale { zone: Tz::UTC, ..reader }, interval);
    ZonedSpan { utc: (utc != local).then_some(utc), local }
}

/// The same with only the hours in UTC where the days are those of the recipient's zone.
pub(crate) fn brief_span(reader: Locale, interval: Interval) -> ZonedSpan {
    let whole = span(reader, interval);
    let same_day =
        |moment: DateTime<Utc>| moment.with_timezone(&reader.zone).date_naive() == moment.date_naive();
    let utc = whole.utc.map(|utc| match (interval.said_start(), interval.said_end()) {
        (Some(start), Some(end)) if same_day(start) && same_day(end) => {
            let hours = words::span(reader.language, &time(Tz::UTC, start), &time(Tz::UTC, end));
            format!("{hours} UTC")
        }
        _ => utc,
    });
    ZonedSpan { utc, ..whole }
}

fn ends(reader: Locale, interval: Interval) -> String {
    let Locale { language, zone } = reader;
    match (interval.said_start(), interval.said_end()) {
        (None, Some(end)) => return words::span_until(language, &local(reader, end)),
        (Some(start), None) => return words::span_from(language, &local(reader, start)),
        _ => {}
    }
    let (start, end) = (interval.start().with_timezone(&zone), interval.end().with_timezone(&zone));
    let names = (abbreviation(zone, interval.start()), abbreviation(zone, interval.end()));
    let one_day = start.date_naive() == end.date_naive();
    // The year stands once, at the end, unless the two differ.
    let first_day = date(reader, interval.start(), start.year() != end.year() || one_day);
    let first_time = time(zone, interval.start());
    let first = match names.0 == names.1 {
        true => words::format_moment_open(language, &first_day, &first_time),
        false => words::format_moment(language, &first_day, &first_time, &names.0),
    };
    let last = match one_day {
        true => clock(reader, interval.end()),
        false => local(reader, interval.end()),
    };
    words::span(language, &first, &last)
}

fn date(reader: Locale, moment: DateTime<Utc>, with_year: bool) -> String {
    let there = moment.with_timezone(&reader.zone);
    let language = reader.language;
    let name = |names: &[&'static str], index: u32| names.get(index as usize).copied().unwrap_or_default();
    let weekday = name(&language.weekdays(), there.weekday().num_days_from_monday());
    let (day, month) = (there.day().to_string(), name(&language.months(), there.month0()));
    match with_year {
        true => words::format_day_year(language, &day, month, weekday, &there.year().to_string()),
        false => words::format_day(language, &day, month, weekday),
    }
}

fn time(zone: Tz, moment: DateTime<Utc>) -> String {
    moment.with_timezone(&zone).format("%H:%M").to_string()
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
        let lengths = [1, 9, 119, 120, 540, 541, 7200, 7201].map(|seconds| length(Tz::UTC, seconds));
        assert_eq!(
            lengths,
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
