//! What Azure announces minutes or days ahead: scheduled events, noted on the windows of the machines that they name.
//!
//! Events come several times, late and in any order, so noting one only ever adds to what is known of it: the same
//! events give the same notes whichever way they came.

use chrono::{DateTime, Utc};

use super::resource::{ResourceId, ResourceKind, same_id};
use super::scheduled_event::{EventNews, FURTHEST, STALE, ScheduledEvent};
use super::stage::Stage;
use super::window::MaintenanceWindow;

/// How many events a window keeps: as many that Azure confirmed, and as many that it did not.
const MOST_EVENTS: usize = 8;

impl MaintenanceWindow {
    /// What people should hear of scheduled events at `now`, in order.
    pub fn event_news(&self, now: DateTime<Utc>) -> impl Iterator<Item = (&ScheduledEvent, EventNews)> {
        self.scheduled_events.iter().filter_map(move |event| Some((event, event.news(now)?)))
    }

    /// The first to come of the events that are reported as `stage`.
    pub fn next_event(&self, stage: Stage, now: DateTime<Utc>) -> Option<&ScheduledEvent> {
        let reported = self.event_news(now).filter(|(_, news)| news.stage == stage).map(|(event, _)| event);
        reported.min_by_key(|event| (event.not_before().unwrap_or(DateTime::<Utc>::MAX_UTC), event.at))
    }

    /// Whether Azure has still to be asked about one of its events.
    pub fn awaits_word(&self, now: DateTime<Utc>) -> bool {
        self.is_open() && self.scheduled_events.iter().any(|event| event.is_open(now))
    }
}

/// An event and the machines that it is about. Azure names them without saying which resources they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduledEventNotice {
    pub event: ScheduledEvent,
    /// The machine or the scale set to which the event belongs.
    pub about: ResourceId,
    /// The names of the machines, as people know them: `web-01`, `front_3`.
    pub names: Vec<String>,
}

impl ScheduledEventNotice {
    /// Whether it is about `resource`: one of the named machines, in the event's own resource group and scale set.
    pub fn names(&self, resource: &ResourceId) -> bool {
        let about = &self.about;
        if self.names.is_empty() {
            return resource == about;
        }
        let set = resource.scale_set();
        resource.subscription() == about.subscription()
            && same_id(resource.resource_group(), about.resource_group())
            && (set.is_none() || set.as_ref() == Some(about) || resource == about)
            && matches!(resource.kind(), ResourceKind::Vm | ResourceKind::ScaleSetInstance)
            && self.names.iter().any(|name| same_id(name, &resource.display_name()))
    }

    /// The ids that the named machines most likely have, for looking at them.
    pub fn likely(&self) -> Vec<ResourceId> {
        if self.names.is_empty() {
            return vec![self.about.clone()];
        }
        let about = self.about.as_str();
        let parts: Vec<&str> = about.split('/').collect();
        let is_set = parts.get(7).is_some_and(|part| part.eq_ignore_ascii_case("virtualMachineScaleSets"));
        let group = parts.get(..5).unwrap_or_default().join("/");
        let plain = self.names.iter().filter(|name| !name.contains(['/', '?', '#', '%']));
        let ids = plain.filter_map(|name| {
            let instance = name.rsplit_once('_').filter(|(set, number)| {
                is_set
                    && parts.get(8).is_some_and(|own| own.eq_ignore_ascii_case(set))
                    && number.bytes().all(|byte| byte.is_ascii_digit())
            });
            let text = match instance {
                Some((_, number)) => {
                    format!("{}/virtualMachines/{number}", parts.get(..9).unwrap_or_default().join("/"))
                }
                None => format!("{group}/providers/Microsoft.Compute/virtualMachines/{name}"),
            };
            ResourceId::parse(&text).ok()
        });
        ids.collect()
    }
}

/// Notes what an event says on every open window that it is about. Returns the windows that are different now. What is
/// long over, or further ahead than Azure ever announces, is not noted.
pub fn note<'a>(
    windows: impl IntoIterator<Item = &'a MaintenanceWindow>,
    notice: &ScheduledEventNotice,
) -> Vec<MaintenanceWindow> {
    let ScheduledEvent { not_before, at, heard, .. } = &notice.event;
    let heard = heard.unwrap_or(*at);
    let is_bounded = not_before.is_none_or(|at| heard - STALE < at && at < heard + FURTHEST);
    let windows = windows.into_iter().filter(|_| is_bounded);
    changed(windows, notice, |events| match events.iter_mut().find(|known| known.id == notice.event.id) {
        Some(known) => known.merge(&notice.event),
        None => events.push(notice.event.clone()),
    })
}

/// Notes what Azure itself says of an event, found at `now`, on every open window that it is about.
pub fn confirm<'a>(
    windows: impl IntoIterator<Item = &'a MaintenanceWindow>,
    notice: &ScheduledEventNotice,
    now: DateTime<Utc>,
) -> Vec<MaintenanceWindow> {
    changed(windows, notice, |events| match events.iter_mut().find(|known| known.id == notice.event.id) {
        Some(known) => known.confirm(&notice.event, now),
        // What is over before it was heard of is no news.
        None if notice.event.over => {}
        None => {
            let mut found = notice.event.clone();
            found.confirm(&notice.event, now);
            events.push(found);
        }
    })
}

/// Notes that Azure, asked at `now`, lists only `listed` of the window's events: those of which an event said that they
/// are over are.
pub fn close_unlisted(
    window: &MaintenanceWindow,
    listed: &[ScheduledEventNotice],
) -> Option<MaintenanceWindow> {
    let mut next = window.clone();
    let is_listed = |id: &str| listed.iter().any(|notice| notice.event.id == id);
    for event in next.scheduled_events.iter_mut().filter(|event| event.over && !is_listed(&event.id)) {
        if let Some(known) = &mut event.confirmed {
            known.over = true;
        }
    }
    (next != *window).then_some(next)
}

fn changed<'a>(
    windows: impl IntoIterator<Item = &'a MaintenanceWindow>,
    notice: &ScheduledEventNotice,
    change: impl Fn(&mut Vec<ScheduledEvent>),
) -> Vec<MaintenanceWindow> {
    let about = windows.into_iter().filter(|window| window.is_open() && notice.names(window.place()));
    let noted = about.map(|window| {
        let mut next = window.clone();
        change(&mut next.scheduled_events);
        bound(&mut next.scheduled_events);
        (window, next)
    });
    noted.filter(|(before, after)| *before != after).map(|(_, after)| after).collect()
}

/// Keeps the newest. What anybody can say never pushes out what Azure said.
fn bound(events: &mut Vec<ScheduledEvent>) {
    events.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
    let mut left = [MOST_EVENTS, MOST_EVENTS];
    let mut kept: Vec<ScheduledEvent> = Vec::new();
    for event in events.drain(..).rev() {
        let place = &mut left[usize::from(event.confirmed.is_some())];
        if *place > 0 {
            *place -= 1;
            kept.push(event);
        }
    }
    kept.reverse();
    *events = kept;
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::fixtures::{utc, vm_id, window};
    use crate::domain::window::Impact;
    use chrono::TimeDelta;

    fn event(id: &str, minute: i64) -> ScheduledEvent {
        let at = utc("2026-12-01T10:00:00Z") + TimeDelta::minutes(minute);
        ScheduledEvent {
            id: id.to_owned(),
            impact: Impact::Reboot,
            by_azure: true,
            not_before: Some(utc("2026-12-01T10:15:00Z")),
            seconds: u32::try_from(minute).ok(),
            at,
            scheduled: true,
            over: false,
            heard: Some(at),
            confirmed: None,
        }
    }

    fn notice(event: ScheduledEvent, about: &str, names: &[&str]) -> ScheduledEventNotice {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        ScheduledEventNotice { event, about: about.parse().unwrap(), names }
    }

    const SET: &str = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-app/providers/Microsoft.Compute/virtualMachineScaleSets/front";

    #[test]
    fn machines_are_found_by_name_in_the_events_own_group_and_scale_set() {
        let of_set = notice(event("e", 0), SET, &["FRONT_3", "flexible_a1b2"]);
        let instance: ResourceId = format!("{SET}/virtualMachines/3").parse().unwrap();
        let elsewhere: ResourceId =
            instance.as_str().replace("/front/", "/Front-2/").replace("rg-app", "rg-other").parse().unwrap();
        assert!(of_set.names(&instance) && of_set.names(&vm_id("flexible_a1b2")));
        assert!(!of_set.names(&elsewhere) && !of_set.names(&vm_id("web-01")));
        let likely: Vec<String> = of_set.likely().iter().map(ToString::to_string).collect();
        assert!(likely[0].ends_with("/virtualMachineScaleSets/front/virtualMachines/3"), "{likely:?}");
        assert!(likely[1].ends_with("/virtualMachines/flexible_a1b2"), "{likely:?}");
        let of_machine = notice(event("e", 0), vm_id("web-01").as_str(), &[]);
        assert!(of_machine.names(&vm_id("WEB-01")) && !of_machine.names(&vm_id("web-02")));
        let hostile = notice(event("e", 0), vm_id("web-01").as_str(), &["../web-02", "a/b", "c?d"]);
        assert_eq!(hostile.likely(), []);
    }

    fn confirmed(event: &ScheduledEvent) -> ScheduledEvent {
        let mut next = event.clone();
        next.confirm(event, event.at);
        next
    }

    fn reported(event: &ScheduledEvent, now: &str) -> Option<Stage> {
        event.news(utc(now)).map(|news| news.stage)
    }

    #[test]
    fn only_what_azure_confirmed_and_takes_down_soon_is_imminent() {
        let reboot = event("e", 0);
        let sure = confirmed(&reboot);
        assert_eq!(reported(&sure, "2026-12-01T10:01:00Z"), Some(Stage::Imminent));
        assert_eq!(reported(&sure, "2026-12-01T10:44:00Z"), Some(Stage::Imminent));
        assert_eq!(reported(&sure, "2026-12-01T10:45:00Z"), None);
        for other in [
            ScheduledEvent { impact: Impact::Freeze, ..reboot.clone() },
            ScheduledEvent { by_azure: false, ..reboot.clone() },
            ScheduledEvent { over: true, ..reboot.clone() },
            ScheduledEvent { scheduled: false, ..reboot.clone() },
        ] {
            for other in [confirmed(&other), other] {
                assert_eq!(reported(&other, "2026-12-01T10:01:00Z"), None, "{other:?}");
            }
        }
    }

    #[test]
    fn s20_what_is_not_confirmed_is_told_as_that_after_twenty_seconds_and_a_day_before_at_the_earliest() {
        let soon = event("e", 0);
        assert_eq!(reported(&soon, "2026-12-01T10:00:19Z"), None);
        assert_eq!(reported(&soon, "2026-12-01T10:00:20Z"), Some(Stage::Unconfirmed));
        let days_ahead = ScheduledEvent { not_before: Some(utc("2026-12-04T10:00:00Z")), ..soon };
        assert_eq!(reported(&days_ahead, "2026-12-03T09:59:59Z"), None);
        assert_eq!(reported(&days_ahead, "2026-12-03T10:00:00Z"), Some(Stage::Unconfirmed));
        let sure = confirmed(&days_ahead);
        assert_eq!(reported(&sure, "2026-12-01T10:00:00Z"), Some(Stage::Notice));
        assert_eq!(reported(&sure, "2026-12-04T08:59:59Z"), Some(Stage::Notice));
        assert_eq!(reported(&sure, "2026-12-04T09:00:00Z"), Some(Stage::Imminent));
    }

    #[test]
    fn s20_what_is_heard_changes_nothing_of_what_azure_confirmed() {
        let plain = window("web-01", utc("2026-12-01T08:00:00Z"));
        let of = |event: ScheduledEvent| notice(event, vm_id("web-01").as_str(), &["web-01"]);
        let known = confirm([&plain], &of(event("e", 0)), utc("2026-12-01T10:00:05Z")).pop().unwrap();
        let forged = ScheduledEvent {
            over: true,
            by_azure: false,
            impact: Impact::Freeze,
            not_before: Some(utc("2026-12-05T10:00:00Z")),
            ..event("e", 1)
        };
        let mut flooded = note([&known], &of(forged)).pop().unwrap();
        for number in 0..50 {
            flooded = note([&flooded], &of(event(&format!("f{number}"), 2))).pop().unwrap_or(flooded);
        }
        let now = utc("2026-12-01T10:03:00Z");
        let reported = flooded.next_event(Stage::Imminent, now).unwrap();
        assert_eq!(
            (reported.not_before(), reported.impact()),
            (Some(utc("2026-12-01T10:15:00Z")), &Impact::Reboot)
        );
        assert_eq!(flooded.scheduled_events.len(), MOST_EVENTS + 1);
        // Both say that it is over: the event, and Azure by listing it no more.
        let over = close_unlisted(&flooded, &[]).unwrap();
        assert_eq!(over.next_event(Stage::Imminent, now), None);
        assert_eq!(close_unlisted(&known, &[]), None, "a row that is missing alone ends nothing");
    }

    #[test]
    fn s20_what_is_long_over_or_years_ahead_is_not_noted() {
        let plain = window("web-01", utc("2026-12-01T08:00:00Z"));
        let of = |moment: &str| {
            let event = ScheduledEvent { not_before: Some(utc(moment)), ..event("e", 0) };
            note([&plain], &notice(event, vm_id("web-01").as_str(), &["web-01"])).len()
        };
        for moment in ["2026-12-01T09:30:00Z", "2026-12-09T10:00:00Z", "2031-01-01T00:00:00Z"] {
            assert_eq!(of(moment), 0, "{moment}");
        }
        for moment in ["2026-12-01T09:31:00Z", "2026-12-09T09:59:00Z"] {
            assert_eq!(of(moment), 1, "{moment}");
        }
    }

    proptest! {
        #[test]
        fn f7_the_same_events_in_any_order_and_number_give_the_same_notes(
            order in Just((0..24_usize).chain(0..24).collect::<Vec<_>>()).prop_shuffle(),
        ) {
            let kinds: Vec<ScheduledEvent> = (0..24_u8)
                .map(|number| {
                    let event = event(&format!("e{:02}", number / 2), i64::from(number));
                    if number % 2 == 0 { event } else { ScheduledEvent { scheduled: false, over: true, not_before: None, seconds: None, ..event } }
                })
                .collect();
            let note_all = |order: &[usize]| {
                order.iter().fold(window("web-01", utc("2026-12-01T08:00:00Z")), |known, index| {
                    let notice = notice(kinds[*index].clone(), vm_id("web-01").as_str(), &["web-01"]);
                    note([&known], &notice).pop().unwrap_or(known)
                })
            };
            let in_order: Vec<usize> = (0..24).collect();
            let known = note_all(&in_order);
            prop_assert_eq!(known.scheduled_events.len(), MOST_EVENTS);
            // Completely forgotten events may come back only as forgotten ones.
            prop_assert_eq!(note_all(&order), known);
        }
    }
}
