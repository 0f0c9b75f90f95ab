//! The real program with its mails and its pages, as browsers, scanners and crowds meet them. Chromium is driven by the
//! scripts in `tests/node/browser/`, which print what they saw.

mod crowd;
mod fuzz;
mod owner;
mod scanner;
mod sizes;

use std::path::{Path, PathBuf};
use std::process::Stdio;

use maintenance_notifier::http::client as http;
use maintenance_notifier::http::client::ClientOptions;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};

/// Who is notified in these tests, and of which machines.
const CONFIGURATION: &str = include_str!("notifier.toml");

/// A demo that runs: the simulated Azure, a store in a file, an outbox and the pages.
struct Demo {
    folder: tempfile::TempDir,
    process: Child,
    /// Where its pages are, without a slash at the end.
    base: String,
    /// Where its Azure is, likewise.
    azure: String,
}

impl Demo {
    /// Runs until everybody was notified, `speed` times as fast as real time, with so many machines. What `log` names is
    /// logged into the file that [`Demo::log`] reads.
    async fn start(speed: u32, machines: usize, log: &str) -> Self {
        Self::configured(CONFIGURATION, speed, machines, log).await
    }

    /// The same with another configuration.
    async fn configured(configuration: &str, speed: u32, machines: usize, log: &str) -> Self {
        let filter = log;
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("notifier.toml"), configuration).unwrap();
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        // Thousands of connections are more than some systems allow a process unasked.
        let mut process = Command::new("sh")
            .args(["-c", "ulimit -n \"$(ulimit -Hn)\" 2>/dev/null; exec \"$0\" \"$@\""])
            .arg(env!("CARGO_BIN_EXE_maintenance-notifier"))
            .args([
                "demo",
                "--port",
                "0",
                "--vms",
                &machines.to_string(),
                "--speed",
                &speed.to_string(),
                "--out",
            ])
            .arg(folder.path())
            .env("NOTIFIER_LOG", filter)
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let (mut base, mut azure) = (None, None);
        while let Some(line) = lines.next_line().await.unwrap() {
            if let Some(address) = line.strip_prefix("Open ") {
                base = address.trim().strip_suffix('/').map(str::to_owned);
                break;
            } else if let Some(address) = line.strip_prefix("Simulated Azure ") {
                azure = address.split_whitespace().next().map(str::to_owned);
            }
        }
        let missing = "the demo says where its pages and its Azure are";
        Self { folder, process, base: base.expect(missing), azure: azure.expect(missing) }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The link in the mail to `address`, as Python reads the mail.
    async fn link(&self, address: &str) -> String {
        let mut python = Command::new(crate::mail_server::python());
        let script = project("tests/python/describe_mails.py");
        let mails: Value = said(python.arg(script).arg(self.path("outbox")), "").await;
        let is_to = |mail: &&Value| mail["headers"]["To"].as_str().unwrap().contains(address);
        let mail = mails.as_array().unwrap().iter().find(is_to).expect("a mail to the address");
        let parts = mail["parts"].as_array().unwrap();
        let text = parts.iter().find(|part| part["type"] == "text/plain").unwrap();
        let mut words = text["content"].as_str().unwrap().split_whitespace();
        words.find(|word| word.contains("/a?t=")).expect("a link").to_owned()
    }

    /// Runs a script of `tests/node/browser/` with a browser, and returns what it saw. Pictures of it stay in a folder
    /// below `target/tmp`.
    async fn browse(&self, script: &str, pages: Value) -> Value {
        let task = json!({
            "base": self.base,
            "outbox": self.path("outbox"),
            "python": crate::mail_server::python(),
            "shots": Path::new(env!("CARGO_TARGET_TMPDIR")).join("browser"),
            "pages": pages,
        });
        let script = project("tests/node/browser").join(script);
        said(Command::new("node").arg(script), &task.to_string()).await
    }

    /// The starts in the activity log of every subscription: what Azure itself says was begun.
    async fn starts_in_azure(&self) -> Vec<String> {
        let client = client();
        let get = async |path: &str, token: &str| -> Value {
            let request =
                client.get(format!("{}{path}", self.azure)).header("x-identity-header", "simulated-identity");
            request.bearer_auth(token).send().await.unwrap().json().await.unwrap()
        };
        let token = get(&format!("/msi/token?api-version=2019-08-01&resource={}", self.azure), "").await;
        let token = token["access_token"].as_str().unwrap();
        let subscriptions = get("/subscriptions?api-version=2022-12-01", token).await;
        let mut starts = Vec::new();
        for subscription in subscriptions["value"].as_array().unwrap() {
            let path = "providers/microsoft.insights/eventtypes/management/values?api-version=2015-04-01";
            let id = subscription["subscriptionId"].as_str().unwrap();
            let log = get(&format!("/subscriptions/{id}/{path}"), token).await;
            let started =
                log["value"].as_array().unwrap().iter().filter(|entry| entry["status"]["value"] == "Started");
            starts.extend(started.map(|entry| entry["resourceId"].as_str().unwrap().to_owned()));
        }
        starts
    }

    /// What the audit trail says was done, in short.
    async fn audit_actions(&self) -> Vec<String> {
        let output = Command::new(env!("CARGO_BIN_EXE_maintenance-notifier"))
            .args(["audit", "--since", "2020-01-01", "--format", "json"])
            .env_clear()
            .env("NOTIFIER_CONFIG", self.path("notifier.toml"))
            .env("NOTIFIER_STORE", format!("sqlite:{}", self.path("state.db").display()))
            .output()
            .await
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let lines = String::from_utf8(output.stdout).unwrap();
        let action = |line: &str| {
            let entry: Value = serde_json::from_str(line).unwrap();
            entry["did"].as_str().unwrap().to_owned()
        };
        lines.lines().map(action).collect()
    }

    /// Ends the program and returns everything that it logged.
    async fn log(mut self) -> String {
        self.process.kill().await.unwrap();
        std::fs::read_to_string(self.path("log")).unwrap()
    }
}

/// A client that follows no redirect.
fn client() -> reqwest::Client {
    http::client(&ClientOptions { use_proxy: false, ..ClientOptions::default() }).unwrap()
}

fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The JSON that a program prints when it is given `input`.
async fn said(command: &mut Command, input: &str) -> Value {
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.kill_on_drop(true).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).await.unwrap();
    let output = child.wait_with_output().await.unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {errors}");
    serde_json::from_slice(&output.stdout).unwrap()
}
