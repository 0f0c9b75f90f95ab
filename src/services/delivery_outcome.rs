//! Records what became of an attempt to deliver.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::deliver::{Delivery, Rejection};
use crate::domain::ids::OutboxId;
use crate::domain::outbox::{OutboxRow, OutboxState};
use crate::metrics;
use crate::store::StoreError;
use crate::store::repository::Stored;
use crate::store::{TRIES, retry_on_conflict};

use super::channels::Judged;
use super::{App, ServiceError, alarms, channels, endpoint_health, equal_refusals};

/// What one attempt came to, with all that it takes to write it down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptOutcome {
    /// The row that the attempt was for.
    pub row: OutboxId,
    pub attempt: u32,
    /// When it ended.
    pub at: DateTime<Utc>,
    pub delivery: Delivery,
    /// Whether the other side knows a copy again, so that any number of attempts is the same message.
    #[serde(default)]
    pub knows_copies: bool,
}

/// Of an error, a queue message carries no more than this.
const CARRIED_ERROR: usize = 4 * 1024;

impl AttemptOutcome {
    /// What became of the attempt of `row`, short enough for a queue message.
    pub(super) fn new(
        row: &OutboxRow,
        mut delivery: Delivery,
        knows_copies: bool,
        at: DateTime<Utc>,
    ) -> Self {
        let (Delivery::Accepted { reference: text }
        | Delivery::Taken { reference: text, .. }
        | Delivery::Rejected { error: text, .. }
        | Delivery::Ours { error: text, .. }
        | Delivery::Deferred { error: text, .. }) = &mut delivery;
        text.truncate(text.floor_char_boundary(CARRIED_ERROR));
        Self { row: row.id.clone(), attempt: row.attempt, at, delivery, knows_copies }
    }

    /// Whether it is news of this row.
    pub(super) fn is_news_of(&self, row: &OutboxRow) -> bool {
        self.applied_to(row).is_some()
    }

    /// The row with this outcome in it; nothing when it says no more about the row than that has already.
    fn applied_to(&self, row: &OutboxRow) -> Option<OutboxRow> {
        // Whichever attempt it was: the other side has it.
        let is_news = self.delivery.is_accepted() && row.attempt >= self.attempt && !row.is_settled();
        let is_under_way = row.attempt == self.attempt && matches!(row.state, OutboxState::Sending { .. });
        if !is_news && !is_under_way {
            return None;
        }
        Some(after(row, &self.delivery, self.knows_copies, self.at))
    }
}

/// Says what became of an attempt, once.
pub(super) fn log_outcome(row: &OutboxRow, outcome: &AttemptOutcome) {
    let endpoint = &row.endpoint;
    // Whether it is given up is seen with what others came to.
    let next = outcome.applied_to(&row.excused(outcome.at));
    match &outcome.delivery {
        Delivery::Accepted { reference } | Delivery::Taken { reference, .. } => {
            tracing::info!(message_id = %row.message, to = %endpoint, reference, attempt = row.attempt, "delivered a message");
        }
        Delivery::Rejected { error, .. }
        | Delivery::Ours { error, .. }
        | Delivery::Deferred { error, .. } => match &next {
            Some(OutboxRow { state: OutboxState::Failed { error, .. }, .. }) => {
                // Whether that is its end is judged with what others came to.
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
    let now = app.clock.now();
    let Some(stored) = app.repository.outbox_row(&outcome.row).await? else { return Ok(()) };
    if !outcome.is_news_of(&stored.value) {
        if stored.value.attempt != outcome.attempt {
            // It has gone on without this outcome, which says nothing any more.
            return Ok(());
        }
        return write(app, &stored, None, &outcome.delivery, now).await;
    }
    let (row, delivery) = seen_with_others(app, &stored.value, &outcome.delivery, now).await?;
    let next = after(&row, &delivery, outcome.knows_copies, outcome.at);
    let word = counted_as(&next, &delivery);
    write(app, &stored, Some(next), &delivery, now).await?;
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
    let Judged { delivery, counts } = channels::judge(app, row, delivery, now).await?;
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
    tracing::error!(%message_id, %to, error, "a message that was taken came to nothing");
    write(app, stored, Some(next), delivery, now).await
}

async fn write(
    app: &App,
    stored: &Stored<OutboxRow>,
    next: Option<OutboxRow>,
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
            write_next(app, stored, next, now).await?;
            endpoint_health::unless_freed(app, next, now).await?;
            equal_refusals::free_if_ours(app, &next.endpoint, error, now).await?;
        } else {
            write_next(app, stored, next, now).await?;
        }
    } else {
        settle(app, &stored.value).await?;
    }
    let row = next.as_ref().unwrap_or(&stored.value);
    // Taken is not arrived: of an operation a delivery report says that the address works.
    if matches!(delivery, Delivery::Accepted { .. }) {
        endpoint_health::note_working(app, &row.recipient, &row.endpoint).await?;
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
        app.report(&[endpoint_health::not_known(&next.recipient, &next.endpoint, error)], now).await?;
    }
    app.repository.replace_outbox(stored, next).await?;
    Ok(settle(app, next).await?)
}

/// So many attempts of which nobody knows are made where the other side knows a copy again: about a day of them.
const DOUBTS_WITHOUT_COPIES: u32 = 24;

/// What `row` is after an attempt, or a question, that came to `delivery`. Where the other side knows a copy again,
/// many attempts are the same message; what waits behind it does not wait for ever.
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
        Delivery::Deferred { error, retry_after, certainly_unsent: false, .. }
            if !knows_copies || DOUBTS_WITHOUT_COPIES <= row.doubts =>
        {
            row.doubted(error, *retry_after, now)
        }
        Delivery::Deferred { error, retry_after, certainly_unsent, .. } => {
            let doubtful = row.doubtful || !certainly_unsent;
            let doubts = row.doubts + u32::from(!certainly_unsent);
            OutboxRow { doubtful, doubts, operation, ..row.deferred(error, *retry_after, now) }
        }
        Delivery::Ours { error, retry_after, .. } => {
            OutboxRow { operation, ..row.deferred(error, *retry_after, now) }
        }
    }
}

/// The row with what a delivery report said before the service's own answer came.
fn reported(row: OutboxRow, now: DateTime<Utc>) -> OutboxRow {
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
