//! A folder with the state in a store, and the program on a clock that stands still.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// What the earlier program exported.
pub(super) const STATE: &str = include_str!("state.json");

/// The moment after the last that the state knows of: 2026-12-15T13:21:00Z.
const NOW: &str = "1797340860";

/// The same, read.
static DOCUMENT: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(STATE).unwrap());

/// The partitions, each with the word with which its name begins.
pub(super) fn partitions() -> impl Iterator<Item = (&'static str, &'static Vec<Value>)> {
    let partitions = DOCUMENT["partitions"].as_array().unwrap().iter();
    partitions.map(|partition| {
        let word = partition["partition"].as_str().unwrap().split('|').next().unwrap();
        (word, partition["rows"].as_array().unwrap())
    })
}

/// The rows of every partition whose name begins with this word, and whose own names begin so.
pub(super) fn rows(wanted: &str, begins: &str) -> Vec<&'static Value> {
    let rows = partitions().filter(|(word, _)| *word == wanted).flat_map(|(_, rows)| rows);
    rows.filter(|row| row["row"].as_str().unwrap().starts_with(begins)).collect()
}

/// Where the commands are typed.
pub(super) struct Place {
    folder: tempfile::TempDir,
}

/// What a command said.
pub(super) struct Said {
    pub(super) stdout: String,
    stderr: String,
    code: i32,
}

impl Place {
    /// Makes a store from the state, with the configuration that the state says was in force.
    pub(super) fn new() -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap() };
        stopped_clock(place.folder.path());
        std::fs::write(place.path("state.json"), STATE).unwrap();
        let configuration = rows("configuration", "valid|")[0]["d"]["text"].as_str().unwrap().to_owned();
        std::fs::write(place.path("notifier.toml"), configuration).unwrap();
        let imported = place.run(&["import", "state.json"]);
        assert_eq!(imported.code, 0, "{}", imported.stderr);
        place
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs one command. Nobody whom it might ask is there.
    pub(super) fn run(&self, arguments: &[&str]) -> Said {
        let output = self.command(arguments).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Said { stdout: text(output.stdout), stderr: text(output.stderr), code: output.status.code().unwrap() }
    }

    /// The command, with all its settings.
    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_maintenance-notifier"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("LD_PRELOAD", self.path("clock.so"))
            .env("CLOCK_STANDS_AT", NOW)
            .env("NOTIFIER_STORE", "sqlite:state.db")
            .env("NOTIFIER_CONFIG", "notifier.toml")
            .env("NOTIFIER_LOG", "off")
            .env("NOTIFIER_MAIL_FROM", "Azure maintenance <azure-maintenance@contoso.com>")
            .env("NOTIFIER_PUBLIC_URL", "https://maintenance.contoso.com")
            .env("NOTIFIER_LINK_KEYS", format!("test:{}", STANDARD.encode([7; 32])))
            .env("NOTIFIER_ALLOW_PRIVATE_WEBHOOKS", "true")
            .env("NOTIFIER_ARM_ENDPOINT", "http://127.0.0.1:1")
            .env("USER", "ops");
        command
    }

    /// What a command says, as a person sees it.
    pub(super) fn said(&self, arguments: &[&str]) -> String {
        let Said { stdout, stderr, code } = self.run(arguments);
        let stderr = if stderr.is_empty() { stderr } else { format!("--- stderr\n{stderr}") };
        let code = if code == 0 { String::new() } else { format!("--- exit code {code}\n") };
        format!("$ {}\n{stdout}{stderr}{code}\n", arguments.join(" "))
    }

    /// The same of one command after the other.
    pub(super) fn all<'a, C: AsRef<[&'a str]>>(&self, commands: &[C]) -> String {
        commands.iter().map(|command| self.said(command.as_ref())).collect()
    }
}

/// Compares what was said with what the earlier program said.
pub(super) fn same(name: &str, said: &str) {
    let mut settings = insta::Settings::new();
    settings.set_snapshot_path(".");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, said));
}

/// The first line in which two texts differ.
pub(super) fn first_difference(before: &str, now: &str) -> String {
    let (mut before, mut now) = (before.lines(), now.lines());
    loop {
        match (before.next(), now.next()) {
            (None, None) => return "only line ends differ".to_owned(),
            (before, now) if before != now => return format!("before: {before:?}\nnow:    {now:?}"),
            _ => {}
        }
    }
}

/// Builds the clock, with the compiler that links every program here. It is a library, because the program asks the
/// operating system what time it is, and takes no other answer.
fn stopped_clock(folder: &Path) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/state_of_before/clock.c");
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-o"])
        .arg(folder.join("clock.so"))
        .arg(source)
        .output()
        .expect("cc is installed: rustc links with it");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
}
