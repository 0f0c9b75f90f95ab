//! What Azure announces and the machine does not show.

use chrono::{DateTime, TimeDelta, Utc};

use super::{START, kinds, look, read};
use crate::domain::fixtures::{facts, utc, window};
use crate::domain::observation::Announcement;
use crate::domain::reconcile::*;

/// web-01, which shows nothing itself and which Azure announces from the 5th to the 20th of December.
pub(super) fn announced() -> ObservedResource {
    let dates = Announcement {
        from: Some(utc("2026-12-05T10:00:00Z")),
        until: Some(utc("2026-12-20T10:00:00Z")),
        by_event: false,
    };
    ObservedResource { announced: Some(dates), ..read("web-01", Reading::NothingPlanned) }
}

#[test]
fn what_azure_announces_and_the_machine_does_not_show_is_kept_without_dates_until_it_does() {
    let first = reconcile(&[], &look(START, vec![announced()]));
    let kept = &first.windows[0];
    assert!(kept.is_open() && !kept.is_planned(utc(START)) && kept.facts.schedule == Schedule::default());
    assert_eq!(kept.elsewhere.unwrap().since, utc(START));
    let again = reconcile(&first.windows, &look("2026-12-02T10:00:00Z", vec![announced()]));
    assert_eq!(again, Reconciled::default());
    let shown = read("web-01", Reading::Maintenance(facts(utc("2026-12-05T10:00:00Z"))));
    let shown = reconcile(&first.windows, &look("2026-12-03T10:00:00Z", vec![shown]));
    assert_eq!(kinds(&shown), [ChangeKind::Announced { again: false }]);
    let window = &shown.windows[0];
    assert!(window.elsewhere.is_none() && window.is_open() && window.id == kept.id);
    assert_eq!((window.revision, window.history.len()), (Revision::FIRST, 1));
}

#[test]
fn what_azure_takes_back_before_the_machine_shows_it_ends() {
    let first = reconcile(&[], &look(START, vec![announced()]));
    let taken_back = read("web-01", Reading::NothingPlanned);
    let second = reconcile(&first.windows, &look("2026-12-02T10:00:00Z", vec![taken_back.clone()]));
    let known = if second.windows.is_empty() { first.windows } else { second.windows };
    let third = reconcile(&known, &look("2026-12-02T11:30:00Z", vec![taken_back]));
    assert!(known.iter().chain(&third.windows).any(|window| !window.is_open()), "{third:?}");
}

#[test]
fn the_trace_of_what_is_over_is_no_announcement_and_neither_is_a_pause_or_a_machine_on_no_host() {
    let mut ended = window("web-01", utc("2026-11-20T10:00:00Z"));
    ended.state = WindowState::Ended { at: utc("2026-11-30T10:00:00Z"), why: EndReason::Completed };
    let of = |known: &[MaintenanceWindow], observed: ObservedResource| {
        reconcile(known, &look(START, vec![observed])).windows.len()
    };
    assert_eq!(of(std::slice::from_ref(&ended), announced()), 0, "the same number");
    ended.tracking_ids.clear();
    assert_eq!(of(std::slice::from_ref(&ended), announced()), 0, "the same time");
    let mut pause = announced();
    pause.impact = Impact::Freeze;
    let mut off = announced();
    off.machine.power = PowerState::Deallocated;
    let mut over = announced();
    over.announced =
        Some(Announcement { until: Some(utc("2026-11-30T10:00:00Z")), ..Announcement::default() });
    for none in [pause, off, over] {
        assert_eq!(of(&[], none), 0);
    }
    // A scheduled event is no trace of a wave: it comes to a machine that is updated already, too.
    let mut by_event = announced();
    by_event.announced.as_mut().unwrap().by_event = true;
    assert_eq!(of(std::slice::from_ref(&ended), by_event), 1);
    // Another number for a later time is news of its own.
    ended.tracking_ids = vec!["OTHER-1".to_owned()];
    assert_eq!(of(&[ended], announced()), 1);
}

#[test]
fn what_only_an_announcement_shows_is_over_with_its_dates_and_not_with_its_row() {
    let mut dates = facts(utc(START));
    dates.schedule.self_service = None;
    dates.self_start_allowed = false;
    let end = dates.schedule.end().unwrap();
    let seen = |at: DateTime<Utc>, impact: &Impact, reading: Reading| {
        let resource = ObservedResource { impact: impact.clone(), ..read("web-01", reading) };
        look(&at.to_rfc3339(), vec![resource])
    };
    let after = |impact: Impact, at: DateTime<Utc>| {
        let first = seen(utc(START), &impact, Reading::Maintenance(dates.clone()));
        let known = reconcile(&[], &first).windows;
        reconcile(&known, &seen(at, &impact, Reading::NothingPlanned))
    };
    let soon = utc(START) + TimeDelta::hours(1);
    assert_eq!(after(Impact::Freeze, soon), Reconciled::default());
    assert_ne!(after(Impact::Freeze, end), Reconciled::default());
    assert_ne!(after(Impact::Reboot, soon), Reconciled::default());
}
