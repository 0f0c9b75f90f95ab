//! Moments for people: in the zone of the configuration, and how far away.

use chrono::{DateTime, TimeDelta, TimeZone, Utc};

use crate::domain::time_zone::Tz;

/// `Fri 11 Dec, 11:00`; with its year where that could be another one than meant.
pub(super) fn moment(zone: Tz, at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let format = if crate::render::needs_year(at, now) { "%a %-d %b %Y, %H:%M" } else { "%a %-d %b, %H:%M" };
    at.with_timezone(&zone).format(format).to_string()
}

/// The moment of a line.
pub(super) fn of_seconds(seconds: i64) -> DateTime<Utc> {
    Utc.timestamp_opt(seconds, 0).single().unwrap_or_default()
}

/// `in 4 days`, `3 h ago`, `now`.
pub(super) fn distance(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let apart = (at - now).abs();
    let text = length(apart);
    if apart < TimeDelta::minutes(1) {
        "now".to_owned()
    } else if at > now {
        format!("in {text}")
    } else {
        format!("{text} ago")
    }
}

/// `4 days`, `3 h`, `5 min`.
pub(super) fn length(span: TimeDelta) -> String {
    let (days, hours, minutes) = (span.num_days(), span.num_hours(), span.num_minutes());
    match (days, hours) {
        (2.., _) => format!("{days} days"),
        (_, 1..) => format!("{hours} h"),
        _ => format!("{minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures::utc;

    #[test]
    fn a_distance_is_said_in_its_largest_unit() {
        let now = utc("2026-12-01T12:00:00Z");
        let said = |at: &str| distance(utc(at), now);
        assert_eq!(said("2026-12-05T13:00:00Z"), "in 4 days");
        assert_eq!(said("2026-12-02T14:00:00Z"), "in 26 h");
        assert_eq!(said("2026-12-01T11:55:00Z"), "5 min ago");
        assert_eq!(said("2026-12-01T12:00:30Z"), "now");
    }
}
