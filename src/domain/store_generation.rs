//! Which life of the state something comes from.
//!
//! A store that is lost begins anew, and one that is restored from an export goes back to numbers that were given since.
//! Message-IDs, links and calendar entries leave this program and meet those of another life in mailboxes and calendars:
//! so they carry the generation of the store that they come from.

use chrono::{DateTime, TimeZone, Utc};
use serde::{Deserialize, Serialize};

/// One life of the state: from its beginning, or from the moment at which it took over what another one had exported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreGeneration {
    /// When it began. No two of a deployment begin in the same nanosecond, so this names it.
    pub begun: DateTime<Utc>,
    /// Whether it took over what an earlier one had: numbers of before may have been given once more since.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub took_over: bool,
}

impl StoreGeneration {
    /// Its name, as identities are derived with it.
    pub fn name(&self) -> String {
        let nanoseconds = self.begun.timestamp_nanos_opt().unwrap_or_else(|| self.begun.timestamp());
        format!("{nanoseconds:x}")
    }

    /// The least number of change (`SEQUENCE`) that a calendar entry may have from now on. An entry changes once a minute
    /// at most: the minutes until this life began are more than any life before can have counted.
    pub fn first_change(&self) -> u32 {
        if !self.took_over {
            return 0;
        }
        let counted_from = Utc.with_ymd_and_hms(2020, 1, 1, 0, 0, 0).single().unwrap_or_default();
        u32::try_from((self.begun - counted_from).num_minutes()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures::utc;

    #[test]
    fn a_life_that_took_over_counts_on_beyond_every_one_before() {
        let first = StoreGeneration { begun: utc("2026-11-01T00:00:00Z"), took_over: false };
        let second = StoreGeneration { begun: utc("2026-11-02T00:00:00Z"), took_over: true };
        let third = StoreGeneration { begun: utc("2026-11-03T00:00:00Z"), took_over: true };
        assert_eq!(first.first_change(), 0);
        // A day of changes, one each minute, on the first and on the second.
        assert!(second.first_change() > 24 * 60);
        assert_eq!(third.first_change(), second.first_change() + 24 * 60);
        assert_ne!(first.name(), second.name());
    }
}
