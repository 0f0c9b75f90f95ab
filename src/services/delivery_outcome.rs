//! Records what became of an attempt to deliver.

use chrono::{DateTime, Utc};

use crate::deliver::{Delivery, Rejection};
use crate::domain::operator_alert::OperatorAlert;
use crate::domain::outbox::{OutboxRow, OutboxState};
use crate::metrics;
use crate::store::StoreError;
use crate::store::repository::Stored;
use crate::store::{TRIES, retry_on_conflict};

use super::{App, ServiceError, alarms, endpoint_health};

/// Writes the outcome down: the row first, so that nothing is sent again, then the ledger.
pub(super) async fn record(
    app: &App,
    stored: &Stored<OutboxRow>,
    delivery: &Delivery,
) -> Result<(), ServiceError> {
    let now = app.clock.now();
    let row = &stored.value;
    let endpoint = &row.endpoint;
    let next = match delivery {
        Delivery::Accepted { reference } => {
            tracing::info!(message_id = %row.message, to = %endpoint, reference, attempt = row.attempt, "delivered a message");
            OutboxRow {
                state: OutboxState::Delivered { at: now, reference: reference.clone() },
                ..row.clone()
            }
        }
        Delivery::Rejected { error, .. } => OutboxRow {
            state: OutboxState::Failed { at: now, error: error.clone() },
            last_error: Some(error.clone()),
            ..row.clone()
        },
        Delivery::Ours { error, retry_after, .. } => row.deferred(error, *retry_after, now),
        Delivery::Deferred { error, retry_after, certainly_unsent, .. } => {
            let doubtful = row.doubtful || !certainly_unsent;
            OutboxRow { doubtful, ..row.deferred(error, *retry_after, now) }
        }
    };
    let failed = match &next.state {
        OutboxState::Failed { error, .. } => Some(error.clone()),
        _ => None,
    };
    let is_unsent = delivery.is_unsent();
    let outcome = match (&failed, delivery.is_accepted()) {
        (Some(_), _) => "failed",
        (None, true) => "delivered",
        (None, false) => "deferred",
    };
    metrics::message(app.deliverers.transport(endpoint), outcome);
    // Before the row says that nothing more will be tried, somebody else has to know of it.
    if let Some(error) = &failed {
        tracing::error!(message_id = %row.message, to = %endpoint, error, "{}", alarms::WILL_NOT_BE_DELIVERED);
        give_to_fallback(app, row, error, delivery, now).await?;
    } else if let Some(error) = delivery.error() {
        tracing::warn!(message_id = %row.message, to = %endpoint, error, attempt = row.attempt, next = %next.next_attempt, "deferred a message");
    }
    app.repository.replace_outbox(stored, &next).await?;
    // What was too much for an endpoint will be so again.
    let is_refused = !matches!(delivery, Delivery::Rejected { cause: Rejection::TooLarge, .. });
    settle(app, &next, is_unsent, is_refused).await?;
    if delivery.is_accepted() {
        endpoint_health::note_working(app, &row.recipient, endpoint).await?;
    }
    if let Delivery::Ours { error, .. } = delivery {
        let service = if endpoint.is_mail() { "the mail service".to_owned() } else { endpoint.to_string() };
        app.report(&[OperatorAlert::Service { service, error: error.clone() }], now).await?;
    }
    // What is due next can depend on what was notified.
    app.repository.wake(&row.recipient, now).await?;
    Ok(())
}

/// Notes in the ledger what this endpoint has, and what it `is_refused` and may be told again.
pub(super) async fn settle(
    app: &App,
    row: &OutboxRow,
    is_unsent: bool,
    is_refused: bool,
) -> Result<(), StoreError> {
    let key = row.endpoint.key();
    retry_on_conflict!(TRIES, {
        let Some(stored) = app.repository.message(&row.recipient, row.sequence).await? else {
            return Ok(());
        };
        let mut next = stored.value.clone();
        // A message that an earlier attempt may have got through stays in doubt, whatever this one came to.
        if is_unsent && !row.doubtful {
            next.in_doubt.remove(&key);
        }
        // What was dropped before it was bound, or for an endpoint that is not the message's any more, was not sent.
        let was_dropped = matches!(row.state, OutboxState::Dropped { .. })
            && (next.is_unsent() || !next.endpoints.contains(&row.endpoint));
        if row.is_settled() && !was_dropped {
            next.settled.insert(key.clone());
        }
        if is_refused && matches!(row.state, OutboxState::Failed { .. }) && !next.in_doubt.contains(&key) {
            next.refused.insert(key.clone());
        }
        if next.in_doubt.is_empty() && next.settled.is_empty() {
            next.notified_at = None;
        }
        if next == stored.value {
            return Ok(());
        }
        app.repository.put_message(&next, stored.etag).await.map(drop)
    })
}

/// Reports what will not be tried again to the operators, and notifies somebody else instead.
async fn give_to_fallback(
    app: &App,
    row: &OutboxRow,
    error: &str,
    delivery: &Delivery,
    now: DateTime<Utc>,
) -> Result<(), ServiceError> {
    if matches!(delivery, Delivery::Rejected { cause: Rejection::TooLarge, .. }) {
        return app
            .report(&[endpoint_health::undeliverable(&row.recipient, &row.endpoint, error)], now)
            .await
            .map_err(Into::into);
    }
    endpoint_health::give_up_for_row(app, row, error, now).await
}
