//! What Azure announces minutes ahead: scheduled events, noted on the windows of the machines that they name.
//!
//! Events come several times, late and in any order, so noting one only ever adds to what is known of it: the same
//! events give the same notes whichever way they came.

use chrono::{DateTime, Utc};

use super::resource::{ResourceId, ResourceKind};
use super::scheduled_event::ScheduledEvent;
use super::window::MaintenanceWindow;

/// How many events a window keeps.
const MOST_EVENTS: usize = 8;

impl MaintenanceWindow {
    /// What happens to the machine within minutes and should be reported, in order.
    pub fn imminent(&self, now: DateTime<Utc>) -> impl Iterator<Item = &ScheduledEvent> {
        self.scheduled_events.iter().filter(move |event| event.is_imminent(now))
    }

    /// The first of those events to come.
    pub fn next_imminent(&self, now: DateTime<Utc>) -> Option<&ScheduledEvent> {
        self.imminent(now)
            .min_by_key(|event| (event.not_before.unwrap_or(DateTime::<Utc>::MAX_UTC), event.at))
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
            && resource.resource_group().eq_ignore_ascii_case(about.resource_group())
            && (set.is_none() || set.as_ref() == Some(about) || resource == about)
            && matches!(resource.kind(), ResourceKind::Vm | ResourceKind::ScaleSetInstance)
            && self.names.iter().any(|name| name.eq_ignore_ascii_case(&resource.display_name()))
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

/// Notes the event on every open window that it is about. Returns the windows that are different now.
pub fn note<'a>(
    windows: impl IntoIterator<Item = &'a MaintenanceWindow>,
    notice: &ScheduledEventNotice,
) -> Vec<MaintenanceWindow> {
    let about = windows.into_iter().filter(|window| window.is_open() && notice.names(&window.id.resource));
    let noted = about.map(|window| (window, noted(window, &notice.event)));
    noted.filter(|(before, after)| *before != after).map(|(_, after)| after).collect()
}

fn noted(window: &MaintenanceWindow, event: &ScheduledEvent) -> MaintenanceWindow {
    let mut next = window.clone();
    let events = &mut next.scheduled_events;
    match events.iter_mut().find(|known| known.id == event.id) {
        Some(known) => known.merge(event),
        None => events.push(event.clone()),
    }
    events.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
    events.drain(..events.len().saturating_sub(MOST_EVENTS));
    next
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

    #[test]
    fn only_what_azure_takes_down_soon_is_imminent() {
        let now = utc("2026-12-01T10:01:00Z");
        let reboot = event("e", 0);
        assert!(reboot.is_imminent(now) && reboot.is_imminent(utc("2026-12-01T10:44:00Z")));
        assert!(!reboot.is_imminent(utc("2026-12-01T10:45:00Z")));
        for other in [
            ScheduledEvent { impact: Impact::Freeze, ..reboot.clone() },
            ScheduledEvent { by_azure: false, ..reboot.clone() },
            ScheduledEvent { over: true, ..reboot.clone() },
            ScheduledEvent { scheduled: false, ..reboot.clone() },
        ] {
            assert!(!other.is_imminent(now), "{other:?}");
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
