//! Rolling plans, from the decision to the last machine, against a simulated Azure.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::join;
use maintenance_notifier::demo::{
    ScaleSetInstance, ScriptedStart, SimulatedMachine, SimulatedScaleSet, SimulatedWindow, Simulation,
};
use maintenance_notifier::domain::action::Actor;
use maintenance_notifier::domain::action::audit::{AuditAction, AuditEntry, AuditHead, verify};
use maintenance_notifier::domain::action::response::{Response, StartStatus};
use maintenance_notifier::domain::action::rolling::{
    ExclusionReason, MemberState, PlanMember, PlanState, RollingPlan, StartTimes,
};
use maintenance_notifier::domain::action::start::{StartOrigin, StartOutcome, StartRefusal};
use maintenance_notifier::domain::ids::{MessageId, PlanId, StartId};
use maintenance_notifier::domain::recipient_name::RecipientName;
use maintenance_notifier::domain::schedule::Hours;
use maintenance_notifier::domain::window::{MaintenanceWindow, WindowId};
use maintenance_notifier::jobs::follow_starts::follow_starts;
use maintenance_notifier::services::respond::{ResponseRequest, ResponseResult, respond};
use maintenance_notifier::services::rolling_plans::{PlanCommand, command_plan, make_plan};
use maintenance_notifier::store::{SharedStore, SqliteStore};

use super::failing_store::{FailingStore, Failure};
use super::tenant::{CONFIGURATION, SUBSCRIPTION, Setup, TestTenant, WAVE, small_world, start as beginning};

const GAP: TimeDelta = TimeDelta::minutes(30);

/// Sets of machines of Jane's, in two update domains each, the higher one first by name.
pub(super) fn sets(count: usize, machines: u32) -> Simulation {
    let world = small_world(&[]);
    for set in ["a", "b", "c"].into_iter().take(count) {
        for number in 0..machines {
            let name = format!("vm-{set}-{number}");
            add(&world, &name, |machine| {
                machine.availability_set = Some(format!(
                    "/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-test/providers/Microsoft.Compute/availabilitySets/{set}"
                ));
                machine.update_domain = 1 - number % 2;
            });
        }
    }
    world
}

fn add(world: &Simulation, name: &str, change: impl FnOnce(&mut SimulatedMachine)) {
    let mut machine = SimulatedMachine::new(SUBSCRIPTION, "rg-test", name, "westeurope", beginning());
    machine.tags.insert("owner".to_owned(), "jane.doe".to_owned());
    change(&mut machine);
    let id = world.script().add_machine(machine);
    world.script().join_wave(WAVE, &id);
}

async fn notified(setup: Setup) -> TestTenant {
    let mut tenant = setup.begin().await;
    tenant.round().await;
    tenant.messages().await;
    tenant
}

pub(super) fn jane() -> Actor {
    let recipient = Some("jane.doe@contoso.com".parse().unwrap());
    Actor { recipient, principal: Some("jane".to_owned()), ..Actor::default() }
}

pub(super) async fn windows(tenant: &TestTenant) -> Vec<MaintenanceWindow> {
    tenant.windows().await.into_iter().map(|row| row.window).filter(MaintenanceWindow::is_open).collect()
}

async fn window(tenant: &TestTenant, name: &str) -> MaintenanceWindow {
    windows(tenant).await.into_iter().find(|window| window.id.resource.name() == name).unwrap()
}

/// A plan of these windows, as a form would make it.
pub(super) fn plan_of(
    tenant: &TestTenant,
    windows: &[MaintenanceWindow],
    hours: &str,
    sheet: usize,
) -> RollingPlan {
    let owner: RecipientName = "jane.doe@contoso.com".parse().unwrap();
    let members: Vec<PlanMember> =
        windows.iter().filter_map(|window| PlanMember::of(window, "cluster")).collect();
    RollingPlan {
        id: PlanId::new(&owner, &sheet.to_string(), members.iter().map(|member| &member.window)),
        message: MessageId::derive(&owner, 1),
        owner,
        by: jane(),
        made: tenant.now(),
        times: StartTimes {
            zone: "Europe/Berlin".parse().unwrap(),
            hours: hours.parse::<Hours>().unwrap(),
            freeze: [].into(),
            not_before: tenant.now(),
            latest: None,
        },
        members,
        state: PlanState::Running,
    }
}

async fn begin(tenant: &TestTenant, hours: &str) -> PlanId {
    let plan = plan_of(tenant, &windows(tenant).await, hours, 0);
    make_plan(&tenant.app, &plan).await.unwrap();
    plan.id
}

async fn plan(tenant: &TestTenant, id: &PlanId) -> RollingPlan {
    tenant.repository.plan(id).await.unwrap().unwrap()
}

/// Runs the timer every minute until the plan is over.
async fn run(tenant: &TestTenant, id: &PlanId, within: TimeDelta) -> RollingPlan {
    run_every(tenant, id, within, TimeDelta::minutes(1)).await
}

async fn run_every(tenant: &TestTenant, id: &PlanId, within: TimeDelta, tick: TimeDelta) -> RollingPlan {
    let end = tenant.now() + within;
    while tenant.now() <= end {
        let plan = plan(tenant, id).await;
        if plan.is_over() {
            return plan;
        }
        tenant.clock.advance(tick);
        tenant.follow().await;
    }
    panic!("not over within {within}: {:?}", plan(tenant, id).await);
}

fn state<'a>(plan: &'a RollingPlan, name: &str) -> &'a MemberState {
    &plan.members.iter().find(|member| member.window.resource.name() == name).unwrap().state
}

/// What the audit trail says of one start.
#[derive(Debug)]
struct Life {
    window: WindowId,
    id: StartId,
    claimed: DateTime<Utc>,
    settled: Option<(DateTime<Utc>, StartOutcome)>,
}

/// The lives of all starts that were claimed, in order. The trail is unbroken, and each start is claimed once and ends
/// once.
async fn lives(tenant: &TestTenant) -> Vec<Life> {
    let trail = tenant.repository.audit_trail(1).await.unwrap();
    let entries: Vec<AuditEntry> = trail.values().cloned().collect();
    verify(&AuditHead::default(), &entries, &tenant.repository.audit_head().await.unwrap()).unwrap();
    let mut lives: Vec<Life> = Vec::new();
    for AuditEntry { event, .. } in entries {
        match event.action {
            AuditAction::Claimed { start } => {
                assert!(lives.iter().all(|life| life.id != start), "{start} was claimed twice");
                let window = event.window.unwrap();
                lives.push(Life { window, id: start, claimed: event.at, settled: None });
            }
            AuditAction::Settled { start, outcome } => {
                if let Some(life) = lives.iter_mut().find(|life| life.id == start) {
                    assert!(life.settled.is_none(), "{start} ended twice");
                    life.settled = Some((event.at, outcome));
                }
            }
            _ => {}
        }
    }
    lives
}

/// Never two at a time, never two of one group within the gap, never more posts of a machine than decisions about it.
pub(super) async fn holds(tenant: &TestTenant, context: &str) {
    let lives = lives(tenant).await;
    let groups: BTreeMap<WindowId, Vec<String>> = tenant
        .windows()
        .await
        .into_iter()
        .map(|row| {
            let groups =
                maintenance_notifier::domain::action::group_key::groups(&row.window.machine, "cluster");
            (row.window.id.clone(), groups.iter().map(|key| key.as_str().to_owned()).collect())
        })
        .collect();
    for (at, later) in lives.iter().enumerate() {
        for earlier in &lives[..at] {
            let Some((settled, outcome)) = &earlier.settled else {
                panic!("{context}: {later:?} during {earlier:?}")
            };
            assert!(*settled <= later.claimed, "{context}: {later:?} during {earlier:?}");
            let together = groups[&earlier.window].iter().any(|key| groups[&later.window].contains(key));
            if together && outcome.disturbed() && earlier.window != later.window {
                assert!(*settled + GAP <= later.claimed, "{context}: {later:?} too soon after {earlier:?}");
            }
        }
    }
    let posts = tenant.simulation.script().starts();
    for window in groups.keys() {
        let path = window.resource.as_str().to_lowercase();
        let posts = posts.iter().filter(|post| post.to_lowercase().starts_with(&format!("{path}/"))).count();
        let decisions = lives.iter().filter(|life| life.window == *window).count();
        assert!(posts <= decisions, "{context}: {posts} posts of {window} for {decisions} decisions");
    }
}

/// The machines in the order in which they were claimed.
async fn order_of(tenant: &TestTenant) -> Vec<String> {
    lives(tenant).await.iter().map(|life| life.window.resource.name().to_owned()).collect()
}

#[tokio::test]
async fn twelve_machines_in_three_sets_go_domain_by_domain_and_their_owner_is_notified_of_each() {
    let mut tenant = notified(Setup::new(sets(3, 4))).await;
    let id = begin(&tenant, "always").await;
    // Each is planned at once, so that whoever objects hears of it; the same form sent again is the same plan.
    begin(&tenant, "always").await;
    assert_eq!(tenant.repository.open_starts().await.unwrap().rows.len(), 12);
    assert_eq!(tenant.repository.open_plans().await.unwrap().rows.len(), 1);
    // None begins before the time that was told, and each counts with 25 minutes.
    let done = run(&tenant, &id, TimeDelta::hours(5)).await;
    assert!(matches!(done.state, PlanState::Finished { .. }), "{done:?}");
    assert!(done.members.iter().all(|member| matches!(member.state, MemberState::Done { .. })));
    holds(&tenant, "undisturbed").await;
    let order = order_of(&tenant).await;
    let odd = |name: &&String| name.ends_with('1') || name.ends_with('3');
    assert_eq!(order.len(), 12);
    assert!(
        order[..6].iter().all(|name| odd(&name)) && !order[6..].iter().any(|name| odd(&name)),
        "{order:?}"
    );
    assert_eq!(tenant.repository.open_plans().await.unwrap().rows.len(), 0);
    assert_eq!(tenant.repository.unapplied().await.unwrap(), []);

    tenant.advance(TimeDelta::days(1)).await;
    let letters = tenant.messages().await;
    let notified = tenant.notified(&letters).await;
    let completed =
        notified.iter().filter(|line| line.starts_with("jane.doe") && line.ends_with("completed"));
    assert_eq!(completed.count(), 12, "{notified:#?}");
}

#[tokio::test]
async fn zones_and_clusters_take_turns() {
    let world = small_world(&[]);
    for name in ["vm-x-1", "vm-x-2"] {
        add(&world, name, |machine| drop(machine.tags.insert("cluster".to_owned(), "x".to_owned())));
    }
    let instance = |name: &str, zone: &str| ScaleSetInstance {
        zone: Some(zone.to_owned()),
        power: maintenance_notifier::demo::SimulatedPower::Running,
        vm_id: uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, name.as_bytes()),
    };
    let set = world.script().add_scale_set(SimulatedScaleSet {
        subscription: SUBSCRIPTION.to_owned(),
        resource_group: "rg-test".to_owned(),
        name: "vmss".to_owned(),
        region: "westeurope".to_owned(),
        zones: vec!["1".to_owned(), "2".to_owned()],
        size: "Standard_D4s_v5".to_owned(),
        tags: [("owner".to_owned(), "jane.doe".to_owned())].into(),
        os_disk: maintenance_notifier::demo::OsDiskPlacement::Managed,
        flexible: false,
        instances: [("0", "1"), ("1", "1"), ("2", "2")]
            .map(|(name, zone)| (name.to_owned(), instance(name, zone)))
            .into(),
    });
    for name in ["0", "1", "2"] {
        world.script().join_wave(WAVE, &format!("{set}/virtualMachines/{name}"));
    }
    let tenant = notified(Setup::new(world)).await;
    let id = begin(&tenant, "always").await;
    let done = run(&tenant, &id, TimeDelta::hours(4)).await;
    assert!(matches!(done.state, PlanState::Finished { .. }), "{done:?}");
    holds(&tenant, "zones").await;
    // Those who share neither zone nor cluster go first, while the others pause.
    let order = order_of(&tenant).await;
    let place = |name: &str| order.iter().position(|other| other == name).unwrap();
    assert_eq!(order.len(), 5);
    assert!(place("1") > 2 && place("vm-x-2") > 2, "{order:?}");
}

#[tokio::test]
async fn the_first_failure_stops_everything_and_the_rest_hears_why() {
    let mut tenant = notified(Setup::new(sets(1, 3))).await;
    let script = tenant.simulation.script();
    script.next_start(window(&tenant, "vm-a-1").await.id.resource.as_str(), ScriptedStart::RetryLater);
    let id = begin(&tenant, "always").await;
    tenant.round().await;
    let letters = tenant.messages().await;
    let begun = tenant.notified(&letters).await;
    assert_eq!(
        begun,
        ["vm-a-0 planned", "vm-a-1 started", "vm-a-2 planned"]
            .map(|line| format!("jane.doe@contoso.com {line}"))
    );
    let stopped = run(&tenant, &id, TimeDelta::hours(1)).await;
    let failed = window(&tenant, "vm-a-1").await.id.resource;
    assert!(
        matches!(&stopped.state, PlanState::Stopped { failed: who, .. } if *who == failed),
        "{stopped:?}"
    );
    assert_eq!(order_of(&tenant).await, ["vm-a-1"]);
    for name in ["vm-a-0", "vm-a-2"] {
        assert!(matches!(state(&stopped, name), MemberState::LeftOut { why: ExclusionReason::Ended, .. }));
    }
    tenant.round().await;
    let letters = tenant.messages().await;
    let notified = tenant.notified(&letters).await;
    assert_eq!(
        notified,
        [
            "jane.doe@contoso.com vm-a-0 called off",
            "jane.doe@contoso.com vm-a-1 failed",
            "jane.doe@contoso.com vm-a-2 called off"
        ]
    );
    let (_, mail) = tenant.read(letters.last().unwrap()).await;
    let words = mail.text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        words.contains("did not begin: the rolling plan that it belongs to stopped, because vm-a-1"),
        "{words}"
    );
    // What is left can be started again.
    let again = plan_of(&tenant, &windows(&tenant).await, "always", 1);
    make_plan(&tenant.app, &again).await.unwrap();
    let done = run(&tenant, &again.id, TimeDelta::hours(4)).await;
    assert!(matches!(done.state, PlanState::Finished { .. }), "{done:?}");
    holds(&tenant, "after a failure").await;
    tenant.plan().await;
    tenant.messages().await;
}

#[tokio::test]
async fn paused_nothing_begins_resumed_it_is_planned_anew_and_cancelled_nothing_else_begins() {
    let mut tenant = notified(Setup::new(sets(1, 3))).await;
    let id = begin(&tenant, "always").await;
    tenant.clock.advance(TimeDelta::minutes(1));
    tenant.follow().await;
    assert_eq!(order_of(&tenant).await.len(), 1);
    assert!(command_plan(&tenant.app, &id, PlanCommand::Pause, &jane()).await.unwrap());
    assert!(!command_plan(&tenant.app, &id, PlanCommand::Pause, &jane()).await.unwrap());
    for _ in 0..120 {
        tenant.clock.advance(TimeDelta::minutes(1));
        tenant.follow().await;
    }
    // What was under way came to its end, and nothing is planned.
    assert_eq!(order_of(&tenant).await.len(), 1);
    let paused = plan(&tenant, &id).await;
    assert!(matches!(paused.state, PlanState::Paused { .. }), "{paused:?}");
    assert!(matches!(state(&paused, "vm-a-1"), MemberState::Done { .. }), "{paused:?}");
    assert_eq!(tenant.repository.open_starts().await.unwrap().rows.len(), 0);

    assert!(command_plan(&tenant.app, &id, PlanCommand::Resume, &jane()).await.unwrap());
    assert_eq!(tenant.repository.open_starts().await.unwrap().rows.len(), 2);
    tenant.clock.advance(TimeDelta::minutes(1));
    tenant.follow().await;
    assert_eq!(order_of(&tenant).await.len(), 2);
    assert!(command_plan(&tenant.app, &id, PlanCommand::Cancel, &jane()).await.unwrap());
    let ended = run(&tenant, &id, TimeDelta::hours(1)).await;
    assert!(matches!(ended.state, PlanState::Cancelled { .. }), "{ended:?}");
    assert!(!command_plan(&tenant.app, &id, PlanCommand::Resume, &jane()).await.unwrap());
    assert_eq!(order_of(&tenant).await.len(), 2);
    let turns: Vec<String> = tenant
        .repository
        .audit_trail(1)
        .await
        .unwrap()
        .values()
        .filter_map(|entry| match &entry.event.action {
            AuditAction::Plan { turn, .. } => Some(turn.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(turns, ["made", "paused", "resumed", "cancelled"]);
    tenant.plan().await;
    tenant.messages().await;
}

#[tokio::test]
async fn each_member_is_looked_at_again_when_its_turn_comes() {
    let configuration = CONFIGURATION.replace("[\"owner\"]", "[\"owner\", \"second\"]");
    let mut tenant = notified(Setup::new(sets(2, 4)).configuration(configuration)).await;
    let id = begin(&tenant, "always").await;
    let said = async |name: &str, response: Response| {
        let window = window(&tenant, name).await;
        let said = ResponseRequest {
            window: window.id,
            revision: window.revision,
            by: jane(),
            origin: StartOrigin::CommandLine,
            response,
        };
        respond(&tenant.app, &said).await.unwrap()
    };
    // One is called off, one is given away, one does not run, one gets other dates, and one is left to others.
    let planned = tenant.repository.actions(&window(&tenant, "vm-a-3").await.id).await.unwrap();
    let start = planned.open_start().unwrap().id.clone();
    assert_eq!(said("vm-a-3", Response::Object { start }).await, ResponseResult::CalledOff);
    said("vm-b-3", Response::NotMine).await;
    let script = tenant.simulation.script();
    let id_of = async |name: &str| window(&tenant, name).await.id.resource.as_str().to_owned();
    script.set_power(&id_of("vm-a-0").await, maintenance_notifier::demo::SimulatedPower::Stopped);
    script.leave_wave(WAVE, &id_of("vm-b-0").await);
    let done = run(&tenant, &id, TimeDelta::hours(4)).await;
    assert!(matches!(done.state, PlanState::Finished { .. }), "{done:?}");
    let left_out = |name: &str| match state(&done, name) {
        MemberState::LeftOut { why, .. } => why.clone(),
        state => panic!("{name}: {state:?}"),
    };
    assert_eq!(left_out("vm-a-3"), ExclusionReason::CalledOff);
    assert_eq!(left_out("vm-b-3"), ExclusionReason::NotBegun { reason: StartRefusal::NotTheirs });
    assert_eq!(left_out("vm-a-0"), ExclusionReason::NotBegun { reason: StartRefusal::NotRunning });
    assert_eq!(left_out("vm-b-0"), ExclusionReason::NotBegun { reason: StartRefusal::Over });
    assert_eq!(order_of(&tenant).await, ["vm-a-1", "vm-b-1", "vm-a-2", "vm-b-2"]);
    tenant.look().await;
    tenant.plan().await;
    tenant.messages().await;
}

#[tokio::test]
async fn what_does_not_fit_before_self_service_ends_is_left_to_azure() {
    let world = sets(1, 4);
    let day = |day: i64| beginning() + TimeDelta::days(day);
    // The first night has room for two of a set, and self-service ends before the second.
    let open = Some(SimulatedWindow::new(day(-2), day(1)));
    world.script().reschedule(WAVE, open, SimulatedWindow::new(day(12), day(19)));
    let mut tenant = notified(Setup::new(world)).await;
    let id = begin(&tenant, "MON-FRI 22:00-23:30").await;
    let made = plan(&tenant, &id).await;
    let fits = |plan: &RollingPlan| {
        plan.members.iter().filter(|member| matches!(member.state, MemberState::Planned { .. })).count()
    };
    assert_eq!(fits(&made), 2, "{made:?}");
    let dropped = MemberState::LeftOut { at: tenant.now(), why: ExclusionReason::DoesNotFit };
    assert_eq!(made.members.iter().filter(|member| member.state == dropped).count(), 2);
    let done = run(&tenant, &id, TimeDelta::days(1)).await;
    assert!(matches!(done.state, PlanState::Finished { .. }), "{done:?}");
    let hours = lives(&tenant).await;
    assert!(hours.iter().all(|life| life.claimed >= beginning() + TimeDelta::hours(12)), "{hours:?}");
    assert_eq!(hours.len(), 2);
    tenant.plan().await;
    tenant.messages().await;
}

#[tokio::test]
async fn the_next_one_waits_until_resource_health_and_the_named_address_say_that_the_last_is_well() {
    let port = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = port.local_addr().unwrap();
    drop(port);
    let configuration = format!(
        "{CONFIGURATION}\n[start]\nhealth_tag = \"answers-at\"\nhealth_hosts = [\"127.0.0.*\"]\nmin_gap = \"10m\"\n"
    );
    let world = small_world(&[]);
    for name in ["vm-1", "vm-2"] {
        let tags = [("cluster", "x".to_owned()), ("answers-at", address.to_string())];
        add(&world, name, |machine| {
            machine.tags.extend(tags.map(|(name, value)| (name.to_owned(), value)));
        });
    }
    let mut tenant = notified(Setup::new(world).configuration(configuration)).await;
    let first = window(&tenant, "vm-1").await.id.resource;
    tenant.simulation.script().set_health(first.as_str(), Some("Unavailable"));
    begin(&tenant, "always").await;
    let minutes = async |count: usize| {
        for _ in 0..count {
            tenant.clock.advance(TimeDelta::minutes(1));
            tenant.follow().await;
        }
        lives(&tenant)
            .await
            .into_iter()
            .filter_map(|life| life.settled)
            .map(|(_, outcome)| outcome)
            .collect::<Vec<_>>()
    };
    assert_eq!(minutes(10).await, []);
    tenant.simulation.script().set_health(first.as_str(), None);
    // The platform is content; what the owner named does not answer yet.
    assert_eq!(minutes(5).await, []);
    let port = std::net::TcpListener::bind(address).unwrap();
    assert_eq!(minutes(1).await, [StartOutcome::Completed { well: true }]);
    let well = tenant.now();
    minutes(30).await;
    assert_eq!(lives(&tenant).await.len(), 2);
    assert!(lives(&tenant).await[1].claimed >= well + TimeDelta::minutes(10));
    drop(port);
    tenant.plan().await;
    tenant.messages().await;
}

#[tokio::test]
async fn f12_two_processes_that_follow_one_plan_at_once_begin_each_member_once() {
    let store: SharedStore = Arc::new(SqliteStore::in_memory().unwrap());
    let mut tenant = notified(Setup::new(sets(2, 2)).store(store.clone())).await;
    let (other, _host) = tenant.another(store);
    let plan_made = plan_of(&tenant, &windows(&tenant).await, "always", 0);
    // Both get the same form.
    let (one, two) = join(make_plan(&tenant.app, &plan_made), make_plan(&other, &plan_made)).await;
    assert!(one.is_ok() && two.is_ok(), "{one:?} {two:?}");
    for _ in 0..150 {
        tenant.clock.advance(TimeDelta::minutes(1));
        // One of the two may give way to the other, and says so.
        drop(join(follow_starts(&tenant.app), follow_starts(&other)).await);
    }
    let done = plan(&tenant, &plan_made.id).await;
    assert!(matches!(done.state, PlanState::Finished { .. }), "{done:?}");
    assert_eq!(tenant.simulation.script().starts().len(), 4);
    assert_eq!(lives(&tenant).await.len(), 4);
    holds(&tenant, "two processes").await;
    tenant.plan().await;
    tenant.messages().await;
}

/// How long a process lives: the number of writes after which it is killed, or its store fails.
fn lifetime(number: usize, seed: usize) -> usize {
    2 + (number * 7 + seed * 5) % 11
}

#[tokio::test]
async fn f12_killed_again_and_again_twelve_machines_in_three_sets_are_never_posted_twice_or_within_the_gap() {
    for (seed, failure) in
        [Failure::KilledAfter, Failure::KilledBefore, Failure::AnswerLost, Failure::Refused]
            .into_iter()
            .enumerate()
    {
        let healthy: SharedStore = Arc::new(SqliteStore::in_memory().unwrap());
        let mut tenant = Setup::new(sets(3, 4)).store(healthy.clone()).begin().await;
        tenant.poison_is_fine();
        tenant.round().await;
        tenant.messages().await;
        let context = format!("{failure:?}");
        let (mut number, mut sheet) = (0, 0);
        let mut failing = Arc::new(FailingStore::new(healthy.clone(), lifetime(number, seed), failure));
        tenant.restart(failing.clone());
        let ticks = 12 * 60;
        for tick in 0..=ticks {
            assert!(tick < ticks, "{context}: not over in {ticks} minutes");
            let open = tenant.app.repository.open_plans().await;
            if open.is_ok_and(|open| open.rows.is_empty()) {
                // Somebody who wants all of them done makes a plan of what is left.
                let undone = undone(&tenant).await;
                if undone.is_empty() && tenant.app.repository.open_starts().await.unwrap().rows.is_empty() {
                    break;
                }
                sheet += 1;
                let plan = plan_of(&tenant, &undone, "always", sheet);
                // It may be made, or not, or made without anybody hearing of it.
                drop(make_plan(&tenant.app, &plan).await);
            }
            tenant.clock.advance(TimeDelta::minutes(1));
            tenant.follow().await;
            if failing.has_failed() {
                number += 1;
                failing = Arc::new(FailingStore::new(healthy.clone(), lifetime(number, seed), failure));
                tenant.restart(failing.clone());
            }
        }
        assert!(number > 20, "{context}: {number}");
        tenant.restart(healthy);
        tenant.follow().await;
        holds(&tenant, &context).await;
        notified_of_every_outcome(&tenant, &context).await;
    }
}

/// The windows that are not done and of which no start is open.
pub(super) async fn undone(tenant: &TestTenant) -> Vec<MaintenanceWindow> {
    let mut undone = Vec::new();
    for window in windows(tenant).await {
        let actions = tenant.repository.actions(&window.id).await.unwrap_or_default();
        if !actions.completed(window.revision) && actions.open_start().is_none() {
            undone.push(window);
        }
    }
    undone
}

/// Every start has come to an end that is known beside its window, and nothing is left half done.
pub(super) async fn notified_of_every_outcome(tenant: &TestTenant, context: &str) {
    assert_eq!(tenant.repository.open_plans().await.unwrap().rows.len(), 0, "{context}");
    assert_eq!(tenant.repository.open_starts().await.unwrap().rows.len(), 0, "{context}");
    assert_eq!(tenant.repository.unapplied().await.unwrap(), [], "{context}");
    for life in lives(tenant).await {
        let Some((_, outcome)) = &life.settled else { panic!("{context}: {life:?} has no outcome") };
        let row = tenant.windows().await.into_iter().find(|row| row.window.id == life.window).unwrap();
        let shown = row.actions.starts.iter().find(|start| start.id == life.id);
        let shown = shown.unwrap_or_else(|| panic!("{context}: {life:?} is not shown"));
        assert!(
            matches!(&shown.status, StartStatus::Settled { outcome: it, .. } if it == outcome),
            "{shown:?}"
        );
    }
}

#[tokio::test]
async fn f12_killed_at_any_single_write_of_a_plan_it_comes_to_its_end() {
    let failure = Failure::KilledAfter;
    let mut number = 1;
    loop {
        let healthy: SharedStore = Arc::new(SqliteStore::in_memory().unwrap());
        let mut tenant = Setup::new(sets(1, 2)).store(healthy.clone()).begin().await;
        tenant.poison_is_fine();
        tenant.round().await;
        tenant.messages().await;
        let context = format!("{failure:?} {number}");
        let failing = Arc::new(FailingStore::new(healthy.clone(), number, failure));
        let plan = plan_of(&tenant, &windows(&tenant).await, "always", 0);
        tenant.restart(failing.clone());
        let made = make_plan(&tenant.app, &plan).await;
        for _ in 0..16 {
            tenant.clock.advance(TimeDelta::minutes(4));
            tenant.follow().await;
            if failing.has_failed() {
                break;
            }
        }
        let failed = failing.has_failed();
        tenant.restart(healthy);
        match tenant.repository.plan(&plan.id).await.unwrap() {
            None => assert!(made.is_err(), "{context}"),
            Some(_) => {
                let tick = TimeDelta::minutes(5);
                let over = run_every(&tenant, &plan.id, TimeDelta::hours(3), tick).await;
                let done =
                    over.members.iter().filter(|it| matches!(it.state, MemberState::Done { .. })).count();
                // A claim of which nothing was posted is no success, and stops the plan.
                let stopped = matches!(over.state, PlanState::Stopped { .. });
                assert!(done == 2 || stopped, "{context}: {over:?}");
            }
        }
        tenant.follow().await;
        holds(&tenant, &context).await;
        notified_of_every_outcome(&tenant, &context).await;
        if !failed {
            break;
        }
        number += 1;
    }
    assert!(number > 20, "{number}");
}
