//! The host with functions behind it: what one room encodes, the other decodes.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::sync::{Barrier, Semaphore};
use tokio::time::advance;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::clock::{ManualClock, ScaledClock, SystemClock};
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

async fn there_and_back(texts: Vec<String>) -> Vec<String> {
    let kept = Arc::default();
    let functions = Functions::new().register(sending(texts)).register(keeping(&kept));
    let (host, _) = host(functions, &clock());
    host.invoke_timer("Tick").await.unwrap();
    let report = host.drain_queues().await;
    assert_eq!((report.failed, report.poisoned.len()), (0, 0));
    let mut arrived = kept.lock().unwrap().clone();
    arrived.sort();
    arrived
}

#[tokio::test]
async fn odd_texts_arrive_as_they_were_sent() {
    let mut texts: Vec<String> = [
        " ",
        "test",
        "order123",
        "0",
        "-1.50",
        "true",
        "null",
        "\"quoted\"",
        "\\",
        "{\"a\":{\"b\":[1]}}",
        "{\"Id\":\"x\",\"sys\":1,\"queueTrigger\":2}",
        "[1,2]",
        "{ \"indented\" : 1 }",
        "dGVzdA==",
        "0123456789abcdef0123456789abcdef",
        "Zoë ☃ 🛠",
        "line\r\nbreak\ttab",
        "\u{0}\u{1f}",
        "\u{feff}mark",
        "%PATH%",
        "{\"when\":\"2030-01-31T10:00:00.5+01:00\"}",
        "\"2030-01-31T10:00:00Z\"",
    ]
    .map(str::to_owned)
    .to_vec();
    texts.push("é".repeat(24 * 1024));
    texts.sort();
    assert_eq!(there_and_back(texts.clone()).await, texts);
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

#[tokio::test]
async fn a_message_that_always_fails_becomes_poison_and_the_others_do_not_suffer() {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let work = {
        let kept = Arc::clone(&kept);
        Function::queue("Work", move |_: Invocation, message: QueueTrigger| {
            kept.lock().unwrap().push((message.payload.clone(), message.dequeue_count_hint.unwrap()));
            async move {
                match message.payload.as_str() {
                    "bad" => Err("cannot work on this".into()),
                    "worse" => panic!("a bug"),
                    _ => Ok(Outputs::none()),
                }
            }
        })
    };
    let texts = ["bad", "good", "worse"].map(str::to_owned).to_vec();
    let (host, mut events) = host(Functions::new().register(sending(texts)).register(work), &clock());
    assert_eq!(host.invoke_timer("Tick").await, Ok(3));
    let report = host.drain_queues().await;
    assert_eq!((report.succeeded, report.failed), (1, 10));
    let mut poisoned = report.poisoned;
    poisoned.sort_by(|one, other| one.text.cmp(&other.text));
    insta::assert_debug_snapshot!(poisoned, @r#"
    [
        PoisonMessage {
            queue: "orders-poison",
            function: "Work",
            text: "bad",
            reason: "500 Internal Server Error: cannot work on this",
            attempts: 5,
        },
        PoisonMessage {
            queue: "orders-poison",
            function: "Work",
            text: "worse",
            reason: "500 Internal Server Error: the handler panicked",
            attempts: 5,
        },
    ]
    "#);
    assert_eq!((host.queued("orders"), host.queued("orders-poison"), host.poisoned().len()), (0, 2, 2));
    let mut attempts: Vec<_> =
        kept.lock().unwrap().iter().filter(|(text, _)| text == "bad").cloned().collect();
    attempts.sort();
    assert_eq!(attempts.iter().map(|(_, count)| *count).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    assert_eq!(
        events.recv().await.map(|event| (event.function, event.outcome)),
        Some(("Tick".into(), InvocationOutcome::Succeeded { messages: 3, log: Vec::new() }))
    );
}

#[tokio::test(start_paused = true)]
async fn a_failed_message_waits_for_its_visibility_timeout() {
    let fail_once = Arc::new(AtomicUsize::new(0));
    let work = Function::queue("Work", move |_: Invocation, _: QueueTrigger| {
        let attempt = fail_once.fetch_add(1, Ordering::Relaxed);
        async move { if attempt == 0 { Err("not yet".into()) } else { Ok(Outputs::none()) } }
    });
    let clock = clock();
    let (host, mut events) = host(Functions::new().register(sending_one("x")).register(work), &clock);
    let cancel = CancellationToken::new();
    let running = tokio::spawn({
        let (host, cancel) = (host.clone(), cancel.clone());
        async move { host.run(cancel).await }
    });
    host.invoke_timer("Tick").await.unwrap();
    assert!(events.recv().await.unwrap().outcome.is_success());
    let failed = events.recv().await.unwrap().outcome;
    insta::assert_debug_snapshot!(failed, @r#"
    Failed {
        reason: "500 Internal Server Error: not yet",
    }
    "#);
    clock.advance(TimeDelta::seconds(29));
    advance(Duration::from_secs(60)).await;
    assert_eq!((host.queued("orders"), events.try_recv().is_err()), (1, true));
    clock.advance(TimeDelta::seconds(1));
    assert!(events.recv().await.unwrap().outcome.is_success());
    assert_eq!(host.queued("orders"), 0);
    cancel.cancel();
    running.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn as_many_messages_run_at_once_as_the_host_allows() {
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    // If fewer than twelve ran at once, they would wait here until the host gives up on them.
    let together = Arc::new(Barrier::new(12));
    let work = {
        let most = Arc::clone(&most);
        Function::queue("Work", move |_: Invocation, _: QueueTrigger| {
            let (running, most, together) = (Arc::clone(&running), Arc::clone(&most), Arc::clone(&together));
            async move {
                most.fetch_max(running.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
                together.wait().await;
                running.fetch_sub(1, Ordering::Relaxed);
                Ok(Outputs::none())
            }
        })
    };
    let texts = (0..36).map(|number| number.to_string()).collect();
    let (host, _) = host(Functions::new().register(sending(texts)).register(work), &clock());
    host.invoke_timer("Tick").await.unwrap();
    assert_eq!(host.drain_queues().await, DrainReport { succeeded: 36, ..DrainReport::default() });
    assert_eq!(most.load(Ordering::Relaxed), 12);
}

#[tokio::test(start_paused = true)]
async fn a_timer_runs_at_its_times_never_twice_at_once_and_says_when_it_is_late() {
    let gate = Arc::new(Semaphore::new(0));
    let started = Arc::new(Mutex::new(Vec::new()));
    let tick = {
        let (gate, started) = (Arc::clone(&gate), Arc::clone(&started));
        Function::timer("Tick", move |_: Invocation, timer: TimerTrigger| {
            let gate = Arc::clone(&gate);
            started.lock().unwrap().push(timer);
            async move {
                gate.acquire().await.unwrap().forget();
                Ok(Outputs::none())
            }
        })
    };
    let clock = clock();
    let (host, mut events) = host(Functions::new().register(tick), &clock);
    let cancel = CancellationToken::new();
    let running = tokio::spawn({
        let (host, cancel) = (host.clone(), cancel.clone());
        async move { host.run(cancel).await }
    });
    let count = || started.lock().unwrap().len();
    advance(Duration::from_secs(1)).await;
    assert_eq!(count(), 0, "nothing is due at the start");

    clock.set(start() + TimeDelta::minutes(5));
    for minutes in [5, 10, 15] {
        // The first run is still under way while two more times pass.
        clock.set(start() + TimeDelta::minutes(minutes));
        for _ in 0..20 {
            advance(Duration::from_millis(50)).await;
            tokio::task::yield_now().await;
        }
        assert_eq!(count(), 1);
    }
    gate.add_permits(1);
    events.recv().await.unwrap();
    clock.set(start() + TimeDelta::minutes(20));
    gate.add_permits(1);
    events.recv().await.unwrap();
    // The clock jumps over several times: one run makes up for all.
    clock.set(start() + TimeDelta::minutes(61));
    gate.add_permits(1);
    events.recv().await.unwrap();
    cancel.cancel();
    running.await.unwrap();

    let runs: Vec<_> = started
        .lock()
        .unwrap()
        .iter()
        .map(|timer| {
            let status = timer.schedule_status.as_ref().unwrap();
            let minute = |time: Option<DateTime<Utc>>| time.map(|time| (time - start()).num_minutes());
            (minute(status.last), minute(status.next), timer.is_past_due)
        })
        .collect();
    assert_eq!(runs, [(None, Some(5), false), (Some(5), Some(20), false), (Some(20), Some(25), true)]);
}

#[tokio::test(start_paused = true)]
async fn on_a_faster_clock_the_schedule_runs_faster() {
    let (sender, mut events) = unbounded_channel();
    let manual = clock();
    let fast = Arc::new(ScaledClock::new(manual.clone(), 60));
    let options = LocalHostOptions::new(fast, |_| Some("0 */5 * * * *".into()))
        .folders([("Tick", TICK), ("Work", WORK)])
        .observer(move |event: &HostEvent| sender.send(event.function.clone()).unwrap());
    let functions = Functions::new().register(sending_one("x")).register(keeping(&Arc::default()));
    let host = LocalHost::new(functions.into_router().unwrap(), options).unwrap();
    let cancel = CancellationToken::new();
    let running = tokio::spawn({
        let (host, cancel) = (host.clone(), cancel.clone());
        async move { host.run(cancel).await }
    });
    tokio::task::yield_now().await;
    manual.advance(TimeDelta::seconds(5));
    assert_eq!(events.recv().await.as_deref(), Some("Tick"));
    assert_eq!(events.recv().await.as_deref(), Some("Work"));
    cancel.cancel();
    running.await.unwrap();
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
