use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::*;
use crate::azure::testing::{Fake, Reply, Seen};
use crate::domain::machine::PowerState;
use crate::domain::observation::{Evidence, Observation, Reading};
use crate::domain::resource::{ResourceId, SubscriptionId};

const SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000001";

fn path(rest: &str) -> String {
    format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-app/providers/Microsoft.Compute/{rest}")
}

fn id(rest: &str) -> ResourceId {
    ResourceId::parse(&path(rest)).unwrap()
}

fn subscription() -> SubscriptionId {
    SUBSCRIPTION.parse().unwrap()
}

fn now() -> chrono::DateTime<chrono::Utc> {
    "2026-12-02T08:00:00Z".parse().unwrap()
}

fn planned() -> Value {
    json!({
        "isCustomerInitiatedMaintenanceAllowed": true,
        "preMaintenanceWindowStartTime": "2026-12-01T08:00:00+00:00",
        "preMaintenanceWindowEndTime": "2026-12-10T08:00:00.0000000+00:00",
        "maintenanceWindowStartTime": "2026-12-12T16:30:00+00:00",
        "maintenanceWindowEndTime": "2026-12-26T16:30:00+00:00",
        "lastOperationResultCode": "None",
    })
}

fn machine(rest: &str, power: &str, maintenance: Value) -> Value {
    let mut machine = json!({
        "id": path(rest).replace("rg-app", "RG-APP"),
        "location": "westeurope",
        "tags": { "owner": "jane.doe" },
        "properties": { "instanceView": { "statuses": [{ "code": format!("PowerState/{power}") }] } },
    });
    if !maintenance.is_null() {
        machine["properties"]["instanceView"]["maintenanceRedeployStatus"] = maintenance;
    }
    machine
}

fn refusal(status: u16, code: &str) -> Reply {
    (status, json!({ "error": { "code": code, "message": "As the test wants it." } }).to_string()).into()
}

/// The answers that every look needs; the rest is the test's.
async fn azure(more: impl Fn(&Seen) -> Option<Reply> + Send + Sync + 'static) -> Fake {
    Fake::start(move |request| {
        if let Some(reply) = more(request) {
            return reply;
        }
        if request.path == format!("/subscriptions/{SUBSCRIPTION}") {
            return json!({ "subscriptionId": SUBSCRIPTION, "displayName": "Production", "state": "Enabled" }).into();
        }
        if request.method == "POST" && request.path == "/providers/Microsoft.ResourceGraph/resources" {
            let question = request.json()["query"].as_str().unwrap().to_owned();
            let rows = if question.starts_with("resourcecontainers") {
                json!([{ "type": "microsoft.resources/subscriptions/resourcegroups", "name": "rg-app", "tags": { "team": "web" } }])
            } else {
                json!([])
            };
            return json!({ "data": rows, "resultTruncated": "false" }).into();
        }
        refusal(404, "ResourceNotFound")
    })
    .await
}

fn at(request: &Seen, rest: &str) -> bool {
    request.path.eq_ignore_ascii_case(&path(rest))
}

/// An observation in a few lines.
fn summary(observation: &Observation) -> String {
    let mut lines = Vec::new();
    for resource in &observation.resources {
        let reading = match &resource.reading {
            Reading::Maintenance(facts) => facts.status().to_string(),
            Reading::NothingPlanned => "nothing planned".to_owned(),
            Reading::Gone => "gone".to_owned(),
        };
        let machine = &resource.machine;
        let waves = resource.tracking_ids.join(",");
        lines.push(format!(
            "{} in {}: {reading}, {:?}, {} [{waves}]",
            machine.id.display_name(),
            machine.id.resource_group(),
            machine.power,
            resource.impact.as_str(),
        ));
    }
    lines.extend(
        observation.unseen.iter().map(|unseen| format!("unseen {}: {}", unseen.scope, unseen.reason)),
    );
    lines
        .extend(observation.unreadable.iter().map(|one| format!("unreadable {}: {}", one.what, one.problem)));
    lines.join("\n")
}

fn candidate(rest: &str) -> Candidate {
    Candidate { tracking_ids: vec!["PYN_-ZL8".to_owned()], ..Candidate::bare(id(rest)) }
}

#[tokio::test]
async fn one_machine_that_fails_does_not_spoil_the_others() {
    let fake = azure(|request| {
        let vm = |name: &str| at(request, &format!("virtualMachines/{name}"));
        if vm("web-01") {
            Some(machine("virtualMachines/web-01", "running", planned()).into())
        } else if vm("moved") {
            Some(machine("virtualMachines/moved", "deallocated", Value::Null).into())
        } else if vm("secret") {
            Some(refusal(403, "AuthorizationFailed"))
        } else if vm("odd") {
            Some(
                machine("virtualMachines/odd", "running", json!({ "maintenanceWindowEndTime": "soon" }))
                    .into(),
            )
        } else {
            None
        }
    })
    .await;
    let candidates = ["web-01", "secret", "odd"].map(|name| candidate(&format!("virtualMachines/{name}")));
    let open = ["moved", "deleted", "web-01"].map(|name| id(&format!("virtualMachines/{name}")));
    let observation =
        observe_subscription(&fake.arm(), &subscription(), &candidates, &open, now()).await.unwrap();
    insta::assert_snapshot!(summary(&observation), @r"
    deleted in rg-app: gone, Unknown, unknown []
    moved in rg-app: nothing planned, Deallocated, unknown []
    web-01 in rg-app: Start now, Running, unknown [PYN_-ZL8]
    unseen /subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-app/providers/Microsoft.Compute/virtualMachines/secret: HTTP 403 AuthorizationFailed: As the test wants it.; hint: give the identity the Reader role there; a new role assignment can take hours to show
    unreadable instance view of odd: maintenanceWindowEndTime: `soon` is no date: expected a form such as 2026-12-01T08:00:00Z
    ");
    assert_eq!(observation.evidence, [Evidence::Moved { resource: id("virtualMachines/moved"), at: now() }]);
    let web = observation.resources.iter().find(|one| one.machine.id.name() == "web-01").unwrap();
    assert_eq!(web.machine.tags.find("owner").unwrap().1, "jane.doe");
    assert_eq!(web.machine.tags.find("team").unwrap().1, "web");
    assert_eq!(web.machine.subscription_name.as_deref(), Some("Production"));
    assert_eq!(web.machine.power, PowerState::Running);
}

#[tokio::test]
async fn f8_a_forbidden_subscription_is_unseen_and_ends_nothing() {
    let fake =
        azure(|request| request.path.ends_with(SUBSCRIPTION).then(|| refusal(403, "AuthorizationFailed")))
            .await;
    let open = [id("virtualMachines/web-01")];
    let observation = observe_subscription(&fake.arm(), &subscription(), &[], &open, now()).await.unwrap();
    insta::assert_snapshot!(summary(&observation), @"unseen /subscriptions/00000000-0000-0000-0000-000000000001: HTTP 403 AuthorizationFailed: As the test wants it.; hint: give the identity the Reader role there; a new role assignment can take hours to show");
    assert_eq!(fake.seen().len(), 1, "its machines are not even asked for: a 404 there would prove nothing");
}

#[tokio::test]
async fn f8_without_the_tags_around_them_machines_are_not_observed() {
    let fake = azure(|request| (request.method == "POST").then(|| refusal(400, "BadRequest"))).await;
    let open = [id("virtualMachines/web-01")];
    let error = observe_subscription(&fake.arm(), &subscription(), &[], &open, now()).await.unwrap_err();
    assert_eq!(error.status(), Some(400));
}

#[tokio::test]
async fn many_instances_are_listed_and_who_is_missing_is_read_directly() {
    let set = "virtualMachineScaleSets/front";
    let fake = azure(move |request| {
        if at(request, &format!("{set}/virtualMachines")) {
            assert_eq!(request.query("$expand"), Some("instanceView"));
            let instance = |number: u8, maintenance| {
                machine(&format!("{set}/virtualMachines/{number}"), "running", maintenance)
            };
            return Some(
                json!({ "value": [
                    instance(0, planned()),
                    instance(1, Value::Null),
                    instance(7, planned()),
                    instance(8, Value::Null),
                ] })
                .into(),
            );
        }
        at(request, &format!("{set}/virtualMachines/2"))
            .then(|| machine(&format!("{set}/virtualMachines/2"), "running", planned()).into())
    })
    .await;
    let asked = [0, 1, 2].map(|number| candidate(&format!("{set}/virtualMachines/{number}")));
    let observation = observe_subscription(&fake.arm(), &subscription(), &asked, &[], now()).await.unwrap();
    insta::assert_snapshot!(summary(&observation), @r"
    front_0 in rg-app: Start now, Running, unknown [PYN_-ZL8]
    front_1 in rg-app: nothing planned, Running, unknown [PYN_-ZL8]
    front_2 in rg-app: Start now, Running, unknown [PYN_-ZL8]
    front_7 in rg-app: Start now, Running, unknown []
    ");

    let whole = [candidate(set)];
    let observation = observe_subscription(&fake.arm(), &subscription(), &whole, &[], now()).await.unwrap();
    insta::assert_snapshot!(summary(&observation), @r"
    front_0 in rg-app: Start now, Running, unknown [PYN_-ZL8]
    front_7 in rg-app: Start now, Running, unknown [PYN_-ZL8]
    ");
}

#[tokio::test]
async fn a_host_is_told_about_only_with_both_dates() {
    let fake = azure(|request| {
        at(request, "hostGroups/group/hosts/two").then(|| json!({ "location": "westeurope" }).into())
    })
    .await;
    let window = HostWindow {
        interval: crate::domain::window::Interval::new(now(), now() + chrono::TimeDelta::days(7)).unwrap(),
        is_done: false,
    };
    let hosts = [
        Candidate { host_window: Some(window), ..candidate("hostGroups/group/hosts/one") },
        candidate("hostGroups/group/hosts/two"),
        candidate("hostGroups/group/hosts/three"),
    ];
    let observation = observe_subscription(&fake.arm(), &subscription(), &hosts, &[], now()).await.unwrap();
    insta::assert_snapshot!(summary(&observation), @r"
    group/one in rg-app: Scheduled, Unknown, unknown [PYN_-ZL8]
    group/three in rg-app: gone, Unknown, unknown [PYN_-ZL8]
    unseen /subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-app/providers/Microsoft.Compute/hostGroups/group/hosts/two: Azure gives no start and end for this dedicated host, and its own record has none
    ");
}

#[tokio::test]
async fn candidates_are_found_in_the_whole_tenant_or_in_what_was_named() {
    let fake = Fake::start(|request| {
        if request.path == "/subscriptions" {
            return json!({ "value": [
                { "subscriptionId": SUBSCRIPTION, "displayName": "Production", "state": "Enabled" },
                { "subscriptionId": "00000000-0000-0000-0000-000000000002", "displayName": "Lab" },
            ] })
            .into();
        }
        let question = request.json()["query"].as_str().unwrap().to_owned();
        let rows = if question.contains("microsoft.maintenance/updates") {
            json!([{ "name": path("virtualMachines/web-01"), "properties": { "value": [{ "notificationId": "PYN_-ZL8" }] } }])
        } else {
            json!([])
        };
        json!({ "data": rows }).into()
    })
    .await;
    let found = find_candidates(&fake.arm(), &WatchScope::All).await.unwrap();
    assert_eq!(found.subscriptions.len(), 2);
    assert_eq!(found.by_subscription[&subscription()], [candidate("virtualMachines/web-01")]);
    assert_eq!(found.unseen, []);
    assert!(
        fake.seen()
            .iter()
            .filter(|request| request.method == "POST")
            .all(|request| { request.json().get("subscriptions").is_none() })
    );

    let scope = parse_scope(&format!("{SUBSCRIPTION}, 00000000-0000-0000-0000-00000000000f")).unwrap();
    let found = find_candidates(&fake.arm(), &scope).await.unwrap();
    assert_eq!(found.subscriptions.len(), 1);
    assert_eq!(found.unseen[0].scope, "/subscriptions/00000000-0000-0000-0000-00000000000f");
    let last = fake.seen().pop().unwrap();
    assert_eq!(last.json()["subscriptions"], json!([SUBSCRIPTION]));
}

#[test]
fn a_restriction_is_a_list_or_a_management_group() {
    assert_eq!(parse_scope(" ").unwrap(), WatchScope::All);
    assert_eq!(parse_scope("mg:Platform").unwrap(), WatchScope::ManagementGroup("Platform".to_owned()));
    let ids = vec!["a".parse().unwrap(), "b".parse().unwrap()];
    assert_eq!(parse_scope("B, a,,b").unwrap(), WatchScope::Subscriptions(ids));
    assert!(parse_scope("a/b").is_err());
}

#[tokio::test(start_paused = true)]
async fn a_sweep_reads_at_its_pace_and_keeps_what_it_finds() {
    let fake = azure(|request| {
        let vm = (0..10).map(|number| format!("virtualMachines/m{number}")).find(|rest| at(request, rest));
        let set = at(request, "virtualMachineScaleSets/front/virtualMachines");
        vm.filter(|rest| !rest.ends_with('9'))
            .map(|rest| {
                let maintenance = if rest.ends_with('4') { planned() } else { Value::Null };
                machine(&rest, "running", maintenance).into()
            })
            .or_else(|| {
                let instance =
                    machine("virtualMachineScaleSets/front/virtualMachines/0", "running", planned());
                set.then(|| json!({ "value": [instance] }).into())
            })
    })
    .await;
    let mut targets: Vec<ResourceId> =
        (0..10).map(|number| id(&format!("virtualMachines/m{number}"))).collect();
    targets.push(id("virtualMachineScaleSets/front"));
    let start = Instant::now();
    let sweep = sweep_slice(
        &fake.arm(),
        &subscription(),
        &targets,
        SweepMode::InstanceViews,
        SweepOptions::default(),
        now(),
    )
    .await
    .unwrap();
    assert!(start.elapsed() >= Duration::from_millis(200 * 10));
    assert_eq!((sweep.mode, sweep.seen), (SweepMode::InstanceViews, 11));
    insta::assert_snapshot!(summary(&sweep.observation), @r"
    m4 in rg-app: Start now, Running, unknown []
    front_0 in rg-app: Start now, Running, unknown []
    ");
}

#[tokio::test]
async fn a_status_list_is_believed_only_where_it_says_something() {
    let carries = azure(|request| {
        if request.path.ends_with("Microsoft.Compute/virtualMachines") {
            assert_eq!(request.query("statusOnly"), Some("true"));
            let others = machine("virtualMachines/web-02", "running", Value::Null);
            return Some(
                json!({ "value": [machine("virtualMachines/web-01", "running", planned()), others] }).into(),
            );
        }
        at(request, "virtualMachines/web-01")
            .then(|| machine("virtualMachines/web-01", "running", planned()).into())
    })
    .await;
    let arm = carries.arm();
    let probe =
        async |name: &str| probe_status_only(&arm, &id(&format!("virtualMachines/{name}"))).await.unwrap();
    assert_eq!(probe("web-01").await, StatusOnlySupport::Carries);
    assert_eq!(probe("web-02").await, StatusOnlySupport::Lacks);
    assert_eq!(probe("web-03").await, StatusOnlySupport::Lacks);

    let targets = ["web-01", "web-02"].map(|name| id(&format!("virtualMachines/{name}")));
    let sweep =
        sweep_slice(&arm, &subscription(), &targets, SweepMode::StatusOnly, SweepOptions::default(), now())
            .await
            .unwrap();
    assert_eq!(sweep.seen, 2);
    insta::assert_snapshot!(summary(&sweep.observation), @"web-01 in rg-app: Start now, Running, unknown []");
}
