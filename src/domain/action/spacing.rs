//! How far apart starts have to be.

use chrono::{DateTime, TimeDelta, Utc};

use super::duration::usual_duration;
use super::group_key::GroupKey;
use super::start::{Start, StartState};

/// When another start begins, and whom it keeps waiting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OccupiedSlot {
    pub begins: DateTime<Utc>,
    pub groups: Vec<GroupKey>,
}

/// What is planned and under way, and what was begun lately: that keeps nobody of a group waiting any more, and still
/// counts for the limits.
pub fn occupied<'a>(
    open: impl Iterator<Item = &'a Start>,
    recent: &[DateTime<Utc>],
    groups_of: impl Fn(&Start) -> Vec<GroupKey>,
    now: DateTime<Utc>,
) -> Vec<OccupiedSlot> {
    let mut lately = recent.to_vec();
    let mut slots: Vec<OccupiedSlot> = Vec::new();
    for start in open {
        let begins = match start.state {
            // One whose moment has come begins now, or as soon as it can.
            StartState::Planned => start.begins.max(now),
            StartState::Claimed { at, .. } | StartState::Accepted { at, .. } => {
                lately.retain(|known| *known != at);
                // Whatever takes longer than usual may end at any moment, and has not ended yet.
                at.max(now - usual_duration())
            }
            StartState::Recovering { since } => {
                if let Some(begun) = lately.iter().rposition(|known| *known <= since) {
                    lately.remove(begun);
                }
                now - usual_duration()
            }
            StartState::Settled { .. } => continue,
        };
        slots.push(OccupiedSlot { begins, groups: groups_of(start) });
    }
    slots.extend(lately.into_iter().map(|begins| OccupiedSlot { begins, groups: Vec::new() }));
    slots
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
        let apart = self.min_gap + usual_duration();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::action::actor::Actor;
    use crate::domain::action::start::{EarlierAttempts, StartEvidence, StartOrigin};
    use crate::domain::fixtures::{utc, window};
    use crate::domain::ids::StartId;

    fn start(state: StartState, begins: DateTime<Utc>) -> Start {
        let window = window("web-01", utc("2026-12-01T08:00:00Z"));
        Start {
            id: StartId::new(&window.id, 1),
            window: window.id,
            revision: window.revision,
            by: Actor::default(),
            origin: StartOrigin::CommandLine,
            decided: begins,
            begins,
            latest: None,
            accepts: None,
            groups: Vec::new(),
            state,
            evidence: StartEvidence::default(),
        }
    }

    #[test]
    fn a_start_that_was_made_lately_counts_for_the_limit_once() {
        let now = utc("2026-12-01T02:05:00Z");
        let spacing = Spacing { min_gap: TimeDelta::minutes(30), limits: vec![(1, TimeDelta::hours(1))] };
        let claimed = utc("2026-12-01T02:03:00Z");
        let free = |open: &[Start]| {
            let taken = occupied(open.iter(), &[claimed], |_| Vec::new(), now);
            (taken.len(), spacing.first_free(now, now + TimeDelta::days(1), &[], &taken))
        };
        assert_eq!(free(&[]), (1, Some(utc("2026-12-01T03:03:00Z"))));
        let before = EarlierAttempts::from(&window("web-01", now).facts);
        let under_way = start(StartState::Claimed { at: claimed, before }, claimed);
        assert_eq!(free(&[under_way]), (1, Some(utc("2026-12-01T03:03:00Z"))));
        assert_eq!(free(&[start(StartState::Recovering { since: now }, claimed)]).0, 1);
    }

    #[test]
    fn a_start_whose_moment_has_come_is_in_the_way_for_as_long_as_it_waits() {
        let now = utc("2026-12-01T05:00:00Z");
        let waiting = start(StartState::Planned, utc("2026-12-01T03:00:00Z"));
        let taken = occupied([waiting].iter(), &[], |_| Vec::new(), now);
        assert_eq!(taken[0].begins, now);
    }
}
