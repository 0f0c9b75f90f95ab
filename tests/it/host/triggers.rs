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
async fn t2_a_failed_tick_is_tried_again_by_its_policy_with_another_id() {
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

#[tokio::test]
async fn t5_a_request_without_its_key_never_reaches_the_handler() {
    let (host, _) = simulator().await;
    let visit = Visit { method: "GET", path: "/locked", ..Visit::default() };
    assert_eq!(host.forward("Locked", &visit).await.status, 401);
    assert_eq!(host.forward("Locked", &Visit { has_key: true, ..visit }).await.status, 200);
}
