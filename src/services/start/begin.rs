//! Starts maintenance now, or plans it for a time.

use chrono::{DateTime, Utc};

use super::checks::{VerifiedMachine, others_allow, verify};
use super::post::post;
use super::request::{StartRequest, StartResult};
use super::transaction::{enter, event, new_start};
use crate::azure::ArmClient;
use crate::domain::action::audit::AuditAction;
use crate::domain::action::group_key::groups;
use crate::domain::action::start::{EarlierAttempts, StartRefusal, StartState};
use crate::domain::action::start_rules::StartsAs;
use crate::domain::observation::Reading;
use crate::services::sync_assignments::sync_assignments;
use crate::services::{App, ServiceError};
use crate::store::repository::ActionTransaction;

/// Starts as requested, or returns why not. Everything is written before this answers.
///
/// # Errors
/// When the store cannot be read or written. Asking again is safe.
pub async fn start(app: &App, request: &StartRequest) -> Result<StartResult, ServiceError> {
    start_as(app, request, None).await
}

/// The same; where starts are made with the rights of whoever clicks, `own` is Azure with theirs.
pub async fn start_as(
    app: &App,
    request: &StartRequest,
    own: Option<&ArmClient>,
) -> Result<StartResult, ServiceError> {
    let own = own.filter(|_| app.start_rules.acts_as == StartsAs::User);
    let now = app.clock.now();
    // Whoever comes late is answered without asking Azure anything.
    if let Some(open) = app.repository.actions(&request.window).await?.open_start() {
        return Ok(StartResult::Already(Box::new(open.clone())));
    }
    let answer = match verify(app, request, own.is_some(), now).await? {
        Err(refusal) => StartResult::Refused(refusal),
        Ok(verified) => match request.begins {
            Some(begins) => plan(app, request, begins, now).await?,
            None => claim(app, request, &verified, now).await?,
        },
    };
    match &answer {
        StartResult::Begun(start) if matches!(start.state, StartState::Claimed { .. }) => {
            let start = post(app, start, own).await?;
            sync_assignments(app, &request.window).await?;
            return Ok(StartResult::Begun(Box::new(start)));
        }
        StartResult::Refused(refusal) => {
            let action = AuditAction::Declined { reason: refusal.to_string() };
            let event = event(request.by.clone(), &request.window, &request.origin, action, now);
            app.repository
                .decide(&request.window, &[], |transaction| transaction.events.push(event.clone()))
                .await?;
        }
        _ => sync_assignments(app, &request.window).await?,
    }
    Ok(answer)
}

/// Writes down that the start begins at `begins`.
async fn plan(
    app: &App,
    request: &StartRequest,
    begins: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<StartResult, ServiceError> {
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
    verified: &VerifiedMachine,
    now: DateTime<Utc>,
) -> Result<StartResult, ServiceError> {
    let Reading::Maintenance(facts) = &verified.reading else {
        return Ok(StartResult::Refused(StartRefusal::Over));
    };
    let keys = groups(&verified.machine, &app.start_rules.cluster_tag);
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
