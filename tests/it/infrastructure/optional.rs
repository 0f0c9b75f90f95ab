//! Alerts on the notifier itself, and the optional tiers.

use maintenance_notifier::services::alarms;
use serde_json::{Value, json};

use super::bicep::{Template, templates};
use super::{functions, is_a_function};

#[test]
fn a_service_health_rule_asks_for_maintenance_and_nothing_more() {
    let mut rules = 0;
    for template in templates() {
        for rule in template.resources_of("Microsoft.Insights/activityLogAlerts") {
            rules += 1;
            let properties = &rule.body["properties"];
            assert_eq!(
                properties["condition"],
                json!({ "allOf": [
                    { "field": "category", "equals": "ServiceHealth" },
                    { "field": "properties.incidentType", "equals": "Maintenance" },
                ] })
            );
            assert_eq!(properties["scopes"], json!(["= subscription().id"]));
            assert_eq!(rule.body["location"], "Global");
        }
    }
    assert_eq!(rules, 1);
}

#[test]
fn the_webhook_calls_the_function_by_its_address() {
    let hook = Template::read("modules/service-health-hook.bicep");
    let name =
        hook.resources().into_iter().find(|one| one.symbol == "receiver").unwrap().body["name"].clone();
    assert!(is_a_function(name.as_str().unwrap()), "{name}");
    let address = hook.objects_with("serviceUri").remove(0)["serviceUri"].as_str().unwrap().to_owned();
    assert_eq!(address, "${base}/hooks/service-health?code=${receiver.listKeys().default}");
    if let Some(bindings) = functions().get(name.as_str().unwrap()) {
        let trigger = bindings.iter().find(|binding| binding["type"] == "httpTrigger").unwrap();
        assert_eq!(trigger["route"], "hooks/service-health");
        assert_eq!(trigger["authLevel"], "function");
    }
}

#[test]
fn events_go_to_a_function_that_takes_them() {
    let tier = Template::read("tiers/event-grid.bicep");
    let name = tier.variables()["functionName"].as_str().unwrap().to_owned();
    assert!(is_a_function(&name), "{name}");
    if let Some(bindings) = functions().get(&name) {
        assert!(bindings.iter().any(|binding| binding["type"] == "eventGridTrigger"), "{name}");
    }
    let kinds = tier.variables()["kinds"].clone();
    for kind in kinds.as_array().unwrap() {
        // `microsoft.resourcenotifications.healthresources` sends `Microsoft.ResourceNotifications.HealthResources.…`.
        let topic = kind["topicType"].as_str().unwrap();
        for event in kind["eventTypes"].as_array().unwrap() {
            assert!(event.as_str().unwrap().to_lowercase().starts_with(&format!("{topic}.")), "{event}");
        }
    }
    let subscription = Template::read("modules/event-subscription-policy.bicep");
    let destination = subscription.objects_with("endpointType").remove(0);
    assert_eq!(destination["endpointType"], "AzureFunction");
    assert_eq!(destination["properties"]["resourceId"], "= functionId");
}

#[test]
fn policies_bring_what_is_missing_and_adopt_what_is_there() {
    let policy = |file: &str| {
        let definition =
            Template::read(file).resources_of("Microsoft.Authorization/policyDefinitions").remove(0);
        definition.body["properties"]["policyRule"].clone()
    };
    let topic = policy("modules/event-topic-policy.bicep");
    assert_eq!(topic["if"]["equals"], "Microsoft.Resources/subscriptions");
    assert_eq!(topic["then"]["details"]["existenceScope"], "subscription");
    // A topic under any name will do.
    assert_eq!(topic["then"]["details"].get("name"), None);
    let subscription = policy("modules/event-subscription-policy.bicep");
    assert_eq!(subscription["if"]["allOf"][0]["equals"], "Microsoft.EventGrid/systemTopics");
    for policy in [topic, subscription] {
        assert_eq!(policy["then"]["effect"], "deployIfNotExists");
        assert_eq!(policy["then"]["details"]["roleDefinitionIds"], json!(["= roleDefinitionId"]));
    }
    // Policies see what is new; what was there before takes a remediation.
    for file in ["modules/event-topic-policy.bicep", "modules/event-subscription-policy.bicep"] {
        let template = Template::read(file);
        let remediation = template.resources_of("Microsoft.PolicyInsights/remediations").remove(0);
        assert_eq!(remediation.body["properties"]["resourceDiscoveryMode"], "ExistingNonCompliant");
        assert_eq!(remediation.body["properties"]["policyAssignmentId"], "= assignment.id");
    }
}

#[test]
fn the_notifiers_own_alerts_ask_for_what_it_logs() {
    let rules = Template::read("modules/alerts.bicep").variables()["rules"].clone();
    let rules: &Vec<Value> = rules.as_array().unwrap();
    let mut asked_for = Vec::new();
    let mut names = Vec::new();
    for rule in rules {
        let query = rule["query"].as_str().unwrap();
        for line in query.lines() {
            if let Some(phrase) = quoted_after(line, "message contains ") {
                asked_for.push(phrase);
            }
            if let Some(function) = quoted_after(line, "where name == ") {
                assert!(functions().contains_key(function), "there is no function {function}");
            }
        }
        names.push(rule["name"].as_str().unwrap());
    }
    assert_eq!(asked_for, alarms::ALL, "the alerts ask for exactly what the program logs for them");
    assert_eq!(
        names,
        [
            "collection-is-stale",
            "planning-stands-still",
            "messages-are-unsent",
            "messages-are-late",
            "operator-is-needed",
            "functions-fail"
        ]
    );
}

fn quoted_after<'a>(line: &'a str, before: &str) -> Option<&'a str> {
    line.split_once(before)?.1.strip_prefix('\'')?.split('\'').next()
}

#[test]
fn private_endpoints_cover_every_service_that_is_used() {
    let network = Template::read("tiers/private-network.bicep");
    let endpoints = network.variables()["endpoints"].clone();
    let names: Vec<&str> =
        endpoints.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["state-blob", "state-queue", "state-table", "records-blob", "vault"]);
    let virtual_network = network.resources_of("Microsoft.Network/virtualNetworks").remove(0);
    let delegation = &virtual_network.body["properties"]["subnets"][0]["properties"]["delegations"][0];
    assert_eq!(delegation["properties"]["serviceName"], "Microsoft.App/environments");
}
