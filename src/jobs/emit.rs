//! `PlanNotifications`, second half: hands outbox rows to the delivery queue, the most urgent first, within the quota.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use crate::domain::outbox::{OutboxId, OutboxRow, choose};
use crate::store::repository::Stored;

use super::{App, JobError, log_unreadable};

/// How many rows are looked at in one run. What is left stays due. Many more than a mail service takes in a run, so
/// that a row with a near deadline is not overlooked behind a crowd of older ones that wait for the quota.
const ROW_LIMIT: usize = 10_000;

/// What a queue message to `DeliverMessage` says: which row, and which of its attempts. An old ticket does nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// The row.
    pub row: OutboxId,
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
        Ok(Self {
            row: OutboxId::parse(row).ok_or_else(invalid)?,
            attempt: attempt.parse().map_err(|_| invalid())?,
        })
    }
}

/// How often it is chosen anew because another emitter was faster.
const TRIES: usize = 5;

/// Chooses what is sent now and leases it. Returns a ticket for each.
///
/// Of two emitters that choose at the same time one hands out, and the other chooses from what is left.
///
/// # Errors
/// When the outbox cannot be read or written.
pub async fn emit(app: &App) -> Result<Vec<Ticket>, JobError> {
    if !app.sending {
        return Ok(Vec::new());
    }
    let mut tries = 1;
    loop {
        match try_emit(app).await {
            Err(JobError::Store(error)) if error.is_conflict() && tries < TRIES => tries += 1,
            done => return done,
        }
    }
}

async fn try_emit(app: &App) -> Result<Vec<Ticket>, JobError> {
    let now = app.clock.now();
    let due = app.repository.due_outbox(now, ROW_LIMIT).await?;
    log_unreadable("an outbox row", &due.unreadable);
    if due.rows.is_empty() {
        return Ok(Vec::new());
    }
    let (mut log, etag) = app.repository.send_log().await?;
    let rows: Vec<OutboxRow> = due.rows.iter().map(|stored| stored.value.clone()).collect();
    let chosen: Vec<&OutboxId> =
        choose(&rows, log.allowance(&app.mail_limit, now), now).into_iter().map(|row| &row.id).collect();
    let mut stored: BTreeMap<&OutboxId, &Stored<OutboxRow>> =
        due.rows.iter().map(|stored| (&stored.value.id, stored)).collect();
    let leased: Vec<(Stored<OutboxRow>, OutboxRow)> = chosen
        .into_iter()
        .filter_map(|id| stored.remove(id))
        .map(|stored| (stored.clone(), stored.value.emitted(now)))
        .collect();
    let mails = leased.iter().filter(|(_, row)| row.endpoint.is_mail()).count();
    log.note(u32::try_from(mails).unwrap_or(u32::MAX), &app.mail_limit, now);
    let emitted = app.repository.emit(&leased, (&log, etag)).await?;
    let left = due.rows.len().saturating_sub(emitted.len());
    if left > 0 {
        tracing::info!(emitted = emitted.len(), left, "the quota or another emitter holds messages back");
    }
    let emitted: BTreeSet<OutboxId> = emitted.into_iter().collect();
    let tickets = leased.iter().filter(|(_, row)| emitted.contains(&row.id));
    Ok(tickets.map(|(_, row)| Ticket { row: row.id.clone(), attempt: row.attempt }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_reads_back() {
        let ticket = Ticket { row: OutboxId::parse("0af1-07").unwrap(), attempt: 3 };
        assert_eq!(ticket.to_string().parse::<Ticket>().unwrap(), ticket);
        for text in ["abc", "abc:x", "a b:1", ":1"] {
            assert!(text.parse::<Ticket>().is_err(), "{text}");
        }
    }
}
