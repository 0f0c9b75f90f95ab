//! From infrastructure of before to that of now, by the same command: what `infra/tests/before` holds was evaluated from the
//! templates of the last version whose names did not carry the deployment's identity, with the parameters of the case of the
//! same name, and nothing of it is written anew.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::project_file;
use super::snapshot::Snapshot;

/// A resource's kind and name, with expressions that do not depend on which version of an API they ask.
type Key = (String, String);

fn without_api_versions(text: &str) -> String {
    let is_version = |part: &&str| {
        let digits = part.bytes().filter(u8::is_ascii_digit).count();
        !(part.len() == 10 && digits == 8 && part.bytes().filter(|byte| *byte == b'-').count() == 2)
    };
    text.split('\'').filter(is_version).collect::<Vec<_>>().join("'")
}

fn by_key(resources: impl IntoIterator<Item = Value>) -> BTreeMap<Key, Value> {
    let key = |resource: &Value| {
        let text = |name: &str| resource[name].as_str().unwrap().to_owned();
        (text("type"), without_api_versions(&text("name")))
    };
    resources.into_iter().map(|resource| (key(&resource), resource)).collect()
}

fn before() -> BTreeMap<Key, Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("infra/tests/before/plain.snapshot.json");
    let mut document: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let Value::Array(resources) = document["predictedResources"].take() else { panic!("no resources") };
    by_key(resources)
}

fn now() -> BTreeMap<Key, Value> {
    by_key(Snapshot::of("plain").resources.into_iter().map(|resource| resource.0))
}

#[test]
fn what_was_deployed_before_is_taken_over_by_its_name_or_taken_away_by_the_documents() {
    let (before, now) = (before(), now());
    assert!(before.len() > 25, "{}", before.len());
    let upgrade = project_file("infra/from-before.sh");
    let gone: Vec<(&Key, &Value)> = before.iter().filter(|(key, _)| !now.contains_key(*key)).collect();
    // Only the role where it watches got another name: the definition, and what assigns it.
    assert_eq!(gone.len(), 2, "{gone:#?}");
    let (_, role) = gone.iter().find(|((kind, _), _)| kind.ends_with("/roleDefinitions")).unwrap();
    let name = role["properties"]["roleName"].as_str().unwrap();
    let (title, _) = name.split_once(" (maint-notifier)").unwrap();
    assert!(upgrade.contains(&format!("\"{title}\"")), "{title}");
    assert!(
        upgrade.contains("az role definition delete") && upgrade.contains("az role assignment delete --ids")
    );
    let (_, assignment) = gone.iter().find(|((kind, _), _)| kind.ends_with("/roleAssignments")).unwrap();
    let definition = assignment["properties"]["roleDefinitionId"].as_str().unwrap();
    assert!(definition.ends_with(role["name"].as_str().unwrap()), "{definition}");
}

#[test]
fn what_azure_lets_nobody_change_is_as_it_was() {
    let now = now();
    let mut compared = 0;
    for (key, old) in before() {
        let Some(new) = now.get(&key) else { continue };
        for fixed in [
            "/location",
            "/kind",
            "/sku",
            "/properties/isHnsEnabled",
            "/properties/tenantId",
            "/properties/enablePurgeProtection",
            "/properties/reserved",
            "/properties/WorkspaceResourceId",
            "/properties/functionAppConfig/runtime/name",
            "/properties/roleDefinitionId",
            "/properties/principalId",
        ] {
            let text = |resource: &Value| {
                resource.pointer(fixed).map(|value| without_api_versions(&value.to_string()))
            };
            if let Some(old) = text(&old) {
                assert_eq!(Some(old), text(new), "{key:?} {fixed}");
                compared += 1;
            }
        }
    }
    assert!(compared > 30, "{compared}");
}

#[test]
fn every_setting_of_before_is_there_with_the_same_value() {
    let old = before().into_iter().find(|(key, _)| key.1.ends_with("/appsettings")).unwrap().1;
    let old = without_api_versions(old["properties"].as_str().unwrap());
    let new = Snapshot::of("plain").settings();
    let mut same = 0;
    for (name, value) in &new {
        let expression = value.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let value = expression.map_or_else(|| format!("'{value}'"), without_api_versions);
        if old.contains(&format!("'{name}', ")) {
            assert!(old.contains(&format!("'{name}', {value}")), "{name} was something else than {value}");
            same += 1;
        }
    }
    assert!(same > 15, "{same}");
    let names = old.split('\'').filter(|part| part.starts_with("NOTIFIER_") || part.ends_with("_SCHEDULE"));
    // Where Azure is asked is set in other clouds only, by now.
    let elsewhere = Snapshot::of("government").settings();
    for name in names {
        assert!(new.contains_key(name) || elsewhere.contains_key(name), "{name} is gone");
    }
}
