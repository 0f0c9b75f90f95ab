//! What the program asks of Azure, call by call, held against the roles that it gets.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use maintenance_notifier::azure::subscriptions::list_below_management_group;
use maintenance_notifier::demo::{Fault, FaultAnswer, RecordedRequest};
use maintenance_notifier::domain::action::Actor;
use maintenance_notifier::domain::action::start::StartOrigin;
use maintenance_notifier::services::event_confirmation::confirm_events;
use maintenance_notifier::services::start::{StartRequest, StartResult, start};

use super::access::actions_of;
use crate::whole::tenant::{Setup, TestTenant, default_world};

/// The permissions that Azure asks for a call: the types in its path, and for Resource Graph also those in the question,
/// because it shows only what the caller may read.
fn asked_for(request: &RecordedRequest) -> Vec<String> {
    let segments: Vec<&str> = request.path.split('/').filter(|segment| !segment.is_empty()).collect();
    // Of two, the last one is the resource that is asked for, and the rest is what it is about.
    let provider = segments.iter().rposition(|segment| *segment == "providers");
    let kind = match provider {
        // Behind the provider, types and names take turns.
        Some(at) => {
            let mut types: Vec<&str> = segments[at + 2..].iter().step_by(2).copied().collect();
            // The current status is no name but has a permission of its own.
            if segments.ends_with(&["availabilityStatuses", "current"]) {
                types.push("current");
            }
            format!("{}/{}", segments[at + 1], types.join("/"))
        }
        None => "Microsoft.Resources/subscriptions".to_owned(),
    };
    if request.method == "POST" && kind.ends_with("/performMaintenance") {
        return vec![format!("{kind}/action").to_lowercase()];
    }
    let is_question = request.path.ends_with("/Microsoft.ResourceGraph/resources");
    assert!(request.method == "GET" || is_question, "{} {}", request.method, request.path);
    let mut kinds = vec![kind];
    if request
        .query
        .iter()
        .any(|(name, value)| name == "$expand" && value.eq_ignore_ascii_case("instanceView"))
    {
        kinds.push(format!("{}/instanceView", kinds[0]));
    }
    if is_question {
        let body: serde_json::Value = serde_json::from_str(&request.body).unwrap();
        kinds.extend(types_in(body["query"].as_str().unwrap()));
    }
    kinds.into_iter().map(|kind| format!("{kind}/read").to_lowercase()).collect()
}

/// The types that a question filters by: `type =~ 'a'`, `type in~ ('a', 'b')`.
fn types_in(question: &str) -> Vec<String> {
    let condition = question.split(" | ").find_map(|part| part.strip_prefix("where type ")).unwrap();
    condition.split('\'').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Starts of a machine, of an instance of a scale set, and of a machine from which no answer comes; to their ends.
async fn starts(tenant: &TestTenant) {
    let (path, answer) = ("vm-search-01/performMaintenance".to_owned(), FaultAnswer::LostAnswer);
    tenant.simulation.script().fail(Fault { path, graph_page: None, times: 1, answer });
    for name in ["vm-web-01", "vmss-checkout_1", "vm-search-01"] {
        let windows = tenant.windows().await.into_iter().map(|row| row.window);
        let window = windows.into_iter().find(|window| window.id.resource.display_name() == name).unwrap();
        let start_request = StartRequest {
            window: window.id,
            revision: window.revision,
            by: Actor::default(),
            origin: StartOrigin::CommandLine,
            begins: None,
            accepts: None,
        };
        let answer = start(&tenant.app, &start_request).await.unwrap();
        assert!(matches!(answer, StartResult::Begun(_)), "{name}: {answer:?}");
    }
    while !tenant.repository.open_starts().await.unwrap().rows.is_empty() {
        tenant.clock.advance(TimeDelta::minutes(1));
        tenant.follow().await;
    }
}

#[tokio::test]
async fn the_roles_are_exactly_what_the_program_calls() {
    let tenant = Setup::new(default_world()).begin().await;
    list_below_management_group(&tenant.app.arm, "contoso").await.unwrap();
    // A day of looks: every machine is swept once.
    for _ in 0..24 {
        tenant.look().await;
        tenant.host.invoke_timer("SweepMachines").await.unwrap();
        tenant.drain().await;
        tenant.clock.advance(TimeDelta::hours(1));
    }
    starts(&tenant).await;
    for subscription in tenant.repository.tenant().await.unwrap().0.known_subscriptions {
        confirm_events(&tenant.app, &subscription, tenant.now()).await.unwrap();
    }
    let requests = tenant.simulation.script().requests();
    let called: BTreeSet<String> =
        requests.iter().filter(|request| !request.path.starts_with("/msi/")).flat_map(asked_for).collect();
    // The one identity reads, the other starts; neither may do what the other does.
    let (acts, reads): (BTreeSet<String>, BTreeSet<String>) =
        called.into_iter().partition(|action| action.ends_with("/action"));
    for (role, called) in [("Planned maintenance reader", reads), ("Planned maintenance starter", acts)] {
        let granted: BTreeSet<String> =
            actions_of("start-scopes", role).into_iter().map(|action| action.to_lowercase()).collect();
        let covers = |granted: &String, called: &String| match granted.split_once('*') {
            Some((before, after)) => called.starts_with(before) && called.ends_with(after),
            None => granted == called,
        };
        let lacking: Vec<&String> =
            called.iter().filter(|one| !granted.iter().any(|it| covers(it, one))).collect();
        let idle: Vec<&String> =
            granted.iter().filter(|it| !called.iter().any(|one| covers(it, one))).collect();
        assert!(lacking.is_empty() && idle.is_empty(), "{role} lacks {lacking:?}, never uses {idle:?}");
    }
}
