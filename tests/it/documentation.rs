//! The tables of the documentation say what the code does, and the example configuration is valid.

use std::path::{Path, PathBuf};

use maintenance_notifier::config::build::Secrets;
use maintenance_notifier::config::{Environment, documentation, load};

fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// `text` with what stands between the markers called `name` replaced by `table`.
fn with_table(text: &str, name: &str, table: &str) -> String {
    let (begin, end) = (format!("<!-- {name}: made by `make docs` -->\n"), format!("<!-- {name}: end -->"));
    let start = text.find(&begin).unwrap_or_else(|| panic!("the marker {begin} is missing")) + begin.len();
    let stop = text.find(&end).unwrap_or_else(|| panic!("the marker {end} is missing"));
    format!("{}\n{}\n{}", &text[..start], table.trim(), &text[stop..])
}

#[test]
#[expect(clippy::disallowed_methods, reason = "`make docs` asks with a variable to write the tables anew")]
fn the_tables_say_what_the_code_does() {
    let path = project("docs/CONFIGURATION.md");
    let written = std::fs::read_to_string(&path).unwrap();
    let made = with_table(&written, "settings", &documentation::settings());
    let made = with_table(&made, "file", &documentation::file());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &made).unwrap();
        return;
    }
    let differing: Vec<String> = written
        .lines()
        .filter(|line| !made.lines().any(|other| other == *line))
        .map(|line| format!("- {line}"))
        .chain(
            made.lines()
                .filter(|line| !written.lines().any(|other| other == *line))
                .map(|line| format!("+ {line}")),
        )
        .collect();
    assert!(
        written == made,
        "docs/CONFIGURATION.md is not what the code says; `make docs` writes it anew:\n{}",
        differing.join("\n")
    );
}

#[test]
fn every_section_of_the_file_has_a_table() {
    assert_eq!(documentation::undocumented(), Vec::<String>::new());
}

#[test]
fn the_example_is_valid_and_raises_no_warning() {
    let text = std::fs::read_to_string(project("notifier.example.toml")).unwrap();
    let webhook = "https://example.westeurope.logic.azure.com/workflows/run?sig=example";
    let environment =
        Environment::from_pairs([("TEAMS_PLATFORM_WEBHOOK", webhook), ("TEAMS_PERSON_WEBHOOK", webhook)]);
    let secrets = Secrets::Resolve { environment: &environment, allow_private: false };
    let examined = load::examine(&text, secrets, "2026-11-23T09:00:00Z".parse().unwrap());
    let findings: Vec<String> =
        examined.findings.iter().map(|finding| finding.render(Some("example"))).collect();
    assert_eq!(findings, Vec::<String>::new());
    // The documentation shows what `check` says of it.
    let version = examined.configuration.unwrap().policy.version.0;
    let shown = std::fs::read_to_string(project("docs/CONFIGURATION.md")).unwrap();
    assert!(
        shown.contains(&format!("version {version}\n")),
        "docs/CONFIGURATION.md does not show version {version}"
    );
}

#[test]
fn the_example_works_as_it_is_once_its_comments_are_taken_off() {
    // Lines such as `#teams = …` show what can be switched on; none of them may be wrong.
    let text = std::fs::read_to_string(project("notifier.example.toml")).unwrap();
    let uncommented: Vec<&str> = text
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(rest) if rest.starts_with(|c: char| c.is_ascii_lowercase() || c == '[') => rest,
            _ => line,
        })
        .collect();
    assert_ne!(uncommented.join("\n"), text.trim_end());
    let examined =
        load::examine(&uncommented.join("\n"), Secrets::Leave, "2026-11-23T09:00:00Z".parse().unwrap());
    let findings: Vec<String> =
        examined.findings.iter().map(|finding| finding.render(Some("example"))).collect();
    assert_eq!(findings, Vec::<String>::new());
}
