//! What the documents promise about a deployment: how few commands it takes, and that all of it can be taken away.

use std::collections::BTreeMap;

use super::project_file;
use super::snapshot::{Resource, Snapshot, snapshots};

/// What stands under a heading, up to the next one of its kind.
pub(super) fn section(heading: &str) -> String {
    let text = project_file("docs/DEPLOYING.md");
    let (_, rest) = text.split_once(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("no {heading}"));
    let level = heading.split(' ').next().unwrap();
    let ends: Vec<String> = (2..=level.len()).map(|count| format!("\n{} ", "#".repeat(count))).collect();
    let end = ends.iter().filter_map(|end| rest.find(end.as_str())).min();
    rest[..end.unwrap_or(rest.len())].to_owned()
}

#[test]
fn the_parameters_that_are_shown_are_all_that_have_to_be_given() {
    let text = section("## The ten minutes");
    // Those of the case that deploys so.
    for parameter in ["subscriptionId", "location", "operators", "mail", "packageUri"] {
        assert!(text.contains(&format!("\nparam {parameter} = ")), "{parameter}");
    }
    let main = project_file("infra/main.bicep");
    let without_default: Vec<&str> =
        main.lines().filter(|line| line.starts_with("param ") && !line.contains(" = ")).collect();
    assert_eq!(without_default.len(), 4, "{without_default:?}");
}

/// It is read within the ten minutes, and the whole within the hour.
#[test]
fn the_documents_are_as_short_as_they_promise() {
    let words = |text: &str| text.split_whitespace().count();
    let (first, whole) = (section("## The ten minutes"), project_file("docs/DEPLOYING.md"));
    let first = first.split("\n### ").next().unwrap();
    assert!(words(first) < 600 && words(&whole) < 5_500, "{} {}", words(first), words(&whole));
}

#[test]
fn the_changes_begin_with_this_version_and_the_documents_name_its_package() {
    let version = env!("CARGO_PKG_VERSION");
    let changes = project_file("CHANGELOG.md");
    let first = changes.lines().find_map(|line| line.strip_prefix("## ")).unwrap();
    assert_eq!(first, version);
    for file in ["docs/DEPLOYING.md", "docs/TERRAFORM.md", "infra/main.bicepparam"] {
        let package = format!("/releases/download/v{version}/maintenance-notifier.zip");
        assert!(project_file(file).contains(&package), "{file}");
    }
}

#[test]
fn pipelines_deploy_with_the_command_of_the_documents_and_hold_no_secret() {
    for file in [".github/workflows/deploy.yml", ".azuredevops/deploy.yml"] {
        let text = project_file(file);
        let looks = text.find("az deployment mg what-if ").unwrap();
        let deploys = text.find("az deployment mg create ").unwrap();
        assert!(looks < deploys, "{file}");
        assert!(text.contains("environment: production"), "{file} waits for nobody");
        assert!(!text.contains("secrets."), "{file}");
    }
}

#[test]
fn what_stands_outside_the_resource_group_is_removed_by_a_command_for_its_kind() {
    let removing = project_file("infra/remove.sh");
    let by_kind: BTreeMap<&str, &str> = BTreeMap::from([
        ("Microsoft.Authorization/policyAssignments", "az policy assignment delete"),
        ("Microsoft.Authorization/policyDefinitions", "az policy definition delete"),
        ("Microsoft.Authorization/roleAssignments", "az role assignment delete"),
        ("Microsoft.Authorization/roleDefinitions", "az role definition delete"),
        (
            "Microsoft.Insights/activityLogAlerts",
            "\"rg-$NAME-events-$IDENTITY\" \"rg-$NAME-alerts-$IDENTITY\"; do",
        ),
        (
            "Microsoft.Insights/privateLinkScopes/scopedResources",
            "az monitor private-link-scope scoped-resource delete",
        ),
        ("Microsoft.PolicyInsights/remediations", "az policy remediation delete"),
        ("Microsoft.Resources/resourceGroups", "az group delete --yes --name \"$RG\""),
    ]);
    let mut seen = 0;
    for snapshot in snapshots() {
        let inside = |one: &&Resource| {
            let id = one.id();
            id.contains("/resourceGroups/rg-") && !id.contains("-alerts-") && !id.contains("rg-monitor")
        };
        for resource in snapshot.resources.iter().filter(|one| !inside(one)) {
            let command = by_kind.get(resource.kind());
            let command = command.unwrap_or_else(|| panic!("nothing removes {}", resource.id()));
            assert!(removing.contains(command), "the removal lacks: {command}");
            seen += 1;
        }
    }
    assert!(seen > 40, "{seen}");
}

#[test]
fn the_removal_says_the_names_that_are_deployed() {
    let removing = project_file("infra/remove.sh");
    let tier = Snapshot::of("tier-event-grid");
    let identity = Snapshot::of("plain").outputs["identity"].as_str().unwrap().to_owned();
    for (kind, before) in [
        ("Microsoft.Authorization/policyAssignments", format!("mn-{identity}-")),
        ("Microsoft.Authorization/policyDefinitions", format!("maint-notifier-{identity}-")),
    ] {
        assert_eq!(tier.all(kind).len(), 4);
        for resource in tier.all(kind) {
            let word = resource.name().strip_prefix(&before).unwrap_or_else(|| panic!("{}", resource.id()));
            assert!(removing.split_whitespace().any(|said| said.trim_end_matches(';') == word), "{word}");
        }
    }
    let rules = Snapshot::of("tier-service-health-policy");
    let names = |kind: &str| -> Vec<String> {
        rules.all(kind).into_iter().map(|one| one.name().to_owned()).collect()
    };
    assert_eq!(names("Microsoft.Authorization/policyAssignments"), [format!("mn-{identity}-alerts")]);
    assert!(removing.split_whitespace().any(|said| said.trim_end_matches(';') == "alerts"));
    // Every deployment makes remediations anew, so they are found by how their names begin.
    for remediation in [&tier, &rules].iter().flat_map(|one| one.all("Microsoft.PolicyInsights/remediations"))
    {
        assert!(remediation.name().starts_with(&format!("mn-{identity}-")), "{}", remediation.id());
    }
    for case in ["plain", "start-scopes", "tier-event-grid"] {
        for role in Snapshot::of(case).all("Microsoft.Authorization/roleDefinitions") {
            let name = role.properties()["roleName"].as_str().unwrap();
            let ours = name.strip_suffix(&format!(" (maint-notifier-{identity})"));
            // Those in the resource group are found by that.
            let named = ours.map(|name| removing.contains(&format!("\"{name}\"")));
            assert!(named.unwrap_or(role.id().contains("/resourceGroups/")), "{name}");
        }
    }
}

#[test]
fn nothing_has_a_name_of_before_any_more_and_the_way_from_there_names_them_all() {
    let upgrade = project_file("infra/from-before.sh");
    let policies = ["mn-topic-health", "mn-topic-scheduled", "mn-subscribe-health", "mn-subscribe-scheduled"];
    let roles = [
        "Planned maintenance reader",
        "Role assignment reader",
        "Planned maintenance starter",
        "Maintenance event topics",
    ];
    for name in policies.iter().chain(&roles).chain(&["--name maintenance-notifier\n"]) {
        assert!(upgrade.contains(name), "{name}");
    }
    for snapshot in snapshots() {
        let text: String = snapshot.resources.iter().map(|one| one.0.to_string()).collect();
        for old in policies
            .iter()
            .map(|name| format!("/{name}\""))
            .chain(roles.map(|role| format!("{role} (maint-notifier)")))
        {
            assert!(!text.contains(&old), "{}: {old}", snapshot.case);
        }
    }
}
