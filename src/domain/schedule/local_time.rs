//! Local times as instants.

use crate::domain::time_zone::Tz;
use chrono::{DateTime, LocalResult, NaiveDateTime, TimeDelta, TimeZone as _, Utc};

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
