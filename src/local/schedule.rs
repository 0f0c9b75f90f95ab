//! NCRONTAB: the six fields of a timer's schedule, in UTC.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};

/// The names that may stand for numbers.
const NAMES: [&str; 19] = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC", "SUN", "MON", "TUE",
    "WED", "THU", "FRI", "SAT",
];

/// A timer's schedule.
pub(super) struct TimerSchedule(Box<Cron>);

impl TimerSchedule {
    /// Reads second, minute, hour, day, month, day of week. What other cron dialects know beyond that, the host
    /// would refuse.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let refuse = |reason: String| format!("\"{text}\" is not a schedule of six fields: {reason}");
        let fields = text.split_whitespace().count();
        if fields != 6 {
            return Err(refuse(format!("it has {fields}")));
        }
        let upper = text.to_ascii_uppercase();
        let has_no_meaning = |part: &&str| !part.is_empty() && !NAMES.contains(part);
        let symbols = |character: char| {
            character.is_ascii_digit() || character.is_whitespace() || "*,-/".contains(character)
        };
        if let Some(odd) = upper.split(symbols).find(has_no_meaning) {
            return Err(refuse(format!("`{odd}` has no meaning in it")));
        }
        // NCRONTAB wants day and day of week to match both; other dialects are content with either.
        CronParser::builder()
            .seconds(Seconds::Required)
            .year(Year::Disallowed)
            .dom_and_dow(true)
            .build()
            .parse(text)
            .map(|cron| Self(Box::new(cron)))
            .map_err(|error| refuse(error.to_string()))
    }

    /// The first time after `time`; none when the fields never meet, as on 30 February.
    pub(super) fn next_after(&self, time: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.0.find_next_occurrence(&time, false).ok()
    }

    /// Whether two of the next times are less than a minute apart. The host then does not monitor the schedule.
    pub(super) fn is_faster_than_a_minute(&self, from: DateTime<Utc>) -> bool {
        let mut previous = None;
        let mut time = from;
        for _ in 0..5 {
            let Some(next) = self.next_after(time) else {
                return false;
            };
            if previous.is_some_and(|previous| next - previous < TimeDelta::minutes(1)) {
                return true;
            }
            previous = Some(next);
            time = next;
        }
        false
    }
}

/// The parsed form is thousands of bits; the text says as much.
impl fmt::Debug for TimerSchedule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Schedule({self})")
    }
}

impl fmt::Display for TimerSchedule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(schedule: &str, after: &str) -> String {
        let after: DateTime<Utc> = after.parse().unwrap();
        TimerSchedule::parse(schedule).unwrap().next_after(after).unwrap().to_rfc3339()
    }

    #[test]
    fn the_next_time_is_after_the_given_one() {
        assert_eq!(next("0 */15 * * * *", "2030-01-01T00:00:00Z"), "2030-01-01T00:15:00+00:00");
        assert_eq!(next("0 */15 * * * *", "2030-01-01T00:14:59.9Z"), "2030-01-01T00:15:00+00:00");
        assert_eq!(next("0 7 * * * *", "2030-01-01T00:07:00.5Z"), "2030-01-01T01:07:00+00:00");
        assert_eq!(next("30 * * * * *", "2030-12-31T23:59:30Z"), "2031-01-01T00:00:30+00:00");
        assert_eq!(next("0 0 8 * * MON-FRI", "2030-01-04T08:00:00Z"), "2030-01-07T08:00:00+00:00");
    }

    #[test]
    fn day_and_weekday_must_both_match() {
        assert_eq!(next("0 0 0 13 * FRI", "2030-01-01T00:00:00Z"), "2030-09-13T00:00:00+00:00");
    }

    #[test]
    fn a_schedule_faster_than_a_minute_is_told_apart() {
        let from = "2030-01-01T00:00:07Z".parse().unwrap();
        let is_fast = |text: &str| TimerSchedule::parse(text).unwrap().is_faster_than_a_minute(from);
        assert!(is_fast("*/30 * * * * *"));
        assert!(!is_fast("30 * * * * *"));
    }

    #[test]
    fn other_dialects_are_refused() {
        let errors =
            ["* * * * *", "00:05:00", "0 0 0 L * *", "0 0 0 * * MON#1", "0 99 * * * *", "0 0 0 ? * *"]
                .map(|text| TimerSchedule::parse(text).unwrap_err());
        insta::assert_snapshot!(errors.join("\n"), @r#"
        "* * * * *" is not a schedule of six fields: it has 5
        "00:05:00" is not a schedule of six fields: it has 1
        "0 0 0 L * *" is not a schedule of six fields: `L` has no meaning in it
        "0 0 0 * * MON#1" is not a schedule of six fields: `MON#` has no meaning in it
        "0 99 * * * *" is not a schedule of six fields: Component error: Number out of bounds.
        "0 0 0 ? * *" is not a schedule of six fields: `?` has no meaning in it
        "#);
        let never = TimerSchedule::parse("0 0 0 30 2 *").unwrap();
        assert_eq!(never.next_after("2030-01-01T00:00:00Z".parse().unwrap()), None);
    }
}
