//! Which rows of a partition to read, and what comes back.

use super::Row;
use super::error::StoreError;
use super::key::{KeyError, RowKey, SEPARATOR, successor};

/// Most rows a page can hold; Azure Tables' limit.
pub const MAX_PAGE_ROWS: usize = 1000;

/// Holds a page to the limit. Every store calls it first, so that all refuse the same pages.
pub(super) fn check_page(limit: usize) -> Result<(), StoreError> {
    if limit == 0 || limit > MAX_PAGE_ROWS {
        let problem = format!("a page of {limit} rows; 1 to {MAX_PAGE_ROWS} are allowed");
        return Err(StoreError::Refused(problem));
    }
    Ok(())
}

/// Rows from one key (included) up to another (excluded), in the order of their keys.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RowRange {
    from: Option<RowKey>,
    to: Option<RowKey>,
}

impl RowRange {
    /// The whole partition.
    pub fn all() -> Self {
        Self::default()
    }

    /// From `from`, included, up to `to`, excluded.
    pub fn between(from: RowKey, to: RowKey) -> Self {
        Self { from: Some(from), to: Some(to) }
    }

    /// From `from`, included, to the end of the partition.
    pub fn starting_at(from: RowKey) -> Self {
        Self { from: Some(from), to: None }
    }

    /// From the beginning of the partition up to `to`, excluded.
    pub fn before(to: RowKey) -> Self {
        Self { from: None, to: Some(to) }
    }

    /// The keys that begin with the text of `prefix`.
    pub fn prefix(prefix: RowKey) -> Result<Self, KeyError> {
        let to = successor(prefix.as_str()).map(RowKey::new).transpose()?;
        Ok(Self { from: Some(prefix), to })
    }

    /// The keys made by [`RowKey::of`] that begin with all of these parts, and have more.
    pub fn within(parts: &[&str]) -> Result<Self, KeyError> {
        let parent = RowKey::of(parts)?;
        Self::prefix(RowKey::new(format!("{parent}{SEPARATOR}"))?)
    }

    /// The same rows, but none at or above `to`.
    pub fn up_to(self, to: RowKey) -> Self {
        let to = match self.to {
            Some(old) => old.min(to),
            None => to,
        };
        Self { from: self.from, to: Some(to) }
    }

    /// The first key that belongs to the range, when there is a bound.
    pub fn from(&self) -> Option<&RowKey> {
        self.from.as_ref()
    }

    /// The first key after the range, when there is a bound.
    pub fn to(&self) -> Option<&RowKey> {
        self.to.as_ref()
    }
}

/// Some rows of a range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowPage {
    /// The rows in the order of their keys. May be empty although more follow.
    pub rows: Vec<Row>,
    /// Where the next page begins; nothing when this is the last.
    pub next: Option<Continuation>,
}

/// Where a page ended. Opaque, and good only for the same partition and range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Continuation(String);

impl Continuation {
    /// Takes the text of a continuation, as a store gave it.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The continuation as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn within_means_below_these_parts() {
        let range = RowRange::within(&["d", "x"]).unwrap();
        assert_eq!(range, RowRange::between(RowKey::new("d|x|").unwrap(), RowKey::new("d|x}").unwrap()));
        let due = range.up_to(RowKey::new("d|x|5").unwrap());
        assert_eq!(due.to().unwrap().as_str(), "d|x|5");
        assert_eq!(due.up_to(RowKey::new("z").unwrap()).to().unwrap().as_str(), "d|x|5");
    }
}
