//! Follows a start that is planned or under way.

use chrono::{DateTime, TimeDelta, Utc};

use super::planned::begin_planned;
use super::transaction::change;
use crate::azure::compute::look_at_start;
use crate::domain::action::start::Start;
use crate::domain::action::start::StartOrigin;
use crate::domain::action::start::StartState;
use crate::domain::action::start::follow;
use crate::domain::ids::StartId;
use crate::domain::observation::Evidence;
use crate::services::machine_health::observe_health;
use crate::services::sync_assignments::sync_assignments;
use crate::services::{App, ServiceError};

/// What happened a little before a start was claimed by our clock may be it by Azure's.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::minutes(2);

/// Brings one start a step further, as the timer does, and returns it as it is then; `None` when it is not kept.
pub async fn follow_start(app: &App, id: &StartId) -> Result<Option<Start>, ServiceError> {
    let Some(start) = app.repository.start(id).await? else { return Ok(None) };
    Ok(if step(app, &start).await? { app.repository.start(id).await? } else { Some(start) })
}

/// Brings one start a step further; whether anything of it changed.
pub async fn step(app: &App, start: &Start) -> Result<bool, ServiceError> {
    let now = app.clock.now();
    let (operation, claimed) = match &start.state {
        // A member of a rolling plan begins when the plan says that it is its turn.
        StartState::Planned
            if now < start.begins || matches!(start.origin, StartOrigin::RollingPlan { .. }) =>
        {
            return Ok(false);
        }
        StartState::Planned => return begin_planned(app, start, None).await,
        StartState::Claimed { at, .. } => (None, Some(*at)),
        // Azure says when it wants to be asked again; the machine itself may be looked at any time.
        StartState::Accepted { operation, ask_from, .. } => {
            (operation.as_ref().filter(|_| ask_from.is_none_or(|from| from <= now)), None)
        }
        StartState::Recovering { .. } => (None, None),
        StartState::Settled { .. } => return Ok(false),
    };
    let mut observation = look_at_start(&app.arm, &start.window.resource, operation, claimed, now).await;
    if let Some(claimed) = claimed.filter(|_| observation.in_activity_log != Some(true))
        && is_annotated(app, start, claimed).await?
    {
        observation.in_activity_log = Some(true);
    }
    if matches!(start.state, StartState::Recovering { .. }) && observation.is_well() {
        observe_health(app, &start.window, &mut observation).await?;
    }
    let changed = change(app, start, |start| follow(start, &observation, now)).await?;
    // That Azure is to be asked later is nobody's business.
    let is_accepted = |start: &Start| matches!(start.state, StartState::Accepted { .. });
    let changed = changed.is_some_and(|changed| !(is_accepted(start) && is_accepted(&changed)));
    if changed {
        sync_assignments(app, &start.window).await?;
    }
    Ok(changed)
}

/// Whether an event said that the machine's maintenance was started since shortly before `claimed`.
async fn is_annotated(app: &App, start: &Start, claimed: DateTime<Utc>) -> Result<bool, ServiceError> {
    let resource = &start.window.resource;
    let summary = app.repository.summary(&resource.subscription()).await?;
    let evidence = summary.map(|summary| summary.value.evidence).unwrap_or_default();
    Ok(evidence.iter().any(|evidence| {
        matches!(evidence, Evidence::Started { resource: of, at } if of == resource && claimed - CLOCKS_DIFFER <= *at)
    }))
}
