//! Posts a claimed start to Azure.

use super::transaction::change;
use crate::azure::ArmClient;
use crate::azure::compute::{PostedStart, ask_from, post_start};
use crate::domain::action::start::{Start, StartOutcome, StartState};
use crate::services::start_permissions;
use crate::services::{App, ServiceError};

/// Posts a claimed start, with the rights of `own` or the notifier's, and writes down what Azure said. Only whoever
/// wrote the claim may call it, and only once.
pub(super) async fn post(app: &App, start: &Start, own: Option<&ArmClient>) -> Result<Start, ServiceError> {
    let resource = &start.window.resource;
    let posted = post_start(own.unwrap_or(&app.starter), resource, app.clock.now()).await;
    let now = app.clock.now();
    tracing::info!(start = %start.id, window = %start.window, ?posted, "a start was posted");
    let changed = change(app, start, |start| match (&start.state, &posted) {
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
                start_permissions::refused(app, resource, message, now).await?
            }
            PostedStart::Accepted { .. } => start_permissions::granted(app, resource).await?,
            _ => {}
        }
    }
    Ok(changed)
}
