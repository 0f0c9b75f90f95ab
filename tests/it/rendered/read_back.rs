//! Rendered messages read back by code that nobody here wrote: Python's parsers and the makers' card library.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use maintenance_notifier::render::{card, mail};
use serde_json::json;

use super::samples;

/// Writes every sample into `folder`: `NAME.html`, `NAME.txt`, `NAME-N.ics`, `NAME.card.json`, and what is expected
/// of them in `samples.json`.
fn write_samples(folder: &Path) {
    let deployment = samples::deployment();
    let mut expected = Vec::new();
    for (name, content) in samples::all() {
        let mail = mail(&content, &deployment, &samples::jane()).unwrap();
        fs::write(folder.join(format!("{name}.html")), &mail.html).unwrap();
        fs::write(folder.join(format!("{name}.txt")), &mail.text).unwrap();
        let card = card(&content, &deployment).unwrap();
        fs::write(folder.join(format!("{name}.card.json")), &card.json).unwrap();
        let mut objects: Vec<Vec<u8>> =
            mail.calendar.iter().map(|part| part.text.clone().into_bytes()).collect();
        for attachment in mail.attachments {
            if attachment.name.ends_with(".ics") {
                objects.push(attachment.bytes);
            } else {
                fs::write(folder.join(format!("{name}.{}", attachment.name)), &attachment.bytes).unwrap();
            }
        }
        for (index, bytes) in objects.iter().enumerate() {
            fs::write(folder.join(format!("{name}-{index}.ics")), bytes).unwrap();
        }
        let machines: Vec<String> =
            content.items.iter().map(|item| item.window.id.resource.display_name()).collect();
        expected.push(json!({
            "name": name,
            "subject": mail.subject,
            "machines": machines,
            "frozen_at": content.frozen_at,
            "calendar": content.calendar,
        }));
    }
    fs::write(folder.join("samples.json"), serde_json::to_vec_pretty(&expected).unwrap()).unwrap();
}

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[expect(
    clippy::disallowed_methods,
    reason = "which Python runs the checks is the test environment's business"
)]
fn python() -> PathBuf {
    std::env::var_os("NOTIFIER_TEST_PYTHON").map_or_else(|| project().join(".venv/bin/python"), PathBuf::from)
}

/// Runs `command` and fails with all that it said.
pub(super) fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| {
        panic!("{command:?} cannot be run ({error}); `make test` installs what it needs")
    });
    assert!(
        output.status.success(),
        "{command:?} failed; when a module is missing, `make test` installs it\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn python_reads_calendar_entries_html_and_lists_as_they_were_meant() {
    let folder = tempfile::tempdir().unwrap();
    write_samples(folder.path());
    run(Command::new(python())
        .args(["-m", "pytest", "-q", "-p", "no:cacheprovider"])
        .arg(project().join("tests/python/test_rendered.py"))
        .env("RENDERED_SAMPLES", folder.path())
        .env("PYTHONDONTWRITEBYTECODE", "1"));
}

#[test]
fn the_makers_card_library_knows_every_element() {
    let folder = tempfile::tempdir().unwrap();
    write_samples(folder.path());
    run(Command::new("node").arg(project().join("tests/node/card_check.js")).arg(folder.path()));
}
