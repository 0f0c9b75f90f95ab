//! What is promised of a planned start: its latest moment, what it lives through, what is tried again and what is not.

use chrono::{DateTime, TimeDelta, Utc};
use maintenance_notifier::cli::explain::explain_all;
use maintenance_notifier::demo::{ScriptedStart, SimulatedMachine, SimulatedWindow};
use maintenance_notifier::domain::action::Actor;
use maintenance_notifier::domain::action::response::Response;
use maintenance_notifier::domain::action::rolling::{MemberState, PlanState};
use maintenance_notifier::domain::action::start::{StartOrigin, StartOutcome, StartRefusal, StartState};
use maintenance_notifier::domain::ids::{MessageId, form_key};
use maintenance_notifier::domain::operator_alert::OperatorAlert;
use maintenance_notifier::domain::window::{MaintenanceWindow, WindowId};
use maintenance_notifier::services::respond::{ResponseRequest, ResponseResult, respond};
use maintenance_notifier::services::rolling_plans::make_plan;
use maintenance_notifier::services::start::{StartRequest, StartResult, start};

use super::rolling::plan_of;
use super::tenant::start as beginning;
use super::tenant::{
    CONFIGURATION, SUBSCRIPTION, Setup, TestTenant, WAVE, empty_world, small_world, subscription, wave,
};

const JANE: &str = "jane.doe@contoso.com";
const MINUTE: TimeDelta = TimeDelta::minutes(1);

async fn looked_at(
    simulation: maintenance_notifier::demo::Simulation,
) -> (TestTenant, Vec<MaintenanceWindow>) {
    let mut tenant = Setup::new(simulation).begin().await;
    tenant.round().await;
    tenant.messages().await;
    let mut windows: Vec<_> = tenant.windows().await.into_iter().map(|row| row.window).collect();
    windows.sort_by(|a, b| a.id.cmp(&b.id));
    (tenant, windows)
}

async fn tenant() -> (TestTenant, MaintenanceWindow) {
    let (tenant, mut windows) = looked_at(small_world(&[("vm-web-01", "jane.doe")])).await;
    (tenant, windows.remove(0))
}

/// Several machines of one cluster.
async fn cluster(count: usize) -> (TestTenant, Vec<MaintenanceWindow>) {
    let simulation = empty_world();
    let script = simulation.script();
    script.add_subscription(subscription(SUBSCRIPTION, "Contoso Test"));
    let mut ids = Vec::new();
    for number in 0..count {
        let name = format!("vm-sql-{number:02}");
        let mut machine = SimulatedMachine::new(SUBSCRIPTION, "rg-test", &name, "westeurope", beginning());
        machine.tags.insert("cluster".to_owned(), "sql".to_owned());
        machine.tags.insert("owner".to_owned(), "jane.doe".to_owned());
        ids.push(script.add_machine(machine));
    }
    script.announce(wave(WAVE).with_targets(ids));
    looked_at(simulation).await
}

fn request(window: &MaintenanceWindow, begins: Option<DateTime<Utc>>) -> StartRequest {
    let recipient = Some(JANE.parse().unwrap());
    let message = MessageId::derive(&JANE.parse().unwrap(), 1);
    StartRequest {
        window: window.id.clone(),
        revision: window.revision,
        by: Actor { recipient, principal: Some("jane".to_owned()), ..Actor::default() },
        origin: StartOrigin::Link { message, form: None },
        accepts: None,
        begins,
    }
}

/// Plans a start, and says for when it is.
async fn plan(tenant: &TestTenant, window: &MaintenanceWindow, begins: DateTime<Utc>) -> DateTime<Utc> {
    match start(&tenant.app, &request(window, Some(begins))).await.unwrap() {
        StartResult::Planned(start) => start.begins,
        answer => panic!("{answer:?}"),
    }
}

async fn outcome(tenant: &TestTenant, window: &WindowId) -> Option<StartOutcome> {
    let actions = tenant.repository.actions(window).await.unwrap();
    let id = &actions.starts.last().unwrap().id;
    match tenant.repository.start(id).await.unwrap().unwrap().state {
        StartState::Settled { outcome, .. } => Some(outcome),
        _ => None,
    }
}

async fn follow(tenant: &TestTenant, minutes: i64) {
    for _ in 0..minutes {
        tenant.clock.advance(MINUTE);
        tenant.follow().await;
    }
}

async fn letters(tenant: &mut TestTenant) -> String {
    tenant.advance(TimeDelta::hours(1)).await;
    let mut texts = String::new();
    for letter in tenant.messages().await.iter().filter(|letter| letter.to == JANE) {
        let (_, mail) = tenant.read(letter).await;
        texts += &mail.text.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    texts
}

fn begun(tenant: &TestTenant) -> usize {
    tenant.simulation.script().starts().len()
}

#[tokio::test]
async fn f18_a_start_whose_moment_passed_while_nothing_ran_does_not_begin_and_its_planner_hears_at_once() {
    let (mut tenant, window) = tenant().await;
    let at = tenant.now() + TimeDelta::hours(12);
    plan(&tenant, &window, at).await;
    letters(&mut tenant).await;
    tenant.clock.set(at + TimeDelta::hours(60));
    tenant.follow().await;
    let late = StartOutcome::NotBegun { reason: StartRefusal::TooLate { waited: None } };
    assert_eq!(outcome(&tenant, &window.id).await, Some(late));
    let text = letters(&mut tenant).await;
    assert!(
        text.contains("did not begin: it could not begin in time: this service did not run at its moment."),
        "{text}"
    );
    assert!(!text.contains("failed"), "{text}");
    assert_eq!(begun(&tenant), 0);
}

#[tokio::test]
async fn f18_what_kept_a_start_for_longer_than_its_grace_is_the_reason() {
    let (tenant, window) = tenant().await;
    let at = tenant.now() + TimeDelta::hours(2);
    plan(&tenant, &window, at).await;
    tenant.clock.set(at - MINUTE);
    tenant.simulation.script().forbid(SUBSCRIPTION, true);
    follow(&tenant, 50).await;
    assert_eq!(outcome(&tenant, &window.id).await, None);
    follow(&tenant, 12).await;
    tenant.simulation.script().forbid(SUBSCRIPTION, false);
    follow(&tenant, 12).await;
    let outcome = outcome(&tenant, &window.id).await;
    let Some(StartOutcome::NotBegun { reason: StartRefusal::TooLate { waited: Some(why) } }) = outcome else {
        panic!("{outcome:?}")
    };
    assert!(matches!(*why, StartRefusal::Unseen { .. }), "{why:?}");
    assert_eq!(begun(&tenant), 0);
}

#[tokio::test]
async fn a_planned_start_lives_as_long_as_its_moment_is_good_whatever_becomes_of_the_dates() {
    let day = |day: i64| beginning() + TimeDelta::days(day);
    for (end, begins) in [(5, 1), (2, 0)] {
        let (tenant, window) = tenant().await;
        let at = day(3);
        plan(&tenant, &window, at).await;
        let moved = Some(SimulatedWindow::new(day(-2), day(end)));
        tenant.simulation.script().reschedule(WAVE, moved, SimulatedWindow::new(day(12), day(19)));
        tenant.look().await;
        tenant.clock.set(at);
        tenant.follow().await;
        assert_eq!(begun(&tenant), begins);
        if begins == 0 {
            let outcome = outcome(&tenant, &window.id).await;
            let moved =
                matches!(outcome, Some(StartOutcome::NotBegun { reason: StartRefusal::Moved { .. } }));
            assert!(moved, "{outcome:?}");
        }
    }
}

#[tokio::test]
async fn f12_what_passes_by_itself_is_tried_again_and_what_does_not_is_told() {
    let words = |code: &str| format!("{code}: not at the moment.");
    for (status, code, passes) in [
        (409, "Conflict", true),
        (409, "AnotherOperationInProgress", true),
        (429, "TooManyRequests", true),
        (409, "OperationNotAllowed", false),
        (409, "ScopeLocked", false),
        (403, "RequestDisallowedByPolicy", false),
    ] {
        let (tenant, window) = tenant().await;
        let at = tenant.now() + TimeDelta::hours(2);
        plan(&tenant, &window, at).await;
        let refuse = ScriptedStart::RefuseWith { status, code: code.to_owned(), message: words(code) };
        tenant.simulation.script().next_start(window.id.resource.as_str(), refuse);
        tenant.clock.set(at - MINUTE);
        follow(&tenant, 1).await;
        if passes {
            assert_eq!(outcome(&tenant, &window.id).await, None, "{code}");
            follow(&tenant, 30).await;
            let done = Some(StartOutcome::Completed { well: true });
            assert_eq!(outcome(&tenant, &window.id).await, done, "{code}");
        } else {
            let outcome = outcome(&tenant, &window.id).await;
            let told = match &outcome {
                Some(StartOutcome::Refused { message, .. } | StartOutcome::Forbidden { message, .. }) => {
                    message
                }
                _ => panic!("{code}: {outcome:?}"),
            };
            assert_eq!(*told, words(code));
        }
        let alerts = tenant.repository.operator_alerts().await.unwrap();
        let closed = alerts.values().any(|row| matches!(row.operator_alert, OperatorAlert::NoStarts { .. }));
        assert!(!closed, "{code}: one machine closes no resource group");
    }
}

#[tokio::test]
async fn f12_one_429_ends_no_rolling_plan_and_a_policy_on_one_machine_stops_only_that() {
    let (tenant, windows) = looked_at(small_world(&[
        ("vm-web-01", "jane.doe"),
        ("vm-web-02", "jane.doe"),
        ("vm-web-03", "jane.doe"),
    ]))
    .await;
    let script = tenant.simulation.script();
    let refuse = |status, code: &str| ScriptedStart::RefuseWith {
        status,
        code: code.to_owned(),
        message: "No.".to_owned(),
    };
    script.next_start(windows[0].id.resource.as_str(), refuse(429, "TooManyRequests"));
    script.next_start(windows[1].id.resource.as_str(), refuse(403, "RequestDisallowedByPolicy"));
    let plan = plan_of(&tenant, &windows, "always", 0);
    make_plan(&tenant.app, &plan).await.unwrap();
    follow(&tenant, 180).await;
    let plan = tenant.repository.plan(&plan.id).await.unwrap().unwrap();
    assert!(matches!(plan.state, PlanState::Finished { .. }), "{plan:?}");
    let done = |at: usize| matches!(plan.members[at].state, MemberState::Done { .. });
    assert_eq!([done(0), done(1), done(2)], [true, false, true], "{plan:?}");
}

#[tokio::test]
async fn f18_a_rolling_plan_without_hours_ends_with_its_forecast_and_the_grace() {
    let (tenant, windows) =
        looked_at(small_world(&[("vm-web-01", "jane.doe"), ("vm-web-02", "jane.doe")])).await;
    let plan = plan_of(&tenant, &windows, "always", 0);
    tenant.simulation.script().forbid(SUBSCRIPTION, true);
    make_plan(&tenant.app, &plan).await.unwrap();
    tenant.clock.advance(TimeDelta::hours(60));
    tenant.simulation.script().forbid(SUBSCRIPTION, false);
    follow(&tenant, 30).await;
    let plan = tenant.repository.plan(&plan.id).await.unwrap().unwrap();
    assert!(plan.is_over(), "{plan:?}");
    assert_eq!(begun(&tenant), 0);
}

#[tokio::test]
async fn several_of_one_set_are_told_the_times_at_which_they_really_begin() {
    let (tenant, windows) = cluster(4).await;
    let at = tenant.now() + TimeDelta::hours(12);
    let mut times = Vec::new();
    for window in &windows {
        times.push((plan(&tenant, window, at).await - at).num_minutes());
    }
    assert_eq!(times, [0, 55, 110, 165]);
    // They begin at these times.
    for (window, minutes) in windows.iter().zip(times) {
        tenant.clock.set(at + MINUTE * i32::try_from(minutes).unwrap());
        tenant.follow().await;
        let open = tenant.repository.actions(&window.id).await.unwrap().open_start().cloned().unwrap();
        let start = tenant.repository.start(&open.id).await.unwrap().unwrap();
        assert!(matches!(start.state, StartState::Accepted { .. }), "{start:?}");
        follow(&tenant, 12).await;
        assert_eq!(outcome(&tenant, &window.id).await, Some(StartOutcome::Completed { well: true }));
    }
}

#[tokio::test]
async fn what_does_not_fit_before_self_service_ends_is_refused_there_and_then() {
    let (tenant, windows) = cluster(3).await;
    let end = windows[0].facts.schedule.self_service.unwrap().end();
    let at = end - TimeDelta::minutes(80);
    assert_eq!(plan(&tenant, &windows[0], at).await, at);
    assert_eq!(plan(&tenant, &windows[1], at).await, at + TimeDelta::minutes(55));
    let third = start(&tenant.app, &request(&windows[2], Some(at))).await.unwrap();
    assert_eq!(third, StartResult::Refused(StartRefusal::DoesNotFit));
}

#[tokio::test]
async fn explain_says_what_keeps_a_planned_start() {
    let (mut tenant, window) = tenant().await;
    plan(&tenant, &window, tenant.now() + TimeDelta::hours(12)).await;
    let held = |tenant: &TestTenant| {
        let app = tenant.app.clone();
        async move {
            let explained = explain_all(&app, |_| true).await.unwrap();
            serde_json::to_value(&explained).unwrap()[0].get("held").cloned()
        }
    };
    assert_eq!(held(&tenant).await, None);
    tenant.configure(format!("{CONFIGURATION}\n[safety]\npause = [\"starts\"]\n"));
    tenant.restart(tenant.store());
    let why = serde_json::json!("starts are paused by the operators of this service");
    assert_eq!(held(&tenant).await, Some(why));
}

#[tokio::test]
async fn s6_a_form_decides_once_and_sent_again_shows_what_became_of_it() {
    let (tenant, window) = tenant().await;
    let at = tenant.now() + TimeDelta::hours(12);
    let form = |nonce: &str| {
        let request = request(&window, Some(at));
        let StartOrigin::Link { message, .. } = request.origin else { unreachable!() };
        let origin = StartOrigin::Link { message, form: Some(form_key(nonce)) };
        StartRequest { origin, ..request }
    };
    let StartResult::Planned(planned) = start(&tenant.app, &form("a")).await.unwrap() else { panic!() };
    let object = ResponseRequest {
        window: window.id.clone(),
        revision: window.revision,
        by: Actor { principal: Some("mei".to_owned()), ..Actor::default() },
        origin: StartOrigin::CommandLine,
        response: Response::Object { start: planned.id.clone() },
    };
    respond(&tenant.app, &object).await.unwrap();
    let again = start(&tenant.app, &form("a")).await.unwrap();
    let StartResult::Already(first) = again else { panic!("{again:?}") };
    assert_eq!(first.id, planned.id);
    assert_eq!(tenant.repository.actions(&window.id).await.unwrap().open_start(), None);
    // A decision of its own is another matter.
    assert!(matches!(start(&tenant.app, &form("b")).await.unwrap(), StartResult::Planned(_)));
}

#[tokio::test]
async fn s6_a_form_that_was_refused_starts_nothing_once_the_reason_has_passed() {
    let (tenant, windows) = cluster(2).await;
    let form = |window: &MaintenanceWindow, nonce: &str| {
        let request = request(window, None);
        let StartOrigin::Link { message, .. } = request.origin else { unreachable!() };
        let origin = StartOrigin::Link { message, form: Some(form_key(nonce)) };
        StartRequest { origin, ..request }
    };
    let first = start(&tenant.app, &form(&windows[0], "a")).await.unwrap();
    assert!(matches!(first, StartResult::Begun(_)), "{first:?}");
    let refused = start(&tenant.app, &form(&windows[1], "b")).await.unwrap();
    assert!(matches!(refused, StartResult::Refused(StartRefusal::Gap { .. })), "{refused:?}");
    follow(&tenant, 60).await;
    assert_eq!(outcome(&tenant, &windows[0].id).await, Some(StartOutcome::Completed { well: true }));
    assert_eq!(start(&tenant.app, &form(&windows[1], "b")).await.unwrap(), StartResult::SentBefore);
    assert_eq!(begun(&tenant), 1);
    // The form of the page that said so is another one.
    let anew = start(&tenant.app, &form(&windows[1], "c")).await.unwrap();
    assert!(matches!(anew, StartResult::Begun(_)), "{anew:?}");
}

#[tokio::test]
async fn two_who_plan_members_of_one_set_in_the_same_second_are_told_two_moments() {
    let (tenant, windows) = cluster(4).await;
    let at = tenant.now() + TimeDelta::hours(12);
    let plans = windows.iter().map(|window| plan(&tenant, window, at));
    let mut told = futures::future::join_all(plans).await;
    told.sort();
    let apart: Vec<_> = told.windows(2).map(|pair| (pair[1] - pair[0]).num_minutes()).collect();
    assert_eq!((told[0], apart), (at, vec![55, 55, 55]));
}

#[tokio::test]
async fn s6_a_response_sent_again_by_a_browser_does_not_undo_what_was_said_since() {
    let (tenant, window) = tenant().await;
    let StartOrigin::Link { message, .. } = request(&window, None).origin else { unreachable!() };
    let said = |who: &str, nonce: &str, response: Response| ResponseRequest {
        window: window.id.clone(),
        revision: window.revision,
        by: Actor { principal: Some(who.to_owned()), ..Actor::default() },
        origin: StartOrigin::Link { message: message.clone(), form: Some(form_key(nonce)) },
        response,
    };
    let snooze = Response::Snooze { until: tenant.now() + TimeDelta::days(1) };
    let acknowledged = Response::Acknowledge { note: None, change: None };
    for request in [said("jane", "a", snooze.clone()), said("mei", "b", acknowledged)] {
        assert_eq!(respond(&tenant.app, &request).await.unwrap(), ResponseResult::Noted);
    }
    let again = respond(&tenant.app, &said("jane", "a", snooze.clone())).await.unwrap();
    assert_eq!(again, ResponseResult::SentBefore);
    let actions = tenant.repository.actions(&window.id).await.unwrap();
    assert!(actions.acknowledged(window.revision).is_some(), "{actions:?}");
    // Said anew, it counts.
    assert_eq!(
        respond(&tenant.app, &said("jane", "c", snooze.clone())).await.unwrap(),
        ResponseResult::Noted
    );
    // A form that said what was said already is used up too.
    let handed = Response::HandOver { to: "mei.lin@contoso.com".parse().unwrap() };
    for (who, nonce, response, result) in [
        ("jane", "d", snooze.clone(), ResponseResult::Noted),
        ("mei", "e", handed, ResponseResult::Noted),
        ("jane", "d", snooze.clone(), ResponseResult::SentBefore),
    ] {
        assert_eq!(respond(&tenant.app, &said(who, nonce, response)).await.unwrap(), result, "{nonce}");
    }
    // Two people may have the same form before them: its key has the name of whoever sends it.
    assert_ne!(form_key("a jane"), form_key("a mei"));
}
