//! A box to tick, or an entry to choose.

use serde::Serialize;

/// A value and what stands beside it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) label: String,
}
