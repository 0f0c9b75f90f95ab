//! How a piece of work on a connection fails.

use crate::store::StoreError;

/// What a piece of work on a connection can end with.
#[derive(Debug)]
pub(super) enum Failure {
    /// SQLite said no; it is known only outside which store it was.
    Sqlite(rusqlite::Error),
    /// The answer to the caller.
    Store(StoreError),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
