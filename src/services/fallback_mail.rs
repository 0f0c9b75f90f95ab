//! Sends what does not leave by its own way by another one.

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
pub(super) async fn mail_instead(
    app: &App,
    row: &OutboxRow,
    channel: &RecipientName,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let policy = app.policy();
    let Some(recipient) = policy.recipient(channel) else { return Ok(()) };
    send_as_well(app, row, &recipient.mailboxes().collect::<Vec<_>>(), now).await
}

/// Sends what is urgent, and does not leave by its own way, by the recipient's other ways, if there are any: a mail to its
/// channel or chat, a card to its mailboxes.
pub(super) async fn reroute(app: &App, row: &OutboxRow, now: DateTime<Utc>) -> Result<(), StoreError> {
    let policy = app.policy();
    if policy.diverted(&row.recipient).is_some() {
        return Ok(());
    }
    match &row.endpoint {
        Endpoint::Email { .. } => {
            let Some(recipient) = policy.recipient(&row.recipient) else { return Ok(()) };
            let flows = recipient.channel().into_iter().chain(recipient.chat());
            let known = flows.filter(|flow| app.deliverers.fingerprint(flow).is_some());
            send_as_well(app, row, &known.collect::<Vec<_>>(), now).await
        }
        Endpoint::Teams { recipient } => mail_instead(app, row, recipient, now).await,
        // The mail that it stands beside goes anyway.
        Endpoint::Chat { .. } => Ok(()),
    }
}

/// Sends the message of `row` to these endpoints as well, where it does not go there anyway.
///
/// The message names them before their outbox rows are written; both are there already when this is repeated.
async fn send_as_well(
    app: &App,
    row: &OutboxRow,
    endpoints: &[Endpoint],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    if endpoints.is_empty() {
        return Ok(());
    }
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
            endpoints.iter().filter(|endpoint| !message.endpoints.contains(endpoint)).cloned().collect();
        if !missing.is_empty() {
            message.endpoints.extend(missing);
            app.repository.put_message(&message, stored.etag).await?;
        }
        // Rows that are there stay as they are.
        let rows: Vec<OutboxRow> =
            endpoints.iter().map(|endpoint| outbox_row(&message, endpoint, None, now)).collect();
        app.repository.add_to_outbox(&rows).await
    })
}
