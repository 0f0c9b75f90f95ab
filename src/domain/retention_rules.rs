//! How long what is known is kept.

use chrono::TimeDelta;

/// How long what is known is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetentionRules {
    /// Windows, after they ended.
    pub closed: TimeDelta,
    pub personal: TimeDelta,
}
