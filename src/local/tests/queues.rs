//! Queues: every text arrives, failures wait, and what always fails becomes poison.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::TimeDelta;
use tokio::sync::Barrier;
use tokio::time::advance;
use tokio_util::sync::CancellationToken;

use super::{clock, host, keeping, sending, sending_one};
use crate::functions::{Function, Functions, Invocation, Outputs, QueueTrigger};
use crate::local::*;

pub(super) async fn there_and_back(texts: Vec<String>) -> Vec<String> {
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
