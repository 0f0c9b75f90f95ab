//! Whether dates moved by so much that people have to hear of it.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::window::{Interval, Schedule};

/// A move of less than this is not worth a notification.
const MATERIAL_MOVE: TimeDelta = TimeDelta::hours(1);

/// Whether dates moved by so much that people have to hear of it: an hour. What is over by `now` is no news.
pub fn moved_materially(from: Schedule, to: Schedule, now: DateTime<Utc>) -> bool {
    let moment_moved = |from: DateTime<Utc>, to: DateTime<Utc>| (to - from).abs() >= MATERIAL_MOVE;
    // A date that is said for the first time is news while it is to come; one that is said no more is none.
    let said_moved = |from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>>| match (from, to) {
        (Some(from), Some(to)) => moment_moved(from, to),
        (None, Some(to)) => now < to,
        (_, None) => false,
    };
    let interval_moved = |from: Option<Interval>, to: Option<Interval>| match (from, to) {
        (Some(from), Some(to)) => {
            let over = from.end() <= now && to.end() <= now;
            !over
                && (said_moved(from.said_start(), to.said_start())
                    || said_moved(from.said_end(), to.said_end()))
        }
        // A window that is over may be left out, and one that is over is no news.
        (Some(one), None) | (None, Some(one)) => now < one.end(),
        (None, None) => false,
    };
    interval_moved(from.self_service, to.self_service) || interval_moved(from.scheduled, to.scheduled)
}
