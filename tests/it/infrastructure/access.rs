//! Who may do what: the roles, and where they hold.

use std::collections::BTreeSet;

use serde_json::Value;

use super::bicep::{Declared, Template, templates};
use super::project_file;

const ROLE: &str = "Microsoft.Authorization/roleDefinitions";
const ASSIGNMENT: &str = "Microsoft.Authorization/roleAssignments";

fn only(mut all: Vec<Declared>) -> Declared {
    assert_eq!(all.len(), 1);
    all.remove(0)
}

fn actions(role: &Declared) -> Vec<String> {
    let permissions = role.body["properties"]["permissions"].as_array().unwrap();
    let texts = permissions.iter().flat_map(|one| one["actions"].as_array().unwrap());
    texts.map(|action| action.as_str().unwrap().to_owned()).collect()
}

pub(super) fn actions_of(file: &str) -> Vec<String> {
    actions(&only(Template::read(file).resources_of(ROLE)))
}

#[test]
fn the_role_where_it_watches_reads_exactly_this() {
    insta::assert_snapshot!(actions_of("modules/watch.bicep").join("\n"), @"
    Microsoft.Resources/subscriptions/read
    Microsoft.Resources/subscriptions/resourceGroups/read
    Microsoft.Management/managementGroups/descendants/read
    Microsoft.ResourceGraph/resources/read
    Microsoft.Maintenance/updates/read
    Microsoft.ResourceHealth/events/read
    Microsoft.ResourceHealth/events/impactedResources/read
    Microsoft.Compute/virtualMachines/read
    Microsoft.Compute/virtualMachines/instanceView/read
    Microsoft.Compute/virtualMachineScaleSets/read
    Microsoft.Compute/virtualMachineScaleSets/virtualMachines/read
    Microsoft.Compute/virtualMachineScaleSets/virtualMachines/instanceView/read
    Microsoft.Compute/hostGroups/hosts/read
    Microsoft.DevTestLab/schedules/read
    Microsoft.Compute/locations/operations/read
    Microsoft.ResourceHealth/AvailabilityStatuses/current/read
    Microsoft.Insights/eventtypes/values/read
    ");
}

#[test]
fn who_has_a_role_is_read_only_when_that_is_asked_for() {
    insta::assert_snapshot!(actions_of("modules/watch-owners.bicep").join("\n"), @"Microsoft.Authorization/roleAssignments/read");
    let main = project_file("infra/main.bicep");
    assert!(main.contains("'modules/watch-owners.bicep' = if (readRoleAssignments)"));
    assert!(main.contains("param readRoleAssignments bool = false"));
}

#[test]
fn the_role_that_starts_can_do_nothing_else() {
    insta::assert_snapshot!(actions_of("modules/start-role.bicep").join("\n"), @"
    Microsoft.Compute/virtualMachines/performMaintenance/action
    Microsoft.Compute/virtualMachineScaleSets/performMaintenance/action
    ");
}

#[test]
fn no_role_reaches_further_than_it_says() {
    for template in templates() {
        for role in template.resources_of(ROLE) {
            let actions = actions(&role);
            assert!(actions.iter().all(|action| !action.contains('*')), "{}: {actions:?}", template.file);
            assert_eq!(role.body["properties"]["type"], "CustomRole", "{}", template.file);
            let permissions = &role.body["properties"]["permissions"][0];
            assert!(permissions.get("dataActions").is_none_or(|data| data == &serde_json::json!([])));
        }
    }
}

/// Owner, Contributor, Reader, User Access Administrator, Role Based Access Control Administrator.
const BROAD: [&str; 5] = [
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
    "b24988ac-6180-42a0-ab88-20f7382dd24c",
    "acdd72a7-3385-48ef-bd42-f606fba81ae7",
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
    "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
];

#[test]
fn no_broad_role_is_assigned_and_the_built_in_ones_are_these() {
    let mut built_in = BTreeSet::new();
    for template in templates() {
        for (name, value) in template.variables() {
            if value.as_str().is_some_and(is_guid) {
                built_in.insert(format!("{name} {} {}", value.as_str().unwrap(), template.file));
            }
        }
        let broad = template.strings().into_iter().find(|text| BROAD.iter().any(|role| text.contains(role)));
        assert_eq!(broad, None, "{}", template.file);
    }
    insta::assert_snapshot!(built_in.into_iter().collect::<Vec<_>>().join("\n"), @"
    blobDataContributor ba92f5b4-2d11-453d-a403-e96b0029c9fe modules/storage.bicep
    blobDataOwner b7e6dc6d-f1e8-4753-8033-0f276bb0955b modules/storage.bicep
    blobDataReader 2a2b9908-6ea1-4ae2-8e65-a410df84e7d1 modules/storage.bicep
    metricsPublisher 3913510d-42f4-4e42-8a64-420c390055eb modules/monitoring.bicep
    queueDataContributor 974c5e8b-45b9-4653-ba55-5f855dd0fb88 modules/storage.bicep
    secretsUser 4633458b-17de-408a-b874-0445c86b69e6 modules/vault.bicep
    tableDataContributor 0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3 modules/storage.bicep
    ");
}

fn is_guid(text: &str) -> bool {
    text.len() == 36 && text.split('-').map(str::len).eq([8, 4, 4, 4, 12])
}

/// Where a template is deployed to, which is where its unscoped assignments hold.
fn target_scope(template: &Template) -> &'static str {
    let source = project_file(&format!("infra/{}", template.file));
    ["managementGroup", "subscription"]
        .into_iter()
        .find(|scope| source.contains(&format!("targetScope = '{scope}'")))
        .unwrap_or("resourceGroup")
}

#[test]
fn one_assignment_at_the_management_group_is_all_it_takes_to_watch() {
    let main = Template::read("main.bicep");
    let mut reached = vec!["main.bicep".to_owned()];
    // `notifier.bicep` and everything below it is deployed to the subscription of the notifier.
    reached
        .extend(main.modules().into_iter().map(|module| module.what).filter(|file| file != "notifier.bicep"));
    let mut assignments = Vec::new();
    for file in reached {
        let template = Template::read(&file);
        for assignment in template.resources_of(ASSIGNMENT) {
            assignments.push(format!("{file} at {}: {}", target_scope(&template), assignment.symbol));
        }
    }
    insta::assert_snapshot!(assignments.join("\n"), @"
    modules/watch.bicep at managementGroup: assignment
    modules/watch-owners.bicep at managementGroup: assignment
    modules/start-in-subscription.bicep at subscription: assignment
    modules/start-in-resource-group.bicep at resourceGroup: assignment
    ");
    let watch = only(Template::read("modules/watch.bicep").resources_of(ASSIGNMENT));
    assert_eq!(watch.body.get("scope"), None);
    assert_eq!(watch.body["properties"]["principalId"], "= principalId");
}

#[test]
fn the_app_can_only_read_its_configuration() {
    let storage = Template::read("modules/storage.bicep");
    let of = |assignment: &Declared| {
        let role = assignment.body["properties"]["roleDefinitionId"].as_str().unwrap().to_owned();
        let role = role.rsplit(", ").next().unwrap().trim_end_matches(')').to_owned();
        format!("{} on {}", role, assignment.body["scope"].as_str().unwrap().trim_start_matches("= "))
    };
    let assignments: Vec<String> = storage.resources_of(ASSIGNMENT).iter().map(of).collect();
    insta::assert_snapshot!(assignments.join("\n"), @"
    role on state
    blobDataReader on configuration
    blobDataContributor on audit
    ");
    // The configuration and the audit trail's head are in the account on which the app has no role as a whole.
    let blobs = |symbol: &str| {
        let all = storage.resources();
        let container = all.iter().find(|one| one.symbol == symbol).unwrap();
        let service = container.body["parent"].as_str().unwrap().trim_start_matches("= ").to_owned();
        all.iter().find(|one| one.symbol == service).unwrap().body["parent"].clone()
    };
    assert_eq!(blobs("configuration"), "= records");
    assert_eq!(blobs("audit"), "= records");
    assert_eq!(blobs("deployment"), "= state");
}

#[test]
fn the_documentation_names_every_action() {
    let documentation = project_file("docs/DEPLOYING.md");
    for template in templates() {
        for role in template.resources_of(ROLE) {
            let missing: Vec<String> = actions(&role)
                .into_iter()
                .filter(|action| !documentation.contains(&format!("`{action}`")))
                .collect();
            assert!(missing.is_empty(), "docs/DEPLOYING.md does not name {missing:?} of {}", template.file);
        }
    }
}

#[test]
fn every_assignment_names_a_service_principal() {
    // Without the type, an assignment to an identity that was just created fails now and then.
    for template in templates() {
        for assignment in template.resources_of(ASSIGNMENT) {
            let kind: &Value = &assignment.body["properties"]["principalType"];
            assert_eq!(kind, "ServicePrincipal", "{}: {}", template.file, assignment.symbol);
        }
    }
}
