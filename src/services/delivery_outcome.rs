//! Records what became of an attempt to deliver.

use chrono::{DateTime, Utc};

use crate::deliver::{Delivery, Rejection};
use crate::domain::outbox::{OutboxRow, OutboxState};
use crate::metrics;
use crate::store::StoreError;
use crate::store::repository::Stored;
use crate::store::{TRIES, retry_on_conflict};

use super::channels::Judged;
use super::{App, ServiceError, alarms, channels, endpoint_health};

/// Writes the outcome down: the row first, so that nothing is sent again, then the ledger. A delivery report that came
/// before the answer is kept.
pub(super) async fn record(
    app: &App,
    stored: &Stored<OutboxRow>,
    delivery: &Delivery,
) -> Result<(), ServiceError> {
    match record_once(app, stored, delivery).await {
        Err(error) if error.is_conflict() => {
            let again = app.repository.outbox_row(&stored.value.id).await?;
            // Only a report may have come between; whatever else did goes first.
            let is_reported = |again: &Stored<OutboxRow>| {
                let report = again.value.report.clone();
                report != stored.value.report && again.value == OutboxRow { report, ..stored.value.clone() }
            };
            match again.filter(is_reported) {
                Some(again) => record_once(app, &again, delivery).await,
                None => Err(error),
            }
        }
        result => result,
    }
}

async fn record_once(app: &App, stored: &Stored<OutboxRow>, delivery: &Delivery) -> Result<(), ServiceError> {
    let now = app.clock.now();
    let Judged { delivery, counts } = channels::judge(app, &stored.value, delivery, now).await?;
    let (row, delivery) = (&stored.value, &delivery);
    let row = if counts { row } else { &row.excused(now) };
    let endpoint = &row.endpoint;
    let next = after(row, delivery, app.deliverers.knows_copies(endpoint), now);
    let outcome = match (&next.state, delivery.is_accepted()) {
        (OutboxState::Failed { .. }, _) => "failed",
        (_, true) => "delivered",
        (_, false) => "deferred",
    };
    metrics::message(app.deliverers.transport(endpoint), outcome);
    if let Delivery::Accepted { reference } | Delivery::Taken { reference, .. } = delivery {
        tracing::info!(message_id = %row.message, to = %endpoint, reference, attempt = row.attempt, "delivered a message");
    } else if let (Some(error), false) = (delivery.error(), next.is_settled()) {
        tracing::warn!(message_id = %row.message, to = %endpoint, error, attempt = row.attempt, next = %next.next_attempt, "deferred a message");
    }
    // Before the row says that nothing more will be tried, somebody else has to know of it.
    if let OutboxState::Failed { error, .. } = &next.state
        && !next.is_unknown()
    {
        tracing::error!(message_id = %row.message, to = %endpoint, error, "{}", alarms::WILL_NOT_BE_DELIVERED);
        endpoint_health::give_up_for_row(app, row, error, now).await?;
    }
    write_next(app, stored, &next, now).await?;
    // Taken is not arrived: of an operation a delivery report says that the address works.
    if matches!(delivery, Delivery::Accepted { .. }) {
        endpoint_health::note_working(app, &row.recipient, endpoint).await?;
    }
    // What is due next can depend on what was notified.
    app.repository.wake(&row.recipient, now).await?;
    Ok(())
}

/// Writes the row and the ledger. Of what is not known for good, operators are told first.
pub(super) async fn write_next(
    app: &App,
    stored: &Stored<OutboxRow>,
    next: &OutboxRow,
    now: DateTime<Utc>,
) -> Result<(), ServiceError> {
    if let OutboxState::Failed { error, .. } = &next.state
        && next.is_unknown()
    {
        tracing::error!(message_id = %next.message, to = %next.endpoint, error, "{}", alarms::WILL_NOT_BE_DELIVERED);
        app.report(&[endpoint_health::not_known(&next.recipient, &next.endpoint, error)], now).await?;
    }
    app.repository.replace_outbox(stored, next).await?;
    Ok(settle(app, next).await?)
}

/// What `row` is after an attempt, or a question, that came to `delivery`. Where the other side knows a copy again,
/// any number of attempts is the same message.
fn after(row: &OutboxRow, delivery: &Delivery, knows_copies: bool, now: DateTime<Utc>) -> OutboxRow {
    let operation = row.operation.another();
    match delivery {
        Delivery::Accepted { reference } => OutboxRow {
            state: OutboxState::Delivered { at: now, reference: reference.clone() },
            ..row.clone()
        },
        Delivery::Taken { reference, wait } => reported(row.handed_over(reference, *wait, now), now),
        Delivery::Rejected { cause: Rejection::TooLarge, error } if row.size.shorter().is_some() => {
            let shortened = row.shortened(error, now).unwrap_or_else(|| row.clone());
            OutboxRow { operation, ..shortened }
        }
        Delivery::Rejected { error, .. } => OutboxRow {
            state: OutboxState::Failed { at: now, error: error.clone() },
            last_error: Some(error.clone()),
            operation,
            ..row.clone()
        },
        Delivery::Deferred { error, retry_after, certainly_unsent: false, .. } if !knows_copies => {
            row.doubted(error, *retry_after, now)
        }
        Delivery::Deferred { error, retry_after, certainly_unsent, .. } => {
            let doubtful = row.doubtful || !certainly_unsent;
            OutboxRow { doubtful, operation, ..row.deferred(error, *retry_after, now) }
        }
        Delivery::Ours { error, retry_after, .. } => {
            OutboxRow { operation, ..row.deferred(error, *retry_after, now) }
        }
    }
}

/// The row with what a delivery report said before the service's own answer came.
pub(super) fn reported(row: OutboxRow, now: DateTime<Utc>) -> OutboxRow {
    let Some(report) = row.report.as_ref().filter(|report| report.number == row.operation.number) else {
        return row;
    };
    let operation = row.operation.ended();
    match &report.refused {
        None => OutboxRow { operation, ..row },
        Some(error) => OutboxRow {
            state: OutboxState::Failed { at: now, error: error.clone() },
            last_error: Some(error.clone()),
            operation,
            ..row
        },
    }
}

/// Notes in the ledger what this endpoint has.
pub(super) async fn settle(app: &App, row: &OutboxRow) -> Result<(), StoreError> {
    let key = row.endpoint.key();
    let has_it = matches!(row.state, OutboxState::Delivered { .. }) || row.doubtful;
    retry_on_conflict!(TRIES, {
        let Some(stored) = app.repository.message(&row.recipient, row.sequence).await? else {
            return Ok(());
        };
        let mut next = stored.value.clone();
        // A message that an earlier attempt may have got through stays in doubt, whatever this one came to.
        if !has_it {
            next.in_doubt.remove(&key);
        }
        if row.is_settled() {
            next.settled.insert(key.clone());
        } else {
            // What a service took and did not do is tried again.
            next.settled.remove(&key);
        }
        match &row.state {
            OutboxState::Failed { at, .. } if row.is_unknown() => {
                next.unknown.insert(key.clone(), *at);
            }
            _ => _ = next.unknown.remove(&key),
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
