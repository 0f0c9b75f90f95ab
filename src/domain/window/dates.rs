//! When maintenance happens.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A span of time with both ends known, start before end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Interval {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
}

/// An interval whose end is not after its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the window ends at {end}, which is not after its start at {start}")]
pub struct InvalidInterval {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
}

impl Interval {
    /// The span from `start` to `end`.
    ///
    /// # Errors
    /// When `end` is not after `start`.
    pub fn new(start: DateTime<Utc>, end: DateTime<Utc>) -> Result<Self, InvalidInterval> {
        if start < end { Ok(Self { start, end }) } else { Err(InvalidInterval { start, end }) }
    }

    /// When it begins.
    pub fn start(&self) -> DateTime<Utc> {
        self.start
    }

    /// When it ends.
    pub fn end(&self) -> DateTime<Utc> {
        self.end
    }

    /// Whether `moment` lies in it, the end excluded.
    pub fn contains(&self, moment: DateTime<Utc>) -> bool {
        self.start <= moment && moment < self.end
    }
}

/// The dates of a planned maintenance. The two windows need not touch, and either can be missing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Schedule {
    /// When the owner may start the maintenance (`preMaintenanceWindow*`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub self_service: Option<Interval>,
    /// When Azure does it (`maintenanceWindow*`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheduled: Option<Interval>,
}

impl Schedule {
    /// The end of the last window: after it nothing of this schedule is left to come.
    pub fn end(&self) -> Option<DateTime<Utc>> {
        self.self_service.iter().chain(&self.scheduled).map(Interval::end).max()
    }
}
