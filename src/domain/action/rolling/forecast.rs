//! When each member of a plan is expected to begin, and which do not fit before self-service ends.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::plan::{MemberState, PlanMember, RollingPlan};
use crate::domain::action::anti_affinity::GroupState;
use crate::domain::action::duration::usual_duration;
use crate::domain::action::group_key::GroupKey;
use crate::domain::action::spacing::{OccupiedSlot, Spacing};

/// What goes on beside the plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConcurrentStarts {
    pub groups: BTreeMap<GroupKey, GroupState>,
    /// When starts were claimed lately, of whatever machine.
    pub recent: Vec<DateTime<Utc>>,
    /// What is planned beside the plan.
    pub planned: Vec<OccupiedSlot>,
}

/// What is expected of one member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExpectedMember {
    pub member: usize,
    /// When it begins; `None` when it does not fit.
    pub begins: Option<DateTime<Utc>>,
}

/// The members that have not begun, in the order in which they are expected to, those that do not fit at the end. It
/// goes by what is known at `now`: no pause, nobody slow, nobody in between.
pub fn forecast(
    plan: &RollingPlan,
    spacing: &Spacing,
    around: &ConcurrentStarts,
    now: DateTime<Utc>,
) -> Vec<ExpectedMember> {
    // Before its first moment a plan looks the same at every moment: what was read is what is planned.
    let now = now.max(plan.times.not_before);
    let mut course = ForecastState::new(plan, spacing, around, now);
    let has_not_begun =
        |member: &PlanMember| matches!(member.state, MemberState::Waiting | MemberState::Planned { .. });
    let mut left: Vec<(usize, &PlanMember)> =
        plan.members.iter().enumerate().filter(|(_, member)| has_not_begun(member)).collect();
    let mut expected = Vec::new();
    loop {
        let candidates =
            left.iter().filter(|(_, member)| !member.waits_for(left.iter().map(|(_, other)| *other)));
        // Who does not fit now never will, and keeps nobody waiting. Of the others, who can begin first does, and of
        // several those whose time runs out first.
        let next = candidates
            .map(|(at, member)| (course.earliest(member), member.self_service.end(), &member.window, *at))
            .min();
        let Some((begins, _, _, at)) = next else { break };
        if let (Some(begins), Some(member)) = (begins, plan.members.get(at)) {
            course.take(member, begins);
        }
        expected.push(ExpectedMember { member: at, begins });
        left.retain(|(other, _)| *other != at);
    }
    expected.sort_by_key(|expected| expected.begins.is_none());
    expected
}

/// How far the forecast has come.
struct ForecastState<'a> {
    plan: &'a RollingPlan,
    spacing: &'a Spacing,
    /// When the next member may begin.
    free: DateTime<Utc>,
    /// When the next member of each group may.
    groups: BTreeMap<GroupKey, DateTime<Utc>>,
    claimed: Vec<DateTime<Utc>>,
    planned: &'a [OccupiedSlot],
}

impl<'a> ForecastState<'a> {
    fn new(
        plan: &'a RollingPlan,
        spacing: &'a Spacing,
        around: &'a ConcurrentStarts,
        now: DateTime<Utc>,
    ) -> Self {
        let on_its_way = |since: DateTime<Utc>| now.max(since + usual_duration());
        let free = |group: &GroupState| {
            let others = (!group.under_way.is_empty()).then(|| now + usual_duration());
            Some(others.max(group.confirmed)? + spacing.min_gap)
        };
        let mut course = Self {
            plan,
            spacing,
            free: now,
            groups: around
                .groups
                .iter()
                .filter_map(|(key, group)| Some((key.clone(), free(group)?)))
                .collect(),
            claimed: around.recent.clone(),
            planned: &around.planned,
        };
        for member in &plan.members {
            if let MemberState::UnderWay { since, .. } = member.state {
                course.done(member, on_its_way(since));
            }
        }
        course.claimed.sort();
        course
    }

    /// The earliest moment at which `member` can begin, when that leaves it enough of self-service.
    fn earliest(&self, member: &PlanMember) -> Option<DateTime<Utc>> {
        let planned = match member.state {
            MemberState::Planned { begins, .. } => Some(begins),
            _ => None,
        };
        let groups = member.groups.iter().filter_map(|key| self.groups.get(key).copied());
        let mut from = self.free.max(member.self_service.start()).max(planned.unwrap_or(self.free));
        from = groups.fold(from, DateTime::max);
        // What is left of self-service has to be enough for the machine to be on its way.
        let end = member.self_service.end() - usual_duration();
        loop {
            let moment = self.plan.times.next(from, end)?;
            let held = self.limited_until(moment).filter(|until| moment < *until);
            match held.max(self.beside_planned(member, moment, end)?) {
                Some(until) => from = until,
                None => return Some(moment),
            }
        }
    }

    /// When `member` may begin beside what else is planned, where `moment` is too near to that; `None` when not before
    /// `end`. Whoever's start is planned already was told its time, and waits for its turn.
    fn beside_planned(
        &self,
        member: &PlanMember,
        moment: DateTime<Utc>,
        end: DateTime<Utc>,
    ) -> Option<Option<DateTime<Utc>>> {
        if matches!(member.state, MemberState::Planned { .. }) {
            return Some(None);
        }
        let free = self.spacing.first_free(moment, end, &member.groups, self.planned)?;
        Some((moment < free).then_some(free))
    }

    /// Until when the limit would hold a start at `moment`.
    fn limited_until(&self, moment: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let limits = self.spacing.limits.iter();
        let holds = limits.filter_map(|(count, span)| {
            let within = self.claimed.iter().filter(|at| moment - *span < **at && **at <= moment);
            let within: Vec<_> = within.collect();
            let oldest = within.len().checked_sub(*count).and_then(|surplus| within.get(surplus))?;
            Some(**oldest + *span)
        });
        holds.max()
    }

    fn take(&mut self, member: &PlanMember, begins: DateTime<Utc>) {
        self.claimed.push(begins);
        self.done(member, begins + usual_duration());
    }

    fn done(&mut self, member: &PlanMember, at: DateTime<Utc>) {
        self.free = self.free.max(at);
        for key in &member.groups {
            self.groups.insert(key.clone(), at + self.spacing.min_gap);
        }
    }
}
