//! What may be linked into the program, where `deny.toml` cannot say it: its bans take no patterns. And the list of it.

use std::collections::BTreeSet;

#[test]
fn nothing_of_another_cloud_and_one_tls_implementation() {
    let lock = include_str!("../../Cargo.lock");
    let names: Vec<&str> =
        lock.lines().filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"')).collect();
    assert!(names.contains(&"ring") && names.contains(&"rustls"), "the lock file is read wrongly");
    let refused: Vec<&&str> = names
        .iter()
        .filter(|name| {
            name.starts_with("aws-")
                || name.starts_with("aws_")
                || name.starts_with("lambda")
                || ["openssl", "openssl-sys", "native-tls"].contains(name)
        })
        .collect();
    assert!(refused.is_empty(), "Cargo.lock names {refused:?}");
}

#[test]
fn the_map_lists_every_library_and_no_other() {
    let manifest = include_str!("../../Cargo.toml");
    let section = |name: &str| manifest.split(&format!("\n[{name}]\n")).nth(1).unwrap();
    let names = ["dependencies", "build-dependencies"].into_iter().flat_map(|name| {
        let lines = section(name).lines().take_while(|line| !line.starts_with('['));
        lines.filter_map(|line| line.split_once(" = ")).map(|(name, _)| name)
    });
    let map = include_str!("../../docs/ARCHITECTURE.md");
    let (_, rest) = map.split_once("\n## Libraries\n").unwrap();
    let (list, _) = rest.split_once("\n## ").unwrap();
    let listed: BTreeSet<&str> = list.split('`').skip(1).step_by(2).collect();
    assert_eq!(listed, names.collect());
}
