//! R1 to R8: what the host sends, and what a function is given.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::routing::get;
use maintenance_notifier::functions::{
    EventGridBatch, EventGridTrigger, Function, Functions, HandlerError, HttpReply, HttpTrigger, Invocation,
    Outputs, QueueTrigger, TimerTrigger,
};
use serde_json::{Value, json};

use super::answer::Output;
use super::app::Declared;
use super::encode::{self, Net};
use super::simulator::Simulator;
use super::visits::Visit;

pub(super) type Seen = Arc<Mutex<Vec<String>>>;

/// One function of every kind.
pub(super) fn declared() -> Vec<Declared> {
    vec![
        Declared::new(
            "Tick",
            json!([{ "type": "timerTrigger", "direction": "in", "name": "timer" },
            { "type": "queue", "direction": "out", "name": "orders", "queueName": "orders" }]),
        ),
        Declared::new(
            "Work",
            json!([{ "type": "queueTrigger", "direction": "in", "name": "message", "queueName": "orders" }]),
        ),
        Declared::new("OnEvent", json!([{ "type": "eventGridTrigger", "direction": "in", "name": "event" }])),
        Declared::new(
            "OnEvents",
            json!([{ "type": "eventGridTrigger", "direction": "in", "name": "events", "cardinality": "many" }]),
        ),
        Declared::new(
            "Api",
            json!([{ "type": "httpTrigger", "direction": "in", "name": "request" },
            { "type": "http", "direction": "out", "name": "response" },
            { "type": "queue", "direction": "out", "name": "orders", "queueName": "orders" }]),
        ),
        Declared::new(
            "Web",
            json!([{ "type": "httpTrigger", "direction": "in", "name": "request", "authLevel": "anonymous" },
            { "type": "http", "direction": "out", "name": "response" }]),
        ),
        Declared::new(
            "Locked",
            json!([{ "type": "httpTrigger", "direction": "in", "name": "request" },
            { "type": "http", "direction": "out", "name": "response" }]),
        ),
    ]
}

/// The handlers of [`declared`], which keep what they were given.
pub(super) fn app(seen: &Seen) -> Router {
    let pages = Router::new().fallback(|request: Request| async move {
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        let header = |name: &str| {
            let values: Vec<String> = parts
                .headers
                .get_all(name)
                .iter()
                .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
                .collect();
            values.join(" | ")
        };
        let id =
            parts.extensions.get::<Invocation>().map(|invocation| invocation.id.clone()).unwrap_or_default();
        let last = header("x-azure-functions-invocationid").ends_with(&id);
        format!(
            "{} {} host {} language {:?} last id {last} body {}",
            parts.method,
            parts.uri,
            header("host"),
            header("content-language"),
            String::from_utf8_lossy(&body)
        )
    });
    let keep = |seen: &Seen| {
        let seen = seen.clone();
        move |what: String| seen.lock().unwrap().push(what)
    };
    let (timers, messages, events, batches, requests) =
        (keep(seen), keep(seen), keep(seen), keep(seen), keep(seen));
    let tick = move |invocation: Invocation, timer: TimerTrigger| {
        let last = timer.schedule_status.as_ref().map(|status| status.last.is_some());
        let retry = invocation.retry.as_ref().map(|retry| (retry.retry_count, retry.max_retry_count));
        timers(format!("past due {}, ran before {last:?}, retry {retry:?}", timer.is_past_due));
        async move {
            let mut outputs = Outputs::none();
            outputs.send("orders", "order123");
            outputs.log(format!("{} {}", invocation.id, invocation.trace.trace_id()));
            if retry.is_some_and(|(count, _)| count < 1) { Err("not yet".into()) } else { Ok(outputs) }
        }
    };
    let work = move |_: Invocation, message: QueueTrigger| {
        messages(message.payload.clone());
        async move {
            match message.payload.as_str() {
                "panic" => panic!("asked to"),
                "fail" => Err(HandlerError::from("asked to")),
                _ => Ok(Outputs::none()),
            }
        }
    };
    let on_event = move |_: Invocation, trigger: EventGridTrigger| {
        events(trigger.event.to_string());
        async move { if trigger.event["data"]["bad"] == true { Err("bad".into()) } else { Ok(Outputs::none()) } }
    };
    let on_events = move |_: Invocation, trigger: EventGridBatch| {
        batches(Value::Array(trigger.events).to_string());
        async { Ok::<_, HandlerError>(Outputs::none()) }
    };
    let api = move |_: Invocation, request: HttpTrigger| {
        requests(format!("{} {} {:?}", request.method, request.url, request.body));
        async {
            let mut outputs = Outputs::none();
            outputs.reply(
                "response",
                HttpReply { status: 201, headers: Default::default(), body: "made".to_owned() },
            );
            Ok::<_, HandlerError>(outputs)
        }
    };
    Functions::new()
        .register(Function::timer("Tick", tick).queue_output("orders"))
        .register(Function::queue("Work", work))
        .register(Function::event_grid("OnEvent", on_event))
        .register(Function::event_grid_batch("OnEvents", on_events))
        .register(Function::http("Api", api).http_output("response").queue_output("orders"))
        .forward(["Web", "Locked"], pages)
        .into_router()
        .unwrap()
}

pub(super) async fn simulator() -> (Simulator, Seen) {
    let seen = Seen::default();
    (Simulator::of_router(declared(), app(&seen)).await, seen)
}

fn take(seen: &Seen) -> Vec<String> {
    std::mem::take(&mut seen.lock().unwrap())
}

#[tokio::test]
async fn r1_a_chunked_post_with_the_host_s_headers_is_an_invocation_with_its_trace() {
    let (host, _) = simulator().await;
    let body = encode::timer(host.function("Tick"), encode::regular(), false).to_string();
    for trace_parent in [true, false] {
        let answer = host.post("Tick", body.as_bytes(), trace_parent).await.unwrap();
        let logs: Value = serde_json::from_slice(&answer.body).unwrap();
        let (id, trace) = logs["Logs"][0].as_str().unwrap().split_once(' ').unwrap();
        assert_eq!((id.len(), trace.len()), (36, 32), "{logs}");
        // Without a trace of the host's, the invocation's id is the trace.
        assert_eq!(id.replace('-', "") == trace, !trace_parent, "{logs}");
    }
}

#[tokio::test]
async fn r2_everything_but_objects_arrives_as_json_inside_a_text() {
    let work = &declared()[1];
    let object = json!({ "a": "ü", "QueueTrigger": 1 });
    let written = encode::envelope(
        "Work",
        ("message", &Net::text("hello \"ü\"")),
        &[
            ("Text", Net::text("x")),
            ("Number", Net::Scalar(7.into())),
            ("Object", Net::Object(object)),
            ("Bytes", Net::Bytes(b"test".to_vec())),
            ("Date", Net::Date("2026-11-23T08:00:00+00:00")),
            ("Null", Net::Null),
            ("QueueTrigger", Net::text("dropped")),
        ],
    );
    let mut metadata = written["Metadata"].clone();
    metadata.as_object_mut().unwrap().remove("sys");
    insta::assert_snapshot!(written["Data"], @r#"{"message":"\"hello \\\"ü\\\"\""}"#);
    insta::assert_snapshot!(metadata, @r#"{"Bytes":"dGVzdA==","Date":"2026-11-23T08:00:00+00:00","Number":"7","Object":{"QueueTrigger":1,"a":"ü"},"Text":"\"x\""}"#);
    let (host, seen) = simulator().await;
    host.invoke(&work.name, &written).await.success();
    assert_eq!(take(&seen), ["hello \"ü\""]);
}

#[tokio::test]
async fn r3_every_form_of_a_tick_is_understood() {
    let (host, seen) = simulator().await;
    let tick = host.function("Tick");
    for body in [
        encode::timer(tick, encode::regular(), false),
        encode::timer(tick, encode::first_run(), false),
        encode::timer(tick, Value::Null, false),
        encode::timer(tick, encode::regular(), true),
        encode::with_retry(encode::timer(tick, encode::regular(), false), 1, 2),
    ] {
        host.invoke("Tick", &body).await.success();
    }
    insta::assert_snapshot!(take(&seen).join("\n"), @"
    past due false, ran before Some(true), retry None
    past due false, ran before Some(false), retry None
    past due false, ran before None, retry None
    past due true, ran before Some(true), retry None
    past due false, ran before Some(true), retry Some((1, 2))
    ");
}

#[tokio::test]
async fn r4_a_message_arrives_byte_for_byte_whatever_it_does_to_the_metadata() {
    let (host, seen) = simulator().await;
    let large = "é".repeat(24_000);
    let texts = [
        "hello",
        "",
        "42",
        "\"quoted\"",
        "[1,2]",
        "dGVzdA==",
        "日本語 \u{1F600} \u{7f} \\u0041",
        r#"{"Id":"forged","DequeueCount":99,"dequeuecount":"x","sys":{"MethodName":"Other"},"nested":{"a":[1]}}"#,
        &large,
    ];
    for text in texts {
        host.invoke("Work", &encode::queue_message(host.function("Work"), text, 3)).await.success();
    }
    assert_eq!(take(&seen), texts);
}

#[tokio::test]
async fn r5_events_come_one_by_one_or_together_and_one_failure_fails_the_delivery() {
    let (host, seen) = simulator().await;
    let event = |id: u32, bad: bool| {
        json!({ "id": id.to_string(), "eventType": "Some.Event", "subject": "s",
        "data": { "bad": bad }, "eventTime": "2026-11-23T08:00:00Z", "dataVersion": "1" })
    };
    let cloud = json!({ "specversion": "1.0", "id": "c", "type": "Some.Event", "source": "/s", "data": { "bad": false } });
    assert_eq!(host.event_grid("OnEvent", &[event(1, false), cloud.clone()]).await, 202);
    let mut both = take(&seen);
    both.sort();
    assert_eq!(both.len(), 2);
    assert!(both.contains(&cloud.to_string()));
    assert_eq!(host.event_grid("OnEvent", &[event(1, false), event(2, true), event(3, false)]).await, 500);
    assert_eq!(take(&seen).len(), 3, "the whole delivery comes again, also what went well");
    let all = [event(1, false), event(2, true)];
    assert_eq!(host.event_grid("OnEvents", &all).await, 202);
    assert_eq!(take(&seen), [Value::from(&all[..]).to_string()]);
    assert_eq!(host.event_grid("Unknown", &all).await, 404);
    let handshake = json!({ "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent", "data": {} });
    assert_eq!(host.event_grid("OnEvent", &[handshake]).await, 200);
    assert_eq!(take(&seen), Vec::<String>::new());
}

#[tokio::test]
async fn r6_a_visitor_s_request_comes_in_an_envelope_or_as_it_was() {
    let (host, seen) = simulator().await;
    let body = encode::visitor(
        host.function("Api"),
        "PUT",
        "https://notifier.azurewebsites.net/api/x?a=1&a=2",
        &[],
        Some("{\"a\":1}"),
    );
    let success = host.invoke("Api", &body).await.success();
    let Some(Output::Http { status, body, .. }) = success.outputs.get("response") else {
        panic!("{success:?}")
    };
    assert_eq!((*status, body.as_str()), (201, "made"));
    insta::assert_snapshot!(take(&seen).join("\n"), @r#"PUT https://notifier.azurewebsites.net/api/x?a=1&a=2 Some("{\"a\":1}")"#);

    let visit = Visit {
        method: "POST",
        path: "/api/x",
        query: &[("a", "1"), ("b", "2"), ("a", "3")],
        headers: &[("content-language", "en"), ("X-Azure-Functions-InvocationId", "forged")],
        body: Some("text"),
        ..Visit::default()
    };
    insta::assert_snapshot!(host.forward("Web", &visit).await.text(), @r#"POST /api/x?a=1,3&b=2 host notifier.azurewebsites.net language "" last id true body text"#);
    let chunked = Visit { chunked: true, headers: &[], ..visit };
    assert_eq!(host.forward("Web", &chunked).await.status, 500, "the host cannot pass on what has no length");
}

#[tokio::test]
async fn r6_a_page_s_redirect_and_failure_are_the_visitor_s_to_see() {
    let pages = Router::new()
        .route("/old", get(|| async { (StatusCode::FOUND, [("location", "https://elsewhere.example/")]) }))
        .route("/broken", get(|| async { (StatusCode::INTERNAL_SERVER_ERROR, "the page's own words") }));
    let router = Functions::new().forward(["Web", "Locked"], pages).into_router().unwrap();
    let host = Simulator::of_router(declared(), router).await;
    let visit = |path| Visit { method: "GET", path, ..Visit::default() };
    let moved = host.forward("Web", &visit("/old")).await;
    assert_eq!((moved.status, moved.header("location")), (302, Some("https://elsewhere.example/")));
    let broken = host.forward("Web", &visit("/broken")).await;
    assert_eq!((broken.status, broken.text().as_str()), (500, "the page's own words"));
}

#[tokio::test]
async fn r7_a_function_is_found_by_its_exact_name_and_forwarding_needs_http_alone() {
    let (host, seen) = simulator().await;
    let forwarded: Vec<&str> = host
        .functions
        .iter()
        .filter(|function| function.is_forwarded())
        .map(|function| function.name.as_str())
        .collect();
    assert_eq!(forwarded, ["Web", "Locked"]);
    let body = encode::queue_message(host.function("Work"), "x", 1).to_string();
    let head = |path: &str| host.head("POST", "Work", path, uuid::Uuid::new_v4(), true);
    for (path, status) in [("/Work", 200), ("/work", 404), ("/api/Work", 404), ("/Work/", 404)] {
        let answer =
            host.client("Work").send(&head(path), super::http::Body::Chunked(body.as_bytes())).await.unwrap();
        assert_eq!(answer.status, status, "{path}");
    }
    assert_eq!(take(&seen), ["x"]);
    let visit = Visit { method: "POST", path: "/Work", body: Some(&body), ..Visit::default() };
    assert!(host.forward("Web", &visit).await.text().starts_with("POST /Work host notifier"));
    assert_eq!(take(&seen), Vec::<String>::new());
}

#[tokio::test]
async fn r8_twenty_four_messages_at_once_and_connections_are_used_again() {
    let (inside, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    // If fewer than twenty-four came at once, they would wait here for ever.
    let gate = Arc::new(tokio::sync::Barrier::new(24));
    let work = {
        let (inside, most, gate) = (inside.clone(), most.clone(), gate.clone());
        move |_: Invocation, _: QueueTrigger| {
            let (inside, most, gate) = (inside.clone(), most.clone(), gate.clone());
            async move {
                most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                gate.wait().await;
                inside.fetch_sub(1, Ordering::SeqCst);
                Ok::<_, HandlerError>(Outputs::none())
            }
        }
    };
    let router = Functions::new().register(Function::queue("Work", work)).into_router().unwrap();
    let host = Simulator::of_router(vec![declared().remove(1)], router).await;
    (0..48).for_each(|number| host.queues.lock().unwrap().send("orders", &number.to_string()));
    host.run_queues().await;
    assert_eq!(host.queues.lock().unwrap().texts("orders"), Vec::<String>::new());
    assert_eq!(most.load(Ordering::SeqCst), 24);
    assert_eq!(host.client("Work").opened.load(Ordering::Relaxed), 24);
}

/// The host keeps idle connections for a minute. A handler that closes them earlier makes it lose an invocation now
/// and then: the one that it sends just when the connection closes.
#[tokio::test]
async fn r8_a_connection_that_was_idle_is_used_again() {
    let (host, seen) = simulator().await;
    let body = encode::queue_message(host.function("Work"), "x", 1);
    for idle in [60, 120, 3600] {
        host.invoke("Work", &body).await.success();
        // Every timer of the server that is due by then goes off. The clock stands still only here: elsewhere sockets
        // are waited for.
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(idle)).await;
        tokio::time::resume();
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
    }
    host.invoke("Work", &body).await.success();
    assert_eq!(take(&seen).len(), 4);
    assert_eq!(host.client("Work").opened.load(Ordering::Relaxed), 1);
}
