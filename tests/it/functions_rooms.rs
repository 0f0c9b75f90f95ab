//! The walls of the rooms `functions` and `local`, read off the source.

use std::path::Path;

/// The lines of a room's source that name a path in this crate, without documentation and tests.
fn crate_paths(room: &str) -> Vec<String> {
    fn visit(folder: &Path, lines: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                visit(&path, lines);
            } else if path.file_stem().unwrap() != "tests" {
                let source = std::fs::read_to_string(&path).unwrap();
                let product = source.split("#[cfg(test)]\nmod tests {").next().unwrap();
                let code = product.lines().filter(|line| !line.trim_start().starts_with("//"));
                lines.extend(code.filter(|line| line.contains("crate::")).map(str::to_owned));
            }
        }
    }
    let mut lines = Vec::new();
    visit(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(room), &mut lines);
    lines
}

#[test]
fn the_custom_handler_needs_nothing_else_of_this_crate() {
    assert_eq!(crate_paths("functions"), Vec::<String>::new());
}

#[test]
fn the_local_host_reads_the_hosts_files_as_the_handler_does_and_needs_only_the_clock_besides() {
    let mut paths = crate_paths("local");
    paths.sort();
    let expected = [
        "use crate::clock::SharedClock;",
        "use crate::functions::FunctionJson;",
        "use crate::functions::{HostJson, time_span};",
    ];
    assert_eq!(paths, expected);
}
