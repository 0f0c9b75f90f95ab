//! A long-running operation that a start began.

use chrono::{DateTime, Utc};

/// A long-running operation.
#[derive(Debug, Clone)]
pub(crate) struct Operation {
    pub(crate) id: String,
    pub(crate) subscription: String,
    pub(crate) region: String,
    pub(crate) start: DateTime<Utc>,
    /// None for one that never ends.
    pub(crate) end: Option<DateTime<Utc>>,
    pub(crate) failure: Option<(String, String)>,
}
