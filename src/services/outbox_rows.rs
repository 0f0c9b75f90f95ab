//! The outbox rows of claimed messages.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::domain::endpoint::Endpoint;
use crate::domain::ids::OutboxId;
use crate::domain::ledger::{MessageRecord, RecipientHead};
use crate::domain::message::MessageKind;
use crate::domain::outbox::OutboxRow;
use crate::domain::recipient_name::RecipientName;
use crate::domain::stage::Stage;
use crate::store::{ETag, StoreError};

use super::App;

/// Writes the outbox rows of every claimed message that may lack some. Rows that are there stay as they are, but
/// where a message was `amended` they become as urgent as it is.
pub(super) async fn emit_claimed(
    app: &App,
    name: &RecipientName,
    (head, etag): (&RecipientHead, Option<ETag>),
    ledger: &[Arc<MessageRecord>],
    amended: bool,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    if head.unemitted.is_empty() {
        return Ok(());
    }
    let unemitted = ledger.iter().filter(|message| head.unemitted.contains(&message.sequence));
    let rows: Vec<OutboxRow> = unemitted.flat_map(|message| outbox_rows(message, ledger, now)).collect();
    app.repository.add_to_outbox(&rows).await?;
    if amended {
        app.repository.keep_urgency(&rows).await?;
    }
    let sequences: Vec<u64> = head.unemitted.iter().copied().collect();
    app.repository.settle_unemitted(name, head, etag, &sequences).await
}

fn outbox_rows(message: &MessageRecord, ledger: &[Arc<MessageRecord>], now: DateTime<Utc>) -> Vec<OutboxRow> {
    let row = |endpoint: &Endpoint| {
        // An earlier message to the same endpoint goes first, so that nobody reads the end before the beginning.
        let earlier = ledger.iter().filter(|other| other.sequence < message.sequence);
        let waiting = earlier.filter(|other| other.open_endpoints().any(|open| open == endpoint));
        // Nothing waits for an exercise.
        let waiting = waiting.filter(|other| other.kind != MessageKind::Drill);
        let after =
            waiting.max_by_key(|other| other.sequence).map(|other| OutboxId::derive(&other.id, endpoint));
        outbox_row(message, endpoint, after, now)
    };
    message.endpoints.iter().map(row).collect()
}

/// The row that sends `message` to `endpoint`, once `after` is settled.
pub(super) fn outbox_row(
    message: &MessageRecord,
    endpoint: &Endpoint,
    after: Option<OutboxId>,
    now: DateTime<Utc>,
) -> OutboxRow {
    OutboxRow {
        deadline: message.deadline,
        imminent: message.items.iter().any(|item| matches!(item.stage, Stage::Imminent | Stage::Unconfirmed)),
        after,
        for_operators: message.operator_alerts.iter().any(|operator_alert| !operator_alert.is_note())
            || matches!(
                message.kind,
                MessageKind::GoLive | MessageKind::Operator | MessageKind::Drill | MessageKind::Coverage
            ),
        ..OutboxRow::new(&message.id, &message.recipient, message.sequence, endpoint.clone(), now)
    }
}
