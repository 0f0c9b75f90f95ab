//! What two notifiers in one tenant would take away from each other, and names that Azure would refuse.

use std::collections::BTreeSet;

use super::snapshot::{Resource, Snapshot, snapshots};

fn ids(cases: &[&str]) -> BTreeSet<String> {
    let all = cases.iter().flat_map(|case| Snapshot::of(case).resources);
    all.map(|one| one.id().to_lowercase()).collect()
}

#[test]
fn two_notifiers_in_one_tenant_have_nothing_in_common() {
    let first = ids(&["plain", "start-scopes", "package", "tier-event-grid", "tier-service-health"]);
    // The same name in another subscription, and another name in the same one.
    let second = ids(&["second", "second-tier-event-grid", "second-tier-service-health"]);
    let third = ids(&["name-longest", "name-longest-event-grid"]);
    for other in [second, third] {
        assert!(other.len() > 10);
        assert_eq!(first.intersection(&other).collect::<Vec<_>>(), Vec::<&String>::new());
    }
    // What policies make later stands in the values of their assignments.
    let brought = |case: &str| -> BTreeSet<String> {
        let snapshot = Snapshot::of(case);
        let all = snapshot.all("Microsoft.Authorization/policyAssignments").into_iter();
        let values = all.flat_map(|one| one.properties()["parameters"].as_object().unwrap().clone());
        // Kinds of topics and of events are Azure's words.
        let shared = ["topicType", "eventTypes", "tags", "identityId", "makesResourceGroup"];
        let ours = values.filter(|(name, _)| !shared.contains(&name.as_str()));
        ours.map(|(_, value)| value["value"].to_string()).collect()
    };
    for other in ["second-tier-event-grid", "name-longest-event-grid"] {
        let both = brought("tier-event-grid").intersection(&brought(other)).cloned().collect::<Vec<_>>();
        // The case of the longest name has the function of the first one.
        assert!(both.iter().all(|value| value.contains("ReceiveMaintenanceEvent")), "{other}: {both:?}");
        assert!(brought(other).len() > 5);
    }
    // Beside ids, names of roles are known in the whole tenant.
    let roles = |case: &str| -> BTreeSet<String> {
        let snapshot = Snapshot::of(case);
        let all = snapshot.all("Microsoft.Authorization/roleDefinitions");
        all.iter().map(|role| role.properties()["roleName"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(roles("start-scopes").intersection(&roles("second")).count(), 0);
    assert_eq!(roles("tier-event-grid").intersection(&roles("second-tier-event-grid")).count(), 0);
}

#[test]
fn an_upgrade_finds_everything_that_keeps_something_where_it_was() {
    // Names of the first version, for the parameters of this case: tables, queues, configuration, secrets and logs.
    let plain = Snapshot::of("plain");
    for (kind, name) in [
        ("Microsoft.Storage/storageAccounts", "maintnotifst6zj6vxmau"),
        ("Microsoft.Storage/storageAccounts", "maintnotifrec6zj6vxmau"),
        ("Microsoft.KeyVault/vaults", "maintnotif-6zj6vxmau-kv"),
        ("Microsoft.KeyVault/vaults/secrets", "notifier-link-keys"),
        ("Microsoft.Web/sites", "maint-notifier-6zj6vxmau"),
        ("Microsoft.ManagedIdentity/userAssignedIdentities", "id-maint-notifier-reader"),
        ("Microsoft.OperationalInsights/workspaces", "log-maint-notifier"),
        ("Microsoft.Insights/components", "appi-maint-notifier"),
    ] {
        plain.named(kind, name);
    }
    let settings = plain.settings();
    assert_eq!(settings["NOTIFIER_STORE"], "tables:notifier");
    assert!(settings["NOTIFIER_CONFIG"].contains("'configuration'"), "{}", settings["NOTIFIER_CONFIG"]);
    assert!(settings["NOTIFIER_LINK_KEYS"].contains("secrets/notifier-link-keys/"));
}

/// What Azure takes, of those names that have narrow limits: the type, the least and the most letters, and what else.
const LIMITS: &[(&str, usize, usize, &str)] = &[
    ("Microsoft.Authorization/policyAssignments", 1, 24, "-"),
    ("Microsoft.Authorization/policyDefinitions", 1, 64, "-"),
    ("Microsoft.Communication/communicationServices", 1, 63, "-"),
    ("Microsoft.EventGrid/systemTopics", 3, 50, "-"),
    ("Microsoft.KeyVault/vaults", 3, 24, "-"),
    ("Microsoft.Resources/resourceGroups", 1, 90, "-"),
    ("Microsoft.Storage/storageAccounts", 3, 24, ""),
    ("Microsoft.Web/sites", 2, 60, "-"),
];

#[test]
fn no_name_is_too_long_or_too_short_for_azure() {
    let mut seen = 0;
    for snapshot in snapshots() {
        for (kind, least, most, beside) in LIMITS {
            for name in snapshot.all(kind).into_iter().map(Resource::name) {
                let allowed = |letter: char| letter.is_ascii_alphanumeric() || beside.contains(letter);
                assert!(
                    (*least..=*most).contains(&name.len()) && name.chars().all(allowed),
                    "{}: {kind} {name}",
                    snapshot.case
                );
                seen += 1;
            }
        }
        for group in snapshot.all("Microsoft.Insights/actionGroups") {
            assert!(group.properties()["groupShortName"].as_str().unwrap().len() <= 12, "{}", snapshot.case);
        }
    }
    assert!(seen > 80, "{seen}");
}

#[test]
fn a_role_assignment_is_named_by_whom_it_is_for() {
    // An identity that is made anew is somebody else, and Azure refuses to give an assignment to another one.
    let mut seen = 0;
    for snapshot in snapshots() {
        for assignment in snapshot.all("Microsoft.Authorization/roleAssignments") {
            let principal = assignment.properties()["principalId"].as_str().unwrap();
            // Only what Azure alone can know stands there as an expression; the name of another one is a GUID already.
            if let Some(expression) = principal.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
                assert!(assignment.id().contains(expression), "{}: {}", snapshot.case, assignment.id());
                seen += 1;
            }
        }
    }
    assert!(seen > 50, "{seen}");
    // Two groups of operators, in the same deployment otherwise: other names.
    let operators = |case: &str| -> BTreeSet<String> {
        let snapshot = Snapshot::of(case);
        let all = snapshot.all("Microsoft.Authorization/roleAssignments").into_iter();
        let of_people = all.filter(|one| one.properties()["principalType"] != "ServicePrincipal");
        of_people.map(|one| one.id().to_owned()).collect()
    };
    assert_eq!((operators("plain").len(), operators("package").len()), (3, 3));
    assert_eq!(operators("plain").intersection(&operators("package")).count(), 0);
}
