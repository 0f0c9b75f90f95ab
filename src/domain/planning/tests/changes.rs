//! What changes and what comes with time alone, and what becomes of it while the mail is down.

use super::*;
use crate::domain::ledger::MessageState;

#[test]
fn changes_while_the_mail_is_down_go_into_the_unsent_message() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    life.mail_works = false;
    life.put(window("web-01", utc("2026-12-20T10:00:00Z")));
    life.put(window("web-02", utc("2026-12-20T10:00:00Z")));
    life.until("2026-12-02T12:00:00Z");
    life.reschedule("web-01", "2026-12-22T10:00:00Z");
    life.change("web-02", |window| {
        window.state = WindowState::Ended { at: utc("2026-12-02T12:00:00Z"), why: EndReason::Cancelled };
    });
    life.until("2026-12-04T12:00:00Z");
    insta::assert_snapshot!(life.story(), @"Wed 02 13:00 alert [web-01 announced] Request 0");
    assert_eq!(life.ledger.len(), 1);
    assert_eq!(life.ledger[0].items[0].revision, Revision(2));
    life.change("web-01", |window| {
        window.state = WindowState::Ended { at: utc("2026-12-04T12:00:00Z"), why: EndReason::Cancelled };
    });
    assert_eq!(life.ledger[0].state, MessageState::Withdrawn);
}

#[test]
fn f2_a_digest_that_could_not_be_sent_is_superseded_not_stacked() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    life.put(window("web-01", utc("2026-12-01T10:00:00Z")));
    life.until("2026-12-02T10:00:00Z");
    life.mail_works = false;
    life.until("2026-12-11T09:00:00Z");
    assert_eq!(life.ledger.iter().filter(|message| message.is_unsent()).count(), 1);
    life.mail_works = true;
    life.until("2026-12-14T09:00:00Z");
    insta::assert_snapshot!(life.story(), @"
    Tue 01 13:00 alert [web-01 announced] Request 0
    Fri 11 11:00 alert [web-01 self-service closed] Request 1
    ");
}

#[test]
fn reschedules_ends_and_new_owners_are_reported_once_and_move_the_calendar() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    life.put(window("web-01", utc("2026-12-20T10:00:00Z")));
    life.put(window("web-02", utc("2026-12-20T10:00:00Z")));
    life.until("2026-12-03T10:00:00Z").reschedule("web-01", "2026-12-27T10:00:00Z");
    life.until("2026-12-04T10:00:00Z").change("web-01", |window| {
        window.state = WindowState::Ended { at: utc("2026-12-04T10:00:00Z"), why: EndReason::Cancelled };
    });
    life.until("2026-12-07T10:00:00Z");
    let id = life.assignments.keys().last().unwrap().clone();
    let others = WithdrawnTo::Others { recipients: vec!["arjun".parse().unwrap()] };
    life.assignments.get_mut(&id).unwrap().withdrawn = Some(Withdrawn { at: life.now, now: others });
    life.plan();
    life.until("2026-12-10T10:00:00Z");
    insta::assert_snapshot!(life.story(), @"
    Tue 01 13:00 alert [web-01 announced, web-02 announced] Request 0
    Thu 03 11:00 alert [web-01 rescheduled] Request 1
    Fri 04 11:00 alert [web-01 cancelled]
    Tue 08 08:00 digest [web-02 reassigned] Cancel 2
    ");
}

#[test]
fn machines_that_azure_should_take_care_of_are_not_reminded_of_self_service() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    let mut member = window("web-01", utc("2026-12-01T10:00:00Z"));
    member.machine.auto_shutdown = true;
    life.put(member);
    life.until("2026-12-14T09:00:00Z");
    insta::assert_snapshot!(life.story(), @"
    Tue 01 13:00 alert [web-01 announced] Request 0
    Thu 10 11:00 alert [web-01 scheduled soon]
    Mon 14 08:00 digest [web-01 scheduled open]
    ");
}
