//! What platform teams bring with them: each wish of theirs is a parameter that changes what is deployed, and nothing else.

use serde_json::{Value, json};

use super::project_file;
use super::snapshot::Snapshot;

fn scale(case: &str) -> Value {
    Snapshot::of(case).the("Microsoft.Web/sites").properties()["functionAppConfig"]["scaleAndConcurrency"]
        .clone()
}

#[test]
fn instances_that_stay_their_memory_and_their_number_are_parameters() {
    assert_eq!(scale("plain")["alwaysReady"], json!([]));
    assert_eq!(scale("mail-server")["alwaysReady"], json!([{ "name": "http", "instanceCount": 1 }]));
    assert_eq!(
        (&scale("mail-server")["instanceMemoryMB"], &scale("mail-server")["maximumInstanceCount"]),
        (&json!(2048), &json!(60))
    );
}

#[test]
fn zones_and_copies_of_storage_are_parameters() {
    for (case, zones) in [("plain", false), ("package", true)] {
        let snapshot = Snapshot::of(case);
        assert_eq!(snapshot.the("Microsoft.Web/serverfarms").properties()["zoneRedundant"], zones, "{case}");
    }
    for (case, sku) in [("plain", "Standard_ZRS"), ("mail-server", "Standard_GZRS")] {
        for account in Snapshot::of(case).all("Microsoft.Storage/storageAccounts") {
            assert_eq!(account.0["sku"]["name"], sku, "{case}");
        }
    }
}

#[test]
fn logs_go_to_the_teams_workspace_or_to_one_with_a_daily_cap() {
    const WORKSPACE: &str = "Microsoft.OperationalInsights/workspaces";
    let theirs = "/resourceGroups/rg-monitor/providers/Microsoft.OperationalInsights/workspaces/log-platform";
    let own_network = Snapshot::of("own-network");
    assert!(own_network.all(WORKSPACE).is_empty());
    let insights =
        own_network.the("Microsoft.Insights/components").properties()["WorkspaceResourceId"].clone();
    assert!(insights.as_str().unwrap().ends_with(theirs), "{insights}");
    for (case, workspace) in [("plain", "/log-maint-notifier"), ("own-network", theirs)] {
        // Who read secrets, and who changed the records: both in the same logs.
        let snapshot = Snapshot::of(case);
        let settings = snapshot.all("Microsoft.Insights/diagnosticSettings");
        let of =
            |part: &str| settings.iter().find(|one| one.id().contains(part)).unwrap().properties().clone();
        let (vault, records) = (of("/Microsoft.KeyVault/"), of("/storageAccounts/maintnotifrec"));
        assert_eq!(vault["logs"], json!([{ "categoryGroup": "audit", "enabled": true }]));
        assert_eq!(
            records["logs"],
            json!([{ "category": "StorageWrite", "enabled": true }, { "category": "StorageDelete", "enabled": true }])
        );
        for setting in [vault, records] {
            assert!(setting["workspaceId"].as_str().unwrap().ends_with(workspace), "{case}: {setting}");
        }
    }
    let cap = |case: &str| {
        Snapshot::of(case).the(WORKSPACE).properties()["workspaceCapping"]["dailyQuotaGb"].clone()
    };
    assert_eq!(cap("package"), 2);
    assert!(cap("plain").as_i64().is_none_or(|cap| cap < 0), "no cap unless it is asked for");
}

#[test]
fn every_parameter_that_the_documents_name_is_one() {
    let templates = ["infra/main.bicep", "infra/notifier.bicep", "infra/modules/types.bicep"];
    let tiers = ["infra/tiers/event-grid.bicep", "infra/tiers/service-health-alerts.bicep"];
    let text: String = templates.iter().chain(&tiers).map(|path| project_file(path)).collect();
    let is_there = |name: &str| {
        text.lines().any(|line| {
            let line = line.trim_start();
            let line = line.strip_prefix("param ").unwrap_or(line);
            line.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', ':', '?']))
        })
    };
    let (deploying, terraform) = (project_file("docs/DEPLOYING.md"), project_file("docs/TERRAFORM.md"));
    let mut named: Vec<String> = Vec::new();
    for group in ["network", "size", "monitoring", "mail"] {
        let begins = format!("`{group}.");
        let words = deploying.split(begins.as_str()).skip(1);
        named.extend(words.map(|rest| rest.split(['`', ' ']).next().unwrap().to_owned()));
    }
    let platform = deploying.split("\n### Platform teams\n").nth(1).unwrap().split("\n### ").next().unwrap();
    for cell in platform.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").nth(1)) {
        let words = cell.split('`').skip(1).step_by(2);
        named.extend(words.map(|word| word.split(['.', ' ']).next().unwrap().to_owned()));
    }
    let values = terraform.split("jsonencode({").nth(1).unwrap().split("})").next().unwrap();
    named.extend(values.lines().filter_map(|line| Some(line.trim().split_once(" = ")?.0.trim().to_owned())));
    assert!(named.len() > 20, "{named:?}");
    let missing: Vec<&String> = named.iter().filter(|name| !is_there(name)).collect();
    assert_eq!(missing, Vec::<&String>::new());
}

/// What the documents tell somebody to take of a release is what a release has.
#[test]
fn a_release_has_what_the_documents_take_of_it() {
    let release = project_file(".ci/release");
    let deploying = project_file("docs/DEPLOYING.md");
    for (said, made) in [
        ("`infra.tar.gz`", "archive dist/infra.tar.gz"),
        (
            "`maintenance-notifier-VERSION-linux-x64.tar.gz`",
            "archive \"dist/maintenance-notifier-$version-linux-x64.tar.gz\"",
        ),
        ("/maintenance-notifier.zip'", "--out dist/maintenance-notifier.zip"),
        ("bash infra/remove.sh", "--exclude=tests infra"),
    ] {
        assert!(deploying.contains(said) && release.contains(made), "{said}");
    }
    for part in ["dist/notes.md", ".ci/sbom", "sha256sum", "--outfile \"dist/$(basename \"$file\").json\""] {
        assert!(release.contains(part), "{part}");
    }
    let published = project_file(".github/workflows/release.yml");
    for part in
        ["make release", "actions/attest-build-provenance@", "id-token: write", "diff --recursive dist again"]
    {
        assert!(published.contains(part), "{part}");
    }
    assert!(project_file(".azuredevops/release.yml").contains("make release"));
    // The portal opens what the release publishes for it.
    let readme = project_file("README.md");
    let opened = readme.split("#create/Microsoft.Template/uri/").nth(1).unwrap().split(')').next().unwrap();
    let opened = opened.replace("%3A", ":").replace("%2F", "/");
    let branch =
        opened.strip_prefix("https://raw.githubusercontent.com/OWNER/maintenance-notifier/templates/");
    assert!(published.contains("git push --force origin templates"));
    assert!(published.contains(&format!("../dist/{}", branch.unwrap())), "{opened}");
}
