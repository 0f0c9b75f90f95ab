//! D1 to D9: what the host makes of answers, shown with a handler that does everything wrong.

use std::fmt::Write as _;
use std::time::Duration;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};

use super::answer::{self, Output, Success, Verdict};
use super::app::Declared;
use super::encode;
use super::http::Answer;
use super::requests;
use super::simulator::Simulator;
use super::visits::Visit;

fn function() -> Declared {
    Declared::new(
        "Work",
        json!([{ "type": "queueTrigger", "direction": "in", "name": "message", "queueName": "q" },
        { "type": "queue", "direction": "out", "name": "next", "queueName": "n" },
        { "type": "http", "direction": "out", "name": "res" }]),
    )
}

/// What the host makes of this answer.
fn verdict(status: u16, content_type: &str, body: &str) -> Verdict {
    let headers = vec![("content-type".to_owned(), content_type.to_owned())];
    answer::read(&function(), &Answer { status, reason: "Reason".into(), headers, body: body.into() })
}

fn ok(body: &Value) -> Verdict {
    verdict(200, "application/json; charset=utf-8", &body.to_string())
}

fn next(success: &Success) -> &Output {
    &success.outputs["next"]
}

#[test]
fn d1_another_status_than_2xx_fails_and_the_body_is_dropped() {
    assert_eq!(
        verdict(500, "application/json", r#"{"Logs":["why"]}"#),
        Verdict::Failed("500 (Reason)".into())
    );
    assert!(matches!(verdict(201, "application/json", "{}"), Verdict::Succeeded(_)));
}

#[test]
fn d2_only_json_is_read() {
    assert!(matches!(verdict(200, "text/plain", "{}"), Verdict::Failed(_)));
    assert!(matches!(verdict(200, "", "{}"), Verdict::Failed(_)));
    assert!(matches!(verdict(200, "text/json", "{}"), Verdict::Succeeded(_)));
}

#[test]
fn d3_an_empty_success_hangs() {
    assert_eq!(verdict(204, "", ""), Verdict::Hangs);
    assert_eq!(verdict(200, "application/json", ""), Verdict::Hangs);
    assert_eq!(verdict(200, "application/json", "null"), Verdict::Hangs);
}

/// Ours are never empty: whatever a function does, there is an object or an error.
#[tokio::test]
async fn d3_no_function_of_ours_answers_with_an_empty_success() {
    let (host, _) = requests::simulator().await;
    for text in ["fine", "fail", "panic"] {
        let body = encode::queue_message(host.function("Work"), text, 1).to_string();
        let answer = host.post("Work", body.as_bytes(), false).await.unwrap();
        assert!(serde_json::from_slice::<Value>(&answer.body).unwrap().is_object(), "{text}");
        assert_ne!(answer::read(host.function("Work"), &answer), Verdict::Hangs, "{text}");
    }
}

#[test]
fn d4_keys_have_any_case_and_what_is_not_declared_vanishes() {
    let success =
        ok(&json!({ "LOGS": ["a"], "outputs": { "next": ["x"], "Next": ["y"], "other": 1 }, "unknown": 1 }))
            .success();
    assert_eq!(success.logs, ["a"]);
    assert_eq!(next(&success), &Output::Messages(vec!["x".into()]));
    assert_eq!(success.undeclared, ["Next", "other"]);
    assert!(matches!(ok(&json!({ "Logs": [{ "a": 1 }] })), Verdict::Failed(_)));
}

#[test]
fn d5_a_text_that_happens_to_be_base64_is_decoded() {
    for text in ["test", "order123", "te\nst", "00000000000000000000000000000001"] {
        let success = ok(&json!({ "Outputs": { "next": text } })).success();
        assert!(matches!(next(&success), Output::Bytes(_)), "{text}");
        let success = ok(&json!({ "Outputs": { "next": [text] } })).success();
        assert_eq!(next(&success), &Output::Messages(vec![text.into()]));
    }
    let success = ok(&json!({ "Outputs": { "next": "hello!" } })).success();
    assert_eq!(next(&success), &Output::Messages(vec!["hello!".into()]));
    // A binding that says so is left alone, and a returned value is not.
    let bindings = json!([
        { "type": "queue", "direction": "out", "name": "next", "queueName": "n", "dataType": "binary" },
        { "type": "queue", "direction": "out", "name": "$return", "queueName": "r" },
    ]);
    let answer = Answer {
        status: 200,
        reason: "OK".into(),
        headers: vec![("content-type".into(), "application/json".into())],
        body: br#"{"Outputs":{"next":"test"},"ReturnValue":"test"}"#.to_vec(),
    };
    let success = answer::read(&Declared::new("Work", bindings), &answer).success();
    assert_eq!(next(&success), &Output::Messages(vec!["test".into()]));
    assert!(matches!(success.outputs["$return"], Output::Bytes(_)));
}

/// What becomes of a queue output, and whether it is one that arrives as it was sent.
fn enqueued(output: &Value) -> (String, bool) {
    let success = ok(&json!({ "Outputs": { "next": output } })).success();
    let messages = match next(&success) {
        Output::Messages(messages) => format!("{messages:?}"),
        Output::Bytes(bytes) => format!("{bytes:02x?}"),
        other => panic!("{other:?}"),
    };
    (messages, success.reshaped.is_empty())
}

#[test]
fn d6_only_a_list_of_texts_arrives_as_it_was_sent() {
    let mut table = String::new();
    for output in [
        json!(["a", "b"]),
        json!(["{\"x\":1}", "test", "[1]", ""]),
        json!([{ "x": 1 }]),
        json!({ "x": { "at": "2026-11-23T08:00:00.000Z", "y": [] } }),
        json!("[{\"x\":1},{\"x\":2}]"),
        json!("{\"x\":1}"),
        json!("hello!"),
        json!("order123"),
        json!("aGVsbG8="),
        json!(""),
        json!("2026-11-23T08:00:00Z"),
        json!(["2026-11-23T09:00:00+01:00", "2026-11-23"]),
        json!(7),
        json!(true),
    ] {
        let (messages, is_exact) = enqueued(&output);
        writeln!(table, "{} {output} -> {messages}", if is_exact { "exact   " } else { "reshaped" }).unwrap();
    }
    insta::assert_snapshot!(table, @r#"
    exact    ["a","b"] -> ["a", "b"]
    exact    ["{\"x\":1}","test","[1]",""] -> ["{\"x\":1}", "test", "[1]", ""]
    reshaped [{"x":1}] -> ["{\n  \"x\": 1\n}"]
    reshaped {"x":{"at":"2026-11-23T08:00:00.000Z","y":[]}} -> ["{\n  \"x\": {\n    \"at\": \"2026-11-23T08:00:00Z\",\n    \"y\": []\n  }\n}"]
    reshaped "[{\"x\":1},{\"x\":2}]" -> ["{\n  \"x\": 1\n}", "{\n  \"x\": 2\n}"]
    reshaped "{\"x\":1}" -> ["{\n  \"x\": 1\n}"]
    reshaped "hello!" -> ["hello!"]
    reshaped "order123" -> [a2, b7, 5e, af, 5d, b7]
    reshaped "aGVsbG8=" -> [68, 65, 6c, 6c, 6f]
    reshaped "" -> []
    reshaped "2026-11-23T08:00:00Z" -> ["11/23/2026 08:00:00"]
    reshaped ["2026-11-23T09:00:00+01:00","2026-11-23"] -> ["11/23/2026 08:00:00", "2026-11-23"]
    reshaped 7 -> ["7"]
    reshaped true -> ["True"]
    "#);
    let success = ok(&json!({ "Outputs": { "next": null } })).success();
    assert!(success.outputs.is_empty() && success.reshaped.is_empty());
}

/// The simulator ends a test in which a function of ours sends anything else.
#[tokio::test]
#[should_panic(expected = "outputs that arrive otherwise")]
async fn d6_a_function_that_sends_messages_in_another_shape_fails_its_test() {
    let answer = || async { axum::Json(json!({ "Outputs": { "next": "hello!" } })) };
    let host = Simulator::of_router(vec![function()], Router::new().route("/Work", post(answer))).await;
    host.queues.lock().unwrap().send("q", "x");
    host.run_queues().await;
}

#[test]
fn d7_a_return_value_is_merged_into_the_outputs() {
    let success = ok(&json!({ "Outputs": {}, "ReturnValue": { "next": ["x"] } })).success();
    assert_eq!(next(&success), &Output::Messages(vec!["x".into()]));
}

#[test]
fn d8_an_http_output_has_a_status_as_number_or_text_and_a_body_of_text() {
    for status in [json!({ "statusCode": "201", "body": "b" }), json!({ "status": 201, "body": "b" })] {
        let success = ok(&json!({ "Outputs": { "res": status } })).success();
        assert!(matches!(&success.outputs["res"], Output::Http { status: 201, body, .. } if body == "b"));
    }
    assert!(matches!(ok(&json!({ "Outputs": { "res": [1] } })), Verdict::Failed(_)));
    assert!(matches!(ok(&json!({ "Outputs": { "res": { "status": "x" } } })), Verdict::Failed(_)));
}

#[tokio::test]
async fn d8_a_visitor_sees_nothing_of_a_function_that_failed() {
    let failing = || async { (StatusCode::BAD_REQUEST, axum::Json(json!({ "error": "secret" }))) };
    let router = Router::new().route("/Api", post(failing));
    let host = Simulator::of_router(requests::declared(), router).await;
    let visit = Visit { method: "POST", path: "/api/x", has_key: true, ..Visit::default() };
    let answer = host.call("Api", &visit).await;
    assert_eq!((answer.status, answer.text()), (500, String::new()));
}

/// A redirect makes the answer somebody else's: the function seems to have succeeded and did nothing.
#[tokio::test]
async fn d9_redirects_are_followed() {
    let to = |status: StatusCode, path: &'static str| {
        move || async move { (status, [(header::LOCATION, path)]).into_response() as Response }
    };
    let log = |what: &'static str| axum::Json(json!({ "Logs": [what] }));
    let router = Router::new()
        .route("/Work", post(to(StatusCode::FOUND, "/again")))
        .route("/again", get(to(StatusCode::MOVED_PERMANENTLY, "/page")))
        .route("/page", get(move || async move { log("a page") }).post(|| async { StatusCode::NOT_FOUND }))
        .route("/Kept", post(to(StatusCode::PERMANENT_REDIRECT, "/there")))
        .route("/there", post(move |body: String| async move { axum::Json(json!({ "Logs": [body] })) }))
        .route("/Round", post(to(StatusCode::TEMPORARY_REDIRECT, "/Round")));
    let named = |name: &str| Declared { name: name.to_owned(), ..function() };
    let functions = vec![function(), named("Kept"), named("Round")];
    let bad = Simulator::of_router(functions, router).await;
    let body = encode::queue_message(&function(), "x", 1);
    assert_eq!(bad.invoke("Work", &body).await.success().logs, ["a page"]);
    assert_eq!(bad.invoke("Kept", &body).await.success().logs, [body.to_string()]);
    assert_eq!(bad.invoke("Round", &body).await, Verdict::Failed("307 (Temporary Redirect)".into()));
}

#[tokio::test]
async fn d9_no_function_of_ours_redirects() {
    let (host, _) = requests::simulator().await;
    for path in ["/Work/", "//Work", "/work", "/Work?x=1"] {
        let head = host.head("POST", "Work", path, uuid::Uuid::new_v4(), true);
        let answer = host.client("Work").send(&head, super::http::Body::Chunked(b"{}")).await.unwrap();
        assert!(!(300..400).contains(&answer.status), "{path}: {}", answer.status);
    }
}

/// An answer that never comes: the host waits until `functionTimeout` and kills. Ours answers before.
#[tokio::test(start_paused = true)]
async fn t3_a_handler_that_hangs_is_answered_before_the_host_would_kill_the_process() {
    use maintenance_notifier::functions::{
        Function, Functions, HandlerError, Invocation, Outputs, QueueTrigger, function_timeout,
    };
    use tower::ServiceExt;
    let host_json = include_str!("../../../host.json");
    let allowed = function_timeout(host_json).unwrap();
    let hang = |_: Invocation, _: QueueTrigger| std::future::pending::<Result<Outputs, HandlerError>>();
    let router = Functions::new().register(Function::queue("Work", hang)).into_router().unwrap();
    let body = encode::queue_message(&function(), "x", 1).to_string();
    let request = axum::http::Request::post("/Work")
        .header("host", "127.0.0.1:1")
        .header("x-azure-functions-hostversion", "4.1037.0.0")
        .header("user-agent", "Azure-Functions-Host/4.1037.0.0")
        .header("transfer-encoding", "chunked")
        .header("content-type", "application/json; charset=utf-8")
        .header("x-azure-functions-invocationid", "1")
        .body(axum::body::Body::from(body))
        .unwrap();
    let started = tokio::time::Instant::now();
    let answer = router.oneshot(request).await.unwrap();
    assert_eq!(answer.status(), 500);
    assert!(started.elapsed() + Duration::from_secs(20) < allowed, "{:?}", started.elapsed());
}
