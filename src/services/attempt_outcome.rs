//! The result of one attempt to deliver, and what its row is then. Pure.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::deliver::{Delivery, Rejection};
use crate::domain::ids::OutboxId;
use crate::domain::outbox::{OutboxRow, OutboxState};

/// Result of one attempt, with all that it takes to write it down.
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
    pub(super) fn applied_to(&self, row: &OutboxRow) -> Option<OutboxRow> {
        // Whichever attempt it was: the other side has it.
        let is_news = self.delivery.is_accepted() && row.attempt >= self.attempt && !row.is_settled();
        let is_under_way = row.attempt == self.attempt && matches!(row.state, OutboxState::Sending { .. });
        if !is_news && !is_under_way {
            return None;
        }
        Some(after(row, &self.delivery, self.knows_copies, self.at))
    }
}

/// So many attempts of which nobody knows are made where the other side knows a copy again: about a day of them.
const DOUBTS_WITHOUT_COPIES: u32 = 24;

/// What `row` is after an attempt, or a question, that came to `delivery`. Where the other side knows a copy again,
/// many attempts are the same message; what waits behind it does not wait for ever.
pub(super) fn after(
    row: &OutboxRow,
    delivery: &Delivery,
    knows_copies: bool,
    now: DateTime<Utc>,
) -> OutboxRow {
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
