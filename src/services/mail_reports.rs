//! Delivery reports of the mail service.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use crate::azure::events::{MailFate, MailReport};
use crate::domain::endpoint::Endpoint;
use crate::domain::recipient_name::RecipientName;

use super::{App, ServiceError};

/// Marks an address that refuses mail, or uses one again that takes it.
pub async fn take_mail_report(
    app: &App,
    report: &MailReport,
    now: DateTime<Utc>,
) -> Result<(), ServiceError> {
    let endpoint = Endpoint::Email { address: report.to.clone() };
    let status = match &report.fate {
        MailFate::Delivered => {
            if app.repository.dead_since(&endpoint).await?.is_some_and(|since| since < report.at) {
                tracing::info!(to = %endpoint, "an address takes mail again");
                app.repository.revive(&endpoint).await?;
            }
            return Ok(());
        }
        MailFate::Other(status) => {
            tracing::warn!(to = %endpoint, status, "a mail may not have been read");
            return Ok(());
        }
        MailFate::Refused(status) => status,
    };
    let error = match &report.details {
        Some(details) => format!("{status}: {details}"),
        None => status.clone(),
    };
    let recipients = reached_at(app, &endpoint).await?;
    if recipients.is_empty() {
        tracing::warn!(status, "a delivery report is about an address that nobody here is written to");
    }
    for recipient in &recipients {
        tracing::error!(%recipient, to = %endpoint, error, "a mail was not delivered");
        super::endpoint_health::give_up(app, recipient, &endpoint, &error, report.at, now).await?;
    }
    Ok(())
}

/// Who is written to at `endpoint`: configured recipients, and the person whose name it is.
async fn reached_at(app: &App, endpoint: &Endpoint) -> Result<Vec<RecipientName>, ServiceError> {
    let policy = app.policy();
    let mut names: BTreeSet<RecipientName> = policy
        .recipients
        .values()
        .filter(|recipient| recipient.endpoints().contains(endpoint))
        .map(|recipient| recipient.name.clone())
        .collect();
    if let Endpoint::Email { address } = endpoint {
        names.insert(RecipientName::from(address));
    }
    let mut reached = Vec::new();
    for name in names {
        // Whoever never got a message from here cannot have had one bounce.
        let state = app.repository.state(&name).await?;
        if state.ledger.iter().any(|message| message.value.endpoints.contains(endpoint)) {
            reached.push(name);
        }
    }
    Ok(reached)
}
