//! A store that fails at chosen writes.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use maintenance_notifier::store::{
    Continuation, ETag, PartitionKey, Row, RowKey, RowPage, RowRange, SharedStore, Store, StoreError, Write,
};

/// What a process says when it halts: whoever reads this kills it.
pub(crate) const HALTED: &str = "halted at a write";

/// What happens at a chosen write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// It is not done, and says so.
    Refused,
    /// Somebody else wrote first.
    Conflict,
    /// It is done, and the answer is lost.
    AnswerLost,
    /// The process is killed right before it: nothing is read or written any more.
    KilledBefore,
    /// The process is killed right after it.
    KilledAfter,
    /// The process says so and waits right before it, to be killed in earnest.
    HaltsBefore,
    /// The process says so and waits right after it.
    HaltsAfter,
}

/// Which writes fail. They are counted from one.
#[derive(Debug)]
enum Chosen {
    /// This one; never when it is zero.
    One(usize, Failure),
    /// One of so many: the first of them in the first way, the next in the second.
    Every(usize, [Failure; 2]),
}

/// A store in front of another.
#[derive(Debug)]
pub(crate) struct FailingStore {
    inner: SharedStore,
    chosen: Chosen,
    writes: AtomicUsize,
    failed: AtomicBool,
    killed: AtomicBool,
}

impl FailingStore {
    /// Fails at the write with the number `fails_at`, counted from one; never when it is zero.
    pub(crate) fn new(inner: SharedStore, fails_at: usize, failure: Failure) -> Self {
        Self::choosing(inner, Chosen::One(fails_at, failure))
    }

    /// Fails at one of `every` writes, in both ways by turns.
    pub(crate) fn again_and_again(inner: SharedStore, every: usize, failures: [Failure; 2]) -> Self {
        Self::choosing(inner, Chosen::Every(every, failures))
    }

    fn choosing(inner: SharedStore, chosen: Chosen) -> Self {
        let (failed, killed) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { inner, chosen, writes: AtomicUsize::new(0), failed, killed }
    }

    /// How many writes there were.
    pub(crate) fn writes(&self) -> usize {
        self.writes.load(Ordering::SeqCst)
    }

    /// Whether it has failed.
    pub(crate) fn has_failed(&self) -> bool {
        self.failed.load(Ordering::SeqCst)
    }

    /// Whether the process is dead.
    pub(crate) fn has_killed(&self) -> bool {
        self.killed.load(Ordering::SeqCst)
    }

    /// Another process goes on with it.
    pub(crate) fn revive(&self) {
        self.killed.store(false, Ordering::SeqCst);
    }

    fn alive(&self) -> Result<(), StoreError> {
        if self.has_killed() { Err(unavailable()) } else { Ok(()) }
    }

    fn failure_at(&self, number: usize) -> Option<Failure> {
        match self.chosen {
            Chosen::One(at, failure) => (number == at).then_some(failure),
            Chosen::Every(every, failures) => {
                number.is_multiple_of(every).then(|| failures[(number / every - 1) % failures.len()])
            }
        }
    }
}

fn unavailable() -> StoreError {
    StoreError::Unavailable { store: "the store of a test".to_owned(), cause: "it was told to fail".into() }
}

/// Nothing happens any more in this process.
#[expect(clippy::print_stdout, reason = "whoever reads the output of this process kills it then")]
async fn halt() -> ! {
    println!("{HALTED}");
    std::future::pending().await
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
    ) -> Result<RowPage, StoreError> {
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
        let Some(failure) = self.failure_at(number) else {
            return self.inner.write(partition, batch).await;
        };
        self.failed.store(true, Ordering::SeqCst);
        if matches!(failure, Failure::KilledBefore | Failure::KilledAfter) {
            self.killed.store(true, Ordering::SeqCst);
        }
        if failure == Failure::HaltsBefore {
            halt().await;
        }
        if let (Failure::Conflict, Some(write)) = (failure, batch.first()) {
            return Err(StoreError::Conflict { partition: partition.clone(), row: write.row().clone() });
        }
        if matches!(failure, Failure::AnswerLost | Failure::KilledAfter | Failure::HaltsAfter) {
            self.inner.write(partition, batch).await?;
        }
        if failure == Failure::HaltsAfter {
            halt().await;
        }
        Err(unavailable())
    }
}
