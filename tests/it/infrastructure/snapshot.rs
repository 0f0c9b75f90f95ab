//! Reads what each case of `infra/tests` would deploy, as Bicep's compiler and the deployment engine have evaluated it.
//! `make infra` holds these files to the templates.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("infra/tests")
}

/// What one case would deploy.
pub(super) struct Snapshot {
    /// The name of the case.
    pub(super) case: String,
    pub(super) resources: Vec<Resource>,
    pub(super) outputs: Value,
}

/// A resource with everything that is sent for it. What only Azure can know stands in it as an expression.
pub(super) struct Resource(pub(super) Value);

impl Resource {
    pub(super) fn id(&self) -> &str {
        self.0["id"].as_str().unwrap()
    }

    pub(super) fn kind(&self) -> &str {
        self.0["type"].as_str().unwrap()
    }

    /// The last part of its name; what it belongs to stands in front of that.
    pub(super) fn name(&self) -> &str {
        self.0["name"].as_str().unwrap().rsplit('/').next().unwrap()
    }

    pub(super) fn properties(&self) -> &Value {
        &self.0["properties"]
    }
}

impl Snapshot {
    pub(super) fn of(case: &str) -> Self {
        let text = std::fs::read_to_string(folder().join(format!("{case}.snapshot.json"))).unwrap();
        let mut document: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(document["diagnostics"], serde_json::json!([]), "{case}");
        let Value::Array(resources) = document["predictedResources"].take() else { panic!("{case}") };
        Self {
            case: case.to_owned(),
            resources: resources.into_iter().map(Resource).collect(),
            outputs: document["outputs"].take(),
        }
    }

    pub(super) fn all(&self, kind: &str) -> Vec<&Resource> {
        self.resources.iter().filter(|one| one.kind() == kind).collect()
    }

    /// The only one of its kind.
    pub(super) fn the(&self, kind: &str) -> &Resource {
        let all = self.all(kind);
        assert_eq!(all.len(), 1, "{}: {kind}", self.case);
        all[0]
    }

    pub(super) fn named(&self, kind: &str, name: &str) -> &Resource {
        let found = self.all(kind).into_iter().find(|one| one.name() == name);
        found.unwrap_or_else(|| panic!("{}: no {kind} is called {name}", self.case))
    }

    /// The settings of the app.
    pub(super) fn settings(&self) -> BTreeMap<String, String> {
        let settings = self.named("Microsoft.Web/sites/config", "appsettings").properties();
        let of = |(name, value): (&String, &Value)| (name.clone(), value.as_str().unwrap().to_owned());
        settings.as_object().unwrap().iter().map(of).collect()
    }
}

/// Every case, by its name.
pub(super) fn cases() -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .filter_map(|entry| {
            Some(entry.unwrap().file_name().to_str()?.strip_suffix(".bicepparam")?.to_owned())
        })
        .collect();
    names.sort();
    assert!(names.len() > 10, "{names:?}");
    names
}

/// What every case would deploy.
pub(super) fn snapshots() -> Vec<Snapshot> {
    cases().iter().map(|case| Snapshot::of(case)).collect()
}
