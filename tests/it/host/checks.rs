//! C1 to C9: what every build of the handler must do.

use std::process::Command;

use serde_json::{Value, json};

use super::answer::Verdict;
use super::encode;
use super::http::Body;
use super::processes::{Staged, silent_azure};
use super::requests::simulator;

#[tokio::test]
async fn c1_c2_c4_c5_what_is_no_invocation_is_refused_with_json() {
    let staged = Staged::new();
    let (_azure, address) = silent_azure().await;
    let process = staged.start(&address);
    assert_eq!(process.ready().await.status, 200);
    let host = staged.host(&process);
    let large = vec![b' '; 9 * 1024 * 1024];
    let message = encode::queue_message(host.function("DeliverMessage"), "no ticket", 1).to_string();
    let mut answers = String::new();
    for (path, body) in [
        ("/Unknown", &b"{}"[..]),
        ("/DeliverMessage", b""),
        ("/DeliverMessage", b"not JSON"),
        ("/DeliverMessage", b"[]"),
        ("/DeliverMessage", b"{\"Data\":{}}"),
        ("/DeliverMessage", message.as_bytes()),
        ("/DeliverMessage", &large),
    ] {
        let head = host.head("POST", "DeliverMessage", path, uuid::Uuid::new_v4(), true);
        let answer = process.client.send(&head, Body::Chunked(body)).await.unwrap();
        let said: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(answer.header("content-type"), Some("application/json"));
        answers.push_str(&format!("{} {}\n", answer.status, said["error"].as_str().unwrap()));
    }
    insta::assert_snapshot!(answers, @"
    404 no function of this name is registered
    400 the body is not an invocation as the Functions host sends it: EOF while parsing a value at line 1 column 0
    400 the body is not an invocation as the Functions host sends it: expected ident at line 1 column 2
    400 the body is not an invocation as the Functions host sends it: invalid length 0, expected struct InvocationEnvelope with 3 elements at line 1 column 2
    400 `Data` is empty: it must hold the trigger's value
    400 the queue message cannot be read: `no ticket` is no delivery ticket; one looks like ROW:ATTEMPT
    413 the body is larger than 8388608 bytes
    ");
    assert_eq!(process.probe().await.unwrap().status, 200);
}

#[tokio::test]
async fn c3_a_panic_is_a_failure_of_its_invocation_only() {
    let (host, _) = simulator().await;
    let body = |text: &str| encode::queue_message(host.function("Work"), text, 1);
    assert_eq!(
        host.invoke("Work", &body("panic")).await,
        Verdict::Failed("500 (Internal Server Error)".into())
    );
    host.invoke("Work", &body("fine")).await.success();
}

#[tokio::test]
async fn c6_asked_to_stop_it_does_not_exit_with_zero() {
    for signal in ["TERM", "INT"] {
        let staged = Staged::new();
        let (_azure, address) = silent_azure().await;
        let mut process = staged.start(&address);
        process.ready().await;
        let kill = Command::new("kill").args([&format!("-{signal}"), &process.pid().to_string()]).status();
        assert!(kill.unwrap().success());
        assert_eq!(process.ended().await, 143, "{:?}", process.lines());
        process.log().await;
    }
}

#[tokio::test]
async fn c7_s21_it_listens_on_the_loopback_address_only() {
    let staged = Staged::new();
    let (_azure, address) = silent_azure().await;
    let process = staged.start(&address);
    process.ready().await;
    let mut listening = Vec::new();
    for table in ["tcp", "tcp6"] {
        let text =
            std::fs::read_to_string(format!("/proc/{}/net/{table}", process.pid())).unwrap_or_default();
        let rows = text.lines().skip(1).map(|row| row.split_whitespace().collect::<Vec<_>>());
        listening.extend(rows.filter(|row| row[3] == "0A").map(|row| row[1].to_owned()));
    }
    let port = format!("{:04X}", process.port);
    listening.retain(|address| address.ends_with(&format!(":{port}")));
    assert_eq!(listening, [format!("0100007F:{port}")]);
}

#[tokio::test]
async fn c8_c9_a_success_is_an_object_and_messages_are_lists_of_texts() {
    let (host, _) = simulator().await;
    let body = encode::timer(host.function("Tick"), encode::regular(), false).to_string();
    let answer = host.post("Tick", body.as_bytes(), true).await.unwrap();
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let said: Value = serde_json::from_slice(&answer.body).unwrap();
    assert!(said.is_object());
    assert_eq!(said["Outputs"]["orders"], json!(["order123"]));
}

#[test]
fn a_handler_without_a_port_says_how_to_run_it() {
    let output =
        Command::new(env!("CARGO_BIN_EXE_maintenance-notifier")).arg("handler").env_clear().output().unwrap();
    insta::assert_snapshot!(String::from_utf8(output.stderr).unwrap(), @"error: the Functions host starts this command and sets FUNCTIONS_CUSTOMHANDLER_PORT; run `maintenance-notifier local` on your own machine");
    assert_eq!(output.status.code(), Some(1));
}
