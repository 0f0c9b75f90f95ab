//! Several processes follow one plan, and each can be killed.

use std::sync::Arc;

use chrono::TimeDelta;
use futures::future::join;
use maintenance_notifier::domain::action::rolling::{MemberState, PlanState};
use maintenance_notifier::jobs::follow_starts::follow_starts;
use maintenance_notifier::services::rolling_plans::make_plan;
use maintenance_notifier::store::{SharedStore, SqliteStore};

use super::{
    holds, lives, notified, notified_of_every_outcome, plan, plan_of, run_every, sets, undone, windows,
};
use crate::whole::failing_store::{FailingStore, Failure};
use crate::whole::tenant::Setup;

#[tokio::test]
async fn f12_two_processes_that_follow_one_plan_at_once_begin_each_member_once() {
    let store: SharedStore = Arc::new(SqliteStore::in_memory().unwrap());
    let mut tenant = notified(Setup::new(sets(2, 2)).store(store.clone())).await;
    let (other, _host) = tenant.another(store);
    let plan_made = plan_of(&tenant, &windows(&tenant).await, "always", 0);
    // Both get the same form.
    let (one, two) = join(make_plan(&tenant.app, &plan_made), make_plan(&other, &plan_made)).await;
    assert!(one.is_ok() && two.is_ok(), "{one:?} {two:?}");
    for _ in 0..150 {
        tenant.clock.advance(TimeDelta::minutes(1));
        // One of the two may give way to the other, and says so.
        drop(join(follow_starts(&tenant.app), follow_starts(&other)).await);
    }
    let done = plan(&tenant, &plan_made.id).await;
    assert!(matches!(done.state, PlanState::Finished { .. }), "{done:?}");
    assert_eq!(tenant.simulation.script().starts().len(), 4);
    assert_eq!(lives(&tenant).await.len(), 4);
    holds(&tenant, "two processes").await;
    tenant.plan().await;
    tenant.messages().await;
}

/// How long a process lives: the number of writes after which it is killed, or its store fails.
fn lifetime(number: usize, seed: usize) -> usize {
    2 + (number * 7 + seed * 5) % 11
}

#[tokio::test]
async fn f12_killed_again_and_again_twelve_machines_in_three_sets_are_never_posted_twice_or_within_the_gap() {
    for (seed, failure) in
        [Failure::KilledAfter, Failure::KilledBefore, Failure::AnswerLost, Failure::Refused]
            .into_iter()
            .enumerate()
    {
        let healthy: SharedStore = Arc::new(SqliteStore::in_memory().unwrap());
        let mut tenant = Setup::new(sets(3, 4)).store(healthy.clone()).begin().await;
        tenant.poison_is_fine();
        tenant.round().await;
        tenant.messages().await;
        let context = format!("{failure:?}");
        let (mut number, mut sheet) = (0, 0);
        let mut failing = Arc::new(FailingStore::new(healthy.clone(), lifetime(number, seed), failure));
        tenant.restart(failing.clone());
        let ticks = 12 * 60;
        for tick in 0..=ticks {
            assert!(tick < ticks, "{context}: not over in {ticks} minutes");
            let open = tenant.app.repository.open_plans().await;
            if open.is_ok_and(|open| open.rows.is_empty()) {
                // Somebody who wants all of them done makes a plan of what is left.
                let undone = undone(&tenant).await;
                if undone.is_empty() && tenant.app.repository.open_starts().await.unwrap().rows.is_empty() {
                    break;
                }
                sheet += 1;
                let plan = plan_of(&tenant, &undone, "always", sheet);
                // It may be made, or not, or made without anybody hearing of it.
                drop(make_plan(&tenant.app, &plan).await);
            }
            tenant.clock.advance(TimeDelta::minutes(1));
            tenant.follow().await;
            if failing.has_failed() {
                number += 1;
                failing = Arc::new(FailingStore::new(healthy.clone(), lifetime(number, seed), failure));
                tenant.restart(failing.clone());
            }
        }
        assert!(number > 20, "{context}: {number}");
        tenant.restart(healthy);
        tenant.follow().await;
        holds(&tenant, &context).await;
        notified_of_every_outcome(&tenant, &context).await;
    }
}

#[tokio::test]
async fn f12_killed_at_any_single_write_of_a_plan_it_comes_to_its_end() {
    let failure = Failure::KilledAfter;
    let mut number = 1;
    loop {
        let healthy: SharedStore = Arc::new(SqliteStore::in_memory().unwrap());
        let mut tenant = Setup::new(sets(1, 2)).store(healthy.clone()).begin().await;
        tenant.poison_is_fine();
        tenant.round().await;
        tenant.messages().await;
        let context = format!("{failure:?} {number}");
        let failing = Arc::new(FailingStore::new(healthy.clone(), number, failure));
        let plan = plan_of(&tenant, &windows(&tenant).await, "always", 0);
        tenant.restart(failing.clone());
        let made = make_plan(&tenant.app, &plan).await;
        for _ in 0..16 {
            tenant.clock.advance(TimeDelta::minutes(4));
            tenant.follow().await;
            if failing.has_failed() {
                break;
            }
        }
        let failed = failing.has_failed();
        tenant.restart(healthy);
        match tenant.repository.plan(&plan.id).await.unwrap() {
            None => assert!(made.is_err(), "{context}"),
            Some(_) => {
                let tick = TimeDelta::minutes(5);
                let over = run_every(&tenant, &plan.id, TimeDelta::hours(3), tick).await;
                let done =
                    over.members.iter().filter(|it| matches!(it.state, MemberState::Done { .. })).count();
                // A claim of which nothing was posted is no success, and stops the plan.
                let stopped = matches!(over.state, PlanState::Stopped { .. });
                assert!(done == 2 || stopped, "{context}: {over:?}");
            }
        }
        tenant.follow().await;
        holds(&tenant, &context).await;
        notified_of_every_outcome(&tenant, &context).await;
        if !failed {
            break;
        }
        number += 1;
    }
    assert!(number > 20, "{number}");
}
