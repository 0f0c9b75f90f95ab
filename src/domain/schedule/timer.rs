//! NCRONTAB: the six fields of a timer's schedule, in UTC.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};

use super::cron_fields::{Dialect, in_numbers};
use super::invalid::{InvalidSchedule, invalid};

/// A timer's schedule: second, minute, hour, day, month, day of week. What other dialects of cron know beyond that, the
/// Functions host would refuse.
pub struct TimerSchedule {
    text: String,
    cron: Box<Cron>,
}

impl FromStr for TimerSchedule {
    type Err = InvalidSchedule;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let numbers = in_numbers(text, Dialect::Timer).map_err(|problem| invalid(text, problem))?;
        // NCRONTAB wants day and day of week to match both; other dialects are content with either.
        CronParser::builder()
            .seconds(Seconds::Required)
            .year(Year::Disallowed)
            .dom_and_dow(true)
            .build()
            .parse(&numbers)
            .map(|cron| Self { text: text.to_owned(), cron: Box::new(cron) })
            .map_err(|error| invalid(text, error.to_string()))
    }
}

impl TimerSchedule {
    /// The first time after `time`; none when the fields never meet, as on 30 February.
    pub fn next_after(&self, time: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.cron.find_next_occurrence(&time, false).ok()
    }

    /// Whether two of the next times are less than a minute apart. The host then does not monitor the schedule.
    pub fn is_faster_than_a_minute(&self, from: DateTime<Utc>) -> bool {
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
        formatter.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(schedule: &str, after: &str) -> String {
        let after: DateTime<Utc> = after.parse().unwrap();
        schedule.parse::<TimerSchedule>().unwrap().next_after(after).unwrap().to_rfc3339()
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
        let is_fast = |text: &str| text.parse::<TimerSchedule>().unwrap().is_faster_than_a_minute(from);
        assert!(is_fast("*/30 * * * * *"));
        assert!(!is_fast("30 * * * * *"));
    }

    #[test]
    fn what_the_host_would_refuse_or_turn_round_is_refused() {
        let texts = [
            "* * * * *",
            "00:05:00",
            "0 0 0 L * *",
            "0 0 0 * * MON#1",
            "0 99 * * * *",
            "0 0 0 ? * *",
            "0 0 8 * * FRI-MON",
            "0 0 8 * * 7",
            "0 0 22-2 * * *",
            "0 */0 * * * *",
            "0 0 8 * * MO",
            "0 0 8 * JANVIER *",
            "0 0 8 0 * *",
            "0 0 8 1,,3 * *",
        ];
        let errors = texts.map(|text| text.parse::<TimerSchedule>().unwrap_err().to_string());
        insta::assert_snapshot!(errors.join("\n"), @r#"
        `* * * * *` is not understood: it needs 6 fields (second minute hour day month weekday), and has 5
        `00:05:00` is not understood: it needs 6 fields (second minute hour day month weekday), and has 1
        `0 0 0 L * *` is not understood: the day `L` is not between 1 and 31
        `0 0 0 * * MON#1` is not understood: the weekday `MON#1` is not one of SUN to SAT, or 0 to 6
        `0 99 * * * *` is not understood: the minute `99` is not between 0 and 59
        `0 0 0 ? * *` is not understood: the day `?` is not between 1 and 31
        `0 0 8 * * FRI-MON` is not understood: the weekday `FRI-MON` runs backwards, and the Functions host reads it the other way round; write 5,6,0,1
        `0 0 8 * * 7` is not understood: the weekday `7` is not one of SUN to SAT, or 0 to 6
        `0 0 22-2 * * *` is not understood: the hour `22-2` runs backwards, and the Functions host reads it the other way round; write 22,23,0,1,2
        `0 */0 * * * *` is not understood: the step `/0` of the minute is not between 1 and 59
        `0 0 8 * * MO` is not understood: the weekday `MO` is not one of SUN to SAT, or 0 to 6; write MON
        `0 0 8 * JANVIER *` is not understood: the month `JANVIER` is not one of JAN to DEC, or 1 to 12
        `0 0 8 0 * *` is not understood: the day `0` is not between 1 and 31
        `0 0 8 1,,3 * *` is not understood: the day `` is not between 1 and 31
        "#);
    }

    #[test]
    fn names_may_be_whole_and_hyphens_long() {
        let after = "2030-01-05T08:00:00Z";
        assert_eq!(next("0 0 8 * * Monday\u{2013}Friday", after), "2030-01-07T08:00:00+00:00");
        assert_eq!(next("0 0 8 1 march *", after), "2030-03-01T08:00:00+00:00");
    }

    #[test]
    fn a_day_that_never_comes_has_no_next_time() {
        let never: TimerSchedule = "0 0 0 30 2 *".parse().unwrap();
        assert_eq!(never.next_after("2030-01-01T00:00:00Z".parse().unwrap()), None);
    }
}
