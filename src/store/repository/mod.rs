//! What is kept, in types: one file a subject, written once above [`Store`](super::Store).
//!
//! | partition | rows | file |
//! |---|---|---|
//! | `windows\|SUBSCRIPTION` | one for each window | `windows` |
//! | `recipient\|NAME` | `head`, `a\|WINDOW` assignments, `m\|SEQUENCE` messages, `c\|SEQUENCE\|PART` contents | `recipients` |
//! | `due` | `TIME\|NAME` wake-ups | `due` |
//! | `outbox` | `o\|ID` rows, `d\|CHANNEL\|DEADLINE\|TIME\|ID` their index, `quota` | `outbox` |
//! | `tenant` | `tenant`, `sweep`, `s\|SUBSCRIPTION` summaries, `pulse`, `coverage` | `tenant`, `pulse`, `coverage` |
//! | `actions` | what people decide, starts, groups, rolling plans, the audit trail and its checkpoint, withdrawn links | `actions`, `plans`, `trail` |
//! | `forget` | `TIME\|NAME`: recipients of whom nothing but the name is kept | `retention` |
//! | `operator_alerts`, `endpoints`, `poison` | one for each | `operator_alerts`, `endpoints`, `poison` |
//! | `drills` | `current`, `b\|TIME` those before it, `k\|TIME\|NAME` who confirmed | `drill` |
//! | `directory` | `e\|QUESTION` answers, `r\|GROUP` roles | `directory` |
//! | `configuration` | `valid\|PART`: the last valid one | `configuration` |
//!
//! A row that cannot be read never keeps others from being read, and a row that a newer program wrote is never
//! overwritten: what is read before it is written fails, and what is written without reading names all of its
//! content in its key.

mod actions;
mod batch;
mod configuration;
mod coverage;
mod directory;
mod drill;
mod due;
mod endpoints;
mod operator_alerts;
mod outbox;
mod plans;
mod poison;
mod probe;
mod pulse;
mod recipient_settings;
mod recipients;
mod retention;
mod row_cache;
mod tenant;
mod trail;
mod windows;

use std::num::NonZeroUsize;
use std::sync::Arc;

use futures::TryStreamExt;

use self::row_cache::RowCache;
use super::codec::{self, Versioned};
use super::{ETag, MAX_VALUE_BYTES, PartitionKey, Row, RowKey, RowRange, SharedStore, StoreError, Write};

pub use self::actions::{ActionTransaction, AnchorRow};
pub use self::configuration::ConfigurationRow;
pub use self::coverage::CoverageRow;
pub use self::directory::{DirectoryRow, RolesRow};
pub use self::due::Wake;
pub use self::endpoints::DeadEndpointRow;
pub use self::operator_alerts::OperatorAlertRow;
pub use self::outbox::OutboxIndex;
pub use self::poison::ParkedRow;
pub use self::pulse::PulseRow;
pub use self::recipients::{HeadRow, RecipientState};
pub use self::retention::{ActionsOfWindow, ForgettableRecipient, KeySlice};
pub use self::tenant::{
    CandidateRow, CycleRow, FoundBy, GoLiveRow, RoundRow, StoredSweepMode, SummaryRow, SweepRow, TenantRow,
    UNOWNED_LIMIT,
};
pub use self::trail::{CheckpointRow, Revocations, Revoked};
pub use self::windows::WindowRow;

/// How often a change is tried again because somebody else changed the row meanwhile. Each time somebody got
/// their change done, so running out means dozens of writers of one row.
const ATTEMPTS: usize = 32;

/// Everything that is kept. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Repository {
    store: SharedStore,
    row_cache: RowCache,
}

/// A value as it was read, with the state of its row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored<T> {
    /// The value.
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
    fn push(&mut self, row: Result<Stored<T>, StoreError>) -> Result<(), StoreError> {
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

impl Repository {
    /// What is kept in `store`.
    pub fn new(store: SharedStore) -> Self {
        Self { store, row_cache: RowCache::default() }
    }

    /// The same, with room for so many decoded rows. Few cost time, and many cost memory.
    #[must_use]
    pub fn remembering(self, rows: NonZeroUsize) -> Self {
        Self { row_cache: RowCache::of(rows), ..self }
    }

    /// Where it is kept, for what is done with the whole of it.
    pub fn store(&self) -> SharedStore {
        self.store.clone()
    }

    /// The value of a row, which may be remembered.
    fn shared<T: Versioned>(&self, partition: &PartitionKey, row: Row) -> Result<Stored<Arc<T>>, StoreError> {
        let key = (partition.clone(), row.key.clone());
        if let Some(value) = self.row_cache.get(&key, &row.etag) {
            return Ok(Stored { value, etag: row.etag });
        }
        let value = Arc::new(codec::read::<T>(partition, &row)?);
        self.row_cache.put(key, row.etag.clone(), value.clone());
        Ok(Stored { value, etag: row.etag })
    }

    fn stored<T: Versioned>(&self, partition: &PartitionKey, row: Row) -> Result<Stored<T>, StoreError> {
        let Stored { value, etag } = self.shared::<T>(partition, row)?;
        Ok(Stored { value: (*value).clone(), etag })
    }

    async fn read<T: Versioned>(
        &self,
        partition: &PartitionKey,
        row: &RowKey,
    ) -> Result<Option<Stored<T>>, StoreError> {
        let found = self.store.get(partition, row).await?;
        found.map(|found| self.stored(partition, found)).transpose()
    }

    /// The readable rows of a range; the others are set aside.
    async fn load<T: Versioned>(
        &self,
        partition: &PartitionKey,
        range: RowRange,
    ) -> Result<LoadedRows<T>, StoreError> {
        self.load_some(partition, range, usize::MAX).await
    }

    /// The same, to be looked at only: nothing is copied that is remembered.
    async fn load_shared<T: Versioned>(
        &self,
        partition: &PartitionKey,
        range: RowRange,
    ) -> Result<LoadedRows<Arc<T>>, StoreError> {
        let mut loaded = LoadedRows::default();
        let mut rows = std::pin::pin!(super::stream(&*self.store, partition, range));
        while let Some(row) = rows.try_next().await? {
            loaded.push(self.shared(partition, row))?;
        }
        Ok(loaded)
    }

    /// The first `limit` readable rows of a range. Rows set aside do not count, so they cannot hide the others.
    async fn load_some<T: Versioned>(
        &self,
        partition: &PartitionKey,
        range: RowRange,
        limit: usize,
    ) -> Result<LoadedRows<T>, StoreError> {
        let mut loaded = LoadedRows::default();
        let mut rows = std::pin::pin!(super::stream(&*self.store, partition, range));
        while loaded.rows.len() < limit {
            let Some(row) = rows.try_next().await? else { break };
            loaded.push(self.stored(partition, row))?;
        }
        Ok(loaded)
    }

    /// Writes one row: where it is in the state of `etag`, or where it is absent.
    async fn write_one<T: Versioned>(
        &self,
        partition: &PartitionKey,
        row: RowKey,
        value: &T,
        etag: Option<ETag>,
    ) -> Result<ETag, StoreError> {
        let write = exactly(row, value, etag)?;
        let mut etags = batch::write(&*self.store, partition, vec![write]).await?;
        etags.pop().ok_or_else(no_etag)
    }

    /// Changes one row as `change` says, from what it is at the moment, and returns what was written; `None`
    /// leaves it as it is.
    ///
    /// # Errors
    /// When the row cannot be read, or keeps being changed by others.
    async fn update<T: Versioned>(
        &self,
        partition: &PartitionKey,
        row: &RowKey,
        mut change: impl FnMut(Option<T>) -> Option<T> + Send,
    ) -> Result<Option<T>, StoreError> {
        let mut attempt = 1;
        loop {
            let (old, etag) = split(self.read::<T>(partition, row).await?);
            let Some(new) = change(old) else { return Ok(None) };
            match self.write_one(partition, row.clone(), &new, etag).await {
                Err(error) if error.is_conflict() && attempt < ATTEMPTS => attempt += 1,
                result => return result.map(|_| Some(new)),
            }
        }
    }
}

/// The value and the state of a row that may be absent.
fn split<T>(stored: Option<Stored<T>>) -> (Option<T>, Option<ETag>) {
    stored.map_or((None, None), |stored| (Some(stored.value), Some(stored.etag)))
}

/// Replaces the row in the state of `etag`, or inserts it.
fn exactly<T: Versioned>(row: RowKey, value: &T, etag: Option<ETag>) -> Result<Write, StoreError> {
    Ok(exactly_text(row, codec::encode(value)?, etag))
}

fn exactly_text(row: RowKey, value: String, etag: Option<ETag>) -> Write {
    match etag {
        Some(etag) => Write::Replace { row, value, etag },
        None => Write::Insert { row, value },
    }
}

/// A text in pieces that fit a row each.
fn divide(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (part, after) = rest.split_at(rest.floor_char_boundary(MAX_VALUE_BYTES));
        parts.push(part);
        rest = after;
    }
    parts
}

fn put<T: Versioned>(row: RowKey, value: &T) -> Result<Write, StoreError> {
    Ok(Write::Put { row, value: codec::encode(value)? })
}

fn no_etag() -> StoreError {
    StoreError::Refused("the store wrote a row and gave no ETag for it".to_owned())
}

/// For lists whose readers could do nothing about a row that is set aside.
fn log_unreadable(errors: &[StoreError]) {
    for error in errors {
        tracing::warn!(%error, "a row of the store is set aside");
    }
}

#[cfg(test)]
mod testing {
    use super::*;
    use crate::store::SqliteStore;

    pub(super) fn repository() -> Repository {
        Repository::new(Arc::new(SqliteStore::in_memory().unwrap()))
    }

    impl Repository {
        /// Every row of a partition, as kept.
        pub(super) async fn rows(&self, partition: &str) -> Vec<Row> {
            let partition = PartitionKey::new(partition).unwrap();
            crate::store::scan(&*self.store, &partition, RowRange::all()).await.unwrap()
        }

        /// The keys of a partition.
        pub(super) async fn keys(&self, partition: &str) -> Vec<String> {
            self.rows(partition).await.into_iter().map(|row| row.key.to_string()).collect()
        }

        /// Writes a row's text, whatever it was.
        pub(super) async fn overwrite(&self, partition: &str, row: &RowKey, value: &str) {
            let partition = PartitionKey::new(partition).unwrap();
            let write = Write::Put { row: row.clone(), value: value.to_owned() };
            self.store.write(&partition, vec![write]).await.unwrap();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::testing::repository;
    use crate::domain::fixtures::utc;
    use crate::domain::operator_alert::OperatorAlert;

    fn operator_alert(scope: &str, reason: &str) -> OperatorAlert {
        OperatorAlert::Unseen { scope: scope.to_owned(), reason: reason.to_owned() }
    }

    #[tokio::test]
    async fn updates_of_many_at_once_are_all_kept() {
        let repository = repository();
        let subscription = "sub-1".parse().unwrap();
        let updates = (0..20).map(|number| {
            let (repository, subscription) = (&repository, &subscription);
            async move {
                repository
                    .update_summary(subscription, move |summary| summary.unowned.push(format!("vm-{number}")))
                    .await
            }
        });
        futures::future::try_join_all(updates).await.unwrap();
        let summary = repository.summary(&subscription).await.unwrap().unwrap();
        assert_eq!(summary.value.unowned.len(), 20);
    }

    #[tokio::test]
    async fn unreadable_rows_are_set_aside_and_newer_ones_never_overwritten() {
        let repository = repository();
        let (first, second) = (utc("2026-12-01T10:00:00Z"), utc("2026-12-02T10:00:00Z"));
        let operator_alerts =
            [operator_alert("a", "403"), operator_alert("b", "403"), operator_alert("c", "403")];
        repository.report(&operator_alerts, first).await.unwrap();
        let rows = repository.rows("troubles").await;
        repository.overwrite("troubles", &rows[0].key, r#"{"v":9,"form":"unknown"}"#).await;
        repository.overwrite("troubles", &rows[1].key, "torn").await;
        repository.report(&operator_alerts, second).await.unwrap();

        let loaded = repository.operator_alerts().await.unwrap();
        assert_eq!(loaded.unreadable.len(), 2);
        assert!(loaded.unreadable.iter().all(|error| error.is_unreadable_row()));
        assert_eq!(
            loaded.values().map(|row| (row.first_seen, row.last_seen)).collect::<Vec<_>>(),
            [(first, second)]
        );
        assert_eq!(repository.rows("troubles").await[0].value, r#"{"v":9,"form":"unknown"}"#);
    }

    #[tokio::test]
    async fn trouble_is_the_same_whatever_its_wording_until_it_is_resolved() {
        let repository = repository();
        let (first, second) = (utc("2026-12-01T10:00:00Z"), utc("2026-12-02T10:00:00Z"));
        let new = repository.report(&[operator_alert("Sub-1", "HTTP 403")], first).await.unwrap();
        assert_eq!(new, [operator_alert("Sub-1", "HTTP 403")]);
        assert_eq!(repository.report(&[operator_alert("sub-1", "HTTP 404")], second).await.unwrap(), []);
        let loaded = repository.operator_alerts().await.unwrap();
        let row = &loaded.rows[0].value;
        assert_eq!(loaded.rows.len(), 1);
        assert_eq!((&row.operator_alert, row.first_seen), (&operator_alert("sub-1", "HTTP 404"), first));
        repository.resolve(&[row.operator_alert.key(), "unknown".to_owned()]).await.unwrap();
        assert!(repository.operator_alerts().await.unwrap().rows.is_empty());
    }

    #[tokio::test]
    async fn a_dead_endpoint_keeps_the_first_answer_until_it_is_revived() {
        let repository = repository();
        let jane = crate::domain::fixtures::recipient("jane").endpoints().remove(0);
        let now = utc("2026-12-01T10:00:00Z");
        let later = now + chrono::TimeDelta::hours(1);
        repository.mark_dead(&jane, None, "550 no such user", now).await.unwrap();
        repository.mark_dead(&jane, None, "551 moved", later).await.unwrap();
        let dead = repository.dead_endpoints().await.unwrap();
        assert_eq!(dead.iter().map(|dead| dead.error.as_str()).collect::<Vec<_>>(), ["550 no such user"]);
        assert_eq!((dead[0].since, dead[0].last_tried()), (now, later));
        repository.revive(&jane).await.unwrap();
        assert!(repository.dead_endpoints().await.unwrap().is_empty());
    }
}
