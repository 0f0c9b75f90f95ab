//! Which messages a service took without saying yet what became of them: an index `f|TIME|ROW` by when to ask next.
//!
//! It moves in one batch with the row, like the index of the unsettled rows.

use chrono::{DateTime, Utc};
use futures::TryStreamExt;
use serde::{Deserialize, Serialize};

use super::keys::{key, partition};
use crate::domain::ids::OutboxId;
use crate::domain::outbox::OutboxRow;
use crate::store::codec::Versioned;
use crate::store::key::time_key;
use crate::store::repository::access::Repository;
use crate::store::repository::batch;
use crate::store::repository::due::just_after;
use crate::store::repository::loaded::{LoadedRows, Stored};
use crate::store::repository::writes::put;
use crate::store::{RowKey, RowRange, StoreError, Write};

const INDEX: &str = "f";

/// An entry says everything in its key.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct QuestionEntry {}

impl Versioned for QuestionEntry {}

impl Repository {
    /// The first `limit` messages of which it is time to ask what became of them. Entries that lead nowhere are removed
    /// on the way.
    pub async fn due_questions(
        &self,
        now: DateTime<Utc>,
        limit: usize,
    ) -> Result<LoadedRows<OutboxRow>, StoreError> {
        let partition = partition()?;
        let until = RowKey::of(&[INDEX, &time_key(just_after(now))])?;
        let range = RowRange::between(RowKey::of(&[INDEX, ""])?, until);
        let mut entries = Vec::new();
        {
            let mut rows = std::pin::pin!(crate::store::stream(&*self.store, &partition, range));
            while entries.len() < limit
                && let Some(row) = rows.try_next().await?
            {
                entries.push(row);
            }
        }
        let (mut loaded, mut strays) = (LoadedRows::default(), Vec::new());
        for entry in entries {
            let id = entry.key.parts().and_then(|parts| OutboxId::parse(parts.last()?));
            let row = match &id {
                Some(id) => self.read::<OutboxRow>(&partition, &key(id)?).await,
                None => Ok(None),
            };
            match row {
                Ok(Some(row)) if belongs(&row, &entry.key)? => loaded.rows.push(row),
                Ok(_) => strays.push(vec![Write::Delete { row: entry.key, etag: Some(entry.etag) }]),
                Err(error) if error.is_unreadable_row() => loaded.unreadable.push(error),
                Err(error) => return Err(error),
            }
        }
        batch::write_what_holds(&*self.store, &partition, strays).await?;
        Ok(loaded)
    }
}

fn belongs(row: &Stored<OutboxRow>, entry: &RowKey) -> Result<bool, StoreError> {
    Ok(question_key(&row.value)?.as_ref() == Some(entry))
}

/// The key of a row's entry, if it has one.
fn question_key(row: &OutboxRow) -> Result<Option<RowKey>, StoreError> {
    let key = |at| RowKey::of(&[INDEX, &time_key(at), row.id.as_str()]);
    Ok(row.next_question().map(key).transpose()?)
}

/// The writes that move the entry of a row from `old` to `new`.
pub(super) fn moved(old: &OutboxRow, new: &OutboxRow) -> Result<Vec<Write>, StoreError> {
    let (before, after) = (question_key(old)?, question_key(new)?);
    if before == after {
        return Ok(Vec::new());
    }
    let mut writes: Vec<Write> = before.into_iter().map(|row| Write::Delete { row, etag: None }).collect();
    if let Some(row) = after {
        writes.push(put(row, &QuestionEntry {})?);
    }
    Ok(writes)
}
