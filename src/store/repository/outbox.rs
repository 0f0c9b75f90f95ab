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
        let mut rows = self.outbox_rows_at(&index.entries.iter().collect::<Vec<_>>()).await?;
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
mod tests;
