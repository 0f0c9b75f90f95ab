//! What became of a write that was refused because a row is not as it has to be.
//!
//! Mostly somebody else was faster. But storage repeats requests of its own and answers the repetition, a line repeats
//! ours, and now and then a refusal has no cause at all. So the rows are looked at:
//!
//! - A row that bears the mark of this write says that all of it happened: a batch happens whole or not at all.
//! - A row that is still in the state which the write wants to leave says that nothing of it happened.
//! - Rows that were only to be deleted and are gone are as they were meant to be, whoever did it.
//! - If every row is as the write demands, the refusal had no cause, and it is sent again.
//!
//! What is left is a row that somebody else wrote after an answer was lost: whether ours was there in between cannot be
//! told.

use futures::stream::{self, StreamExt, TryStreamExt};

use super::client::Client;
use super::entity::Entity;
use super::read::read_entity;
use crate::store::{ETag, PartitionKey, RowKey, StoreError, Write};

/// How many rows are read at the same time.
const CONCURRENT_READS: usize = 8;

/// The ETag of a row that was written and has been changed by somebody else since. Azure never gave it, so that whoever
/// uses it is in conflict, as they have to be.
const SUPERSEDED: &str = "superseded";

/// What became of the write.
pub(super) enum Settled {
    /// It happened: the ETag of each of its places.
    Done(Vec<Option<ETag>>),
    /// It did not happen, and nothing stands against it.
    Again,
    /// It did not happen: this row is in another state.
    Conflict(RowKey),
    /// It cannot be told.
    Unknown,
}

/// Looks at the one row that Azure names, where no answer was lost on our way; nothing when it bears our mark, because
/// Azure itself repeated the request. What cannot be read now is in conflict: nobody is hurt by deciding again.
pub(super) async fn look_at_fault(
    client: &Client,
    partition: &PartitionKey,
    write: &Write,
    mark: &str,
) -> Option<Settled> {
    let found = read_entity(client, partition, write.row()).await;
    match found {
        Ok(found) if bears(found.as_ref(), mark) => None,
        Ok(found) if holds(write, found.as_ref()) => Some(Settled::Again),
        _ => Some(Settled::Conflict(write.row().clone())),
    }
}

/// Looks at all rows of the write, after an answer to it may have been lost.
pub(super) async fn settle(
    client: &Client,
    partition: &PartitionKey,
    batch: &[Write],
    places: &[usize],
    mark: &str,
) -> Result<Settled, StoreError> {
    let (written, deleted): (Vec<usize>, Vec<usize>) =
        places.iter().partition(|place| batch[**place].value().is_some());
    let mut found = read_all(client, partition, batch, &written).await?;
    if found.iter().any(|(_, entity)| bears(entity.as_ref(), mark)) {
        let mut etags = vec![None; batch.len()];
        for (place, entity) in found {
            let ours = entity.filter(|entity| bears(Some(entity), mark));
            etags[place] = Some(ours.map_or_else(|| ETag::new(SUPERSEDED), |entity| entity.row.etag));
        }
        return Ok(Settled::Done(etags));
    }
    found.extend(read_all(client, partition, batch, &deleted).await?);
    if written.is_empty() {
        if found.iter().all(|(_, entity)| entity.is_none()) {
            return Ok(Settled::Done(vec![None; batch.len()]));
        }
    } else if !found.iter().any(|(place, entity)| is_untouched(&batch[*place], entity.as_ref())) {
        return Ok(Settled::Unknown);
    }
    let other = found.iter().find(|(place, entity)| !holds(&batch[*place], entity.as_ref()));
    Ok(other.map_or(Settled::Again, |(place, _)| Settled::Conflict(batch[*place].row().clone())))
}

/// The rows of these places.
async fn read_all(
    client: &Client,
    partition: &PartitionKey,
    batch: &[Write],
    places: &[usize],
) -> Result<Vec<(usize, Option<Entity>)>, StoreError> {
    let reads: Vec<_> = places
        .iter()
        .map(|place| {
            let (place, row) = (*place, batch[*place].row());
            Box::pin(async move { Ok::<_, StoreError>((place, read_entity(client, partition, row).await?)) })
        })
        .collect();
    stream::iter(reads).buffered(CONCURRENT_READS).try_collect().await
}

fn bears(entity: Option<&Entity>, mark: &str) -> bool {
    entity.is_some_and(|entity| entity.mark.as_deref() == Some(mark))
}

/// Whether the row is as the write demands it.
fn holds(write: &Write, entity: Option<&Entity>) -> bool {
    match write {
        Write::Insert { .. } => entity.is_none(),
        Write::Replace { etag, .. } | Write::Delete { etag: Some(etag), .. } => {
            entity.is_some_and(|entity| entity.row.etag == *etag)
        }
        Write::Put { .. } | Write::Delete { etag: None, .. } => true,
    }
}

/// Whether the row proves that the write did not happen: no state comes back, and what this write inserts is not taken
/// away within the moment of an answer.
fn is_untouched(write: &Write, entity: Option<&Entity>) -> bool {
    !matches!(write, Write::Put { .. } | Write::Delete { etag: None, .. }) && holds(write, entity)
}
