mod finding;
mod hosts;

use serde_json::{Value, json};

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
