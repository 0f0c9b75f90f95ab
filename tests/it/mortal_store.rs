//! The process is killed at writes that follow from a seed, again and again, and another one goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use async_trait::async_trait;
use maintenance_notifier::store::{
    Continuation, ETag, Page, PartitionKey, Row, RowKey, RowRange, SharedStore, Store, StoreError, Write,
};

use crate::simulation::driver::Killer;

/// A store that fails at some writes, before or after they are done, and then altogether until it is revived.
#[derive(Debug)]
pub(crate) struct MortalStore {
    inner: SharedStore,
    /// One of so many writes is the last.
    every: u64,
    writes: AtomicU64,
    dead: AtomicBool,
}

impl MortalStore {
    pub(crate) fn new(inner: SharedStore, every: u64) -> Arc<Self> {
        Arc::new(Self { inner, every, writes: AtomicU64::new(0), dead: AtomicBool::new(false) })
    }

    fn alive(&self) -> Result<(), StoreError> {
        if self.dead.load(Ordering::SeqCst) { Err(unavailable()) } else { Ok(()) }
    }
}

fn unavailable() -> StoreError {
    StoreError::Unavailable {
        store: "the store of a test".to_owned(),
        cause: "the process was killed".into(),
    }
}

impl Killer for Arc<MortalStore> {
    fn has_killed(&self) -> bool {
        self.dead.load(Ordering::SeqCst)
    }

    fn revive(&self) {
        self.dead.store(false, Ordering::SeqCst);
    }
}

#[async_trait]
impl Store for MortalStore {
    async fn get(&self, partition: &PartitionKey, row: &RowKey) -> Result<Option<Row>, StoreError> {
        self.alive()?;
        self.inner.get(partition, row).await
    }

    async fn range(
        &self,
        partition: &PartitionKey,
        range: &RowRange,
        limit: usize,
        continuation: Option<&Continuation>,
    ) -> Result<Page, StoreError> {
        self.alive()?;
        self.inner.range(partition, range, limit, continuation).await
    }

    async fn next_partition(&self, after: Option<&PartitionKey>) -> Result<Option<PartitionKey>, StoreError> {
        self.alive()?;
        self.inner.next_partition(after).await
    }

    async fn write(
        &self,
        partition: &PartitionKey,
        batch: Vec<Write>,
    ) -> Result<Vec<Option<ETag>>, StoreError> {
        self.alive()?;
        let number = self.writes.fetch_add(1, Ordering::SeqCst) + 1;
        // Neither the writes of a round nor those of a message divide this, so each kind of write is hit in turn.
        if !number.is_multiple_of(self.every) {
            return self.inner.write(partition, batch).await;
        }
        if (number / self.every).is_multiple_of(2) {
            self.inner.write(partition, batch).await?;
        }
        self.dead.store(true, Ordering::SeqCst);
        Err(unavailable())
    }
}
