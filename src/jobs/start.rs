//! Starts self-service maintenance, now or at a time, for links, standing orders and the command line alike.
//!
//! The machine's own record is read just before; the decision, its group, the brake and the audit trail are one
//! batch; then the start is posted, once, by whoever wrote that batch. A process killed in between leaves a start
//! that is claimed: [`super::follow_starts`] finds out by looking what became of it, and posts nothing.

mod planned;

use chrono::{DateTime, Utc};

use super::{App, JobError};
use crate::azure::ArmClient;
use crate::azure::compute::{MachineRead, PostedStart, ask_from, post_start, read_machine};
use crate::domain::action::Actor;
use crate::domain::action::audit::{AuditAction, AuditEvent};
use crate::domain::action::group_key::groups;
use crate::domain::action::hours::OrderedHours;
use crate::domain::action::response::{StartStatus, StartSummary};
use crate::domain::action::start::{
    EarlierAttempts, Start, StartFacts, StartOrigin, StartOutcome, StartRefusal, StartState, may_begin,
    may_plan,
};
use crate::domain::action::start_rules::{StartRules, StartsAs};
use crate::domain::ids::{MessageId, StartId};
use crate::domain::machine::Machine;
use crate::domain::observation::Reading;
use crate::domain::resource::ResourceKind;
use crate::domain::window::{MaintenanceWindow, Revision, WindowId};
use crate::store::repository::ActionTransaction;

pub(super) use planned::begin_planned;

/// What somebody wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartRequest {
    /// What is to be started.
    pub window: WindowId,
    /// The dates that they saw.
    pub revision: Revision,
    /// Who.
    pub by: Actor,
    /// What led to it.
    pub origin: StartOrigin,
    /// At a time of their choosing, or now.
    pub begins: Option<DateTime<Utc>>,
}

/// What became of a wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StartResult {
    /// It is under way, or ended at once, as the start's state says.
    Begun(Box<Start>),
    /// It begins at its time.
    Planned(Box<Start>),
    /// Somebody else was first.
    Already(Box<StartSummary>),
    /// It is not done.
    Refused(StartRefusal),
}

/// Grants a wish, or says why not. Everything is written before this answers.
///
/// # Errors
/// When the store cannot be read or written. Asking again is safe.
pub async fn start(app: &App, request: &StartRequest) -> Result<StartResult, JobError> {
    start_as(app, request, None).await
}

/// The same; where starts are made with the rights of whoever clicks, `own` is Azure with theirs.
///
/// # Errors
/// As [`start`].
pub async fn start_as(
    app: &App,
    request: &StartRequest,
    own: Option<&ArmClient>,
) -> Result<StartResult, JobError> {
    let own = own.filter(|_| app.start_rules.acts_as == StartsAs::User);
    let now = app.clock.now();
    // Whoever comes late is answered without asking Azure anything.
    if let Some(open) = app.repository.actions(&request.window).await?.open_start() {
        return Ok(StartResult::Already(Box::new(open.clone())));
    }
    let answer = match ground(app, request, own.is_some(), now).await? {
        Err(refusal) => StartResult::Refused(refusal),
        Ok(ground) => match request.begins {
            Some(begins) => plan(app, request, begins, now).await?,
            None => claim(app, request, &ground, now).await?,
        },
    };
    match &answer {
        StartResult::Begun(start) if matches!(start.state, StartState::Claimed { .. }) => {
            let start = post(app, start, own).await?;
            super::sync_assignments::show(app, &request.window).await?;
            return Ok(StartResult::Begun(Box::new(start)));
        }
        StartResult::Refused(refusal) => {
            let action = AuditAction::Declined { reason: refusal.to_string() };
            let event = event(request.by.clone(), &request.window, &request.origin, action, now);
            app.repository
                .decide(&request.window, &[], |transaction| transaction.happenings.push(event.clone()))
                .await?;
        }
        _ => super::sync_assignments::show(app, &request.window).await?,
    }
    Ok(answer)
}

/// What was read of a machine that may be started.
struct VerifiedMachine {
    machine: Machine,
    reading: Reading,
}

/// Checks everything that does not depend on what others decide at the same moment.
async fn ground(
    app: &App,
    request: &StartRequest,
    has_own: bool,
    now: DateTime<Utc>,
) -> Result<Result<VerifiedMachine, StartRefusal>, JobError> {
    if let Err(refusal) = rules_allow(app).and_then(|()| rights_allow(app, request, has_own)) {
        return Ok(Err(refusal));
    }
    let Some(row) = app.repository.window(&request.window).await? else { return Ok(Err(StartRefusal::Over)) };
    let window = row.value.window;
    if let Some(begins) = request.begins {
        let allowed = may_be_planned(&window, request.revision, begins, now);
        return Ok(
            allowed.map(|()| VerifiedMachine { reading: Reading::NothingPlanned, machine: window.machine })
        );
    }
    Ok(look(app, &window, request.revision, now).await)
}

fn rules_allow(app: &App) -> Result<(), StartRefusal> {
    match (app.start_rules.enabled, app.starts_paused) {
        (false, _) => Err(StartRefusal::Disabled),
        (true, true) => Err(StartRefusal::Paused),
        (true, false) => Ok(()),
    }
}

/// Where starts are made with the rights of whoever clicks, nothing is started without them. On the command line they
/// are those of the identity that it runs with.
fn rights_allow(app: &App, request: &StartRequest, has_own: bool) -> Result<(), StartRefusal> {
    let is_theirs = match request.origin {
        StartOrigin::Link { .. } => has_own,
        StartOrigin::CommandLine => true,
        StartOrigin::StandingOrder { .. } | StartOrigin::RollingPlan { .. } => false,
    };
    let allowed = app.start_rules.acts_as == StartsAs::App || is_theirs && request.begins.is_none();
    if allowed { Ok(()) } else { Err(StartRefusal::OwnRights) }
}

fn has_self_start(window: &MaintenanceWindow) -> Result<(), StartRefusal> {
    if window.machine.tenant.is_some() {
        return Err(StartRefusal::OtherTenant);
    }
    match window.id.resource.kind() {
        ResourceKind::Vm | ResourceKind::ScaleSetInstance => Ok(()),
        _ => Err(StartRefusal::NoSelfStart),
    }
}

fn same_dates(window: &MaintenanceWindow, revision: Revision) -> Result<(), StartRefusal> {
    if window.revision == revision {
        Ok(())
    } else {
        Err(StartRefusal::Moved { schedule: window.facts.schedule })
    }
}

/// Whether a start of these dates may be planned for `begins`.
pub(super) fn may_be_planned(
    window: &MaintenanceWindow,
    revision: Revision,
    begins: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), StartRefusal> {
    has_self_start(window)?;
    same_dates(window, revision)?;
    may_plan(window, begins, now)
}

/// Reads the machine and says whether it may be started at this moment.
async fn look(
    app: &App,
    window: &MaintenanceWindow,
    revision: Revision,
    now: DateTime<Utc>,
) -> Result<VerifiedMachine, StartRefusal> {
    has_self_start(window)?;
    let record = match read_machine(&app.arm, &window.id.resource).await {
        MachineRead::Machine(record) => record,
        MachineRead::Gone => return Err(StartRefusal::Over),
        MachineRead::Unseen(problem) => return Err(StartRefusal::Unseen { problem }),
        MachineRead::Unreadable(record) => return Err(StartRefusal::Unseen { problem: record.problem }),
    };
    let (fresh, reading) = record.into_machine();
    let zone = app.policy().zone();
    may_begin(StartFacts { window, reading: &reading, power: &fresh.power, zone }, revision, now)?;
    // Its place is as fresh as the read, and its tags as complete as collect found them.
    let tags = crate::domain::tags::TagChain {
        resource: fresh.tags.resource.clone(),
        ..window.machine.tags.clone()
    };
    Ok(VerifiedMachine { machine: Machine { tags, ..fresh }, reading })
}

/// Writes down that the start begins at `begins`.
async fn plan(
    app: &App,
    request: &StartRequest,
    begins: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<StartResult, JobError> {
    let decide = |transaction: &mut ActionTransaction| {
        if let Some(open) = transaction.actions.open_start() {
            return StartResult::Already(Box::new(open.clone()));
        }
        let start = new_start(transaction, request, begins, StartState::Planned, now);
        StartResult::Planned(Box::new(start))
    };
    Ok(app.repository.decide(&request.window, &[], decide).await?)
}

/// Claims a start: from here on it is this process's to post.
async fn claim(
    app: &App,
    request: &StartRequest,
    ground: &VerifiedMachine,
    now: DateTime<Utc>,
) -> Result<StartResult, JobError> {
    let Reading::Planned(facts) = &ground.reading else {
        return Ok(StartResult::Refused(StartRefusal::Over));
    };
    let keys = groups(&ground.machine, &app.start_rules.cluster_tag);
    let before = EarlierAttempts::from(facts);
    let decide = |transaction: &mut ActionTransaction| {
        if let Some(open) = transaction.actions.open_start() {
            return StartResult::Already(Box::new(open.clone()));
        }
        if let Err(refusal) = others_allow(transaction, &app.start_rules, request, now) {
            return StartResult::Refused(refusal);
        }
        let state = StartState::Claimed { at: now, before: before.clone() };
        let start = new_start(transaction, request, now, state, now);
        enter(transaction, &start, now);
        StartResult::Begun(Box::new(start))
    };
    Ok(app.repository.decide(&request.window, &keys, decide).await?)
}

/// Whether the machine's groups and the brake let it start now.
fn others_allow(
    transaction: &ActionTransaction,
    rules: &StartRules,
    request: &StartRequest,
    now: DateTime<Utc>,
) -> Result<(), StartRefusal> {
    let wait = transaction
        .groups
        .values()
        .find_map(|group| group.wait(&request.window.resource, rules.min_gap, now));
    if let Some(wait) = wait {
        return Err(StartRefusal::Gap { wait });
    }
    for allowance in rules.limit.allowances() {
        let since = now - allowance.window;
        let lately: Vec<_> = transaction.recent.iter().filter(|at| **at > since).collect();
        let count = usize::try_from(allowance.count).unwrap_or(usize::MAX);
        if let Some(surplus) = lately.len().checked_sub(count)
            && let Some(oldest) = lately.get(surplus)
        {
            return Err(StartRefusal::Brake { until: **oldest + allowance.window });
        }
    }
    Ok(())
}

pub(super) fn new_start(
    transaction: &mut ActionTransaction,
    request: &StartRequest,
    begins: DateTime<Utc>,
    state: StartState,
    now: DateTime<Utc>,
) -> Start {
    transaction.actions.attempts += 1;
    let start = Start {
        id: StartId::new(&request.window, transaction.actions.attempts),
        window: request.window.clone(),
        revision: request.revision,
        by: request.by.clone(),
        origin: request.origin.clone(),
        decided: now,
        begins,
        groups: transaction.groups.keys().cloned().collect(),
        state,
    };
    let action = AuditAction::Decided { start: start.id.clone(), begins };
    transaction.happenings.push(event(request.by.clone(), &request.window, &request.origin, action, now));
    note(transaction, &start);
    start
}

/// The start is on its way: its groups know, the brake counts it, and the trail says so.
fn enter(transaction: &mut ActionTransaction, start: &Start, now: DateTime<Utc>) {
    for group in transaction.groups.values_mut() {
        group.enter(start.window.resource.clone(), start.id.clone());
    }
    transaction.recent.push(now);
    let action = AuditAction::Claimed { start: start.id.clone() };
    transaction.happenings.push(event(start.by.clone(), &start.window, &start.origin, action, now));
}

/// Puts the start, as it is now, where it is kept and where others see it.
pub(super) fn note(transaction: &mut ActionTransaction, start: &Start) {
    let status = match &start.state {
        StartState::Planned => StartStatus::Planned,
        StartState::Settled { at, outcome } => StartStatus::Settled { at: *at, outcome: outcome.clone() },
        _ => StartStatus::UnderWay,
    };
    transaction.actions.note_start(StartSummary {
        id: start.id.clone(),
        by: start.by.clone(),
        decided: start.decided,
        begins: start.begins,
        revision: start.revision,
        plan: match &start.origin {
            StartOrigin::RollingPlan { plan } => Some(plan.clone()),
            _ => None,
        },
        status,
        ordered: match &start.origin {
            StartOrigin::StandingOrder { hours, sources } => {
                Some(OrderedHours { hours: hours.clone(), sources: sources.clone() })
            }
            _ => None,
        },
    });
    transaction.start = Some(start.clone());
}

/// Posts a claimed start, with the rights of `own` or the notifier's, and writes down what Azure said. Only whoever
/// wrote the claim may call it, and only once.
async fn post(app: &App, start: &Start, own: Option<&ArmClient>) -> Result<Start, JobError> {
    let resource = &start.window.resource;
    let posted = post_start(own.unwrap_or(&app.starter), resource, app.clock.now()).await;
    let now = app.clock.now();
    tracing::info!(start = %start.id, window = %start.window, ?posted, "a start was posted");
    let changed = super::follow_starts::change(app, start, |start| match (&start.state, &posted) {
        (StartState::Claimed { at, before }, PostedStart::Accepted { operation, correlation, wait }) => {
            Some(StartState::Accepted {
                at: *at,
                before: before.clone(),
                operation: operation.clone(),
                correlation: correlation.clone(),
                ask_from: wait.and_then(|wait| ask_from(wait, now)),
            })
        }
        (StartState::Claimed { .. }, PostedStart::Forbidden { code, message }) => {
            let outcome = StartOutcome::Forbidden { code: code.clone(), message: message.clone() };
            Some(StartState::Settled { at: now, outcome })
        }
        (StartState::Claimed { .. }, PostedStart::Refused { code, message }) => {
            let outcome = StartOutcome::Refused { code: code.clone(), message: message.clone() };
            Some(StartState::Settled { at: now, outcome })
        }
        // Without an answer it stays claimed, and is looked for.
        _ => None,
    });
    let changed = changed.await?.unwrap_or_else(|| start.clone());
    if own.is_none() {
        match &posted {
            PostedStart::Forbidden { message, .. } => {
                super::start_permissions::refused(app, resource, message, now).await?
            }
            PostedStart::Accepted { .. } => super::start_permissions::granted(app, resource).await?,
            _ => {}
        }
    }
    Ok(changed)
}

pub(super) fn event(
    actor: Actor,
    window: &WindowId,
    origin: &StartOrigin,
    action: AuditAction,
    at: DateTime<Utc>,
) -> AuditEvent {
    let message: Option<MessageId> = match origin {
        StartOrigin::Link { message } => Some(message.clone()),
        _ => None,
    };
    AuditEvent { at, actor, action, window: Some(window.clone()), message }
}
