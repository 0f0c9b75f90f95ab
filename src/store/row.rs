//! A row, and the name of its state.

use super::key::RowKey;

/// A row as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its name within the partition.
    pub key: RowKey,
    /// Changes whenever the row is written; never the same again, not even after a deletion.
    pub etag: ETag,
    pub value: String,
}

/// Names one state of one row. Opaque: only the store that gave it understands it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ETag(String);

impl ETag {
    /// Takes the text of an ETag, as a store gave it.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The ETag as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
