//! Small tenants, each lived through for forty days: what was sent is what the model says had to be sent.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::simulation::budget::budget;
use crate::simulation::driver::{Killer, Peace, play};
use crate::simulation::generate::{Size, generate};
use crate::simulation::history::History;
use crate::simulation::log::Log;
use crate::simulation::model::check;
use crate::simulation::store::MemoryStore;
use crate::whole::failing_store::{FailingStore, Failure};

/// How late anything may be beside what the rules say: planning looks at whole minutes.
const SLACK: TimeDelta = TimeDelta::minutes(2);
/// After a crash an attempt that was under way is made again when its lease has run out, as do those behind it.
const SLACK_AFTER_CRASHES: TimeDelta = TimeDelta::minutes(25);

impl Killer for Arc<FailingStore> {
    fn has_killed(&self) -> bool {
        FailingStore::has_killed(self)
    }

    fn revive(&self) {
        FailingStore::revive(self);
    }
}

fn small(from: &str) -> Size {
    let from: DateTime<Utc> = format!("{from}T00:00:00Z").parse().unwrap();
    Size { people: 16, machines: 20, subscriptions: 1, from, days: 40, fallback_is_escalated_to: true }
}

/// Nothing missing, nothing too much, nothing left, everything explained.
fn is_right(history: &History, log: &Log, slack: TimeDelta) {
    let verdict = check(history, log, slack);
    assert!(verdict.problems.is_empty(), "{}", verdict.problems.join("\n"));
    assert_eq!(log.unexplained, [""; 0]);
    assert_eq!(log.unsettled, 0);
    for stage in ["announced", "reminder", "completed"] {
        assert!(verdict.notified.contains_key(stage), "{stage}: {:?}", verdict.notified);
    }
    calendars_are_in_order(log);
    let budget = budget(history, log);
    assert!(budget.calm.most() <= 8, "{budget}");
}

/// SEQUENCE only grows, and an entry that was cancelled never comes back.
fn calendars_are_in_order(log: &Log) {
    let mut entries: BTreeMap<&str, (u32, bool)> = BTreeMap::new();
    for (uid, sequence, cancelled) in log.messages.iter().flat_map(|message| &message.calendar) {
        let last = entries.insert(uid, (*sequence, *cancelled));
        assert!(last.is_none_or(|(last, cancelled)| last < *sequence && !cancelled), "{uid} {last:?}");
    }
}

#[tokio::test]
async fn f10_f17_forty_days_with_changes_of_the_clock_notify_as_the_model_says() {
    let history = generate(5, &small("2027-03-01"));
    let store = Arc::new(MemoryStore::default());
    let log = play(&history, store.clone(), &Peace).await;
    is_right(&history, &log, SLACK);
    assert_eq!(log.twice, 0);
    assert_eq!(log.handed_over, log.messages.iter().map(|message| message.mails).sum::<usize>());
    let (rows, _) = store.size();
    assert!(rows < 4 * log.messages.len() + 200, "{rows} rows for {} messages", log.messages.len());
    let budget = budget(&history, &log);
    assert!(
        budget.calm.people() > 0 && budget.calm.most() * 10 < budget.alertmanager_calm.most(),
        "{budget}"
    );
    the_model_notices(&history, &log);
}

/// A log that differs from what happened in one thing is found to be wrong.
fn the_model_notices(history: &History, log: &Log) {
    let changed = |change: &dyn Fn(&mut Log)| {
        let mut other = log.clone();
        change(&mut other);
        !check(history, &other, SLACK).problems.is_empty()
    };
    let tells = |stage: &str| {
        let mut messages = log.messages.iter();
        messages.position(|message| message.items.iter().any(|item| item.stage == stage)).unwrap()
    };
    for stage in ["announced", "reminder", "rescheduled", "completed"] {
        let at = tells(stage);
        let place = log.messages[at].items.iter().position(|item| item.stage == stage).unwrap();
        assert!(changed(&|log| _ = log.messages[at].items.remove(place)), "{stage} is missing");
        let again = |log: &mut Log| {
            let mut later = log.messages[at].clone();
            later.at += TimeDelta::minutes(1);
            later.sequence += 1_000;
            later.items = vec![later.items[place].clone()];
            log.messages.insert(at + 1, later);
        };
        assert!(changed(&again), "{stage} is told twice");
        assert!(changed(&|log| log.messages[at].at -= TimeDelta::days(4)), "{stage} comes too early");
        assert!(changed(&|log| log.messages[at].at += TimeDelta::days(5)), "{stage} comes too late");
    }
}

#[tokio::test]
async fn f10_simulated_over_new_year() {
    let history = generate(2, &small("2026-12-05"));
    let log = play(&history, Arc::new(MemoryStore::default()), &Peace).await;
    is_right(&history, &log, SLACK);
}

#[tokio::test]
async fn f1_simulated_processes_that_are_killed_lose_nothing_and_repeat_one_mail_each_at_most() {
    let history = generate(4, &small("2027-10-10"));
    // Neither the writes of a round nor those of a message divide this, so each kind of write is hit in turn.
    let ways = [Failure::KilledBefore, Failure::KilledAfter];
    let store = Arc::new(FailingStore::again_and_again(Arc::new(MemoryStore::default()), 97, ways));
    let log = play(&history, store.clone(), &store).await;
    assert!(log.kills > 10, "{} kills", log.kills);
    assert!(log.twice <= log.kills, "{} mails twice in {} kills", log.twice, log.kills);
    is_right(&history, &log, SLACK_AFTER_CRASHES);
}
