//! Sends by mail what a channel refused.

use chrono::{DateTime, Utc};

use crate::domain::message::MessageKind;
use crate::domain::outbox::OutboxRow;
use crate::domain::recipient::{Endpoint, RecipientName};
use crate::store::StoreError;

use super::App;
use super::outbox_rows::outbox_row;

/// How often a write is tried again when somebody else wrote at the same time.
const TRIES: usize = 5;

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
    let mut tries = 0;
    loop {
        tries += 1;
        let Some(stored) = app.repository.message(&row.recipient, row.sequence).await? else {
            return Ok(());
        };
        let mut message = stored.value;
        // A sign of life has nothing to tell anybody else, and an exercise is about this channel.
        if matches!(message.kind, MessageKind::Heartbeat | MessageKind::Drill) {
            return Ok(());
        }
        let missing: Vec<Endpoint> =
            recipient.mailboxes().filter(|mailbox| !message.endpoints.contains(mailbox)).collect();
        if !missing.is_empty() {
            message.endpoints.extend(missing);
            match app.repository.put_message(&message, stored.etag).await {
                Err(error) if error.is_conflict() && tries < TRIES => continue,
                written => written?,
            };
        }
        // Rows that are there stay as they are.
        let mailboxes = recipient.mailboxes().filter(|mailbox| message.endpoints.contains(mailbox));
        let rows: Vec<OutboxRow> =
            mailboxes.map(|mailbox| outbox_row(&message, &mailbox, None, now)).collect();
        return app.repository.add_to_outbox(&rows).await;
    }
}
