//! When a recipient may be notified: hours, quiet times and holidays together.

use std::collections::BTreeSet;

use crate::domain::time_zone::Tz;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::daily_range::DailyRange;
use super::hours::Hours;

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

/// The last moment up to `until` at which news may arrive: `until` itself when that is allowed, else an hour before
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
