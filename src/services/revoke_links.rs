//! Withdraws links that were sent: an emergency lever, pulled on the command line.

use chrono::{DateTime, SecondsFormat, Utc};

use crate::domain::action::Actor;
use crate::domain::action::audit::{AuditAction, AuditEvent};
use crate::domain::action::token::MessageRef;
use crate::domain::ids::MessageId;
use crate::domain::recipient_name::RecipientName;
use crate::store::StoreError;
use crate::store::repository::{Repository, Revocations, Revoked};

/// Whose links are withdrawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RevokedLinks {
    /// That of one message.
    Message {
        /// To whom it went.
        recipient: RecipientName,
        /// Its number among theirs.
        sequence: u64,
        id: MessageId,
    },
    Recipient(RecipientName),
    Everybody,
}

/// Withdraws the links that were signed by `signed_by`, and records who did. They are refused from the moment on at
/// which this returns.
///
/// # Errors
/// When the store cannot be read or written. Doing it again is safe.
pub async fn revoke_links(
    repository: &Repository,
    whose: &RevokedLinks,
    signed_by: DateTime<Utc>,
    by: Actor,
    now: DateTime<Utc>,
) -> Result<Revoked, StoreError> {
    let until = signed_by.to_rfc3339_opts(SecondsFormat::Secs, true);
    let links = match whose {
        RevokedLinks::Message { recipient, id, .. } => format!("the link of message {id} to {recipient}"),
        RevokedLinks::Recipient(name) => format!("the links of {name} signed until {until}"),
        RevokedLinks::Everybody => format!("all links signed until {until}"),
    };
    let message = match whose {
        RevokedLinks::Message { id, .. } => Some(id.clone()),
        _ => None,
    };
    let revoked = Revoked { links: links.clone(), signed_by, at: now };
    let action = AuditAction::Revoked { links };
    let event = AuditEvent { at: now, actor: by, action, window: None, message };
    let reference = |recipient: &RecipientName, sequence| {
        MessageRef::new(recipient, sequence).ok_or_else(|| {
            StoreError::Refused(format!("no link can be made for message {sequence} to {recipient}"))
        })
    };
    let reference = match whose {
        RevokedLinks::Message { recipient, sequence, .. } => Some(reference(recipient, *sequence)?),
        RevokedLinks::Recipient(recipient) => Some(reference(recipient, 1)?),
        RevokedLinks::Everybody => None,
    };
    let change = |all: &mut Revocations| match (whose, &reference) {
        (RevokedLinks::Message { .. }, Some(message)) => all.revoke_message(message, revoked.clone()),
        (RevokedLinks::Recipient(_), Some(message)) => all.revoke_recipient(message, revoked.clone()),
        _ => all.revoke_all(revoked.clone()),
    };
    repository.revoke(&event, change).await?;
    tracing::warn!(links = revoked.links, "links were withdrawn");
    Ok(revoked)
}
