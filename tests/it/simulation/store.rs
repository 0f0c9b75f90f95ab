//! A store in memory, without a database: a simulation makes millions of reads and writes, and needs nothing to survive.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use maintenance_notifier::store::{
    Continuation, ETag, MAX_PAGE_ROWS, PartitionKey, Row, RowKey, RowPage, RowRange, Store, StoreError,
    Write, check_batch,
};

/// A page ends after this many bytes, as one of Azure Tables does.
const MAX_PAGE_BYTES: usize = 4 * 1024 * 1024;

/// Rows by partition and key, each with the number of the write that made it.
#[derive(Debug, Default)]
pub(crate) struct MemoryStore(Mutex<Rows>);

#[derive(Debug, Default)]
struct Rows {
    partitions: HashMap<PartitionKey, BTreeMap<RowKey, (u64, String)>>,
    written: u64,
}

impl MemoryStore {
    /// How many rows there are, and how many bytes their texts have.
    pub(crate) fn size(&self) -> (usize, usize) {
        let rows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all = || rows.partitions.values().flat_map(BTreeMap::values);
        (all().count(), all().map(|(_, text)| text.len()).sum())
    }
}

fn etag(number: u64) -> ETag {
    ETag::new(number.to_string())
}

#[async_trait]
impl Store for MemoryStore {
    async fn get(&self, partition: &PartitionKey, row: &RowKey) -> Result<Option<Row>, StoreError> {
        let rows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = rows.partitions.get(partition).and_then(|rows| rows.get(row));
        Ok(found.map(|(number, text)| Row { key: row.clone(), etag: etag(*number), value: text.clone() }))
    }

    async fn range(
        &self,
        partition: &PartitionKey,
        range: &RowRange,
        limit: usize,
        continuation: Option<&Continuation>,
    ) -> Result<RowPage, StoreError> {
        if limit == 0 || limit > MAX_PAGE_ROWS {
            return Err(StoreError::Refused(format!(
                "a page of {limit} rows; 1 to {MAX_PAGE_ROWS} are allowed"
            )));
        }
        let from = match continuation {
            Some(continuation) => Some(RowKey::new(continuation.as_str())?),
            None => range.from().cloned(),
        };
        let mut page = RowPage { rows: Vec::new(), next: None };
        // A map refuses bounds that are the wrong way round.
        if from.as_ref().zip(range.to()).is_some_and(|(from, to)| from >= to) {
            return Ok(page);
        }
        let rows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(rows) = rows.partitions.get(partition) else { return Ok(page) };
        let bounds = (
            from.as_ref().map_or(Bound::Unbounded, Bound::Included),
            range.to().map_or(Bound::Unbounded, Bound::Excluded),
        );
        let mut bytes = 0;
        for (key, (number, text)) in rows.range::<RowKey, _>(bounds) {
            if page.rows.len() == limit || bytes >= MAX_PAGE_BYTES {
                page.next = Some(Continuation::new(key.as_str()));
                break;
            }
            bytes += key.as_str().len() + text.len();
            page.rows.push(Row { key: key.clone(), etag: etag(*number), value: text.clone() });
        }
        Ok(page)
    }

    async fn next_partition(&self, after: Option<&PartitionKey>) -> Result<Option<PartitionKey>, StoreError> {
        let rows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let held = rows.partitions.iter().filter(|(_, rows)| !rows.is_empty()).map(|(key, _)| key);
        Ok(held.filter(|key| after.is_none_or(|after| after < *key)).min().cloned())
    }

    async fn write(
        &self,
        partition: &PartitionKey,
        batch: Vec<Write>,
    ) -> Result<Vec<Option<ETag>>, StoreError> {
        check_batch(partition, &batch)?;
        let mut guard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Rows { partitions, written } = &mut *guard;
        let rows = partitions.entry(partition.clone()).or_default();
        let holds = |write: &Write| {
            let known = rows.get(write.row()).map(|(number, _)| etag(*number));
            match write {
                Write::Insert { .. } => known.is_none(),
                Write::Replace { etag, .. } | Write::Delete { etag: Some(etag), .. } => {
                    known.as_ref() == Some(etag)
                }
                Write::Put { .. } | Write::Delete { etag: None, .. } => true,
            }
        };
        if let Some(broken) = batch.iter().find(|write| !holds(write)) {
            return Err(StoreError::Conflict { partition: partition.clone(), row: broken.row().clone() });
        }
        let apply = |write: Write| match write {
            Write::Insert { row, value } | Write::Replace { row, value, .. } | Write::Put { row, value } => {
                *written += 1;
                rows.insert(row, (*written, value));
                Some(etag(*written))
            }
            Write::Delete { row, .. } => {
                rows.remove(&row);
                None
            }
        };
        Ok(batch.into_iter().map(apply).collect())
    }
}
