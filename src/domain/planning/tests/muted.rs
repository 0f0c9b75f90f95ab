//! Mutes and digests that were turned off, as stories.

use super::*;
use crate::domain::action::scope::Scope;
use crate::domain::message::MessageKind;
use crate::domain::operator_alert::OperatorAlert;
use crate::domain::recipient_settings::{Mute, SettingAuthor};
use crate::domain::scheduled_event::ScheduledEvent;
use crate::domain::window::Impact;

fn silent(life: &mut Life, until: &str) {
    let mute = Mute {
        scope: Scope::group_of(&window("web-01", life.now).id.resource),
        until: utc(until),
        reason: "the lab is rebuilt".to_owned(),
        by: Actor::default(),
        at: life.now,
    };
    assert!(life.notification_settings.mute(mute));
    life.plan();
}

#[test]
fn a_mute_holds_all_but_the_last_call_for_the_first_owner_and_ends_with_a_note() {
    let story = |primary: bool| {
        let mut life = Life::at("2026-12-01T10:00:00Z");
        // Self-service ends on the 11th, Azure's own window begins on the 13th.
        life.put(window("web-01", utc("2026-12-01T10:00:00Z")));
        life.assignments.values_mut().for_each(|assignment| assignment.primary = primary);
        life.until("2026-12-02T10:00:00Z");
        silent(&mut life, "2026-12-16T07:00:00Z");
        let told_before = life.ledger.len();
        assert_eq!(told_before, 1);
        life.until("2026-12-20T10:00:00Z");
        let later = life.ledger[told_before..].iter().map(|message| {
            let stages = message.items.iter().map(|item| item.stage.to_string());
            let said: Vec<String> =
                stages.chain(message.operator_alerts.iter().map(OperatorAlert::kind)).collect();
            format!("{} {}", message.moment().format("%d %H:%M"), said.join(", "))
        });
        later.collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(story(true), @r"
    09 10:00 reminder
    14 07:15 silence ends
    16 07:00 self-service closed
    ");
    insta::assert_snapshot!(story(false), @r"
    14 07:15 silence ends
    16 07:00 self-service closed
    ");
}

#[test]
fn the_last_call_that_a_mute_does_not_hold_comes_in_time_when_no_step_falls_on_it() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    life.put(window("web-01", utc("2026-12-01T10:00:00Z")));
    life.assignments.values_mut().for_each(|assignment| assignment.primary = true);
    life.until("2026-12-02T10:00:00Z");
    silent(&mut life, "2026-12-30T07:00:00Z");
    // Azure's own window is open, and its end moves: the last call is three days before that.
    life.until("2026-12-14T10:00:00Z");
    life.reschedule("web-01", "2026-12-02T09:00:00Z");
    let end =
        life.assignments.values().find_map(|assignment| assignment.window.facts.schedule.end()).unwrap();
    let history = life.ledger.len();
    life.until("2026-12-29T10:00:00Z");
    let last_call = end - TimeDelta::days(3);
    assert!(life.ledger[history..].iter().any(|message| message.moment() == last_call), "{last_call}");
}

#[test]
fn what_waited_for_a_machine_that_is_muted_meanwhile_does_not_come_at_night() {
    let mut life = Life::at("2026-12-01T14:15:00Z");
    life.put(window("web-01", utc("2026-12-05T10:00:00Z")));
    life.until("2026-12-01T16:00:00Z");
    // It came before the first had settled, so both wait; by then the day is over.
    life.put(window("web-02", utc("2026-12-05T10:00:00Z")));
    life.until("2026-12-01T21:00:00Z");
    let resource =
        life.assignments.keys().find(|id| id.resource.name() == "web-02").unwrap().resource.clone();
    assert!(life.notification_settings.mute(Mute {
        scope: Scope::Machine { resource, vm_id: None },
        until: utc("2026-12-03T12:00:00Z"),
        reason: "the lab is rebuilt".to_owned(),
        by: Actor::default(),
        at: life.now,
    }));
    life.plan();
    assert_eq!(life.ledger.len(), 0, "{}", life.story());
    life.until("2026-12-02T12:00:00Z");
    assert_eq!(life.ledger[0].moment(), utc("2026-12-02T07:00:00Z"), "{}", life.story());
}

#[test]
fn what_ended_while_muted_is_reported_after_it_unless_it_is_old_by_then() {
    for (ended, history) in [("2026-12-05T10:00:00Z", 0), ("2026-12-18T10:00:00Z", 1)] {
        let mut life = Life::at("2026-12-01T10:00:00Z");
        life.put(window("web-01", utc("2026-12-01T10:00:00Z")));
        life.until("2026-12-02T10:00:00Z");
        silent(&mut life, "2026-12-21T07:00:00Z");
        life.until(ended);
        let at = life.now;
        life.change("web-01", |window| window.state = WindowState::Ended { at, why: EndReason::Cancelled });
        life.until("2026-12-30T10:00:00Z");
        let items = life.ledger.iter().flat_map(|message| &message.items);
        assert_eq!(items.filter(|item| item.stage == Stage::Cancelled).count(), history, "{ended}");
    }
}

#[test]
fn a_mute_never_holds_what_happens_within_minutes_or_becomes_of_a_start() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    life.put(window("web-01", utc("2026-12-01T10:00:00Z")));
    life.until("2026-12-02T10:00:00Z");
    silent(&mut life, "2026-12-30T07:00:00Z");
    life.assignments.values_mut().for_each(|assignment| assignment.primary = false);
    let history = life.ledger.len();
    life.start("web-01", "arjun", "2026-12-04T21:00:00Z");
    life.until("2026-12-03T10:00:00Z");
    let stages = |life: &Life| -> Vec<Stage> {
        life.ledger[history..].iter().flat_map(|message| &message.items).map(|item| item.stage).collect()
    };
    assert_eq!(stages(&life)[0], Stage::Planned);
    // What Azure moves is held, and what happens within minutes is not.
    life.reschedule("web-01", "2026-12-02T10:00:00Z");
    let now = life.now;
    life.change("web-01", |window| {
        window.scheduled_events.push(ScheduledEvent {
            id: "event-1".to_owned(),
            impact: Impact::Reboot,
            by_azure: true,
            not_before: Some(now + TimeDelta::minutes(15)),
            seconds: None,
            at: now,
            scheduled: true,
            over: false,
            heard: None,
            confirmed: None,
        });
        let found = window.scheduled_events[0].clone();
        window.scheduled_events[0].confirm(&found, now);
    });
    life.until("2026-12-03T10:30:00Z");
    let stages = stages(&life);
    assert!(stages.contains(&Stage::Imminent) && !stages.contains(&Stage::Rescheduled), "{stages:?}");
}

#[test]
fn s15_without_digests_nothing_waits_for_one_and_reminders_come_all_the_same() {
    let story = |digests: bool| {
        let mut life = Life::at("2026-12-01T10:00:00Z");
        if !digests {
            life.notification_settings.without_digests =
                Some(SettingAuthor { by: Actor::default(), at: life.now });
        }
        // While it is far off, nothing but the weekly line speaks of it.
        life.put(window("web-01", utc("2026-12-20T10:00:00Z")));
        life.until("2027-01-10T10:00:00Z");
        let count = |kind| life.ledger.iter().filter(|message| message.kind == kind).count();
        let items = life.ledger.iter().flat_map(|message| &message.items);
        (count(MessageKind::Digest), items.filter(|item| item.step.is_some()).count())
    };
    let calm = |digests: bool| {
        let mut life = Life::at("2026-12-01T10:00:00Z");
        life.recipient.preferences.immediate = [Stage::Imminent].into();
        life.notification_settings.without_digests =
            (!digests).then(|| SettingAuthor { by: Actor::default(), at: life.now });
        life.put(window("web-01", utc("2026-12-01T10:00:00Z")));
        life.until("2026-12-30T10:00:00Z");
        life.ledger[0].kind
    };
    // Who gets everything in digests is announced windows without them, or would never be reminded.
    assert_eq!((calm(true), calm(false)), (MessageKind::Digest, MessageKind::Alert));
    let ((with, reminders), (without, still)) = (story(true), story(false));
    assert!(with > 0 && without == 0, "{with} {without}");
    assert!(reminders > 0 && still >= reminders, "{reminders} {still}");
}
