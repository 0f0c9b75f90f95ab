//! How old a fact is: what was not read for longer than two looks is said with the time at which it was.

use chrono::{DateTime, TimeDelta, Utc};

/// Two looks at Azure, with room for those that come late.
const TWO_LOOKS: TimeDelta = TimeDelta::hours(2);

/// The time at which something was last read, where that is longer ago than two looks.
pub fn if_old(read: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    read.filter(|read| TWO_LOOKS < now - *read)
}
