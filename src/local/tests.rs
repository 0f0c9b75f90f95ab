//! The host with functions behind it: what one room encodes, the other decodes.

mod queues;
mod timers;

use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use axum::Router;
use axum::routing::get;
use chrono::{DateTime, Utc};
use proptest::prelude::*;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_util::sync::CancellationToken;

use self::queues::there_and_back;
use super::*;
use crate::clock::{ManualClock, SystemClock};
use crate::functions::{Function, Functions, Invocation, Outputs, QueueTrigger, TimerTrigger, serve};

const TICK: &str = r#"{"bindings":[{"type":"timerTrigger","direction":"in","name":"timer","schedule":"%TICK%"},
    {"type":"queue","direction":"out","name":"orders","queueName":"orders"}]}"#;

const WORK: &str =
    r#"{"bindings":[{"type":"queueTrigger","direction":"in","name":"message","queueName":"orders"}]}"#;

const WEB: &str = r#"{"bindings":[
    {"type":"httpTrigger","direction":"in","name":"request","route":"{*path}","methods":["get","post"]},
    {"type":"http","direction":"out","name":"response"}]}"#;

fn start() -> DateTime<Utc> {
    "2030-03-04T10:00:00Z".parse().unwrap()
}

fn options(clock: &Arc<ManualClock>) -> LocalHostOptions {
    LocalHostOptions::new(clock.clone(), |name| (name == "TICK").then(|| "0 */5 * * * *".into())).folders([
        ("Tick", TICK),
        ("Work", WORK),
        ("Web", WEB),
    ])
}

fn host(functions: Functions, clock: &Arc<ManualClock>) -> (LocalHost, UnboundedReceiver<HostEvent>) {
    let (sender, events) = unbounded_channel();
    let options = options(clock).observer(move |event| {
        let _ = sender.send(event.clone());
    });
    (LocalHost::new(functions.into_router().unwrap(), options).unwrap(), events)
}

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new(start()))
}

/// A timer function that puts these texts into the queue.
fn sending(texts: Vec<String>) -> Function {
    let handler = move |_: Invocation, _: TimerTrigger| {
        let mut outputs = Outputs::none();
        for text in &texts {
            outputs.send("orders", text.clone());
        }
        async move { Ok(outputs) }
    };
    Function::timer("Tick", handler).queue_output("orders")
}

fn sending_one(text: &str) -> Function {
    sending(vec![text.to_owned()])
}

/// A queue function that keeps the texts it is given.
fn keeping(kept: &Arc<Mutex<Vec<String>>>) -> Function {
    let kept = Arc::clone(kept);
    Function::queue("Work", move |_: Invocation, message: QueueTrigger| {
        kept.lock().unwrap().push(message.payload);
        async { Ok(Outputs::none()) }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]
    #[test]
    fn any_text_arrives_as_it_was_sent(
        texts in proptest::collection::vec(prop_oneof![any::<String>(), "[A-Za-z0-9+/]{0,24}={0,2}", "[{}\\[\\]\",:0-9a-z\\\\]{0,40}"].prop_filter("an empty message is refused", |text| !text.is_empty()), 0..5)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let mut sorted = texts.clone();
        sorted.sort();
        prop_assert_eq!(runtime.block_on(there_and_back(texts)), sorted);
    }
}

#[tokio::test(start_paused = true)]
async fn what_fails_is_told_with_its_reason() {
    let tick = |result: &'static str| {
        Function::timer("Tick", move |_: Invocation, _: TimerTrigger| async move {
            match result {
                "undeclared" => {
                    let mut outputs = Outputs::none();
                    outputs.send("order", "x");
                    Ok(outputs)
                }
                "hang" => std::future::pending().await,
                error => Err(error.into()),
            }
        })
    };
    let mut errors = Vec::new();
    for result in ["the disk is full", "undeclared", "hang"] {
        let (host, _) = host(Functions::new().register(tick(result)), &clock());
        errors.push(host.invoke_timer("Tick").await.unwrap_err().to_string());
        errors.push(host.invoke_timer("Work").await.unwrap_err().to_string());
    }
    for router in [
        Router::new(),
        Router::new().fallback(|| async { "not JSON" }),
        Router::new().fallback(|| async { axum::http::StatusCode::NO_CONTENT }),
        Router::new().fallback(std::future::pending::<()>),
    ] {
        let host = LocalHost::new(router, options(&clock())).unwrap();
        errors.push(host.invoke_timer("Tick").await.unwrap_err().to_string());
    }
    errors.dedup();
    insta::assert_snapshot!(errors.join("\n"), @r#"
    Tick failed: 500 Internal Server Error: the disk is full
    there is no timer function named `Work`
    Tick failed: 500 Internal Server Error: the output `order` is not declared: add `.queue_output("order")` where the function is registered, and the binding to its function.json
    there is no timer function named `Work`
    Tick failed: 500 Internal Server Error: the handler was not done after 570 seconds
    there is no timer function named `Work`
    Tick failed: 404 Not Found
    Tick failed: the answer is of the type `text/plain; charset=utf-8`, not JSON
    Tick failed: the answer is empty: the Functions host would wait for it until functionTimeout and then kill the process
    Tick failed: there was no answer after 1800 seconds, where the Functions host would kill the process
    "#);
}

#[tokio::test]
async fn visitors_reach_the_pages_and_never_a_function() {
    let pages = Router::new()
        .route(
            "/page",
            get(|headers: axum::http::HeaderMap, uri: axum::http::Uri| async move {
                let ids: Vec<_> =
                    headers.get_all("x-azure-functions-invocationid").iter().map(|id| id.len()).collect();
                format!("{uri} {:?} {:?} {ids:?}", headers["host"], headers.get("content-language"))
            }),
        )
        .route("/echo", axum::routing::post(|body: String| async move { body }));
    let functions = Functions::new()
        .register(sending_one("x"))
        .register(keeping(&Arc::default()))
        .forward(["Web"], pages);
    let (host, _) = host(functions, &clock());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let cancel = CancellationToken::new();
    let server = tokio::spawn({
        let (host, cancel) = (host.clone(), cancel.clone());
        async move { serve(listener, host.web(), cancel.cancelled_owned()).await }
    });
    let ask = async |head: &str, body: &str| {
        let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
        let request = format!("{head}\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n{body}");
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        format!("{} | {:?}", head.lines().next().unwrap(), body.trim_end())
    };
    let envelope = r#"{"Data":{"timer":{}}}"#;
    let invocation = format!("X-Azure-Functions-InvocationId: 1\r\nContent-Length: {}", envelope.len());
    let answers = [
        ask("GET / HTTP/1.1", "").await,
        ask(
            "GET /page?a=1&b=x%20y&a=2 HTTP/1.1\r\nX-Azure-Functions-InvocationId: 1\r\nContent-Language: en",
            "",
        )
        .await,
        ask("POST /echo HTTP/1.1\r\nContent-Length: 5", "hello").await,
        ask("POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked", "5\r\nhello\r\n0\r\n\r\n").await,
        ask("POST /echo HTTP/1.1\r\nContent-Length: 20000000", "").await,
        ask("DELETE /page HTTP/1.1", "").await,
        ask(&format!("POST /Tick HTTP/1.1\r\n{invocation}"), envelope).await,
        ask(&format!("POST /tick/ HTTP/1.1\r\n{invocation}"), envelope).await,
        ask(&format!("POST /%54ick HTTP/1.1\r\n{invocation}"), envelope).await,
    ];
    insta::assert_snapshot!(answers.join("\n"), @r#"
    HTTP/1.1 200 OK | "running"
    HTTP/1.1 200 OK | "/page?a=1%2C2&b=x+y \"127.0.0.1\" None [1, 36]"
    HTTP/1.1 200 OK | "hello"
    HTTP/1.1 500 Internal Server Error | ""
    HTTP/1.1 413 Payload Too Large | ""
    HTTP/1.1 404 Not Found | ""
    HTTP/1.1 404 Not Found | ""
    HTTP/1.1 404 Not Found | ""
    HTTP/1.1 404 Not Found | ""
    "#);
    assert_eq!(host.queued("orders"), 0);
    cancel.cancel();
    let _ = server.await.unwrap().unwrap();
}

#[test]
fn the_deployed_folders_load_and_every_setting_is_asked_for() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let settings = {
        let asked = Arc::clone(&asked);
        move |name: &str| {
            asked.lock().unwrap().push(name.to_owned());
            Some("0 */15 * * * *".to_owned())
        }
    };
    LocalHost::new(Router::new(), LocalHostOptions::new(Arc::new(SystemClock), settings)).unwrap();
    let mut asked = asked.lock().unwrap().clone();
    asked.sort();
    assert_eq!(asked, ["COLLECT_SCHEDULE", "FOLLOW_SCHEDULE", "PLAN_SCHEDULE", "SWEEP_SCHEDULE"]);
    let error =
        LocalHost::new(Router::new(), LocalHostOptions::new(Arc::new(SystemClock), |_| None)).unwrap_err();
    insta::assert_snapshot!(error, @"CollectMaintenance/function.json: the setting `COLLECT_SCHEDULE` is not set");
}

/// What stands beside the pages when the host begins is for services that post. A function that is only asked is none.
#[test]
fn the_addresses_that_services_post_to_are_those_that_take_a_post() {
    let hook = |methods: &str| {
        format!(
            r#"{{"bindings":[{{"type":"httpTrigger","direction":"in","name":"req","route":"hooks/{methods}",
            "authLevel":"function","methods":[{methods}]}},
            {{"type":"http","direction":"out","name":"res"}},
            {{"type":"queue","direction":"out","name":"orders","queueName":"orders"}}]}}"#
        )
        .replace("hooks/\"get\"", "hooks/asked")
        .replace("hooks/\"post\"", "hooks/posted")
    };
    let (asked, posted) = (hook("\"get\""), hook("\"post\""));
    let clock: Arc<ManualClock> = clock();
    let options = LocalHostOptions::new(clock, |_| None).folders([
        ("Asked", asked.as_str()),
        ("Posted", posted.as_str()),
        ("Web", WEB),
    ]);
    let host = LocalHost::new(Functions::new().into_router().unwrap(), options).unwrap();
    assert_eq!(host.hook_routes().collect::<Vec<_>>(), ["hooks/posted"]);
}
