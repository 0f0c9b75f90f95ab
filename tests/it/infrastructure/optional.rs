//! Alerts on the notifier itself, and the optional tiers.

use serde_json::json;

use super::snapshot::Snapshot;
use super::{functions, is_a_function, project_file};
use maintenance_notifier::services::alarms;

#[test]
fn a_service_health_rule_asks_for_maintenance_and_nothing_more() {
    let tier = Snapshot::of("tier-service-health");
    let rules = tier.all("Microsoft.Insights/activityLogAlerts");
    // One in each subscription, because a rule covers only the one it lives in.
    assert_eq!(rules.len(), 2);
    for rule in rules {
        let properties = rule.properties();
        assert_eq!(
            properties["condition"],
            json!({ "allOf": [
                { "field": "category", "equals": "ServiceHealth" },
                { "field": "properties.incidentType", "equals": "Maintenance" },
            ] })
        );
        let subscription = rule.id().split("/resourceGroups/").next().unwrap();
        assert_eq!(properties["scopes"], json!([subscription]));
        assert_eq!(rule.0["location"], "Global");
    }
}

#[test]
fn a_policy_of_azure_brings_the_rule_in_place_of_named_subscriptions() {
    let (named, snapshot) = (Snapshot::of("tier-service-health"), Snapshot::of("tier-service-health-policy"));
    const RULE: &str = "Microsoft.Insights/activityLogAlerts";
    const ASSIGNMENT: &str = "Microsoft.Authorization/policyAssignments";
    assert_eq!((named.all(RULE).len(), named.all(ASSIGNMENT).len()), (2, 0));
    assert_eq!((snapshot.all(RULE).len(), snapshot.all(ASSIGNMENT).len()), (0, 1));
    let assignment = snapshot.all(ASSIGNMENT)[0];
    let definition = assignment.properties()["policyDefinitionId"].as_str().unwrap();
    assert!(definition.ends_with("/98903777-a9f6-47f5-90a9-acaf62ab01a8"), "{definition}");
    let values = &assignment.properties()["parameters"];
    assert_eq!(values["eventTypes"]["value"], json!(["Planned Maintenance"]));
    assert_eq!(values["createNewActionGroup"]["value"], "false");
    let group = snapshot.all("Microsoft.Insights/actionGroups")[0].id();
    assert_eq!(values["actionGroups"]["value"], json!([group]));
    // The same rule in the same place as where subscriptions are named, so that one may follow the other.
    let rule = named.all(RULE)[0];
    assert_eq!(values["alertRuleName"]["value"], rule.name());
    let place = values["resourceGroupName"]["value"].as_str().unwrap();
    assert!(rule.id().contains(&format!("/resourceGroups/{place}/")), "{}", rule.id());
}

#[test]
fn the_webhook_calls_the_function_by_its_address() {
    let tier = Snapshot::of("tier-service-health");
    let group = tier.the("Microsoft.Insights/actionGroups");
    let address = group.properties()["webhookReceivers"][0]["serviceUri"].as_str().unwrap();
    assert!(address.starts_with("[format('{0}/hooks/service-health?code={1}', "), "{address}");
    let name = address.split_once("'Microsoft.Web/sites/functions', '").map(|(_, rest)| rest);
    let name = name.or_else(|| Some(address.split_once("/functions/")?.1)).unwrap();
    let name = name.split('\'').find(|part| is_a_function(part)).unwrap_or_else(|| panic!("{address}"));
    let trigger = functions()[name].iter().find(|binding| binding["type"] == "httpTrigger").unwrap().clone();
    assert_eq!(trigger["route"], "hooks/service-health");
    assert_eq!(trigger["authLevel"], "function");
}

#[test]
fn the_notifiers_own_alerts_ask_for_what_it_logs() {
    let plain = Snapshot::of("plain");
    let rules = plain.all("Microsoft.Insights/scheduledQueryRules");
    let mut asked_for = Vec::new();
    let mut names = Vec::new();
    for rule in rules {
        let query = rule.properties()["criteria"]["allOf"][0]["query"].as_str().unwrap();
        for line in query.lines() {
            if let Some(phrase) = quoted_after(line, "message contains ") {
                asked_for.push(phrase.to_owned());
            }
            if let Some(function) = quoted_after(line, "where name == ") {
                assert!(functions().contains_key(function), "there is no function {function}");
            }
        }
        names.push(rule.name().strip_prefix("maint-notifier-").unwrap());
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
fn who_else_hears_of_failures_is_one_parameter_and_the_documentation_counts_the_alerts() {
    let rules = Snapshot::of("package");
    let rules = rules.all("Microsoft.Insights/scheduledQueryRules");
    for rule in &rules {
        let groups = rule.properties()["actions"]["actionGroups"].as_array().unwrap();
        assert_eq!(groups.len(), 2);
        assert!(groups[1].as_str().unwrap().ends_with("/actionGroups/ag-platform"), "{groups:?}");
    }
    let documentation = project_file("docs/DEPLOYING.md");
    assert_eq!(rules.len(), 6);
    assert!(documentation.contains("six alerts on the notifier's own failures"));
    assert!(documentation.contains("| 6 rules, looked at every 15 minutes |"));
}

/// A line a planning round: whether the schedule is a minute or two, and whenever the rule looks.
#[test]
fn the_alert_about_late_messages_counts_quarters_of_an_hour_and_not_rounds() {
    let plain = Snapshot::of("plain");
    let rule = plain.named("Microsoft.Insights/scheduledQueryRules", "maint-notifier-messages-are-late");
    let query = rule.properties()["criteria"]["allOf"][0]["query"].as_str().unwrap();
    let number = |after: &str| -> i64 {
        let digits = query.split_once(after).unwrap().1;
        digits.split(|letter: char| !letter.is_ascii_digit()).next().unwrap().parse().unwrap()
    };
    let (bin, quarters, lasts) =
        (number("bin(timestamp, "), number("quarters >= "), number("newest - since >= "));
    let fires = |minutes: &[i64]| {
        let bins: std::collections::BTreeSet<i64> = minutes.iter().map(|minute| minute / bin).collect();
        bins.len() as i64 >= quarters && minutes.last().unwrap() - minutes[0] >= lasts
    };
    for every in [1, 2, 5, 15] {
        for begins in 0..15 {
            let hour: Vec<i64> = (begins..begins + 60).filter(|minute| minute % every == 0).collect();
            assert!(fires(&hour), "every {every} minutes, from {begins}");
            let short: Vec<i64> = hour.iter().copied().filter(|minute| *minute < begins + 31).collect();
            assert!(!fires(&short), "every {every} minutes, from {begins}, for half an hour");
        }
    }
}

#[test]
fn a_domain_of_ones_own_sends_as_the_name_that_is_there() {
    let senders = |case: &str| {
        Snapshot::of(case).all("Microsoft.Communication/emailServices/domains/senderUsernames").len()
    };
    assert_eq!((senders("mail-communication-services"), senders("mail-own-domain")), (0, 1));
    let from = |case: &str| Snapshot::of(case).settings()["NOTIFIER_MAIL_FROM"].clone();
    assert_eq!(from("mail-own-domain"), "Maintenance <maintenance@notify.contoso.com>");
    let managed = from("mail-communication-services");
    assert!(managed.contains("'DoNotReply'") && managed.contains("mailFromSenderDomain"), "{managed}");
}
