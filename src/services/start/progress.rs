//! Follows a start that is planned or under way.

use chrono::{DateTime, TimeDelta, Utc};

use super::answered::place_of;
use super::planned::begin_planned;
use super::transaction::replace;
use crate::azure::compute::{SentRequest, look_at_start};
use crate::domain::action::start::{
    LogEntry, OperationLink, Start, StartOrigin, StartPhase, StartState, follow, is_long_ago,
};
use crate::domain::ids::StartId;
use crate::domain::observation::Evidence;
use crate::domain::operator_alert::OperatorAlert;
use crate::domain::resource::ResourceId;
use crate::services::machine_health::observe_health;
use crate::services::sync_assignments::sync_assignments;
use crate::services::{App, ServiceError};

/// What happened a little before a start was claimed by our clock may be it by Azure's.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::minutes(2);

/// The activity log is not asked sooner after a start than it can know of it.
const LOG_LAGS: TimeDelta = TimeDelta::minutes(5);

/// Brings one start a step further, as the timer does, and returns it as it is then; `None` when it is not kept.
pub async fn follow_start(app: &App, id: &StartId) -> Result<Option<Start>, ServiceError> {
    let Some(start) = app.repository.start(id).await? else { return Ok(None) };
    Ok(if step(app, &start).await? { app.repository.start(id).await? } else { Some(start) })
}

/// Brings one start a step further; whether anything of it changed.
pub async fn step(app: &App, start: &Start) -> Result<bool, ServiceError> {
    let now = app.clock.now();
    match &start.state {
        // A member of a rolling plan begins when the plan says that it is its turn.
        StartState::Planned
            if now < start.begins || matches!(start.origin, StartOrigin::RollingPlan { .. }) =>
        {
            return Ok(false);
        }
        StartState::Planned => return begin_planned(app, start, None).await,
        StartState::Settled { .. } => return Ok(false),
        // Of what is not known for a day, Azure and the machine are asked less often.
        StartState::Claimed { .. } | StartState::Accepted { .. }
            if start.evidence.not_known.is_some() && !may_ask(start, now) =>
        {
            return Ok(false);
        }
        _ => {}
    }
    let (operation, sent) = if may_ask(start, now) { whom_to_ask(start, now) } else { (None, None) };
    let resource = place_of(app, &start.window).await?;
    let mut observation = look_at_start(&app.arm, &resource, operation, sent.as_ref(), now).await;
    if let StartState::Claimed { at, .. } = start.state
        && matches!(observation.log, LogEntry::NotAsked | LogEntry::Unanswered | LogEntry::Nothing)
        && is_annotated(app, &resource, at).await?
    {
        observation.log = LogEntry::Begun;
    }
    if is_not_known(start, now) {
        observation.window_over = is_over(app, start, now).await?;
    }
    if matches!(start.state, StartState::Recovering { .. })
        && observation.is_well(start.evidence.agent_before)
    {
        observe_health(app, start, &resource, &mut observation).await?;
    }
    let before = start.phase();
    let changed = replace(app, start, |start| follow(start, &observation, now)).await?;
    // That Azure is to be asked later is nobody's business.
    let Some(changed) = changed.filter(|changed| changed.phase() != before) else { return Ok(false) };
    sync_assignments(app, &start.window).await?;
    if let StartPhase::NotKnown { since } = changed.phase() {
        let resource = start.window.resource.to_string();
        app.report(&[OperatorAlert::StartNotKnown { resource, start: start.id.clone(), since }], now).await?;
    }
    Ok(true)
}

/// Whether it is not known what became of it, or will not be unless this look says it.
fn is_not_known(start: &Start, now: DateTime<Utc>) -> bool {
    match start.state {
        StartState::Claimed { at, .. } | StartState::Accepted { at, .. } => is_long_ago(at, now),
        _ => start.evidence.not_known.is_some(),
    }
}

/// Whether Azure may be asked now what became of the request. The machine itself may be looked at any time.
fn may_ask(start: &Start, now: DateTime<Utc>) -> bool {
    let wanted = match &start.state {
        StartState::Accepted { ask_from, .. } => *ask_from,
        _ => None,
    };
    let rested = start.evidence.ask_from;
    [wanted, rested].into_iter().flatten().all(|from| from <= now)
}

/// The operation to ask for, and the request to look for in the activity log where there is none to ask, or it keeps
/// silent.
fn whom_to_ask(start: &Start, now: DateTime<Utc>) -> (Option<&OperationLink>, Option<SentRequest>) {
    let sent = |at: DateTime<Utc>, azures: Option<&String>| SentRequest {
        at,
        numbers: [start.id.request(at)].into_iter().chain(azures.cloned()).collect(),
    };
    match &start.state {
        StartState::Claimed { at, .. } => (None, Some(sent(*at, None))),
        StartState::Accepted { at, operation, correlation, .. } => {
            let silent = operation.is_none() || start.evidence.unanswered > 0;
            let log = silent && start.evidence.succeeded.is_none() && *at + LOG_LAGS <= now;
            (operation.as_ref(), log.then(|| sent(*at, correlation.as_ref())))
        }
        _ => (None, None),
    }
}

/// Whether the dates that a start was decided for are over, or no longer kept. That the window counts as ended proves
/// nothing: while a machine is away for its maintenance, it may show none.
async fn is_over(app: &App, start: &Start, now: DateTime<Utc>) -> Result<bool, ServiceError> {
    let row = app.repository.window(&start.window).await?;
    Ok(row.is_none_or(|row| row.value.window.facts.schedule.end().is_some_and(|end| end <= now)))
}

/// Whether an event said that the machine's maintenance was started since shortly before `claimed`.
async fn is_annotated(
    app: &App,
    resource: &ResourceId,
    claimed: DateTime<Utc>,
) -> Result<bool, ServiceError> {
    let summary = app.repository.subscription_row(&resource.subscription()).await?;
    let evidence = summary.map(|summary| summary.value.evidence).unwrap_or_default();
    Ok(evidence.iter().any(|evidence| {
        matches!(evidence, Evidence::Started { resource: of, at } if of == resource && claimed - CLOCKS_DIFFER <= *at)
    }))
}
