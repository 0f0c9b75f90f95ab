//! Rolling plans: makes them, and gives each member its turn.
//!
//! [`step`] says what is next from the plan and the facts around it; here it is done. Each step is one batch on the
//! plan's ETag, together with the start that it is about. A process killed between two steps leaves nothing half done,
//! and the next run takes the next step. What has happened is written down as far as it goes in one run; a run begins
//! one member of a plan at most.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::start::{StartRequest, begin_planned, event, may_be_planned, new_start, note, spacing};
use super::{App, ServiceError, log_unreadable};
use crate::domain::action::Actor;
use crate::domain::action::audit::{AuditAction, AuditEvent};
use crate::domain::action::group_key::groups;
use crate::domain::action::rolling::{
    ConcurrentStarts, ExclusionReason, MemberState, PlanFacts, PlanMember, PlanState, PlanStep, RollingPlan,
    forecast, step,
};
use crate::domain::action::spacing::OccupiedSlot;
use crate::domain::action::start::{Start, StartOrigin, StartOutcome, StartRefusal, StartState};
use crate::domain::ids::{MessageId, PlanId, StartId};
use crate::domain::schedule::Hours;
use crate::http::causes::chain;
use crate::store::repository::ActionTransaction;

/// How many steps of one plan a run takes at most; each member takes a few in its life.
const MOST_STEPS: usize = 200;

/// Keeps a new plan and plans the starts of its members. The same plan made again is the one that is there.
///
/// # Errors
/// When the store cannot be read or written. Making it again is safe.
pub async fn make_plan(app: &App, plan: &RollingPlan) -> Result<(), ServiceError> {
    let plan = &bounded(app, plan).await?;
    let detail = format!("{} machines", plan.members.len());
    let made = turned(plan, &plan.by, "made", Some(detail), plan.made);
    if app.repository.make_plan(plan, &made).await? {
        tracing::info!(plan = %plan.id, members = plan.members.len(), "made a rolling plan");
    }
    // The timer does it, should this not be possible now.
    if let Err(error) = follow_plan(app, &plan.id).await {
        tracing::warn!(error = chain(&error), plan = %plan.id, "the members of a rolling plan could not be planned yet");
    }
    Ok(())
}

/// The plan with its last moment: where its hours never end, the end of its forecast and the grace.
async fn bounded(app: &App, plan: &RollingPlan) -> Result<RollingPlan, ServiceError> {
    let mut plan = plan.clone();
    if plan.times.hours == Hours::Always && plan.times.latest.is_none() {
        let around = concurrent_starts(app, &plan).await?;
        let expected = forecast(&plan, &spacing(app), &around, plan.made);
        let last = expected.iter().filter_map(|member| member.begins).max();
        plan.times.latest = last.map(|last| last + app.start_rules.grace);
    }
    Ok(plan)
}

/// What somebody does with a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlanCommand {
    /// No member begins until it is resumed.
    Pause,
    Resume,
    /// It ends. What is under way goes on, because it cannot be stopped.
    Cancel,
}

/// Pauses, resumes or cancels a plan; whether that changed anything. A `form`, by its one-time key, does so once.
///
/// # Errors
/// When the store cannot be read or written. Trying again is safe.
pub async fn command_plan(
    app: &App,
    id: &PlanId,
    command: PlanCommand,
    (by, form): (&Actor, Option<&str>),
) -> Result<bool, ServiceError> {
    let now = app.clock.now();
    let change = |plan: &mut RollingPlan| {
        if form.is_some_and(|form| !plan.take_form(form)) {
            return None;
        }
        let paused = match &plan.state {
            PlanState::Paused { at, .. } => Some(*at),
            _ => None,
        };
        let (turn, changed) = match command {
            PlanCommand::Pause => ("paused", plan.pause(by.clone(), now)),
            PlanCommand::Resume => ("resumed", plan.resume()),
            PlanCommand::Cancel => ("cancelled", plan.cancel(by.clone(), now)),
        };
        // Whoever resumes a plan wants the rest of it: its last moment moves by as long as it was paused.
        if let (PlanCommand::Resume, true, Some(paused), Some(latest)) =
            (command, changed, paused, plan.times.latest)
        {
            plan.times.latest = Some(latest + (now - paused));
        }
        changed.then(|| vec![turned(plan, by, turn, None, now)])
    };
    let changed = app.repository.change_plan(id, change).await?.is_some();
    if let Err(error) = follow_plan(app, id).await {
        tracing::warn!(error = chain(&error), plan = %id, "the members of a rolling plan could not be changed yet");
    }
    Ok(changed)
}

/// Brings every plan as far as it goes now.
///
/// # Errors
/// When the store cannot be read. A plan that cannot be followed now is logged; the next run tries again.
pub async fn follow_plans(app: &App) -> Result<(), ServiceError> {
    let open = app.repository.open_plans().await?;
    log_unreadable("a rolling plan", &open.unreadable);
    for plan in open.values() {
        match follow_plan(app, &plan.id).await {
            Err(error) if !error.is_conflict() => {
                tracing::error!(error = chain(&error), plan = %plan.id, "a rolling plan could not be followed");
            }
            _ => {}
        }
    }
    Ok(())
}

/// Brings one plan as far as it goes now.
async fn follow_plan(app: &App, id: &PlanId) -> Result<(), ServiceError> {
    let now = app.clock.now();
    refresh(app, id).await?;
    let mut facts = None;
    for _ in 0..MOST_STEPS {
        let Some(plan) = app.repository.plan(id).await?.filter(|plan| !plan.is_over()) else { break };
        let facts = match &mut facts {
            Some(facts) => facts,
            none => none.insert(facts_of(app, &plan).await?),
        };
        let Some(step) = step(&plan, facts, now) else { break };
        tracing::info!(plan = %plan.id, ?step, "a rolling plan goes on");
        if !take(app, &plan, step, now).await? {
            break;
        }
    }
    Ok(())
}

/// Gives the members that have no start yet the dates as they are now: these may have moved while the plan was paused or
/// waited for its hours.
async fn refresh(app: &App, id: &PlanId) -> Result<(), ServiceError> {
    let Some(plan) = app.repository.plan(id).await?.filter(|plan| plan.state == PlanState::Running) else {
        return Ok(());
    };
    let mut fresh = plan.clone();
    for member in fresh.members.iter_mut().filter(|member| member.state == MemberState::Waiting) {
        if let Some(row) = app.repository.window(&member.window).await? {
            member.takes_dates_of(&row.value.window);
        }
    }
    if fresh != plan {
        let change = |current: &mut RollingPlan| {
            (*current == plan).then(|| *current = fresh.clone())?;
            Some(Vec::new())
        };
        app.repository.change_plan(id, change).await?;
    }
    Ok(())
}

/// What everything around the plan looks like. What changes while its steps are taken makes them fail, not go wrong.
async fn facts_of(app: &App, plan: &RollingPlan) -> Result<PlanFacts, ServiceError> {
    let open = app.repository.open_starts().await?;
    log_unreadable("a start", &open.unreadable);
    let open: BTreeMap<StartId, Start> =
        open.rows.into_iter().map(|row| (row.value.id.clone(), row.value)).collect();
    let mut starts = BTreeMap::new();
    for id in plan.members.iter().filter_map(PlanMember::start) {
        let start = match open.get(id) {
            Some(start) => Some(start.clone()),
            None => app.repository.start(id).await?,
        };
        starts.extend(start.map(|start| (id.clone(), start)));
    }
    Ok(PlanFacts { starts, spacing: spacing(app), around: concurrent_starts(app, plan).await? })
}

/// The starts that go on beside a plan.
pub async fn concurrent_starts(app: &App, plan: &RollingPlan) -> Result<ConcurrentStarts, ServiceError> {
    let keys: BTreeSet<_> = plan.members.iter().flat_map(|member| member.groups.iter().cloned()).collect();
    let groups = app.repository.groups(&keys).await?;
    let planned = planned_beside(app, plan).await?;
    Ok(ConcurrentStarts { groups, recent: app.repository.recent_starts().await?, planned })
}

/// What is planned beside a plan, by people, orders and other plans. One read, and one for each of them.
async fn planned_beside(app: &App, plan: &RollingPlan) -> Result<Vec<OccupiedSlot>, ServiceError> {
    let open = app.repository.open_starts().await?;
    let beside = open.values().filter(|start| {
        let its_own = matches!(&start.origin, StartOrigin::RollingPlan { plan: of } if *of == plan.id);
        start.state == StartState::Planned && !its_own
    });
    let mut slots = Vec::new();
    for start in beside {
        let row = app.repository.window(&start.window).await?;
        let tag = &app.start_rules.cluster_tag;
        let groups = row.map(|row| groups(&row.value.window.machine, tag)).unwrap_or_default();
        slots.push(OccupiedSlot { begins: start.begins, groups });
    }
    Ok(slots)
}

/// Takes one step; whether there may be another in this run.
async fn take(
    app: &App,
    plan: &RollingPlan,
    step: PlanStep,
    now: DateTime<Utc>,
) -> Result<bool, ServiceError> {
    match step {
        PlanStep::Note { member, state } => set(app, plan, member, &state).await,
        PlanStep::End { state } => {
            let (turn, detail) = match &state {
                PlanState::Stopped { failed, .. } => ("stopped", Some(failed.to_string())),
                _ => ("finished", None),
            };
            let change = |current: &mut RollingPlan| {
                (current == plan).then(|| current.state = state.clone())?;
                Some(vec![turned(plan, &plan.by, turn, detail.clone(), now)])
            };
            Ok(app.repository.change_plan(&plan.id, change).await?.is_some())
        }
        PlanStep::Plan { member, begins } => plan_start(app, plan, member, begins, now).await,
        PlanStep::Release { member, reason, then } => release(app, plan, member, &then, &reason, now).await,
        PlanStep::Begin { member } => {
            if let Some(id) = plan.members.get(member).and_then(PlanMember::start)
                && let Some(start) = app.repository.start(id).await?
            {
                begin_planned(app, &start, Some(plan)).await?;
            }
            Ok(false)
        }
    }
}

async fn set(app: &App, plan: &RollingPlan, at: usize, state: &MemberState) -> Result<bool, ServiceError> {
    let change = |current: &mut RollingPlan| {
        (current == plan).then(|| put(current, at, state.clone()))?;
        Some(Vec::new())
    };
    Ok(app.repository.change_plan(&plan.id, change).await?.is_some())
}

fn put(plan: &mut RollingPlan, at: usize, state: MemberState) {
    if let Some(member) = plan.members.get_mut(at) {
        member.state = state;
    }
}

/// Plans the start of a member, unless that cannot be any more.
async fn plan_start(
    app: &App,
    plan: &RollingPlan,
    at: usize,
    begins: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<bool, ServiceError> {
    let Some(member) = plan.members.get(at) else { return Ok(false) };
    let row = app.repository.window(&member.window).await?;
    let allowed = match &row {
        // Its moment decides, whatever became of the dates.
        Some(row) => may_be_planned(&row.value.window, (row.value.window.revision, None), begins, now),
        None => Err(StartRefusal::Over),
    };
    let revision = row.map_or(member.revision, |row| row.value.window.revision);
    if let Err(reason) = allowed {
        let state = MemberState::LeftOut { at: now, why: ExclusionReason::NotBegun { reason } };
        return set(app, plan, at, &state).await;
    }
    let request = StartRequest {
        window: member.window.clone(),
        revision,
        by: plan.by.clone(),
        origin: StartOrigin::RollingPlan { plan: plan.id.clone() },
        accepts: None,
        begins: Some(begins),
    };
    let decide = |transaction: &mut ActionTransaction| {
        if transaction.plan.as_ref() != Some(plan) {
            return false;
        }
        let state = match transaction.actions.open_start() {
            Some(_) => MemberState::LeftOut { at: now, why: ExclusionReason::Elsewhere },
            None => {
                let start = new_start(transaction, &request, (begins, None), StartState::Planned, now);
                MemberState::Planned { start: start.id, begins }
            }
        };
        if let Some(plan) = &mut transaction.plan {
            put(plan, at, state);
        }
        true
    };
    let done = app.repository.decide_in_plan(&plan.id, &member.window, &[], decide).await?;
    super::sync_assignments::sync_assignments(app, &member.window).await?;
    Ok(done)
}

/// Cancels the planned start of a member.
async fn release(
    app: &App,
    plan: &RollingPlan,
    at: usize,
    then: &MemberState,
    reason: &StartRefusal,
    now: DateTime<Utc>,
) -> Result<bool, ServiceError> {
    let Some(member) = plan.members.get(at) else { return Ok(false) };
    let decide = |transaction: &mut ActionTransaction| {
        let planned = transaction.start.clone().filter(|start| Some(&start.id) == member.start());
        let planned = planned.filter(|start| matches!(start.state, StartState::Planned));
        let (Some(start), true) = (planned, transaction.plan.as_ref() == Some(plan)) else { return false };
        let outcome = StartOutcome::NotBegun { reason: reason.clone() };
        let action = AuditAction::Settled { start: start.id.clone(), outcome: outcome.clone() };
        transaction.events.push(event(plan.by.clone(), &member.window, &start.origin, action, now));
        note(transaction, &Start { state: StartState::Settled { at: now, outcome }, ..start });
        if let Some(plan) = &mut transaction.plan {
            put(plan, at, then.clone());
        }
        true
    };
    let done = app.repository.decide_in_plan(&plan.id, &member.window, &[], decide).await?;
    super::sync_assignments::sync_assignments(app, &member.window).await?;
    Ok(done)
}

/// What the audit trail says of a plan.
fn turned(
    plan: &RollingPlan,
    actor: &Actor,
    turn: &str,
    detail: Option<String>,
    at: DateTime<Utc>,
) -> AuditEvent {
    let action = AuditAction::Plan { plan: plan.id.clone(), turn: turn.to_owned(), detail };
    let message: Option<MessageId> = Some(plan.message.clone());
    AuditEvent { at, actor: actor.clone(), action, window: None, message }
}
