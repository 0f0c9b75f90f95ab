//! `/health`: in total and without names, whether the notifier does its work, and why not.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::TimeDelta;
use serde::Serialize;

use crate::jobs::App;

/// Collecting runs every quarter of an hour; four missed rounds are no accident.
const STALE: TimeDelta = TimeDelta::hours(1);

/// The answer.
#[derive(Debug, Serialize)]
pub(super) struct Health {
    healthy: bool,
    problems: Vec<String>,
}

/// Reads two rows only, the tenant's and the brake's, and what this process knows of its configuration.
pub(super) async fn health(State(app): State<Arc<App>>) -> (StatusCode, Json<Health>) {
    let mut problems = Vec::new();
    problems.extend(app.configuration_problem().map(|problem| problem.to_string()));
    match app.repository.tenant().await {
        Ok((tenant, _)) => match tenant.collected {
            None => problems.push("Azure was not asked yet".to_owned()),
            Some(at) if app.clock.now() - at > STALE => {
                problems.push(format!("Azure was last asked at {}", at.to_rfc3339()));
            }
            Some(_) => {}
        },
        Err(error) => {
            tracing::error!(%error, "the store cannot be read");
            problems.push("the store cannot be read".to_owned());
        }
    }
    match app.repository.brake().await.map(|brake| brake.held) {
        Ok(Some(hold)) => problems.push(format!(
            "far more is to be sent than usual: what can wait is held since {}, until `maintenance-notifier outbox release`",
            hold.since.to_rfc3339()
        )),
        Ok(None) => {}
        Err(error) => tracing::error!(%error, "what the brake remembers cannot be read"),
    }
    let healthy = problems.is_empty();
    let status = if healthy { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Health { healthy, problems }))
}
