//! Sends by mail what a channel refused.

use chrono::{DateTime, Utc};

use crate::domain::endpoint::Endpoint;
use crate::domain::message::MessageKind;
use crate::domain::outbox::OutboxRow;
use crate::domain::recipient_name::RecipientName;
use crate::store::StoreError;
use crate::store::{TRIES, retry_on_conflict};

use super::App;
use super::outbox_rows::outbox_row;

/// Sends what the channel of `channel` did not take to its mail addresses that do not get it anyway.
///
/// The message names them before their outbox rows are written; both are there already when this is repeated.
pub(super) async fn mail_instead(
    app: &App,
    row: &OutboxRow,
    channel: &RecipientName,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let policy = app.policy();
    let Some(recipient) = policy.recipient(channel) else { return Ok(()) };
    retry_on_conflict!(TRIES, {
        let Some(stored) = app.repository.message(&row.recipient, row.sequence).await? else {
            return Ok(());
        };
        let mut message = stored.value;
        // A sign of life concerns nobody else, and an exercise is about this channel.
        if matches!(message.kind, MessageKind::Heartbeat | MessageKind::Drill) {
            return Ok(());
        }
        let missing: Vec<Endpoint> =
            recipient.mailboxes().filter(|mailbox| !message.endpoints.contains(mailbox)).collect();
        if !missing.is_empty() {
            message.endpoints.extend(missing);
            app.repository.put_message(&message, stored.etag).await?;
        }
        // Rows that are there stay as they are.
        let mailboxes = recipient.mailboxes().filter(|mailbox| message.endpoints.contains(mailbox));
        let rows: Vec<OutboxRow> =
            mailboxes.map(|mailbox| outbox_row(&message, &mailbox, None, now)).collect();
        app.repository.add_to_outbox(&rows).await
    })
}
