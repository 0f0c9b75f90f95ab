//! A store that fails at one chosen write.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use maintenance_notifier::store::{
    Continuation, ETag, Page, PartitionKey, Row, RowKey, RowRange, SharedStore, Store, StoreError, Write,
};

/// What happens at the chosen write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// It is not done, and says so.
    Refused,
    /// It is done, and the answer is lost.
    AnswerLost,
    /// The process is killed right before it: nothing is read or written any more.
    KilledBefore,
    /// The process is killed right after it.
    KilledAfter,
}

/// A store in front of another, which fails once.
#[derive(Debug)]
pub(crate) struct FailingStore {
    inner: SharedStore,
    fails_at: usize,
    failure: Failure,
    writes: AtomicUsize,
    killed: AtomicBool,
}

impl FailingStore {
    /// Fails at the write with the number `fails_at`, counted from one; never when it is zero.
    pub(crate) fn new(inner: SharedStore, fails_at: usize, failure: Failure) -> Self {
        let (writes, killed) = (AtomicUsize::new(0), AtomicBool::new(false));
        Self { inner, fails_at, failure, writes, killed }
    }

    /// How many writes there were.
    pub(crate) fn writes(&self) -> usize {
        self.writes.load(Ordering::SeqCst)
    }

    /// Whether it has failed.
    pub(crate) fn has_failed(&self) -> bool {
        self.fails_at > 0 && self.writes() >= self.fails_at
    }

    fn alive(&self) -> Result<(), StoreError> {
        if self.killed.load(Ordering::SeqCst) { Err(unavailable()) } else { Ok(()) }
    }
}

fn unavailable() -> StoreError {
    StoreError::Unavailable { store: "the store of a test".to_owned(), cause: "it was told to fail".into() }
}

#[async_trait]
impl Store for FailingStore {
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
        if number != self.fails_at {
            return self.inner.write(partition, batch).await;
        }
        match self.failure {
            Failure::Refused => Err(unavailable()),
            Failure::AnswerLost => {
                self.inner.write(partition, batch).await?;
                Err(unavailable())
            }
            Failure::KilledBefore => {
                self.killed.store(true, Ordering::SeqCst);
                Err(unavailable())
            }
            Failure::KilledAfter => {
                self.killed.store(true, Ordering::SeqCst);
                self.inner.write(partition, batch).await?;
                Err(unavailable())
            }
        }
    }
}
