//! Spans of the day.

use std::fmt;
use std::str::FromStr;

use crate::domain::time_zone::Tz;
use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};

use super::invalid::{InvalidSchedule, invalid};
use super::local_time::instant;

/// A span of the day, such as `22:00-07:00`. It may reach past midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DailyRange {
    from: NaiveTime,
    to: NaiveTime,
}

impl DailyRange {
    /// From midnight to midnight.
    pub(super) const WHOLE_DAY: Self = Self { from: NaiveTime::MIN, to: NaiveTime::MIN };

    fn length(self) -> TimeDelta {
        let length = self.to - self.from;
        if length > TimeDelta::zero() { length } else { length + TimeDelta::days(1) }
    }

    /// When the range begins and ends that begins on `day`.
    pub(super) fn on(self, zone: Tz, day: NaiveDate) -> (DateTime<Utc>, DateTime<Utc>) {
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

/// What `8`, `8.30`, `8h30`, `8 Uhr` or `8am` would be here.
fn meant(part: &str) -> String {
    let lower = part.trim().to_lowercase();
    let afternoon = lower.ends_with("pm");
    let plain = lower.trim_end_matches(|c: char| c.is_alphabetic() || c == ' ');
    let (hour, minute) = plain.split_once(['.', 'h', ':']).unwrap_or((plain, "0"));
    let hour = hour.parse::<u32>().ok().map(|hour| if afternoon && hour < 12 { hour + 12 } else { hour });
    let time = hour.zip(minute.parse::<u32>().ok()).filter(|(hour, minute)| *hour < 24 && *minute < 60);
    time.map(|(hour, minute)| format!("; write {hour:02}:{minute:02}")).unwrap_or_default()
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
                .map_err(|_| invalid(text, format!("a time of day looks like 08:30{}", meant(part))))
        };
        Ok(Self { from: time(from)?, to: time(to)? })
    }
}

impl fmt::Display for DailyRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.from.format("%H:%M"), self.to.format("%H:%M"))
    }
}
