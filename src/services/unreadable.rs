//! Rows of the store that cannot be read.

use crate::store::StoreError;

/// Logs each row that was set aside; the other rows go on.
pub fn log_unreadable(what: &str, unreadable: &[StoreError]) {
    for error in unreadable {
        tracing::error!(%error, what, "a row of the store was set aside");
    }
}
