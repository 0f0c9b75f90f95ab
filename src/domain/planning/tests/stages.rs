//! Rules of single stages, as docs/NOTIFICATIONS.md has them, that no longer story holds.

use super::*;
use crate::domain::ledger::MessageRecord;
use crate::domain::message::MessageKind;
use crate::domain::schedule::DigestSchedule;
use crate::domain::scheduled_event::ScheduledEvent;
use crate::domain::window::{Elsewhere, Impact, Interval, Schedule};

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
fn what_happens_within_minutes_is_reported_at_night_and_once_for_each_event() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    life.put(window("web-01", utc("2026-11-17T10:00:00Z")));
    life.until("2026-12-02T02:00:00Z");
    let mut event = ScheduledEvent {
        id: "e1".to_owned(),
        impact: Impact::Reboot,
        by_azure: true,
        not_before: Some(utc("2026-12-02T02:15:00Z")),
        seconds: None,
        at: utc("2026-12-02T02:00:00Z"),
        scheduled: true,
        over: false,
        heard: None,
        confirmed: None,
    };
    event.confirm(&event.clone(), event.at);
    life.change("web-01", |window| window.scheduled_events.push(event.clone()));
    life.until("2026-12-02T02:05:00Z");
    let mut over = ScheduledEvent { over: true, ..event.clone() };
    over.confirm(&over.clone(), over.at);
    life.change("web-01", |window| window.scheduled_events[0] = over.clone());
    life.until("2026-12-02T12:00:00Z");
    assert_eq!(notified(&life)[1..], ["Wed 02 03:00 imminent"]);
    // One that is over before anybody looked is reported to nobody.
    life.change("web-01", |window| {
        window.scheduled_events.push(ScheduledEvent { id: "e2".to_owned(), ..over });
    });
    life.until("2026-12-02T14:00:00Z");
    assert_eq!(notified(&life).len(), 2);
}

#[test]
fn s20_what_azure_did_not_confirm_is_told_once_as_that_and_takes_nothing_with_it() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    life.put(window("web-01", utc("2026-11-17T10:00:00Z")));
    life.until("2026-12-02T02:00:00Z");
    let heard = |number: i64| ScheduledEvent {
        id: format!("e{number}"),
        impact: Impact::Reboot,
        by_azure: true,
        not_before: Some(utc("2026-12-02T02:15:00Z") + TimeDelta::minutes(number)),
        seconds: None,
        at: utc("2026-12-02T02:00:00Z"),
        scheduled: true,
        over: false,
        heard: Some(utc("2026-12-02T02:00:00Z")),
        confirmed: None,
    };
    // It is announced at night, while it waits for the hours.
    life.put(window("db-01", utc("2026-11-17T10:00:00Z")));
    for machine in ["web-01", "db-01"] {
        life.change(machine, |window| window.scheduled_events.extend((0..20).map(heard)));
    }
    let before = life.ledger.len();
    life.until("2026-12-02T02:30:00Z");
    let night: Vec<Stage> =
        life.ledger[before..].iter().flat_map(|message| &message.items).map(|item| item.stage).collect();
    assert_eq!(night, [Stage::Unconfirmed; 2], "one for each machine, and nothing else");
    let endpoints = |life: &Life| life.ledger[before].endpoints.clone();
    assert!(
        endpoints(&life).iter().all(crate::domain::endpoint::Endpoint::is_mail),
        "{:?}",
        endpoints(&life)
    );
    // Azure's word comes later: then it is a fact, and news.
    life.change("web-01", |window| {
        let found = window.scheduled_events[3].clone();
        window.scheduled_events[3].confirm(&found, utc("2026-12-02T02:30:00Z"));
    });
    life.until("2026-12-02T02:40:00Z");
    assert_eq!(life.ledger.last().unwrap().items[0].stage, Stage::Imminent);
    life.until("2026-12-02T12:00:00Z");
    assert!(notified(&life).contains(&"Wed 02 08:00 announced".to_owned()), "{:?}", notified(&life));
}

#[test]
fn an_event_days_ahead_waits_for_azures_word_and_is_a_dated_notice_with_it() {
    let story = |confirmed: Option<&str>| {
        let mut life = Life::at("2026-12-01T10:00:00Z");
        life.put(window("web-01", utc("2026-11-17T10:00:00Z")));
        life.until("2026-12-02T08:00:00Z");
        let event = ScheduledEvent {
            id: "e1".to_owned(),
            impact: Impact::Redeploy,
            by_azure: true,
            not_before: Some(utc("2026-12-04T10:00:00Z")),
            seconds: None,
            at: utc("2026-12-02T08:00:00Z"),
            scheduled: true,
            over: false,
            heard: Some(utc("2026-12-02T08:00:00Z")),
            confirmed: None,
        };
        life.change("web-01", |window| window.scheduled_events.push(event.clone()));
        if let Some(at) = confirmed {
            life.until(at);
            life.change("web-01", |window| window.scheduled_events[0].confirm(&event, utc(at)));
        }
        life.until("2026-12-05T10:00:00Z");
        let notified = notified(&life);
        notified
            .into_iter()
            .filter(|line| ["notice", "imminent", "unconfirmed"].iter().any(|word| line.ends_with(word)))
            .collect::<Vec<_>>()
    };
    assert_eq!(story(None), ["Thu 03 11:00 unconfirmed"]);
    assert_eq!(story(Some("2026-12-02T09:00:00Z")), ["Wed 02 10:00 notice", "Fri 04 10:00 imminent"]);
    assert_eq!(
        story(Some("2026-12-03T12:00:00Z")),
        ["Thu 03 11:00 unconfirmed", "Thu 03 13:00 notice", "Fri 04 10:00 imminent"]
    );
}

/// What is reported of an event of Azure's that takes web-01 down at `at`, of someone who may `change` things meanwhile.
fn dated_event(at: &str, until: &str, meanwhile: impl FnOnce(&mut Life, &ScheduledEvent)) -> Vec<String> {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    life.put(window("web-01", utc("2026-11-17T10:00:00Z")));
    life.until("2026-12-02T08:00:00Z");
    let event = ScheduledEvent {
        id: "e1".to_owned(),
        impact: Impact::Redeploy,
        by_azure: true,
        not_before: Some(utc(at)),
        seconds: None,
        at: utc("2026-12-02T08:00:00Z"),
        scheduled: true,
        over: false,
        heard: Some(utc("2026-12-02T08:00:00Z")),
        confirmed: None,
    };
    life.change("web-01", |window| {
        window.scheduled_events.push(event.clone());
        window.scheduled_events[0].confirm(&event, utc("2026-12-02T08:00:00Z"));
    });
    meanwhile(&mut life, &event);
    life.until(until);
    let is_of_event = |line: &String| ["notice", "imminent"].iter().any(|word| line.contains(word));
    notified(&life).into_iter().filter(is_of_event).collect()
}

#[test]
fn a_date_of_azures_days_ahead_is_reminded_of_like_a_deadline_until_it_is_near() {
    let six_days = dated_event("2026-12-08T08:00:00Z", "2026-12-09T10:00:00Z", |_, _| {});
    // Two days before is a Sunday, so the reminder comes before the weekend.
    assert_eq!(six_days, ["Wed 02 09:00 notice", "Fri 04 17:00 notice", "Tue 08 08:00 imminent"]);
    let two_days = dated_event("2026-12-04T07:00:00Z", "2026-12-05T10:00:00Z", |_, _| {});
    assert_eq!(two_days, ["Wed 02 09:00 notice", "Fri 04 07:00 imminent"], "what passed is dropped");
}

#[test]
fn a_date_of_azures_that_moves_is_news_again_and_one_that_moves_by_minutes_is_none() {
    let moved = |to: &'static str| {
        dated_event("2026-12-04T12:00:00Z", "2026-12-11T10:00:00Z", move |life, event| {
            life.until("2026-12-03T09:00:00Z");
            let found = ScheduledEvent { not_before: Some(utc(to)), ..event.clone() };
            let now = life.now;
            life.change("web-01", |window| window.scheduled_events[0].confirm(&found, now));
        })
    };
    assert_eq!(moved("2026-12-04T12:20:00Z"), ["Wed 02 09:00 notice", "Fri 04 12:20 imminent"]);
    assert_eq!(
        moved("2026-12-08T12:00:00Z"),
        ["Wed 02 09:00 notice", "Thu 03 10:00 notice", "Fri 04 17:00 notice", "Tue 08 12:00 imminent"]
    );
}

#[test]
fn what_was_near_and_is_put_off_for_days_is_dated_anew_and_near_again() {
    let put_off = dated_event("2026-12-02T08:15:00Z", "2026-12-05T10:00:00Z", |life, event| {
        life.until("2026-12-02T08:10:00Z");
        let found = ScheduledEvent { not_before: Some(utc("2026-12-04T12:00:00Z")), ..event.clone() };
        let now = life.now;
        life.change("web-01", |window| window.scheduled_events[0].confirm(&found, now));
    });
    assert_eq!(put_off, ["Wed 02 09:00 imminent", "Wed 02 09:10 notice", "Fri 04 12:00 imminent"]);
}

#[test]
fn whoever_acknowledged_a_date_of_azures_is_reminded_of_it_once_more() {
    let acknowledged = dated_event("2026-12-09T10:00:00Z", "2026-12-10T10:00:00Z", |life, _| {
        life.respond("web-01", "jane", Response::Acknowledge { note: None, change: None });
    });
    assert_eq!(acknowledged, ["Wed 02 09:00 notice", "Mon 07 11:00 passed, notice", "Wed 09 10:00 imminent"]);
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
