//! What the program asks of Azure, call by call, held against the role that it gets where it watches.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use maintenance_notifier::azure::subscriptions::list_below_management_group;
use maintenance_notifier::demo::RecordedRequest;

use super::access::actions_of;
use crate::whole::tenant::{Setup, default_world};

/// Actions that the role has for calls which this version does not make yet.
const NOT_CALLED_YET: [&str; 1] = ["Microsoft.Compute/locations/operations/read"];

/// The permissions that Azure asks for a call: the types in its path, and for Resource Graph also those in the question,
/// because it shows only what the caller may read.
fn asked_for(request: &RecordedRequest) -> Vec<String> {
    let segments: Vec<&str> = request.path.split('/').filter(|segment| !segment.is_empty()).collect();
    let provider = segments.iter().position(|segment| *segment == "providers");
    let kind = match provider {
        // Behind the provider, types and names take turns.
        Some(at) => {
            let types: Vec<&str> = segments[at + 2..].iter().step_by(2).copied().collect();
            format!("{}/{}", segments[at + 1], types.join("/"))
        }
        None => "Microsoft.Resources/subscriptions".to_owned(),
    };
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

#[tokio::test]
async fn the_role_where_it_watches_is_exactly_what_the_program_calls() {
    let tenant = Setup::new(default_world()).begin().await;
    list_below_management_group(&tenant.app.arm, "contoso").await.unwrap();
    // A day of looks: every machine is swept once.
    for _ in 0..24 {
        tenant.look().await;
        tenant.host.invoke_timer("SweepMachines").await.unwrap();
        tenant.drain().await;
        tenant.clock.advance(TimeDelta::hours(1));
    }
    let requests = tenant.simulation.script().requests();
    let called: BTreeSet<String> =
        requests.iter().filter(|request| !request.path.starts_with("/msi/")).flat_map(asked_for).collect();
    let granted: BTreeSet<String> = actions_of("modules/watch.bicep")
        .into_iter()
        .filter(|action| !NOT_CALLED_YET.contains(&action.as_str()))
        .map(|action| action.to_lowercase())
        .collect();
    let lacking: Vec<&String> = called.difference(&granted).collect();
    let idle: Vec<&String> = granted.difference(&called).collect();
    assert!(lacking.is_empty() && idle.is_empty(), "lacks {lacking:?}, never uses {idle:?}");
}
