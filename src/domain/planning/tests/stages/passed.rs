//! Dates that passed without a word.

use super::notified;
use crate::domain::message::MessageKind;
use crate::domain::planning::tests::*;
use crate::domain::schedule::DigestSchedule;

#[test]
fn a_last_date_that_passes_without_a_word_is_told_after_a_day_and_once() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    // Azure's own window ends on Sunday the 20th.
    life.put(window("web-01", utc("2026-12-01T10:00:00Z")));
    life.until("2026-12-20T11:00:00Z");
    let before = notified(&life).len();
    life.until("2027-02-01T10:00:00Z");
    assert_eq!(notified(&life)[before..], ["Mon 21 11:00 passed"]);
    let last = life.ledger.last().unwrap();
    assert!(last.kind == MessageKind::Alert && last.deadline.is_none());
    // What became of it is told when it is known.
    life.change("web-01", |window| {
        window.state = WindowState::Ended { at: utc("2027-02-01T10:00:00Z"), why: EndReason::Completed };
    });
    life.until("2027-02-03T10:00:00Z");
    assert_eq!(notified(&life)[before + 1..], ["Tue 02 08:00 completed"]);
}

#[test]
fn a_last_date_that_passed_is_told_by_no_digest_alone_and_also_to_whoever_has_none() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    life.recipient.preferences.digest = DigestSchedule::NEVER;
    life.recipient.preferences.immediate = [Stage::Announced].into();
    life.put(window("web-01", utc("2026-12-01T10:00:00Z")));
    life.until("2027-01-10T10:00:00Z");
    assert_eq!(notified(&life).last().unwrap(), "Mon 21 11:00 passed");
}

#[test]
fn of_dates_that_passed_nobody_hears_who_knows_what_became_of_it_or_never_heard_of_it() {
    let life_of = |change: fn(&mut MaintenanceWindow)| {
        let mut life = Life::at("2026-12-01T10:00:00Z");
        life.put(window("web-01", utc("2026-12-01T10:00:00Z")));
        life.until("2026-12-19T10:00:00Z").change("web-01", change);
        life.until("2027-01-10T10:00:00Z");
        notified(&life).iter().filter(|line| line.ends_with("passed")).count()
    };
    assert_eq!(life_of(|_| {}), 1);
    assert_eq!(life_of(|window| window.facts.last_result = LastResult::MaintenanceCompleted), 0);
    let skipped = |window: &mut MaintenanceWindow| {
        window.facts.self_start_allowed = false;
        window.facts.last_result = LastResult::MaintenanceAborted;
    };
    assert_eq!(life_of(skipped), 0);
    let mut late = Life::at("2026-12-21T10:00:00Z");
    late.put(window("web-01", utc("2026-12-01T10:00:00Z")));
    late.until("2027-01-10T10:00:00Z");
    assert_eq!(notified(&late), [""; 0]);
}
