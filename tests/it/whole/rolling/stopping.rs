//! What stops a plan, and what of it goes on.

use chrono::TimeDelta;
use maintenance_notifier::demo::ScriptedStart;
use maintenance_notifier::domain::action::audit::AuditAction;
use maintenance_notifier::domain::action::response::Response;
use maintenance_notifier::domain::action::rolling::{ExclusionReason, MemberState, PlanState};
use maintenance_notifier::domain::action::start::{StartOrigin, StartRefusal};
use maintenance_notifier::services::respond::{ResponseRequest, ResponseResult, respond};
use maintenance_notifier::services::rolling_plans::{PlanCommand, command_plan, make_plan};

use super::{begin, holds, jane, notified, order_of, plan, plan_of, run, sets, state, window, windows};
use crate::whole::tenant::{CONFIGURATION, Setup, WAVE};

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
    assert!(command_plan(&tenant.app, &id, PlanCommand::Pause, (&jane(), None)).await.unwrap());
    assert!(!command_plan(&tenant.app, &id, PlanCommand::Pause, (&jane(), None)).await.unwrap());
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

    assert!(command_plan(&tenant.app, &id, PlanCommand::Resume, (&jane(), None)).await.unwrap());
    assert_eq!(tenant.repository.open_starts().await.unwrap().rows.len(), 2);
    tenant.clock.advance(TimeDelta::minutes(1));
    tenant.follow().await;
    assert_eq!(order_of(&tenant).await.len(), 2);
    assert!(command_plan(&tenant.app, &id, PlanCommand::Cancel, (&jane(), None)).await.unwrap());
    let ended = run(&tenant, &id, TimeDelta::hours(1)).await;
    assert!(matches!(ended.state, PlanState::Cancelled { .. }), "{ended:?}");
    assert!(!command_plan(&tenant.app, &id, PlanCommand::Resume, (&jane(), None)).await.unwrap());
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
