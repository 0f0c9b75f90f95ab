//! How much of the tenant has an owner: surveyed once a day, reported once a week.

use chrono::{DateTime, Utc};

use crate::azure::graph::{QueryScope, list_with_tags};
use crate::azure::observe::{WatchScope, find_candidates};
use crate::domain::coverage::{CoverageReport, coverage};
use crate::domain::resource::SubscriptionId;

use super::{App, ServiceError};

/// Looks at the tags of every machine now. Nothing is written.
///
/// # Errors
/// When Azure gives no complete answer, or the store cannot be read.
pub async fn survey(app: &App, now: DateTime<Utc>) -> Result<CoverageReport, ServiceError> {
    let machines = match &app.scope {
        WatchScope::All => list_with_tags(&app.arm, QueryScope::Tenant).await?,
        WatchScope::Subscriptions(ids) => list_with_tags(&app.arm, QueryScope::Subscriptions(ids)).await?,
        WatchScope::ManagementGroup(_) => {
            let found = find_candidates(&app.arm, &app.scope).await?.subscriptions;
            let ids: Vec<SubscriptionId> = found.into_iter().map(|subscription| subscription.id).collect();
            list_with_tags(&app.arm, QueryScope::Subscriptions(&ids)).await?
        }
    };
    let people = super::owner_lookup::known_people(app).await?;
    Ok(coverage(&app.policy(), &people, &machines, now))
}

/// Surveys, keeps what was found, and has the operators planned for: the weekly report may be due.
pub async fn note_survey(app: &App, now: DateTime<Utc>) -> Result<(), ServiceError> {
    let report = survey(app, now).await?.bounded();
    app.repository.note_coverage(&report).await?;
    app.wake_operators(now).await?;
    tracing::info!(
        machines = report.machines(),
        unowned = report.without_owner(),
        "surveyed the owners of all machines"
    );
    Ok(())
}
