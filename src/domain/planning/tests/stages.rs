//! Rules of single stages, as docs/NOTIFICATIONS.md has them, that no longer story holds.

mod events;
mod passed;

use super::*;
use crate::domain::ledger::MessageRecord;
use crate::domain::window::{Elsewhere, Interval, Schedule};

/// The stages that were reported, in order, with the local time of each message.
fn notified(life: &Life) -> Vec<String> {
    let zone = life.recipient.preferences.timezone;
    let line = |message: &MessageRecord| {
        let stages: Vec<&str> = message.items.iter().map(|item| item.stage.as_str()).collect();
        format!("{} {}", message.claimed_at.with_timezone(&zone).format("%a %d %H:%M"), stages.join(", "))
    };
    life.ledger.iter().filter(|message| message.notifies()).map(line).collect()
}

#[test]
fn what_is_over_or_somebody_elses_before_it_was_reported_is_reported_to_nobody() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    life.put(window("web-01", utc("2026-12-20T10:00:00Z")));
    life.put(window("web-02", utc("2026-12-20T10:00:00Z")));
    life.change("web-01", |window| {
        window.state = WindowState::Ended { at: utc("2026-12-01T10:00:00Z"), why: EndReason::Cancelled };
    });
    let others = WithdrawnTo::Others { recipients: vec!["arjun".parse().unwrap()] };
    let second = life.assignments.values_mut().last().unwrap();
    second.withdrawn = Some(Withdrawn { at: utc("2026-12-01T10:00:00Z"), now: others });
    life.plan();
    life.until("2026-12-09T10:00:00Z");
    assert_eq!(notified(&life), [""; 0]);
}

#[test]
fn whoever_is_responsible_again_before_it_was_reported_is_not_notified() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    life.put(window("web-01", utc("2026-12-20T10:00:00Z")));
    life.until("2026-12-02T10:00:00Z");
    let others = WithdrawnTo::Others { recipients: vec!["arjun".parse().unwrap()] };
    let only = life.assignments.values_mut().next().unwrap();
    only.withdrawn = Some(Withdrawn { at: utc("2026-12-02T10:00:00Z"), now: others });
    life.plan();
    life.until("2026-12-02T20:00:00Z");
    life.assignments.values_mut().next().unwrap().withdrawn = None;
    life.plan();
    life.until("2026-12-04T10:00:00Z");
    assert_eq!(notified(&life), ["Tue 01 13:00 announced"]);
}

#[test]
fn what_passed_before_the_dates_were_known_is_dropped() {
    // Self-service has been open for eight days and ends in two.
    let mut life = Life::at("2026-12-09T10:00:00Z");
    life.put(window("web-01", utc("2026-12-01T10:00:00Z")));
    life.until("2026-12-11T11:00:00Z");
    assert_eq!(notified(&life), ["Wed 09 11:00 announced", "Fri 11 11:00 self-service closed"]);
}

#[test]
fn a_machine_that_its_owner_cannot_start_is_reminded_of_before_azures_own_window() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    let mut planned = window("web-01", life.now);
    let own = Interval::new(utc("2026-12-14T10:00:00Z"), utc("2026-12-21T10:00:00Z")).ok();
    planned.facts.schedule = Schedule { self_service: None, scheduled: own };
    planned.facts.self_start_allowed = false;
    planned.history[0].schedule = planned.facts.schedule;
    life.put(planned);
    life.until("2026-12-16T10:00:00Z");
    assert_eq!(
        notified(&life),
        [
            "Tue 01 13:00 announced",
            "Wed 09 08:00 ",
            "Fri 11 11:00 scheduled soon",
            "Tue 15 08:00 scheduled open",
        ]
    );
}

#[test]
fn azures_own_window_is_reported_when_the_end_of_self_service_was_long_before() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    let mut planned = window("web-01", life.now);
    planned.facts.schedule = Schedule {
        self_service: Interval::new(life.now, utc("2026-12-08T10:00:00Z")).ok(),
        scheduled: Interval::new(utc("2026-12-14T10:00:00Z"), utc("2026-12-21T10:00:00Z")).ok(),
    };
    planned.history[0].schedule = planned.facts.schedule;
    life.put(planned);
    life.until("2026-12-16T10:00:00Z");
    assert_eq!(
        notified(&life),
        [
            "Tue 01 11:15 announced",
            "Fri 04 17:00 reminder",
            "Tue 08 11:00 self-service closed",
            "Tue 15 08:00 scheduled open",
        ]
    );
}

#[test]
fn a_start_that_azure_calls_failed_is_reported_once_and_ends_reminders_of_self_service() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    life.put(window("web-01", utc("2026-12-01T10:00:00Z")));
    life.until("2026-12-02T10:00:00Z").change("web-01", |window| {
        window.facts.last_result = LastResult::MaintenanceAborted;
        window.facts.self_start_allowed = false;
    });
    life.until("2026-12-03T10:00:00Z").change("web-01", |window| window.machine.auto_shutdown = false);
    life.until("2026-12-09T09:00:00Z");
    assert_eq!(notified(&life), ["Tue 01 13:00 announced", "Wed 02 11:00 skipped"]);
}

#[test]
fn quiet_times_delay_news_and_bring_reminders_forward() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    life.recipient.preferences.hours = "always".parse().unwrap();
    // Self-service ends on a Friday at 2 in the night: two days before is in the quiet time.
    life.put(window("web-01", utc("2026-12-01T01:00:00Z")));
    life.until("2026-12-02T22:00:00Z").change("web-01", |window| {
        window.facts.last_result = LastResult::RetryLater;
    });
    life.until("2026-12-09T09:00:00Z");
    assert_eq!(
        notified(&life),
        ["Tue 01 13:00 announced", "Thu 03 07:00 failed", "Thu 03 21:59 reminder", "Tue 08 21:59 reminder"]
    );
}

/// What Azure announced of web-01, which shows nothing of it since `since`.
fn elsewhere(since: &str) -> MaintenanceWindow {
    let mut window = window("web-01", utc(since));
    window.facts.schedule = Schedule::default();
    window.facts.self_start_allowed = false;
    window.history[0].schedule = Schedule::default();
    window.elsewhere = Some(Elsewhere {
        since: utc(since),
        from: Some(utc("2026-12-10T10:00:00Z")),
        until: Some(utc("2026-12-20T10:00:00Z")),
    });
    window
}

#[test]
fn what_azure_announced_and_the_machine_does_not_show_is_told_after_a_day_and_once() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    life.put(elsewhere("2026-12-01T10:00:00Z"));
    life.until("2027-01-10T10:00:00Z");
    assert_eq!(notified(&life), ["Wed 02 11:00 announced elsewhere"]);
}

#[test]
fn dates_that_the_machine_shows_later_are_announced_as_usual() {
    let shown = |at: &str| {
        let mut life = Life::at("2026-12-01T10:00:00Z");
        life.put(elsewhere("2026-12-01T10:00:00Z"));
        life.until(at).change("web-01", |window| {
            *window = super::window("web-01", utc("2026-12-10T10:00:00Z"));
        });
        life.until("2026-12-08T10:00:00Z");
        notified(&life)
    };
    assert_eq!(shown("2026-12-01T20:00:00Z"), ["Wed 02 08:00 announced"]);
    assert_eq!(shown("2026-12-03T10:00:00Z"), ["Wed 02 11:00 announced elsewhere", "Thu 03 11:00 announced"]);
}

#[test]
fn what_was_announced_elsewhere_and_is_over_or_done_with_is_told_to_nobody() {
    let mut over = Life::at("2026-12-19T20:00:00Z");
    over.put(elsewhere("2026-12-19T20:00:00Z"));
    over.until("2027-01-10T10:00:00Z");
    assert_eq!(notified(&over), [""; 0]);
    let mut ended = Life::at("2026-12-01T10:00:00Z");
    ended.put(elsewhere("2026-12-01T10:00:00Z"));
    ended.until("2026-12-01T20:00:00Z").change("web-01", |window| {
        window.state =
            WindowState::Ended { at: utc("2026-12-01T20:00:00Z"), why: EndReason::NoLongerPlanned };
    });
    ended.until("2027-01-10T10:00:00Z");
    assert_eq!(notified(&ended), [""; 0]);
}
