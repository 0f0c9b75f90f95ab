//! P8, P9: an invocation waits for the process, the process for its port.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::Value;

use super::{CONFIGURATION, Staged, settings, silent_azure};
use crate::host::encode;
use crate::host::http::Client;
use crate::host::process::Process;
use crate::host::simulator::Simulator;

/// The configuration is a pipe that nobody has written into yet: reading it takes until somebody does.
#[tokio::test]
async fn p3_p9_the_probe_is_answered_before_the_configuration_is_read_and_invocations_wait() {
    let staged = Staged::new();
    let pipe = staged.root().join("notifier.toml");
    std::fs::remove_file(&pipe).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let (_azure, address) = silent_azure().await;
    let process = staged.start(&address);
    assert_eq!(process.ready().await.status, 200);
    let host = staged.host(&process);
    let body = encode::timer(host.function("PlanNotifications"), encode::regular(), false);
    let write = tokio::task::spawn_blocking(move || std::fs::write(pipe, CONFIGURATION).unwrap());
    host.invoke("PlanNotifications", &body).await.success();
    write.await.unwrap();
    assert_eq!(process.probe().await.unwrap().status, 200);
}

/// What was asked for before the process is there waits for it.
#[tokio::test]
async fn p9_an_invocation_waits_for_the_process() {
    let staged = Staged::new();
    let (_azure, address) = silent_azure().await;
    let process = staged.start(&address);
    let host = staged.host(&process);
    host.is_initialized.store(false, Ordering::SeqCst);
    let body = encode::timer(host.function("PlanNotifications"), encode::regular(), false);
    let start = async {
        process.ready().await;
        host.is_initialized.store(true, Ordering::SeqCst);
    };
    let (verdict, ()) = tokio::join!(host.invoke("PlanNotifications", &body), start);
    verdict.success();
}

/// The host's own patience, without a process: nothing is sent that could be waited for.
#[tokio::test(start_paused = true)]
async fn p9_an_invocation_waits_two_minutes_at_most() {
    let nobody = Arc::new(Client::new(SocketAddr::from(([127, 0, 0, 1], 1))));
    let host = Arc::new(Simulator::new(&Value::Null, Vec::new(), &nobody));
    host.is_initialized.store(false, Ordering::SeqCst);
    let started = tokio::time::Instant::now();
    let stopped = host.initialized().await.unwrap_err();
    insta::assert_snapshot!(stopped, @"Initialization timed out and host is shutting down");
    assert_eq!(started.elapsed(), Duration::from_secs(120));
    let waiting = tokio::spawn({
        let host = host.clone();
        async move { host.initialized().await }
    });
    tokio::time::sleep(Duration::from_secs(119)).await;
    assert!(!waiting.is_finished());
    host.is_initialized.store(true, Ordering::SeqCst);
    assert_eq!(waiting.await.unwrap(), Ok(()));
}

/// The port is somebody else's when the process starts, and is let go once the process has said so.
#[tokio::test]
async fn p8_a_port_that_is_busy_at_the_start_is_waited_for() {
    let staged = Staged::new();
    let (_azure, address) = silent_azure().await;
    // Bound without listening: nobody else can have the port, and the probe is refused.
    let other = tokio::net::TcpSocket::new_v4().unwrap();
    other.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let settings = settings(staged.root(), &address);
    let settings = settings.each_ref().map(|(name, value)| (*name, value.as_str()));
    let mut process = Process::start_at(other.local_addr().unwrap().port(), staged.root(), &settings);
    process.said("is busy").await;
    assert_eq!(process.probe().await.unwrap_err().kind(), std::io::ErrorKind::ConnectionRefused);
    drop(other);
    assert_eq!(process.ready().await.status, 200);
    let log = process.log().await;
    let warned = log.iter().filter(|event| event["level"] == "WARN").count();
    assert_eq!(warned, 1, "once, however often it was tried: {log:?}");
}

#[tokio::test]
async fn p9_an_invalid_configuration_fails_every_invocation_with_the_reason_and_the_process_stays() {
    let staged = Staged::new();
    std::fs::write(staged.root().join("notifier.toml"), "[defaults]\ntimezone = \"Europe/Berln\"\n").unwrap();
    let (_azure, address) = silent_azure().await;
    let mut process = staged.start(&address);
    process.ready().await;
    let host = staged.host(&process);
    for function in staged.functions.iter().filter(|function| !function.is_forwarded()) {
        let answer = host.post(&function.name, b"{}", true).await.unwrap();
        assert_eq!(answer.status, 500);
        assert!(answer.text().contains("Europe/Berln"), "{}", answer.text());
    }
    assert_eq!(process.probe().await.unwrap().status, 200);
    let visit = crate::host::visits::Visit { method: "GET", path: "/health", ..Default::default() };
    let answer = host.forward("Web", &visit).await;
    assert_eq!((answer.status, answer.text().contains("Berln")), (503, false));
    let errors: Vec<Value> =
        process.log().await.into_iter().filter(|event| event["level"] == "ERROR").collect();
    assert_eq!(errors.len(), 1, "the reason is told once a minute, not once an invocation: {errors:?}");
    assert!(errors[0]["message"].as_str().unwrap().contains("Europe/Berln"));
}
