//! Reading and writing rows by their types.

use std::num::NonZeroUsize;
use std::sync::Arc;

use futures::TryStreamExt;

use super::batch;
use super::loaded::{LoadedRows, Stored};
use super::row_cache::RowCache;
use super::writes::{exactly, no_etag, split};
use crate::store::codec::{self, Versioned};
use crate::store::{
    ETag, PartitionKey, Row, RowKey, RowRange, SharedStore, StoreError, retry_on_conflict, stream,
};

/// How often a change is tried again because somebody else changed the row meanwhile. Each time somebody got
/// their change done, so running out means dozens of writers of one row.
pub(super) const ATTEMPTS: usize = 32;

/// Everything that is kept. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Repository {
    pub(super) store: SharedStore,
    row_cache: RowCache,
    /// The contents of the messages whose pages were looked at last: few, for some are long.
    pub(super) page_cache: RowCache,
}

/// How many contents are remembered.
const CONTENTS: NonZeroUsize = NonZeroUsize::new(2).unwrap();

impl Repository {
    /// What is kept in `store`.
    pub fn new(store: SharedStore) -> Self {
        Self { store, row_cache: RowCache::default(), page_cache: RowCache::of(CONTENTS) }
    }

    /// The same, with room for so many decoded rows. Few cost time, and many cost memory.
    #[must_use]
    pub fn remembering(self, rows: NonZeroUsize) -> Self {
        Self { row_cache: RowCache::of(rows), ..self }
    }

    /// Where it is kept, for what is done with the whole of it.
    pub fn store(&self) -> SharedStore {
        self.store.clone()
    }

    /// The value of a row, which may be remembered.
    pub(super) fn shared<T: Versioned>(
        &self,
        partition: &PartitionKey,
        row: Row,
    ) -> Result<Stored<Arc<T>>, StoreError> {
        let key = (partition.clone(), row.key.clone());
        if let Some(value) = self.row_cache.get(&key, &row.etag) {
            return Ok(Stored { value, etag: row.etag });
        }
        let value = Arc::new(codec::read::<T>(partition, &row)?);
        self.row_cache.put(key, row.etag.clone(), value.clone());
        Ok(Stored { value, etag: row.etag })
    }

    pub(super) fn stored<T: Versioned>(
        &self,
        partition: &PartitionKey,
        row: Row,
    ) -> Result<Stored<T>, StoreError> {
        let Stored { value, etag } = self.shared::<T>(partition, row)?;
        Ok(Stored { value: (*value).clone(), etag })
    }

    pub(super) async fn read<T: Versioned>(
        &self,
        partition: &PartitionKey,
        row: &RowKey,
    ) -> Result<Option<Stored<T>>, StoreError> {
        let found = self.store.get(partition, row).await?;
        found.map(|found| self.stored(partition, found)).transpose()
    }

    /// The readable rows of a range; the others are set aside.
    pub(super) async fn load<T: Versioned>(
        &self,
        partition: &PartitionKey,
        range: RowRange,
    ) -> Result<LoadedRows<T>, StoreError> {
        self.load_some(partition, range, usize::MAX).await
    }

    /// The same, to be looked at only: nothing is copied that is remembered.
    pub(super) async fn load_shared<T: Versioned>(
        &self,
        partition: &PartitionKey,
        range: RowRange,
    ) -> Result<LoadedRows<Arc<T>>, StoreError> {
        let mut loaded = LoadedRows::default();
        let mut rows = std::pin::pin!(stream(&*self.store, partition, range));
        while let Some(row) = rows.try_next().await? {
            loaded.push(self.shared(partition, row))?;
        }
        Ok(loaded)
    }

    /// The first `limit` readable rows of a range. Rows set aside do not count, so they cannot hide the others.
    pub(super) async fn load_some<T: Versioned>(
        &self,
        partition: &PartitionKey,
        range: RowRange,
        limit: usize,
    ) -> Result<LoadedRows<T>, StoreError> {
        let mut loaded = LoadedRows::default();
        let mut rows = std::pin::pin!(stream(&*self.store, partition, range));
        while loaded.rows.len() < limit {
            let Some(row) = rows.try_next().await? else { break };
            loaded.push(self.stored(partition, row))?;
        }
        Ok(loaded)
    }

    /// Writes one row: where it is in the state of `etag`, or where it is absent.
    pub(super) async fn write_one<T: Versioned>(
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

    /// Changes one row as `change` says, from what it is at the moment, and returns what was written; `None`
    /// leaves it as it is.
    ///
    /// # Errors
    /// When the row cannot be read, or keeps being changed by others.
    pub(super) async fn update<T: Versioned>(
        &self,
        partition: &PartitionKey,
        row: &RowKey,
        mut change: impl FnMut(Option<T>) -> Option<T> + Send,
    ) -> Result<Option<T>, StoreError> {
        retry_on_conflict!(ATTEMPTS, {
            let (old, etag) = split(self.read::<T>(partition, row).await?);
            let Some(new) = change(old) else { return Ok(None) };
            self.write_one(partition, row.clone(), &new, etag).await?;
            Ok(Some(new))
        })
    }
}
