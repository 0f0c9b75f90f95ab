//! Which machine comes when.

use chrono::TimeDelta;
use maintenance_notifier::demo::{ScaleSetInstance, SimulatedScaleSet, SimulatedWindow};
use maintenance_notifier::domain::action::rolling::{ExclusionReason, MemberState, PlanState, RollingPlan};
use maintenance_notifier::domain::action::start::StartOutcome;

use super::{add, begin, holds, lives, notified, order_of, plan, run, sets, window};
use crate::whole::tenant::{CONFIGURATION, SUBSCRIPTION, Setup, WAVE, small_world, start as beginning};

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
