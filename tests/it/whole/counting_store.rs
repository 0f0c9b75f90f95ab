//! A store that counts what it is asked: on Azure Tables each is a request.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use maintenance_notifier::store::{
    Continuation, ETag, PartitionKey, Row, RowKey, RowPage, RowRange, SharedStore, SqliteStore, Store,
    StoreError, Write,
};

/// A store in front of another, which counts.
#[derive(Debug)]
pub(super) struct CountingStore {
    inner: SharedStore,
    reads: AtomicUsize,
    writes: AtomicUsize,
}

impl CountingStore {
    /// In front of an empty store in memory.
    pub(super) fn in_memory() -> Arc<Self> {
        let inner = Arc::new(SqliteStore::in_memory().unwrap());
        Arc::new(Self { inner, reads: AtomicUsize::new(0), writes: AtomicUsize::new(0) })
    }

    /// The reads and writes since this was asked last.
    pub(super) fn take(&self) -> (usize, usize) {
        (self.reads.swap(0, Ordering::SeqCst), self.writes.swap(0, Ordering::SeqCst))
    }

    fn read(&self) -> &dyn Store {
        self.reads.fetch_add(1, Ordering::SeqCst);
        &*self.inner
    }
}

#[async_trait]
impl Store for CountingStore {
    async fn get(&self, partition: &PartitionKey, row: &RowKey) -> Result<Option<Row>, StoreError> {
        self.read().get(partition, row).await
    }

    async fn range(
        &self,
        partition: &PartitionKey,
        range: &RowRange,
        limit: usize,
        continuation: Option<&Continuation>,
    ) -> Result<RowPage, StoreError> {
        self.read().range(partition, range, limit, continuation).await
    }

    async fn next_partition(&self, after: Option<&PartitionKey>) -> Result<Option<PartitionKey>, StoreError> {
        self.read().next_partition(after).await
    }

    async fn write(
        &self,
        partition: &PartitionKey,
        batch: Vec<Write>,
    ) -> Result<Vec<Option<ETag>>, StoreError> {
        self.writes.fetch_add(1, Ordering::SeqCst);
        self.inner.write(partition, batch).await
    }
}
