//! Writing: what is sent, and what became of it.
//!
//! A row names the write that left it (its mark). So a request whose answer was lost can be sent again, whatever its
//! preconditions: if the first one was carried out, the second is refused, and the rows say so (see `doubt`).

use futures::stream::{self, StreamExt, TryStreamExt};

use super::answer::TableRefusal;
use super::batch;
use super::client::{Client, FinalReply};
use super::doubt::{self, Settled};
use super::read::read_entity;
use crate::store::{ETag, PartitionKey, StoreError, Write};

/// How many rows are read at the same time.
const CONCURRENT_READS: usize = 8;

/// How often a write is sent again that was refused though every row is as it demands.
const WITHOUT_CAUSE: u32 = 3;

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
    let (mut twice, mut made_table, mut without_cause) = (false, false, 0);
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
        let looked = match twice {
            true => None,
            false => doubt::look_at_fault(client, partition, writes[at], &mark).await,
        };
        let settled = match looked {
            Some(settled) => settled,
            None => doubt::settle(client, partition, batch, &places, &mark).await?,
        };
        let row = match settled {
            Settled::Done(etags) => {
                tracing::debug!(store = client.name(), "a write whose answer was lost had happened");
                return Ok(etags);
            }
            Settled::Unknown => return Err(client.unavailable(Doubt(refusal))),
            Settled::Again if without_cause < WITHOUT_CAUSE => {
                without_cause += 1;
                tracing::debug!(store = client.name(), %refusal, "sending again what was refused without cause");
                continue;
            }
            Settled::Again => writes[at].row().clone(),
            Settled::Conflict(row) => row,
        };
        return Err(StoreError::Conflict { partition: partition.clone(), row });
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
