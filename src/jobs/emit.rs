//! `PlanNotifications`, second half: hands outbox rows to the delivery queue, the most urgent first, within the quota.

use std::fmt;
use std::str::FromStr;

use crate::domain::outbox::{OutboxId, OutboxRow, choose};
use crate::store::repository::Stored;

use super::{App, JobError, log_unreadable};

/// How many rows are looked at in one run. What is left stays due.
const ROW_LIMIT: usize = 2000;

/// What a queue message to `DeliverMessage` says: which row, and which of its attempts. An old ticket does nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// The row.
    pub row: String,
    /// The attempt's number.
    pub attempt: u32,
}

impl fmt::Display for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.row, self.attempt)
    }
}

/// A text that is no ticket.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no delivery ticket; one looks like ROW:ATTEMPT")]
pub struct InvalidTicket(String);

impl FromStr for Ticket {
    type Err = InvalidTicket;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidTicket(text.chars().take(120).collect());
        let (row, attempt) = text.rsplit_once(':').ok_or_else(invalid)?;
        Ok(Self { row: row.to_owned(), attempt: attempt.parse().map_err(|_| invalid())? })
    }
}

/// Chooses what is sent now and leases it. Returns a ticket for each.
///
/// # Errors
/// When the outbox cannot be read or written.
pub async fn emit(app: &App) -> Result<Vec<Ticket>, JobError> {
    if !app.sending {
        return Ok(Vec::new());
    }
    let now = app.clock.now();
    let due = app.repository.outbox_due(now, ROW_LIMIT).await?;
    log_unreadable("an outbox row", &due.unreadable);
    if due.rows.is_empty() {
        return Ok(Vec::new());
    }
    let (mut log, etag) = app.repository.send_log().await?;
    let rows: Vec<OutboxRow> = due.rows.iter().map(|stored| stored.value.clone()).collect();
    let chosen: Vec<&OutboxId> =
        choose(&rows, log.allowance(&app.mail_limit, now), now).into_iter().map(|row| &row.id).collect();
    let mut stored: std::collections::BTreeMap<&OutboxId, &Stored<OutboxRow>> =
        due.rows.iter().map(|stored| (&stored.value.id, stored)).collect();
    let leased: Vec<(Stored<OutboxRow>, OutboxRow)> = chosen
        .into_iter()
        .filter_map(|id| stored.remove(id))
        .map(|stored| (stored.clone(), stored.value.emitted(now)))
        .collect();
    let mails = leased.iter().filter(|(_, row)| row.endpoint.is_mail()).count();
    log.note(u32::try_from(mails).unwrap_or(u32::MAX), &app.mail_limit, now);
    let leased = app.repository.emit(&leased, (&log, etag)).await?;
    let left = due.rows.len() - leased.len();
    if left > 0 {
        tracing::info!(emitted = leased.len(), left, "the quota or another emitter holds messages back");
    }
    Ok(leased.iter().map(|row| Ticket { row: row.id.as_str().to_owned(), attempt: row.attempt }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_reads_back() {
        let ticket = Ticket { row: "abc-def".to_owned(), attempt: 3 };
        assert_eq!(ticket.to_string().parse::<Ticket>().unwrap(), ticket);
        assert!("abc".parse::<Ticket>().is_err() && "abc:x".parse::<Ticket>().is_err());
    }
}
