//! How long something urgent that an event says waits for Azure's word.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::event_confirmation::confirm_events;
use super::{App, ServiceError};
use crate::domain::resource::SubscriptionId;

/// How long after the question before Azure is asked again while something urgent waits.
const PAUSES: [Duration; 4] =
    [Duration::ZERO, Duration::from_secs(5), Duration::from_secs(6), Duration::from_secs(7)];

/// The longest that all of this takes: Event Grid gives up after thirty seconds.
const LONGEST: Duration = Duration::from_secs(20);

/// Asks Azure again and again about what waits for its word, until it said so or the time is over.
///
/// # Errors
/// When the store cannot be read or written.
pub async fn wait_for_azure(app: &App, waiting: &[SubscriptionId]) -> Result<(), ServiceError> {
    tokio::time::timeout(LONGEST, ask_again_and_again(app, waiting)).await.unwrap_or(Ok(()))
}

async fn ask_again_and_again(app: &App, waiting: &[SubscriptionId]) -> Result<(), ServiceError> {
    let mut waiting = waiting.to_vec();
    let pauses = if app.asks_once() { &PAUSES[..1] } else { &PAUSES[..] };
    for pause in pauses {
        if waiting.is_empty() {
            return Ok(());
        }
        tokio::time::sleep(*pause).await;
        let now = app.clock.now();
        let mut still = Vec::new();
        for subscription in waiting {
            confirm_events(app, &subscription, now).await?;
            if is_awaited(app, &subscription, now).await? {
                still.push(subscription);
            }
        }
        waiting = still;
    }
    if !waiting.is_empty() && !app.asks_once() {
        // The last question came a little before the time is over.
        tokio::time::sleep(LONGEST).await;
    }
    Ok(())
}

/// Whether something urgent of the subscription waits for Azure's word at `now`.
///
/// # Errors
/// When the store cannot be read.
pub async fn is_awaited(
    app: &App,
    subscription: &SubscriptionId,
    now: DateTime<Utc>,
) -> Result<bool, ServiceError> {
    let windows = app.repository.windows(subscription).await?;
    let mut events = windows.values().flat_map(|row| &row.window.scheduled_events);
    Ok(events.any(|event| event.waits_for_word(now)))
}
