//! Group commit: batches that wait at the same time go to the disk with one commit, which is what a write costs.
//!
//! Every batch keeps its own preconditions and its own answer. Nobody is answered before the commit.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, Savepoint, TransactionBehavior};
use tokio::sync::oneshot;

use super::apply::apply;
use super::connections::{Connections, retry_busy, unavailable};
use super::failure::Failure;
use crate::store::{ETag, PartitionKey, StoreError, Write};

/// The most batches in one commit. The first of them waits for the last.
const MOST_TOGETHER: usize = 64;

type Answer = Result<Vec<Option<ETag>>, StoreError>;

/// Writes with one connection, so that the tasks of this process queue for the lock in order instead of polling for it.
#[derive(Debug)]
pub(super) struct Writer {
    connection: Connections,
    waiting: Arc<Mutex<VecDeque<Job>>>,
}

/// A batch that somebody waits for.
#[derive(Debug)]
struct Job {
    partition: PartitionKey,
    batch: Vec<Write>,
    answer: oneshot::Sender<Answer>,
}

impl Writer {
    pub(super) fn new(connection: Connections) -> Self {
        Self { connection, waiting: Arc::default() }
    }

    /// Writes the batch, or nothing of it.
    pub(super) async fn write(&self, store: &Arc<str>, partition: PartitionKey, batch: Vec<Write>) -> Answer {
        let (answer, answered) = oneshot::channel();
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push_back(Job {
            partition,
            batch,
            answer,
        });
        let (waiting, name) = (self.waiting.clone(), store.clone());
        // Whoever gets the connection writes for all who wait. Each of them comes here once, so that nobody is left.
        self.connection
            .run(store, move |connection| {
                let jobs = next(&waiting);
                write_together(connection, &name, jobs);
                Ok(())
            })
            .await?;
        answered.await.map_err(|lost| unavailable(store, lost))?
    }
}

/// The batches for one commit. What nobody waits for any longer is left out: written later, it could undo what came since.
fn next(waiting: &Mutex<VecDeque<Job>>) -> Vec<Job> {
    let mut waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
    let mut jobs = Vec::new();
    while jobs.len() < MOST_TOGETHER
        && let Some(job) = waiting.pop_front()
    {
        if !job.answer.is_closed() {
            jobs.push(job);
        }
    }
    jobs
}

fn write_together(connection: &mut Connection, store: &str, jobs: Vec<Job>) {
    match retry_busy(|| commit(connection, &jobs)) {
        Ok(answers) => {
            for (job, answer) in jobs.into_iter().zip(answers) {
                // Nobody waits for it any longer; it is written all the same.
                drop(job.answer.send(answer));
            }
        }
        // One of them may be what SQLite refuses.
        Err(_) if jobs.len() > 1 => {
            for job in jobs {
                write_together(connection, store, vec![job]);
            }
        }
        Err(Failure::Store(error)) => answer_one(jobs, error),
        Err(Failure::Sqlite(error)) => answer_one(jobs, unavailable(store, error)),
    }
}

fn answer_one(jobs: Vec<Job>, error: StoreError) {
    if let Some(job) = jobs.into_iter().next() {
        drop(job.answer.send(Err(error)));
    }
}

/// Writes all of them in one transaction. A batch whose precondition does not hold takes back nothing but itself.
fn commit(connection: &mut Connection, jobs: &[Job]) -> Result<Vec<Answer>, Failure> {
    let mut transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut answers = Vec::with_capacity(jobs.len());
    for job in jobs {
        answers.push(write_batch(transaction.savepoint()?, job)?);
    }
    transaction.commit()?;
    Ok(answers)
}

fn write_batch(savepoint: Savepoint<'_>, job: &Job) -> Result<Answer, Failure> {
    let mut etags = Vec::with_capacity(job.batch.len());
    for write in &job.batch {
        match apply(&savepoint, &job.partition, write)? {
            Some(etag) => etags.push(etag),
            None => {
                // Dropping the savepoint takes back what the batch has done so far.
                let (partition, row) = (job.partition.clone(), write.row().clone());
                return Ok(Err(StoreError::Conflict { partition, row }));
            }
        }
    }
    savepoint.commit()?;
    Ok(Ok(etags))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::migrations;
    use crate::store::{RowKey, SqliteStore, Store};

    fn keys(row: &str) -> (PartitionKey, RowKey) {
        (PartitionKey::new("p".to_owned()).unwrap(), RowKey::new(row.to_owned()).unwrap())
    }

    fn insert(row: &str, value: &str) -> Write {
        Write::Insert { row: keys(row).1, value: value.to_owned() }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn batches_of_one_commit_keep_their_own_answers() {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(SqliteStore::open(folder.path().join("state.db")).await.unwrap());
        // Every row is asked for twice, and stands beside one that nobody else wants.
        let writes = (0..200).map(|index| {
            let store = store.clone();
            tokio::spawn(async move {
                let (own, wanted) = (format!("own{index}"), format!("wanted{}", index / 2));
                let batch = vec![insert(&own, "x"), insert(&wanted, &index.to_string())];
                (index, store.write(&keys("x").0, batch).await)
            })
        });
        let mut written = 0;
        for (index, outcome) in futures::future::join_all(writes).await.into_iter().map(Result::unwrap) {
            let (partition, own) = keys(&format!("own{index}"));
            let is_there = store.get(&partition, &own).await.unwrap().is_some();
            match outcome {
                Ok(etags) => {
                    written += 1;
                    assert_eq!(etags.len(), 2);
                    assert!(is_there);
                }
                Err(error) => {
                    assert!(matches!(error, StoreError::Conflict { .. }), "{error}");
                    assert!(!is_there, "a batch is written as a whole or not at all");
                }
            }
        }
        assert_eq!(written, 100);
    }

    #[tokio::test]
    async fn what_nobody_waits_for_is_not_written_later() {
        let connection = Connections::new(vec![migrations::open_memory().unwrap()]);
        let (writer, name) = (Writer::new(connection.clone()), Arc::from(":memory:"));
        let (release, released) = std::sync::mpsc::channel::<()>();
        let busy = tokio::spawn(async move {
            connection.run(":memory:", move |_| Ok(released.recv().is_ok())).await.unwrap()
        });
        tokio::task::yield_now().await;
        {
            let abandoned = writer.write(&name, keys("x").0, vec![insert("late", "x")]);
            futures::pin_mut!(abandoned);
            assert!(futures::poll!(abandoned.as_mut()).is_pending());
        }
        release.send(()).unwrap();
        assert!(busy.await.unwrap());
        let written = writer.write(&name, keys("x").0, vec![insert("late", "y")]).await;
        assert!(written.is_ok(), "the row is absent: {written:?}");
    }
}
