//! Writes of typed rows.

use super::loaded::Stored;
use crate::store::codec::{self, Versioned};
use crate::store::{ETag, MAX_VALUE_BYTES, RowKey, StoreError, Write};

/// The value and the state of a row that may be absent.
pub(super) fn split<T>(stored: Option<Stored<T>>) -> (Option<T>, Option<ETag>) {
    stored.map_or((None, None), |stored| (Some(stored.value), Some(stored.etag)))
}

/// Replaces the row in the state of `etag`, or inserts it.
pub(super) fn exactly<T: Versioned>(row: RowKey, value: &T, etag: Option<ETag>) -> Result<Write, StoreError> {
    Ok(exactly_text(row, codec::encode(value)?, etag))
}

pub(super) fn exactly_text(row: RowKey, value: String, etag: Option<ETag>) -> Write {
    match etag {
        Some(etag) => Write::Replace { row, value, etag },
        None => Write::Insert { row, value },
    }
}

/// A text in pieces that fit a row each.
pub(super) fn divide(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (part, after) = rest.split_at(rest.floor_char_boundary(MAX_VALUE_BYTES));
        parts.push(part);
        rest = after;
    }
    parts
}

pub(super) fn put<T: Versioned>(row: RowKey, value: &T) -> Result<Write, StoreError> {
    Ok(Write::Put { row, value: codec::encode(value)? })
}

pub(super) fn no_etag() -> StoreError {
    StoreError::Refused("the store wrote a row and gave no ETag for it".to_owned())
}
