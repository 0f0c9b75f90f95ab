//! Somebody new walks the ten minutes of the documents, line by line, in an empty shell: the commands and parameters are
//! taken out of the text, `az` and the program are stand-ins that refuse what Azure would refuse.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output};

use super::documents::section;
use super::project_file;
use crate::mail_server::python;

/// The blocks of one language in a text.
fn blocks<'text>(text: &'text str, language: &str) -> Vec<&'text str> {
    let fence = format!("```{language}\n");
    text.split(&fence).skip(1).map(|rest| rest.split("\n```").next().unwrap()).collect()
}

struct Walk {
    folder: tempfile::TempDir,
}

impl Walk {
    /// The same, and whoever types is Owner of the management group.
    fn begin_as_owner(parameters: &str) -> Self {
        let walk = Self::begin(parameters);
        let state = r#"{"owner_of": ["/providers/Microsoft.Management/managementGroups/contoso-root"],
            "providers": [], "deployed": []}"#;
        std::fs::write(walk.folder.path().join("state.json"), state).unwrap();
        walk
    }

    /// An empty machine with the repository's `infra`, the parameters of the documents, and the stand-ins on its PATH.
    fn begin(parameters: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        for name in ["bin", "infra", "case"] {
            std::fs::create_dir(at(name)).unwrap();
        }
        std::fs::copy(root.join("infra/main.bicep"), at("infra/main.bicep")).unwrap();
        std::fs::copy(root.join("infra/main.bicep"), at("main.bicep")).unwrap();
        std::fs::copy(root.join("infra/tests/ten-minutes.bicepparam"), at("case/case.bicepparam")).unwrap();
        std::fs::copy(root.join("infra/tests/ten-minutes.snapshot.json"), at("snapshot.json")).unwrap();
        std::fs::write(at("infra/my.bicepparam"), parameters).unwrap();
        std::fs::write(at("notifier.toml"), "").unwrap();
        symlink(python(), at("bin/python3")).unwrap();
        for name in ["az", "maintenance-notifier"] {
            let script = root.join("tests/python/az_stand_in.py");
            let called = format!("#!/bin/sh\nexec python3 '{}' {name} \"$@\"\n", script.display());
            write_program(&at(&format!("bin/{name}")), &called);
        }
        Self { folder }
    }

    fn run(&self, script: &str) -> Output {
        Command::new("bash")
            .args(["-euo", "pipefail", "-c", script])
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", format!("{}:/usr/bin:/bin", self.folder.path().join("bin").display()))
            .env("WALK", self.folder.path())
            .output()
            .unwrap()
    }

    fn succeeds(&self, script: &str) -> String {
        let output = self.run(script);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{script}\n{said}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn fails(&self, script: &str) -> String {
        let output = self.run(script);
        assert!(!output.status.success(), "{script}");
        String::from_utf8(output.stderr).unwrap()
    }

    /// Every call of a stand-in, as words.
    fn calls(&self) -> Vec<Vec<String>> {
        let text = std::fs::read_to_string(self.folder.path().join("calls.jsonl")).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

pub(super) fn write_program(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// The first part of the documents: its parameters, and its blocks of commands up to the deployment and after it.
fn ten_minutes() -> (String, String, String) {
    let text = section("## The ten minutes");
    let text = text.split("\n### ").next().unwrap();
    let parameters = blocks(text, "bicep");
    assert_eq!(parameters.len(), 1);
    let shell = blocks(text, "bash");
    let deploys = shell.iter().position(|block| block.contains("az deployment mg create")).unwrap();
    (parameters[0].to_owned(), shell[..=deploys].join("\n"), shell[deploys + 1..].join("\n"))
}

/// What is typed: not what belongs to the line before, and not a name that gets a value.
fn typed(script: &str) -> Vec<&str> {
    let is_command =
        |line: &&str| !line.is_empty() && !line.starts_with([' ', '#']) && *line != "done" && !is_name(line);
    script.lines().filter(is_command).collect()
}

fn is_name(line: &str) -> bool {
    line.split_once('=').is_some_and(|(name, _)| name.bytes().all(|byte| byte.is_ascii_uppercase()))
}

#[test]
fn somebody_new_sees_the_dry_run_with_the_lines_of_the_documents_alone() {
    let (parameters, until_deployed, then) = ten_minutes();
    let walk = Walk::begin_as_owner(&parameters);
    let next_steps = walk.succeeds(&until_deployed);
    let steps: Vec<&str> = next_steps.lines().collect();
    assert!(steps.len() > 2, "{next_steps}");
    // Pasted as they were printed, and the lines of the document after them, in the same shell as before.
    let names: Vec<&str> = until_deployed.lines().filter(|line| is_name(line)).collect();
    walk.succeeds(&format!("{}\n{next_steps}\n{then}", names.join("\n")));
    // Without the first of the steps the program would look at a store of its own, which is empty.
    assert!(walk.fails("maintenance-notifier windows").contains("no store"));

    let calls = walk.calls();
    let deploying =
        |words: &&Vec<String>| words.starts_with(&["az", "deployment", "mg", "create"].map(str::to_owned));
    assert_eq!(calls.iter().filter(deploying).count(), 1);
    // From the empty shell to what would be sent: all that is typed, signing in too, and the one step that names the store.
    let all: Vec<&str> = typed(&until_deployed).into_iter().chain([steps[0]]).chain(typed(&then)).collect();
    assert!(steps[0].starts_with("export ") && all[4] == "maintenance-notifier preview", "{all:#?}");
    let decisions = parameters.lines().filter(|line| line.starts_with("param ")).count() + 1;
    let text = section("## The ten minutes");
    assert!(text.contains("**Five commands, of which one deploys, and six decisions**"));
    assert_eq!((all.len(), decisions), (5, 6), "{all:#?}");
    for seen in ["check", "windows", "preview"] {
        assert!(calls.iter().any(|words| words[0] == "maintenance-notifier" && words[1] == seen), "{seen}");
    }
    // What else there is to see, in the same shell.
    let more: Vec<&str> =
        text.lines().filter_map(|line| line.strip_prefix("| `maintenance-notifier ")).collect();
    assert!(more.len() > 2);
    for line in more {
        let command = line.split('`').next().unwrap();
        walk.succeeds(&format!("{}\nmaintenance-notifier {command}", steps[0]));
    }
}

#[test]
fn the_parameters_of_the_documents_are_those_of_a_case_that_is_evaluated() {
    let (parameters, ..) = ten_minutes();
    let params = |text: &str| -> Vec<String> {
        text.lines()
            .filter(|line| line.starts_with("param ") && !line.contains("param cloud"))
            .map(|line| line.split("  //").next().unwrap().trim_end().to_owned())
            .collect()
    };
    assert_eq!(params(&parameters), params(&project_file("infra/tests/ten-minutes.bicepparam")));
}

#[test]
fn a_way_that_leaves_something_out_ends_where_azure_would_end_it() {
    let (parameters, script, _) = ten_minutes();
    // Whoever is no Owner is refused, and becomes one by the lines for whoever elevated access.
    let elevated = Walk::begin(&parameters);
    assert!(elevated.fails(&script).contains("AuthorizationFailed"));
    let lines = section("### What whoever deploys needs");
    let lines = blocks(&lines, "bash").join("\n");
    let named = script.lines().find(|line| is_name(line)).unwrap();
    elevated.succeeds(&format!("{named}\naz login --output none\n{lines}"));
    elevated.succeeds(&script);
    let fails = |parameters: &str, script: &str| Walk::begin_as_owner(parameters).fails(script);
    let unregistered = script.replace("Storage KeyVault", "Storage");
    assert!(fails(&parameters, &unregistered).contains("Microsoft.KeyVault"));
    let misspelt = script.replace("--management-group-id", "--management-group");
    assert!(fails(&parameters, &misspelt).contains("unrecognized arguments"));
    assert!(fails(&parameters, &script.replace(" GROUP=contoso-root", "")).contains("GROUP"));
    let other = parameters.replace("westeurope", "northeurope");
    assert!(fails(&other, &script).contains("no snapshot has these parameters"));
}
