//! What every store does.

use std::sync::Arc;

use async_trait::async_trait;
use futures::stream::{self, Stream, StreamExt, TryStreamExt};

use super::error::StoreError;
use super::key::{PartitionKey, RowKey};
use super::range::{Continuation, MAX_PAGE_ROWS, RowPage, RowRange};
use super::row::{ETag, Row};
use super::write::Write;

/// A store that is shared between rooms and tasks.
pub type SharedStore = Arc<dyn Store>;

/// Rows in partitions.
///
/// A row that was written is read by every later [`get`](Store::get), also from another process. When a write
/// has returned, it survives the loss of the process and of power.
#[async_trait]
pub trait Store: Send + Sync + std::fmt::Debug {
    /// Reads one row.
    async fn get(&self, partition: &PartitionKey, row: &RowKey) -> Result<Option<Row>, StoreError>;

    /// Reads rows of one partition in the order of their keys, from where an earlier page ended.
    ///
    /// `limit` is 1 to [`MAX_PAGE_ROWS`]. A page may be shorter than `limit`, even empty, although more rows
    /// follow: only `next` tells. Pages are read at different times: rows that were there all the while occur
    /// exactly once, rows that came or went meanwhile may or may not occur.
    async fn range(
        &self,
        partition: &PartitionKey,
        range: &RowRange,
        limit: usize,
        continuation: Option<&Continuation>,
    ) -> Result<RowPage, StoreError>;

    /// The first partition after `after`, or the first of all, that holds rows; nothing when there is none.
    ///
    /// Whoever asks for one after the other meets every partition that was there all the while exactly once. It is a
    /// request for each partition, for what is done seldom: the state is exported.
    async fn next_partition(&self, after: Option<&PartitionKey>) -> Result<Option<PartitionKey>, StoreError>;

    /// Does all of 1 to [`MAX_BATCH_WRITES`](super::MAX_BATCH_WRITES) writes in one partition, or none of them.
    ///
    /// A row may occur only once in a batch. Returns for each write the row's new ETag, and nothing for a deletion.
    async fn write(
        &self,
        partition: &PartitionKey,
        batch: Vec<Write>,
    ) -> Result<Vec<Option<ETag>>, StoreError>;
}

/// All rows of a range, page after page, as they are needed.
pub fn stream<'a>(
    store: &'a dyn Store,
    partition: &'a PartitionKey,
    range: RowRange,
) -> impl Stream<Item = Result<Row, StoreError>> + Send + 'a {
    let begin = Some((range, None::<Continuation>));
    stream::try_unfold(begin, move |state| async move {
        let Some((range, continuation)) = state else {
            return Ok::<_, StoreError>(None);
        };
        let page = store.range(partition, &range, MAX_PAGE_ROWS, continuation.as_ref()).await?;
        let next = page.next.map(|next| (range, Some(next)));
        Ok(Some((stream::iter(page.rows).map(Ok), next)))
    })
    .try_flatten()
}

/// All rows of a range at once. For ranges that are known to be small; else take [`stream()`].
pub async fn scan(
    store: &dyn Store,
    partition: &PartitionKey,
    range: RowRange,
) -> Result<Vec<Row>, StoreError> {
    stream(store, partition, range).try_collect().await
}
