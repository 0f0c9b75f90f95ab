use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::*;
use crate::azure::testing::{Fake, Reply, Seen};
use crate::domain::machine::PowerState;
use crate::domain::observation::{Evidence, Observation, Reading, UnseenCause};
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
    unreadable instance view of odd (rg-app, subscription 00000000-0000-0000-0000-000000000001): maintenanceWindowEndTime: `soon` is no date: expected a form such as 2026-12-01T08:00:00Z
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
    unseen /subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/RG-APP/providers/Microsoft.Compute/virtualMachineScaleSets/front: its tags are unknown: Resource Graph does not show it, and HTTP 404 ResourceNotFound: As the test wants it.
    ");

    let whole = [candidate(set)];
    let observation = observe_subscription(&fake.arm(), &subscription(), &whole, &[], now()).await.unwrap();
    insta::assert_snapshot!(summary(&observation), @r"
    front_0 in rg-app: Start now, Running, unknown [PYN_-ZL8]
    front_7 in rg-app: Start now, Running, unknown [PYN_-ZL8]
    unseen /subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/RG-APP/providers/Microsoft.Compute/virtualMachineScaleSets/front: its tags are unknown: Resource Graph does not show it, and HTTP 404 ResourceNotFound: As the test wants it.
    ");
}

/// The group's and the host group's own names, whatever case Azure answers in.
fn host(name: &str) -> Value {
    json!({
        "id": path(&format!("hostGroups/group/hosts/{name}")).to_uppercase(),
        "location": "westeurope",
        "zones": ["1"],
        "tags": { "owner": "jane.doe" },
        "properties": {},
    })
}

#[tokio::test]
async fn a_host_is_told_by_its_row_and_described_by_its_own_record() {
    let fake = azure(|request| {
        let names = ["one", "two", "half", "done", "quiet"];
        let read = names.into_iter().find(|name| at(request, &format!("hostGroups/group/hosts/{name}")));
        if at(request, "hostGroups/group/hosts/secret") {
            return Some(refusal(403, "AuthorizationFailed"));
        }
        read.map(|name| host(name).into())
    })
    .await;
    let interval = crate::domain::window::Interval::new(now(), now() + chrono::TimeDelta::days(7)).unwrap();
    let window = HostWindow { interval, is_done: false };
    let until = crate::domain::window::Interval::until(now() + chrono::TimeDelta::days(7), None);
    let of = |name: &str| candidate(&format!("hostGroups/group/hosts/{name}"));
    let hosts = [
        Candidate { host_window: Some(window), ..of("one") },
        of("two"),
        of("three"),
        Candidate { host_window: Some(HostWindow { interval: until, is_done: false }), ..of("half") },
        Candidate { done: true, ..of("done") },
        Candidate { host_window: Some(window), ..of("secret") },
    ];
    let open = [id("hostGroups/group/hosts/quiet")];
    let observation = observe_subscription(&fake.arm(), &subscription(), &hosts, &open, now()).await.unwrap();
    insta::assert_snapshot!(summary(&observation), @r"
    group/done in rg-app: Already updated, Unknown, unknown [PYN_-ZL8]
    group/half in rg-app: Scheduled, Unknown, unknown [PYN_-ZL8]
    group/one in rg-app: Scheduled, Unknown, unknown [PYN_-ZL8]
    group/quiet in rg-app: nothing planned, Unknown, unknown []
    group/secret in rg-app: Scheduled, Unknown, unknown [PYN_-ZL8]
    group/three in rg-app: gone, Unknown, unknown [PYN_-ZL8]
    group/two in rg-app: Scheduled, Unknown, unknown [PYN_-ZL8]
    unseen /subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-app/providers/Microsoft.Compute/hostGroups/group/hosts/secret: whose it is, its own tags say, and they cannot be read: HTTP 403 AuthorizationFailed: As the test wants it.; hint: give the identity the Reader role there; a new role assignment can take hours to show
    ");
    let one = &observation.resources.iter().find(|one| one.machine.id.name() == "one").unwrap().machine;
    assert_eq!(one.tags.find("owner").unwrap().1, "jane.doe");
    assert_eq!(one.tags.find("team").unwrap().1, "web");
    assert_eq!((one.region.as_deref(), one.zones.as_slice()), (Some("westeurope"), &["1".to_owned()][..]));
}

#[tokio::test]
async fn a_machine_that_is_only_paused_is_told_by_its_row() {
    let fake = azure(|request| {
        at(request, "virtualMachines/isolated")
            .then(|| machine("virtualMachines/isolated", "running", Value::Null).into())
    })
    .await;
    let interval = crate::domain::window::Interval::new(now(), now() + chrono::TimeDelta::days(7)).unwrap();
    let paused = Candidate {
        impact: crate::domain::window::Impact::Freeze,
        host_window: Some(HostWindow { interval, is_done: false }),
        ..candidate("virtualMachines/isolated")
    };
    let observation =
        observe_subscription(&fake.arm(), &subscription(), &[paused], &[], now()).await.unwrap();
    insta::assert_snapshot!(summary(&observation), @"isolated in rg-app: Scheduled, Running, freeze [PYN_-ZL8]");
}

#[tokio::test]
async fn a_flexible_set_is_looked_at_by_its_members_known_as_such_or_not() {
    for known in [true, false] {
        let set = path("virtualMachineScaleSets/flexi");
        let fake = azure(move |request| {
            let member = |name: &str, set: &str, maintenance: Value| {
                let mut machine = machine(&format!("virtualMachines/{name}"), "running", maintenance);
                machine["properties"]["virtualMachineScaleSet"] = json!({ "id": set.to_uppercase() });
                machine
            };
            if known && request.method == "POST" {
                let question = request.json()["query"].as_str().unwrap().to_owned();
                return question.starts_with("resources ").then(|| {
                    json!({ "data": [{ "type": "microsoft.compute/virtualmachinescalesets", "id": set, "orchestration": "Flexible" }] }).into()
                });
            }
            if at(request, "virtualMachineScaleSets/flexi/virtualMachines") {
                assert!(!known, "its list is not asked for in vain");
                return Some(refusal(400, "BadRequest"));
            }
            if at(request, "virtualMachines") {
                assert!(request.query("$filter").unwrap().contains("virtualMachineScaleSets/flexi"));
                return Some(
                    json!({ "value": [
                        member("flexi_1", &set, planned()),
                        member("flexi_2", &set, Value::Null),
                        member("other_1", &set.replace("flexi", "other"), planned()),
                        { "id": path("virtualMachines/flexi_3"), "properties": { "virtualMachineScaleSet": { "id": set } } },
                    ] })
                    .into(),
                );
            }
            if at(request, "virtualMachines/flexi_3") {
                return Some(member("flexi_3", &set, planned()).into());
            }
            at(request, "virtualMachineScaleSets/flexi").then(|| json!({ "location": "westeurope", "tags": { "team": "flexible" } }).into())
        })
        .await;
        let whole = [candidate("virtualMachineScaleSets/flexi")];
        let observation =
            observe_subscription(&fake.arm(), &subscription(), &whole, &[], now()).await.unwrap();
        insta::allow_duplicates! {
            insta::assert_snapshot!(summary(&observation), @r"
            flexi_1 in rg-app: Start now, Running, unknown [PYN_-ZL8]
            flexi_3 in rg-app: Start now, Running, unknown [PYN_-ZL8]
            ");
        }
    }
}

#[tokio::test]
async fn what_azure_does_not_have_now_is_no_matter_of_rights() {
    let fake = azure(|request| {
        let vm = |name: &str| at(request, &format!("virtualMachines/{name}"));
        match () {
            () if vm("busy") => Some(refusal(409, "OperationNotAllowed")),
            () if vm("never") => Some(refusal(400, "BadRequest")),
            () if vm("away") => Some(refusal(500, "InternalServerError")),
            () if vm("secret") => Some(refusal(403, "AuthorizationFailed")),
            () => None,
        }
    })
    .await;
    let candidates =
        ["busy", "never", "away", "secret"].map(|name| candidate(&format!("virtualMachines/{name}")));
    let observation =
        observe_subscription(&fake.arm(), &subscription(), &candidates, &[], now()).await.unwrap();
    let causes: Vec<(&str, UnseenCause)> = observation
        .unseen
        .iter()
        .map(|unseen| (unseen.scope.rsplit('/').next().unwrap(), unseen.cause))
        .collect();
    assert_eq!(
        causes,
        [
            ("away", UnseenCause::NoAnswer),
            ("busy", UnseenCause::NotThere),
            ("never", UnseenCause::NotThere),
            ("secret", UnseenCause::NoRights),
        ]
    );
}

#[tokio::test]
async fn a_group_that_resource_graph_leaves_out_is_read_directly() {
    for (status, owner, cause) in [
        (200, Some("mei.lin"), None),
        (403, None, Some(UnseenCause::NoRights)),
        (404, None, Some(UnseenCause::InPart)),
        (500, None, Some(UnseenCause::NoAnswer)),
    ] {
        let fake = azure(move |request| {
            let outside = |text: String| text.replace("rg-app", "rg-new");
            if request.path == format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/RG-NEW") {
                return Some(match status {
                    200 => json!({ "name": "rg-new", "tags": { "team": "mei.lin" } }).into(),
                    other => refusal(other, "Trouble"),
                });
            }
            request.path.eq_ignore_ascii_case(&outside(path("virtualMachines/web-01"))).then(|| {
                let mut machine = machine("virtualMachines/web-01", "running", planned());
                machine["id"] = outside(path("virtualMachines/web-01")).replace("rg-new", "RG-NEW").into();
                machine.into()
            })
        })
        .await;
        let asked =
            Candidate::bare(path("virtualMachines/web-01").replace("rg-app", "rg-new").parse().unwrap());
        let observation =
            observe_subscription(&fake.arm(), &subscription(), &[asked], &[], now()).await.unwrap();
        let web = &observation.resources[0].machine;
        assert_eq!(web.tags.find("team").map(|found| found.1), owner, "{status}");
        assert_eq!(web.tags.find("owner").unwrap().1, "jane.doe", "what is known counts");
        assert_eq!(observation.unseen.first().map(|unseen| unseen.cause), cause, "{status}");
    }
}

#[tokio::test]
async fn a_machine_in_a_group_with_letters_of_any_script_is_found_in_any_case() {
    let of = |group: &str| path("virtualMachines/web-01").replace("rg-app", group);
    let fake = azure(move |request| {
        if request.method == "POST" {
            let question = request.json()["query"].as_str().unwrap().to_owned();
            let rows = if question.starts_with("resourcecontainers") {
                json!([{ "type": "microsoft.resources/subscriptions/resourcegroups", "name": "rg-öl-Prod", "tags": { "team": "oil" } }])
            } else {
                json!([])
            };
            return Some(json!({ "data": rows }).into());
        }
        request.path.contains("/virtualMachines/web-01").then(|| {
            let mut machine = machine("virtualMachines/web-01", "running", planned());
            machine["id"] = of("RG-ÖL-PROD").into();
            machine.into()
        })
    })
    .await;
    let asked = Candidate::bare(of("rg-öl-prod").parse().unwrap());
    let observation = observe_subscription(&fake.arm(), &subscription(), &[asked], &[], now()).await.unwrap();
    insta::assert_snapshot!(summary(&observation), @"web-01 in rg-öl-Prod: Start now, Running, unknown []");
    assert_eq!(observation.resources[0].machine.tags.find("team").unwrap().1, "oil");
}

#[tokio::test]
async fn a_row_about_a_subscription_that_is_not_ours_is_left_alone() {
    let fake = Fake::start(|request| {
        if request.path == "/subscriptions" {
            return json!({ "value": [{ "subscriptionId": SUBSCRIPTION }] }).into();
        }
        let question = request.json()["query"].as_str().unwrap().to_owned();
        let rows = if question.contains("microsoft.maintenance/updates") {
            let foreign =
                path("virtualMachines/other").replace(SUBSCRIPTION, "99999999-2222-4333-8444-555555555555");
            json!([{ "name": foreign, "properties": { "value": [{ "notificationId": "PYN_-ZL8" }] } }])
        } else {
            json!([])
        };
        json!({ "data": rows }).into()
    })
    .await;
    let found = find_candidates(&fake.arm(), &WatchScope::All).await.unwrap();
    assert!(found.by_subscription.is_empty() && found.unseen.is_empty());
    assert_eq!(found.ignored, 1);
}

#[tokio::test]
async fn a_tenant_that_resource_graph_refuses_is_asked_by_name_and_the_refused_are_said() {
    let inner = r#"{"error":{"code":"BadRequest","message":"Please provide below info when asking for support: timestamp = 1.",
        "details":[{"code":"NoValidSubscriptionsInQueryRequest","message":"There must be at least one subscription that is eligible to contain resources."}]}}"#;
    for refused in ["one", "all"] {
        let fake = Fake::start(move |request| {
            if request.path == "/subscriptions" {
                let ids = ["a", "b", "c"].map(|id| json!({ "subscriptionId": id }));
                return json!({ "value": ids }).into();
            }
            let body = request.json();
            let asked =
                body.get("subscriptions").map(|asked| asked.to_string()).unwrap_or("\"b\"".to_owned());
            if refused == "all" || asked.contains("\"b\"") {
                return (400, inner.to_owned()).into();
            }
            json!({ "data": [] }).into()
        })
        .await;
        let found = find_candidates(&fake.arm(), &WatchScope::All).await.unwrap();
        let scopes: Vec<&str> = found.unseen.iter().map(|unseen| unseen.scope.as_str()).collect();
        let expected: &[&str] = match refused {
            "one" => &["/subscriptions/b"],
            _ => &["/subscriptions/a", "/subscriptions/b", "/subscriptions/c"],
        };
        assert_eq!(scopes, expected);
        assert!(found.unseen[0].reason.contains("There must be at least one subscription"));
    }
    let fake = azure(move |request| (request.method == "POST").then(|| (400, inner.to_owned()).into())).await;
    let look = observe_subscription(&fake.arm(), &subscription(), &[], &[], now()).await.unwrap();
    assert_eq!(look.unseen[0].cause, UnseenCause::NoRights);
    assert!(look.unseen[0].reason.contains("There must be at least one subscription"), "{look:?}");
}

#[tokio::test]
async fn one_question_that_is_refused_leaves_the_others_and_is_said_with_its_inner_reason() {
    let kinds = [
        ("Kind", "DisabledKind: The kind is not available in this cloud."),
        ("NoValidSubscriptionsInQueryRequest", "There must be at least one subscription that is eligible."),
    ];
    let questions = ["maintenance/updates'", "EventType", "impactedresources", "scheduledevents"];
    for ((code, sentence), question) in kinds.into_iter().flat_map(|kind| questions.map(|it| (kind, it))) {
        let fake = Fake::start(move |request| {
            if request.path == "/subscriptions" {
                let ids = ["a", "b", SUBSCRIPTION].map(|id| json!({ "subscriptionId": id }));
                return json!({ "value": ids }).into();
            }
            if request.method != "POST" {
                return json!({ "value": [] }).into();
            }
            let query = request.json()["query"].as_str().unwrap().to_owned();
            let target = path("virtualMachines/web-01");
            if query.contains(question) {
                let details = json!([{ "code": code, "message": sentence }]);
                let error = json!({ "code": "BadRequest", "message": "For support: timestamp = 1.", "details": details });
                return (400, json!({ "error": error }).to_string()).into();
            }
            let rows = if query.contains("maintenance/updates'") {
                json!([{ "name": target, "properties": { "value": [{ "notificationId": "PYN_-ZL8" }] } }])
            } else if query.contains("impactedresources") {
                let id = "/providers/Microsoft.ResourceHealth/events/PYN_-ZL8/impactedResources/1";
                json!([{ "id": id, "properties": { "targetResourceId": path("virtualMachines/web-02") } }])
            } else if query.contains("EventType") {
                json!([{ "id": "/e", "trackingId": "PYN_-ZL8", "status": "Active" }])
            } else {
                json!([])
            };
            json!({ "data": rows }).into()
        })
        .await;
        for scope in [WatchScope::All, parse_scope(&format!("a,b,{SUBSCRIPTION}")).unwrap()] {
            let found = find_candidates(&fake.arm(), &scope).await.unwrap();
            let names: Vec<String> =
                found.by_subscription[&subscription()].iter().map(|one| one.id.display_name()).collect();
            let expected: &[&str] = match question {
                "maintenance/updates'" => &["web-02"],
                "impactedresources" => &["web-01"],
                _ => &["web-01", "web-02"],
            };
            assert_eq!(names, expected, "{question} {code}");
            let [unanswered] = &found.unanswered[..] else { panic!("{:?}", found.unanswered) };
            assert!(unanswered.reason.contains(sentence.trim_end_matches('.')), "{unanswered:?}");
            assert_eq!(found.unseen, [], "no subscription is said to lack a role");
            assert!(!found.is_whole_for(&subscription()));
        }
    }
}

#[tokio::test]
async fn one_subscription_that_one_question_refuses_is_asked_by_the_others() {
    let fake = Fake::start(|request| {
        if request.path == "/subscriptions" {
            let ids = ["a", "b", "c"].map(|id| json!({ "subscriptionId": id }));
            return json!({ "value": ids }).into();
        }
        if request.method != "POST" {
            return json!({ "value": [] }).into();
        }
        let body = request.json();
        let names = body["subscriptions"].to_string();
        if body["query"].as_str().unwrap().contains("maintenance/updates'") && names.contains("\"b\"") {
            return refusal(403, "AuthorizationFailed");
        }
        json!({ "data": [] }).into()
    })
    .await;
    let found = find_candidates(&fake.arm(), &parse_scope("a,b,c").unwrap()).await.unwrap();
    assert_eq!(found.unseen.iter().map(|one| one.scope.as_str()).collect::<Vec<_>>(), ["/subscriptions/b"]);
    let asked = |query: &str| {
        let of = |request: &Seen| {
            request.method == "POST" && request.json()["query"].as_str().unwrap().contains(query)
        };
        let names = fake.seen().into_iter().filter(|request| of(request));
        names.map(|request| request.json()["subscriptions"].to_string()).collect::<String>()
    };
    for question in ["EventType", "impactedresources", "scheduledevents"] {
        assert!(asked(question).contains("\"b\""), "{question}");
    }
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
    unseen /subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/RG-APP/providers/Microsoft.Compute/virtualMachineScaleSets/front: its tags are unknown: Resource Graph does not show it, and HTTP 404 ResourceNotFound: As the test wants it.
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
