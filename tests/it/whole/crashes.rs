//! The program is stopped, or its store fails, at every single write of a round: nothing is lost, nobody notified twice.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::TimeDelta;
use maintenance_notifier::domain::ids::OutboxId;
use maintenance_notifier::domain::outbox::OutboxState;
use maintenance_notifier::domain::planning::Pace;
use maintenance_notifier::services::delivery::deliver;
use maintenance_notifier::services::delivery_report::DeliveryReport;
use maintenance_notifier::services::ticket::Ticket;
use maintenance_notifier::store::{SharedStore, SqliteStore};

use super::failing_store::{FailingStore, Failure};
use super::tenant::{Letter, Setup, TestTenant, WAVE, small_world};

const MACHINES: &[(&str, &str)] =
    &[("vm-web-01", "jane.doe"), ("vm-web-02", "jane.doe,mei.lin"), ("vm-lost", "")];

/// The round in which the store fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Round {
    /// The first look at the tenant.
    First,
    /// A machine has left the wave, and the dates of the others have moved.
    Changes,
}

fn change(tenant: &TestTenant) {
    let script = tenant.simulation.script();
    script.change_wave(WAVE, |wave| {
        wave.scheduled.start += TimeDelta::days(1);
        wave.scheduled.end += TimeDelta::days(1);
        if let Some(window) = &mut wave.self_service {
            window.end += TimeDelta::days(1);
        }
    });
}

/// What one look does not show is over with the next one, an hour later.
async fn leave(tenant: &TestTenant) {
    let script = tenant.simulation.script();
    let left = script.machine("vm-web-01").unwrap().id();
    script.leave_wave(WAVE, &left);
    tenant.look().await;
    tenant.clock.advance(TimeDelta::hours(1));
}

/// What came of a round in which the store fails at one write.
struct Outcome {
    notified: Vec<String>,
    duplicates: usize,
    writes: usize,
}

async fn play(round: Round, fails_at: usize, failure: Failure) -> Outcome {
    let healthy: SharedStore = Arc::new(SqliteStore::in_memory().unwrap());
    let failing = Arc::new(FailingStore::new(healthy.clone(), fails_at, failure));
    let store: SharedStore = if round == Round::First { failing.clone() } else { healthy.clone() };
    let mut tenant = Setup::new(small_world(MACHINES)).store(store).begin().await;
    tenant.poison_is_fine();
    if round == Round::Changes {
        tenant.round().await;
        tenant.clock.advance(TimeDelta::minutes(15));
        leave(&tenant).await;
        change(&tenant);
        tenant.restart(failing.clone());
    }
    tenant.round().await;
    let writes = failing.writes();
    if failing.has_failed() {
        // What is left lies in the store alone: whatever was in a queue or in memory is gone.
        tenant.restart(healthy);
        tenant.app.set_pace(Pace::Immediate);
        tenant.advance(TimeDelta::minutes(17)).await;
    }
    assert!(tenant.is_settled().await, "{fails_at} {failure:?}");
    consistent(&tenant).await;

    let letters = tenant.messages().await;
    let mut first: BTreeMap<(&str, &str), &Letter> = BTreeMap::new();
    let mut duplicates = 0;
    for letter in &letters {
        let known = first.insert((&letter.to, &letter.message_id), letter);
        if let Some(known) = known {
            assert_eq!(known, letter, "a message that is sent again is the same message");
            duplicates += 1;
        }
    }
    let unique: Vec<Letter> = first.into_values().cloned().collect();
    Outcome { notified: tenant.notified(&unique).await, duplicates, writes }
}

/// Every message that the ledger says was sent has left, and nothing waits to be emitted.
async fn consistent(tenant: &TestTenant) {
    let rows = tenant.repository.outbox_rows().await.unwrap();
    let recipients: BTreeSet<_> = rows.values().map(|row| row.recipient.clone()).collect();
    for recipient in recipients {
        let state = tenant.repository.state(&recipient).await.unwrap();
        assert!(state.unreadable.is_empty());
        let head = state.head.unwrap().value.head;
        assert!(head.unemitted.is_empty(), "{recipient}: {head:?}");
        for message in state.ledger.iter().map(|message| &message.value).filter(|message| message.notifies())
        {
            for endpoint in &message.endpoints {
                let id = OutboxId::derive(&message.id, endpoint);
                let row = rows.values().find(|row| row.id == id).expect("each endpoint has a row");
                let delivered = matches!(row.state, OutboxState::Delivered { .. });
                assert!(delivered && message.in_doubt.contains(&endpoint.key()), "{message:?} {row:?}");
            }
        }
    }
}

/// Compares what was sent with an undisturbed round, whichever write fails.
async fn at_every_write(round: Round, failures: &[Failure], expected: &str) {
    let undisturbed = play(round, 0, Failure::Refused).await;
    assert_eq!(undisturbed.duplicates, 0);
    assert_eq!(undisturbed.notified.join("\n"), expected);
    assert!(undisturbed.writes > 30, "{}", undisturbed.writes);
    let mut problems = Vec::new();
    for failure in failures {
        for fails_at in 1..=undisturbed.writes {
            let outcome = play(round, fails_at, *failure).await;
            let differs = difference(&undisturbed.notified, &outcome.notified);
            // What was under way when the process was killed may have arrived: one to each of the three.
            if !differs.is_empty() || outcome.duplicates > 3 {
                problems
                    .push(format!("{failure:?} at {fails_at}: {differs:?}, {} twice", outcome.duplicates));
            }
        }
    }
    assert!(problems.is_empty(), "of {} writes:\n{}", undisturbed.writes, problems.join("\n"));
}

const ANNOUNCED: &str = "\
jane.doe@contoso.com vm-web-01 announced
jane.doe@contoso.com vm-web-02 announced
mei.lin@contoso.com vm-web-02 announced
platform@contoso.com vm-lost announced";

const CHANGED: &str = "\
jane.doe@contoso.com vm-web-01 announced
jane.doe@contoso.com vm-web-01 no longer planned
jane.doe@contoso.com vm-web-02 announced
jane.doe@contoso.com vm-web-02 rescheduled
mei.lin@contoso.com vm-web-02 announced
mei.lin@contoso.com vm-web-02 rescheduled
platform@contoso.com vm-lost announced
platform@contoso.com vm-lost rescheduled";

#[tokio::test]
async fn f6_a_write_that_fails_in_the_first_round_loses_nothing_and_notifies_nobody_twice() {
    at_every_write(Round::First, &[Failure::AnswerLost], ANNOUNCED).await;
}

#[tokio::test]
async fn f1_a_process_that_is_killed_in_the_first_round_loses_nothing_and_notifies_nobody_twice() {
    at_every_write(Round::First, &[Failure::KilledAfter], ANNOUNCED).await;
}

#[tokio::test]
async fn f1_f6_changes_are_notified_once_whichever_write_fails() {
    at_every_write(Round::Changes, &[Failure::KilledBefore], CHANGED).await;
}

/// What one list has more often than the other.
fn difference(expected: &[String], notified: &[String]) -> Vec<String> {
    let count = |list: &[String], text: &String| list.iter().filter(|other| *other == text).count();
    let all: BTreeSet<&String> = expected.iter().chain(notified).collect();
    let different = all.into_iter().filter_map(|text| {
        let (expected, notified) = (count(expected, text), count(notified, text));
        (expected != notified).then(|| format!("{text}: {notified} times, not {expected}"))
    });
    different.collect()
}

/// Somebody else wrote at the same time, or the store says so without cause: it is looked at again, before the attempt and
/// after it, and costs neither a run nor a second mail.
#[tokio::test]
async fn f1_a_conflict_costs_no_run_and_no_second_mail() {
    for number in 1..=6 {
        let healthy: SharedStore = Arc::new(SqliteStore::in_memory().unwrap());
        let world = small_world(&[("vm-web-01", "jane.doe")]);
        let mut tenant = Setup::new(world).store(healthy.clone()).begin().await;
        tenant.app.set_pace(Pace::Immediate);
        tenant.look().await;
        tenant.host.invoke_timer("PlanNotifications").await.unwrap();
        let row = tenant.repository.outbox_rows().await.unwrap().rows.remove(0).value;
        let ticket = Ticket { row: row.id.clone(), attempt: row.attempt };
        let failing = Arc::new(FailingStore::new(healthy.clone(), number, Failure::Conflict));
        tenant.restart(failing);
        let report = deliver(&tenant.app, &ticket).await.unwrap();
        assert!(matches!(report, DeliveryReport::Attempted(_)), "{number}: {report:?}");
        assert_eq!(deliver(&tenant.app, &ticket).await.unwrap(), DeliveryReport::Stale, "{number}");
        let sent = tenant.messages().await;
        assert_eq!(sent.len(), 1, "{number}");
        tenant.restart(healthy);
        tenant.advance(TimeDelta::minutes(15)).await;
        let later = tenant.messages().await;
        let all: BTreeSet<&str> =
            sent.iter().chain(&later).map(|letter| letter.message_id.as_str()).collect();
        assert_eq!((all.len(), sent.len() + later.len()), (2, 2), "the owner's and the operators', once");
    }
}
