//! Many writes in as few batches as the store's limits allow.

use crate::store::write::MAX_BATCH_BYTES;
use crate::store::{ETag, MAX_BATCH_WRITES, PartitionKey, Store, StoreError, Write};

/// A batch, still in its groups.
type Batch = Vec<Vec<Write>>;

/// Puts groups into batches, in order and without dividing a group: a group is atomic, the whole is not.
fn pack(groups: Vec<Vec<Write>>) -> Vec<Batch> {
    let mut batches: Vec<Batch> = Vec::new();
    let (mut writes, mut bytes) = (0, 0);
    for group in groups {
        let size: usize = group.iter().map(size).sum();
        match batches.last_mut() {
            Some(batch) if writes + group.len() <= MAX_BATCH_WRITES && bytes + size <= MAX_BATCH_BYTES => {
                writes += group.len();
                bytes += size;
                batch.push(group);
            }
            _ => {
                (writes, bytes) = (group.len(), size);
                batches.push(vec![group]);
            }
        }
    }
    batches
}

/// Does one batch. Returns the new ETags of what was written, leaving out deletions.
pub(super) async fn write(
    store: &dyn Store,
    partition: &PartitionKey,
    batch: Vec<Write>,
) -> Result<Vec<ETag>, StoreError> {
    Ok(store.write(partition, batch).await?.into_iter().flatten().collect())
}

/// Does writes that need not happen together, batch after batch, and stops at the first that fails.
pub(super) async fn write_all(
    store: &dyn Store,
    partition: &PartitionKey,
    writes: Vec<Write>,
) -> Result<Vec<ETag>, StoreError> {
    let mut etags = Vec::with_capacity(writes.len());
    for batch in pack(writes.into_iter().map(|one| vec![one]).collect()) {
        etags.extend(write(store, partition, batch.concat()).await?);
    }
    Ok(etags)
}

/// Does one batch, unless somebody changed one of its rows meanwhile; whether it was done.
pub(super) async fn write_if_unchanged(
    store: &dyn Store,
    partition: &PartitionKey,
    batch: Vec<Write>,
) -> Result<bool, StoreError> {
    match store.write(partition, batch).await {
        Err(error) if error.is_conflict() => Ok(false),
        result => result.map(|_| true),
    }
}

/// Does groups of writes with preconditions and passes over those that fail: each is as good as done, because
/// somebody else changed its row.
pub(super) async fn write_what_holds(
    store: &dyn Store,
    partition: &PartitionKey,
    groups: Vec<Vec<Write>>,
) -> Result<(), StoreError> {
    for batch in pack(groups) {
        if write_if_unchanged(store, partition, batch.concat()).await? {
            continue;
        }
        // One of them spoiled the batch, and it is known only by trying each.
        for group in batch {
            write_if_unchanged(store, partition, group).await?;
        }
    }
    Ok(())
}

fn size(write: &Write) -> usize {
    write.row().as_str().len() + write.value().map_or(0, str::len)
}
