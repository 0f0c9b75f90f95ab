//! What can go wrong in the store, and what to do about it.
//!
//! - [`StoreError::Conflict`]: somebody else was faster. Read again and decide again.
//! - [`StoreError::Unavailable`]: try later. A write may or may not have happened.
//! - [`StoreError::Corrupt`]: set this one row aside, report it, go on with the others.
//! - [`StoreError::Newer`]: leave this row alone; a newer version of the program wrote it.
//! - everything else is a mistake in the program or its settings, and trying again does not help.

use std::path::PathBuf;

use super::key::{KeyError, PartitionKey, RowKey};

/// What the system under the store said. For the log.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why the store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A precondition did not hold. Nothing of the batch was written.
    #[error("the row {row} in {partition} was changed by somebody else; nothing was written")]
    Conflict {
        /// The partition of the batch.
        partition: PartitionKey,
        /// The row whose precondition failed; the first one when there are several.
        row: RowKey,
    },
    /// A value, or a batch altogether, has more bytes than the store takes.
    #[error("{what} has {size} bytes, and the store takes at most {limit}; nothing was written")]
    TooLarge {
        /// The value or batch.
        what: String,
        /// Its size in bytes.
        size: usize,
        limit: usize,
    },
    /// The request itself makes no sense, such as the same row twice in one batch.
    #[error("the store was asked for something it cannot do: {0}")]
    Refused(String),
    /// A key is not valid.
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("the store {store} is not available just now; it is tried again later")]
    Unavailable {
        /// Which store: a path or an address without secrets.
        store: String,
        /// What the system below said.
        #[source]
        cause: Cause,
    },
    #[error("the store {store} refuses us: {reason}")]
    Denied {
        /// Which store: an address without secrets.
        store: String,
        /// What it said, with a hint.
        reason: String,
    },
    /// The row cannot be read. The others can.
    #[error("the row {row} in {partition} cannot be read: {reason}")]
    Corrupt {
        /// The partition of the row.
        partition: PartitionKey,
        row: RowKey,
        /// What is wrong with it, and where.
        reason: String,
    },
    /// The row was written by a newer version of the program, so it is not read and must not be overwritten.
    #[error(
        "the row {row} in {partition} has version {found}, and this program knows versions up to {known}; \
         run the newer program"
    )]
    Newer {
        /// The partition of the row.
        partition: PartitionKey,
        row: RowKey,
        /// The version it was written with.
        found: u16,
        /// The newest version this program knows.
        known: u16,
    },
    #[error("the setting NOTIFIER_STORE={setting} cannot be used: {reason}")]
    Setting {
        /// The setting, without what may be secret.
        setting: String,
        /// What is wrong, with a hint.
        reason: String,
    },
    #[error("{}: {reason}", path.display())]
    Unusable {
        path: PathBuf,
        /// What is wrong, with a hint.
        reason: String,
    },
}

impl StoreError {
    /// Whether somebody else was faster: read again and decide again.
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict { .. })
    }

    /// Whether the same request may succeed later.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }

    /// Whether this is about one row that should be left aside while work goes on with the others.
    pub fn is_unreadable_row(&self) -> bool {
        matches!(self, Self::Corrupt { .. } | Self::Newer { .. })
    }
}
