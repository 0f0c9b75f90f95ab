//! What is kept, in types: one file a subject, written once above [`Store`](super::Store).
//!
//! | partition | rows | file |
//! |---|---|---|
//! | `windows\|SUBSCRIPTION` | one for each window | `windows` |
//! | `recipient\|NAME` | `head`, `a\|WINDOW` assignments, `m\|SEQUENCE` messages, `c\|SEQUENCE\|PART` contents | `recipients` |
//! | `due` | `TIME\|NAME` wake-ups | `due` |
//! | `outbox` | `o\|ID` rows, `d\|TIME\|ID` their index, `quota` | `outbox` |
//! | `tenant` | `tenant`, `sweep`, `s\|SUBSCRIPTION` summaries | `tenant` |
//! | `troubles`, `endpoints` | one for each | `troubles`, `endpoints` |
//!
//! A row that cannot be read never keeps others from being read, and a row that a newer program wrote is never
//! overwritten: what is read before it is written fails, and what is written without reading names all of its
//! content in its key.

mod batch;
mod due;
mod endpoints;
mod outbox;
mod recipients;
mod tenant;
mod troubles;
mod windows;

use futures::TryStreamExt;

use super::codec::{self, Versioned};
use super::{ETag, PartitionKey, Row, RowKey, RowRange, SharedStore, StoreError, Write};

pub use self::due::Wake;
pub use self::endpoints::DeadEndpointRow;
pub use self::recipients::{HeadRow, RecipientState};
pub use self::tenant::{
    CandidateRow, CycleRow, FoundBy, GoLiveRow, RoundRow, SummaryRow, SweepMode, SweepRow, TenantRow,
    UNOWNED_LIMIT,
};
pub use self::troubles::TroubleRow;
pub use self::windows::WindowRow;

/// How often a change is tried again because somebody else changed the row meanwhile. Each time somebody got
/// their change done, so running out means dozens of writers of one row.
const ATTEMPTS: usize = 32;

/// Everything that is kept. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Repository {
    store: SharedStore,
}

/// A value as it was read, with the state of its row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored<T> {
    /// The value.
    pub value: T,
    /// The state of its row, for changing it only if nobody else did.
    pub etag: ETag,
}

/// Rows that were read, and those that could not be.
#[derive(Debug)]
pub struct Loaded<T> {
    /// The readable rows, in the order of their keys unless said otherwise.
    pub rows: Vec<Stored<T>>,
    /// What is wrong with the others; each names its row. They stay as they are.
    pub unreadable: Vec<StoreError>,
}

impl<T> Loaded<T> {
    fn push(&mut self, row: Result<Stored<T>, StoreError>) -> Result<(), StoreError> {
        match row {
            Ok(row) => self.rows.push(row),
            Err(error) if error.is_unreadable_row() => self.unreadable.push(error),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// The values alone.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.rows.iter().map(|row| &row.value)
    }
}

impl<T> Default for Loaded<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), unreadable: Vec::new() }
    }
}

impl Repository {
    /// What is kept in `store`.
    pub fn new(store: SharedStore) -> Self {
        Self { store }
    }

    async fn read<T: Versioned>(
        &self,
        partition: &PartitionKey,
        row: &RowKey,
    ) -> Result<Option<Stored<T>>, StoreError> {
        let found = self.store.get(partition, row).await?;
        found.map(|found| stored(partition, found)).transpose()
    }

    /// The readable rows of a range; the others are set aside.
    async fn load<T: Versioned>(
        &self,
        partition: &PartitionKey,
        range: RowRange,
    ) -> Result<Loaded<T>, StoreError> {
        self.load_some(partition, range, usize::MAX).await
    }

    /// The first `limit` readable rows of a range. Rows set aside do not count, so they cannot hide the others.
    async fn load_some<T: Versioned>(
        &self,
        partition: &PartitionKey,
        range: RowRange,
        limit: usize,
    ) -> Result<Loaded<T>, StoreError> {
        let mut loaded = Loaded::default();
        let mut rows = std::pin::pin!(super::stream(&*self.store, partition, range));
        while loaded.rows.len() < limit {
            let Some(row) = rows.try_next().await? else { break };
            loaded.push(stored(partition, row))?;
        }
        Ok(loaded)
    }

    /// Writes one row: where it is in the state of `etag`, or where it is absent.
    async fn write_one<T: Versioned>(
        &self,
        partition: &PartitionKey,
        row: RowKey,
        value: &T,
        etag: Option<ETag>,
    ) -> Result<ETag, StoreError> {
        let write = exactly(row, value, etag)?;
        let mut etags = batch::write(&*self.store, partition, vec![write]).await?;
        etags.pop().ok_or_else(no_etag)
    }

    /// Changes one row as `change` says, from what it is at the moment; `None` leaves it as it is.
    ///
    /// # Errors
    /// When the row cannot be read, or keeps being changed by others.
    async fn update<T: Versioned>(
        &self,
        partition: &PartitionKey,
        row: &RowKey,
        mut change: impl FnMut(Option<T>) -> Option<T> + Send,
    ) -> Result<(), StoreError> {
        let mut attempt = 1;
        loop {
            let (old, etag) = split(self.read::<T>(partition, row).await?);
            let Some(new) = change(old) else { return Ok(()) };
            match self.write_one(partition, row.clone(), &new, etag).await {
                Err(error) if error.is_conflict() && attempt < ATTEMPTS => attempt += 1,
                result => return result.map(drop),
            }
        }
    }
}

/// The value and the state of a row that may be absent.
fn split<T>(stored: Option<Stored<T>>) -> (Option<T>, Option<ETag>) {
    stored.map_or((None, None), |stored| (Some(stored.value), Some(stored.etag)))
}

fn stored<T: Versioned>(partition: &PartitionKey, row: Row) -> Result<Stored<T>, StoreError> {
    Ok(Stored { value: codec::read(partition, &row)?, etag: row.etag })
}

/// Replaces the row in the state of `etag`, or inserts it.
fn exactly<T: Versioned>(row: RowKey, value: &T, etag: Option<ETag>) -> Result<Write, StoreError> {
    let value = codec::encode(value)?;
    Ok(match etag {
        Some(etag) => Write::Replace { row, value, etag },
        None => Write::Insert { row, value },
    })
}

fn put<T: Versioned>(row: RowKey, value: &T) -> Result<Write, StoreError> {
    Ok(Write::Put { row, value: codec::encode(value)? })
}

fn no_etag() -> StoreError {
    StoreError::Refused("the store wrote a row and gave no ETag for it".to_owned())
}

/// For lists whose readers could do nothing about a row that is set aside.
fn log_unreadable(errors: &[StoreError]) {
    for error in errors {
        tracing::warn!(%error, "a row of the store is set aside");
    }
}
