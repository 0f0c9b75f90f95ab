//! Which epoch of the store something comes from.
//!
//! A store that is lost begins anew, and one that is restored goes back to numbers that were given since. Message-IDs,
//! links and calendar entries leave this program and meet those of another epoch in mailboxes and calendars: so they
//! carry the epoch of the store that they come from, and the moment at which they were made. By the moment they differ
//! even where a copied file was put back, which nobody can see.

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use serde::{Deserialize, Serialize};

/// For so long the changes of a calendar entry are counted one by one.
const FIRST_DAY: TimeDelta = TimeDelta::days(1);

/// An epoch of the store: from its beginning, or from the moment at which it took over what another one had exported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreEpoch {
    /// When it began. No two of a deployment begin in the same nanosecond, so this names it.
    pub begun: DateTime<Utc>,
    /// Whether it took over what an earlier one had: earlier numbers may have been given once more since.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub took_over: bool,
}

impl StoreEpoch {
    /// What identities that are made at `now` are derived with.
    pub fn name_at(&self, now: DateTime<Utc>) -> String {
        let moment = |at: DateTime<Utc>| at.timestamp_nanos_opt().unwrap_or_else(|| at.timestamp());
        format!("{:x}\n{:x}", moment(self.begun), moment(now))
    }

    /// The least number (`SEQUENCE`) of a change of a calendar entry that is made at `now`. An entry changes once a
    /// minute at most, so minutes are more than an epoch before, or one that a copied file has made undone, can have
    /// counted. Of its first day nobody has a copy: then changes are counted one by one.
    pub fn least_change(&self, now: DateTime<Utc>) -> u32 {
        let counted_from = match self.took_over {
            true => Utc.with_ymd_and_hms(2020, 1, 1, 0, 0, 0).single().unwrap_or_default(),
            false => self.begun + FIRST_DAY,
        };
        u32::try_from((now - counted_from).num_minutes()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures::utc;

    #[test]
    fn a_life_that_took_over_counts_on_beyond_every_one_before() {
        let life = |begun, took_over| StoreEpoch { begun: utc(begun), took_over };
        let first = life("2026-11-01T00:00:00Z", false);
        let second = life("2026-11-02T00:00:00Z", true);
        assert_eq!(first.least_change(first.begun), 0);
        assert_eq!(first.least_change(second.begun), 0);
        // Days of changes, one each minute, in the first.
        let last_day = second.begun + FIRST_DAY;
        let last = first.least_change(last_day);
        assert_eq!(last, 24 * 60);
        assert!(second.least_change(second.begun) > last);
        assert_ne!(first.name_at(last_day), second.name_at(last_day));
        assert_ne!(first.name_at(first.begun), first.name_at(last_day));
        // Whoever took over once more, or went back in time, counts on.
        let (third, later) = (life("2026-11-03T00:00:00Z", true), utc("2026-11-03T00:05:00Z"));
        assert!(third.least_change(later) > second.least_change(third.begun));
        assert!(first.least_change(later) > first.least_change(third.begun));
    }
}
