//! Starts of self-service maintenance, from the decision to Azure's final word, against a simulated Azure.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::join_all;
use maintenance_notifier::demo::{ScriptedStart, SimulatedMachine, SimulatedWindow};
use maintenance_notifier::domain::action::Actor;
use maintenance_notifier::domain::action::anti_affinity::WaitReason;
use maintenance_notifier::domain::action::audit::{AuditHead, verify};
use maintenance_notifier::domain::action::start::{
    RetryTime, Start, StartOrigin, StartOutcome, StartRefusal, StartState,
};
use maintenance_notifier::domain::window::{MaintenanceWindow, WindowId};
use maintenance_notifier::jobs::follow_starts::{FollowReport, follow_starts};
use maintenance_notifier::services::App;
use maintenance_notifier::services::start::{StartRequest, StartResult, start};
use maintenance_notifier::store::{SharedStore, SqliteStore};

use super::failing_store::{FailingStore, Failure};
use super::tenant::{SUBSCRIPTION, Setup, TestTenant, WAVE, small_world, start as beginning};

const MACHINES: &[(&str, &str)] = &[("vm-web-01", "jane.doe"), ("vm-web-02", "mei.lin")];

/// A tenant that was looked at and whose owners were notified.
async fn tenant() -> TestTenant {
    let mut tenant = Setup::new(small_world(MACHINES)).begin().await;
    tenant.round().await;
    tenant.messages().await;
    tenant
}

async fn window(tenant: &TestTenant, name: &str) -> MaintenanceWindow {
    let windows = tenant.windows().await;
    windows.into_iter().map(|row| row.window).find(|window| window.id.resource.name() == name).unwrap()
}

fn start_request(window: &MaintenanceWindow, who: &str) -> StartRequest {
    StartRequest {
        window: window.id.clone(),
        revision: window.revision,
        by: Actor { principal: Some(who.to_owned()), ..Actor::default() },
        origin: StartOrigin::CommandLine,
        accepts: None,
        begins: None,
    }
}

async fn begin(app: &App, start_request: &StartRequest) -> Start {
    match start(app, start_request).await.unwrap() {
        StartResult::Begun(start) => *start,
        answer => panic!("{answer:?}"),
    }
}

/// Runs the timer of every minute until the window's last start has come to its end.
async fn outcome(tenant: &TestTenant, window: &WindowId, within: TimeDelta) -> StartOutcome {
    let end = tenant.now() + within;
    while tenant.now() <= end {
        let actions = tenant.repository.actions(window).await.unwrap();
        if actions.open_start().is_none()
            && let Some(settled) = actions.last_settled()
        {
            let stored = tenant.repository.start(&settled.id).await.unwrap().unwrap();
            let StartState::Settled { outcome, .. } = stored.state else { panic!("{stored:?}") };
            return outcome;
        }
        tenant.clock.advance(TimeDelta::minutes(1));
        tenant.follow().await;
    }
    panic!("no outcome within {within}");
}

/// The trail is unbroken; its deeds in short.
async fn audit_actions(tenant: &TestTenant) -> Vec<String> {
    let trail = tenant.repository.audit_trail(1).await.unwrap();
    let entries: Vec<_> = trail.values().cloned().collect();
    verify(&AuditHead::default(), &entries, &tenant.repository.audit_head().await.unwrap()).unwrap();
    let action = |entry: &maintenance_notifier::domain::action::audit::AuditEntry| {
        serde_json::to_value(&entry.event.action).unwrap()["did"].as_str().unwrap().to_owned()
    };
    entries.iter().map(action).collect()
}

#[tokio::test]
async fn a_start_is_posted_followed_and_shown_to_every_owner() {
    let tenant = tenant().await;
    let window = window(&tenant, "vm-web-01").await;
    let begun = begin(&tenant.app, &start_request(&window, "jane")).await;
    assert!(matches!(begun.state, StartState::Accepted { operation: Some(_), .. }), "{begun:?}");
    assert_eq!(tenant.simulation.script().starts().len(), 1);
    let shown = tenant.windows().await.into_iter().find(|row| row.window.id == window.id).unwrap();
    assert_eq!(shown.actions.open_start().unwrap().id, begun.id);
    assert!(shown.assigned);

    let minutes = TimeDelta::minutes(10);
    assert_eq!(outcome(&tenant, &window.id, minutes).await, StartOutcome::Completed { well: true });
    assert_eq!(audit_actions(&tenant).await, ["decided", "claimed", "accepted", "settled"]);
    assert_eq!(tenant.repository.unapplied().await.unwrap(), []);
    // Who comes later reads that it is over.
    let late = start(&tenant.app, &start_request(&window, "arjun")).await.unwrap();
    assert_eq!(late, StartResult::Refused(StartRefusal::Over));
}

#[tokio::test]
async fn f12_every_end_of_a_start_is_distinguished() {
    let tenant = tenant().await;
    let window = window(&tenant, "vm-web-01").await;
    let script = tenant.simulation.script();
    let fails = ("AllocationFailed".to_owned(), "There is no capacity.".to_owned());
    let words = "Operation 'performMaintenance' is not allowed.".to_owned();
    let hours = TimeDelta::hours(7);
    for (next, expected) in [
        (
            ScriptedStart::Refuse { message: words.clone() },
            StartOutcome::Refused { code: "OperationNotAllowed".to_owned(), message: words },
        ),
        (
            ScriptedStart::Fail { code: fails.0.clone(), message: fails.1.clone() },
            StartOutcome::Refused { code: fails.0, message: fails.1 },
        ),
        (
            ScriptedStart::RetryLater,
            StartOutcome::RetryLater {
                message: Some("Maintenance could not be performed at this time. Retry later.".to_owned()),
                again: RetryTime { at_once: false, until: Some(beginning() + TimeDelta::days(9)) },
            },
        ),
    ] {
        script.next_start(window.id.resource.as_str(), next);
        begin(&tenant.app, &start_request(&window, "jane")).await;
        assert_eq!(outcome(&tenant, &window.id, hours).await, expected);
    }
}

#[tokio::test]
async fn f13_of_a_thousand_confirmations_one_starts_and_the_others_hear_of_it() {
    let tenant = tenant().await;
    let window = window(&tenant, "vm-web-01").await;
    let wishes: Vec<StartRequest> =
        (0..1000).map(|who| start_request(&window, &format!("user-{who}"))).collect();
    let answers = join_all(wishes.iter().map(|start_request| start(&tenant.app, start_request))).await;
    let mut begun = Vec::new();
    let mut already = Vec::new();
    for answer in answers {
        match answer.unwrap() {
            StartResult::Begun(start) => begun.push(start),
            StartResult::Already(summary) => already.push(summary),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((begun.len(), already.len()), (1, 999));
    assert!(already.iter().all(|summary| summary.by == begun[0].by && summary.begins == begun[0].begins));
    assert_eq!(tenant.simulation.script().starts().len(), 1);
}

#[tokio::test]
async fn a_planned_start_begins_at_its_time_and_checks_everything_again() {
    let tenant = tenant().await;
    let [first, second] = [window(&tenant, "vm-web-01").await, window(&tenant, "vm-web-02").await];
    let at = beginning() + TimeDelta::days(2);
    for window in [&first, &second] {
        let start_request = StartRequest { begins: Some(at), ..start_request(window, "jane") };
        assert!(matches!(start(&tenant.app, &start_request).await.unwrap(), StartResult::Planned(_)));
        let again = start(&tenant.app, &start_request).await.unwrap();
        assert!(matches!(again, StartResult::Already(_)), "{again:?}");
    }
    tenant.clock.set(at - TimeDelta::seconds(1));
    tenant.follow().await;
    assert_eq!(tenant.simulation.script().starts(), Vec::<String>::new());
    tenant.simulation.script().set_allowed(WAVE, second.id.resource.as_str(), Some(false));
    tenant.clock.set(at);
    tenant.follow().await;
    assert_eq!(tenant.simulation.script().starts().len(), 1);
    let minutes = TimeDelta::minutes(10);
    assert_eq!(outcome(&tenant, &first.id, minutes).await, StartOutcome::Completed { well: true });
    // One look is no verdict: it waits for as long as its moment is good.
    let waited = Some(Box::new(StartRefusal::NotAllowed { unsaid: false }));
    let refused = StartOutcome::NotBegun { reason: StartRefusal::TooLate { waited } };
    assert_eq!(outcome(&tenant, &second.id, TimeDelta::hours(2)).await, refused);
}

#[tokio::test]
async fn other_dates_or_a_time_outside_self_service_are_refused() {
    let tenant = tenant().await;
    let window = window(&tenant, "vm-web-01").await;
    let late =
        StartRequest { begins: Some(beginning() + TimeDelta::days(20)), ..start_request(&window, "jane") };
    assert_eq!(
        start(&tenant.app, &late).await.unwrap(),
        StartResult::Refused(StartRefusal::OutsideSelfService)
    );
    let day = |day: i64| beginning() + TimeDelta::days(day);
    let moved = Some(SimulatedWindow::new(day(-2), day(5)));
    tenant.simulation.script().reschedule(WAVE, moved, SimulatedWindow::new(day(12), day(19)));
    tenant.look().await;
    let answer = start(&tenant.app, &start_request(&window, "jane")).await.unwrap();
    assert!(matches!(answer, StartResult::Refused(StartRefusal::Moved { .. })), "{answer:?}");
    assert_eq!(audit_actions(&tenant).await, ["declined", "declined"]);
    assert_eq!(tenant.simulation.script().starts(), Vec::<String>::new());
}

/// A tenant with two members of a cluster, and their windows.
async fn two_members() -> (TestTenant, [MaintenanceWindow; 2]) {
    let mut tenant = Setup::new(small_world(&[])).begin().await;
    let script = tenant.simulation.script();
    let names = ["vm-sql-01", "vm-sql-02"];
    for name in names {
        let mut machine = SimulatedMachine::new(SUBSCRIPTION, "rg-test", name, "westeurope", beginning());
        machine.tags.insert("cluster".to_owned(), "sql".to_owned());
        machine.tags.insert("owner".to_owned(), "jane.doe".to_owned());
        let id = script.add_machine(machine);
        script.join_wave(WAVE, &id);
    }
    tenant.round().await;
    tenant.messages().await;
    let windows = [window(&tenant, names[0]).await, window(&tenant, names[1]).await];
    (tenant, windows)
}

#[tokio::test]
async fn a_start_that_waits_for_its_turn_has_nothing_looked_at() {
    let (tenant, [first, second]) = two_members().await;
    let script = tenant.simulation.script();
    script.next_start(first.id.resource.as_str(), ScriptedStart::NeverEnd);
    begin(&tenant.app, &start_request(&first, "jane")).await;
    let soon =
        StartRequest { begins: Some(tenant.now() + TimeDelta::minutes(1)), ..start_request(&second, "jane") };
    let StartResult::Planned(planned) = start(&tenant.app, &soon).await.unwrap() else {
        panic!("not planned")
    };
    // What it waits for is noted once.
    tenant.clock.advance(TimeDelta::minutes(1));
    assert_eq!(follow_starts(&tenant.app).await.unwrap().changed, 1);
    for _ in 0..3 {
        tenant.clock.advance(TimeDelta::minutes(1));
        let followed = follow_starts(&tenant.app).await.unwrap();
        assert_eq!(followed, FollowReport { open: 2, ..FollowReport::default() });
    }
    let waiting = tenant.repository.start(&planned.id).await.unwrap().unwrap();
    assert!(matches!(waiting.state, StartState::Planned), "{waiting:?}");
    assert_eq!(script.starts().len(), 1);
}

#[tokio::test]
async fn members_of_a_set_are_kept_apart_from_when_the_last_was_well() {
    let (tenant, [first, second]) = two_members().await;
    begin(&tenant.app, &start_request(&first, "jane")).await;
    let refused = start(&tenant.app, &start_request(&second, "jane")).await.unwrap();
    let wait = WaitReason::Member { resource: first.id.resource.clone() };
    assert_eq!(refused, StartResult::Refused(StartRefusal::Gap { wait }));
    // A planned one waits its turn by itself.
    let soon =
        StartRequest { begins: Some(tenant.now() + TimeDelta::minutes(1)), ..start_request(&second, "jane") };
    assert!(matches!(start(&tenant.app, &soon).await.unwrap(), StartResult::Planned(_)));
    let hours = TimeDelta::hours(2);
    assert_eq!(outcome(&tenant, &first.id, hours).await, StartOutcome::Completed { well: true });
    let well: DateTime<Utc> = tenant.now();
    assert_eq!(outcome(&tenant, &second.id, hours).await, StartOutcome::Completed { well: true });
    assert!(tenant.now() - well >= TimeDelta::minutes(30));
}

#[tokio::test]
async fn f12_killed_at_any_write_nothing_is_posted_twice_and_an_outcome_is_always_notified() {
    for failure in [Failure::KilledBefore, Failure::KilledAfter, Failure::Refused, Failure::AnswerLost] {
        let mut number = 1;
        loop {
            let healthy: SharedStore = Arc::new(SqliteStore::in_memory().unwrap());
            let mut tenant = Setup::new(small_world(MACHINES)).store(healthy.clone()).begin().await;
            tenant.poison_is_fine();
            tenant.round().await;
            tenant.messages().await;
            let window = window(&tenant, "vm-web-01").await;
            let failing = Arc::new(FailingStore::new(healthy.clone(), number, failure));
            tenant.restart(failing.clone());
            let answer = start(&tenant.app, &start_request(&window, "jane")).await;
            for _ in 0..8 {
                tenant.clock.advance(TimeDelta::minutes(1));
                tenant.follow().await;
            }
            let failed = failing.has_failed();
            tenant.restart(healthy);
            let decided = !tenant.repository.actions(&window.id).await.unwrap().starts.is_empty();
            let posts = tenant.simulation.script().starts().len();
            assert!(posts <= 1, "{failure:?} {number}");
            if decided {
                let outcome = outcome(&tenant, &window.id, TimeDelta::hours(1)).await;
                let expected = if posts == 1 {
                    StartOutcome::Completed { well: true }
                } else {
                    StartOutcome::NeverReceived
                };
                assert_eq!(outcome, expected, "{failure:?} {number}");
            } else {
                assert_eq!(posts, 0, "{failure:?} {number}");
                assert!(answer.is_err(), "{failure:?} {number}: {answer:?}");
            }
            tenant.follow().await;
            assert_eq!(tenant.repository.unapplied().await.unwrap(), [], "{failure:?} {number}");
            audit_actions(&tenant).await;
            if !failed {
                break;
            }
            number += 1;
        }
        assert!(number > 6, "{number}");
    }
}
