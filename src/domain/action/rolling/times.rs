//! When the members of a plan may begin: hours of the week, days without any, and a first moment.

use std::collections::BTreeSet;

use crate::domain::time_zone::Tz;
use chrono::{DateTime, DurationRound, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::schedule::Hours;

/// How long before the end of the hours a member begins at the latest.
const ROOM: TimeDelta = TimeDelta::minutes(30);

/// Where the hours are open and still nothing may begin, this much later is looked at next.
const STRIDE: TimeDelta = TimeDelta::minutes(15);

/// When members may begin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartTimes {
    /// The zone in which hours and days are meant.
    pub zone: Tz,
    #[serde(with = "as_text")]
    pub hours: Hours,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub freeze: BTreeSet<NaiveDate>,
    pub not_before: DateTime<Utc>,
    /// After this moment no member begins any more: where the hours never end, the end of the forecast and the grace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest: Option<DateTime<Utc>>,
}

impl StartTimes {
    /// The first whole minute from `from` on, and before `end`, at which a member may begin.
    pub fn next(&self, from: DateTime<Utc>, end: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let end = self.latest.map_or(end, |latest| end.min(latest));
        let mut moment = whole_minute(from.max(self.not_before));
        while moment < end {
            let open = whole_minute(self.hours.next_open(self.zone, &self.freeze, moment)?);
            if open < end && self.has_room(open) {
                return Some(open);
            }
            moment = open + STRIDE;
        }
        None
    }

    /// Whether a member may begin at `moment` without running beyond the hours.
    pub fn has_room(&self, moment: DateTime<Utc>) -> bool {
        let last = moment + ROOM - TimeDelta::minutes(1);
        let is_late = self.latest.is_some_and(|latest| latest < moment);
        !is_late && self.not_before <= moment && self.is_open(moment) && self.is_open(last)
    }

    fn is_open(&self, moment: DateTime<Utc>) -> bool {
        let frozen = self.freeze.contains(&moment.with_timezone(&self.zone).date_naive());
        !frozen && self.hours.next_open(self.zone, &self.freeze, moment) == Some(moment)
    }
}

fn whole_minute(moment: DateTime<Utc>) -> DateTime<Utc> {
    let minute = TimeDelta::minutes(1);
    let down = moment.duration_trunc(minute).unwrap_or(moment);
    if down < moment { down + minute } else { down }
}

/// Hours as people write them.
mod as_text {
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    use crate::domain::schedule::Hours;

    pub(super) fn serialize<S: Serializer>(hours: &Hours, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(hours)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Hours, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}
