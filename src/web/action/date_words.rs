//! What the page says of dates: until when there is to choose, what Azure does otherwise, what is planned.

use chrono::{DateTime, Utc};

use crate::domain::time_zone::Tz;
use crate::domain::window::Schedule;
use crate::render::times::{both, day_and_time, local};

/// How long it is until `moment`, in words.
pub(super) fn left(moment: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let left = moment - now;
    let count = |count: i64, one: &str, several: &str| {
        format!("{count} {} left", if count == 1 { one } else { several })
    };
    match left.num_hours() {
        ..1 => count(left.num_minutes().max(0), "minute", "minutes"),
        hours @ 1..48 => count(hours, "hour", "hours"),
        hours => count(hours / 24, "day", "days"),
    }
}

/// What happens to machines if nobody does anything: Azure restarts them between two moments, as far as it says them.
pub(super) fn if_nothing(
    one: bool,
    restarts: bool,
    (earliest, latest): (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
    now: DateTime<Utc>,
    zone: Tz,
) -> String {
    let does = match (restarts, one) {
        (true, true) => "restarts it",
        (true, false) => "restarts them",
        (false, true) => "carries out its maintenance",
        (false, false) => "carries out their maintenance",
    };
    let when = match (earliest.filter(|earliest| now < *earliest), latest) {
        (Some(earliest), Some(latest)) => {
            format!("any time between {} and {}.", local(zone, earliest), local(zone, latest))
        }
        (Some(earliest), None) => format!("any time from {}.", local(zone, earliest)),
        (None, Some(latest)) => format!("any time until {}.", local(zone, latest)),
        (None, None) => "later; it has not said when.".to_owned(),
    };
    format!("If you do nothing, Azure {does} {when}")
}

/// The dates of machines in one line: until when there is to choose, and from when Azure does it.
pub(super) fn dates_in_short(dates: &Schedule, now: DateTime<Utc>, zone: Tz) -> String {
    let at = |moment| day_and_time(zone, moment);
    let own = dates.self_service.filter(|own| now < own.end());
    let own = own.map(|own| match (own.said_start().filter(|start| now < *start), own.said_end()) {
        (Some(start), Some(end)) => format!("Choose from {} to {}", at(start), at(end)),
        (Some(start), None) => format!("Choose from {}", at(start)),
        (None, Some(end)) => format!("Choose by {}", at(end)),
        (None, None) => "Choose now".to_owned(),
    });
    let else_azure = if own.is_some() { "else Azure" } else { "Azure does it" };
    let azure = dates.scheduled.and_then(|azure| {
        match (azure.said_start().filter(|start| now < *start), azure.said_end()) {
            (Some(start), _) => Some(format!("{else_azure} from {}", at(start))),
            (None, Some(end)) => Some(format!("{else_azure} until {}", at(end))),
            (None, None) => None,
        }
    });
    let said: Vec<String> = own.into_iter().chain(azure).collect();
    if said.is_empty() { "Azure has given no dates".to_owned() } else { said.join(" · ") }
}

/// That starts at these moments are planned.
pub(super) fn planned(begins: &[DateTime<Utc>], zone: Tz) -> String {
    let first = begins.iter().min().map(|first| both(zone, *first)).unwrap_or_default();
    match begins.len() {
        1 => {
            format!("It starts by itself on {first}. There is nothing to do, unless you want to call it off.")
        }
        count => format!(
            "{count} starts are planned, the first on {first}. There is nothing to do, unless you want to call one off."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures::utc;

    #[test]
    fn what_is_left_is_said_in_whole_days_hours_or_minutes() {
        let now = utc("2026-12-01T08:00:00Z");
        let said = |at: &str| left(utc(at), now);
        assert_eq!(said("2026-12-17T04:00:00Z"), "15 days left");
        assert_eq!(said("2026-12-03T08:00:00Z"), "2 days left");
        assert_eq!(said("2026-12-03T07:59:00Z"), "47 hours left");
        assert_eq!(said("2026-12-01T09:00:00Z"), "1 hour left");
        assert_eq!(said("2026-12-01T08:01:30Z"), "1 minute left");
        assert_eq!(said("2026-12-01T07:00:00Z"), "0 minutes left");
    }

    #[test]
    fn what_azure_does_is_said_as_far_as_it_says_when() {
        let (now, zone) = (utc("2026-12-01T08:00:00Z"), Tz::UTC);
        let (from, to) = (Some(utc("2026-12-12T22:00:00Z")), Some(utc("2026-12-26T18:00:00Z")));
        let said = |one, restarts, dates| if_nothing(one, restarts, dates, now, zone);
        insta::assert_snapshot!(said(true, true, (from, to)), @"If you do nothing, Azure restarts it any time between Sat 12 Dec 2026, 22:00 UTC and Sat 26 Dec 2026, 18:00 UTC.");
        insta::assert_snapshot!(said(false, true, (Some(now), to)), @"If you do nothing, Azure restarts them any time until Sat 26 Dec 2026, 18:00 UTC.");
        insta::assert_snapshot!(said(false, false, (from, None)), @"If you do nothing, Azure carries out their maintenance any time from Sat 12 Dec 2026, 22:00 UTC.");
        insta::assert_snapshot!(said(true, true, (None, None)), @"If you do nothing, Azure restarts it later; it has not said when.");
    }
}
