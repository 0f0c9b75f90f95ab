//! `FollowStarts`: begins planned starts whose time has come and follows those under way to their end.
//!
//! One compare-and-swap a start and tick. Nothing is posted here but planned starts that this run itself claims. What
//! became of them, rolling plans see in the same run, and give the next member its turn.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use futures::{FutureExt, StreamExt, stream};

use super::start::{begin_planned, event, note};
use super::{App, JobError, log_unreadable};
use crate::azure::compute::look_at_start;
use crate::domain::action::audit::AuditAction;
use crate::domain::action::start::{Start, StartOrigin, StartState, follow};
use crate::domain::ids::StartId;
use crate::domain::observation::Evidence;
use crate::domain::resource::SubscriptionId;
use crate::store::repository::ActionTransaction;

/// What happened a little before a start was claimed by our clock may be it by Azure's.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::minutes(2);

/// How many starts are looked at together.
const PARALLEL: usize = 8;

/// What a run came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FollowReport {
    /// How many starts are planned or under way.
    pub open: usize,
    /// How many changed.
    pub changed: usize,
    /// Subscriptions in which a start came to its end: what Azure says of them now should be read.
    pub look_at: BTreeSet<SubscriptionId>,
}

/// Follows every open start, and shows what was decided and could not be shown yet.
///
/// # Errors
/// When the store cannot be read. A start that fails to be followed is logged and does not stop the others.
pub async fn follow_starts(app: &App) -> Result<FollowReport, JobError> {
    let open = app.repository.open_starts().await?;
    log_unreadable("a start", &open.unreadable);
    let starts: Vec<Start> = open.rows.into_iter().map(|row| row.value).collect();
    let mut followed = FollowReport { open: starts.len(), ..FollowReport::default() };
    let steps = starts.into_iter().map(|start| {
        async move {
            let result = step(app, &start).await;
            (start, result)
        }
        .boxed()
    });
    let mut steps = stream::iter(steps).buffer_unordered(PARALLEL);
    while let Some((start, result)) = steps.next().await {
        match result {
            Ok(false) => {}
            Ok(true) => {
                followed.changed += 1;
                followed.look_at.insert(start.window.resource.subscription());
            }
            Err(error) => {
                tracing::error!(%error, start = %start.id, window = %start.window, "a start could not be followed");
            }
        }
    }
    super::rolling::follow_plans(app).await?;
    // Nothing about the record keeps anything from being started or followed.
    if let Err(error) = super::anchor::anchor(app).await
        && !error.gave_way()
    {
        tracing::error!(%error, "the end of the audit trail could not be read or noted");
    }
    for window in app.repository.unapplied().await? {
        super::sync_assignments::show(app, &window).await?;
    }
    Ok(followed)
}

/// Brings one start a step further, as the timer does, and returns it as it is then; `None` when it is not kept.
///
/// # Errors
/// When the store cannot be read or written.
pub async fn follow_start(app: &App, id: &StartId) -> Result<Option<Start>, JobError> {
    let Some(start) = app.repository.start(id).await? else { return Ok(None) };
    Ok(if step(app, &start).await? { app.repository.start(id).await? } else { Some(start) })
}

/// Brings one start a step further; whether anything of it changed.
async fn step(app: &App, start: &Start) -> Result<bool, JobError> {
    let now = app.clock.now();
    let (operation, claimed) = match &start.state {
        // A member of a rolling plan begins when the plan says that it is its turn.
        StartState::Planned
            if now < start.begins || matches!(start.origin, StartOrigin::RollingPlan { .. }) =>
        {
            return Ok(false);
        }
        StartState::Planned => {
            begin_planned(app, start, None).await?;
            return Ok(true);
        }
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
        super::health::ask(app, &start.window, &mut observation).await?;
    }
    let changed = change(app, start, |start| follow(start, &observation, now)).await?;
    // That Azure is to be asked later is nobody's business.
    let is_accepted = |start: &Start| matches!(start.state, StartState::Accepted { .. });
    let changed = changed.is_some_and(|changed| !(is_accepted(start) && is_accepted(&changed)));
    if changed {
        super::sync_assignments::show(app, &start.window).await?;
    }
    Ok(changed)
}

/// Whether an event said that the machine's maintenance was started since shortly before `claimed`.
async fn is_annotated(app: &App, start: &Start, claimed: DateTime<Utc>) -> Result<bool, JobError> {
    let resource = &start.window.resource;
    let summary = app.repository.summary(&resource.subscription()).await?;
    let evidence = summary.map(|summary| summary.value.evidence).unwrap_or_default();
    Ok(evidence.iter().any(|evidence| {
        matches!(evidence, Evidence::Started { resource: of, at } if of == resource && claimed - CLOCKS_DIFFER <= *at)
    }))
}

/// Puts a start into the state that `next` gives for it, as it is at that moment; `None` leaves it.
///
/// # Errors
/// When the store cannot be read or written.
pub(super) async fn change(
    app: &App,
    start: &Start,
    next: impl Fn(&Start) -> Option<StartState> + Send + Sync,
) -> Result<Option<Start>, JobError> {
    let now = app.clock.now();
    let decide = |transaction: &mut ActionTransaction| {
        let current = transaction.start.clone().filter(|current| current.id == start.id)?;
        let state = next(&current)?;
        let was_accepted = matches!(current.state, StartState::Accepted { .. });
        let action = match &state {
            StartState::Accepted { correlation, .. } if !was_accepted => {
                Some(AuditAction::Accepted { start: start.id.clone(), correlation: correlation.clone() })
            }
            StartState::Settled { outcome, .. } => {
                for group in transaction.groups.values_mut() {
                    group.leave(&start.window.resource, outcome.disturbed(), now);
                }
                Some(AuditAction::Settled { start: start.id.clone(), outcome: outcome.clone() })
            }
            _ => None,
        };
        let changed = Start { state, ..current };
        note(transaction, &changed);
        let record = |action| event(changed.by.clone(), &changed.window, &changed.origin, action, now);
        transaction.happenings.extend(action.map(record));
        Some(changed)
    };
    Ok(app.repository.decide(&start.window, &start.groups, decide).await?)
}
