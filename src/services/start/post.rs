//! Posts a claimed start to Azure.

use chrono::{DateTime, Utc};

use super::transaction::replace;
use crate::azure::ArmClient;
use crate::azure::compute::{PostedStart, ask_from, post_start};
use crate::domain::action::start::{Start, StartOutcome, StartState};
use crate::services::start_permissions;
use crate::services::{App, ServiceError};

/// Posts a claimed start, with the rights of `own` or the notifier's, and writes down what Azure said. Only whoever
/// wrote the claim may call it, and only once.
pub(super) async fn post(app: &App, start: &Start, own: Option<&ArmClient>) -> Result<Start, ServiceError> {
    let resource = &start.window.resource;
    let StartState::Claimed { at: claimed, .. } = start.state else { return Ok(start.clone()) };
    let number = start.id.request(claimed);
    let posted = post_start(own.unwrap_or(&app.starter), resource, number, app.clock.now()).await;
    let now = app.clock.now();
    tracing::info!(start = %start.id, window = %start.window, ?posted, "a start was posted");
    let changed = replace(app, start, |start| answered(start, &posted, now)).await?;
    let changed = changed.unwrap_or_else(|| start.clone());
    if own.is_none() {
        match &posted {
            PostedStart::Forbidden { message, .. } => {
                start_permissions::refused(app, resource, message, now).await?
            }
            PostedStart::Accepted { .. } => start_permissions::granted(app, resource).await?,
            _ => {}
        }
    }
    Ok(changed)
}

/// A claimed start after Azure's answer; `None` when no answer says anything: it stays claimed, and is looked for.
fn answered(start: &Start, posted: &PostedStart, now: DateTime<Utc>) -> Option<Start> {
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
