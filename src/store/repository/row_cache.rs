//! Rows that were read lately, so that each is decoded once for each of its states.
//!
//! Planning for somebody reads all of their rows, and of these few changed since the last time: a minute ago, or a
//! moment ago when their message was bound. The store is asked all the same, and what was decoded counts only for the
//! very state that it returns; so this can be forgotten at any time, and nothing ever depends on it.

use std::any::Any;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;

use crate::store::{ETag, PartitionKey, RowKey};

/// So many rows are remembered: a few kilobytes each.
const ROWS: NonZeroUsize = NonZeroUsize::new(4096).unwrap();

type Key = (PartitionKey, RowKey);
type Value = Arc<dyn Any + Send + Sync>;

/// What was decoded lately.
#[derive(Debug, Clone)]
pub(super) struct RowCache(Arc<Mutex<LruCache<Key, (ETag, Value)>>>);

impl Default for RowCache {
    fn default() -> Self {
        Self::of(ROWS)
    }
}

impl RowCache {
    /// Remembers as many rows.
    pub(super) fn of(rows: NonZeroUsize) -> Self {
        Self(Arc::new(Mutex::new(LruCache::new(rows))))
    }

    /// The value of a row in the state of `etag`.
    pub(super) fn get<T: Send + Sync + 'static>(&self, key: &Key, etag: &ETag) -> Option<Arc<T>> {
        let mut rows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, value) = rows.get(key).filter(|(known, _)| known == etag)?;
        value.clone().downcast().ok()
    }

    /// Remembers the value of a row in the state of `etag`.
    pub(super) fn put<T: Send + Sync + 'static>(&self, key: Key, etag: ETag, value: Arc<T>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).put(key, (etag, value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(row: &str) -> Key {
        (PartitionKey::new("recipient").unwrap(), RowKey::new(row).unwrap())
    }

    #[test]
    fn only_the_very_state_of_a_row_counts_and_the_oldest_is_forgotten() {
        let row_cache = RowCache::of(NonZeroUsize::new(2).unwrap());
        let get =
            |row: &str, etag: &str| row_cache.get::<u32>(&key(row), &ETag::new(etag)).map(|value| *value);
        row_cache.put(key("a"), ETag::new("1"), Arc::new(1_u32));
        row_cache.put(key("b"), ETag::new("1"), Arc::new(2_u32));
        assert_eq!((get("a", "1"), get("a", "2")), (Some(1), None));
        assert!(row_cache.get::<String>(&key("a"), &ETag::new("1")).is_none());
        row_cache.put(key("a"), ETag::new("2"), Arc::new(3_u32));
        row_cache.put(key("c"), ETag::new("1"), Arc::new(4_u32));
        assert_eq!(
            (get("a", "2"), get("a", "1"), get("b", "1"), get("c", "1")),
            (Some(3), None, None, Some(4))
        );
    }
}
