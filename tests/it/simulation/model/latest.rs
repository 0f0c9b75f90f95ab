//! By when something has to be sent.

use chrono::TimeDelta;

use super::calendar::Calendar;
use super::rules::{Waits, Want};
use crate::simulation::history::Time;

const DAY: TimeDelta = TimeDelta::days(1);

/// By when it has been sent at the latest, when nothing keeps messages from being sent. `None` when it goes along with
/// whatever is sent next. News that came to be late by a change at `begun` waits for its hours from then on.
pub(crate) fn latest(want: &Want, calendar: &Calendar, begun: Time, now: Time) -> Option<Time> {
    let deadline = want.deadline.filter(|at| now < *at);
    let permitted = |from: Time| {
        let open = calendar.permitted(from);
        match deadline {
            Some(deadline) if deadline < open + TimeDelta::hours(12) => {
                let awake = calendar.awake(from);
                if deadline < awake + TimeDelta::hours(2) { from } else { awake }
            }
            _ => open,
        }
    };
    let is_urgent = |at: Time| deadline.is_some_and(|deadline| deadline - at <= DAY * 7);
    // What is known of an attempt goes with the announcement.
    let goes_into_a_near_digest = want.waits == Waits::TheWave
        || matches!(want.stage, "announced" | "rescheduled" | "self-service open" | "cancelled");
    let news = |from: Time| {
        let first = permitted(from);
        let at = if is_urgent(first) { first } else { permitted(calendar.tomorrow(first)) };
        let slot = calendar.slot_after(at - TimeDelta::seconds(1)).filter(|_| goes_into_a_near_digest);
        slot.filter(|slot| *slot - at <= TimeDelta::hours(12)).map_or(at, |slot| slot.max(at))
    };
    let counts = want.counts;
    // What changed by a message is planned for in the next minute, when the hours may be over.
    let next = begun + TimeDelta::minutes(1);
    let late = match want.waits {
        Waits::TheWave | Waits::Hours => Some(news(begun).max(news(next))),
        Waits::HoursOnly => Some(permitted(begun).max(permitted(next))),
        Waits::Nothing | Waits::TheDigest => None,
    };
    let latest = match want.waits {
        Waits::Nothing => Some(counts + TimeDelta::minutes(1)),
        Waits::HoursOnly => Some(permitted(counts + TimeDelta::minutes(1))),
        Waits::TheDigest => calendar.slot_after(counts),
        Waits::Hours => Some(news(counts)),
        Waits::TheWave => {
            let calm = news(counts + calendar.manners.settle * 2);
            let sooner = deadline.map(|deadline| {
                let short = (counts + TimeDelta::minutes(30)).max(deadline - DAY * 7);
                news(short.min(counts.max(deadline - DAY * 3)))
            });
            Some(sooner.map_or(calm, |sooner| calm.min(sooner)))
        }
    };
    latest.map(|latest| if latest < begun { latest.max(late.unwrap_or(latest)) } else { latest })
}
