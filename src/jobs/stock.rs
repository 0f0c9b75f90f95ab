//! What there is at the moment, for the metrics. Nothing is read when nobody wants them, and nothing fails by it.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use crate::domain::resource::SubscriptionId;
use crate::domain::window::MaintenanceStatus;
use crate::metrics;
use crate::store::StoreError;

use super::App;

/// The portal's words, as the metrics write them. All are told each time, so that a number goes back to 0.
const STATUSES: [(MaintenanceStatus, &str); 6] = [
    (MaintenanceStatus::StartNow, "start-now"),
    (MaintenanceStatus::Scheduled, "scheduled"),
    (MaintenanceStatus::RetryNow, "retry-now"),
    (MaintenanceStatus::RetryLater, "retry-later"),
    (MaintenanceStatus::Skipped, "skipped"),
    (MaintenanceStatus::AlreadyUpdated, "already-updated"),
];

/// Counts the open windows: reads all windows of the subscriptions that have some.
pub async fn of_windows(app: &App) {
    if metrics::are_on() {
        match windows(app).await {
            Ok(counts) => metrics::windows(&counts),
            Err(error) => tracing::warn!(%error, "windows could not be counted for the metrics"),
        }
    }
}

async fn windows(app: &App) -> Result<Vec<(&'static str, u64)>, StoreError> {
    let summaries = app.repository.summaries().await?;
    let with_windows: Vec<SubscriptionId> = summaries
        .values()
        .filter(|summary| summary.open_windows > 0)
        .map(|summary| summary.subscription.clone())
        .collect();
    let mut counts: BTreeMap<MaintenanceStatus, u64> = BTreeMap::new();
    // One subscription after the other, so that a large tenant does not have to fit into memory.
    for subscription in with_windows {
        let windows = app.repository.windows(&subscription).await?;
        for row in windows.values().filter(|row| row.window.is_open()) {
            *counts.entry(row.window.status()).or_default() += 1;
        }
    }
    Ok(STATUSES.map(|(status, word)| (word, counts.get(&status).copied().unwrap_or_default())).to_vec())
}

/// Counts what waits in the outbox, and the troubles.
pub async fn of_outbox(app: &App) {
    if metrics::are_on()
        && let Err(error) = outbox_and_troubles(app).await
    {
        tracing::warn!(%error, "the outbox could not be counted for the metrics");
    }
}

async fn outbox_and_troubles(app: &App) -> Result<(), StoreError> {
    let now = app.clock.now();
    let unsettled = app.repository.unsettled_outbox().await?;
    let oldest = unsettled.values().map(|row| now - row.created).max().unwrap_or(TimeDelta::zero());
    metrics::outbox(unsettled.rows.len() as u64, oldest);
    let mut kinds: BTreeMap<String, u64> = BTreeMap::new();
    for row in app.repository.troubles().await?.values() {
        *kinds.entry(row.trouble.kind()).or_default() += 1;
    }
    metrics::troubles(&kinds.into_iter().collect::<Vec<_>>());
    Ok(())
}
