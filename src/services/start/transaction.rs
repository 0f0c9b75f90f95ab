//! The steps of a start inside one transaction: the row, its groups, the summary that others see and the audit trail.

use chrono::{DateTime, Utc};

use super::request::StartRequest;
use crate::domain::action::Actor;
use crate::domain::action::audit::{AuditAction, AuditEvent};
use crate::domain::action::hours::OrderedHours;
use crate::domain::action::response::{StartStatus, StartSummary};
use crate::domain::action::start::Start;
use crate::domain::action::start::StartOrigin;
use crate::domain::action::start::StartState;
use crate::domain::ids::MessageId;
use crate::domain::ids::StartId;
use crate::domain::window::WindowId;
use crate::services::{App, ServiceError};
use crate::store::repository::ActionTransaction;

pub(in crate::services) fn new_start(
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
        accepts: request.accepts.filter(|_| decides_alone(&request.origin)),
        groups: transaction.groups.keys().cloned().collect(),
        state,
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

/// The start is on its way: its groups know, the brake counts it, and the trail says so.
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
        StartOrigin::Link { message } => Some(message.clone()),
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
        transaction.events.extend(action.map(record));
        Some(changed)
    };
    Ok(app.repository.decide(&start.window, &start.groups, decide).await?)
}
