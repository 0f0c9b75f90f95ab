//! Writing: what is sent, and what became of it.
//!
//! A row names the write that left it (its mark). So a request whose answer was lost can be sent again, whatever its
//! preconditions: if the first one was carried out, the second is refused, and the rows bear our mark. If they do not,
//! it cannot be known whether somebody changed them before us or after us, and the caller learns just that.

use futures::stream::{self, StreamExt, TryStreamExt};

use super::answer::TableRefusal;
use super::batch;
use super::client::{Client, FinalReply};
use super::read::read_entity;
use crate::store::{ETag, PartitionKey, StoreError, Write};

/// How many rows are read at the same time.
const CONCURRENT_READS: usize = 8;

/// A write was refused after an earlier attempt may have been carried out.
#[derive(Debug, thiserror::Error)]
#[error("an answer was lost, and whether the write happened cannot be told: {0}")]
struct Doubt(TableRefusal);

/// The answer does not belong to the question.
#[derive(Debug, thiserror::Error)]
#[error("the answer to a write cannot be understood; it may have happened")]
struct Garbled;

/// Does all writes or none.
pub(super) async fn write(
    client: &Client,
    partition: &PartitionKey,
    batch: &[Write],
) -> Result<Vec<Option<ETag>>, StoreError> {
    let mark = uuid::Uuid::new_v4().simple().to_string();
    let mut places: Vec<usize> = (0..batch.len()).collect();
    let (mut twice, mut made_table) = (false, false);
    loop {
        let writes: Vec<&Write> = places.iter().map(|place| &batch[*place]).collect();
        let mut etags = vec![None; batch.len()];
        let call = match writes.as_slice() {
            [] => return Ok(etags),
            [only] => batch::single(&client.table, partition, only, &mark)?,
            several => batch::together(client.base(), &client.table, partition, several, &mark)?,
        };
        let FinalReply { answer, twice: again } = client.call(&call).await?;
        twice |= again;
        if answer.status.is_success() {
            let written = match writes.as_slice() {
                [_] => vec![answer.etag()],
                _ => answer.parts.into_iter().map(|part| part.etag).collect(),
            };
            let complete = written.len() == writes.len()
                && writes.iter().zip(&written).all(|(write, etag)| write.value().is_none() || etag.is_some());
            if !complete {
                return Err(client.unavailable(Garbled));
            }
            for ((place, write), etag) in places.iter().zip(&writes).zip(written) {
                etags[*place] = etag.filter(|_| write.value().is_some());
            }
            return Ok(etags);
        }
        let refusal = answer.refusal();
        if refusal.is_missing_table() && !made_table {
            made_table = true;
            client.create_table().await?;
            continue;
        }
        if !refusal.is_conflict() {
            return Err(client.refused(refusal));
        }
        let at = at_fault(&refusal, &writes);
        if refusal.is_missing_row() && is_plain_deletion(writes[at]) {
            // Gone already is fine, but not in a batch: it goes without those that are missing.
            let missing = missing_deletions(client, partition, batch, &places).await?;
            let place = places[at];
            places.retain(|other| *other != place && !missing.contains(other));
            continue;
        }
        if twice {
            return settle_doubt(client, partition, batch, &places, &mark, refusal).await;
        }
        return Err(StoreError::Conflict { partition: partition.clone(), row: writes[at].row().clone() });
    }
}

/// The place of the write that was refused. A batch says so; when it does not, the first with a precondition is
/// named.
fn at_fault(refusal: &TableRefusal, writes: &[&Write]) -> usize {
    let conditional = |write: &&Write| {
        matches!(write, Write::Insert { .. } | Write::Replace { .. } | Write::Delete { etag: Some(_), .. })
    };
    let said = refusal.index().filter(|index| *index < writes.len() && writes.len() > 1);
    said.or_else(|| writes.iter().position(conditional)).unwrap_or(0)
}

fn is_plain_deletion(write: &Write) -> bool {
    matches!(write, Write::Delete { etag: None, .. })
}

/// The places of rows that shall be deleted and are not there.
async fn missing_deletions(
    client: &Client,
    partition: &PartitionKey,
    batch: &[Write],
    places: &[usize],
) -> Result<Vec<usize>, StoreError> {
    let deletions: Vec<_> =
        places.iter().copied().filter(|place| is_plain_deletion(&batch[*place])).collect();
    if deletions.len() <= 1 {
        return Ok(Vec::new());
    }
    let reads: Vec<_> = deletions
        .into_iter()
        .map(|place| {
            let row = batch[place].row();
            Box::pin(async move { Ok((place, read_entity(client, partition, row).await?.is_none())) })
        })
        .collect();
    let found: Result<Vec<(usize, bool)>, StoreError> =
        stream::iter(reads).buffer_unordered(CONCURRENT_READS).try_collect().await;
    Ok(found?.into_iter().filter(|(_, missing)| *missing).map(|(place, _)| place).collect())
}

/// Finds out whether the rows are what an earlier attempt left.
async fn settle_doubt(
    client: &Client,
    partition: &PartitionKey,
    batch: &[Write],
    places: &[usize],
    mark: &str,
    refusal: TableRefusal,
) -> Result<Vec<Option<ETag>>, StoreError> {
    let written: Vec<_> = places.iter().copied().filter(|place| batch[*place].value().is_some()).collect();
    let mut etags = vec![None; batch.len()];
    let mut ours = !written.is_empty();
    let reads: Vec<_> = written
        .into_iter()
        .map(|place| {
            let row = batch[place].row();
            Box::pin(async move { Ok::<_, StoreError>((place, read_entity(client, partition, row).await?)) })
        })
        .collect();
    let mut found = stream::iter(reads).buffer_unordered(CONCURRENT_READS);
    while let Some((place, entity)) = found.try_next().await? {
        let entity = entity.filter(|entity| entity.mark.as_deref() == Some(mark));
        ours &= entity.is_some();
        etags[place] = entity.map(|entity| entity.row.etag);
    }
    if ours {
        tracing::debug!(store = client.name(), "a write whose answer was lost had happened");
        return Ok(etags);
    }
    Err(client.unavailable(Doubt(refusal)))
}
