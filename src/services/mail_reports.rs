//! Delivery reports of the mail service.
//!
//! A report is a hint that anybody with the key of the address can send. It counts only for a mail that was handed to
//! Communication Services from here, by the number of that operation and the address that it went to.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use crate::azure::events::{MailFate, MailRefusal, MailReport};
use crate::domain::endpoint::Endpoint;
use crate::domain::ids::OutboxId;
use crate::domain::outbox::{OutboxRow, OutboxState};
use crate::domain::recipient_name::RecipientName;

use super::{App, ServiceError};

/// Marks an address that refuses mail, or uses one again that takes it.
pub async fn take_mail_report(
    app: &App,
    report: &MailReport,
    now: DateTime<Utc>,
) -> Result<(), ServiceError> {
    let endpoint = Endpoint::Email { address: report.to.clone() };
    let Some(row) = sent(app, report, &endpoint).await? else {
        tracing::warn!("a delivery report is about no mail that was sent from here; it is left alone");
        return Ok(());
    };
    let (recipient, message_id) = (&row.recipient, &row.message);
    match report.fate {
        MailFate::Delivered => {
            if app.repository.dead_since(&endpoint).await?.is_some_and(|since| since < report.at) {
                tracing::info!(%recipient, %message_id, "an address takes mail again");
                app.repository.revive(&endpoint).await?;
            }
        }
        MailFate::Other => tracing::warn!(%recipient, %message_id, "a mail may not have been read"),
        MailFate::Refused(refusal) => {
            let error = words(refusal, report.code.as_deref());
            tracing::error!(%recipient, %message_id, error, "a mail was not delivered");
            super::endpoint_health::give_up(app, recipient, &endpoint, &error, report.at, now).await?;
        }
    }
    Ok(())
}

/// What is said of a refusal: in our own words, by what the status code means. The other side's words could be anybody's.
fn words(refusal: MailRefusal, code: Option<&str>) -> String {
    let what = match refusal {
        MailRefusal::Bounced => "the mail service reports that the address refused the mail (bounced)",
        MailRefusal::Suppressed => {
            "the mail service sends nothing to the address any more, because mail to it bounced (suppressed)"
        }
        MailRefusal::Quarantined => "the mail service reports that the mail was put into quarantine",
        MailRefusal::Failed => "the mail service reports that it could not deliver the mail",
    };
    let Some(code) = code else { return what.to_owned() };
    let meaning = match code.split_once('.').map_or("", |(_, rest)| rest) {
        rest if rest.starts_with("1.") => ": there is no such address",
        "2.2" => ": the mailbox is full",
        rest if rest.starts_with("2.") => ": the mailbox takes no mail",
        rest if rest.starts_with("4.") => ": its mail system could not be reached",
        rest if rest.starts_with("7.") => ": its mail system does not allow it",
        _ => "",
    };
    format!("{what}, status {code}{meaning}")
}

/// The mail that the report is about: one that was handed to Communication Services for this very address.
async fn sent(
    app: &App,
    report: &MailReport,
    endpoint: &Endpoint,
) -> Result<Option<OutboxRow>, ServiceError> {
    let Some(operation) = report.operation else { return Ok(None) };
    let policy = app.policy();
    let mut names: BTreeSet<RecipientName> = policy
        .recipients
        .values()
        .filter(|recipient| recipient.endpoints().contains(endpoint))
        .map(|recipient| recipient.name.clone())
        .collect();
    names.insert(RecipientName::from(&report.to));
    for name in names {
        let state = app.repository.whole_state(&name).await?;
        let former = state.former.iter().flat_map(|former| &former.messages);
        let messages = state.ledger.iter().chain(former).map(|message| &message.value);
        let of_address = messages.filter(|message| message.endpoints.contains(endpoint));
        let is_same = |id| app.deliverers.operation(id, &report.to) == Some(operation);
        let Some(message) = of_address.map(|message| &message.id).find(|id| is_same(*id)) else { continue };
        let row = app.repository.outbox_row(&OutboxId::derive(message, endpoint)).await?;
        return Ok(row.map(|row| row.value).filter(|row| was_handed_over(row, operation)));
    }
    Ok(None)
}

/// Whether the mail left by that operation, or may have: an attempt was made whose answer was lost.
fn was_handed_over(row: &OutboxRow, operation: uuid::Uuid) -> bool {
    match &row.state {
        OutboxState::Delivered { reference, .. } => reference.ends_with(&format!(" operation {operation}")),
        OutboxState::Sending { .. } => true,
        OutboxState::Waiting | OutboxState::Emitted | OutboxState::Failed { .. } => row.doubtful,
        OutboxState::Dropped { .. } => false,
    }
}
