//! The keys of the partition `actions`, which several files share.

use crate::domain::action::group_key::GroupKey;
use crate::domain::ids::PlanId;
use crate::domain::ids::StartId;
use crate::domain::window::WindowId;
use crate::store::key::hash_key;
use crate::store::{PartitionKey, RowKey, StoreError};

pub(super) fn partition() -> Result<PartitionKey, StoreError> {
    Ok(PartitionKey::new("actions")?)
}

pub(super) fn window_key(kind: &str, id: &WindowId) -> Result<RowKey, StoreError> {
    Ok(RowKey::of(&[kind, &hash_key(id.resource.folded()), &format!("{:010}", id.generation)])?)
}

pub(super) fn start_key(kind: &str, id: &StartId) -> Result<RowKey, StoreError> {
    Ok(RowKey::of(&[kind, id.as_str()])?)
}

pub(super) fn entry_key(sequence: u64) -> Result<RowKey, StoreError> {
    Ok(RowKey::of(&["a", &format!("{sequence:020}")])?)
}

pub(super) fn group_key(key: &GroupKey) -> Result<RowKey, StoreError> {
    Ok(RowKey::of(&["g", &hash_key(key.as_str())])?)
}

pub(super) fn plan_key(kind: &str, id: &PlanId) -> Result<RowKey, StoreError> {
    Ok(RowKey::of(&[kind, id.as_str()])?)
}
