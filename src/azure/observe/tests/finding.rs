//! Where to look: candidates and the sweep.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::{SUBSCRIPTION, at, azure, candidate, id, machine, now, path, planned, subscription, summary};
use crate::azure::observe::*;
use crate::azure::testing::{Fake, Seen};
use crate::domain::observation::UnseenCause;
use crate::domain::resource::ResourceId;

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
            return (403, r#"{"error":{"code":"AuthorizationFailed","message":"No."}}"#.to_owned()).into();
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
