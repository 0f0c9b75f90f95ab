//! Starts maintenance now, or plans it for a time.

use chrono::{DateTime, Utc};

use super::checks::{VerifiedMachine, others_allow, verify};
use super::post::post;
use super::queue::real_time;
use super::request::{StartRequest, StartResult};
use super::transaction::{enter, event, new_start, note};
use crate::azure::ArmClient;
use crate::domain::action::audit::AuditAction;
use crate::domain::action::group_key::groups;
use crate::domain::action::response::WindowActions;
use crate::domain::action::start::{EarlierAttempts, StartOrigin, StartRefusal, StartState};
use crate::domain::action::start_rules::StartsAs;
use crate::domain::machine::Machine;
use crate::domain::observation::Reading;
use crate::services::sync_assignments::try_sync_assignments;
use crate::services::{App, ServiceError};
use crate::store::repository::ActionTransaction;

/// How often a moment is looked for anew because others decide something meanwhile; then it is taken as it is, and the
/// start waits for its turn when it comes.
const PLANNED_WITHIN: usize = 8;

/// What differs between callers of [`start_with`].
#[derive(Debug, Clone, Copy, Default)]
pub struct StartOptions<'a> {
    /// Azure with the rights of whoever clicks. It counts only where the settings want starts with these.
    pub own: Option<&'a ArmClient>,
    /// The moment after which a planned start does not begin any more; without it, the grace after its own.
    pub latest: Option<DateTime<Utc>>,
}

/// Starts as requested, with the app's rights and the usual grace.
///
/// # Errors
/// As [`start_with`].
pub async fn start(app: &App, request: &StartRequest) -> Result<StartResult, ServiceError> {
    start_with(app, request, StartOptions::default()).await
}

/// Starts as requested, or returns why not. Everything is written before this answers.
///
/// # Errors
/// When the store cannot be read or written. Asking again is safe.
pub async fn start_with(
    app: &App,
    request: &StartRequest,
    StartOptions { own, latest }: StartOptions<'_>,
) -> Result<StartResult, ServiceError> {
    let own = own.filter(|_| app.start_rules.acts_as == StartsAs::User);
    let now = app.clock.now();
    // Whoever comes late is answered without asking Azure anything.
    if let Some(answered) = answered(&app.repository.actions(&request.window).await?, request) {
        return Ok(answered);
    }
    let answer = match verify(app, request, own.is_some(), now).await? {
        Err(refusal) => StartResult::Refused(refusal),
        Ok(verified) => match request.begins {
            Some(begins) => plan(app, request, (begins, latest), &verified.machine, now).await?,
            None => claim(app, request, &verified, now).await?,
        },
    };
    match &answer {
        StartResult::Begun(start) if matches!(start.state, StartState::Claimed { .. }) => {
            let start = post(app, start, own).await?;
            try_sync_assignments(app, &request.window).await;
            return Ok(StartResult::Begun(Box::new(start)));
        }
        StartResult::Refused(refusal) => {
            let action = AuditAction::Declined { reason: refusal.to_string() };
            let event = event(request.by.clone(), &request.window, &request.origin, action, now);
            app.repository
                .decide(&request.window, &[], |transaction| {
                    transaction.events.push(event.clone());
                    // What was refused is decided: its form begins nothing once the reason has passed.
                    if let Some(form) = form(request) {
                        transaction.actions.take_form(form);
                    }
                })
                .await?;
        }
        _ => try_sync_assignments(app, &request.window).await,
    }
    Ok(answer)
}

/// What was answered already: with the start that came first, one that is planned or under way, or with what became of
/// what this very form asked for.
fn answered(actions: &WindowActions, request: &StartRequest) -> Option<StartResult> {
    let form = form(request);
    let first = actions.open_start().or_else(|| actions.of_form(form?));
    let first = first.map(|first| StartResult::Already(Box::new(first.clone())));
    first.or_else(|| form.filter(|form| actions.knows_form(form)).map(|_| StartResult::SentBefore))
}

/// The one-time key of the form that it came with.
fn form(request: &StartRequest) -> Option<&str> {
    match &request.origin {
        StartOrigin::Link { form, .. } => form.as_deref(),
        _ => None,
    }
}

/// Writes down that the start begins at `begins`, or as soon afterwards as other starts let it.
async fn plan(
    app: &App,
    request: &StartRequest,
    (wanted, latest): (DateTime<Utc>, Option<DateTime<Utc>>),
    machine: &Machine,
    now: DateTime<Utc>,
) -> Result<StartResult, ServiceError> {
    for attempt in 1..=PLANNED_WITHIN {
        let seen = app.repository.audit_head().await?;
        let begins = match real_time(app, request, wanted, machine).await? {
            Ok(begins) => begins,
            Err(refusal) => return Ok(StartResult::Refused(refusal)),
        };
        // Hours that were looked through for a moment end where they end; a later moment is the person's own.
        let latest = latest.unwrap_or(begins + app.start_rules.grace);
        let decide = |transaction: &mut ActionTransaction| {
            if let Some(answered) = answered(&transaction.actions, request) {
                return Some(answered);
            }
            // What was decided since the others were looked at may have taken this moment.
            if transaction.trail != seen && attempt < PLANNED_WITHIN {
                return None;
            }
            let start = new_start(transaction, request, (begins, Some(latest)), StartState::Planned, now);
            Some(StartResult::Planned(Box::new(start)))
        };
        if let Some(result) = app.repository.decide(&request.window, &[], decide).await? {
            return Ok(result);
        }
    }
    Ok(StartResult::Refused(StartRefusal::DoesNotFit))
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
        if let Some(answered) = answered(&transaction.actions, request) {
            return answered;
        }
        if let Err(refusal) = others_allow(transaction, &app.start_rules, request, now) {
            return StartResult::Refused(refusal);
        }
        let state = StartState::Claimed { at: now, before: before.clone() };
        let mut start = new_start(transaction, request, (now, None), state, now);
        start.evidence.agent_before = verified.agent;
        note(transaction, &start);
        enter(transaction, &start, now);
        StartResult::Begun(Box::new(start))
    };
    Ok(app.repository.decide(&request.window, &keys, decide).await?)
}
