use super::*;
use crate::domain::fixtures::{utc, window};
use crate::domain::window::Interval;

fn record(response: Response, revision: u32) -> ResponseRecord {
    let at = utc("2026-12-01T08:00:00Z");
    ResponseRecord { response, by: Actor::default(), at, revision: Revision(revision) }
}

#[test]
fn the_newest_word_on_the_dates_counts() {
    let until = utc("2026-12-05T08:00:00Z");
    let mut actions = WindowActions::default();
    actions.respond(record(Response::Snooze { until }, 1));
    assert_eq!(actions.snoozed(Revision(1)), Some(until));
    actions.respond(record(Response::Acknowledge { note: None, change: None }, 1));
    assert_eq!(actions.snoozed(Revision(1)), None);
    assert!(actions.acknowledged(Revision(1)).is_some());
    // Other dates are another matter.
    assert!(actions.acknowledged(Revision(2)).is_none());
}

fn done(revision: u32, at: &str) -> WindowActions {
    let mut actions = WindowActions::default();
    let window = window("vm-1", utc("2026-12-01T01:00:00Z"));
    actions.note_start(StartSummary {
        id: crate::domain::ids::StartId::new(&window.id, 1),
        by: Actor::default(),
        decided: utc("2026-12-01T02:00:00Z"),
        begins: utc("2026-12-01T02:00:00Z"),
        revision: Revision(revision),
        plan: None,
        accepts: None,
        status: StartStatus::Settled { at: utc(at), outcome: StartOutcome::Completed { well: true } },
        progress: StartProgress::default(),
        ordered: None,
    });
    actions
}

/// The window when Azure moved its dates at `moved`, and says at `failed` that the last attempt failed.
fn moved_and_failed(moved: &str, failed: &str) -> MaintenanceWindow {
    let mut window = window("vm-1", utc("2026-12-01T01:00:00Z"));
    let later =
        |interval: Interval| Interval::new(interval.start(), interval.end() + TimeDelta::hours(2)).unwrap();
    window.facts.schedule.self_service = window.facts.schedule.self_service.map(later);
    window.note_dates(utc(moved));
    assert_ne!(window.revision, Revision(1));
    window.facts.last_result = LastResult::RetryLater;
    window.changed = utc(failed);
    window
}

#[test]
fn what_azure_takes_back_is_a_correction_though_the_dates_moved_since_the_claim() {
    let done = done(1, "2026-12-01T02:12:00Z");
    for moved in ["2026-12-01T02:05:00Z", "2026-12-01T03:00:00Z", "2026-12-01T03:30:00Z"] {
        assert!(done.is_contradicted(&moved_and_failed(moved, "2026-12-01T03:30:00Z")), "{moved}");
    }
    // Long after it, and once Azure's own turn has come, another attempt failed.
    let moved = "2026-12-01T03:00:00Z";
    assert!(!done.is_contradicted(&moved_and_failed(moved, "2026-12-04T03:30:00Z")));
    let mut azures = moved_and_failed(moved, "2026-12-01T05:00:00Z");
    let turn = Interval::new(utc("2026-12-01T04:00:00Z"), utc("2026-12-01T08:00:00Z")).unwrap();
    azures.facts.schedule.scheduled = Some(turn);
    azures.note_dates(utc(moved));
    assert!(!done.is_contradicted(&azures));
}

#[test]
fn what_is_remembered_is_bounded() {
    let mut actions = WindowActions::default();
    for _ in 0..100 {
        actions.respond(record(Response::NotMine, 1));
    }
    assert_eq!(actions.responses.len(), MOST_RECORDS);
}
