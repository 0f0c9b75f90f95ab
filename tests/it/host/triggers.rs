//! T1, T2 and T5: when functions run, and how often. T3 is among the answers, T4 among the processes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use maintenance_notifier::functions::{
    Function, Functions, HandlerError, Invocation, Outputs, QueueTrigger, TimerTrigger,
};
use maintenance_notifier::store::SqliteStore;
use maintenance_notifier::store::repository::Repository;
use tokio::sync::Semaphore;

use super::answer::Verdict;
use super::encode;
use super::processes::{Staged, silent_azure};
use super::requests::{declared, simulator};
use super::simulator::Simulator;
use super::visits::Visit;

#[tokio::test]
async fn t1_a_message_that_fails_comes_again_and_then_lies_in_the_poison_queue() {
    let (host, seen) = simulator().await;
    {
        let mut queues = host.queues.lock().unwrap();
        queues.max_dequeue_count = 3;
        queues.visibility_timeout = 30;
        queues.send("orders", "fail");
        queues.send("orders", "fine");
        queues.send("orders", "fine");
    }
    assert_eq!(host.run_queues_to_their_ends().await, [30, 60]);
    let mut seen = seen.lock().unwrap().clone();
    seen.sort();
    assert_eq!(seen, ["fail", "fail", "fail", "fine", "fine"]);
    assert_eq!(host.queues.lock().unwrap().texts("orders-poison"), ["fail"]);
}

#[tokio::test]
async fn t2_a_failed_tick_is_tried_again_by_its_policy_with_the_same_id() {
    let (host, seen) = simulator().await;
    let verdicts = host.tick("Tick", 2).await;
    assert!(matches!(verdicts.as_slice(), [Verdict::Failed(_), Verdict::Succeeded(_)]), "{verdicts:?}");
    assert_eq!(seen.lock().unwrap().len(), 2);
    // What the failed attempt would have sent was not sent, and the text is not taken for Base64.
    assert_eq!(host.queues.lock().unwrap().texts("orders"), ["order123"]);
    // Without a policy it simply runs at its next time.
    assert_eq!(host.tick("Tick", 0).await.len(), 1);
}

#[tokio::test]
async fn t2_runs_of_one_timer_never_overlap() {
    let (inside, most, runs) =
        (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)), Semaphore::new(0));
    let runs = Arc::new(runs);
    let tick = {
        let (inside, most, runs) = (inside.clone(), most.clone(), runs.clone());
        move |_: Invocation, _: TimerTrigger| {
            let (inside, most, runs) = (inside.clone(), most.clone(), runs.clone());
            async move {
                most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                runs.acquire().await.unwrap().forget();
                inside.fetch_sub(1, Ordering::SeqCst);
                Ok(Outputs::none())
            }
        }
    };
    let work = |_: Invocation, _: QueueTrigger| async { Ok::<_, HandlerError>(Outputs::none()) };
    let functions =
        Functions::new().register(Function::timer("Tick", tick)).register(Function::queue("Work", work));
    let host = Simulator::of_router(declared(), functions.into_router().unwrap()).await;
    let two_ticks = async { tokio::join!(host.tick("Tick", 0), host.tick("Tick", 0)) };
    let meanwhile = async {
        // What else comes in the meantime is worked on, and would give a second run its time to begin.
        let body = encode::queue_message(host.function("Work"), "x", 1);
        for _ in 0..10 {
            host.invoke("Work", &body).await.success();
        }
        runs.add_permits(2);
    };
    let (verdicts, ()) = tokio::join!(two_ticks, meanwhile);
    assert!(matches!(verdicts, (one, other) if one.len() + other.len() == 2));
    assert_eq!(most.load(Ordering::SeqCst), 1);
}

/// The whole way of work that cannot be done: five attempts, the poison queue, and the store, where `parked` shows it.
#[tokio::test]
async fn t1_poison_ends_in_the_store_where_an_operator_finds_it() {
    let staged = Staged::new();
    let (_azure, address) = silent_azure().await;
    let mut process = staged.start(&address);
    process.ready().await;
    let host = staged.host(&process);
    host.queues.lock().unwrap().send("collect-subscription", "no subscription");
    host.queues.lock().unwrap().send("deliver-message", "{\"no\": \"ticket\"}");
    let queues = ["collect-subscription", "deliver-message"];
    // Half a minute lies between the five attempts.
    assert_eq!(host.run_queues_to_their_ends().await, [30, 60, 90, 120]);
    for queue in queues {
        assert!(host.queues.lock().unwrap().texts(&format!("{queue}-poison")).is_empty(), "it was parked");
    }
    let failed = |log: &[serde_json::Value], function: &str| {
        let failed = format!("{function} failed: ");
        log.iter().filter(|event| event["message"].as_str().unwrap_or_default().starts_with(&failed)).count()
    };
    let log = process.log().await;
    assert_eq!([failed(&log, "CollectSubscription"), failed(&log, "DeliverMessage")], [5, 5], "{log:?}");

    let store = SqliteStore::open(&staged.root().join("state.db")).await.unwrap();
    let parked = Repository::new(Arc::new(store)).parked().await.unwrap();
    let mut parked: Vec<_> =
        parked.values().map(|row| (row.function.as_str(), row.payload.as_str())).collect();
    parked.sort_unstable();
    assert_eq!(
        parked,
        [("CollectSubscription", "no subscription"), ("DeliverMessage", "{\"no\": \"ticket\"}")]
    );
}

/// A retry has the id of the attempt before it and a message that comes again has another: the id says neither that work
/// is new nor that it was done.
#[tokio::test]
async fn t2_work_is_done_again_under_the_same_id() {
    let staged = Staged::new();
    let (_azure, address) = silent_azure().await;
    let mut process = staged.start(&address);
    process.ready().await;
    let host = staged.host(&process);
    let id = uuid::Uuid::new_v4();
    let tick = encode::timer(host.function("PlanNotifications"), encode::regular(), false);
    let poison = |text: &str| encode::queue_message(host.function("ParkPoisonDeliverMessage"), text, 1);
    for body in [&tick, &tick] {
        host.invoke_as(id, "PlanNotifications", body).await.success();
    }
    for text in ["one", "two"] {
        host.invoke_as(id, "ParkPoisonDeliverMessage", &poison(text)).await.success();
    }
    assert_eq!(parked(&staged).await.len(), 2);
    let log = process.log().await;
    let done = log.iter().filter(|event| {
        event["message"].as_str().unwrap_or_default().contains("succeeded")
            && event["span"]["invocation_id"] == id.to_string()
    });
    assert_eq!(done.count(), 4, "{log:?}");
}

/// Whatever lies on a poison queue is parked: the host never moves what fails there, and brings it again for ever.
#[tokio::test]
async fn t1_whatever_comes_off_a_poison_queue_is_parked_and_comes_no_more() {
    let staged = Staged::new();
    let (_azure, address) = silent_azure().await;
    let process = staged.start(&address);
    process.ready().await;
    let host = staged.host(&process);
    let deep = format!("{}1{}", "{\"a\":".repeat(500), "}".repeat(500));
    let bodies = [
        Vec::new(),
        b"no JSON".to_vec(),
        b"[]".to_vec(),
        b"null".to_vec(),
        b"\xff\xfe".to_vec(),
        b"{\"Data\":{\"m\":\"\xff\"}}".to_vec(),
        br#"{"Metadata":{}}"#.to_vec(),
        br#"{"Data":{}}"#.to_vec(),
        br#"{"Data":{"message":null}}"#.to_vec(),
        br#"{"Data":{"message":""}}"#.to_vec(),
        br#"{"Data":{"message":[1,{"a":"\ud800"}]}}"#.to_vec(),
        format!(r#"{{"Data":{{"message":{deep}}}}}"#).into_bytes(),
        format!(r#"{{"Data":{{"message":"\"deep\""}},"Metadata":{deep}}}"#).into_bytes(),
        format!(r#"{{"Data":{{"message":"\"{}\""}}}}"#, "x".repeat(200_000)).into_bytes(),
    ];
    for function in ["ParkPoisonCollectSubscription", "ParkPoisonDeliverMessage"] {
        for body in &bodies {
            let answer = host.post(function, body, true).await.unwrap();
            assert_eq!(answer.status, 200, "{}: {}", String::from_utf8_lossy(body), answer.text());
        }
    }
    // Nothing at all and an empty message are the same.
    assert_eq!(parked(&staged).await.len(), 2 * (bodies.len() - 1));
    // By way of the queues: an empty message, one that reads as a date, and the longest.
    for text in ["", "2030-01-31T10:00:00Z", &"☃".repeat(16_000)] {
        host.queues.lock().unwrap().send("collect-subscription-poison", text);
    }
    host.run_queues().await;
    assert_eq!(host.queues.lock().unwrap().texts("collect-subscription-poison"), [""; 0]);
}

/// What is no text goes to the poison queue without a call, and stays there: nobody hears of it but the host.
#[tokio::test]
async fn t1_what_is_no_text_never_reaches_the_program() {
    let staged = Staged::new();
    let (_azure, address) = silent_azure().await;
    let mut process = staged.start(&address);
    process.ready().await;
    let host = staged.host(&process);
    for stored in ["//79", "no Base64!"] {
        host.queues.lock().unwrap().put("deliver-message", stored.to_owned());
    }
    host.run_queues().await;
    let left = host.queues.lock().unwrap().texts("deliver-message-poison");
    assert_eq!(left, ["//79", "no Base64!"]);
    assert!(parked(&staged).await.is_empty());
    let log = process.log().await;
    assert!(log.iter().all(|event| event["level"] == "INFO"), "{log:?}");
}

async fn parked(staged: &Staged) -> Vec<String> {
    let store = SqliteStore::open(&staged.root().join("state.db")).await.unwrap();
    let parked = Repository::new(Arc::new(store)).parked().await.unwrap();
    parked.values().map(|row| row.payload.clone()).collect()
}

#[tokio::test]
async fn t5_a_request_without_its_key_never_reaches_the_handler() {
    let (host, _) = simulator().await;
    let visit = Visit { method: "GET", path: "/locked", ..Visit::default() };
    assert_eq!(host.forward("Locked", &visit).await.status, 401);
    assert_eq!(host.forward("Locked", &Visit { has_key: true, ..visit }).await.status, 200);
}
