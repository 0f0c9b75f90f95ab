//! Rolling plans, from the decision to the last machine, against a simulated Azure.

mod killed;
mod order;
mod stopping;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use maintenance_notifier::demo::{SimulatedMachine, Simulation};
use maintenance_notifier::domain::action::Actor;
use maintenance_notifier::domain::action::audit::{AuditAction, AuditEntry, AuditHead, verify};
use maintenance_notifier::domain::action::response::StartStatus;
use maintenance_notifier::domain::action::rolling::{
    MemberState, PlanMember, PlanState, RollingPlan, StartTimes,
};
use maintenance_notifier::domain::action::start::StartOutcome;
use maintenance_notifier::domain::ids::{MessageId, PlanId, StartId};
use maintenance_notifier::domain::recipient_name::RecipientName;
use maintenance_notifier::domain::schedule::Hours;
use maintenance_notifier::domain::window::{MaintenanceWindow, WindowId};
use maintenance_notifier::services::rolling_plans::make_plan;

use super::tenant::{SUBSCRIPTION, Setup, TestTenant, WAVE, small_world, start as beginning};

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
        forms: Vec::new(),
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
