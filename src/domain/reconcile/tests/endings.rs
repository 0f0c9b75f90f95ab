//! What ends a window, and what never does.

use chrono::TimeDelta;

use super::{START, kinds, look, read};
use crate::domain::fixtures::{facts, utc, window};
use crate::domain::observation::{Evidence, UnreadableRecord, UnseenScope};
use crate::domain::reconcile::*;
use crate::domain::window::LastResult;

#[test]
fn f8_missing_rows_unreadable_records_and_unseen_scopes_end_nothing() {
    let known = [window("web-01", utc(START)), window("web-02", utc(START))];
    let mut seen = look("2026-12-02T10:00:00Z", vec![]);
    seen.unseen.push(UnseenScope {
        scope: "subscription".to_owned(),
        reason: "HTTP 403".to_owned(),
        cause: Default::default(),
    });
    seen.unreadable.push(UnreadableRecord {
        resource: Some(known[0].id.resource.clone()),
        what: "instance view of web-01".to_owned(),
        problem: "the window ends before it starts".to_owned(),
        excerpt: String::new(),
    });
    assert_eq!(reconcile(&known, &seen), Reconciled::default());
}

#[test]
fn a_window_ends_on_a_word_of_azure_or_a_second_look_and_the_evidence_says_why() {
    let known = || window("web-01", utc(START));
    let missed = || MaintenanceWindow { missing_since: Some(utc("2026-12-02T09:00:00Z")), ..known() };
    let end =
        |known: MaintenanceWindow, at: &str, reading: Reading, evidence: Vec<Evidence>, power: PowerState| {
            let mut observed = read("web-01", reading);
            observed.machine.power = power;
            let seen = Observation { evidence, ..look(at, vec![observed]) };
            match reconcile(&[known], &seen).windows[0].state {
                WindowState::Ended { why, .. } => why,
                WindowState::Open => panic!("still open"),
            }
        };
    let early = "2026-12-02T10:00:00Z";
    let id = known().id.resource;
    let running = || PowerState::Running;
    assert_eq!(end(missed(), early, Reading::Gone, vec![], PowerState::Unknown), EndReason::Deleted);
    assert_eq!(end(missed(), early, Reading::NothingPlanned, vec![], running()), EndReason::NoLongerPlanned);
    assert_eq!(
        end(known(), early, Reading::NothingPlanned, vec![], PowerState::Deallocated),
        EndReason::Moved
    );
    let moved = Evidence::Moved { resource: id.clone(), at: utc(early) };
    assert_eq!(end(known(), early, Reading::NothingPlanned, vec![moved], running()), EndReason::Moved);
    let started = Evidence::Started { resource: id, at: utc(early) };
    assert_eq!(end(known(), early, Reading::NothingPlanned, vec![started], running()), EndReason::Completed);
    let cancelled = Evidence::Cancelled { tracking_id: "PYN_-ZL8".to_owned(), at: utc(early) };
    assert_eq!(
        end(known(), early, Reading::NothingPlanned, vec![cancelled], running()),
        EndReason::Cancelled
    );
    assert_eq!(
        end(missed(), "2026-12-14T10:00:00Z", Reading::NothingPlanned, vec![], running()),
        EndReason::Completed
    );
    let mut done = known();
    done.facts.last_result = LastResult::MaintenanceCompleted;
    assert_eq!(end(done, early, Reading::NothingPlanned, vec![], running()), EndReason::Completed);
}

#[test]
fn one_look_that_shows_nothing_ends_nothing_and_the_next_one_an_hour_later_does() {
    for (reading, why) in
        [(Reading::NothingPlanned, EndReason::NoLongerPlanned), (Reading::Gone, EndReason::Deleted)]
    {
        let looked = |known: &MaintenanceWindow, at: &str, reading: &Reading| {
            reconcile(std::slice::from_ref(known), &look(at, vec![read("web-01", reading.clone())]))
        };
        let known = window("web-01", utc(START));
        let first = looked(&known, "2026-12-02T10:00:00Z", &reading);
        assert_eq!(kinds(&first), [ChangeKind::Details]);
        let missing = &first.windows[0];
        assert!(missing.is_open());
        // Looks come every quarter of an hour.
        assert_eq!(looked(missing, "2026-12-02T10:45:00Z", &reading), Reconciled::default());
        let second = looked(missing, "2026-12-02T11:00:00Z", &reading);
        assert_eq!(kinds(&second), [ChangeKind::Ended { why }]);
        // Shown in between, it starts anew.
        let shown = Reading::Maintenance(facts(utc(START)));
        let back = looked(missing, "2026-12-02T10:45:00Z", &shown);
        assert_eq!(back.windows[0].missing_since, None);
        assert!(looked(&back.windows[0], "2026-12-02T11:00:00Z", &reading).windows[0].is_open());
    }
}

#[test]
fn a_window_that_comes_back_with_the_same_dates_is_the_same_window() {
    for why in [EndReason::NoLongerPlanned, EndReason::Deleted, EndReason::Moved, EndReason::Cancelled] {
        let mut ended = window("web-01", utc(START));
        ended.state = WindowState::Ended { at: utc("2026-12-02T00:00:00Z"), why };
        // Minutes are no other dates.
        let planned = facts(utc(START) + TimeDelta::minutes(20));
        let shown = read("web-01", Reading::Maintenance(planned));
        let result = reconcile(&[ended.clone()], &look("2026-12-04T00:00:00Z", vec![shown]));
        assert_eq!(result.windows.len(), 1);
        let back = &result.windows[0];
        assert_eq!((&back.id, back.revision, back.is_open()), (&ended.id, ended.revision, true));
    }
    // What is done and listed once more is done.
    let mut done = window("web-01", utc(START));
    done.facts.last_result = LastResult::MaintenanceCompleted;
    let listed = read("web-01", Reading::Maintenance(done.facts.clone()));
    done.state = WindowState::Ended { at: utc("2026-12-02T00:00:00Z"), why: EndReason::Completed };
    let result = reconcile(&[done], &look("2026-12-04T00:00:00Z", vec![listed]));
    assert_eq!(result, Reconciled::default());
}

/// Of web-01, whose dates all lie before `at`, as Azure goes on showing them.
fn past(at: &str) -> Observation {
    look(at, vec![read("web-01", Reading::Maintenance(facts(utc("2018-05-14T12:30:00Z"))))])
}

#[test]
fn what_was_over_before_it_was_seen_is_recorded_as_ended_once_and_never_again() {
    let first = reconcile(&[], &past(START));
    let ended = WindowState::Ended { at: utc(START), why: EndReason::NoLongerPlanned };
    assert_eq!(first.windows[0].state, ended);
    assert!(!first.windows[0].is_planned(utc(START)));
    assert_eq!(reconcile(&first.windows, &past("2026-12-01T10:15:00Z")), Reconciled::default());
    // What is planned after it is another window, and open.
    let next = look("2026-12-02T10:00:00Z", vec![read("web-01", Reading::Maintenance(facts(utc(START))))]);
    let next = reconcile(&first.windows, &next);
    assert!(next.windows[0].is_open() && next.windows[0].id.generation == 2);
}

#[test]
fn what_was_done_before_it_was_seen_is_recorded_as_done() {
    let mut done = facts(utc("2018-05-14T12:30:00Z"));
    done.last_result = LastResult::MaintenanceCompleted;
    let first = reconcile(&[], &look(START, vec![read("web-01", Reading::Maintenance(done))]));
    assert_eq!(first.windows[0].state, WindowState::Ended { at: utc(START), why: EndReason::Completed });
}

#[test]
fn what_ends_while_it_is_known_stays_open_until_azure_says_what_became_of_it() {
    let known = window("web-01", utc(START));
    let seen = look("2027-02-01T10:00:00Z", vec![read("web-01", Reading::Maintenance(facts(utc(START))))]);
    assert_eq!(reconcile(std::slice::from_ref(&known), &seen), Reconciled::default());
    assert!(known.is_past(utc("2027-02-01T10:00:00Z")));
    assert_eq!(known.word(utc("2027-02-01T10:00:00Z")), "Date passed");
    assert_eq!(known.word(utc("2026-12-02T10:00:00Z")), "Start now");
}
