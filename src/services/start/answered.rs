//! Writes down what Azure answered to a start.

use chrono::{DateTime, TimeDelta, Utc};

use super::answer::StartAnswer;
use super::transaction::replace;
use crate::azure::compute::{PostedStart, again_from, ask_from};
use crate::domain::action::start::{Start, StartOrigin, StartOutcome, StartRefusal, StartState, StartWait};
use crate::domain::resource::ResourceId;
use crate::domain::window::WindowId;
use crate::services::{App, ServiceError, start_permissions};

/// Azure's word for a missing role.
const NO_ROLE: &str = "AuthorizationFailed";

/// The shortest rest before a start that Azure refused for now is tried again.
const PUT_OFF: TimeDelta = TimeDelta::minutes(1);

/// Whether somebody planned it. Who starts something now hears at once that Azure refuses, and decides.
fn is_planned(start: &Start) -> bool {
    if matches!(start.origin, StartOrigin::RollingPlan { .. } | StartOrigin::StandingOrder { .. }) {
        return true;
    }
    matches!(start.state, StartState::Claimed { at, .. } if start.decided < at)
}

/// Writes down what Azure answered, and what that says of the notifier's rights; the start as it is then, where the
/// answer changed it. Doing it again changes nothing.
///
/// # Errors
/// When the store cannot be read or written.
pub(in crate::services) async fn record_answer(
    app: &App,
    answer: &StartAnswer,
) -> Result<Option<Start>, ServiceError> {
    let now = app.clock.now();
    let Some(start) = app.repository.start(&answer.start).await? else { return Ok(None) };
    let next = |start: &Start| {
        answer.is_meant_for(start).then(|| answered(app, start, &answer.posted, answer.at)).flatten()
    };
    let changed = replace(app, &start, next).await?;
    let resource = &place_of(app, &start.window).await?;
    if !answer.own_rights {
        match &answer.posted {
            // A policy or a lock is about this machine; a missing role is about everything in its group.
            PostedStart::Forbidden { code, message } if code.eq_ignore_ascii_case(NO_ROLE) => {
                start_permissions::refused(app, resource, message, now).await?
            }
            PostedStart::Accepted { .. } => start_permissions::granted(app, resource).await?,
            _ => {}
        }
    }
    Ok(changed)
}

/// Where the machine of a window stands now.
pub(super) async fn place_of(app: &App, window: &WindowId) -> Result<ResourceId, ServiceError> {
    let row = app.repository.window(window).await?;
    Ok(row.map_or_else(|| window.resource.clone(), |row| row.value.window.place().clone()))
}

/// Whether a refusal says that Azure does not know who asks.
fn is_about_who(code: &str) -> bool {
    code.contains("Authentication") || code == "HTTP 401"
}

/// A claimed start after Azure's answer; `None` when no answer says anything: it stays claimed, and is looked for.
fn answered(app: &App, start: &Start, posted: &PostedStart, now: DateTime<Utc>) -> Option<Start> {
    let StartState::Claimed { at, before } = &start.state else { return None };
    let settled = |outcome| StartState::Settled { at: now, outcome };
    let mut evidence = start.evidence.clone();
    let state = match posted {
        PostedStart::Accepted { done, operation, correlation, wait } => {
            // A 200 is Azure's word that it is done.
            evidence.succeeded = done.then_some(now);
            StartState::Accepted {
                at: *at,
                before: before.clone(),
                operation: operation.clone(),
                correlation: correlation.clone(),
                ask_from: wait.and_then(|wait| ask_from(wait, now)),
            }
        }
        PostedStart::NotNow { code, message, wait } if is_planned(start) => {
            let wait = wait.map_or(now, |wait| again_from(wait, now)).max(now + PUT_OFF);
            let why = StartRefusal::NotNow { code: code.clone(), message: message.clone() };
            if start.last_try(app.start_rules.grace, now) < wait {
                let waited = Some(Box::new(why));
                settled(StartOutcome::NotBegun { reason: StartRefusal::TooLate { waited } })
            } else {
                evidence.kept_since.get_or_insert(now);
                evidence.waits = Some(StartWait { why, until: Some(wait) });
                StartState::Planned
            }
        }
        // Whoever clicks and is not known to Azure has to do something about that; a planned start has another token soon.
        PostedStart::NotNow { code, message, .. } if is_about_who(code) => {
            settled(StartOutcome::Forbidden { code: code.clone(), message: message.clone() })
        }
        PostedStart::Forbidden { code, message } => {
            settled(StartOutcome::Forbidden { code: code.clone(), message: message.clone() })
        }
        PostedStart::Refused { code, message } | PostedStart::NotNow { code, message, .. } => {
            settled(StartOutcome::Refused { code: code.clone(), message: message.clone() })
        }
        PostedStart::NoAnswer { .. } => return None,
    };
    Some(Start { state, evidence, ..start.clone() })
}
