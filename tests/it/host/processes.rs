//! P1 to P10: the real program as the host's child.

mod waiting;

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use tokio::net::TcpListener;
use uuid::Uuid;

use super::answer::Verdict;
use super::process::{Level, Next, Process};
use super::simulator::Simulator;
use super::{app, encode};

/// An app folder with a configuration, and settings with which nothing leaves the machine.
pub(super) struct Staged {
    pub(super) folder: tempfile::TempDir,
    pub(super) host_json: Value,
    pub(super) functions: Vec<app::Declared>,
}

pub(super) const CONFIGURATION: &str = r#"
[defaults]
timezone = "Europe/Berlin"
fallback = ["platform"]
[[recipients]]
name  = "platform"
email = ["platform@contoso.com"]
"#;

impl Staged {
    pub(super) fn new() -> Self {
        let folder = app::staged_product();
        std::fs::write(folder.path().join("notifier.toml"), CONFIGURATION).unwrap();
        let (host_json, functions) = app::read(folder.path()).unwrap();
        Self { folder, host_json, functions }
    }

    pub(super) fn root(&self) -> &Path {
        self.folder.path()
    }

    /// Starts it with an Azure at `azure`.
    pub(super) fn start(&self, azure: &str) -> Process {
        Process::start(
            self.root(),
            &settings(self.root(), azure).each_ref().map(|(name, value)| (*name, value.as_str())),
        )
    }

    pub(super) fn host(&self, process: &Process) -> Simulator {
        Simulator::new(&self.host_json, self.functions.clone(), &process.client)
    }
}

pub(super) fn settings(state: &Path, azure: &str) -> [(&'static str, String); 7] {
    [
        ("NOTIFIER_STORE", format!("sqlite:{}", state.join("state.db").display())),
        ("NOTIFIER_OUTBOX", state.join("outbox").display().to_string()),
        ("NOTIFIER_ARM_ENDPOINT", azure.to_owned()),
        ("NOTIFIER_ARM_AUDIENCE", azure.to_owned()),
        ("IDENTITY_ENDPOINT", format!("{azure}/msi/token")),
        ("IDENTITY_HEADER", "simulated-identity".to_owned()),
        ("NOTIFIER_MAIL_FROM", "Azure maintenance <azure-maintenance@contoso.com>".to_owned()),
    ]
}

/// An Azure that takes connections and never answers; and its address.
pub(super) async fn silent_azure() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    (listener, address)
}

#[tokio::test]
async fn p1_the_program_starts_with_what_the_host_gives_it() {
    let staged = Staged::new();
    let (_azure, address) = silent_azure().await;
    let process = staged.start(&address);
    process.ready().await;
    let of_process = |name: &str| Path::new("/proc").join(process.pid().to_string()).join(name);
    assert_eq!(std::fs::read_link(of_process("cwd")).unwrap(), staged.root().canonicalize().unwrap());
    let environment = std::fs::read_to_string(of_process("environ")).unwrap();
    let mut names: Vec<&str> =
        environment.split('\0').filter_map(|pair| Some(pair.split_once('=')?.0)).collect();
    names.retain(|name| name.starts_with("FUNCTIONS_"));
    names.sort_unstable();
    insta::assert_snapshot!(names.join(" "), @"FUNCTIONS_APP_ROOT_PATH FUNCTIONS_CUSTOMHANDLER_PORT FUNCTIONS_CUSTOMHANDLER_WORKER_ID FUNCTIONS_HTTPWORKER_ID FUNCTIONS_HTTPWORKER_PORT");
}

#[tokio::test]
async fn p1_the_port_alone_says_that_the_host_started_it() {
    let staged = Staged::new();
    let mut host_json = staged.host_json.clone();
    host_json["customHandler"]["description"]["arguments"] = Value::Array(Vec::new());
    std::fs::write(staged.root().join("host.json"), host_json.to_string()).unwrap();
    let (_azure, address) = silent_azure().await;
    let process = staged.start(&address);
    assert_eq!(process.ready().await.text(), "running\n");
}

#[test]
fn p2_the_package_is_an_app_and_the_repository_is_none() {
    let staged = Staged::new();
    let names: Vec<&str> = staged.functions.iter().map(|function| function.name.as_str()).collect();
    let expected = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("function_configs")).unwrap();
    let mut expected: Vec<_> =
        expected.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    expected.sort();
    assert_eq!(names, expected);
    insta::assert_snapshot!(app::read(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap_err(), @"function_configs: functions lie one level too deep, where the host does not look");
}

#[test]
fn p2_names_that_the_host_refuses_are_no_functions() {
    let binding = r#"{"type":"timerTrigger","direction":"in","name":"timer"}"#;
    let mut problems = String::new();
    for (function, bindings) in [
        ("Tick", r#"{"type":"timerTrigger","direction":"in","name":"my-timer"}"#.to_owned()),
        ("Tick", format!("{binding},{binding}")),
        ("Tick", r#"{"type":"queue","direction":"out","name":"orders"}"#.to_owned()),
        ("Host", binding.to_owned()),
        ("2nd", binding.to_owned()),
        ("Tick.Tock", binding.to_owned()),
    ] {
        let folder = app::staged_script("");
        std::fs::create_dir(folder.path().join(function)).unwrap();
        let text = format!(r#"{{"bindings":[{bindings}]}}"#);
        std::fs::write(folder.path().join(function).join("function.json"), text).unwrap();
        writeln!(problems, "{}", app::read(folder.path()).unwrap_err()).unwrap();
    }
    insta::assert_snapshot!(problems, @"
    Tick: `my-timer` is no name for a binding
    Tick: 2 triggers
    Tick: 0 triggers
    Host: no name for a function
    2nd: no name for a function
    Tick.Tock: no name for a function
    ");
}

/// Probes and work in any order, eight at a time.
#[tokio::test]
async fn p4_probes_come_at_any_time_and_are_answered() {
    use futures::StreamExt;
    let staged = Staged::new();
    let (_azure, address) = silent_azure().await;
    let process = staged.start(&address);
    process.ready().await;
    let host = staged.host(&process);
    // A ticket for a message that is not there: read from the store, and then there is nothing to do.
    let body = encode::queue_message(host.function("DeliverMessage"), "0af1-07:1", 1);
    let seed = Uuid::new_v4().as_u128();
    let (process, host, body) = (&process, &host, &body);
    let load = (0..100).map(|bit| async move {
        if seed >> bit & 1 == 1 {
            assert_eq!(process.probe().await.unwrap().status, 200, "seed {seed:x}");
        } else {
            host.invoke("DeliverMessage", body).await.success();
        }
    });
    assert_eq!(futures::stream::iter(load).buffer_unordered(8).count().await, 100);
}

#[tokio::test]
async fn p4_p5_probes_during_work_are_answered_and_the_log_is_json_with_the_invocation() {
    let staged = Staged::new();
    let (_azure, address) = silent_azure().await;
    let mut process = staged.start(&address);
    process.ready().await;
    let host = staged.host(&process);
    let body = encode::timer(host.function("PlanNotifications"), encode::regular(), false);
    for _ in 0..3 {
        let (verdict, probe) = tokio::join!(host.invoke("PlanNotifications", &body), process.probe());
        verdict.success();
        assert_eq!(probe.unwrap().status, 200);
    }
    let log = process.log().await;
    let done: Vec<&Value> = log
        .iter()
        .filter(|event| event["message"].as_str().unwrap_or_default().contains("succeeded"))
        .collect();
    assert_eq!(done.len(), 3, "{log:?}");
    for event in done {
        assert_eq!(event["span"]["function"], "PlanNotifications");
        assert_eq!(event["span"]["invocation_id"].as_str().unwrap().len(), 36);
        assert_eq!(event["span"]["trace_id"].as_str().unwrap().len(), 32);
    }
    assert!(log.iter().any(|event| event["message"] == "the function folders match the program"), "{log:?}");
    assert!(log.iter().all(|event| event["level"] != "ERROR"), "{log:?}");
}

#[tokio::test]
async fn p6_the_exit_code_decides_whether_there_is_another_process() {
    for (code, expected) in [(0, Next::Dead), (200, Next::Restarted), (1, Next::Restarted)] {
        let folder = app::staged_script(&format!("exit {code}"));
        let mut process = Process::start(folder.path(), &[]);
        let code = process.ended().await;
        assert_eq!(process.after_exit(code, 0), expected, "{code}");
        if expected == Next::Dead {
            assert_eq!(process.probe().await.unwrap_err().kind(), std::io::ErrorKind::ConnectionRefused);
        }
    }
    let folder =
        app::staged_script("echo one >&2; echo two >&2; echo a warning >&2; echo four >&2; kill -SEGV $$");
    let mut process = Process::start(folder.path(), &[]);
    let mut did = String::new();
    for minute in [0, 40, 50, 60] {
        let code = process.ended().await;
        writeln!(did, "{minute}: {code} {:?}", process.after_exit(code, minute)).unwrap();
    }
    insta::assert_snapshot!(did, @r#"
    0: 139 Restarted
    40: 139 Restarted
    50: 139 Restarted
    60: 139 HostStopped(["two", "a warning", "four"])
    "#);
    assert!(process.lines().contains(&(Level::Warning, "a warning".into())));
    assert!(process.lines().contains(&(Level::Error, "four".into())));
}

#[tokio::test]
async fn p7_killed_in_the_middle_of_an_invocation_the_next_process_has_the_port() {
    let staged = Staged::new();
    let (azure, address) = silent_azure().await;
    let mut process = staged.start(&address);
    process.ready().await;
    let host = Arc::new(staged.host(&process));
    let body = encode::timer(host.function("CollectMaintenance"), encode::regular(), false);
    let invocation = tokio::spawn({
        let host = host.clone();
        async move { host.invoke("CollectMaintenance", &body).await }
    });
    // It asks Azure, and so is in the middle of its work.
    let _connection = azure.accept().await.unwrap();
    process.kill_and_restart().await;
    assert!(matches!(invocation.await.unwrap(), Verdict::Failed(_)));
    assert_eq!(process.ready().await.status, 200);
    let body = encode::timer(host.function("PlanNotifications"), encode::regular(), false);
    host.invoke("PlanNotifications", &body).await.success();
}

/// A host is played by a shell that the test kills; the handler is its child. The pipes of both are the same, and end
/// when the last of them has ended.
fn with_a_host(staged: &Staged, lines: &str) {
    let program = staged.root().join("maintenance-notifier");
    std::fs::rename(&program, staged.root().join("program")).unwrap();
    let script = format!("#!/bin/sh\n{}\n", lines.replace("PROGRAM", "./program \"$@\""));
    std::fs::write(&program, script).unwrap();
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&program, executable).unwrap();
}

#[tokio::test]
async fn p10_the_handler_ends_when_the_host_is_killed() {
    let staged = Staged::new();
    with_a_host(&staged, "PROGRAM & wait");
    let (azure, address) = silent_azure().await;
    let mut process = staged.start(&address);
    process.ready().await;
    let host = staged.host(&process);
    let body = encode::timer(host.function("CollectMaintenance"), encode::regular(), false);
    let _invocation = tokio::spawn(async move { host.invoke("CollectMaintenance", &body).await });
    // In the middle of its work, too.
    let _connection = azure.accept().await.unwrap();
    let log = process.log().await;
    assert!(log.iter().any(|event| event["message"] == "ready"), "{log:?}");
    let refused = process.probe().await.unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
}

#[tokio::test]
async fn p10_the_handler_ends_when_the_host_is_killed_before_the_port_is_had() {
    let staged = Staged::new();
    with_a_host(&staged, "PROGRAM & wait");
    let (_azure, address) = silent_azure().await;
    let other = tokio::net::TcpSocket::new_v4().unwrap();
    other.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let settings = settings(staged.root(), &address);
    let settings = settings.each_ref().map(|(name, value)| (*name, value.as_str()));
    let mut process = Process::start_at(other.local_addr().unwrap().port(), staged.root(), &settings);
    process.said("is busy").await;
    process.log().await;
    drop(other);
    let refused = process.probe().await.unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
}

/// Every line on stderr is an error to the host, so that a log that cannot be written is no reason for one.
#[tokio::test]
async fn p5_whoever_cannot_write_its_log_says_nothing_on_stderr() {
    let staged = Staged::new();
    with_a_host(&staged, "PROGRAM | true");
    let (_azure, address) = silent_azure().await;
    let mut process = staged.start(&address);
    process.ready().await;
    let host = staged.host(&process);
    let body = encode::timer(host.function("PlanNotifications"), encode::regular(), false);
    host.invoke("PlanNotifications", &body).await.success();
    assert_eq!(process.log().await, Vec::<Value>::new());
}

#[tokio::test]
async fn p5_a_last_word_is_one_line() {
    let staged = Staged::new();
    with_a_host(&staged, "FUNCTIONS_CUSTOMHANDLER_PORT=none PROGRAM");
    let (_azure, address) = silent_azure().await;
    let mut process = staged.start(&address);
    assert_eq!(process.ended().await, 1);
    let expected = "error: FUNCTIONS_CUSTOMHANDLER_PORT is no port: `none`";
    assert_eq!(process.lines(), [(Level::Error, expected.to_owned())]);
}
