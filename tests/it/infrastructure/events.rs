//! The optional tier that brings events: policies, what they may do, and what they deploy.

use serde_json::{Value, json};

use super::access::actions_of;
use super::functions;
use super::snapshot::{Resource, Snapshot};

const DEFINITION: &str = "Microsoft.Authorization/policyDefinitions";

fn rule(tier: &Snapshot, ends: &str) -> Vec<Value> {
    let all = tier.all(DEFINITION);
    let found =
        all.into_iter().filter(|one| one.properties()["displayName"].as_str().unwrap().contains(ends));
    found.map(|one| one.properties()["policyRule"].clone()).collect()
}

#[test]
fn policies_bring_what_is_missing_and_adopt_what_is_there() {
    let tier = Snapshot::of("tier-event-grid");
    let (topics, subscriptions) = (rule(&tier, "a system topic"), rule(&tier, "a subscription"));
    assert_eq!((topics.len(), subscriptions.len()), (2, 2));
    for topic in &topics {
        assert_eq!(topic["if"]["equals"], "Microsoft.Resources/subscriptions");
        assert_eq!(topic["then"]["details"]["existenceScope"], "subscription");
        // A topic under any name will do.
        assert_eq!(topic["then"]["details"].get("name"), None);
    }
    for subscription in &subscriptions {
        assert_eq!(subscription["if"]["allOf"][0]["equals"], "Microsoft.EventGrid/systemTopics");
    }
    let roles = tier.all("Microsoft.Authorization/roleDefinitions");
    let role =
        roles.into_iter().find(|one| one.properties()["roleName"].as_str().unwrap().contains("topics"));
    let role = role.unwrap().name();
    for policy in topics.iter().chain(&subscriptions) {
        assert_eq!(policy["then"]["effect"], "deployIfNotExists");
        let roles = &policy["then"]["details"]["roleDefinitionIds"];
        assert_eq!(*roles, json!([format!("/providers/Microsoft.Authorization/roleDefinitions/{role}")]));
    }
    // Policies see what is new; what was there before takes a remediation.
    let assignments = tier.all("Microsoft.Authorization/policyAssignments");
    assert_eq!(assignments.len(), 4);
    let remediations = tier.all("Microsoft.PolicyInsights/remediations");
    let remedied: Vec<&Value> =
        remediations.iter().map(|one| &one.properties()["policyAssignmentId"]).collect();
    assert_eq!(remedied, assignments.into_iter().map(Resource::id).collect::<Vec<&str>>());
    for remediation in remediations {
        assert_eq!(remediation.properties()["resourceDiscoveryMode"], "ExistingNonCompliant");
    }
}

#[test]
fn events_go_to_a_function_that_takes_them() {
    let bindings = functions();
    for assignment in subscribing(&Snapshot::of("tier-event-grid")) {
        let function = assignment["functionId"]["value"].as_str().unwrap().rsplit('/').next().unwrap();
        assert!(bindings[function].iter().any(|binding| binding["type"] == "eventGridTrigger"), "{function}");
        // `microsoft.resourcenotifications.healthresources` sends `Microsoft.ResourceNotifications.HealthResources.…`.
        let topic = assignment["topicType"]["value"].as_str().unwrap();
        for event in assignment["eventTypes"]["value"].as_array().unwrap() {
            assert!(event.as_str().unwrap().to_lowercase().starts_with(&format!("{topic}.")), "{event}");
        }
    }
    for policy in rule(&Snapshot::of("tier-event-grid"), "a subscription") {
        let subscription = &policy["then"]["details"]["deployment"]["properties"]["template"]["resources"][0];
        let destination = &subscription["properties"]["destination"];
        assert_eq!(destination["endpointType"], "AzureFunction");
        assert_eq!(destination["properties"]["resourceId"], "[parameters('functionId')]");
    }
}

/// The parameters of the assignments that subscribe the notifier to topics.
fn subscribing(tier: &Snapshot) -> Vec<Value> {
    let all = tier.all("Microsoft.Authorization/policyAssignments").into_iter();
    let parameters = all.map(|one| one.properties()["parameters"].clone());
    let found: Vec<Value> = parameters.filter(|one| one.get("functionId").is_some()).collect();
    assert_eq!(found.len(), 2, "{}", tier.case);
    found
}

#[test]
fn what_a_policy_does_stands_in_its_assignment_and_not_in_the_rule() {
    let (first, second) = (Snapshot::of("tier-event-grid"), Snapshot::of("second-tier-event-grid"));
    for tier in [&first, &second] {
        let rules: String =
            tier.all(DEFINITION).iter().map(|one| one.properties()["policyRule"].to_string()).collect();
        for assignment in subscribing(tier) {
            for value in ["functionId", "eventSubscriptionName", "topicType"] {
                let value = assignment[value]["value"].as_str().unwrap();
                assert!(!rules.contains(value), "{}: {value} stands in a rule", tier.case);
            }
        }
        // Whatever a template of a rule is handed, it declares, and the other way round.
        for policy in tier.all(DEFINITION) {
            let deployment =
                &policy.properties()["policyRule"]["then"]["details"]["deployment"]["properties"];
            let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
            assert_eq!(names(&deployment["parameters"]), names(&deployment["template"]["parameters"]));
        }
    }
    let names = |tier: &Snapshot| subscribing(tier)[0]["eventSubscriptionName"]["value"].clone();
    assert_ne!(names(&first), names(&second));
}

#[test]
fn every_parameter_that_a_rule_asks_for_is_given_by_its_assignment() {
    for case in ["tier-event-grid", "second-tier-event-grid"] {
        let tier = Snapshot::of(case);
        for assignment in tier.all("Microsoft.Authorization/policyAssignments") {
            let id = assignment.properties()["policyDefinitionId"].as_str().unwrap();
            let definition = tier.all(DEFINITION).into_iter().find(|one| one.id() == id).unwrap();
            let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
            let (takes, given) =
                (&definition.properties()["parameters"], &assignment.properties()["parameters"]);
            let mut names = [names(takes), names(given)];
            names.iter_mut().for_each(|names| names.sort());
            assert_eq!(names[0], names[1], "{case}: {id}");
        }
    }
}

#[test]
fn all_policies_act_as_one_identity_that_outlives_them() {
    let tier = Snapshot::of("tier-event-grid");
    let identity = tier.the("Microsoft.ManagedIdentity/userAssignedIdentities").id();
    for assignment in tier.all("Microsoft.Authorization/policyAssignments") {
        assert_eq!(
            assignment.0["identity"],
            json!({ "type": "UserAssigned", "userAssignedIdentities": { identity: {} } })
        );
    }
    insta::assert_snapshot!(actions_of("tier-event-grid", "Maintenance event topics").join("\n"), @"
    Microsoft.Resources/subscriptions/resourceGroups/read
    Microsoft.Resources/subscriptions/resourceGroups/write
    Microsoft.Resources/deployments/read
    Microsoft.Resources/deployments/write
    Microsoft.Resources/deployments/validate/action
    Microsoft.Resources/deployments/operations/read
    Microsoft.Resources/deployments/operationStatuses/read
    Microsoft.EventGrid/systemTopics/read
    Microsoft.EventGrid/systemTopics/write
    Microsoft.EventGrid/systemTopics/eventSubscriptions/read
    Microsoft.EventGrid/systemTopics/eventSubscriptions/write
    Microsoft.EventGrid/eventSubscriptions/read
    Microsoft.EventGrid/eventSubscriptions/write
    Microsoft.ResourceNotifications/systemTopics/subscribeToHealthResources/action
    Microsoft.ResourceNotifications/systemTopics/subscribeToMaintenanceResources/action
    ");
}

#[test]
fn events_that_cannot_be_delivered_are_kept_only_where_that_is_asked_for() {
    let letters = |case: &str| -> Vec<bool> {
        let rules = rule(&Snapshot::of(case), "a subscription");
        rules.iter().map(|rule| rule.to_string().contains("deadLetterWithResourceIdentity")).collect()
    };
    assert_eq!(letters("tier-event-grid"), [true, true]);
    assert_eq!(letters("second-tier-event-grid"), [false, false]);
    let containers = Snapshot::of("plain");
    containers.named("Microsoft.Storage/storageAccounts/blobServices/containers", "dead-letters");
}

#[test]
fn what_became_of_mails_is_told_where_the_code_comes_along() {
    let snapshot = Snapshot::of("package");
    let subscription = snapshot.the("Microsoft.EventGrid/systemTopics/eventSubscriptions");
    let properties = subscription.properties();
    assert_eq!(
        properties["filter"]["includedEventTypes"],
        json!(["Microsoft.Communication.EmailDeliveryReportReceived"])
    );
    let function = properties["destination"]["properties"]["resourceId"].as_str().unwrap();
    let name = function.rsplit('/').next().unwrap();
    assert!(functions()[name].iter().any(|binding| binding["type"] == "eventGridTrigger"), "{name}");
    // Azure asks whether the function is there.
    let without_code = Snapshot::of("mail-communication-services");
    assert!(without_code.all("Microsoft.EventGrid/systemTopics/eventSubscriptions").is_empty());
}

/// A group that is made again loses the tags that others gave it. Nothing finds anything by tags: names say whose it is.
#[test]
fn the_group_of_topics_is_made_only_where_it_is_the_notifiers_own() {
    let (own, there) = (Snapshot::of("tier-event-grid"), Snapshot::of("second-tier-event-grid"));
    for (tier, makes) in [(&own, true), (&there, false)] {
        let all = tier.all("Microsoft.Authorization/policyAssignments").into_iter();
        let values = all.map(|one| one.properties()["parameters"].clone());
        let values: Vec<Value> = values.filter(|one| one.get("topicName").is_some()).collect();
        assert_eq!(values.len(), 2);
        let assignment = tier.all("Microsoft.Authorization/policyAssignments")[0].name();
        let identity = assignment.split('-').nth(1).unwrap().to_owned();
        for value in &values {
            assert_eq!(value["makesResourceGroup"]["value"], makes);
            let group = value["resourceGroupName"]["value"].as_str().unwrap();
            assert_eq!(group.ends_with(&format!("-{identity}")), makes, "{group}");
            assert!(value["topicName"]["value"].as_str().unwrap().contains(&identity));
        }
        for topic in rule(tier, "a system topic") {
            let template = &topic["then"]["details"]["deployment"]["properties"]["template"];
            let group = &template["resources"][0];
            assert_eq!(group["type"], "Microsoft.Resources/resourceGroups");
            assert_eq!(group["condition"], "[parameters('makesResourceGroup')]");
        }
    }
}
