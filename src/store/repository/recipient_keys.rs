//! The keys of a recipient's partition.

use crate::domain::recipient_name::RecipientName;
use crate::domain::window::WindowId;
use crate::store::key::hash_key;
use crate::store::{PartitionKey, RowKey, StoreError};

pub(super) const HEAD: &str = "head";

pub(super) const ASSIGNMENT: &str = "a";

pub(super) const MESSAGE: &str = "m";

pub(super) fn partition(recipient: &RecipientName) -> Result<PartitionKey, StoreError> {
    Ok(PartitionKey::of(&["recipient", &hash_key(recipient.as_str())])?)
}

pub(super) fn message_key(sequence: u64) -> Result<RowKey, StoreError> {
    Ok(RowKey::of(&[MESSAGE, &number(sequence)])?)
}

pub(super) fn head_key() -> Result<RowKey, StoreError> {
    Ok(RowKey::new(HEAD)?)
}

/// A number as text whose order is the order of numbers.
pub(super) fn number(sequence: u64) -> String {
    format!("{sequence:020}")
}

/// The key of the copy of a window.
pub(super) fn copy_key(id: &WindowId) -> Result<RowKey, StoreError> {
    Ok(RowKey::of(&[ASSIGNMENT, &hash_key(&id.to_string())])?)
}
