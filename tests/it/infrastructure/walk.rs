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

#[test]
fn somebody_new_sees_the_dry_run_with_the_lines_of_the_documents_alone() {
    let (parameters, until_deployed, then) = ten_minutes();
    let walk = Walk::begin(&parameters);
    let next_steps = walk.succeeds(&until_deployed);
    let steps: Vec<&str> = next_steps.lines().collect();
    assert!(steps.len() > 2, "{next_steps}");
    // Pasted as they were printed, and the lines of the document after them, in the same shell as before.
    let is_name = |line: &&str| {
        line.split_once('=').is_some_and(|(name, _)| name.bytes().all(|byte| byte.is_ascii_uppercase()))
    };
    let names: Vec<&str> = until_deployed.lines().filter(is_name).collect();
    walk.succeeds(&format!("{}\n{next_steps}\n{then}", names.join("\n")));
    // Without the first of the steps the program would look at a store of its own, which is empty.
    assert!(walk.fails("maintenance-notifier windows").contains("no store"));

    let calls = walk.calls();
    let deploying =
        |words: &&Vec<String>| words.starts_with(&["az", "deployment", "mg", "create"].map(str::to_owned));
    assert_eq!(calls.iter().filter(deploying).count(), 1);
    // Typed lines, not what a loop or a substitution makes of them.
    let signs_in = |line: &str| line.starts_with("az login") || line.starts_with("az account set");
    let lines = until_deployed.lines().chain(then.lines()).map(str::trim_start);
    let typed = lines.filter(|line| line.starts_with("az ") && !signs_in(line)).count();
    assert!((1..=5).contains(&typed), "{typed}");
    let decisions = parameters.lines().filter(|line| line.starts_with("param ")).count();
    assert!(decisions <= 5, "{decisions}");
    for seen in ["check", "windows", "preview", "explain", "outbox"] {
        assert!(calls.iter().any(|words| words[0] == "maintenance-notifier" && words[1] == seen), "{seen}");
    }
}

#[test]
fn the_parameters_of_the_documents_are_those_of_a_case_that_is_evaluated() {
    let (parameters, ..) = ten_minutes();
    let params = |text: &str| -> Vec<String> {
        text.lines()
            .filter(|line| line.starts_with("param ") && !line.contains("param cloud"))
            .map(str::to_owned)
            .collect()
    };
    assert_eq!(params(&parameters), params(&project_file("infra/tests/ten-minutes.bicepparam")));
}

#[test]
fn a_way_that_leaves_something_out_ends_where_azure_would_end_it() {
    let (parameters, script, _) = ten_minutes();
    let without = |words: &str| -> String {
        let kept: Vec<&str> = script.lines().filter(|line| !line.contains(words)).collect();
        kept.join("\n")
    };
    let no_owner = script.replace("--role Owner", "--role Reader");
    assert!(Walk::begin(&parameters).fails(&no_owner).contains("AuthorizationFailed"));
    let unregistered = script.replace("Storage KeyVault", "Storage");
    assert!(Walk::begin(&parameters).fails(&unregistered).contains("Microsoft.KeyVault"));
    let misspelt = script.replace("--management-group-id", "--management-group");
    assert!(Walk::begin(&parameters).fails(&misspelt).contains("unrecognized arguments"));
    assert!(Walk::begin(&parameters).fails(&without("GROUP=")).contains("GROUP"));
    let other = parameters.replace("westeurope", "northeurope");
    assert!(Walk::begin(&other).fails(&script).contains("no snapshot has these parameters"));
}
