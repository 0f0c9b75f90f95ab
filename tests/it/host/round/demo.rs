//! What `demo` sends and keeps in SQLite: everything else is compared with it.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use maintenance_notifier::clock::{Clock, SystemClock};
use maintenance_notifier::demo::{SimulationOptions, configuration};
use serde_json::Value;
use tokio::process::Command;

/// In seconds.
const HALF_HOUR: i64 = 1800;
const LONGER_THAN_A_ROUND: i64 = 120;

const SEED: u64 = 7;
const MACHINES: usize = 20;

/// A demo that ran once.
pub(super) struct Demo {
    folder: tempfile::TempDir,
    /// Around when the world's waves are laid.
    pub(super) start: DateTime<Utc>,
    configuration: String,
}

impl Demo {
    pub(super) async fn run() -> Self {
        calm().await;
        let folder = tempfile::tempdir().unwrap();
        let configuration = impatient(SystemClock.now());
        std::fs::write(folder.path().join("notifier.toml"), &configuration).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_maintenance-notifier"))
            .args(["demo", "--once", "--seed", &SEED.to_string(), "--vms", &MACHINES.to_string()])
            .args(["--out", folder.path().to_str().unwrap()])
            .env_clear()
            .output()
            .await
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let world = std::fs::read(folder.path().join("demo.json")).unwrap();
        let world: Value = serde_json::from_slice(&world).unwrap();
        Self { folder, start: world["start"].as_str().unwrap().parse().unwrap(), configuration }
    }

    /// The same world again.
    pub(super) fn world(&self) -> SimulationOptions {
        let mut options = SimulationOptions::new(self.start);
        (options.seed, options.machines) = (SEED, MACHINES);
        options
    }

    /// The same configuration, but that the channel's flow is at `address`.
    pub(super) fn configuration(&self, address: &str) -> String {
        let with_flow = self.configuration.replace("https://example.invalid/workflows/platform", address);
        assert_ne!(with_flow, self.configuration);
        with_flow
    }

    /// The key that signed the links in its messages.
    pub(super) fn link_keys(&self) -> String {
        format!("demo:{}", std::fs::read_to_string(self.folder.path().join("link.key")).unwrap())
    }

    pub(super) fn outbox(&self) -> PathBuf {
        self.folder.path().join("outbox")
    }

    pub(super) fn database(&self) -> PathBuf {
        self.folder.path().join("state.db")
    }

    pub(super) fn cards(&self) -> Vec<Value> {
        let is_card = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "json");
        let read = |path: PathBuf| serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        files(&self.outbox()).into_iter().filter(is_card).map(read).collect()
    }
}

/// The world's windows begin and end at full and half hours, and what is due changes with them: a round that is compared
/// with another must not have such a moment between them.
async fn calm() {
    while SystemClock.now().timestamp().rem_euclid(HALF_HOUR) > HALF_HOUR - LONGER_THAN_A_ROUND {
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

/// The demo's configuration without the considerations that would make the messages wait for another day.
pub(in super::super) fn impatient(start: DateTime<Utc>) -> String {
    let text = configuration(start);
    let without =
        |line: &&str| !["hours ", "quiet ", "settle ", "digest "].iter().any(|key| line.starts_with(key));
    let kept: Vec<&str> = text.lines().filter(without).collect();
    kept.join("\n").replace(
        "[defaults]\n",
        "[defaults]\nhours = \"always\"\nquiet = []\nsettle = \"0m\"\ndigest = \"never\"\n",
    )
}
