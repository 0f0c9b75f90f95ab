//! Why the program cannot start.

use crate::azure::AzureError;
use crate::config::InvalidConfiguration;
use crate::store::StoreError;

/// Why the program cannot start. Each says what is wrong, with a hint.
#[derive(Debug, thiserror::Error)]
pub enum StartupError {
    /// The settings or the configuration file are invalid.
    #[error(transparent)]
    Configuration(#[from] InvalidConfiguration),
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The client of Azure cannot be made.
    #[error(transparent)]
    Azure(#[from] AzureError),
    #[error("{what}: {problem}")]
    Part {
        what: &'static str,
        /// What is wrong, with a hint.
        problem: String,
    },
}

pub(super) fn part(what: &'static str) -> impl Fn(&dyn std::error::Error) -> StartupError {
    move |error| StartupError::Part { what, problem: error.to_string() }
}
