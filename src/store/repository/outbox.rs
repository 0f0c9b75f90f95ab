//! The outbox: a row for each message and endpoint, and an index of the unsettled ones by time of the next attempt.
//!
//! Both are in one partition and move in one batch, so a row is in the index exactly when it is not settled.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use futures::{FutureExt, TryStreamExt};
use serde::{Deserialize, Serialize};

use super::due::just_after;
use super::{Loaded, Repository, Stored, batch, exactly, no_etag, put, split};
use crate::domain::message::MessageId;
use crate::domain::outbox::{OutboxId, OutboxRow, SendLog};
use crate::store::codec::Versioned;
use crate::store::key::{parse_time_key, time_key};
use crate::store::{ETag, PartitionKey, Row, RowKey, RowRange, StoreError, Write};

/// How many rows are read at the same time.
const CONCURRENT_READS: usize = 8;

impl Versioned for OutboxRow {
    const VERSION: u16 = 1;
}

impl Versioned for SendLog {
    const VERSION: u16 = 1;
}

/// An entry of the index. All that it says is in its key.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct IndexEntry {}

impl Versioned for IndexEntry {
    const VERSION: u16 = 1;
}

impl Repository {
    /// Adds rows that are not there yet. What is there stays as it is, so a claim can be carried out twice.
    pub async fn add_to_outbox(&self, rows: &[OutboxRow]) -> Result<(), StoreError> {
        let mut groups = Vec::with_capacity(rows.len());
        let mut seen = HashSet::new();
        for row in rows.iter().filter(|row| seen.insert(&row.id)) {
            let mut group = vec![exactly(key(&row.id)?, row, None)?];
            if !row.is_settled() {
                group.push(put(index_key(row.next_attempt, &row.id)?, &IndexEntry {})?);
            }
            groups.push(group);
        }
        batch::write_what_holds(&*self.store, &partition()?, groups).await
    }

    /// The first `limit` rows whose next attempt has come, in order of that time.
    ///
    /// Entries of the index that lead nowhere are deleted on the way.
    pub async fn due_outbox(
        &self,
        now: DateTime<Utc>,
        limit: usize,
    ) -> Result<Loaded<OutboxRow>, StoreError> {
        let partition = partition()?;
        let end = RowKey::of(&[INDEX, &time_key(just_after(now))])?;
        let range = RowRange::within(&[INDEX])?.up_to(end);
        let mut due = Loaded::default();
        let mut strays = Vec::new();
        {
            let entries = crate::store::stream(&*self.store, &partition, range);
            let mut entries = std::pin::pin!(
                entries.map_ok(|entry| self.follow(&partition, entry).boxed()).try_buffered(CONCURRENT_READS)
            );
            while due.rows.len() < limit {
                match entries.try_next().await {
                    Ok(Some(Followed::Row(row))) => due.rows.push(*row),
                    Ok(Some(Followed::Stray(write))) => strays.push(vec![write]),
                    Ok(Some(Followed::Unreadable(error))) => due.unreadable.push(error),
                    Ok(None) => break,
                    Err(error) => return Err(error),
                }
            }
        }
        batch::write_what_holds(&*self.store, &partition, strays).await?;
        Ok(due)
    }

    /// The row that an entry of the index leads to.
    async fn follow(&self, partition: &PartitionKey, entry: Row) -> Result<Followed, StoreError> {
        // The state in which the entry was read: one that was written anew meanwhile stays.
        let stray = |entry: Row| Followed::Stray(Write::Delete { row: entry.key, etag: Some(entry.etag) });
        let Some((at, row)) = parse_index_key(&entry.key) else { return Ok(stray(entry)) };
        match self.read::<OutboxRow>(partition, &row).await {
            Ok(Some(row)) if !row.value.is_settled() && row.value.next_attempt == at => {
                Ok(Followed::Row(Box::new(row)))
            }
            Ok(_) => Ok(stray(entry)),
            Err(error) if error.is_unreadable_row() => Ok(Followed::Unreadable(error)),
            Err(error) => Err(error),
        }
    }

    /// One row.
    pub async fn outbox_row(&self, id: &OutboxId) -> Result<Option<Stored<OutboxRow>>, StoreError> {
        self.read(&partition()?, &key(id)?).await
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
                Err(error) => tracing::warn!(%error, rows = chunk.len(), "rows of the outbox stay due"),
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
    pub async fn unsettled_outbox(&self) -> Result<Loaded<OutboxRow>, StoreError> {
        self.due_outbox(DateTime::<Utc>::MAX_UTC, usize::MAX).await
    }

    /// Every row that is kept, settled or not.
    pub async fn outbox_rows(&self) -> Result<Loaded<OutboxRow>, StoreError> {
        self.load(&partition()?, RowRange::within(&[ROW])?).await
    }

    /// The rows of one message.
    pub async fn outbox_of_message(&self, message: &MessageId) -> Result<Loaded<OutboxRow>, StoreError> {
        let range = RowRange::prefix(RowKey::of(&[ROW, &format!("{message}-")])?)?;
        self.load(&partition()?, range).await
    }
}

/// Where an entry of the index leads.
enum Followed {
    Row(Box<Stored<OutboxRow>>),
    /// Nowhere; this deletes the entry.
    Stray(Write),
    Unreadable(StoreError),
}

const ROW: &str = "o";
const INDEX: &str = "d";
const QUOTA: &str = "quota";

/// Each row takes three writes at most, and the log takes one.
const ROWS_PER_BATCH: usize = (crate::store::MAX_BATCH_WRITES - 1) / 3;

/// The writes that change a row and its place in the index; the row's own comes first.
fn replacement(old: &Stored<OutboxRow>, new: &OutboxRow) -> Result<Vec<Write>, StoreError> {
    if old.value.id != new.id {
        return Err(StoreError::Refused(format!("to replace the row {} by {}", old.value.id, new.id)));
    }
    let before = (!old.value.is_settled()).then_some(old.value.next_attempt);
    let after = (!new.is_settled()).then_some(new.next_attempt);
    let mut writes = vec![exactly(key(&new.id)?, new, Some(old.etag.clone()))?];
    if let Some(at) = before.filter(|_| before != after) {
        writes.push(Write::Delete { row: index_key(at, &new.id)?, etag: None });
    }
    if let Some(at) = after {
        writes.push(put(index_key(at, &new.id)?, &IndexEntry {})?);
    }
    Ok(writes)
}

fn partition() -> Result<PartitionKey, StoreError> {
    Ok(PartitionKey::new("outbox")?)
}

fn key(id: &OutboxId) -> Result<RowKey, StoreError> {
    Ok(RowKey::of(&[ROW, id.as_str()])?)
}

fn index_key(at: DateTime<Utc>, id: &OutboxId) -> Result<RowKey, StoreError> {
    Ok(RowKey::of(&[INDEX, &time_key(at), id.as_str()])?)
}

/// The time that an entry of the index stands for, and the key of its row.
fn parse_index_key(entry: &RowKey) -> Option<(DateTime<Utc>, RowKey)> {
    let parts = entry.parts()?;
    let [index, at, id] = parts.as_slice() else { return None };
    let at = parse_time_key(at).filter(|_| index == INDEX)?;
    Some((at, RowKey::of(&[ROW, id]).ok()?))
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::super::testing::repository;
    use super::*;
    use crate::domain::fixtures::{recipient, utc};
    use crate::domain::outbox::{MailLimit, OutboxState, Rate};

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
        }
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
        let due = repository.due_outbox(now(), 10).await.unwrap();
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
            let expected: Vec<String> = (!next.is_settled())
                .then(|| index_key(next.next_attempt, &next.id).unwrap().to_string())
                .into_iter()
                .collect();
            assert_eq!(index(&repository).await, expected);
            current = next;
        }
        assert!(repository.unsettled_outbox().await.unwrap().rows.is_empty());
    }

    #[tokio::test]
    async fn of_two_emitters_one_spends_the_allowance() {
        let repository = repository();
        let limit = MailLimit(vec![Rate { count: 1, per: TimeDelta::minutes(1) }]);
        repository.add_to_outbox(&[row("jane"), row("mei")]).await.unwrap();
        let due = repository.due_outbox(now(), 10).await.unwrap().rows;
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
        let left = repository.due_outbox(now(), 10).await.unwrap();
        assert_eq!(left.rows, [due[1].clone()]);
    }

    #[tokio::test]
    async fn many_rows_are_emitted_and_those_that_changed_meanwhile_are_not() {
        let repository = repository();
        let rows: Vec<OutboxRow> = (0..120).map(|number| row(&format!("r{number}"))).collect();
        repository.add_to_outbox(&rows).await.unwrap();
        let due = repository.due_outbox(now(), 1000).await.unwrap().rows;
        let dropped = OutboxRow { state: OutboxState::Dropped { at: now() }, ..due[50].value.clone() };
        repository.replace_outbox(&due[50], &dropped).await.unwrap();
        let pairs: Vec<_> = due.iter().map(|row| (row.clone(), row.value.emitted(now()))).collect();
        let emitted = repository.emit(&pairs, (&SendLog::default(), None)).await.unwrap();
        assert_eq!(emitted.len(), 120 - ROWS_PER_BATCH);
        assert!(!emitted.contains(&dropped.id));
        let still_due = repository.due_outbox(now(), 1000).await.unwrap();
        assert_eq!(still_due.rows.len(), ROWS_PER_BATCH - 1);
        assert_eq!(repository.unsettled_outbox().await.unwrap().rows.len(), 119);
    }

    #[tokio::test]
    async fn strays_in_the_index_are_cleaned_up_and_torn_rows_set_aside() {
        let repository = repository();
        let (jane, mei) = (row("jane"), row("mei"));
        repository.add_to_outbox(&[jane.clone(), mei.clone()]).await.unwrap();
        let early = index_key(now() - TimeDelta::hours(1), &jane.id).unwrap();
        let missing = index_key(now(), &row("nobody").id).unwrap();
        for stray in [&early, &missing, &RowKey::of(&[INDEX, "20", "x"]).unwrap()] {
            repository.overwrite("outbox", stray, r#"{"v":1,"d":{}}"#).await;
        }
        repository.overwrite("outbox", &key(&mei.id).unwrap(), "torn").await;
        let due = repository.due_outbox(now(), 1).await.unwrap();
        assert_eq!(due.values().collect::<Vec<_>>(), [&jane]);
        let all = repository.unsettled_outbox().await.unwrap();
        assert_eq!((all.rows.len(), all.unreadable.len()), (1, 1));
        assert_eq!(index(&repository).await.len(), 2);
    }
}
