//! The moments at which an order lets maintenance begin.

use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};

use super::sources::OwnerHours;
use super::{QUARTER, StandingOrder};

/// How long before the end of the hours a start begins at the latest.
const ROOM: TimeDelta = TimeDelta::minutes(30);

/// Hours that stay open for longer than this end for no start: its grace does.
const LONG_HOURS: TimeDelta = TimeDelta::hours(72);

impl StandingOrder {
    /// Whether the order lets a start that was planned for `begins` begin now.
    pub fn lets(&self, begins: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        // A moment's delay is nobody's fault; waiting for others may take it beyond the hours.
        self.is_open(begins) && (now <= begins + QUARTER || self.is_open(now))
    }

    /// The last moment at which a start that was planned for `begins` may begin: the end of these very hours, with room
    /// for it; where they do not end, `grace` later.
    pub fn latest(&self, begins: DateTime<Utc>, grace: TimeDelta) -> DateTime<Utc> {
        let mut last = begins;
        while last < begins + LONG_HOURS {
            if !self.is_open(last + QUARTER) {
                return last.max(begins + QUARTER);
            }
            last += QUARTER;
        }
        begins + grace
    }

    /// The first quarter of an hour from `from` on and before `end` that suits, where `free` agrees.
    pub(super) fn next(
        &self,
        from: DateTime<Utc>,
        end: DateTime<Utc>,
        free: impl Fn(DateTime<Utc>) -> bool,
    ) -> Option<DateTime<Utc>> {
        let down = from.duration_trunc(QUARTER).ok()?;
        let mut moment = if down < from { down + QUARTER } else { down };
        while moment < end {
            let openings = self.parts.iter().map(|part| part.opening(&self.freeze, moment));
            let open = openings.collect::<Option<Vec<_>>>()?.into_iter().max()?;
            if open > moment {
                // Hours may begin at any minute, and that is what somebody asked for.
                moment = open;
            } else if self.has_room(moment) && free(moment) {
                return Some(moment);
            } else {
                moment = (moment + QUARTER).duration_trunc(QUARTER).ok()?;
            }
        }
        None
    }

    fn is_open(&self, moment: DateTime<Utc>) -> bool {
        !self.is_frozen(moment)
            && self.parts.iter().all(|part| part.opening(&self.freeze, moment) == Some(moment))
    }

    /// Whether it may begin now without running beyond the hours, if these are long enough at all.
    fn has_room(&self, moment: DateTime<Utc>) -> bool {
        let begin_now = |part: &OwnerHours| part.begins_at(&self.freeze, moment);
        let last = moment + ROOM - TimeDelta::minutes(1);
        !self.is_frozen(moment)
            && !self.is_frozen(last)
            && (self.is_open(last) || self.parts.iter().any(begin_now))
    }

    fn is_frozen(&self, moment: DateTime<Utc>) -> bool {
        self.parts.iter().any(|part| self.freeze.contains(&moment.with_timezone(&part.zone).date_naive()))
    }
}
