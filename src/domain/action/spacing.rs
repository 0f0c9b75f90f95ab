//! How far apart starts have to be.

use chrono::{DateTime, TimeDelta, Utc};

use super::group_key::GroupKey;

/// How long a machine is assumed to be on its way, for planning the one after it.
const ON_ITS_WAY: TimeDelta = TimeDelta::minutes(15);

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

impl Spacing {
    /// Whether a start of a member of `groups` may begin at `moment`, beside what is `taken`.
    pub fn is_free(&self, moment: DateTime<Utc>, groups: &[GroupKey], taken: &[OccupiedSlot]) -> bool {
        self.holds(moment, groups, taken).next().is_none()
    }

    /// The first moment from `from` on and before `end` at which it may.
    pub fn first_free(
        &self,
        from: DateTime<Utc>,
        end: DateTime<Utc>,
        groups: &[GroupKey],
        taken: &[OccupiedSlot],
    ) -> Option<DateTime<Utc>> {
        let mut moment = from;
        while moment < end {
            let Some(free) = self.holds(moment, groups, taken).max() else { return Some(moment) };
            moment = free;
        }
        None
    }

    /// Until when each thing that speaks against `moment` does.
    fn holds<'a>(
        &'a self,
        moment: DateTime<Utc>,
        groups: &'a [GroupKey],
        taken: &'a [OccupiedSlot],
    ) -> impl Iterator<Item = DateTime<Utc>> + 'a {
        let apart = self.min_gap + ON_ITS_WAY;
        let within = move |other: &OccupiedSlot, span: TimeDelta| (other.begins - moment).abs() < span;
        let in_the_way = move |other: &&OccupiedSlot| {
            within(other, apart) && other.groups.iter().any(|group| groups.contains(group))
        };
        let members = taken.iter().filter(in_the_way).map(move |other| other.begins + apart);
        let limits = self.limits.iter().filter_map(move |(count, span)| {
            let near: Vec<_> = taken.iter().filter(|other| within(other, *span)).collect();
            let earliest = near.iter().map(|other| other.begins + *span).min()?;
            (near.len() >= *count).then_some(earliest)
        });
        members.chain(limits)
    }
}
