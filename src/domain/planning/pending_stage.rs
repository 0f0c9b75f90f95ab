//! One stage to notify of, for one window.

use chrono::{DateTime, Utc};

use crate::domain::action::response::StartSummary;
use crate::domain::stage::Stage;

/// One stage of a window to notify of.
#[derive(Debug, Clone, Copy)]
pub struct PendingStage<'a> {
    pub stage: Stage,
    /// Which step of it, in minutes before its time.
    pub step: Option<i64>,
    pub at: DateTime<Utc>,
    pub start: Option<&'a StartSummary>,
}

impl<'a> PendingStage<'a> {
    /// A stage that comes from Azure's facts or with time.
    pub fn new(stage: Stage, step: Option<i64>, at: DateTime<Utc>) -> Self {
        Self { stage, step, at, start: None }
    }

    /// A stage of a start.
    pub fn of(start: &'a StartSummary, stage: Stage, at: DateTime<Utc>) -> Self {
        Self { stage, step: None, at, start: Some(start) }
    }
}
