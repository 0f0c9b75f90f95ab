//! The outbox: a row for each message and endpoint, and an index of the unsettled ones by urgency.
//!
//! Both are in one partition and move in one batch, so a row is in the index exactly when it is not settled.

mod index;
pub(super) mod keys;
mod questions;

use std::collections::HashSet;

use chrono::{DateTime, Utc};

pub use self::index::OutboxIndex;
use self::index::{entered, index_key};
use self::keys::{ROW, key, partition};
use super::access::Repository;
use super::batch;
use super::loaded::{LoadedRows, Stored};
use super::writes::{exactly, no_etag, split};
use crate::domain::brake::Brake;
use crate::domain::ids::{MessageId, OutboxId};
use crate::domain::mail_limit::SendLog;
use crate::domain::outbox::OutboxRow;
use crate::http::causes::chain;
use crate::store::codec::Versioned;
use crate::store::{ETag, RowKey, RowRange, StoreError, Write};

impl Versioned for OutboxRow {}
impl Versioned for SendLog {}
impl Versioned for Brake {}

impl Repository {
    /// Adds rows that are not there yet. What is there stays as it is, so a claim can be carried out twice.
    pub async fn add_to_outbox(&self, rows: &[OutboxRow]) -> Result<(), StoreError> {
        let mut groups = Vec::with_capacity(rows.len());
        let mut seen = HashSet::new();
        for row in rows.iter().filter(|row| seen.insert(&row.id)) {
            let mut group = vec![exactly(key(&row.id)?, row, None)?];
            if !row.is_settled() {
                group.push(entered(row)?);
            }
            groups.push(group);
        }
        batch::write_what_holds(&*self.store, &partition()?, groups).await
    }

    /// Makes rows that were never handed out as urgent as these say: something was folded into their messages.
    pub async fn keep_urgency(&self, rows: &[OutboxRow]) -> Result<(), StoreError> {
        for row in rows {
            let Some(known) = self.outbox_row(&row.id).await? else { continue };
            let OutboxRow { deadline, imminent, for_operators, .. } = row.clone();
            let mut next = OutboxRow { deadline, imminent, for_operators, ..known.value.clone() };
            // It says something else by now: whether that has to be held is decided anew.
            if next.held.take().is_some() {
                next.next_attempt = row.next_attempt;
            }
            if known.value.is_settled() || known.value.attempt > 0 || next == known.value {
                continue;
            }
            match self.replace_outbox(&known, &next).await {
                // Somebody handed it out meanwhile.
                Err(error) if error.is_conflict() => {}
                result => _ = result?,
            }
        }
        Ok(())
    }

    /// The rows whose message's id begins with `message` and whose endpoint's part with `endpoint`.
    ///
    /// # Errors
    /// When the store cannot be read, or one of the rows cannot.
    pub async fn outbox_beginning(
        &self,
        message: &str,
        endpoint: &str,
    ) -> Result<Vec<Stored<OutboxRow>>, StoreError> {
        let range = RowRange::prefix(RowKey::of(&[ROW, message])?)?;
        let mut found = self.load::<OutboxRow>(&partition()?, range).await?;
        found.rows.retain(|row| {
            row.value.id.as_str().split_once('-').is_some_and(|(_, part)| part.starts_with(endpoint))
        });
        match found.unreadable.pop() {
            Some(error) if found.rows.is_empty() => Err(error),
            _ => Ok(found.rows),
        }
    }

    /// What the brake remembers.
    pub async fn brake(&self) -> Result<Brake, StoreError> {
        let brake = self.read(&partition()?, &RowKey::new(BRAKE)?).await?;
        Ok(brake.map(|stored| stored.value).unwrap_or_default())
    }

    /// Changes what the brake remembers, and returns it.
    pub async fn update_brake(&self, change: impl Fn(&mut Brake) + Send + Sync) -> Result<Brake, StoreError> {
        let changed = |known: Option<Brake>| {
            let mut brake = known.clone().unwrap_or_default();
            change(&mut brake);
            (known.as_ref() != Some(&brake)).then_some(brake)
        };
        match self.update(&partition()?, &RowKey::new(BRAKE)?, changed).await? {
            Some(brake) => Ok(brake),
            None => self.brake().await,
        }
    }

    /// One row.
    pub async fn outbox_row(&self, id: &OutboxId) -> Result<Option<Stored<OutboxRow>>, StoreError> {
        self.read(&partition()?, &key(id)?).await
    }

    /// Removes a row that is settled. One that is gone is fine.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn delete_outbox_row(&self, id: &OutboxId) -> Result<(), StoreError> {
        self.store.write(&partition()?, vec![Write::Delete { row: key(id)?, etag: None }]).await.map(drop)
    }

    /// Changes a row from `old` to `new`, and its place in the index with it.
    ///
    /// # Errors
    /// A conflict when the row is not in the state of `old`.
    pub async fn replace_outbox(&self, old: &Stored<OutboxRow>, new: &OutboxRow) -> Result<ETag, StoreError> {
        let etags = self.store.write(&partition()?, replacement(old, new)?).await?;
        etags.into_iter().next().flatten().ok_or_else(no_etag)
    }

    /// Hands rows out for their next attempt: each from its old to its new state, with the log of what was sent.
    ///
    /// Returns the ids of those that were handed out; only they may go to the queue. The log changes with the first
    /// batch, so of two that spend the same allowance one fails. Rows that a later batch did not change stay due,
    /// and the allowance that they were given is not given back.
    ///
    /// # Errors
    /// A conflict when the log or a row of the first batch was changed by somebody else; nothing was handed out.
    pub async fn emit(
        &self,
        rows: &[(Stored<OutboxRow>, OutboxRow)],
        log: (&SendLog, Option<ETag>),
    ) -> Result<Vec<OutboxId>, StoreError> {
        let partition = partition()?;
        let mut emitted = Vec::with_capacity(rows.len());
        let mut quota = vec![exactly(RowKey::new(QUOTA)?, log.0, log.1)?];
        for (number, chunk) in rows.chunks(ROWS_PER_BATCH).enumerate() {
            let mut writes = std::mem::take(&mut quota);
            for (old, new) in chunk {
                writes.extend(replacement(old, new)?);
            }
            match self.store.write(&partition, writes).await {
                Ok(_) => emitted.extend(chunk.iter().map(|(_, new)| new.id.clone())),
                Err(error) if number == 0 => return Err(error),
                Err(error) => {
                    tracing::warn!(error = chain(&error), rows = chunk.len(), "rows of the outbox stay due")
                }
            }
        }
        Ok(emitted)
    }

    /// What was emitted lately; nothing, without an ETag, at first.
    pub async fn send_log(&self) -> Result<(SendLog, Option<ETag>), StoreError> {
        let (log, etag) = split(self.read(&partition()?, &RowKey::new(QUOTA)?).await?);
        Ok((log.unwrap_or_default(), etag))
    }

    /// All rows that are not settled, in order of their next attempt.
    pub async fn unsettled_outbox(&self) -> Result<LoadedRows<OutboxRow>, StoreError> {
        let index = self.outbox_index(DateTime::<Utc>::MAX_UTC, usize::MAX).await?;
        let mut rows = self.outbox_rows_at(&index.places.iter().collect::<Vec<_>>()).await?;
        rows.rows
            .sort_by(|a, b| (a.value.next_attempt, &a.value.id).cmp(&(b.value.next_attempt, &b.value.id)));
        rows.unreadable.extend(index.unreadable);
        Ok(rows)
    }

    /// Every row that is kept, settled or not.
    pub async fn outbox_rows(&self) -> Result<LoadedRows<OutboxRow>, StoreError> {
        self.load(&partition()?, RowRange::within(&[ROW])?).await
    }

    /// The rows of one message.
    pub async fn outbox_of_message(&self, message: &MessageId) -> Result<LoadedRows<OutboxRow>, StoreError> {
        let range = RowRange::prefix(RowKey::of(&[ROW, &format!("{message}-")])?)?;
        self.load(&partition()?, range).await
    }

    /// The rows of the message that a person names by its id.
    pub async fn outbox_rows_of(&self, id: &str) -> Result<Vec<OutboxRow>, StoreError> {
        let range = RowRange::prefix(RowKey::of(&[ROW, &format!("{id}-")])?)?;
        let rows: LoadedRows<OutboxRow> = self.load(&partition()?, range).await?;
        super::loaded::log_unreadable(&rows.unreadable);
        Ok(rows.rows.into_iter().map(|row| row.value).collect())
    }
}

const QUOTA: &str = "quota";

const BRAKE: &str = "brake";

/// Each row takes three writes at most, as nobody is asked about what is handed out, and the log takes one.
const ROWS_PER_BATCH: usize = (crate::store::MAX_BATCH_WRITES - 1) / 3;

/// The writes that change a row and its place in the index; the row's own comes first.
fn replacement(old: &Stored<OutboxRow>, new: &OutboxRow) -> Result<Vec<Write>, StoreError> {
    if old.value.id != new.id {
        return Err(StoreError::Refused(format!("to replace the row {} by {}", old.value.id, new.id)));
    }
    let before = (!old.value.is_settled()).then(|| index_key(&old.value)).transpose()?;
    let after = (!new.is_settled()).then(|| index_key(new)).transpose()?;
    let mut writes = vec![exactly(key(&new.id)?, new, Some(old.etag.clone()))?];
    if let Some(row) = before.filter(|before| Some(before) != after.as_ref()) {
        writes.push(Write::Delete { row, etag: None });
    }
    if after.is_some() {
        writes.push(entered(new)?);
    }
    writes.extend(questions::moved(&old.value, new)?);
    Ok(writes)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::super::testing::repository;
    use super::*;
    use crate::domain::endpoint::Endpoint;
    use crate::domain::fixtures::{recipient, utc};
    use crate::domain::mail_limit::{MailLimit, MailRate};
    use crate::domain::outbox::OutboxState;
    use crate::domain::service_operation::ServiceOperation;
    use crate::domain::unsettled_row::UnsettledRow;

    fn now() -> DateTime<Utc> {
        utc("2026-12-01T10:00:00Z")
    }

    fn row(name: &str) -> OutboxRow {
        let recipient = recipient(name);
        let message = MessageId::derive(&recipient.name, 1);
        let endpoint = recipient.endpoints().remove(0);
        OutboxRow {
            id: OutboxId::derive(&message, &endpoint),
            message,
            recipient: recipient.name,
            sequence: 1,
            endpoint,
            deadline: None,
            imminent: false,
            after: None,
            created: now(),
            state: OutboxState::Waiting,
            attempt: 0,
            next_attempt: now(),
            last_error: None,
            doubtful: false,
            for_operators: false,
            anew: None,
            held: None,
            doubts: 0,
            excused_until: None,
            size: Default::default(),
            unknown: false,
            operation: ServiceOperation::default(),
            report: None,
        }
    }

    /// The key that earlier versions gave to a row's entry.
    fn earlier_key(at: DateTime<Utc>, id: &OutboxId) -> RowKey {
        RowKey::of(&["d", &crate::store::key::time_key(at), id.as_str()]).unwrap()
    }

    /// The rows whose next attempt has come.
    async fn rows_due(repository: &Repository) -> LoadedRows<OutboxRow> {
        let index = repository.outbox_index(now(), usize::MAX).await.unwrap();
        let due: Vec<&UnsettledRow> =
            index.places.iter().filter(|place| place.next_attempt <= now()).collect();
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
        let dated =
            |name: &str, days| OutboxRow { deadline: Some(now() + TimeDelta::days(days)), ..row(name) };
        let at_once = OutboxRow { imminent: true, ..dated("at-once", 9) };
        let rows = [dated("far", 30), row("never"), dated("near", 1), card, at_once, dated("past", -1)];
        repository.add_to_outbox(&rows).await.unwrap();
        let names = |index: OutboxIndex| -> Vec<String> {
            let of = |place: &UnsettledRow| rows.iter().find(|row| row.id == place.id).unwrap();
            index.places.iter().map(|place| of(place).recipient.to_string()).collect()
        };
        let calm_after = now() + TimeDelta::days(3);
        let whole = repository.outbox_index(calm_after, 9).await.unwrap();
        assert!(!whole.more);
        assert!(whole.places.iter().all(|place| rows.iter().any(|row| row.place() == *place)));
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
                .write(
                    &partition().unwrap(),
                    vec![Write::Delete { row: index_key(row).unwrap(), etag: None }],
                )
                .await
                .unwrap();
        }
        for row in [&jane, &mei, &settled] {
            repository
                .overwrite("outbox", &earlier_key(row.next_attempt, &row.id), r#"{"v":1,"d":{}}"#)
                .await;
        }
        // What the earlier version entered and left behind leads nowhere.
        repository
            .overwrite("outbox", &earlier_key(now() - TimeDelta::hours(2), &jane.id), r#"{"v":1,"d":{}}"#)
            .await;
        let found = repository.outbox_index(now(), 10).await.unwrap();
        assert_eq!(found.places.len(), 2);
        let mut expected: Vec<String> = [&jane, &mei].map(|row| index_key(row).unwrap().to_string()).into();
        expected.sort();
        assert_eq!(index(&repository).await, expected);
        assert_eq!(rows_due(&repository).await.rows.len(), 2);
    }
}
