//! What operators hear of windows that no message to an owner can settle: dates that passed without a word of Azure, and
//! announcements that machines do not show.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::action::response::WindowActions;
use crate::domain::operator_alert::OperatorAlert;
use crate::domain::planning::elsewhere;
use crate::domain::planning::passed::unknown_since;
use crate::domain::resource::{ResourceId, SubscriptionId};
use crate::domain::window::MaintenanceWindow;

/// How long after its last date the fallback hears that nothing is known of a window.
const FALLBACK_AFTER: TimeDelta = TimeDelta::days(3);

/// What passed longer ago than this is no news to them any more.
const NEWS: TimeDelta = TimeDelta::days(30);

/// How many machines an alert names.
const NAMED: usize = 20;

/// What operators should hear of `windows` of `subscription` at `now`, one alert for all that share their dates.
pub fn overdue_alerts<'a>(
    subscription: &SubscriptionId,
    windows: impl Iterator<Item = (&'a MaintenanceWindow, &'a WindowActions)>,
    now: DateTime<Utc>,
) -> Vec<OperatorAlert> {
    let mut passed: BTreeMap<DateTime<Utc>, Vec<&ResourceId>> = BTreeMap::new();
    let mut announced: BTreeMap<Announced, Vec<&ResourceId>> = BTreeMap::new();
    for (window, actions) in windows {
        let id = window.place();
        let since = unknown_since(window, actions, now);
        if let Some(until) = since.filter(|until| *until + FALLBACK_AFTER <= now && now - *until < NEWS) {
            passed.entry(until).or_default().push(id);
        }
        if let Some(known) = window.elsewhere.filter(|_| elsewhere::is_due(window, now)) {
            let tracking_ids = window.tracking_ids.clone();
            let key = Announced { tracking_ids, from: known.from, until: known.until };
            announced.entry(key).or_default().push(id);
        }
    }
    let passed = passed.into_iter().map(|(until, ids)| {
        let (machines, count) = named(ids);
        OperatorAlert::Passed { subscription: subscription.clone(), until, machines, count }
    });
    let announced = announced.into_iter().map(|(key, ids)| {
        let (machines, count) = named(ids);
        let Announced { tracking_ids, from, until } = key;
        let subscription = subscription.clone();
        OperatorAlert::AnnouncedElsewhere { subscription, tracking_ids, from, until, machines, count }
    });
    passed.chain(announced).collect()
}

/// What machines share that one announcement names.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Announced {
    tracking_ids: Vec<String>,
    from: Option<DateTime<Utc>>,
    until: Option<DateTime<Utc>>,
}

fn named(mut ids: Vec<&ResourceId>) -> (Vec<ResourceId>, usize) {
    ids.sort();
    let count = ids.len();
    (ids.into_iter().take(NAMED).cloned().collect(), count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures::{utc, window};
    use crate::domain::window::{EndReason, LastResult, WindowState};

    /// Azure's window of it ends on 2026-12-20.
    fn known(name: &str) -> MaintenanceWindow {
        window(name, utc("2026-12-01T10:00:00Z"))
    }

    fn alerts(windows: &[MaintenanceWindow], now: &str) -> Vec<(String, usize)> {
        let none = WindowActions::default();
        let subscription = windows[0].place().subscription();
        let pairs = windows.iter().map(|window| (window, &none));
        overdue_alerts(&subscription, pairs, utc(now))
            .into_iter()
            .map(|alert| match &alert {
                OperatorAlert::Passed { count, .. } | OperatorAlert::AnnouncedElsewhere { count, .. } => {
                    (alert.key(), *count)
                }
                _ => unreachable!(),
            })
            .collect()
    }

    #[test]
    fn dates_that_passed_are_the_operators_matter_after_three_days_in_one_alert_that_stays_the_same() {
        let both = [known("web-01"), known("web-02")];
        assert_eq!(alerts(&both, "2026-12-23T09:59:00Z"), []);
        let first = alerts(&both, "2026-12-23T10:00:00Z");
        assert_eq!(first.iter().map(|(_, count)| *count).collect::<Vec<_>>(), [2]);
        let later = alerts(&both[..1], "2027-01-03T10:00:00Z");
        assert_eq!(later, [(first[0].0.clone(), 1)], "fewer machines are no other alert");
    }

    #[test]
    fn of_what_is_done_skipped_or_ended_nobody_asks_what_became() {
        let mut done = known("web-01");
        done.facts.last_result = LastResult::MaintenanceCompleted;
        let mut skipped = known("web-02");
        skipped.facts.self_start_allowed = false;
        skipped.facts.last_result = LastResult::MaintenanceAborted;
        let mut ended = known("web-03");
        ended.state = WindowState::Ended { at: utc("2026-12-19T10:00:00Z"), why: EndReason::Moved };
        assert_eq!(alerts(&[done, skipped, ended], "2027-01-03T10:00:00Z"), []);
    }
}
