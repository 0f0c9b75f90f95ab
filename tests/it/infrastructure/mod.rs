//! What `infra/` would deploy, as Bicep's compiler and the deployment engine's own evaluation have it: here it is held to
//! what the program, its functions and the documentation say. Nothing of it was tried against Azure.

mod access;
mod app;
mod calls;
mod documents;
mod events;
mod names;
mod network;
mod optional;
mod platform;
mod queries;
mod resources;
mod snapshot;
mod typed;
mod upgrade;
mod walk;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

/// The text of a file of the project.
fn project_file(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// Every function of the deployed app: its name and its bindings.
fn functions() -> BTreeMap<String, Vec<Value>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("function_configs");
    let of = |entry: std::io::Result<std::fs::DirEntry>| {
        let entry = entry.unwrap();
        let text = std::fs::read_to_string(entry.path().join("function.json")).unwrap();
        let document: Value = serde_json::from_str(&text).unwrap();
        let bindings = document["bindings"].as_array().unwrap().clone();
        (entry.file_name().to_str().unwrap().to_owned(), bindings)
    };
    std::fs::read_dir(folder).unwrap().map(of).collect()
}

/// Whether the app has this function.
fn is_a_function(name: &str) -> bool {
    functions().contains_key(name)
}
