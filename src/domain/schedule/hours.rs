//! Hours of the week.

use crate::domain::as_text::as_text;
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use crate::domain::time_zone::Tz;
use chrono::{DateTime, Datelike as _, Days, NaiveDate, TimeDelta, Utc, Weekday};
use serde::{Deserialize, Serialize};

use super::daily_range::DailyRange;
use super::day_names::rewritten;
use super::invalid::{InvalidSchedule, invalid};

/// The hours of a week, such as `MON-FRI 08:00-18:00, SAT 10:00-12:00`, or always.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Hours {
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
                let openings = self.spans_on(day).filter_map(|span| {
                    let (start, end) = span.on(zone, day);
                    (from < end).then(|| start.max(from))
                });
                openings.min()
            },
        )
    }

    fn spans_on(&self, day: NaiveDate) -> impl Iterator<Item = DailyRange> {
        let (always, ranges) = match self {
            Self::Always => (Some(DailyRange::WHOLE_DAY), [].as_slice()),
            Self::Weekly(ranges) => (None, ranges.as_slice()),
        };
        let on_day = ranges.iter().filter(move |range| range.days.contains(&day.weekday()));
        always.into_iter().chain(on_day.map(|range| range.range))
    }

    /// The last moment up to `until` in the hours: `until` itself, or an hour before the end of the span before it.
    pub(super) fn last_open(
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
            let hint = rewritten(text).map(|meant| format!("; write {meant}")).unwrap_or_default();
            invalid(text, format!("`{name}` is no day; the days are MON TUE WED THU FRI SAT SUN{hint}"))
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

as_text!(Hours, InvalidSchedule);

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
