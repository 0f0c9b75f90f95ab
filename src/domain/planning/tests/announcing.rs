//! When announcements are reported: settling, urgency, the first look, and what goes with them.

use super::*;
use crate::domain::operator_alert::OperatorAlert;

#[test]
fn a_wave_that_trickles_in_becomes_one_message_and_waits_for_working_hours() {
    let mut life = Life::at("2026-12-01T15:00:00Z");
    for number in 1..=6 {
        life.put(window(&format!("web-{number:02}"), utc("2026-12-20T10:00:00Z")));
        let next = life.now + TimeDelta::minutes(20);
        life.until(&next.to_rfc3339());
    }
    life.until("2026-12-02T12:00:00Z");
    insta::assert_snapshot!(life.story(), @"Wed 02 08:00 alert [web-01 announced, web-02 announced, web-03 announced, web-04 announced, web-05 announced, web-06 announced] Request 0");
}

#[test]
fn an_urgent_announcement_does_not_wait() {
    // Saturday noon; self-service ends on Monday at 8.
    let mut life = Life::at("2026-12-05T11:00:00Z");
    life.put(window("web-01", utc("2026-11-27T07:00:00Z")));
    life.until("2026-12-05T12:00:00Z");
    insta::assert_snapshot!(life.story(), @"Sat 05 12:00 alert [web-01 announced] Request 0");
}

#[test]
fn a_deadline_that_comes_nearer_does_not_break_into_the_weekend() {
    // Friday 16:00 in Berlin; on Sunday the deadline is seven days away and the announcement is urgent.
    let mut life = Life::at("2026-12-18T15:00:00Z");
    life.put(window("web-01", utc("2026-12-17T15:00:00Z")));
    life.until("2026-12-21T12:00:00Z");
    insta::assert_snapshot!(life.story(), @"Mon 21 08:00 alert [web-01 announced] Request 0");
}

#[test]
fn the_first_look_is_reported_once_when_it_is_complete() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    life.go_live = GoLive::Looking;
    life.operator = true;
    for number in 1..=3 {
        life.put(window(&format!("web-{number:02}"), utc("2026-12-01T08:00:00Z")));
        let next = life.now + TimeDelta::minutes(5);
        life.until(&next.to_rfc3339());
    }
    life.go_live = GoLive::Since(life.now);
    life.plan();
    life.until("2026-12-01T12:00:00Z");
    insta::assert_snapshot!(life.story(), @"Tue 01 11:15 go-live [web-01 announced, web-02 announced, web-03 announced] Request 0");
}

#[test]
fn what_became_of_an_attempt_goes_with_the_announcement_never_before_it() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    life.put(window("web-01", utc("2026-12-01T10:00:00Z")));
    life.change("web-01", |window| {
        window.facts.last_result = LastResult::MaintenanceAborted;
        window.facts.self_start_allowed = false;
    });
    life.until("2026-12-02T10:00:00Z");
    insta::assert_snapshot!(life.story(), @"Tue 01 13:00 alert [web-01 announced, web-01 skipped] Request 0");
}

#[test]
fn a_pilot_diverts_messages_and_their_recipients_are_notified_anew_when_it_is_over() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    life.diverted_to = Some(recipient("platform").endpoints());
    life.put(window("web-01", utc("2026-12-20T10:00:00Z")));
    life.until("2026-12-02T10:00:00Z");
    assert_eq!(life.ledger[0].endpoints, recipient("platform").endpoints());
    assert!(life.ledger[0].diverted && life.ledger[0].calendar.is_empty());
    life.diverted_to = None;
    life.plan();
    life.until("2026-12-03T10:00:00Z");
    insta::assert_snapshot!(life.story(), @"
    Tue 01 13:00 alert [web-01 announced]
    Wed 02 11:00 alert [web-01 announced] Request 0
    ");
    assert_eq!(life.ledger[1].endpoints, recipient("jane").endpoints());
}

#[test]
fn operators_get_each_alert_once() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    life.operator = true;
    life.go_live = GoLive::Looking;
    let operator_alert = |reason: &str| OperatorAlert::Unseen {
        scope: "subscription 2".to_owned(),
        reason: reason.to_owned(),
        cause: Default::default(),
    };
    life.operator_alerts = vec![(life.now, operator_alert("HTTP 403"))];
    life.until("2026-12-01T11:00:00Z");
    life.operator_alerts = vec![(utc("2026-12-01T10:00:00Z"), operator_alert("HTTP 403 again"))];
    life.plan();
    life.until("2026-12-03T11:00:00Z");
    insta::assert_snapshot!(life.story(), @"Tue 01 11:15 operator [unseen|subscription 2]");
}

#[test]
fn an_urgent_announcement_behind_one_that_was_put_off_waits_for_its_own_hours() {
    // Friday the 4th at noon, then at 16:00 with time until the 30th, and at 20:00 with time until the 11th.
    let mut life = Life::at("2026-12-04T10:00:00Z");
    life.put(window("web-01", utc("2026-12-20T10:00:00Z")));
    life.until("2026-12-04T15:00:00Z").put(window("web-02", utc("2026-12-20T10:00:00Z")));
    life.until("2026-12-04T19:00:00Z").put(window("web-03", utc("2026-12-01T10:00:00Z")));
    life.until("2026-12-07T10:00:00Z");
    insta::assert_snapshot!(life.story(), @"
    Fri 04 13:00 alert [web-01 announced] Request 0
    Mon 07 08:00 digest [web-02 announced, web-03 announced] Request 1
    ");
}

#[test]
fn what_is_put_off_for_a_day_goes_into_an_early_digest_and_does_not_come_right_after_it() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    life.recipient.preferences.digest = "0 7 * * *".parse().unwrap();
    life.put(window("web-01", utc("2026-12-20T10:00:00Z")));
    life.put(window("web-02", utc("2026-12-20T10:00:00Z")));
    life.until("2026-12-01T14:00:00Z").reschedule("web-01", "2026-12-27T10:00:00Z");
    life.until("2026-12-01T15:00:00Z").change("web-02", |window| {
        window.state =
            WindowState::Ended { at: utc("2026-12-01T15:00:00Z"), why: EndReason::NoLongerPlanned };
    });
    life.until("2026-12-02T12:00:00Z");
    insta::assert_snapshot!(life.story(), @"
    Tue 01 13:00 alert [web-01 announced, web-02 announced] Request 0
    Wed 02 07:00 digest [web-01 rescheduled, web-02 no longer planned] Request 1
    ");
}
