//! An app as it lies on the host's disk: host.json, a folder a function, the program.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

/// A function as its function.json declares it.
#[derive(Debug, Clone)]
pub(super) struct Declared {
    pub(super) name: String,
    pub(super) bindings: Vec<Value>,
}

impl Declared {
    pub(super) fn new(name: &str, bindings: Value) -> Self {
        Self { name: name.to_owned(), bindings: bindings.as_array().unwrap().clone() }
    }

    pub(super) fn trigger(&self) -> &Value {
        self.bindings.iter().find(|binding| binding["direction"] == "in").unwrap()
    }

    pub(super) fn outputs(&self) -> impl Iterator<Item = &Value> {
        self.bindings.iter().filter(|binding| binding["direction"] == "out")
    }

    /// Only one HTTP trigger with one HTTP output and nothing else is forwarded.
    pub(super) fn is_forwarded(&self) -> bool {
        let kinds: Vec<&str> =
            self.bindings.iter().map(|binding| binding["type"].as_str().unwrap()).collect();
        kinds.len() == 2 && kinds.contains(&"httpTrigger") && kinds.contains(&"http")
    }
}

/// Reads an app's folder, with the host's rules for names and places.
pub(super) fn read(root: &Path) -> Result<(Value, Vec<Declared>), String> {
    let host_json = std::fs::read(root.join("host.json")).map_err(|error| format!("host.json: {error}"))?;
    let host_json = serde_json::from_slice(&host_json).map_err(|error| format!("host.json: {error}"))?;
    let mut functions = Vec::new();
    for entry in std::fs::read_dir(root).unwrap() {
        let folder = entry.unwrap().path();
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        if !folder.is_dir() {
            continue;
        }
        if std::fs::read_dir(&folder)
            .unwrap()
            .any(|below| below.unwrap().path().join("function.json").exists())
        {
            return Err(format!("{name}: functions lie one level too deep, where the host does not look"));
        }
        let Ok(text) = std::fs::read(folder.join("function.json")) else { continue };
        let json: Value = serde_json::from_slice(&text).map_err(|error| format!("{name}: {error}"))?;
        let function = Declared::new(&name, json["bindings"].clone());
        check_names(&function)?;
        functions.push(function);
    }
    functions.sort_by(|a, b| a.name.cmp(&b.name));
    Ok((host_json, functions))
}

fn check_names(function: &Declared) -> Result<(), String> {
    let Declared { name, bindings } = function;
    let letter_first =
        |text: &str| text.starts_with(|first: char| first.is_ascii_alphabetic()) && text.len() <= 128;
    let in_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !letter_first(name) || !name.chars().all(in_name) || name.eq_ignore_ascii_case("host") {
        return Err(format!("{name}: no name for a function"));
    }
    for binding in bindings {
        let binding = binding["name"].as_str().unwrap_or_default();
        if binding != "$return"
            && !(letter_first(binding) && binding.chars().all(|c| c.is_ascii_alphanumeric()))
        {
            return Err(format!("{name}: `{binding}` is no name for a binding"));
        }
    }
    match bindings.iter().filter(|binding| binding["direction"] == "in").count() {
        1 => Ok(()),
        count => Err(format!("{name}: {count} triggers")),
    }
}

/// The product, staged as it is deployed; with the executable that NOTIFIER_PACKAGED names, if it names one.
#[expect(clippy::disallowed_methods, reason = "`make test-package` says which executable it built")]
pub(super) fn staged_product() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut arguments = vec!["--dir".to_owned(), folder.path().to_str().unwrap().to_owned()];
    if let Ok(packaged) = std::env::var("NOTIFIER_PACKAGED") {
        arguments.extend(["--executable".to_owned(), packaged]);
    }
    let done = package(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    folder
}

/// Runs `package` in the project's folder.
pub(super) fn package(arguments: &[&str]) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_maintenance-notifier"))
        .arg("package")
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap()
}

/// A program of three lines in place of a handler.
pub(super) fn staged_script(script: &str) -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let host_json = json!({ "customHandler": { "description": { "defaultExecutablePath": "handler" } } });
    std::fs::write(folder.path().join("host.json"), host_json.to_string()).unwrap();
    let program: PathBuf = folder.path().join("handler");
    std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
    folder
}
