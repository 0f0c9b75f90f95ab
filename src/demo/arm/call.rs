//! A call to Azure Resource Manager.

use chrono::{DateTime, Utc};

use crate::demo::request::ArmRequest;

/// Who asks, and when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ArmCall<'a> {
    pub(crate) request: &'a ArmRequest,
    pub(crate) principal: &'a str,
    pub(crate) now: DateTime<Utc>,
    /// The number under which the answer and the activity log have the call.
    pub(crate) correlation: &'a str,
}
