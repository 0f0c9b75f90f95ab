//! Storage, vault and logs, and the versions of Azure's interfaces.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::functions;
use super::snapshot::{Snapshot, snapshots};

#[test]
fn storage_accounts_have_no_keys_and_nothing_public() {
    for snapshot in snapshots() {
        for account in snapshot.all("Microsoft.Storage/storageAccounts") {
            for (name, value) in [
                ("allowSharedKeyAccess", json!(false)),
                ("allowBlobPublicAccess", json!(false)),
                ("allowCrossTenantReplication", json!(false)),
                ("supportsHttpsTrafficOnly", json!(true)),
                ("minimumTlsVersion", json!("TLS1_2")),
            ] {
                assert_eq!(account.properties()[name], value, "{}: {} {name}", snapshot.case, account.id());
            }
        }
    }
}

#[test]
fn the_audit_head_cannot_be_changed() {
    let plain = Snapshot::of("plain");
    let policy = plain.the("Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies");
    assert!(policy.id().contains("/containers/audit-head/"), "{}", policy.id());
    assert_eq!(policy.properties()["immutabilityPeriodSinceCreationInDays"], 365);
}

#[test]
fn the_vault_goes_by_roles_and_keeps_what_was_deleted() {
    let plain = Snapshot::of("plain");
    let vault = plain.the("Microsoft.KeyVault/vaults");
    for name in ["enableRbacAuthorization", "enableSoftDelete", "enablePurgeProtection"] {
        assert_eq!(vault.properties()[name], true, "{name}");
    }
}

#[test]
fn logs_take_no_keys() {
    let plain = Snapshot::of("plain");
    assert_eq!(plain.the("Microsoft.Insights/components").properties()["DisableLocalAuth"], true);
    let workspace = plain.the("Microsoft.OperationalInsights/workspaces");
    assert_eq!(workspace.properties()["features"]["disableLocalAuth"], true);
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
    let plain = Snapshot::of("plain");
    let queues = plain.all("Microsoft.Storage/storageAccounts/queueServices/queues");
    let deployed: BTreeSet<String> = queues.into_iter().map(|queue| queue.name().to_owned()).collect();
    assert_eq!(deployed, named);
}

#[test]
fn one_type_has_one_version_of_its_interface_and_no_preview() {
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for snapshot in snapshots() {
        for resource in &snapshot.resources {
            let version = resource.0["apiVersion"].as_str().unwrap().to_owned();
            // Its only stable interface is of 2016, and knows too little.
            if resource.kind() == "Microsoft.Insights/diagnosticSettings" {
                continue;
            }
            versions.entry(resource.kind().to_owned()).or_default().insert(version);
            // Those in the templates that policies deploy.
            nested(resource.properties(), &mut versions);
        }
    }
    assert!(versions.len() > 25);
    for (kind, versions) in versions {
        assert_eq!(versions.len(), 1, "{kind}: {versions:?}");
        assert!(!versions.iter().any(|version| version.contains("preview")), "{kind}: {versions:?}");
    }
}

fn nested(value: &serde_json::Value, versions: &mut BTreeMap<String, BTreeSet<String>>) {
    if let (Some(kind), Some(version)) = (value["type"].as_str(), value["apiVersion"].as_str()) {
        versions.entry(kind.to_owned()).or_default().insert(version.to_owned());
    }
    match value {
        serde_json::Value::Object(all) => all.values().for_each(|value| nested(value, versions)),
        serde_json::Value::Array(all) => all.iter().for_each(|value| nested(value, versions)),
        _ => {}
    }
}

#[test]
fn every_resource_that_can_have_tags_has_them() {
    const WITHOUT: [&str; 11] = [
        "Microsoft.Authorization/",
        "Microsoft.Communication/emailServices/domains/",
        "Microsoft.EventGrid/systemTopics/",
        "Microsoft.Insights/diagnosticSettings",
        "Microsoft.Insights/privateLinkScopes/",
        "Microsoft.KeyVault/vaults/",
        "Microsoft.Network/privateEndpoints/",
        "Microsoft.PolicyInsights/",
        "Microsoft.Resources/deployments",
        "Microsoft.Storage/storageAccounts/",
        "Microsoft.Web/sites/",
    ];
    let mut seen = 0;
    for case in ["package", "tier-event-grid", "tier-service-health"] {
        for resource in Snapshot::of(case).resources {
            let can = !WITHOUT.iter().any(|prefix| resource.kind().starts_with(prefix));
            let tag = resource.0["tags"].get("app").map(|tag| tag.as_str().unwrap());
            assert_eq!(tag, can.then_some("maintenance-notifier"), "{case}: {}", resource.id());
            seen += usize::from(can);
        }
    }
    assert!(seen > 15, "{seen}");
    // What the policies bring, too.
    for policy in Snapshot::of("tier-event-grid").all("Microsoft.Authorization/policyDefinitions") {
        let text = policy.properties()["policyRule"].to_string();
        let brings = text.matches("\"type\":\"Microsoft.Resources/resourceGroups\"").count()
            + text.matches("\"type\":\"Microsoft.EventGrid/systemTopics\",\"").count();
        let tagged = text.matches("\"tags\":\"[parameters('tags')]\"").count();
        assert!(brings == 0 || tagged == 2, "{}", policy.id());
    }
}

#[test]
fn storage_gets_single_addresses_without_a_suffix_and_the_vault_as_they_are() {
    let private = Snapshot::of("private");
    let addresses = |kind: &str| -> Vec<Vec<String>> {
        let rules = |one: &&super::snapshot::Resource| {
            assert_eq!(one.properties()["networkAcls"]["defaultAction"], "Deny");
            let rules = one.properties()["networkAcls"]["ipRules"].as_array().unwrap().clone();
            rules.iter().map(|rule| rule["value"].as_str().unwrap().to_owned()).collect()
        };
        private.all(kind).iter().map(rules).collect()
    };
    let expected = ["203.0.113.7", "203.0.113.8", "203.0.113.9", "203.0.113.128/25"];
    assert_eq!(addresses("Microsoft.Storage/storageAccounts"), [expected, expected]);
    let as_given = ["203.0.113.7/32", "203.0.113.8/31", "203.0.113.128/25"];
    assert_eq!(addresses("Microsoft.KeyVault/vaults"), [as_given]);
}

#[test]
fn a_vault_that_was_deleted_is_had_back_when_that_is_asked_for() {
    let mode =
        |case: &str| Snapshot::of(case).the("Microsoft.KeyVault/vaults").properties()["createMode"].clone();
    assert_eq!((mode("plain"), mode("package")), (json!("default"), json!("recover")));
}

/// What the program says when it is asked to check these keys of links.
pub(super) fn said_of_keys(keys: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let answer = std::process::Command::new(env!("CARGO_BIN_EXE_maintenance-notifier"))
        .arg("check")
        .current_dir(folder.path())
        .env_clear()
        .env("NOTIFIER_LINK_KEYS", keys)
        .output()
        .unwrap();
    String::from_utf8([answer.stdout, answer.stderr].concat()).unwrap()
}

#[test]
fn the_keys_of_links_are_made_of_chance_and_are_long_enough_for_the_program() {
    let plain = Snapshot::of("plain");
    let secret = plain.named("Microsoft.KeyVault/vaults/secrets", "notifier-link-keys");
    assert_eq!(
        secret.properties()["value"],
        "[format('k1:{0}', base64(format('{0}{1}', newGuid(), newGuid())))]"
    );
    // A GUID is 36 letters of ASCII.
    let guids = format!("{0}{0}", "5b2f8f0c-3d53-4f0e-9a52-6b8f4b5a7f10");
    let key = format!("k1:{}", base64::Engine::encode(&base64::engine::general_purpose::STANDARD, guids));
    for (keys, accepted) in [(key.as_str(), true), ("k1:c2hvcnQ=", false)] {
        let said = said_of_keys(keys);
        assert_eq!(!said.contains("NOTIFIER_LINK_KEYS"), accepted, "{said}");
    }
}

#[test]
fn what_must_not_be_deleted_is_locked_when_that_is_asked_for() {
    let kept = |case: &str| -> Vec<String> {
        let snapshot = Snapshot::of(case);
        let all = snapshot.all("Microsoft.Authorization/locks").into_iter();
        all.map(|lock| lock.id().split("/providers/").nth(1).unwrap().to_owned()).collect()
    };
    assert_eq!(kept("plain"), Vec::<String>::new());
    insta::assert_snapshot!(kept("package").join("\n"), @"
    Microsoft.Storage/storageAccounts/maintnotifst6zj6vxmau
    Microsoft.Storage/storageAccounts/maintnotifrec6zj6vxmau
    Microsoft.KeyVault/vaults/maintnotif-6zj6vxmau-kv
    ");
}
