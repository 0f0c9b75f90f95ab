//! Hours, quiet times and digest schedules, by the recipient's own clock.
//!
//! Local times are turned into instants the way people expect on the two odd days of a year: a time that the spring
//! change skips counts as the first moment after the gap, a time that the autumn change repeats counts once, at its
//! first occurrence.

mod digest;

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use chrono::{
    DateTime, Datelike, Days, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc,
    Weekday,
};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

pub use digest::DigestSchedule;

/// A text that is no schedule, no hours or no time of day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not understood: {problem}")]
pub struct InvalidSchedule {
    text: String,
    problem: String,
}

fn invalid(text: &str, problem: impl Into<String>) -> InvalidSchedule {
    InvalidSchedule { text: text.chars().take(120).collect(), problem: problem.into() }
}

/// The instant of a local time; the first one when it occurs twice, the end of the gap when it does not occur.
pub fn instant(zone: Tz, local: NaiveDateTime) -> DateTime<Utc> {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(moment) | LocalResult::Ambiguous(moment, _) => moment.with_timezone(&Utc),
        LocalResult::None => {
            // Gaps are at most a day (a country that crossed the date line), and begin and end on minutes.
            let after_gap = (1..=26 * 60).find_map(|minutes| {
                zone.from_local_datetime(&(local + TimeDelta::minutes(minutes))).earliest()
            });
            after_gap.map_or_else(
                || local.and_utc(),
                |moment| {
                    // Step back to the first instant after the gap.
                    let first = (0..60).rev().find_map(|seconds| {
                        let earlier = moment - TimeDelta::seconds(seconds);
                        (earlier.naive_local() > local).then_some(earlier)
                    });
                    first.unwrap_or(moment).with_timezone(&Utc)
                },
            )
        }
    }
}

/// A span of the day, such as `22:00-07:00`. It may reach past midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DailyRange {
    from: NaiveTime,
    to: NaiveTime,
}

impl DailyRange {
    fn length(self) -> TimeDelta {
        let length = self.to - self.from;
        if length > TimeDelta::zero() { length } else { length + TimeDelta::days(1) }
    }

    fn on(self, zone: Tz, day: NaiveDate) -> (DateTime<Utc>, DateTime<Utc>) {
        let from = day.and_time(self.from);
        (instant(zone, from), instant(zone, from + self.length()))
    }

    fn around(self, zone: Tz, moment: DateTime<Utc>) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let today = moment.with_timezone(&zone).date_naive();
        let spans = [today - Days::new(1), today].into_iter().map(|day| self.on(zone, day));
        spans.into_iter().find(|(start, end)| *start <= moment && moment < *end)
    }

    /// The end of the range that `moment` lies in; `None` when it lies in none.
    pub fn end_if_within(self, zone: Tz, moment: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.around(zone, moment).map(|(_, end)| end)
    }

    /// The start of the range that `moment` lies in; `None` when it lies in none.
    pub fn start_if_within(self, zone: Tz, moment: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.around(zone, moment).map(|(start, _)| start)
    }
}

impl FromStr for DailyRange {
    type Err = InvalidSchedule;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (from, to) =
            text.trim().split_once('-').ok_or_else(|| invalid(text, "write it like 22:00-07:00"))?;
        let end_of_day = |part: &str| part.trim() == "24:00";
        let time = |part: &str| {
            if end_of_day(part) {
                return Ok(NaiveTime::MIN);
            }
            NaiveTime::parse_from_str(part.trim(), "%H:%M")
                .map_err(|_| invalid(text, "a time of day looks like 08:30"))
        };
        Ok(Self { from: time(from)?, to: time(to)? })
    }
}

impl fmt::Display for DailyRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.from.format("%H:%M"), self.to.format("%H:%M"))
    }
}

/// The hours of a week, such as `MON-FRI 08:00-18:00, SAT 10:00-12:00`, or always.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Hours {
    /// At any time.
    Always,
    /// On these days, in these spans.
    Weekly(Vec<WeeklyRange>),
}

/// One span on some days of the week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WeeklyRange {
    days: Vec<Weekday>,
    range: DailyRange,
}

impl Hours {
    /// The first moment from `from` on that lies in the hours and on no holiday. `None` when the next year has none.
    pub fn next_open(
        &self,
        zone: Tz,
        holidays: &BTreeSet<NaiveDate>,
        from: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        let today = from.with_timezone(&zone).date_naive();
        // Yesterday's span may reach past midnight, so the search begins there.
        (0..=370).filter_map(|ahead| (today - Days::new(1)).checked_add_days(Days::new(ahead))).find_map(
            |day| {
                if holidays.contains(&day) {
                    return None;
                }
                let spans = match self {
                    Self::Always => vec![DailyRange { from: NaiveTime::MIN, to: NaiveTime::MIN }],
                    Self::Weekly(ranges) => {
                        let on_day = ranges.iter().filter(|range| range.days.contains(&day.weekday()));
                        on_day.map(|range| range.range).collect()
                    }
                };
                let openings = spans.into_iter().filter_map(|span| {
                    let (start, end) = span.on(zone, day);
                    (from < end).then(|| start.max(from))
                });
                openings.min()
            },
        )
    }
}

impl Hours {
    fn spans_on(&self, day: NaiveDate) -> impl Iterator<Item = DailyRange> {
        let (always, ranges) = match self {
            Self::Always => (Some(DailyRange { from: NaiveTime::MIN, to: NaiveTime::MIN }), [].as_slice()),
            Self::Weekly(ranges) => (None, ranges.as_slice()),
        };
        let on_day = ranges.iter().filter(move |range| range.days.contains(&day.weekday()));
        always.into_iter().chain(on_day.map(|range| range.range))
    }

    /// The last moment up to `until` in the hours: `until` itself, or an hour before the end of the span before it.
    fn last_open(
        &self,
        zone: Tz,
        holidays: &BTreeSet<NaiveDate>,
        until: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        let today = until.with_timezone(&zone).date_naive();
        let days = (0..=7).filter_map(|back| today.checked_sub_days(Days::new(back)));
        let worked = days.filter(|day| !holidays.contains(day));
        let spans = worked.flat_map(|day| self.spans_on(day).map(move |span| span.on(zone, day)));
        let before = spans.filter(|(start, _)| *start <= until);
        before
            .map(|(start, end)| if until < end { until } else { start.max(end - TimeDelta::hours(1)) })
            .max()
    }
}

const DAY_NAMES: [(&str, Weekday); 7] = [
    ("MON", Weekday::Mon),
    ("TUE", Weekday::Tue),
    ("WED", Weekday::Wed),
    ("THU", Weekday::Thu),
    ("FRI", Weekday::Fri),
    ("SAT", Weekday::Sat),
    ("SUN", Weekday::Sun),
];

fn weekdays(text: &str) -> Result<Vec<Weekday>, InvalidSchedule> {
    let day = |name: &str| {
        let found = DAY_NAMES.iter().position(|(known, _)| known.eq_ignore_ascii_case(name.trim()));
        found.ok_or_else(|| {
            invalid(text, format!("`{name}` is no day; the days are MON TUE WED THU FRI SAT SUN"))
        })
    };
    let mut days = Vec::new();
    for part in text.split('+') {
        let (first, last) = match part.split_once('-') {
            Some((first, last)) => (day(first)?, day(last)?),
            None => (day(part)?, day(part)?),
        };
        let count = (last + 7 - first) % 7;
        days.extend((0..=count).map(|offset| DAY_NAMES[(first + offset) % 7].1));
    }
    Ok(days)
}

impl FromStr for Hours {
    type Err = InvalidSchedule;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.trim().eq_ignore_ascii_case("always") {
            return Ok(Self::Always);
        }
        let range = |part: &str| {
            let words: Vec<&str> = part.split_whitespace().collect();
            match words.as_slice() {
                [days, range] => Ok(WeeklyRange { days: weekdays(days)?, range: range.parse()? }),
                _ => {
                    Err(invalid(text, "write hours like `MON-FRI 08:00-18:00, SAT 10:00-12:00`, or `always`"))
                }
            }
        };
        text.split(',').map(range).collect::<Result<_, _>>().map(Self::Weekly)
    }
}

impl TryFrom<String> for Hours {
    type Error = InvalidSchedule;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Hours> for String {
    fn from(hours: Hours) -> Self {
        hours.to_string()
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Weekly(ranges) = self else { return f.write_str("always") };
        for (index, WeeklyRange { days, range }) in ranges.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            // A run of days reads better by its ends.
            let is_run = days.windows(2).all(|pair| matches!(pair, [day, next] if day.succ() == *next));
            let names: Vec<String> = days.iter().map(|day| day.to_string().to_uppercase()).collect();
            let days = match names.as_slice() {
                [first, .., last] if is_run && names.len() > 2 => format!("{first}-{last}"),
                _ => names.join("+"),
            };
            write!(f, "{comma}{days} {range}")?;
        }
        Ok(())
    }
}

/// The first moment from `from` on at which news may arrive: in the hours, outside quiet times and holidays.
///
/// Falls back to `from` when a year has no such moment, because a message that is never sent helps nobody.
pub fn next_allowed(
    zone: Tz,
    hours: &Hours,
    quiet: &[DailyRange],
    holidays: &BTreeSet<NaiveDate>,
    from: DateTime<Utc>,
) -> DateTime<Utc> {
    let mut moment = from;
    // Each step leaves one closed span behind; hours and quiet times that never leave a gap end the search.
    for _ in 0..1000 {
        let Some(open) = hours.next_open(zone, holidays, moment) else {
            return from;
        };
        match quiet.iter().filter_map(|range| range.end_if_within(zone, open)).max() {
            Some(end) => moment = end,
            None => return open,
        }
    }
    from
}

/// The last moment up to `until` at which news may arrive: `until` itself when that is permitted, else an hour before
/// the span of hours ends that precedes it, so that there is time to read. At most three days earlier; `until` when
/// those have no such moment.
pub fn last_allowed(
    zone: Tz,
    hours: &Hours,
    quiet: &[DailyRange],
    holidays: &BTreeSet<NaiveDate>,
    until: DateTime<Utc>,
) -> DateTime<Utc> {
    let mut moment = until;
    for _ in 0..24 {
        let Some(open) =
            hours.last_open(zone, holidays, moment).filter(|open| until - *open <= TimeDelta::days(3))
        else {
            return until;
        };
        match quiet.iter().filter_map(|range| range.start_if_within(zone, open)).min() {
            Some(start) => moment = start - TimeDelta::minutes(1),
            None => return open,
        }
    }
    until
}

/// A length of time such as `7d`, `36h`, `90m`, `30s` or a sum such as `1d12h`.
///
/// # Errors
/// When the text is not a sum of numbers with a unit, or the sum is not positive or beyond ten years.
pub fn parse_span(text: &str) -> Result<TimeDelta, InvalidSchedule> {
    let problem = || invalid(text, "a length of time looks like 7d, 36h, 90m or 1d12h");
    let mut seconds: i64 = 0;
    let mut number = String::new();
    for character in text.trim().chars() {
        let unit = match character {
            '0'..='9' => {
                number.push(character);
                continue;
            }
            'd' => 86_400,
            'h' => 3_600,
            'm' => 60,
            's' => 1,
            _ => return Err(problem()),
        };
        let count: i64 = number.parse().map_err(|_| problem())?;
        seconds = count.checked_mul(unit).and_then(|part| seconds.checked_add(part)).ok_or_else(problem)?;
        number.clear();
    }
    if !number.is_empty() || seconds <= 0 || seconds > 3_660 * 86_400 {
        return Err(problem());
    }
    Ok(TimeDelta::seconds(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    const BERLIN: Tz = chrono_tz::Europe::Berlin;

    #[test]
    fn a_digest_comes_once_a_slot_over_both_changes_of_the_clock() {
        let half_past_two: DigestSchedule = "30 2 * * *".parse().unwrap();
        let spring = half_past_two.next_after(BERLIN, utc("2026-03-28T12:00:00Z")).unwrap();
        assert_eq!(spring, utc("2026-03-29T01:00:00Z"));
        let autumn = half_past_two.next_after(BERLIN, utc("2026-10-24T12:00:00Z")).unwrap();
        assert_eq!(autumn, utc("2026-10-25T00:30:00Z"));
        assert_eq!(half_past_two.next_after(BERLIN, autumn).unwrap(), utc("2026-10-26T01:30:00Z"));
        assert_eq!("never".parse::<DigestSchedule>().unwrap().next_after(BERLIN, autumn), None);
    }

    #[test]
    fn a_schedule_that_is_none_is_refused() {
        for text in ["", "daily", "0 8 * *", "0 0 8 * * MON", "61 8 * * *"] {
            assert!(text.parse::<DigestSchedule>().is_err(), "{text}");
        }
    }

    #[test]
    fn hours_read_back_as_they_are_written() {
        for text in
            ["always", "MON-FRI 08:00-18:00, SAT 10:00-12:00", "SAT+SUN 22:00-04:00", "FRI-MON 00:00-06:00"]
        {
            assert_eq!(text.parse::<Hours>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn news_waits_for_working_hours_and_skips_holidays() {
        let hours: Hours = "MON-FRI 08:00-18:00".parse().unwrap();
        let none = BTreeSet::new();
        // 2026-11-20 is a Friday.
        assert_eq!(
            hours.next_open(BERLIN, &none, utc("2026-11-20T16:59:00Z")),
            Some(utc("2026-11-20T16:59:00Z"))
        );
        assert_eq!(
            hours.next_open(BERLIN, &none, utc("2026-11-20T17:00:00Z")),
            Some(utc("2026-11-23T07:00:00Z"))
        );
        let holidays = BTreeSet::from([NaiveDate::from_ymd_opt(2026, 11, 23).unwrap()]);
        assert_eq!(
            hours.next_open(BERLIN, &holidays, utc("2026-11-20T17:00:00Z")),
            Some(utc("2026-11-24T07:00:00Z"))
        );
    }

    #[test]
    fn hours_may_reach_past_midnight() {
        let hours: Hours = "SAT 22:00-04:00".parse().unwrap();
        let none = BTreeSet::new();
        let sunday = utc("2026-11-22T01:00:00Z");
        assert_eq!(hours.next_open(BERLIN, &none, sunday), Some(sunday));
        assert_eq!(
            hours.next_open(BERLIN, &none, utc("2026-11-22T03:00:00Z")),
            Some(utc("2026-11-28T21:00:00Z"))
        );
    }

    #[test]
    fn quiet_times_push_news_to_their_end() {
        let quiet = ["22:00-07:00".parse().unwrap()];
        let none = BTreeSet::new();
        let night = utc("2026-11-20T23:00:00Z");
        assert_eq!(next_allowed(BERLIN, &Hours::Always, &quiet, &none, night), utc("2026-11-21T06:00:00Z"));
        let all_day = ["00:00-24:00".parse().unwrap()];
        assert_eq!(next_allowed(BERLIN, &Hours::Always, &all_day, &none, night), night);
    }

    #[test]
    fn reminders_come_forward_to_the_hours_before() {
        let hours: Hours = "MON-FRI 08:00-18:00".parse().unwrap();
        let none = BTreeSet::new();
        let reminder_clock =
            |at: &str| last_allowed(BERLIN, &hours, &["22:00-07:00".parse().unwrap()], &none, utc(at));
        assert_eq!(reminder_clock("2026-11-20T10:00:00Z"), utc("2026-11-20T10:00:00Z"));
        assert_eq!(reminder_clock("2026-11-22T10:00:00Z"), utc("2026-11-20T16:00:00Z"));
        let nights = last_allowed(
            BERLIN,
            &Hours::Always,
            &["22:00-07:00".parse().unwrap()],
            &none,
            utc("2026-11-20T23:00:00Z"),
        );
        assert_eq!(nights, utc("2026-11-20T20:59:00Z"));
    }

    #[test]
    fn a_local_time_inside_the_gap_is_the_first_moment_after_it() {
        let gap = NaiveDate::from_ymd_opt(2026, 3, 29).unwrap().and_hms_opt(2, 30, 0).unwrap();
        assert_eq!(instant(BERLIN, gap), utc("2026-03-29T01:00:00Z"));
        // Samoa left out the whole of 30 December 2011.
        let missing = NaiveDate::from_ymd_opt(2011, 12, 30).unwrap().and_hms_opt(8, 0, 0).unwrap();
        assert_eq!(instant(chrono_tz::Pacific::Apia, missing), utc("2011-12-30T10:00:00Z"));
    }

    #[test]
    fn spans_are_sums_with_units() {
        assert_eq!(parse_span("1d12h").unwrap(), TimeDelta::hours(36));
        assert_eq!(parse_span("90m").unwrap(), TimeDelta::minutes(90));
        for text in ["", "7", "d", "-1d", "7w", "0h", "99999999999999999999d"] {
            assert!(parse_span(text).is_err(), "{text}");
        }
    }
}
