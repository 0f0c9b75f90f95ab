//! What a batch can do, and the limits that every store holds.

use std::collections::HashSet;

use super::key::{PartitionKey, RowKey};
use super::{ETag, StoreError};

/// Most writes in one batch; Azure Tables' limit.
pub const MAX_BATCH_WRITES: usize = 100;

/// Most bytes of a value. An entity of Azure Tables takes 1 MiB, and the emulator counts it as it is sent: in Base64.
pub const MAX_VALUE_BYTES: usize = 720 * 1024;

/// Most bytes of a batch, keys and values together. A request to Azure Tables takes 4 MiB, and Base64 and its
/// envelopes need their part of it.
pub const MAX_BATCH_BYTES: usize = 2560 * 1024;

/// One change of one row. The names are those of Azure Tables' operations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// Writes a row that must be absent.
    Insert { row: RowKey, value: String },
    /// Writes a row that must be in the state that `etag` names.
    Replace {
        row: RowKey,
        value: String,
        /// The state it must be in.
        etag: ETag,
    },
    /// Writes a row whatever its state.
    Put { row: RowKey, value: String },
    /// Deletes a row. Without an ETag a missing row is fine.
    Delete {
        row: RowKey,
        /// The state it must be in, when that matters.
        etag: Option<ETag>,
    },
}

impl Write {
    /// The row that changes.
    pub fn row(&self) -> &RowKey {
        match self {
            Self::Insert { row, .. }
            | Self::Replace { row, .. }
            | Self::Put { row, .. }
            | Self::Delete { row, .. } => row,
        }
    }

    /// The text to write; nothing for a deletion.
    pub fn value(&self) -> Option<&str> {
        match self {
            Self::Insert { value, .. } | Self::Replace { value, .. } | Self::Put { value, .. } => Some(value),
            Self::Delete { .. } => None,
        }
    }
}

/// Holds a batch to the limits. Every store calls it first, so that all refuse the same batches.
pub fn check_batch(partition: &PartitionKey, batch: &[Write]) -> Result<(), StoreError> {
    if batch.is_empty() || batch.len() > MAX_BATCH_WRITES {
        let count = batch.len();
        return Err(StoreError::Refused(format!(
            "a batch of {count} writes; 1 to {MAX_BATCH_WRITES} are allowed"
        )));
    }
    let mut rows = HashSet::with_capacity(batch.len());
    let mut total = 0;
    for write in batch {
        let row = write.row();
        if !rows.insert(row) {
            return Err(StoreError::Refused(format!(
                "the row {row} in {partition} occurs twice in one batch"
            )));
        }
        let size = write.value().map_or(0, str::len);
        if size > MAX_VALUE_BYTES {
            let what = format!("the row {row} in {partition}");
            return Err(StoreError::TooLarge { what, size, limit: MAX_VALUE_BYTES });
        }
        total += size + row.as_str().len();
    }
    if total > MAX_BATCH_BYTES {
        let what = format!("a batch of {} rows in {partition}", batch.len());
        return Err(StoreError::TooLarge { what, size: total, limit: MAX_BATCH_BYTES });
    }
    Ok(())
}
