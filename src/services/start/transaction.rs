//! The steps of a start inside one transaction: the row, its groups, the summary that others see and the audit trail.

use chrono::{DateTime, Utc};

use super::request::StartRequest;
use crate::domain::action::Actor;
use crate::domain::action::audit::{AuditAction, AuditEvent};
use crate::domain::action::hours::OrderedHours;
use crate::domain::action::response::{StartProgress, StartStatus, StartSummary};
use crate::domain::action::start::{Start, StartEvidence, StartOrigin, StartPhase, StartState};
use crate::domain::ids::MessageId;
use crate::domain::ids::StartId;
use crate::domain::operator_alert::OperatorAlert;
use crate::domain::window::WindowId;
use crate::render::words::settled;
use crate::services::{App, ServiceError};
use crate::store::repository::ActionTransaction;

pub(in crate::services) fn new_start(
    transaction: &mut ActionTransaction,
    request: &StartRequest,
    (begins, latest): (DateTime<Utc>, Option<DateTime<Utc>>),
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
        latest,
        accepts: request.accepts.filter(|_| decides_alone(&request.origin)),
        groups: transaction.groups.keys().cloned().collect(),
        state,
        evidence: StartEvidence::default(),
    };
    let action = AuditAction::Decided { start: start.id.clone(), begins };
    transaction.events.push(event(request.by.clone(), &request.window, &request.origin, action, now));
    note(transaction, &start);
    start
}

/// Whether a person decided this start for its machine alone: only they can agree to a loss.
pub(in crate::services) fn decides_alone(origin: &StartOrigin) -> bool {
    match origin {
        StartOrigin::Link { .. } | StartOrigin::CommandLine => true,
        StartOrigin::StandingOrder { .. } | StartOrigin::RollingPlan { .. } => false,
    }
}

/// The start is on its way: its groups know, the limit counts it, and the trail says so.
pub(super) fn enter(transaction: &mut ActionTransaction, start: &Start, now: DateTime<Utc>) {
    for group in transaction.groups.values_mut() {
        group.enter(start.window.resource.clone(), start.id.clone());
    }
    transaction.recent.push(now);
    let action = AuditAction::Claimed { start: start.id.clone() };
    transaction.events.push(event(start.by.clone(), &start.window, &start.origin, action, now));
}

/// Puts the start, as it is now, where it is kept and where others see it.
pub(in crate::services) fn note(transaction: &mut ActionTransaction, start: &Start) {
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
        accepts: start.accepts,
        plan: match &start.origin {
            StartOrigin::RollingPlan { plan } => Some(plan.clone()),
            _ => None,
        },
        status,
        progress: StartProgress::from(start),
        ordered: match &start.origin {
            StartOrigin::StandingOrder { hours, sources } => {
                Some(OrderedHours { hours: hours.clone(), sources: sources.clone() })
            }
            _ => None,
        },
    });
    transaction.start = Some(start.clone());
}

pub(in crate::services) fn event(
    actor: Actor,
    window: &WindowId,
    origin: &StartOrigin,
    action: AuditAction,
    at: DateTime<Utc>,
) -> AuditEvent {
    let message: Option<MessageId> = match origin {
        StartOrigin::Link { message, .. } => Some(message.clone()),
        _ => None,
    };
    AuditEvent { at, actor, action, window: Some(window.clone()), message }
}

/// Puts a start into the state that `next` gives for it, as it is at that moment; `None` leaves it.
pub(in crate::services) async fn change(
    app: &App,
    start: &Start,
    next: impl Fn(&Start) -> Option<StartState> + Send + Sync,
) -> Result<Option<Start>, ServiceError> {
    replace(app, start, |start| Some(Start { state: next(start)?, ..start.clone() })).await
}

/// Puts in the place of a start what `next` gives for it, as it is at that moment; `None` leaves it.
pub(in crate::services) async fn replace(
    app: &App,
    start: &Start,
    next: impl Fn(&Start) -> Option<Start> + Send + Sync,
) -> Result<Option<Start>, ServiceError> {
    let now = app.clock.now();
    let decide = |transaction: &mut ActionTransaction| {
        let current = transaction.start.clone().filter(|current| current.id == start.id)?;
        let changed = next(&current)?;
        let was_accepted = matches!(current.state, StartState::Accepted { .. });
        let action = match &changed.state {
            StartState::Accepted { correlation, .. } if !was_accepted => {
                Some(AuditAction::Accepted { start: start.id.clone(), correlation: correlation.clone() })
            }
            // Azure refused it for now: nothing was begun, and others need not wait.
            StartState::Planned if !matches!(current.state, StartState::Planned) => {
                for group in transaction.groups.values_mut() {
                    group.leave(&start.window.resource, false, now);
                }
                let waits = changed.evidence.waits.as_ref();
                waits.map(|wait| AuditAction::Declined { reason: wait.why.to_string() })
            }
            StartState::Settled { outcome, .. } => {
                // What Azure accepted may have disturbed the machine, whatever it says at the end.
                let disturbed = was_accepted || changed.disturbed();
                for group in transaction.groups.values_mut() {
                    group.leave(&start.window.resource, disturbed, now);
                }
                Some(AuditAction::Settled { start: start.id.clone(), outcome: outcome.clone() })
            }
            _ => None,
        };
        note(transaction, &changed);
        let record = |action| event(changed.by.clone(), &changed.window, &changed.origin, action, now);
        transaction.events.extend(action.map(record));
        Some(changed)
    };
    let changed = app.repository.decide(&start.window, &start.groups, decide).await?;
    if let Some(changed) = changed.as_ref().filter(|changed| changed.phase() == StartPhase::Ended) {
        if let Some(since) = changed.evidence.not_known {
            let resource = start.window.resource.to_string();
            let alert = OperatorAlert::StartNotKnown { resource, start: start.id.clone(), since };
            app.repository.resolve(&[alert.key()]).await?;
        }
        tell_operators(app, changed).await?;
    }
    Ok(changed)
}

/// Whoever starts something on the command line may be gone when it ends: the operators hear of it.
async fn tell_operators(app: &App, start: &Start) -> Result<(), ServiceError> {
    if start.origin != StartOrigin::CommandLine {
        return Ok(());
    }
    let actions = app.repository.actions(&start.window).await?;
    let summary = actions.starts.iter().find(|known| known.id == start.id);
    let Some(outcome) = summary.and_then(|summary| settled(summary, app.policy().zone())) else {
        return Ok(());
    };
    let resource = start.window.resource.to_string();
    let ended = OperatorAlert::StartEnded { resource, start: start.id.clone(), outcome };
    Ok(app.report(&[ended], app.clock.now()).await?)
}
