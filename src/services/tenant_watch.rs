//! What planning looks after for the whole tenant before it plans for anybody.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::operator_alert::OperatorAlert;
use crate::store::StoreError;
use crate::store::repository::TenantRow;

use super::all_recipients::all_recipients;
use super::dead_endpoints::paused_channels;
use super::{App, drill, endpoint_health, status_summary};

/// Collecting runs every quarter of an hour: this long without success is an operator alert.
const STALE: TimeDelta = TimeDelta::hours(2);

/// An outage that ended so long ago is over; another one is reported again.
const NEXT_OUTAGE: TimeDelta = TimeDelta::days(1);

/// An operator alert that was not seen for so long is over. Until then it is notified once.
const OVER_AFTER: TimeDelta = TimeDelta::days(8);

/// Notes where the pages are, notifies operators when nothing was collected for too long, resolves old alerts, and wakes
/// quiet channels and those who want summaries.
pub(super) async fn watch_over_tenant(app: &App, now: DateTime<Utc>) -> Result<(), StoreError> {
    let (tenant, _) = app.repository.tenant().await?;
    if let Some(address) = &app.deployment.public_url {
        app.repository.note_address(address).await?;
    }
    wake_under_another_configuration(app, &tenant, now).await?;
    endpoint_health::wake_channels(app, &tenant, now).await?;
    if let Err(error) = endpoint_health::free_misjudged(app, now).await {
        tracing::warn!(%error, "addresses that were marked by mistake could not be freed; the next run does it");
    }
    status_summary::wake_watchers(app, &tenant, now).await?;
    drill::wake(app, now).await?;
    if let Some(since) = tenant.collected.filter(|since| now - *since > STALE) {
        app.report(&[OperatorAlert::Stale { since }], now).await?;
    }
    let operator_alerts = app.repository.operator_alerts().await?;
    super::silence_ends::note_ends(app, &operator_alerts, now).await?;
    let paused_channels = paused_channels(app).await?;
    let over = operator_alerts.values().filter(|row| {
        let lasts = match row.operator_alert {
            OperatorAlert::Stale { .. } => NEXT_OUTAGE,
            _ => OVER_AFTER,
        };
        now - row.last_seen > lasts
            && !endpoint_health::still_refuses(&row.operator_alert, &paused_channels, app)
    });
    let over = over.map(|row| row.operator_alert.key());
    app.repository.resolve(&over.collect::<Vec<_>>()).await
}

/// Wakes everybody under another configuration: it may notify them differently, also of what has ended meanwhile.
async fn wake_under_another_configuration(
    app: &App,
    tenant: &TenantRow,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let policy = app.policy();
    let starts_here = Some(app.start_rules.enabled);
    let reached = Some(policy.reached());
    let is_as_before = tenant.starts_here == starts_here && tenant.reached == reached;
    if tenant.planned_by.as_ref() == Some(&policy.version) && is_as_before {
        return Ok(());
    }
    let mut names = BTreeSet::new();
    if tenant.planned_by.is_some() {
        names.extend(policy.recipients.keys().cloned());
    }
    // Everybody read of starts what the earlier configuration said, and a pilot's end reaches them, whoever is known by a
    // tag alone too.
    let starts_changed = tenant.starts_here.is_some() && tenant.starts_here != starts_here;
    let reach_changed = tenant.reached.is_some() && tenant.reached != reached;
    if starts_changed || reach_changed {
        names.extend(all_recipients(app).await?);
    }
    let names: Vec<_> = names.into_iter().map(|name| (name, now)).collect();
    app.repository.wake_all(&names).await?;
    let note = |tenant: &mut TenantRow| {
        tenant.planned_by = Some(policy.version.clone());
        tenant.starts_here = starts_here;
        tenant.reached.clone_from(&reached);
    };
    app.repository.update_tenant(note).await.map(drop)
}
