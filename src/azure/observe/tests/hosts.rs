//! Hosts, pauses and members of flexible sets.

use serde_json::{Value, json};

use super::{at, azure, candidate, id, machine, now, path, planned, refusal, subscription, summary};
use crate::azure::observe::*;

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
