//! What there is at the moment, for `/health` and the metrics. No invocation fails by it.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::App;
use super::dead_endpoints::dead_endpoints;
use crate::domain::observation::UnseenCause;
use crate::domain::operator_alert::OperatorAlert;
use crate::domain::resource::SubscriptionId;
use crate::domain::urgency::Urgency;
use crate::domain::window::MaintenanceStatus;
use crate::http::causes::chain;
use crate::metrics;
use crate::store::StoreError;
use crate::store::repository::PulseRow;

/// How many unsent messages are counted. Beyond it, their number matters less than that they are.
const OUTBOX_LIMIT: usize = 20_000;

/// An operator alert that lasts is seen again within this time: collecting looks every quarter of an hour, and a message that
/// waits is tried every hour.
const LATELY: TimeDelta = TimeDelta::hours(2);

/// The portal's words, as the metrics write them. All are exported each time, so that a number goes back to 0.
const STATUSES: [(MaintenanceStatus, &str); 6] = [
    (MaintenanceStatus::StartNow, "start-now"),
    (MaintenanceStatus::Scheduled, "scheduled"),
    (MaintenanceStatus::RetryNow, "retry-now"),
    (MaintenanceStatus::RetryLater, "retry-later"),
    (MaintenanceStatus::Skipped, "skipped"),
    (MaintenanceStatus::AlreadyUpdated, "already-updated"),
];

/// Counts the open windows when metrics are wanted: it reads all windows of the subscriptions that have some.
pub async fn count_windows(app: &App) {
    if metrics::are_on() {
        match windows(app).await {
            Ok(counts) => metrics::windows(&counts),
            Err(error) => {
                tracing::warn!(error = chain(&error), "windows could not be counted for the metrics")
            }
        }
    }
}

async fn windows(app: &App) -> Result<Vec<(&'static str, u64)>, StoreError> {
    let summaries = app.repository.subscription_rows().await?;
    let with_windows: Vec<SubscriptionId> = summaries
        .values()
        .filter(|summary| summary.open_windows > 0)
        .map(|summary| summary.subscription.clone())
        .collect();
    let mut counts: BTreeMap<MaintenanceStatus, u64> = BTreeMap::new();
    // One subscription after the other, so that a large tenant does not have to fit into memory.
    for subscription in with_windows {
        let windows = app.repository.windows(&subscription).await?;
        for row in windows.values().filter(|row| row.window.is_open() && row.window.elsewhere.is_none()) {
            *counts.entry(row.window.status()).or_default() += 1;
        }
    }
    Ok(STATUSES.map(|(status, word)| (word, counts.get(&status).copied().unwrap_or_default())).to_vec())
}

/// Whether every endpoint of the fallback refused what it was last sent.
async fn operators_unreachable(app: &App) -> Result<bool, StoreError> {
    let dead = dead_endpoints(app).await?;
    if dead.is_empty() {
        return Ok(false);
    }
    let policy = app.policy();
    let operators = policy.fallback.iter().filter_map(|name| policy.recipient(name));
    let mut ways = operators.flat_map(|operator| operator.endpoints());
    Ok(ways.all(|way| dead.iter().any(|dead| dead.endpoint == way)))
}

/// Counts what is unsent, parked and reported to operators, once planning is done.
pub async fn take_snapshot(app: &App) {
    if let Err(error) = try_take_snapshot(app).await {
        tracing::warn!(error = chain(&error), "the snapshot for /health could not be taken");
    }
}

async fn try_take_snapshot(app: &App) -> Result<(), StoreError> {
    let now = app.clock.now();
    let repository = &app.repository;
    let outbox = repository.outbox_index(Urgency::calm_after(now), OUTBOX_LIMIT).await?;
    let operator_alerts = repository.operator_alerts().await?;
    let lately = |kind: fn(&OperatorAlert) -> bool| {
        let rows =
            operator_alerts.values().filter(|row| now - row.last_seen < LATELY && kind(&row.operator_alert));
        rows.count() as u64
    };
    let pulse = PulseRow {
        at: now,
        unsent: outbox.entries.len() as u64,
        oldest: outbox.entries.iter().map(|entry| entry.created).min(),
        parked: repository.parked().await?.rows.len() as u64,
        unseen: lately(|operator_alert| {
            matches!(operator_alert, OperatorAlert::Unseen { cause: UnseenCause::NoRights, .. })
        }),
        services: lately(|operator_alert| matches!(operator_alert, OperatorAlert::Service { .. })),
        operators_unreachable: operators_unreachable(app).await?,
        repeats: lately(|operator_alert| matches!(operator_alert, OperatorAlert::Repeats { .. })),
    };
    metrics::outbox(pulse.unsent, pulse.oldest.map_or(TimeDelta::zero(), |oldest| now - oldest));
    let mut kinds: BTreeMap<String, u64> = BTreeMap::new();
    for row in operator_alerts.values().filter(|row| !row.operator_alert.is_note()) {
        *kinds.entry(row.operator_alert.kind()).or_default() += 1;
    }
    metrics::operator_alerts(&kinds.into_iter().collect::<Vec<_>>());
    repository.put_pulse(&pulse).await
}
