//! How far apart starts have to be.

use chrono::{DateTime, TimeDelta, Utc};

use super::group_key::GroupKey;

/// When another start begins, and whom it keeps waiting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OccupiedSlot {
    pub begins: DateTime<Utc>,
    pub groups: Vec<GroupKey>,
}

/// How far apart starts have to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spacing {
    /// The pause between members of one group, from when the last one is well.
    pub min_gap: TimeDelta,
    /// At most so many starts in any span of so long.
    pub limits: Vec<(usize, TimeDelta)>,
}
