use chrono::TimeDelta;

use super::*;
use crate::domain::endpoint::Endpoint;
use crate::domain::fixtures::{recipient, utc};
use crate::domain::mail_limit::{MailLimit, MailRate};
use crate::domain::outbox::OutboxState;
use crate::domain::unsettled_row::UnsettledRow;
use crate::store::repository::testing::repository;

fn now() -> DateTime<Utc> {
    utc("2026-12-01T10:00:00Z")
}

fn row(name: &str) -> OutboxRow {
    let recipient = recipient(name);
    let message = MessageId::derive(&recipient.name, 1);
    let endpoint = recipient.endpoints().remove(0);
    OutboxRow::new(&message, &recipient.name, 1, endpoint, now())
}

/// The key that earlier versions gave to a row's entry.
fn earlier_key(at: DateTime<Utc>, id: &OutboxId) -> RowKey {
    RowKey::of(&["d", &crate::store::key::time_key(at), id.as_str()]).unwrap()
}

/// The rows whose next attempt has come.
async fn rows_due(repository: &Repository) -> LoadedRows<OutboxRow> {
    let index = repository.outbox_index(now(), usize::MAX).await.unwrap();
    let due: Vec<&UnsettledRow> = index.entries.iter().filter(|entry| entry.next_attempt <= now()).collect();
    repository.outbox_rows_at(&due).await.unwrap()
}

/// What the index says; each row is in it once if it is unsettled, and otherwise not at all.
async fn index(repository: &Repository) -> Vec<String> {
    repository.keys("outbox").await.into_iter().filter(|key| key.starts_with("d|")).collect()
}

#[tokio::test]
async fn adding_twice_leaves_the_first() {
    let repository = repository();
    let jane = row("jane");
    repository.add_to_outbox(&[jane.clone(), jane.clone()]).await.unwrap();
    let stored = repository.outbox_row(&jane.id).await.unwrap().unwrap();
    let emitted = jane.emitted(now());
    repository.replace_outbox(&stored, &emitted).await.unwrap();
    // A second go at a claim meets the row in a later state, and adds what is missing beside it.
    repository.add_to_outbox(&[jane.clone(), row("mei")]).await.unwrap();
    assert_eq!(repository.outbox_row(&jane.id).await.unwrap().unwrap().value, emitted);
    assert_eq!(repository.outbox_of_message(&jane.message).await.unwrap().rows.len(), 1);
    let due = rows_due(&repository).await;
    assert_eq!(due.values().collect::<Vec<_>>(), [&row("mei")]);
    assert_eq!(index(&repository).await.len(), 2);
}

#[tokio::test]
async fn the_index_moves_with_the_row_exactly() {
    let repository = repository();
    let mut current = row("jane");
    repository.add_to_outbox(std::slice::from_ref(&current)).await.unwrap();
    let later = now() + TimeDelta::minutes(3);
    let delivered = OutboxState::Delivered { at: later, reference: "queue-1".to_owned() };
    let steps = [
        current.emitted(now()),
        OutboxRow { state: OutboxState::Sending { since: now() }, ..current.emitted(now()) },
        OutboxRow { next_attempt: later, ..current.clone() },
        OutboxRow { state: delivered, ..current.clone() },
    ];
    for next in steps {
        let stored = repository.outbox_row(&current.id).await.unwrap().unwrap();
        repository.replace_outbox(&stored, &next).await.unwrap();
        assert!(repository.replace_outbox(&stored, &current).await.unwrap_err().is_conflict());
        let expected: Vec<String> =
            (!next.is_settled()).then(|| index_key(&next).unwrap().to_string()).into_iter().collect();
        assert_eq!(index(&repository).await, expected);
        current = next;
    }
    assert!(repository.unsettled_outbox().await.unwrap().rows.is_empty());
}

#[tokio::test]
async fn of_two_emitters_one_spends_the_allowance() {
    let repository = repository();
    let limit = MailLimit(vec![MailRate { count: 1, per: TimeDelta::minutes(1) }]);
    repository.add_to_outbox(&[row("jane"), row("mei")]).await.unwrap();
    let due = rows_due(&repository).await.rows;
    // Both read the same allowance and choose different rows.
    let (mut log, etag) = repository.send_log().await.unwrap();
    assert_eq!(log.allowance(&limit, now()).calm, 1);
    log.note(1, &limit, now());
    let pair = |row: &Stored<OutboxRow>| [(row.clone(), row.value.emitted(now()))];
    let first = repository.emit(&pair(&due[0]), (&log, etag.clone())).await.unwrap();
    assert_eq!(first, [due[0].value.id.clone()]);
    assert!(repository.emit(&pair(&due[1]), (&log, etag)).await.unwrap_err().is_conflict());

    let (log, _) = repository.send_log().await.unwrap();
    assert_eq!(log.allowance(&limit, now()).imminent, 0);
    let left = rows_due(&repository).await;
    assert_eq!(left.rows, [due[1].clone()]);
}

#[tokio::test]
async fn many_rows_are_emitted_and_those_that_changed_meanwhile_are_not() {
    let repository = repository();
    let rows: Vec<OutboxRow> = (0..120).map(|number| row(&format!("r{number}"))).collect();
    repository.add_to_outbox(&rows).await.unwrap();
    let due = rows_due(&repository).await.rows;
    let dropped = OutboxRow { state: OutboxState::Dropped { at: now() }, ..due[50].value.clone() };
    repository.replace_outbox(&due[50], &dropped).await.unwrap();
    let pairs: Vec<_> = due.iter().map(|row| (row.clone(), row.value.emitted(now()))).collect();
    let emitted = repository.emit(&pairs, (&SendLog::default(), None)).await.unwrap();
    assert_eq!(emitted.len(), 120 - ROWS_PER_BATCH);
    assert!(!emitted.contains(&dropped.id));
    let still_due = rows_due(&repository).await;
    assert_eq!(still_due.rows.len(), ROWS_PER_BATCH - 1);
    assert_eq!(repository.unsettled_outbox().await.unwrap().rows.len(), 119);
}

#[tokio::test]
async fn strays_in_the_index_are_cleaned_up_and_torn_rows_set_aside() {
    let repository = repository();
    let (jane, mei) = (row("jane"), row("mei"));
    repository.add_to_outbox(&[jane.clone(), mei.clone()]).await.unwrap();
    let early = OutboxRow { next_attempt: now() - TimeDelta::hours(1), ..jane.clone() };
    let strays = [
        index_key(&early).unwrap(),
        index_key(&row("nobody")).unwrap(),
        RowKey::of(&["d", "20", "x"]).unwrap(),
        RowKey::of(&["d", "m", "x"]).unwrap(),
    ];
    for stray in &strays {
        repository.overwrite("outbox", stray, r#"{"v":1,"d":{}}"#).await;
    }
    repository.overwrite("outbox", &key(&mei.id).unwrap(), "torn").await;
    assert_eq!(rows_due(&repository).await.values().collect::<Vec<_>>(), [&jane]);
    let all = repository.unsettled_outbox().await.unwrap();
    assert_eq!((all.rows.len(), all.unreadable.len()), (1, 1));
    assert_eq!(index(&repository).await.len(), 2);
}

#[tokio::test]
async fn the_index_is_in_the_order_of_deadlines_with_cards_first() {
    let repository = repository();
    let mut card = row("card");
    card.endpoint = Endpoint::Teams { recipient: card.recipient.clone() };
    let dated = |name: &str, days| OutboxRow { deadline: Some(now() + TimeDelta::days(days)), ..row(name) };
    let at_once = OutboxRow { imminent: true, ..dated("at-once", 9) };
    let rows = [dated("far", 30), row("never"), dated("near", 1), card, at_once, dated("past", -1)];
    repository.add_to_outbox(&rows).await.unwrap();
    let names = |index: OutboxIndex| -> Vec<String> {
        let of = |place: &UnsettledRow| rows.iter().find(|row| row.id == place.id).unwrap();
        index.entries.iter().map(|entry| of(entry).recipient.to_string()).collect()
    };
    let calm_after = now() + TimeDelta::days(3);
    let whole = repository.outbox_index(calm_after, 9).await.unwrap();
    assert!(!whole.more);
    assert!(whole.entries.iter().all(|entry| rows.iter().any(|row| row.entry() == *entry)));
    assert_eq!(names(whole), ["card", "at-once", "past", "near", "far", "never"]);
    let beginning = repository.outbox_index(calm_after, 1).await.unwrap();
    assert!(beginning.more);
    assert_eq!(names(beginning), ["card", "at-once", "past", "near", "far"]);
}

#[tokio::test]
async fn entries_of_earlier_versions_are_put_into_their_places() {
    let repository = repository();
    let (jane, mei) = (row("jane"), row("mei"));
    let settled = OutboxRow { state: OutboxState::Dropped { at: now() }, ..row("done") };
    repository.add_to_outbox(&[jane.clone(), mei.clone(), settled.clone()]).await.unwrap();
    for row in [&jane, &mei] {
        repository
            .store
            .write(&partition().unwrap(), vec![Write::Delete { row: index_key(row).unwrap(), etag: None }])
            .await
            .unwrap();
    }
    for row in [&jane, &mei, &settled] {
        repository.overwrite("outbox", &earlier_key(row.next_attempt, &row.id), r#"{"v":1,"d":{}}"#).await;
    }
    // What the earlier version entered and left behind leads nowhere.
    repository
        .overwrite("outbox", &earlier_key(now() - TimeDelta::hours(2), &jane.id), r#"{"v":1,"d":{}}"#)
        .await;
    let found = repository.outbox_index(now(), 10).await.unwrap();
    assert_eq!(found.entries.len(), 2);
    let mut expected: Vec<String> = [&jane, &mei].map(|row| index_key(row).unwrap().to_string()).into();
    expected.sort();
    assert_eq!(index(&repository).await, expected);
    assert_eq!(rows_due(&repository).await.rows.len(), 2);
}
