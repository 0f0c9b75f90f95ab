//! The Azure client against the simulated Azure, over HTTP: what one finds is what the other plans.
//!
//! Time is paused, and the simulation keeps its quotas in the same time, so that waiting costs nothing. The client
//! therefore has no timers of its own.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, TimeZone, Utc};
use maintenance_notifier::azure::AzureError;
use maintenance_notifier::azure::arm::{ArmClient, ArmOptions};
use maintenance_notifier::azure::observe::{
    CandidateList, StatusOnlySupport, SweepMode, SweepOptions, WatchScope, find_candidates,
    list_sweep_targets, observe_subscription, probe_status_only, sweep_slice,
};
use maintenance_notifier::clock::ManualClock;
use maintenance_notifier::demo::{
    Corruption, EventTimes, FractionDigits, GraphIds, ListPages, Simulation, SimulationOptions, Switches,
    UpdateTimes,
};
use maintenance_notifier::domain::observation::{Observation, Reading};
use maintenance_notifier::domain::resource::{ResourceId, ResourceKind, SubscriptionId};
use maintenance_notifier::http::client::{ClientOptions, client};
use maintenance_notifier::http::token::{IdentityEndpoint, TokenSource};
use url::Url;

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 23, 9, 0, 0).unwrap()
}

struct Azure {
    simulation: Simulation,
    arm: ArmClient,
}

impl Azure {
    async fn start(change: impl FnOnce(&mut Switches)) -> Self {
        Self::start_with(|options| change(&mut options.switches)).await
    }

    async fn start_with(change: impl FnOnce(&mut SimulationOptions)) -> Self {
        let mut options = SimulationOptions::new(now());
        change(&mut options);
        let header = options.identity_header.clone();
        let simulation = Simulation::new(options);
        let clock = Arc::new(ManualClock::new(now()));
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let base: Url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
        let (server, time) = (simulation.clone(), clock.clone());
        tokio::spawn(async move { server.serve(listener, time).await });

        let client = client(&ClientOptions {
            timeout: None,
            connect_timeout: None,
            use_proxy: false,
            idle_connections: 0,
        })
        .unwrap();
        let endpoint = IdentityEndpoint {
            address: base.join("/msi/token").unwrap(),
            header: header.into(),
            client_id: None,
        };
        let audience = "https://management.azure.com".parse().unwrap();
        let tokens = TokenSource::identity_endpoint(client.clone(), endpoint, &audience, clock.clone());
        let arm = ArmClient::new(client, base, tokens, clock, ArmOptions::default()).unwrap();
        Self { simulation, arm }
    }

    /// What the simulation plans, without dedicated hosts: their dates are nowhere to be read.
    fn planned(&self) -> BTreeSet<ResourceId> {
        let ids = self.simulation.script().planned(now());
        let ids = ids.iter().map(|id| ResourceId::parse(id).unwrap());
        ids.filter(|id| id.kind() != ResourceKind::DedicatedHost).collect()
    }

    async fn look_at_all(&self, found: &CandidateList) -> Vec<Observation> {
        let mut observations = Vec::new();
        for (subscription, candidates) in &found.by_subscription {
            let look = observe_subscription(&self.arm, subscription, candidates, &[], now()).await;
            observations.push(look.unwrap());
        }
        observations
    }

    async fn sweep(&self, subscription: &SubscriptionId, mode: SweepMode) -> Observation {
        let of = [subscription.clone()];
        let targets = list_sweep_targets(&self.arm, Some(&of)).await.unwrap();
        let options = SweepOptions::default();
        sweep_slice(&self.arm, subscription, &targets, mode, options, now()).await.unwrap().observation
    }
}

fn planned_in(observations: &[Observation]) -> BTreeSet<ResourceId> {
    observations
        .iter()
        .flat_map(|observation| &observation.resources)
        .filter(|resource| matches!(resource.reading, Reading::Maintenance(_)))
        .map(|resource| resource.machine.id.clone())
        .filter(|id| id.kind() != ResourceKind::DedicatedHost)
        .collect()
}

#[tokio::test(start_paused = true)]
async fn what_is_announced_or_swept_is_what_is_planned() {
    let azure = Azure::start(|_| {}).await;
    let found = find_candidates(&azure.arm, &WatchScope::All).await.unwrap();
    assert_eq!(found.unreadable, []);
    assert!(!found.subscriptions.is_empty());
    let mut observations = azure.look_at_all(&found).await;
    let announced = planned_in(&observations);
    assert!(!announced.is_empty());
    for subscription in &found.subscriptions {
        observations.push(azure.sweep(&subscription.id, SweepMode::InstanceViews).await);
    }
    assert_eq!(planned_in(&observations), azure.planned());
    for resource in observations.iter().flat_map(|observation| &observation.resources) {
        let machine = &resource.machine;
        assert!(machine.subscription_name.is_some(), "{}", machine.id);
        assert!(
            machine.region.is_some() || machine.id.kind() == ResourceKind::DedicatedHost,
            "{}",
            machine.id
        );
    }
    let tagged = |level: &str| {
        observations.iter().flat_map(|observation| &observation.resources).any(|resource| {
            resource
                .machine
                .tags
                .levels()
                .into_iter()
                .any(|(at, tags)| at.as_str() == level && !tags.is_empty())
        })
    };
    for level in ["resource", "scale set", "resource group", "subscription"] {
        assert!(tagged(level), "nothing has a tag on its {level}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_way_in_which_azure_may_write_gives_the_same() {
    let usual = Azure::start(|_| {}).await;
    let found = find_candidates(&usual.arm, &WatchScope::All).await.unwrap();
    let expected = planned_in(&usual.look_at_all(&found).await);
    let ways: [fn(&mut Switches); 5] = [
        |switches| {
            switches.graph_ids = GraphIds::Lower;
            switches.fraction_digits = FractionDigits::Seven;
            switches.event_times = EventTimes::Ticks;
        },
        |switches| {
            switches.graph_ids = GraphIds::AsCreated;
            switches.upper_case_resource_groups = false;
            switches.event_times = EventTimes::UnixSeconds;
            switches.update_times = UpdateTimes::Absent;
        },
        |switches| switches.pages = ListPages { size: 3, short: true, empty: true, empty_link: true },
        |switches| switches.update_times = UpdateTimes::Both,
        |switches| switches.throttling = false,
    ];
    for (number, way) in ways.into_iter().enumerate() {
        let azure = Azure::start(way).await;
        let found = find_candidates(&azure.arm, &WatchScope::All).await.unwrap();
        assert_eq!(found.unreadable, [], "way {number}");
        assert!(found.events.iter().all(|event| event.start.is_some()), "way {number}");
        assert_eq!(planned_in(&azure.look_at_all(&found).await), expected, "way {number}");
    }
}

#[tokio::test(start_paused = true)]
async fn f8_a_forbidden_subscription_does_not_spoil_the_others() {
    let azure = Azure::start(|_| {}).await;
    let found = find_candidates(&azure.arm, &WatchScope::All).await.unwrap();
    let forbidden = found.by_subscription.keys().next().unwrap().clone();
    azure.simulation.script().forbid(forbidden.as_str(), true);
    let observations = azure.look_at_all(&found).await;
    let of_forbidden = observations.iter().find(|look| look.subscription == forbidden).unwrap();
    assert_eq!(of_forbidden.resources, []);
    assert_eq!(of_forbidden.unseen.len(), 1);
    assert!(of_forbidden.unseen[0].reason.starts_with("HTTP 403 "), "{}", of_forbidden.unseen[0].reason);
    let others: BTreeSet<ResourceId> = planned_in(&observations);
    assert!(!others.is_empty());
    assert!(others.iter().all(|id| id.subscription() != forbidden));
    let again = find_candidates(&azure.arm, &WatchScope::All).await.unwrap();
    assert!(!again.by_subscription.contains_key(&forbidden), "Resource Graph leaves it out silently");
}

#[tokio::test(start_paused = true)]
async fn f8_a_question_is_answered_whole_or_not_at_all() {
    let azure = Azure::start_with(|options| options.machines = 3000).await;
    let script = azure.simulation.script();
    script.fail_graph_page(2, 2, 503);
    let found = find_candidates(&azure.arm, &WatchScope::All).await.unwrap();
    let candidates: usize = found.by_subscription.values().map(Vec::len).sum();
    assert!(candidates > 1000, "more than one page: {candidates}");
    assert_eq!(azure.arm.counts().retries, 2);

    script.fail_graph_page(2, 100, 500);
    assert_eq!(find_candidates(&azure.arm, &WatchScope::All).await.unwrap_err().status(), Some(500));
    script.clear_faults();

    script.truncate_resource_graph(true);
    let error = find_candidates(&azure.arm, &WatchScope::All).await.unwrap_err();
    assert!(matches!(error, AzureError::CannotPage { .. }), "{error}");
    script.truncate_resource_graph(false);
    assert_eq!(find_candidates(&azure.arm, &WatchScope::All).await.unwrap(), found);
}

#[tokio::test(start_paused = true)]
async fn f9_a_spoiled_machine_is_set_aside_and_the_others_stay() {
    let azure = Azure::start(|_| {}).await;
    let found = find_candidates(&azure.arm, &WatchScope::All).await.unwrap();
    let whole = planned_in(&azure.look_at_all(&found).await);
    let spoiled = whole.iter().next().unwrap().clone();
    for corruption in [Corruption::OddDates, Corruption::EndBeforeStart, Corruption::NotAnObject] {
        azure.simulation.script().corrupt(spoiled.as_str(), corruption.clone());
        let observations = azure.look_at_all(&found).await;
        let unreadable: Vec<_> = observations.iter().flat_map(|look| &look.unreadable).collect();
        assert_eq!(unreadable.len(), 1, "{corruption:?}");
        assert_eq!(unreadable[0].resource.as_ref(), Some(&spoiled), "{corruption:?}");
        let mut expected = whole.clone();
        expected.remove(&spoiled);
        assert_eq!(planned_in(&observations), expected, "{corruption:?}");
        let says_anything = observations
            .iter()
            .flat_map(|look| &look.resources)
            .any(|resource| resource.machine.id == spoiled);
        assert!(!says_anything, "{corruption:?}");
    }
    // A record with nothing in it is nothing planned, and no trouble.
    azure.simulation.script().corrupt(spoiled.as_str(), Corruption::Blank);
    let observations = azure.look_at_all(&found).await;
    assert!(observations.iter().all(|look| look.unreadable.is_empty()));
    assert!(!planned_in(&observations).contains(&spoiled));
    azure.simulation.script().corrupt(spoiled.as_str(), Corruption::UnknownCode);
    assert_eq!(planned_in(&azure.look_at_all(&found).await), whole);

    azure.simulation.script().heal(spoiled.as_str());
    azure.simulation.script().corrupt_update_row(spoiled.as_str(), serde_json::json!({ "value": "soon" }));
    let found = find_candidates(&azure.arm, &WatchScope::All).await.unwrap();
    assert_eq!(planned_in(&azure.look_at_all(&found).await), whole, "the machine itself is still asked");
}

#[tokio::test(start_paused = true)]
async fn a_throttled_look_and_an_expired_token_only_take_longer() {
    let azure = Azure::start(|_| {}).await;
    let found = find_candidates(&azure.arm, &WatchScope::All).await.unwrap();
    let whole = azure.look_at_all(&found).await;
    azure.simulation.script().throttle_next("virtualMachines", 3, 20);
    azure.simulation.script().reject_tokens(1);
    assert_eq!(azure.look_at_all(&found).await, whole);
    assert!(azure.arm.counts().throttled >= 1);
}

#[tokio::test(start_paused = true)]
async fn a_machine_that_was_deleted_is_gone_by_a_direct_read() {
    let azure = Azure::start(|_| {}).await;
    let found = find_candidates(&azure.arm, &WatchScope::All).await.unwrap();
    let whole = planned_in(&azure.look_at_all(&found).await);
    let deleted = whole.iter().find(|id| id.kind() == ResourceKind::Vm).unwrap().clone();
    assert!(azure.simulation.script().remove_machine(deleted.as_str()));
    let open = [deleted.clone()];
    let look = observe_subscription(&azure.arm, &deleted.subscription(), &[], &open, now()).await.unwrap();
    let [resource] = look.resources.as_slice() else { panic!("{look:?}") };
    assert_eq!((&resource.machine.id, &resource.reading), (&deleted, &Reading::Gone));
}

#[tokio::test(start_paused = true)]
async fn a_sweep_finds_what_nobody_announced_in_either_mode() {
    for carries in [false, true] {
        let azure = Azure::start(|switches| switches.status_only_carries_maintenance = carries).await;
        let planned = azure.planned();
        let known = planned.iter().find(|id| id.kind() == ResourceKind::Vm).unwrap().clone();
        let subscription = known.subscription();
        for wave in azure.simulation.script().waves() {
            for id in wave.targets() {
                azure.simulation.script().unlist(&wave.tracking_id, &id, true);
            }
        }
        let found = find_candidates(&azure.arm, &WatchScope::All).await.unwrap();
        assert!(found.by_subscription.is_empty(), "nothing is announced");

        let support = probe_status_only(&azure.arm, &known).await.unwrap();
        let mode = match support {
            StatusOnlySupport::Carries => SweepMode::StatusOnly,
            StatusOnlySupport::Lacks => SweepMode::InstanceViews,
        };
        assert_eq!(support == StatusOnlySupport::Carries, carries);
        let expected: BTreeSet<ResourceId> =
            planned.into_iter().filter(|id| id.subscription() == subscription).collect();
        assert_eq!(planned_in(&[azure.sweep(&subscription, mode).await]), expected, "{mode:?}");
    }
}
