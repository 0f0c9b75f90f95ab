//! What people do about a window, and what is reported of it.

use super::*;

#[test]
fn f14_an_acknowledged_machine_that_nobody_acts_on_comes_back_before_the_deadline() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    life.put(window("web-01", utc("2026-12-01T10:00:00Z")));
    life.until("2026-12-02T10:00:00Z");
    // Arjun knows, so Jane is not reminded seven days before; of two days before she is.
    life.respond("web-01", "arjun", Response::Acknowledge { note: None, change: None });
    life.until("2026-12-12T10:00:00Z");
    insta::assert_snapshot!(life.story(), @"
    Tue 01 13:00 alert [web-01 announced] Request 0
    Wed 09 11:00 alert [web-01 reminder]
    Fri 11 11:00 alert [web-01 self-service closed] Request 1
    ");
}

#[test]
fn f14_when_the_planned_time_passes_undone_the_reminders_resume() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    life.put(window("web-01", utc("2026-12-01T10:00:00Z")));
    life.until("2026-12-02T10:00:00Z").start("web-01", "arjun", "2026-12-08T21:00:00Z");
    life.until("2026-12-08T21:00:00Z").stand("web-01", StartStatus::UnderWay);
    life.until("2026-12-08T21:05:00Z")
        .settle("web-01", StartOutcome::NotBegun { reason: StartRefusal::NotRunning });
    life.until("2026-12-12T10:00:00Z");
    insta::assert_snapshot!(life.story(), @"
    Tue 01 13:00 alert [web-01 announced] Request 0
    Wed 02 11:01 alert [web-01 planned] Request 1
    Fri 04 17:00 alert [web-01 planned]
    Tue 08 17:00 alert [web-01 planned]
    Wed 09 08:00 alert [web-01 failed] Request 2
    Wed 09 11:00 alert [web-01 reminder]
    Fri 11 11:00 alert [web-01 self-service closed] Request 3
    ");
}

#[test]
fn a_snoozed_machine_comes_back_when_that_was_asked_for() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    life.put(window("web-01", utc("2026-12-01T10:00:00Z")));
    life.until("2026-12-02T10:00:00Z");
    // A Sunday: it comes in the hours before.
    life.respond("web-01", "arjun", Response::Snooze { until: utc("2026-12-06T10:00:00Z") });
    life.until("2026-12-12T10:00:00Z");
    insta::assert_snapshot!(life.story(), @"
    Tue 01 13:00 alert [web-01 announced] Request 0
    Fri 04 17:00 alert [web-01 reminder]
    Wed 09 11:00 alert [web-01 reminder]
    Fri 11 11:00 alert [web-01 self-service closed] Request 1
    ");
}

#[test]
fn other_dates_make_responses_history() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    life.put(window("web-01", utc("2026-12-01T10:00:00Z")));
    life.until("2026-12-02T10:00:00Z");
    life.respond("web-01", "arjun", Response::Acknowledge { note: None, change: None });
    life.reschedule("web-01", "2026-12-03T10:00:00Z");
    life.until("2026-12-14T10:00:00Z");
    insta::assert_snapshot!(life.story(), @"
    Tue 01 13:00 alert [web-01 announced] Request 0
    Wed 02 11:00 alert [web-01 rescheduled] Request 1
    Thu 03 11:00 alert [web-01 self-service open]
    Fri 04 17:00 alert [web-01 reminder]
    Fri 11 11:00 alert [web-01 reminder]
    Mon 14 08:00 digest [web-01 self-service closed] Request 2
    ");
}

#[test]
fn a_start_is_reported_at_once_to_whoever_made_it_and_in_their_hours_to_the_others() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    for name in ["web-01", "web-02", "web-03"] {
        life.put(window(name, utc("2026-12-01T10:00:00Z")));
    }
    life.until("2026-12-05T21:00:00Z");
    // Saturday night. Two of hers end together, one of somebody else's in the same night.
    for (name, who) in [("web-01", "jane"), ("web-02", "jane"), ("web-03", "arjun")] {
        life.start(name, who, "2026-12-05T21:00:00Z");
    }
    life.until("2026-12-05T21:20:00Z");
    life.settle("web-01", StartOutcome::Completed { well: true });
    life.settle("web-02", StartOutcome::Refused { code: "Conflict".to_owned(), message: "No.".to_owned() });
    life.settle("web-03", StartOutcome::Completed { well: true });
    life.until("2026-12-07T12:00:00Z");
    for name in ["web-01", "web-03"] {
        life.change(name, |window| window.facts.last_result = LastResult::MaintenanceCompleted);
    }
    life.until("2026-12-09T10:00:00Z");
    insta::assert_snapshot!(life.story(), @"
    Tue 01 13:00 alert [web-01 announced, web-02 announced, web-03 announced] Request 0
    Fri 04 11:00 alert [web-01 reminder, web-02 reminder, web-03 reminder]
    Sat 05 22:01 alert [web-01 started, web-02 started]
    Sat 05 22:21 alert [web-01 completed, web-02 failed] Request 1
    Mon 07 08:00 alert [web-03 completed]
    Wed 09 11:00 alert [web-02 reminder]
    ");
}

#[test]
fn a_planned_start_is_announced_moves_the_calendar_and_can_be_called_off() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    life.put(window("web-01", utc("2026-12-01T10:00:00Z")));
    life.until("2026-12-02T10:00:00Z").start("web-01", "jane", "2026-12-08T13:00:00Z");
    life.until("2026-12-08T12:30:00Z").settle("web-01", StartOutcome::CalledOff);
    life.until("2026-12-09T10:00:00Z");
    insta::assert_snapshot!(life.story(), @"
    Tue 01 13:00 alert [web-01 announced] Request 0
    Wed 02 11:01 alert [web-01 planned] Request 1
    Fri 04 17:00 alert [web-01 planned]
    Tue 08 13:00 alert [web-01 planned]
    Tue 08 13:31 alert [web-01 called off] Request 2
    Wed 09 11:00 alert [web-01 reminder]
    ");
}

#[test]
fn whoever_handed_it_over_in_vain_is_notified_that_it_stays_theirs() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    life.put(window("web-01", utc("2026-12-01T10:00:00Z")));
    life.until("2026-12-02T10:00:00Z");
    life.respond("web-01", "jane", Response::HandOver { to: "mei".parse().unwrap() });
    life.until("2026-12-02T11:00:00Z").respond("web-01", "mei", Response::NotMine);
    life.until("2026-12-03T10:00:00Z");
    insta::assert_snapshot!(life.story(), @"
    Tue 01 13:00 alert [web-01 announced] Request 0
    Wed 02 11:01 alert [web-01 handed over]
    Wed 02 12:00 alert [web-01 handed back]
    ");
}

#[test]
fn what_azure_says_of_a_start_that_is_followed_is_reported_once() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    life.put(window("web-01", utc("2026-12-01T10:00:00Z")));
    life.until("2026-12-03T10:00:00Z").start("web-01", "jane", "2026-12-03T10:00:00Z");
    life.until("2026-12-03T10:10:00Z").change("web-01", |window| {
        window.facts.last_result = LastResult::RetryLater;
        window.facts.last_message = Some("Retry later.".to_owned());
    });
    life.until("2026-12-03T10:12:00Z")
        .settle("web-01", StartOutcome::RetryLater { message: None, again: Default::default() });
    life.until("2026-12-03T12:00:00Z").start("web-01", "jane", "2026-12-03T12:00:00Z");
    // Collecting sees the end before the start is settled.
    life.until("2026-12-03T12:20:00Z").change("web-01", |window| {
        window.state = WindowState::Ended { at: utc("2026-12-03T12:20:00Z"), why: EndReason::Completed };
    });
    life.until("2026-12-03T12:22:00Z").settle("web-01", StartOutcome::Completed { well: true });
    life.until("2026-12-05T10:00:00Z");
    insta::assert_snapshot!(life.story(), @"
    Tue 01 13:00 alert [web-01 announced] Request 0
    Thu 03 11:01 alert [web-01 started]
    Thu 03 11:13 alert [web-01 failed]
    Thu 03 13:01 alert [web-01 started]
    Thu 03 13:23 alert [web-01 completed] Cancel 1
    ");
}

#[test]
fn a_start_that_failed_on_friday_night_waits_for_no_monday_and_not_known_is_told_once() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    life.put(window("web-01", utc("2026-12-01T10:00:00Z")));
    life.until("2026-12-04T21:00:00Z").start("web-01", "arjun", "2026-12-04T21:00:00Z");
    let (code, message) = ("AllocationFailed".to_owned(), "No capacity.".to_owned());
    life.until("2026-12-04T21:20:00Z").settle("web-01", StartOutcome::Refused { code, message });
    life.until("2026-12-06T10:00:00Z");
    let story = life.story();
    assert!(story.contains("Sat 05 09:21 alert [web-01 failed]"), "{story}");

    life.until("2026-12-07T10:00:00Z").start("web-01", "arjun", "2026-12-07T10:00:00Z");
    life.until("2026-12-08T10:00:00Z");
    let since = life.now;
    life.act("web-01", |actions, _| {
        let open = actions.open_start().unwrap().clone();
        let progress = StartProgress {
            phase: Some(StartPhase::NotKnown { since }),
            not_known: Some(since),
            ..StartProgress::default()
        };
        actions.note_start(StartSummary { progress, ..open });
    });
    life.until("2026-12-10T10:00:00Z");
    let story = life.story();
    assert_eq!(story.matches("[web-01 started]").count(), 2, "{story}");
    assert!(story.contains("Tue 08 11:01 alert [web-01 started]"), "{story}");
}
