//! Processes that are killed with SIGKILL in the middle of a start and of a rolling plan: this test binary starts
//! itself. A process is killed right before or right after one of its writes, which is between any two of its effects:
//! a post to Azure stands between the write of its claim and the write of its answer.

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use maintenance_notifier::clock::ManualClock;
use maintenance_notifier::domain::action::response::{StartStatus, StartSummary};
use maintenance_notifier::domain::action::start::{StartOrigin, StartOutcome};
use maintenance_notifier::jobs::follow_starts::follow_starts;
use maintenance_notifier::services::rolling_plans::make_plan;
use maintenance_notifier::services::start::{StartRequest, StartResult, start};
use maintenance_notifier::store::{SharedStore, SqliteStore};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout};

use super::failing_store::{FailingStore, Failure, HALTED};
use super::rolling::{holds, jane, notified_of_every_outcome, plan_of, sets, undone, windows};
use super::tenant::{Setup, TestTenant, process};
use crate::store_conformance::processes::{Place, child, own_or_given};

/// What a process says when it has followed what it was asked to.
const FOLLOWED: &str = "followed";

/// A process that follows starts whenever it gets the time.
struct Follower {
    child: Child,
    times: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Follower {
    /// One that halts at the write with this number, to be killed; never when it is zero.
    async fn begin(database: &Path, azure: &str, write: usize, failure: Failure) -> Self {
        let place = Place::File(database.to_owned());
        let mut command = child("whole::killed_processes::one_process_follows", &place);
        let mut child = command.stdin(std::process::Stdio::piped()).spawn().unwrap();
        let mut times = child.stdin.take().unwrap();
        let after = failure == Failure::HaltsAfter;
        times.write_all(format!("{azure}\n{write}\n{after}\n").as_bytes()).await.unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, times, lines }
    }

    /// Follows once. Whether it came to the end: otherwise it is dead now.
    async fn follow(&mut self, now: DateTime<Utc>) -> bool {
        self.times.write_all(format!("{}\n", now.to_rfc3339()).as_bytes()).await.unwrap();
        loop {
            let line = self.lines.next_line().await.unwrap().expect("the process lives until it is killed");
            if line.ends_with(FOLLOWED) {
                return true;
            }
            if line.ends_with(HALTED) {
                // SIGKILL, and its end is waited for.
                self.child.kill().await.unwrap();
                return false;
            }
        }
    }
}

/// The process that is killed. On its own it follows a store in which nothing was started.
#[tokio::test]
async fn one_process_follows() {
    let folder = tempfile::tempdir().unwrap();
    let (store, given) = own_or_given(&folder).await;
    let clock = Arc::new(ManualClock::new(super::tenant::start()));
    if !given {
        let app = process(&"http://127.0.0.1:9/".parse().unwrap(), &clock, store);
        follow_starts(&app).await.unwrap();
        assert!(app.repository.open_starts().await.unwrap().rows.is_empty());
        return;
    }
    let mut asked = std::io::stdin().lines().map(Result::unwrap);
    let azure = asked.next().unwrap().parse().unwrap();
    let write = asked.next().unwrap().parse().unwrap();
    let failure = if asked.next().unwrap() == "true" { Failure::HaltsAfter } else { Failure::HaltsBefore };
    let app = process(&azure, &clock, Arc::new(FailingStore::new(store, write, failure)));
    for time in asked {
        clock.set(time.parse().unwrap());
        follow_starts(&app).await.unwrap();
        println!("{FOLLOWED}");
    }
}

/// A tenant whose state is in a file that other processes open too.
async fn begin(database: &Path, count: usize, machines: u32) -> TestTenant {
    let store: SharedStore = Arc::new(SqliteStore::open(database).await.unwrap());
    let mut tenant = Setup::new(sets(count, machines)).store(store).begin().await;
    tenant.round().await;
    tenant.messages().await;
    tenant
}

/// The starts of the only window.
async fn starts(tenant: &TestTenant) -> Vec<StartSummary> {
    let row = tenant.windows().await.remove(0);
    tenant.repository.actions(&row.window.id).await.unwrap().starts
}

#[tokio::test]
async fn f12_a_process_that_is_killed_at_any_write_of_a_start_posts_once_at_most_and_its_outcome_is_notified()
{
    let mut killed_in_all = 0;
    for failure in [Failure::HaltsBefore, Failure::HaltsAfter] {
        for write in 1.. {
            let context = format!("{failure:?} {write}");
            let folder = tempfile::tempdir().unwrap();
            let database = folder.path().join("state.db");
            let mut tenant = begin(&database, 1, 1).await;
            let window = windows(&tenant).await.remove(0);
            let start_request = StartRequest {
                window: window.id.clone(),
                revision: window.revision,
                by: jane(),
                origin: StartOrigin::CommandLine,
                begins: Some(tenant.now() + TimeDelta::minutes(1)),
                accepts: None,
            };
            assert!(
                matches!(start(&tenant.app, &start_request).await.unwrap(), StartResult::Planned(_)),
                "{context}"
            );
            let azure = tenant.azure().to_string();
            let mut follower = Follower::begin(&database, &azure, write, failure).await;
            let mut was_killed = false;
            while !matches!(starts(&tenant).await[0].status, StartStatus::Settled { .. }) {
                tenant.clock.advance(TimeDelta::minutes(2));
                assert!(tenant.now() < super::tenant::start() + TimeDelta::hours(3), "{context}");
                if !follower.follow(tenant.now()).await {
                    was_killed = true;
                    follower = Follower::begin(&database, &azure, 0, failure).await;
                }
            }
            // What was settled and not shown yet is shown by the next run, whoever makes it.
            if !follower.follow(tenant.now()).await {
                was_killed = true;
            }
            tenant.follow().await;
            let posts = tenant.simulation.script().starts().len();
            let [summary] = <[StartSummary; 1]>::try_from(starts(&tenant).await).unwrap();
            let StartStatus::Settled { outcome, .. } = summary.status else { panic!("{context}") };
            match outcome {
                StartOutcome::Completed { well: true } => assert_eq!(posts, 1, "{context}"),
                StartOutcome::NeverReceived => assert_eq!(posts, 0, "{context}"),
                other => panic!("{context}: {other:?}"),
            }
            holds(&tenant, &context).await;
            notified_of_every_outcome(&tenant, &context).await;
            tenant.advance(TimeDelta::hours(2)).await;
            let letters = tenant.messages().await;
            let notified = tenant.notified(&letters).await;
            let stage = if posts == 1 { "completed" } else { "failed" };
            assert!(notified.iter().any(|line| line.ends_with(stage)), "{context}: {notified:?}");
            if !was_killed {
                break;
            }
            killed_in_all += 1;
        }
    }
    assert!(killed_in_all > 10, "{killed_in_all}");
}

#[tokio::test]
async fn f12_processes_that_are_killed_again_and_again_bring_twelve_machines_in_three_sets_to_their_ends() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("state.db");
    let mut tenant = begin(&database, 3, 4).await;
    let azure = tenant.azure().to_string();
    let failure = |killed: usize| [Failure::HaltsBefore, Failure::HaltsAfter][killed % 2];
    let lifetime = |killed: usize| 2 + killed * 7 % 11;
    let (mut killed, mut sheet) = (0, 0);
    let mut follower = Follower::begin(&database, &azure, lifetime(0), failure(0)).await;
    let end = tenant.now() + TimeDelta::hours(12);
    loop {
        assert!(tenant.now() < end, "not over");
        if tenant.repository.open_plans().await.unwrap().rows.is_empty() {
            // A claim of which nothing was posted stops a plan. Somebody who wants all of them done makes another.
            let undone = undone(&tenant).await;
            if undone.is_empty() && tenant.repository.open_starts().await.unwrap().rows.is_empty() {
                break;
            }
            sheet += 1;
            make_plan(&tenant.app, &plan_of(&tenant, &undone, "always", sheet)).await.unwrap();
        }
        tenant.clock.advance(TimeDelta::minutes(1));
        if !follower.follow(tenant.now()).await {
            killed += 1;
            follower = Follower::begin(&database, &azure, lifetime(killed), failure(killed)).await;
        }
    }
    assert!(killed > 20, "{killed}");
    tenant.follow().await;
    holds(&tenant, "killed processes").await;
    notified_of_every_outcome(&tenant, "killed processes").await;
    assert!(tenant.simulation.script().starts().len() >= 12);
    tenant.plan().await;
    tenant.messages().await;
}
