//! Scheduled events and dates that Azure alone has.

use super::notified;
use crate::domain::planning::tests::*;
use crate::domain::scheduled_event::ScheduledEvent;
use crate::domain::window::Impact;

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
