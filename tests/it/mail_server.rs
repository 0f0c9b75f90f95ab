//! Starts `tests/python/smtp_server.py` and reads what it says.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// A mail server of its own for one test. It ends with the test.
pub(crate) struct MailServer {
    process: Child,
    lines: Lines<BufReader<ChildStdout>>,
    folder: tempfile::TempDir,
    pub(crate) port: u16,
    said: usize,
}

impl MailServer {
    pub(crate) async fn start(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut process = Command::new(python())
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/smtp_server.py"))
            .arg(folder.path())
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let first = lines.next_line().await.unwrap().expect(
            "the mail server ended at once; are the packages of tests/python/requirements.txt installed?",
        );
        let first: Value = serde_json::from_str(&first).unwrap();
        Self {
            port: u16::try_from(first["port"].as_u64().unwrap()).unwrap(),
            process,
            lines,
            folder,
            said: 0,
        }
    }

    /// The certificate that signed the server's own.
    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().join("root.pem")
    }

    /// Where it stores mails.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What the server does from now on, whatever the address says: `*` stands for every address, `greeting` for the
    /// line before any. Nothing given takes it all back.
    pub(crate) fn does(&self, ways: &[(&str, &str)]) {
        let ways: std::collections::BTreeMap<_, _> = ways.iter().copied().collect();
        let part = self.folder.path().join("ways.part");
        std::fs::write(&part, serde_json::to_vec(&ways).unwrap()).unwrap();
        std::fs::rename(part, self.folder.path().join("ways.json")).unwrap();
    }

    /// How often a mail for this address was tried.
    pub(crate) fn attempts(&self, address: &str) -> usize {
        let seen = std::fs::read_to_string(self.folder.path().join("attempts")).unwrap_or_default();
        seen.lines().filter(|line| *line == address).count()
    }

    /// How many mails it has stored.
    pub(crate) fn count(&self) -> usize {
        let files = std::fs::read_dir(self.folder.path()).unwrap();
        files.filter(|file| file.as_ref().unwrap().path().extension().is_some_and(|it| it == "eml")).count()
    }

    /// What it said of the mails that it stored since this was last asked.
    pub(crate) async fn take(&mut self) -> Vec<Taken> {
        let mut taken = Vec::new();
        while self.said < self.count() {
            let line = self.lines.next_line().await.unwrap().expect("the mail server is there");
            taken.push(Taken::read(&line));
            self.said += 1;
        }
        taken
    }

    /// Ends the server and returns what it said of every mail that it took, in order.
    pub(crate) async fn taken(mut self) -> Vec<Taken> {
        drop(self.process.stdin.take());
        let mut taken = Vec::new();
        while let Some(line) = self.lines.next_line().await.unwrap() {
            taken.push(Taken::read(&line));
        }
        assert!(self.process.wait().await.unwrap().success());
        taken
    }
}

/// A mail that the server took.
pub(crate) struct Taken {
    /// What Python's `email` package read in it, and how it came.
    pub(crate) described: Value,
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
}

impl Taken {
    fn read(line: &str) -> Self {
        let described: Value = serde_json::from_str(line).unwrap();
        let bytes = std::fs::read(described["file"].as_str().unwrap()).unwrap();
        Self { described, bytes }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one setting of the tests themselves")]
pub(crate) fn python() -> PathBuf {
    let python = std::env::var_os("NOTIFIER_TEST_PYTHON")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join(".venv/bin/python"), PathBuf::from);
    assert!(
        python.exists(),
        "{} is missing; hint: `make test` makes it, or set NOTIFIER_TEST_PYTHON to a Python that has the packages \
         of tests/python/requirements.txt",
        python.display()
    );
    python
}
