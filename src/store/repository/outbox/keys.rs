//! The keys of the outbox.

use crate::domain::ids::OutboxId;
use crate::store::{PartitionKey, RowKey, StoreError};

pub(super) const ROW: &str = "o";

pub(in crate::store::repository) fn partition() -> Result<PartitionKey, StoreError> {
    Ok(PartitionKey::new("outbox")?)
}

pub(super) fn key(id: &OutboxId) -> Result<RowKey, StoreError> {
    Ok(RowKey::of(&[ROW, id.as_str()])?)
}
