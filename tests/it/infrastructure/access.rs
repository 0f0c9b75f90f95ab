//! Who may do what: the roles, and where they hold.

use std::collections::{BTreeMap, BTreeSet};

use super::project_file;
use super::snapshot::{Resource, Snapshot, snapshots};

const ROLE: &str = "Microsoft.Authorization/roleDefinitions";
const ASSIGNMENT: &str = "Microsoft.Authorization/roleAssignments";

fn actions(role: &Resource) -> Vec<String> {
    let permissions = role.properties()["permissions"].as_array().unwrap();
    let texts = permissions.iter().flat_map(|one| one["actions"].as_array().unwrap());
    texts.map(|action| action.as_str().unwrap().to_owned()).collect()
}

/// What the role may do whose name begins like this.
pub(super) fn actions_of(case: &str, role_name: &str) -> Vec<String> {
    let snapshot = Snapshot::of(case);
    let roles = snapshot.all(ROLE);
    let is_it = |role: &&&Resource| role.properties()["roleName"].as_str().unwrap().starts_with(role_name);
    actions(roles.iter().find(is_it).unwrap_or_else(|| panic!("{case}: no role is called {role_name}")))
}

#[test]
fn the_role_where_it_watches_reads_exactly_this() {
    insta::assert_snapshot!(actions_of("plain", "Planned maintenance reader").join("\n"), @"
    Microsoft.Resources/subscriptions/read
    Microsoft.Resources/subscriptions/resourceGroups/read
    Microsoft.ResourceGraph/resources/read
    Microsoft.Maintenance/*/read
    Microsoft.ResourceHealth/*/read
    Microsoft.Compute/virtualMachines/read
    Microsoft.Compute/virtualMachines/instanceView/read
    Microsoft.Compute/virtualMachineScaleSets/read
    Microsoft.Compute/virtualMachineScaleSets/virtualMachines/read
    Microsoft.Compute/virtualMachineScaleSets/virtualMachines/instanceView/read
    Microsoft.Compute/hostGroups/hosts/read
    Microsoft.DevTestLab/schedules/read
    Microsoft.Compute/locations/operations/read
    Microsoft.Insights/eventtypes/values/read
    Microsoft.Management/managementGroups/descendants/read
    ");
    // Where one subscription is watched, nothing is asked of a management group.
    let mut above = actions_of("plain", "Planned maintenance reader");
    assert_eq!(above.pop().unwrap(), "Microsoft.Management/managementGroups/descendants/read");
    assert_eq!(actions_of("trial", "Planned maintenance reader"), above);
}

#[test]
fn who_has_a_role_is_read_only_when_that_is_asked_for() {
    insta::assert_snapshot!(actions_of("start-scopes", "Role assignment reader").join("\n"), @"Microsoft.Authorization/roleAssignments/read");
    let plain = Snapshot::of("plain");
    assert!(
        plain.all(ROLE).iter().all(|role| {
            !actions(role).contains(&"Microsoft.Authorization/roleAssignments/read".to_owned())
        })
    );
}

#[test]
fn the_role_that_starts_can_do_nothing_else() {
    insta::assert_snapshot!(actions_of("start-scopes", "Planned maintenance starter").join("\n"), @"
    Microsoft.Compute/virtualMachines/performMaintenance/action
    Microsoft.Compute/virtualMachineScaleSets/performMaintenance/action
    ");
}

/// What may be read of a whole service: the types that confirm events have no published actions, and Azure refuses a role
/// that names an action which it does not list.
pub(super) const WHOLE_SERVICES: [&str; 2] =
    ["Microsoft.Maintenance/*/read", "Microsoft.ResourceHealth/*/read"];

#[test]
fn no_role_reaches_further_than_it_says() {
    for snapshot in snapshots() {
        for role in snapshot.all(ROLE) {
            let actions = actions(role);
            let is_said =
                |action: &String| !action.contains('*') || WHOLE_SERVICES.contains(&action.as_str());
            assert!(actions.iter().all(is_said), "{}: {actions:?}", snapshot.case);
            assert_eq!(role.properties()["type"], "CustomRole", "{}", snapshot.case);
            let permissions = &role.properties()["permissions"][0];
            assert!(permissions.get("dataActions").is_none_or(|data| data == &serde_json::json!([])));
        }
    }
}

/// The GUID of the role that is assigned.
fn role_of(assignment: &Resource) -> String {
    let role = assignment.properties()["roleDefinitionId"].as_str().unwrap();
    role.rsplit('/').next().unwrap().trim_matches(['[', ']', '\'', ')']).to_owned()
}

#[test]
fn no_broad_role_is_assigned_and_the_built_in_ones_are_these() {
    let mut built_in = BTreeSet::new();
    for snapshot in snapshots() {
        let own: BTreeSet<&str> = snapshot.all(ROLE).into_iter().map(Resource::name).collect();
        let assigned =
            snapshot.all(ASSIGNMENT).into_iter().filter(|one| !is_reader_of_people(one)).map(role_of);
        built_in.extend(assigned.filter(|role| !own.contains(role.as_str())));
    }
    let names: BTreeMap<&str, &str> = BTreeMap::from([
        ("2a2b9908-6ea1-4ae2-8e65-a410df84e7d1", "Storage Blob Data Reader"),
        ("3913510d-42f4-4e42-8a64-420c390055eb", "Monitoring Metrics Publisher"),
        ("4633458b-17de-408a-b874-0445c86b69e6", "Key Vault Secrets User"),
        ("974c5e8b-45b9-4653-ba55-5f855dd0fb88", "Storage Queue Data Contributor"),
        ("0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3", "Storage Table Data Contributor"),
        ("b7e6dc6d-f1e8-4753-8033-0f276bb0955b", "Storage Blob Data Owner"),
        ("ba92f5b4-2d11-453d-a403-e96b0029c9fe", "Storage Blob Data Contributor"),
        ("76199698-9eea-4c19-bc75-cec21354c6b6", "Storage Table Data Reader"),
        ("47be4a87-7950-4631-9daf-b664a405f074", "Monitoring Policy Contributor"),
    ]);
    let found: BTreeSet<&str> = built_in.iter().map(String::as_str).collect();
    assert_eq!(found, names.into_keys().collect());
}

/// Whether a group of people may read everything in the notifier's own resource group. The app may nowhere.
fn is_reader_of_people(assignment: &Resource) -> bool {
    let reads = role_of(assignment) == "acdd72a7-3385-48ef-bd42-f606fba81ae7";
    assert!(
        !reads || is_for_people(assignment) && place(assignment) == "rg-maint-notifier",
        "{}",
        assignment.id()
    );
    reads
}

#[test]
fn people_on_call_read_everything_of_the_notifier_and_have_messages_sent_again() {
    let snapshot = Snapshot::of("two-networks");
    let theirs = snapshot.all(ASSIGNMENT).into_iter();
    let theirs =
        theirs.filter(|one| one.properties()["principalId"] == "00000000-0000-0000-0000-0000000000e2");
    let rights: Vec<String> = theirs.map(|one| format!("{} in {}", role_of(one), place(one))).collect();
    insta::assert_snapshot!(rights.join("\n"), @"
    acdd72a7-3385-48ef-bd42-f606fba81ae7 in rg-maint-notifier
    0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3 in maintnotifst6zj6vxmau
    974c5e8b-45b9-4653-ba55-5f855dd0fb88 in maintnotifst6zj6vxmau
    ");
}

/// Where an assignment holds: the part of its id in front of it, without the names that change from case to case.
fn place(assignment: &Resource) -> String {
    let id = assignment.id();
    // An id with a name that only Azure can make is an expression: its first text is where it holds.
    let place = match id.strip_prefix('[') {
        Some(expression) => expression.split('\'').nth(1).unwrap(),
        None => id.split("/providers/Microsoft.Authorization/roleAssignments").next().unwrap(),
    };
    place.rsplit('/').next().unwrap().to_owned()
}

#[test]
fn one_assignment_is_all_it_takes_to_watch() {
    for (case, watched) in [("plain", "contoso"), ("trial", "00000000-0000-0000-0000-000000000001")] {
        let snapshot = Snapshot::of(case);
        let all = snapshot.all(ASSIGNMENT).into_iter();
        let outside = all
            .filter(|one| !one.id().contains("/resourceGroups/rg-maint-notifier/providers/Microsoft.S"))
            .filter(|one| {
                !one.id().contains("/resourceGroups/rg-maint-notifier/providers/Microsoft.KeyVault")
            })
            .filter(|one| {
                !one.id().contains("/resourceGroups/rg-maint-notifier/providers/Microsoft.Insights")
            });
        let places: Vec<String> = outside.map(place).collect();
        assert_eq!(places, [watched], "{case}");
    }
}

/// Whether people may do this, and not the app.
fn is_for_people(assignment: &Resource) -> bool {
    assignment.properties()["principalType"] != "ServicePrincipal"
}

#[test]
fn operators_look_at_what_is_known_and_change_the_configuration() {
    let snapshot = Snapshot::of("package");
    let all = snapshot.all(ASSIGNMENT).into_iter().filter(|one| is_for_people(one));
    let rights: Vec<String> = all
        .map(|one| {
            assert_eq!(one.properties()["principalId"], "00000000-0000-0000-0000-0000000000e1");
            assert_eq!(one.properties()["principalType"], "Group");
            format!("{} in {}", role_of(one), place(one))
        })
        .collect();
    insta::assert_snapshot!(rights.join("\n"), @"
    76199698-9eea-4c19-bc75-cec21354c6b6 in maintnotifst6zj6vxmau
    ba92f5b4-2d11-453d-a403-e96b0029c9fe in configuration
    2a2b9908-6ea1-4ae2-8e65-a410df84e7d1 in audit-head
    ");
    // Where no group is named it is whoever deploys, a person or a pipeline.
    let plain = Snapshot::of("plain");
    for right in plain.all(ASSIGNMENT).into_iter().filter(|one| is_for_people(one)) {
        assert_eq!(right.properties()["principalId"], "[deployer().objectId]");
    }
}

#[test]
fn the_app_can_only_read_its_configuration() {
    let plain = Snapshot::of("plain");
    let assignments: Vec<&Resource> =
        plain.all(ASSIGNMENT).into_iter().filter(|one| !is_for_people(one)).collect();
    let of = |one: &&Resource| {
        let known = [
            ("2a2b9908-6ea1-4ae2-8e65-a410df84e7d1", "reads blobs"),
            ("ba92f5b4-2d11-453d-a403-e96b0029c9fe", "writes blobs"),
            ("b7e6dc6d-f1e8-4753-8033-0f276bb0955b", "owns blobs"),
            ("974c5e8b-45b9-4653-ba55-5f855dd0fb88", "uses queues"),
            ("0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3", "uses tables"),
        ];
        let role = role_of(one);
        let (_, does) = known.iter().find(|(guid, _)| *guid == role)?;
        Some(format!("{does} in {}", place(one)))
    };
    let rights: Vec<String> = assignments.iter().filter_map(of).collect();
    insta::assert_snapshot!(rights.join("\n"), @"
    owns blobs in maintnotifst6zj6vxmau
    uses queues in maintnotifst6zj6vxmau
    uses tables in maintnotifst6zj6vxmau
    reads blobs in configuration
    writes blobs in audit-head
    ");
    // The configuration and the audit trail's head are in the account on which the app has no role as a whole.
    let containers = plain.all("Microsoft.Storage/storageAccounts/blobServices/containers");
    let names: Vec<&str> = containers.iter().map(|one| one.0["name"].as_str().unwrap()).collect();
    insta::assert_snapshot!(names.join("\n"), @"
    maintnotifst6zj6vxmau/default/deployment
    maintnotifst6zj6vxmau/default/dead-letters
    maintnotifrec6zj6vxmau/default/configuration
    maintnotifrec6zj6vxmau/default/audit-head
    ");
}

#[test]
fn the_documentation_names_every_action() {
    let documentation = project_file("docs/DEPLOYING.md");
    for snapshot in snapshots() {
        for role in snapshot.all(ROLE) {
            let missing: Vec<String> = actions(role)
                .into_iter()
                .filter(|action| !documentation.contains(&format!("`{action}`")))
                .collect();
            assert!(missing.is_empty(), "docs/DEPLOYING.md does not name {missing:?} of {}", snapshot.case);
        }
    }
}

#[test]
fn every_assignment_names_the_kind_of_its_principal() {
    // Without it, an assignment to an identity that was just created fails now and then.
    for snapshot in snapshots() {
        for assignment in snapshot.all(ASSIGNMENT) {
            let kind = assignment.properties()["principalType"].as_str().unwrap();
            // Only Azure knows whether whoever deploys is a person or a pipeline.
            let deploys = assignment.properties()["principalId"] == "[deployer().objectId]";
            assert!(deploys || ["ServicePrincipal", "Group"].contains(&kind), "{}: {kind}", snapshot.case);
        }
    }
}
