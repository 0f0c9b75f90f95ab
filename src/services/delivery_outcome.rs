//! Records what became of an attempt to deliver.

use chrono::{DateTime, Utc};

use super::attempt_outcome::{AttemptOutcome, after};
use super::transports::Judged;
use super::{App, ServiceError, alarms, endpoint_health, equal_refusals, transports};
use crate::deliver::Delivery;
use crate::domain::ledger::MessageRecord;
use crate::domain::outbox::{OutboxRow, OutboxState};
use crate::metrics;
use crate::store::repository::Stored;
use crate::store::{StoreError, TRIES, retry_on_conflict};

/// Says what became of an attempt, once.
pub(super) fn log_outcome(row: &OutboxRow, outcome: &AttemptOutcome) {
    let endpoint = &row.endpoint;
    // Whether it is given up is seen with the results of others.
    let next = outcome.applied_to(&row.excused(outcome.at));
    match &outcome.delivery {
        Delivery::Accepted { reference } | Delivery::Taken { reference, .. } => {
            tracing::info!(message_id = %row.message, to = %endpoint, reference, attempt = row.attempt, "delivered a message");
        }
        Delivery::Rejected { error, .. }
        | Delivery::Ours { error, .. }
        | Delivery::Deferred { error, .. } => match &next {
            Some(OutboxRow { state: OutboxState::Failed { error, .. }, .. }) => {
                // Whether that is its end is judged with the results of others.
                tracing::warn!(message_id = %row.message, to = %endpoint, error, attempt = row.attempt, "a message was refused");
            }
            next => {
                let next = next.as_ref().map(|next| next.next_attempt).unwrap_or_default();
                tracing::warn!(message_id = %row.message, to = %endpoint, error, attempt = row.attempt, %next, "deferred a message");
            }
        },
    }
}

/// What is counted of an attempt after which the row is `next`.
fn counted_as(next: &OutboxRow, delivery: &Delivery) -> &'static str {
    match (&next.state, delivery) {
        // What became of it later may stand in the row already.
        (_, Delivery::Accepted { .. } | Delivery::Taken { .. }) => "delivered",
        (OutboxState::Failed { .. }, _) => "failed",
        _ => "deferred",
    }
}

/// Writes the outcome down: the row first, so that nothing is sent again, then the ledger. Doing it again, at whatever
/// point it ended before, does what is left.
pub(super) async fn record(app: &App, outcome: &AttemptOutcome) -> Result<(), ServiceError> {
    let Some(stored) = app.repository.outbox_row(&outcome.row).await? else { return Ok(()) };
    record_from(app, outcome, &stored, None).await
}

/// The same, where the row was read, and maybe the message: a conflict if the row is another one by now.
pub(super) async fn record_from(
    app: &App,
    outcome: &AttemptOutcome,
    stored: &Stored<OutboxRow>,
    message: Option<Stored<MessageRecord>>,
) -> Result<(), ServiceError> {
    let now = app.clock.now();
    if !outcome.is_news_of(&stored.value) {
        if stored.value.attempt != outcome.attempt {
            // It has gone on without this outcome, which says nothing any more.
            return Ok(());
        }
        return write(app, stored, (None, message), &outcome.delivery, now).await;
    }
    let (row, delivery) = seen_with_others(app, &stored.value, &outcome.delivery, now).await?;
    let next = after(&row, &delivery, outcome.knows_copies, outcome.at);
    let word = counted_as(&next, &delivery);
    write(app, stored, (Some(next), message), &delivery, now).await?;
    metrics::message(app.deliverers.transport(&stored.value.endpoint), word);
    Ok(())
}

/// The row and what became of it, in the light of what became of other messages.
async fn seen_with_others(
    app: &App,
    row: &OutboxRow,
    delivery: &Delivery,
    now: DateTime<Utc>,
) -> Result<(OutboxRow, Delivery), ServiceError> {
    let Judged { delivery, counts } = transports::judge(app, row, delivery, now).await?;
    Ok((if counts { row.clone() } else { row.excused(now) }, delivery))
}

/// Writes down what became of a message that a service had taken: by its own word, or by a delivery report.
pub(super) async fn record_end(
    app: &App,
    stored: &Stored<OutboxRow>,
    delivery: &Delivery,
    now: DateTime<Utc>,
) -> Result<(), ServiceError> {
    let (row, delivery) = &seen_with_others(app, &stored.value, delivery, now).await?;
    let next = after(row, delivery, true, now);
    let (message_id, to, error) = (&next.message, &next.endpoint, delivery.error());
    tracing::error!(%message_id, %to, error, "provider accepted the message, then failed to deliver it");
    write(app, stored, (Some(next), None), delivery, now).await
}

async fn write(
    app: &App,
    stored: &Stored<OutboxRow>,
    (next, message): (Option<OutboxRow>, Option<Stored<MessageRecord>>),
    delivery: &Delivery,
    now: DateTime<Utc>,
) -> Result<(), ServiceError> {
    if let Some(next) = &next {
        // Before the row says that nothing more will be tried, somebody else has to know of it.
        if let OutboxState::Failed { error, .. } = &next.state
            && !next.is_unknown()
        {
            tracing::error!(message_id = %next.message, to = %next.endpoint, error, "{}", alarms::WILL_NOT_BE_DELIVERED);
            endpoint_health::give_up_for_row(app, &stored.value, error, now).await?;
            write_next(app, stored, next, message, now).await?;
            endpoint_health::unless_freed(app, next, now).await?;
            equal_refusals::free_if_ours(app, &next.endpoint, error, now).await?;
        } else {
            write_next(app, stored, next, message, now).await?;
        }
    } else {
        settle(app, &stored.value).await?;
    }
    let row = next.as_ref().unwrap_or(&stored.value);
    // Taken is not arrived: of an operation a delivery report says that the address works.
    if matches!(delivery, Delivery::Accepted { .. }) {
        endpoint_health::note_working(app, &row.recipient, &row.endpoint).await?;
    }
    if matches!(delivery, Delivery::Accepted { .. } | Delivery::Taken { .. }) {
        transports::resolve_some_mail(app, &stored.value).await?;
    }
    // What is due next can depend on what was notified.
    app.repository.wake(&row.recipient, now).await?;
    Ok(())
}

/// Writes the row and the ledger. Of what is not known for good, operators are notified first.
pub(super) async fn write_next(
    app: &App,
    stored: &Stored<OutboxRow>,
    next: &OutboxRow,
    message: Option<Stored<MessageRecord>>,
    now: DateTime<Utc>,
) -> Result<(), ServiceError> {
    if let OutboxState::Failed { error, .. } = &next.state
        && next.is_unknown()
    {
        app.report(&[endpoint_health::not_known(&next.recipient, &next.endpoint, error)], now).await?;
    }
    app.repository.replace_outbox(stored, next).await?;
    Ok(settle_from(app, next, message).await?)
}

/// Notes in the ledger what this endpoint has.
pub(super) async fn settle(app: &App, row: &OutboxRow) -> Result<(), StoreError> {
    settle_from(app, row, None).await
}

/// The same, where the message may have been read.
async fn settle_from(
    app: &App,
    row: &OutboxRow,
    mut known: Option<Stored<MessageRecord>>,
) -> Result<(), StoreError> {
    let key = row.endpoint.key();
    let has_it = matches!(row.state, OutboxState::Delivered { .. }) || row.doubtful;
    retry_on_conflict!(TRIES, {
        let stored = match known.take() {
            Some(known) => Some(known),
            None => app.repository.message(&row.recipient, row.sequence).await?,
        };
        let Some(stored) = stored else { return Ok(()) };
        let mut next = stored.value.clone();
        // A message that an earlier attempt may have got through stays in doubt, whatever this one came to.
        if !has_it {
            next.in_doubt.remove(&key);
        }
        // What was dropped before it was bound, or for an endpoint that is not the message's any more, was not sent.
        let was_dropped = matches!(row.state, OutboxState::Dropped { .. })
            && (next.is_unsent() || !next.endpoints.contains(&row.endpoint));
        if row.is_settled() && !was_dropped {
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
        let surely_not = !row.is_unknown() && !next.in_doubt.contains(&key);
        if surely_not && matches!(row.state, OutboxState::Failed { .. }) {
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
