//! Rows as they were read.

use crate::store::{ETag, StoreError};

/// A value as it was read, with the state of its row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored<T> {
    pub value: T,
    /// The state of its row, for changing it only if nobody else did.
    pub etag: ETag,
}

/// Rows that were read, and those that could not be.
#[derive(Debug)]
pub struct LoadedRows<T> {
    /// The readable rows, in the order of their keys unless said otherwise.
    pub rows: Vec<Stored<T>>,
    /// What is wrong with the others; each names its row. They stay as they are.
    pub unreadable: Vec<StoreError>,
}

impl<T> LoadedRows<T> {
    pub(super) fn push(&mut self, row: Result<Stored<T>, StoreError>) -> Result<(), StoreError> {
        match row {
            Ok(row) => self.rows.push(row),
            Err(error) if error.is_unreadable_row() => self.unreadable.push(error),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// The values alone.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.rows.iter().map(|row| &row.value)
    }
}

impl<T> Default for LoadedRows<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), unreadable: Vec::new() }
    }
}

/// For lists whose readers could do nothing about a row that is set aside.
pub(super) fn log_unreadable(errors: &[StoreError]) {
    for error in errors {
        tracing::warn!(%error, "a row of the store is set aside");
    }
}
