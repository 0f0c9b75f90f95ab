//! Maintenance that starts by itself in hours that somebody named once, against a simulated Azure.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use maintenance_notifier::demo::{SimulatedTags, SimulatedWindow, Simulation};
use maintenance_notifier::domain::action::Actor;
use maintenance_notifier::domain::action::hours::HoursSource;
use maintenance_notifier::domain::action::response::{Response, ResponseRecord, StartStatus, StartSummary};
use maintenance_notifier::domain::action::start::{StartOrigin, StartOutcome, StartRefusal};
use maintenance_notifier::domain::operator_alert::OperatorAlert;
use maintenance_notifier::domain::window::MaintenanceWindow;
use maintenance_notifier::store::{SharedStore, SqliteStore};

use super::failing_store::{FailingStore, Failure};
use super::tenant::{CONFIGURATION, SUBSCRIPTION, Setup, TestTenant, WAVE, add_machine, small_world, start};

/// Jane's machines may be restarted on Saturday night; 2026-11-23 is a Monday.
const JANE: &str = r#"
[[recipients]]
name  = "jane.doe"
email = ["jane.doe@contoso.com"]
maintenance_hours = "SAT 22:00-04:00"
"#;

fn at(day: u32, hour: u32, minute: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, day, hour, minute, 0).unwrap()
}

fn configuration(jane: &str) -> String {
    format!("{CONFIGURATION}{jane}")
}

async fn tenant(world: Simulation, jane: &str) -> TestTenant {
    let mut tenant = Setup { configuration: configuration(jane), ..Setup::new(world) }.begin().await;
    tenant.round().await;
    tenant.messages().await;
    tenant
}

async fn window(tenant: &TestTenant, name: &str) -> MaintenanceWindow {
    let windows = tenant.windows().await;
    windows.into_iter().map(|row| row.window).find(|window| window.id.resource.name() == name).unwrap()
}

/// The starts of a machine's window, oldest first.
async fn starts(tenant: &TestTenant, name: &str) -> Vec<StartSummary> {
    tenant.repository.actions(&window(tenant, name).await.id).await.unwrap().starts
}

/// When the machine's one planned start begins.
async fn planned(tenant: &TestTenant, name: &str) -> Option<DateTime<Utc>> {
    let starts = starts(tenant, name).await;
    let planned: Vec<_> = starts.iter().filter(|start| start.status == StartStatus::Planned).collect();
    assert!(planned.len() <= 1, "{starts:?}");
    planned.first().map(|start| start.begins)
}

fn outcome(start: &StartSummary) -> &StartOutcome {
    match &start.status {
        StartStatus::Settled { outcome, .. } => outcome,
        status => panic!("{status:?}"),
    }
}

#[tokio::test]
async fn it_is_planned_from_the_owners_hours_and_begins_in_time_after_a_restart() {
    let store: SharedStore = Arc::new(SqliteStore::in_memory().unwrap());
    let world = small_world(&[("vm-web-01", "jane.doe"), ("vm-web-02", "mei.lin")]);
    let setup = Setup { configuration: configuration(JANE), store: store.clone(), ..Setup::new(world) };
    let mut tenant = setup.begin().await;
    tenant.round().await;
    tenant.messages().await;
    assert_eq!(planned(&tenant, "vm-web-01").await, Some(at(28, 21, 0)));
    // Others have named nothing.
    assert_eq!(starts(&tenant, "vm-web-02").await, []);
    let id = starts(&tenant, "vm-web-01").await[0].id.clone();
    let stored = tenant.repository.start(&id).await.unwrap().unwrap();
    let hours = "SAT 22:00-04:00 (Europe/Berlin)".to_owned();
    let sources = vec![HoursSource::Configuration { of: "jane.doe".parse().unwrap() }];
    assert_eq!(stored.origin, StartOrigin::StandingOrder { hours, sources });
    assert_eq!(stored.by.name(), "jane.doe");

    // Looking again plans nothing more.
    tenant.clock.set(at(28, 20, 59));
    tenant.look().await;
    tenant.follow().await;
    assert_eq!(tenant.simulation.script().starts(), Vec::<String>::new());
    tenant.restart(store);
    tenant.clock.advance(TimeDelta::minutes(2));
    tenant.follow().await;
    assert_eq!(tenant.simulation.script().starts().len(), 1);
    for _ in 0..10 {
        tenant.clock.advance(TimeDelta::minutes(1));
        tenant.follow().await;
    }
    let starts = starts(&tenant, "vm-web-01").await;
    assert_eq!(starts.len(), 1);
    assert_eq!(*outcome(&starts[0]), StartOutcome::Completed { well: true });
}

#[tokio::test]
async fn a_tag_on_the_machine_wins_and_one_that_cannot_be_read_is_an_operator_alert() {
    let world = small_world(&[("vm-web-01", "jane.doe"), ("vm-web-02", "jane.doe")]);
    let tag = |name: &str, hours: &str| {
        let tags = [("owner", "jane.doe"), ("maintenance-hours", hours)];
        let tags: SimulatedTags =
            tags.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let id = add_machine(&world, SUBSCRIPTION, name, "jane.doe");
        assert!(world.script().set_machine_tags(&id, tags));
        world.script().join_wave(WAVE, &id);
    };
    tag("vm-tag-01", "SUN 03:00-05:00");
    tag("vm-tag-02", "on Sundays");
    let mut tenant = tenant(world, JANE).await;
    assert_eq!(planned(&tenant, "vm-web-01").await, Some(at(28, 21, 0)));
    assert_eq!(planned(&tenant, "vm-tag-01").await, Some(at(29, 2, 0)));
    assert_eq!(starts(&tenant, "vm-tag-02").await, []);
    let operator_alerts = tenant.operator_alerts().await;
    let [OperatorAlert::Unreadable { what, problem }] = operator_alerts.as_slice() else {
        panic!("{operator_alerts:?}")
    };
    assert!(what.starts_with("the tag maintenance-hours of /subscriptions/"), "{what}");
    assert!(problem.contains("`on` is no day"), "{problem}");
    tenant.messages().await;
}

#[tokio::test]
async fn an_objection_calls_it_off_for_these_dates_and_others_are_planned_anew() {
    let mut tenant = tenant(small_world(&[("vm-web-01", "jane.doe")]), JANE).await;
    let first = window(&tenant, "vm-web-01").await;
    let id = starts(&tenant, "vm-web-01").await[0].id.clone();
    let record = ResponseRecord {
        response: Response::Object { start: id },
        by: Actor { recipient: Some("jane.doe".parse().unwrap()), ..Actor::default() },
        at: tenant.now(),
        revision: first.revision,
    };
    tenant
        .repository
        .decide(&first.id, &[], |transaction| transaction.actions.respond(record.clone()))
        .await
        .unwrap();
    // Nobody was there to show it: its time comes, and it does not begin.
    tenant.clock.set(at(28, 21, 0));
    tenant.follow().await;
    tenant.look().await;
    let ended = starts(&tenant, "vm-web-01").await;
    assert_eq!(ended.len(), 1);
    assert_eq!(*outcome(&ended[0]), StartOutcome::CalledOff);
    assert_eq!(tenant.simulation.script().starts(), Vec::<String>::new());

    let day = |day: i64| start() + TimeDelta::days(day);
    let moved = Some(SimulatedWindow::new(day(4), day(16)));
    tenant.simulation.script().reschedule(WAVE, moved, SimulatedWindow::new(day(19), day(26)));
    tenant.look().await;
    assert_eq!(planned(&tenant, "vm-web-01").await, Some(at(28, 21, 0) + TimeDelta::days(7)));
    tenant.plan().await;
    tenant.messages().await;
}

#[tokio::test]
async fn other_dates_and_other_hours_move_it_and_it_never_begins_outside_them() {
    let store: SharedStore = Arc::new(SqliteStore::in_memory().unwrap());
    let world = small_world(&[("vm-web-01", "jane.doe")]);
    let setup = Setup { configuration: configuration(JANE), store: store.clone(), ..Setup::new(world) };
    let mut tenant = setup.begin().await;
    tenant.round().await;
    let day = |day: i64| start() + TimeDelta::days(day);
    let moved = Some(SimulatedWindow::new(day(7), day(16)));
    tenant.simulation.script().reschedule(WAVE, moved, SimulatedWindow::new(day(19), day(26)));
    tenant.look().await;
    let week_later = at(28, 21, 0) + TimeDelta::days(7);
    assert_eq!(planned(&tenant, "vm-web-01").await, Some(week_later));
    let reason = StartRefusal::Moved { schedule: window(&tenant, "vm-web-01").await.facts.schedule };
    assert_eq!(*outcome(&starts(&tenant, "vm-web-01").await[0]), StartOutcome::NotBegun { reason });

    // Jane names other hours.
    tenant.configure(configuration(&JANE.replace("SAT", "FRI")));
    tenant.restart(store.clone());
    tenant.look().await;
    let friday = week_later - TimeDelta::days(1);
    assert_eq!(planned(&tenant, "vm-web-01").await, Some(friday));
    let withdrawn = StartOutcome::NotBegun { reason: StartRefusal::NotOrdered };
    assert_eq!(*outcome(&starts(&tenant, "vm-web-01").await[1]), withdrawn);

    // The program is away during these hours, and is not late afterwards.
    tenant.clock.set(friday + TimeDelta::hours(6));
    tenant.follow().await;
    assert_eq!(tenant.simulation.script().starts(), Vec::<String>::new());
    assert_eq!(*outcome(&starts(&tenant, "vm-web-01").await[2]), withdrawn);

    // Without hours nothing is planned, and what was planned before does not begin.
    tenant.configure(configuration(""));
    tenant.restart(store);
    tenant.look().await;
    assert_eq!(planned(&tenant, "vm-web-01").await, None);
    tenant.messages().await;
}

#[tokio::test]
async fn f12_killed_at_any_write_of_the_plan_there_is_one_start_in_the_end() {
    for failure in [Failure::KilledAfter, Failure::AnswerLost] {
        let mut number = 1;
        loop {
            let healthy: SharedStore = Arc::new(SqliteStore::in_memory().unwrap());
            let world = small_world(&[("vm-web-01", "jane.doe")]);
            let mut tenant = Setup { store: healthy.clone(), ..Setup::new(world) }.begin().await;
            tenant.poison_is_fine();
            tenant.round().await;
            tenant.messages().await;
            tenant.configure(configuration(JANE));
            let failing = Arc::new(FailingStore::new(healthy.clone(), number, failure));
            tenant.restart(failing.clone());
            tenant.look().await;
            let failed = failing.has_failed();
            tenant.restart(healthy);
            tenant.look().await;
            tenant.follow().await;
            let starts = starts(&tenant, "vm-web-01").await;
            assert_eq!(starts.len(), 1, "{failure:?} {number}");
            assert_eq!(tenant.repository.open_starts().await.unwrap().rows.len(), 1, "{failure:?} {number}");
            assert_eq!(tenant.repository.unapplied().await.unwrap(), [], "{failure:?} {number}");
            if !failed {
                break;
            }
            number += 1;
        }
        assert!(number > 6, "{number}");
    }
}

#[tokio::test]
async fn where_starts_stand_still_nothing_is_planned() {
    for safety in ["[safety]\npause = [\"starts\"]", "[start]\nenabled = false", "[start]\nas = \"user\""] {
        let tenant = tenant(small_world(&[("vm-web-01", "jane.doe")]), &format!("{JANE}{safety}\n")).await;
        assert_eq!(starts(&tenant, "vm-web-01").await, [], "{safety}");
        assert_eq!(tenant.repository.audit_head().await.unwrap().sequence, 0, "{safety}");
    }
}
