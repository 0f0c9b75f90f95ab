//! The error of services.

use crate::azure::AzureError;
use crate::store::{MaybeConflict, StoreError};

/// Why a service could not do its work. The next tick, message or click tries it again.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// Azure gave no usable answer.
    #[error(transparent)]
    Azure(#[from] AzureError),
    /// The store could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ServiceError {
    /// Whether somebody else wrote at the same time, so that trying again is all it takes.
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_conflict())
    }
}

impl MaybeConflict for ServiceError {
    fn is_conflict(&self) -> bool {
        Self::is_conflict(self)
    }
}
