//! Machines that stand elsewhere, and others in their place.

use super::{START, kinds, look, read};
use crate::domain::fixtures::{facts, utc, window};
use crate::domain::reconcile::*;

/// The machine of that number, in this resource group.
pub(super) fn stands(number: Option<&str>, group: &str, reading: Reading) -> ObservedResource {
    let mut observed = read("web-01", reading);
    let id = observed.machine.id.as_str().replace("rg-app", group);
    observed.machine.id = id.parse().unwrap();
    observed.machine.vm_id = number.map(str::to_owned);
    observed
}

pub(super) fn of_machine(number: Option<&str>) -> MaintenanceWindow {
    let mut known = window("web-01", utc(START));
    known.machine.vm_id = number.map(str::to_owned);
    known
}

#[test]
fn a_machine_that_stands_elsewhere_keeps_its_window() {
    let planned = || Reading::Maintenance(facts(utc(START)));
    let at = "2026-12-02T00:00:00Z";
    // By its number, or, where one of them is not known, by its name and its dates.
    for (before, now) in [(Some("a"), Some("a")), (None, Some("a")), (None, None)] {
        let known = of_machine(before);
        let seen = vec![stands(None, "rg-app", Reading::Gone), stands(now, "rg-other", planned())];
        let result = reconcile(std::slice::from_ref(&known), &look(at, seen));
        assert_eq!(kinds(&result), [ChangeKind::Moved { from: known.machine.id.clone() }]);
        let moved = &result.windows[0];
        assert_eq!((&moved.id, moved.place().resource_group()), (&known.id, "rg-other"));
        // The next look finds it there.
        let next = look("2026-12-03T00:00:00Z", vec![stands(now, "rg-other", planned())]);
        assert_eq!(reconcile(&result.windows, &next), Reconciled::default());
    }
    // Its old place need not have been read.
    let seen = look(at, vec![stands(Some("a"), "rg-other", planned())]);
    assert_eq!(reconcile(&[of_machine(Some("a"))], &seen).windows.len(), 1);
}

#[test]
fn another_machine_of_the_same_name_or_in_the_same_place_is_another_machine() {
    let planned = || Reading::Maintenance(facts(utc(START)));
    let at = "2026-12-02T00:00:00Z";
    let known = of_machine(Some("a"));
    // Made anew under the old name: nothing from before applies to it.
    let anew = look(at, vec![stands(Some("b"), "rg-app", planned())]);
    let result = reconcile(std::slice::from_ref(&known), &anew);
    let found: Vec<(u32, bool)> =
        result.windows.iter().map(|window| (window.id.generation, window.missing_since.is_some())).collect();
    assert_eq!(found, [(1, true), (2, false)]);
    assert_eq!(result.windows[0].machine, known.machine);
    let later = look("2026-12-02T01:00:00Z", vec![stands(Some("b"), "rg-app", planned())]);
    assert_eq!(kinds(&reconcile(&result.windows, &later)), [ChangeKind::Ended { why: EndReason::Deleted }]);
    // Its own name elsewhere, and another number.
    let other = vec![stands(None, "rg-app", Reading::Gone), stands(Some("b"), "rg-other", planned())];
    let result = reconcile(&[known], &look(at, other));
    assert!(result.windows.iter().any(|window| window.missing_since.is_some()));
    assert!(result.windows.iter().any(|window| window.id.resource.resource_group() == "rg-other"));
    // Moved away, and another one made in its place, in one look.
    let known = of_machine(Some("a"));
    let both = vec![stands(Some("a"), "rg-other", planned()), stands(Some("b"), "rg-app", planned())];
    let result = reconcile(std::slice::from_ref(&known), &look(at, both));
    assert!(result.windows.iter().all(MaintenanceWindow::is_open));
    assert_eq!(result.windows[0].place().resource_group(), "rg-other");
    assert_eq!((result.windows[1].id.generation, result.windows.len()), (2, 2));
}
