//! The documentation says what is true: its tables are the code's, its links lead somewhere, its commands can be typed,
//! the files and tests that it names exist, and the example configuration is valid.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use clap::Parser;
use maintenance_notifier::cli::args::Arguments;
use maintenance_notifier::config::file::Defaults;
use maintenance_notifier::config::parse::Secrets;
use maintenance_notifier::config::vault_secret::VaultSecrets;
use maintenance_notifier::config::{Environment, documentation, load};
use maintenance_notifier::domain::stage::Stage;
use maintenance_notifier::domain::time_zone::RELEASE;

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
    let vault = VaultSecrets::default();
    let secrets = Secrets::Resolve { environment: &environment, vault: &vault, allow_private: false };
    let examined = load::examine(&text, secrets, "2026-11-23T09:00:00Z".parse().unwrap());
    let findings: Vec<String> =
        examined.findings.iter().map(|finding| finding.render(Some("example"))).collect();
    assert_eq!(findings, Vec::<String>::new());
    // The documentation shows what `check` says of it.
    let version = examined.configuration.unwrap().policy.version.0;
    let shown = std::fs::read_to_string(project("docs/CONFIGURATION.md")).unwrap();
    assert!(
        shown.contains(&format!("version {version}, time zones {RELEASE}\n")),
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

/// Everything that is written for people, with its path.
fn documents() -> Vec<(String, String)> {
    let folder = std::fs::read_dir(project("docs")).unwrap();
    let docs = folder.map(|entry| format!("docs/{}", entry.unwrap().file_name().to_str().unwrap()));
    let mut paths: Vec<String> = docs.filter(|path| path.ends_with(".md")).collect();
    paths.extend(["README.md".to_owned(), "CONTRIBUTING.md".to_owned()]);
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let text = std::fs::read_to_string(project(&path)).unwrap();
            (path, text)
        })
        .collect()
}

/// What stands between `begin` and `end`, each time.
fn between<'a>(text: &'a str, begin: &'a str, end: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(begin).skip(1).filter_map(move |rest| Some(rest.split_once(end)?.0))
}

#[test]
fn the_rulebook_has_a_section_for_every_stage_and_marks_those_that_do_not_wait_for_a_digest() {
    let rules = std::fs::read_to_string(project("docs/NOTIFICATIONS.md")).unwrap();
    let (_, stages) = rules.split_once("\n## Stages\n").unwrap();
    let (stages, _) = stages.split_once("\n## ").unwrap();
    let sections: Vec<(&str, bool)> = stages
        .lines()
        .filter_map(|line| line.strip_prefix("### "))
        .map(|name| name.strip_suffix(" (immediate)").map_or((name, false), |name| (name, true)))
        .collect();
    let immediate = Defaults::default().immediate;
    let expected = Stage::ALL.map(|stage| (stage.as_str(), immediate.contains(&stage.as_str().to_owned())));
    assert_eq!(sections.len(), expected.len(), "a stage has two sections, or none");
    assert_eq!(BTreeMap::from_iter(sections), BTreeMap::from(expected));
}

/// The anchors of a document's headings, as GitHub makes them.
fn anchors(text: &str) -> Vec<String> {
    let headings = text.lines().filter_map(|line| line.trim_start_matches('#').strip_prefix(' '));
    let anchor = |heading: &str| {
        let kept = heading.chars().filter(|c| c.is_alphanumeric() || *c == ' ' || *c == '-');
        kept.collect::<String>().to_lowercase().replace(' ', "-")
    };
    headings.map(anchor).collect()
}

#[test]
fn every_link_leads_somewhere() {
    let mut broken = Vec::new();
    let mut links = 0;
    for (path, text) in documents() {
        let folder = project(&path).parent().unwrap().to_owned();
        let targets = between(&text, "](", ")").chain(between(&text, "src=\"", "\"")).chain(between(
            &text,
            "srcset=\"",
            "\"",
        ));
        for target in targets.filter(|target| !target.contains("://")) {
            links += 1;
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let linked = if file.is_empty() { project(&path) } else { folder.join(file) };
            let there = match std::fs::read_to_string(&linked) {
                Ok(linked) => anchor.is_empty() || anchors(&linked).iter().any(|known| known == anchor),
                // A picture is no text.
                Err(_) => anchor.is_empty() && linked.exists(),
            };
            if !there {
                broken.push(format!("{path}: {target}"));
            }
        }
    }
    assert_eq!(broken, Vec::<String>::new());
    assert!(links > 10, "the links were not found");
}

/// The lines of a document's consoles that somebody types.
fn typed(text: &str) -> impl Iterator<Item = &str> {
    let consoles = between(text, "```console\n", "```");
    consoles.flat_map(str::lines).filter_map(|line| line.trim_start().strip_prefix("$ "))
}

#[test]
fn every_command_can_be_typed() {
    let makefile = std::fs::read_to_string(project("Makefile")).unwrap();
    let mut wrong = Vec::new();
    let mut commands = 0;
    for (path, text) in documents() {
        for line in typed(&text) {
            let line = line.split(['>', '#']).next().unwrap();
            let words: Vec<&str> = line.split_whitespace().collect();
            let can_be_typed = match words.as_slice() {
                ["maintenance-notifier", ..] => Arguments::try_parse_from(&words).is_ok(),
                ["make", target, ..] => makefile.contains(&format!("\n{target}:")),
                _ => continue,
            };
            commands += 1;
            if !can_be_typed {
                wrong.push(format!("{path}: {line}"));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert!(commands > 10, "the commands were not found");
}

/// Adds all Rust in `folder`.
fn sources(folder: &Path, all: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, all);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            all.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
}

/// All Rust of the program and its tests.
fn code() -> String {
    let mut code = String::new();
    sources(&project("src"), &mut code);
    sources(&project("tests/it"), &mut code);
    code
}

#[test]
fn every_fault_and_attack_that_is_a_test_has_a_row_that_says_what_holds() {
    let reliability = std::fs::read_to_string(project("docs/RELIABILITY.md")).unwrap();
    let code = code();
    let kinds = ["F", "S"];
    let of_kind = |kind: &str| -> Vec<(usize, &str)> {
        let cells =
            reliability.lines().filter_map(|line| Some((line.strip_prefix("| ")?.split_once(" |")?.0, line)));
        cells.filter_map(|(cell, line)| Some((cell.strip_prefix(kind)?.parse().ok()?, line))).collect()
    };
    for kind in kinds {
        let rows = of_kind(kind);
        let order: Vec<usize> = rows.iter().map(|(number, _)| *number).collect();
        assert_eq!(
            order,
            (1..=rows.len()).collect::<Vec<_>>(),
            "rows of {kind} are missing, or out of order"
        );
        for (number, row) in &rows {
            let prefix = format!("{}{number}_", kind.to_lowercase());
            let is_tested = code.contains(&format!("fn {prefix}"));
            assert_eq!(is_tested, row.contains(&format!("`{prefix}")), "{kind}{number}: {row}");
        }
        assert!(rows.len() > 15, "{rows:?}");
    }
}

#[test]
fn every_log_line_that_is_quoted_is_logged() {
    let mut source = String::new();
    sources(&project("src"), &mut source);
    let (mut missing, mut quoted) = (Vec::new(), 0);
    for (path, text) in documents() {
        for quote in between(&text, "log: `", "`") {
            quoted += 1;
            // What differs from line to line stands as `…` in the document.
            if quote.split('…').any(|part| !source.contains(part)) {
                missing.push(format!("{path}: {quote}"));
            }
        }
    }
    assert_eq!(missing, Vec::<String>::new());
    assert!(quoted > 10, "the lines were not found: {quoted}");
}

/// The numbers with which the name of a test begins: those of `f10_f17_forty_days` are F10 and F17.
fn numbers(name: &str) -> Vec<String> {
    let is_number = |part: &&str| {
        part.starts_with(['c', 'd', 'f', 'p', 'r', 's', 't'])
            && part.len() > 1
            && part[1..].bytes().all(|byte| byte.is_ascii_digit())
    };
    name.split('_').take_while(is_number).map(str::to_uppercase).collect()
}

/// A fault for which there is no test yet.
const UNTESTED: &str = "F16";

#[test]
fn every_number_in_the_names_of_tests_is_explained_and_no_other() {
    let code = code();
    let names = code.split("fn ").skip(1).filter_map(|rest| rest.split('(').next());
    let used: BTreeSet<String> = names.flat_map(numbers).collect();
    // Faults and attacks stand in the one file, with what has to happen; rules of the host in the other.
    let tables: String = ["CONTRIBUTING.md", "docs/RELIABILITY.md"]
        .map(|path| std::fs::read_to_string(project(path)).unwrap())
        .concat();
    let first_cells = tables.lines().filter_map(|line| line.strip_prefix("| ")?.split(" |").next());
    let mut explained: Vec<String> = first_cells.flat_map(|cell| numbers(&cell.to_lowercase())).collect();
    explained.retain(|number| number != UNTESTED);
    assert_eq!(explained.iter().cloned().collect::<BTreeSet<_>>(), used);
    assert_eq!(explained.len(), used.len(), "a number is explained twice");
}

/// Whether `name` reads like that of a test, or like the beginning that several share: a number, or five words.
fn is_test_name(name: &str) -> bool {
    let words: Vec<&str> = name.split('_').filter(|word| !word.is_empty()).collect();
    let is_plain =
        name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    is_plain && name.contains('_') && (!numbers(name).is_empty() || words.len() >= 5)
}

#[test]
fn every_file_and_test_that_is_named_exists() {
    let code = code();
    let (mut missing, mut tests) = (Vec::new(), 0);
    for (path, text) in documents() {
        let prose: String = text.split("```").step_by(2).collect();
        for name in prose.split('`').skip(1).step_by(2) {
            let is_path = ["src/", "tests/", "docs/", ".ci/"].iter().any(|folder| name.starts_with(folder));
            let is_there = if is_path {
                project(name).exists()
            } else if let Some(beginning) = name.strip_suffix('…').filter(|name| is_test_name(name)) {
                tests += 1;
                code.contains(&format!("fn {beginning}"))
            } else if is_test_name(name) {
                tests += 1;
                code.contains(&format!("fn {name}("))
            } else {
                true
            };
            if !is_there {
                missing.push(format!("{path}: {name}"));
            }
        }
    }
    assert_eq!(missing, Vec::<String>::new());
    assert!(tests > 50, "the names of tests were not found: {tests}");
}

#[test]
fn a_name_of_five_words_or_with_a_number_is_that_of_a_test() {
    for name in ["f12_", "s3_forms", "what_is_written_for_people_is_read_again"] {
        assert!(is_test_name(name), "{name}");
    }
    for name in ["serde_path_to_error", "allowed_domains", "NOTIFIER_A_B_C_D_E", "f12", "--all"] {
        assert!(!is_test_name(name), "{name}");
    }
}
