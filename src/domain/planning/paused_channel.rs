//! Channels that refused and are left alone for a while.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::endpoint::Endpoint;

/// How long a channel is left alone after it refused.
const REST: TimeDelta = TimeDelta::weeks(1);

/// A channel that refused and is left alone for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PausedChannel {
    pub endpoint: Endpoint,
    pub until: DateTime<Utc>,
}

impl PausedChannel {
    /// `endpoint` last refused at `tried`. Mail addresses do not rest: a bounce costs nothing, and the next mail shows
    /// it. That one refused is noted all the same, because a channel then gets what it would be spared otherwise.
    pub fn after(endpoint: Endpoint, tried: DateTime<Utc>) -> Self {
        let until = if matches!(endpoint, Endpoint::Teams { .. }) { tried + REST } else { tried };
        Self { endpoint, until }
    }
}
