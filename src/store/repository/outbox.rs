//! The outbox: a row for each message and endpoint, and an index of the unsettled ones by time of the next attempt.
//!
//! Both are in one partition and move in one batch, so a row is in the index exactly when it is not settled.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use futures::TryStreamExt;
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
                entries.map_ok(|entry| self.follow(&partition, entry)).try_buffered(CONCURRENT_READS)
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
