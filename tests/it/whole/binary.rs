//! The program itself, killed and run again; and everything it wrote, read by others.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

fn demo(out: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_maintenance-notifier"));
    command.args(["demo", "--once", "--format", "json", "--seed", "7", "--out"]).arg(out).env_clear();
    command
}

/// One run to its end: what it printed.
fn run(out: &Path) -> Value {
    let output = demo(out).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The mails and cards in the outbox folder, without half-written ones.
fn files(out: &Path) -> Vec<PathBuf> {
    let Ok(folder) = fs::read_dir(out.join("outbox")) else { return Vec::new() };
    let mut files: Vec<PathBuf> = folder.map(|file| file.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|it| it == "eml" || it == "json"));
    files.sort();
    files
}

/// Whom each file is for, and which of their messages it is: its name without the time, and with a number in the place of
/// the id, which is its store's own. A message that is there twice has its number twice.
fn messages(out: &Path) -> Vec<String> {
    let mut ids: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut names = Vec::new();
    for path in files(out) {
        let name = path.file_name().unwrap().to_str().unwrap();
        let (to, id) = name.split_once('-').unwrap().1.rsplit_once('-').unwrap();
        let known = ids.entry(to.to_owned()).or_default();
        let number = known.iter().position(|known| known == id).unwrap_or_else(|| {
            known.push(id.to_owned());
            known.len() - 1
        });
        names.push(format!("{to}-{number}"));
    }
    names.sort();
    names
}

#[test]
fn a_second_run_finds_the_same_and_sends_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let first = run(folder.path());
    let sent = files(folder.path());
    assert_eq!(first["messages"].as_array().unwrap().len(), sent.len());
    assert!(sent.len() > 10, "{}", sent.len());
    let second = run(folder.path());
    assert_eq!(second["messages"], json!([]));
    assert_eq!(second["windows"].as_array().unwrap().len(), first["windows"].as_array().unwrap().len());
    assert_eq!(files(folder.path()), sent);
    read_back(folder.path());
}

/// Kills a run as soon as the outbox holds `after` files.
fn kill_after(out: &Path, after: usize) {
    let mut child = demo(out).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let patience = Instant::now() + Duration::from_secs(60);
    while files(out).len() < after && child.try_wait().unwrap().is_none() {
        assert!(Instant::now() < patience, "no message was sent in a minute");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn f1_a_run_that_is_killed_is_finished_by_the_next() {
    let undisturbed = tempfile::tempdir().unwrap();
    run(undisturbed.path());
    let expected = messages(undisturbed.path());
    for after in [0, 1, 9] {
        let folder = tempfile::tempdir().unwrap();
        kill_after(folder.path(), after);
        // The lease of what was under way runs out after ten minutes: between runs the demo's clock is set on by more.
        finish(folder.path(), &expected);
        assert_eq!(messages(folder.path()), expected, "killed after {after}");
    }
}

/// Runs until nothing is missing, with eleven minutes between the runs.
fn finish(out: &Path, expected: &[String]) {
    for _ in 0..3 {
        run(out);
        if messages(out) == expected {
            // Once more: nothing comes twice.
            run(out);
            return;
        }
        let path = out.join("demo.json");
        let mut world: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let showed: chrono::DateTime<chrono::Utc> = world["showed"].as_str().unwrap().parse().unwrap();
        world["showed"] = json!(showed + chrono::TimeDelta::minutes(11));
        fs::write(&path, world.to_string()).unwrap();
    }
}

/// Python reads every mail and the makers' library every card.
fn read_back(out: &Path) {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    read_mails(&out.join("outbox"));
    let cards = tempfile::tempdir().unwrap();
    let mut samples = BTreeSet::new();
    for path in files(out).iter().filter(|path| path.extension().is_some_and(|it| it == "json")) {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        fs::copy(path, cards.path().join(format!("{name}.card.json"))).unwrap();
        samples.insert(name);
    }
    let samples: Vec<Value> = samples.into_iter().map(|name| json!({ "name": name })).collect();
    fs::write(cards.path().join("samples.json"), serde_json::to_vec(&samples).unwrap()).unwrap();
    checked(Command::new("node").arg(project.join("tests/node/card_check.js")).arg(cards.path()));
}

/// Python reads every mail in a folder.
pub(super) fn read_mails(folder: &Path) {
    checked(
        Command::new(crate::mail_server::python())
            .args(["-m", "pytest", "-q", "-p", "no:cacheprovider"])
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/test_outbox.py"))
            .env("OUTBOX", folder)
            .env("PYTHONDONTWRITEBYTECODE", "1"),
    );
}

fn checked(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{command:?}\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
