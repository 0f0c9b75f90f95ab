//! Storage, vault and logs, and the versions of Azure's interfaces.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::bicep::{Template, templates};
use super::functions;

#[test]
fn storage_accounts_have_no_keys_and_nothing_public() {
    let storage = Template::read("modules/storage.bicep");
    let accounts = storage.resources_of("Microsoft.Storage/storageAccounts");
    assert_eq!(accounts.len(), 2);
    for account in accounts {
        let properties = storage.resolved(&account.body["properties"]);
        for (name, value) in [
            ("allowSharedKeyAccess", json!(false)),
            ("allowBlobPublicAccess", json!(false)),
            ("allowCrossTenantReplication", json!(false)),
            ("supportsHttpsTrafficOnly", json!(true)),
            ("minimumTlsVersion", json!("TLS1_2")),
        ] {
            assert_eq!(properties[name], value, "{}: {name}", account.symbol);
        }
    }
}

#[test]
fn the_audit_head_cannot_be_changed() {
    let storage = Template::read("modules/storage.bicep");
    let policies = storage
        .resources_of("Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies");
    assert_eq!(policies.len(), 1);
    assert_eq!(policies[0].body["parent"], "= audit");
    assert_eq!(
        policies[0].body["properties"]["immutabilityPeriodSinceCreationInDays"],
        "= auditImmutabilityDays"
    );
}

#[test]
fn the_vault_goes_by_roles_and_keeps_what_was_deleted() {
    let vault = Template::read("modules/vault.bicep").resources_of("Microsoft.KeyVault/vaults").remove(0);
    for name in ["enableRbacAuthorization", "enableSoftDelete", "enablePurgeProtection"] {
        assert_eq!(vault.body["properties"][name], true, "{name}");
    }
}

#[test]
fn logs_take_no_keys() {
    let monitoring = Template::read("modules/monitoring.bicep");
    let insights = monitoring.resources_of("Microsoft.Insights/components").remove(0);
    assert_eq!(insights.body["properties"]["DisableLocalAuth"], true);
}

#[test]
fn every_queue_of_a_binding_is_there_with_its_poison_queue() {
    let mut named: BTreeSet<String> = BTreeSet::new();
    for binding in functions().values().flatten() {
        if let Some(queue) = binding["queueName"].as_str() {
            let queue = queue.strip_suffix("-poison").unwrap_or(queue);
            named.extend([queue.to_owned(), format!("{queue}-poison")]);
        }
    }
    let variables = Template::read("modules/storage.bicep").variables();
    let deployed: BTreeSet<String> = variables["queues"]
        .as_array()
        .unwrap()
        .iter()
        .map(|queue| queue.as_str().unwrap().to_owned())
        .collect();
    assert_eq!(deployed, named);
}

/// Versions whose shape is known from Microsoft's templates and type definitions.
const KNOWN: &[(&str, &[&str])] = &[
    ("Microsoft.Authorization/policyAssignments", &["2022-06-01"]),
    ("Microsoft.Authorization/policyDefinitions", &["2021-06-01"]),
    ("Microsoft.Authorization/roleAssignments", &["2022-04-01"]),
    ("Microsoft.Authorization/roleDefinitions", &["2022-04-01"]),
    ("Microsoft.Communication", &["2023-04-01"]),
    ("Microsoft.EventGrid", &["2022-06-15", "2025-02-15"]),
    ("Microsoft.Insights/actionGroups", &["2023-01-01"]),
    ("Microsoft.Insights/activityLogAlerts", &["2020-10-01"]),
    ("Microsoft.Insights/components", &["2020-02-02"]),
    ("Microsoft.Insights/scheduledQueryRules", &["2022-06-15"]),
    ("Microsoft.KeyVault/vaults", &["2022-07-01"]),
    ("Microsoft.ManagedIdentity/userAssignedIdentities", &["2023-01-31"]),
    ("Microsoft.Network/privateDnsZones", &["2020-06-01"]),
    ("Microsoft.Network/privateEndpoints", &["2023-09-01"]),
    ("Microsoft.Network/virtualNetworks", &["2023-09-01"]),
    ("Microsoft.OperationalInsights/workspaces", &["2022-10-01"]),
    ("Microsoft.PolicyInsights/remediations", &["2021-10-01"]),
    ("Microsoft.Resources/resourceGroups", &["2022-09-01"]),
    ("Microsoft.Resources/deployments", &["2022-09-01"]),
    ("Microsoft.Storage/storageAccounts", &["2022-09-01"]),
    ("Microsoft.Web/serverfarms", &["2023-12-01"]),
    ("Microsoft.Web/sites", &["2023-12-01", "2024-04-01"]),
];

fn is_known(kind: &str, version: &str) -> bool {
    KNOWN.iter().any(|(prefix, versions)| kind.starts_with(prefix) && versions.contains(&version))
}

#[test]
fn every_version_of_an_interface_is_a_known_one_and_one_type_has_one_version() {
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for template in templates() {
        for resource in template.resources() {
            let (kind, version) = resource.what.split_once('@').unwrap();
            versions.entry(kind.to_owned()).or_default().insert(version.to_owned());
        }
        // Those in the templates that policies deploy.
        for nested in template.objects_with("apiVersion") {
            let text = |name: &str| nested[name].as_str().unwrap().to_owned();
            versions.entry(text("type")).or_default().insert(text("apiVersion"));
        }
    }
    assert!(versions.len() > 20);
    for (kind, versions) in versions {
        let versions: Vec<String> = versions.into_iter().collect();
        assert!(versions.len() == 1 && is_known(&kind, &versions[0]), "{kind}: {versions:?}");
    }
}

#[test]
fn every_resource_that_can_have_tags_has_them() {
    const WITHOUT: [&str; 4] = [
        "Microsoft.Authorization/",
        "Microsoft.PolicyInsights/",
        "Microsoft.Web/sites/",
        "Microsoft.Storage/storageAccounts/",
    ];
    for template in templates() {
        for resource in template.resources().iter().filter(|one| !one.existing) {
            let can = !WITHOUT.iter().any(|prefix| resource.kind().starts_with(prefix))
                && !resource.kind().ends_with("privateDnsZoneGroups");
            let tags: Option<&Value> = resource.body.get("tags");
            assert_eq!(tags.is_some(), can, "{}: {}", template.file, resource.symbol);
        }
    }
}
