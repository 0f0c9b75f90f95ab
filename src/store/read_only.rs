//! A store that is only looked at: it refuses every write.

use async_trait::async_trait;

use super::contract::{SharedStore, Store};
use super::error::StoreError;
use super::key::{PartitionKey, RowKey};
use super::range::{Continuation, RowPage, RowRange};
use super::row::{ETag, Row};
use super::write::Write;

/// A store in front of another, which lets nothing through that would change it.
#[derive(Debug)]
pub struct ReadOnlyStore(SharedStore);

impl ReadOnlyStore {
    /// Only reads of `store`.
    pub fn new(store: SharedStore) -> Self {
        Self(store)
    }
}

#[async_trait]
impl Store for ReadOnlyStore {
    async fn get(&self, partition: &PartitionKey, row: &RowKey) -> Result<Option<Row>, StoreError> {
        self.0.get(partition, row).await
    }

    async fn range(
        &self,
        partition: &PartitionKey,
        range: &RowRange,
        limit: usize,
        continuation: Option<&Continuation>,
    ) -> Result<RowPage, StoreError> {
        self.0.range(partition, range, limit, continuation).await
    }

    async fn next_partition(&self, after: Option<&PartitionKey>) -> Result<Option<PartitionKey>, StoreError> {
        self.0.next_partition(after).await
    }

    async fn write(
        &self,
        partition: &PartitionKey,
        _batch: Vec<Write>,
    ) -> Result<Vec<Option<ETag>>, StoreError> {
        Err(StoreError::Refused(format!("it is only looked at, and {partition} was to be written")))
    }
}
