//! Where state lives: rows in partitions, changed by small atomic batches with preconditions.
//!
//! The trait is as narrow as Azure Tables, so that a SQLite file (here and now) and Azure Tables (deployed) can
//! both keep it exactly; one conformance suite in `tests/` holds them to it. What Azure Tables accepts:
//! <https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model> and
//! <https://learn.microsoft.com/rest/api/storageservices/performing-entity-group-transactions>.

pub mod codec;
mod contract;
pub mod document;
pub mod error;
pub mod key;
mod range;
mod read_only;
pub mod repository;
mod retry;
mod row;
mod sqlite;
pub mod tables;
mod write;

pub use self::contract::{SharedStore, Store, scan, stream};
pub use self::error::StoreError;
pub use self::key::{PartitionKey, RowKey};
pub use self::range::{Continuation, MAX_PAGE_ROWS, RowPage, RowRange};
pub use self::read_only::ReadOnlyStore;
pub use self::repository::Repository;
pub(crate) use self::retry::retry_on_conflict;
pub use self::retry::{MaybeConflict, TRIES};
pub use self::row::{ETag, Row};
pub use self::sqlite::SqliteStore;
pub use self::tables::TablesStore;
pub use self::write::{MAX_BATCH_BYTES, MAX_BATCH_WRITES, MAX_VALUE_BYTES, Write, check_batch};
