//! The store is gone through in slices, one an hour: a row `tenant`, `retention` says which comes next.

use serde::{Deserialize, Serialize};

use super::access::Repository;
use crate::store::codec::Versioned;
use crate::store::key::hash_key;
use crate::store::{PartitionKey, RowKey, RowRange, StoreError};

/// In how many slices the store is gone through.
const SLICES: u32 = 24;
const RETENTION: &str = "retention";

/// A share of all rows whose keys begin with a digest: the same rows every time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeySlice(u32);

impl KeySlice {
    /// Every slice, in order.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..SLICES).map(Self)
    }

    /// The slice that follows.
    pub fn next(self) -> Self {
        Self((self.0 + 1) % SLICES)
    }

    /// Whether `text` belongs to it.
    pub fn has(self, text: &str) -> bool {
        let first = hash_key(text).get(..2).and_then(|digits| u32::from_str_radix(digits, 16).ok());
        first.is_some_and(|first| (self.first()..self.end()).contains(&first))
    }

    /// The first pair of hexadecimal digits with which its keys begin.
    fn first(self) -> u32 {
        self.0 * 256 / SLICES
    }

    fn end(self) -> u32 {
        (self.0 + 1) * 256 / SLICES
    }

    /// The rows of one kind.
    pub(super) fn range(self, kind: &str) -> Result<RowRange, StoreError> {
        let whole = RowRange::within(&[kind])?;
        let from = RowKey::of(&[kind, &format!("{:02x}", self.first())])?;
        let range = match self.end() {
            256 => RowRange::starting_at(from),
            end => RowRange::between(from, RowKey::of(&[kind, &format!("{end:02x}")])?),
        };
        Ok(whole.to().cloned().map_or(range.clone(), |to| range.up_to(to)))
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct RetentionRow {
    slice: u32,
}

impl Versioned for RetentionRow {}

impl Repository {
    /// The slice that comes next.
    pub async fn retention_slice(&self) -> Result<KeySlice, StoreError> {
        let row = self.read::<RetentionRow>(&PartitionKey::new("tenant")?, &RowKey::new(RETENTION)?).await?;
        Ok(KeySlice(row.map_or(0, |row| row.value.slice % SLICES)))
    }

    /// Notes that `slice` is done.
    pub async fn retention_went_through(&self, slice: KeySlice) -> Result<(), StoreError> {
        let next = RetentionRow { slice: slice.next().0 };
        let change = |known: Option<RetentionRow>| (known != Some(next)).then_some(next);
        self.update(&PartitionKey::new("tenant")?, &RowKey::new(RETENTION)?, change).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_in_one_slice_and_a_slice_holds_nothing_else() {
        let slices: Vec<KeySlice> = KeySlice::all().collect();
        assert!(slices.windows(2).all(|pair| pair[0].next() == pair[1]));
        assert_eq!(slices[23].next(), slices[0]);
        for text in (0..2000).map(|number| format!("vm-{number}")) {
            let key = RowKey::of(&["w", &hash_key(&text), "0000000001"]).unwrap();
            let within = |slice: &&KeySlice| {
                let range = slice.range("w").unwrap();
                range.from().is_none_or(|from| *from <= key) && range.to().is_none_or(|to| key < *to)
            };
            let found: Vec<&KeySlice> = slices.iter().filter(within).collect();
            assert_eq!(found.len(), 1, "{text}");
            assert!(found[0].has(&text));
            assert_eq!(slices.iter().filter(|slice| slice.has(&text)).count(), 1);
        }
        let last = slices[23].range("w").unwrap();
        assert_eq!(last.to().map(RowKey::as_str), Some("w}"));
    }
}
