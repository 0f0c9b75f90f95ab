//! What a plan does next. One step is one compare-and-swap; asked again with the same facts it gives the same step.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::forecast::{ConcurrentStarts, forecast};
use super::halt::HaltReason;
use super::plan::{ExclusionReason, MemberState, PlanMember, PlanState, RollingPlan};
use crate::domain::action::spacing::Spacing;
use crate::domain::action::start::{Start, StartOutcome, StartRefusal, StartState, StartWait};
use crate::domain::ids::StartId;

/// What is known of everything that a plan depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanFacts {
    pub starts: BTreeMap<StartId, Start>,
    pub spacing: Spacing,
    pub around: ConcurrentStarts,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlanStep {
    /// A member stands elsewhere by now, or is left out.
    Note { member: usize, state: MemberState },
    /// The plan ends.
    End { state: PlanState },
    /// A member's start is planned.
    Plan { member: usize, begins: DateTime<Utc> },
    /// The planned start of a member is taken back.
    Release { member: usize, reason: StartRefusal, then: MemberState },
    /// It is a member's turn: its start begins, when everything allows it.
    Begin { member: usize },
}

/// The next step; `None` when there is nothing to do at `now`.
pub fn step(plan: &RollingPlan, facts: &PlanFacts, now: DateTime<Utc>) -> Option<PlanStep> {
    if let Some(news) = news(plan, facts, now) {
        return Some(news);
    }
    match &plan.state {
        PlanState::Running => running(plan, facts, now),
        PlanState::Paused { by, .. } => {
            let halt = HaltReason::Paused { by: by.clone() };
            release(plan, &halt, |_| true, &MemberState::Waiting)
        }
        PlanState::Cancelled { by, .. } => ended(plan, &HaltReason::Cancelled { by: by.clone() }, now),
        PlanState::Stopped { failed, .. } => {
            ended(plan, &HaltReason::Stopped { failed: failed.clone() }, now)
        }
        PlanState::Finished { .. } => None,
    }
}

/// What became of a member's start.
fn news(plan: &RollingPlan, facts: &PlanFacts, now: DateTime<Utc>) -> Option<PlanStep> {
    plan.members.iter().enumerate().find_map(|(at, member)| {
        let start = member.start()?;
        let known = facts.starts.get(start)?;
        let state = match &known.state {
            StartState::Settled { at, outcome } => came_to(*at, outcome, known.was_refused_at_once()),
            // Azure refused it for now; it is tried again.
            StartState::Planned => match &member.state {
                MemberState::UnderWay { since, .. } => {
                    MemberState::Planned { start: start.clone(), begins: *since }
                }
                _ => return None,
            },
            _ if matches!(member.state, MemberState::UnderWay { .. }) => return None,
            _ => MemberState::UnderWay { start: start.clone(), since: now },
        };
        Some(PlanStep::Note { member: at, state })
    })
}

fn came_to(at: DateTime<Utc>, outcome: &StartOutcome, was_refused_at_once: bool) -> MemberState {
    match outcome {
        StartOutcome::Completed { well: true } => MemberState::Done { at },
        StartOutcome::CalledOff => MemberState::LeftOut { at, why: ExclusionReason::CalledOff },
        StartOutcome::NotBegun { reason } => {
            MemberState::LeftOut { at, why: ExclusionReason::NotBegun { reason: reason.clone() } }
        }
        // That Azure does not let it be started concerns this machine alone, and nothing was begun.
        StartOutcome::Forbidden { code, message } => {
            let reason = StartRefusal::NotPermitted { code: code.clone(), message: message.clone() };
            MemberState::LeftOut { at, why: ExclusionReason::NotBegun { reason } }
        }
        // A request that Azure refused in answer to it began nothing either, whatever its words.
        StartOutcome::Refused { code, message } if was_refused_at_once => {
            let reason = StartRefusal::NotPermitted { code: code.clone(), message: message.clone() };
            MemberState::LeftOut { at, why: ExclusionReason::NotBegun { reason } }
        }
        outcome => MemberState::Failed { at, outcome: outcome.clone() },
    }
}

fn running(plan: &RollingPlan, facts: &PlanFacts, now: DateTime<Utc>) -> Option<PlanStep> {
    let failed = plan.members.iter().find(|member| matches!(member.state, MemberState::Failed { .. }));
    if let Some(failed) = failed {
        let state = PlanState::Stopped { at: now, failed: failed.window.resource.clone() };
        return Some(PlanStep::End { state });
    }
    if plan.members.iter().all(PlanMember::is_over) {
        return Some(PlanStep::End { state: PlanState::Finished { at: now } });
    }
    late(plan, facts, now).or_else(|| plan_next(plan, facts, now)).or_else(|| begin(plan, facts, now))
}

/// The first member whose turn did not come within the hours. Whoever is notified of that hears when it will; where no
/// hours come any more, that it does not.
fn late(plan: &RollingPlan, facts: &PlanFacts, now: DateTime<Utc>) -> Option<PlanStep> {
    let has_room = plan.times.has_room(now);
    let is_late = |member: &PlanMember| matches!(member.state, MemberState::Planned { begins, .. } if begins < now && !has_room);
    let member = plan.members.iter().position(is_late)?;
    let late = plan.members.get(member)?;
    if plan.times.next(now, late.self_service.end()).is_some() {
        let reason = StartRefusal::Halted { halt: Box::new(HaltReason::Late) };
        return Some(PlanStep::Release { member, reason, then: MemberState::Waiting });
    }
    let waits = late.start().and_then(|start| facts.starts.get(start)?.evidence.waits.as_ref());
    let waited = waits.map_or(StartRefusal::DoesNotFit, |wait| wait.why.clone());
    let reason = StartRefusal::TooLate { waited: Some(Box::new(waited)) };
    let why = ExclusionReason::NotBegun { reason: reason.clone() };
    Some(PlanStep::Release { member, reason, then: MemberState::LeftOut { at: now, why } })
}

/// The first member without a planned start gets one, or is left out when it does not fit.
fn plan_next(plan: &RollingPlan, facts: &PlanFacts, now: DateTime<Utc>) -> Option<PlanStep> {
    let is_waiting =
        |at: usize| plan.members.get(at).is_some_and(|member| matches!(member.state, MemberState::Waiting));
    if !(0..plan.members.len()).any(is_waiting) {
        return None;
    }
    let expected = forecast(plan, &facts.spacing, &facts.around, now);
    let next = expected.into_iter().find(|expected| is_waiting(expected.member))?;
    let member = next.member;
    Some(match next.begins {
        Some(begins) => PlanStep::Plan { member, begins },
        None => {
            let state = MemberState::LeftOut { at: now, why: ExclusionReason::DoesNotFit };
            PlanStep::Note { member, state }
        }
    })
}

/// The member whose turn it is.
fn begin(plan: &RollingPlan, facts: &PlanFacts, now: DateTime<Utc>) -> Option<PlanStep> {
    let under_way = |member: &PlanMember| matches!(member.state, MemberState::UnderWay { .. });
    if plan.members.iter().any(under_way) || !plan.times.has_room(now) {
        return None;
    }
    let due = plan.members.iter().enumerate().filter_map(|(at, member)| match member.state {
        MemberState::Planned { begins, .. } if begins <= now => Some((begins, at, member)),
        _ => None,
    });
    let is_kept = |member: &PlanMember| {
        let mut groups = member.groups.iter().filter_map(|key| facts.around.groups.get(key));
        let resource = &member.window.resource;
        groups.any(|group| group.wait(resource, facts.spacing.min_gap, now).is_some())
    };
    let to_come = || plan.members.iter().filter(|member| !member.is_over());
    let free = due.filter(|(_, _, member)| !member.waits_for(to_come()) && !is_kept(member));
    let mut free: Vec<_> = free.map(|(begins, at, member)| (begins, at, own_wait(member, facts))).collect();
    free.sort_by_key(|(begins, at, _)| (*begins, *at));
    // Whom a matter of its own keeps keeps nobody else: it is tried again when no other's turn it is, and of several
    // each has its minute.
    if let Some((_, member, _)) = free.iter().find(|(_, _, wait)| wait.is_none()) {
        return Some(PlanStep::Begin { member: *member });
    }
    let may_try =
        |wait: &Option<&StartWait>| wait.and_then(|wait| wait.until).is_none_or(|until| until <= now);
    let kept: Vec<usize> = free.iter().filter(|(_, _, wait)| may_try(wait)).map(|(_, at, _)| *at).collect();
    let count = i64::try_from(kept.len()).ok().filter(|count| *count > 0)?;
    let turn = usize::try_from((now.timestamp() / 60).rem_euclid(count)).ok()?;
    kept.get(turn).map(|member| PlanStep::Begin { member: *member })
}

/// What a member waits for that is its machine's own matter.
fn own_wait<'a>(member: &PlanMember, facts: &'a PlanFacts) -> Option<&'a StartWait> {
    let start = facts.starts.get(member.start()?)?;
    start.evidence.waits.as_ref().filter(|wait| wait.why.is_its_own())
}

/// What is left to do once no member begins any more.
fn ended(plan: &RollingPlan, halt: &HaltReason, now: DateTime<Utc>) -> Option<PlanStep> {
    let left_out = MemberState::LeftOut { at: now, why: ExclusionReason::Ended };
    release(plan, halt, |_| true, &left_out).or_else(|| {
        let waiting = |member: &PlanMember| matches!(member.state, MemberState::Waiting);
        let member = plan.members.iter().position(waiting)?;
        Some(PlanStep::Note { member, state: left_out.clone() })
    })
}

fn release(
    plan: &RollingPlan,
    halt: &HaltReason,
    which: impl Fn(&PlanMember) -> bool,
    then: &MemberState,
) -> Option<PlanStep> {
    let planned = |member: &PlanMember| matches!(member.state, MemberState::Planned { .. }) && which(member);
    let member = plan.members.iter().position(planned)?;
    let reason = StartRefusal::Halted { halt: Box::new(halt.clone()) };
    Some(PlanStep::Release { member, reason, then: then.clone() })
}
