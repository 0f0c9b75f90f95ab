//! One maintenance after another.

use super::{START, kinds, look, read};
use crate::domain::fixtures::{facts, utc, window};
use crate::domain::reconcile::*;
use crate::domain::window::LastResult;

#[test]
fn a_window_that_reappears_with_other_dates_is_another_generation() {
    let mut ended = window("web-01", utc(START));
    ended.state = WindowState::Ended { at: utc("2026-12-02T00:00:00Z"), why: EndReason::NoLongerPlanned };
    let planned = read("web-01", Reading::Maintenance(facts(utc("2027-01-10T00:00:00Z"))));
    let result = reconcile(&[ended], &look("2026-12-20T00:00:00Z", vec![planned]));
    assert_eq!(kinds(&result), [ChangeKind::Announced { again: true }]);
    assert_eq!(result.windows[0].id.generation, 2);
}

#[test]
fn an_updated_machine_with_new_dates_is_in_another_wave() {
    let mut done = window("web-01", utc(START));
    done.facts.last_result = LastResult::MaintenanceCompleted;
    let planned = read("web-01", Reading::Maintenance(facts(utc("2027-01-10T00:00:00Z"))));
    let result = reconcile(&[done], &look("2026-12-20T00:00:00Z", vec![planned]));
    assert_eq!(
        kinds(&result),
        [ChangeKind::Ended { why: EndReason::Completed }, ChangeKind::Announced { again: true }]
    );
}

/// What became of a known window, of which Azure's own runs from the 13th to the 20th, when others are shown at `at`.
fn shown_later(at: &str, start: &str, tracking_id: &str) -> Vec<(u32, bool, Revision)> {
    let mut other = read("web-01", Reading::Maintenance(facts(utc(start))));
    other.tracking_ids = vec![tracking_id.to_owned()];
    let result = reconcile(&[window("web-01", utc(START))], &look(at, vec![other]));
    result.windows.iter().map(|one| (one.id.generation, one.is_open(), one.revision)).collect()
}

#[test]
fn entirely_other_dates_or_another_number_after_azures_window_began_are_another_wave() {
    let another = [(1, false, Revision::FIRST), (2, true, Revision::FIRST)];
    let moved = [(1, true, Revision(2))];
    // Dates after all of the earlier ones; dates that let the owner choose again; another number with dates that overlap.
    assert_eq!(shown_later("2026-12-15T10:00:00Z", "2027-01-10T10:00:00Z", "PYN_-ZL8"), another);
    assert_eq!(shown_later("2026-12-15T10:00:00Z", "2026-12-16T10:00:00Z", "pyn_-zl8"), another);
    assert_eq!(shown_later("2026-12-14T10:00:00Z", "2026-12-03T10:00:00Z", "8KDY-1Z0"), another);
    // Long after the last date it is no other.
    assert_eq!(shown_later("2027-01-15T10:00:00Z", "2027-01-20T10:00:00Z", "PYN_-ZL8"), another);
    // The same wave, put off by days; and anything before Azure's window began.
    assert_eq!(shown_later("2026-12-14T10:00:00Z", "2026-12-03T10:00:00Z", "pyn_-zl8"), moved);
    assert_eq!(shown_later("2026-12-12T10:00:00Z", "2027-01-10T10:00:00Z", "8KDY-1Z0"), moved);
}

#[test]
fn the_window_that_another_wave_takes_the_place_of_is_not_called_done() {
    let other = read("web-01", Reading::Maintenance(facts(utc("2027-01-10T10:00:00Z"))));
    let result = reconcile(&[window("web-01", utc(START))], &look("2026-12-15T10:00:00Z", vec![other]));
    let ended = WindowState::Ended { at: utc("2026-12-15T10:00:00Z"), why: EndReason::NoLongerPlanned };
    assert_eq!(result.windows[0].state, ended);
    assert_eq!(kinds(&result)[1], ChangeKind::Announced { again: true });
}
