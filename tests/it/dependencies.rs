//! What may be linked into the program, where `deny.toml` cannot say it: its bans take no patterns.

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
