//! T1, T2 and T5: when functions run, and how often. T3 is among the answers, T4 among the processes.

use super::answer::Verdict;
use super::requests::simulator;
use super::simulator::Visit;

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
    let mut clock = Vec::new();
    loop {
        host.run_queues().await;
        let mut queues = host.queues.lock().unwrap();
        let Some(next) = queues.next_visible("orders") else { break };
        clock.push(next);
        queues.now = next;
    }
    assert_eq!(clock, [30, 60]);
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
async fn t5_a_request_without_its_key_never_reaches_the_handler() {
    let (host, _) = simulator().await;
    let visit = Visit { method: "GET", path: "/locked", ..Visit::default() };
    assert_eq!(host.forward("Locked", &visit).await.status, 401);
    assert_eq!(host.forward("Locked", &Visit { has_key: true, ..visit }).await.status, 200);
}
