//! What an operator puts up for another attempt: a message that was given up or waits, or a queue message that was parked.
//!
//! No command has a hand on a queue. A message goes up for its next attempt in the outbox, from where the emitter takes
//! it. A parked look is marked in the store; the planner's next run puts it into its queue and goes on doing so until
//! the subscription was looked at, or the look fails for good again and is parked anew.

use chrono::{DateTime, Utc};

use super::parked::unpark;
use super::parked_looks::{outcome, subscription, ticket};
use crate::domain::ids::OutboxId;
use crate::domain::outbox::{NotRetried, OutboxRow, OutboxState};
use crate::domain::resource::SubscriptionId;
use crate::store::repository::{ParkedRow, Repository};
use crate::store::{MaybeConflict, StoreError, TRIES, retry_on_conflict};

/// What was put up for another attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Retried {
    /// A message to one endpoint.
    Message(Box<OutboxRow>),
    /// A look at a subscription.
    Look(SubscriptionId),
    /// What became of an effect, to be written down.
    Outcome(ParkedRow),
    /// Nothing: a parked delivery whose message was settled since. It is deleted.
    Settled(ParkedRow),
}

/// Why nothing was put up.
#[derive(Debug, thiserror::Error)]
pub enum RetryError {
    #[error("nothing unsent or parked has the id `{0}`")]
    Unknown(String),
    #[error("{count} messages have an id like `{id}`; write more of it")]
    Ambiguous {
        /// What was asked for.
        id: String,
        count: usize,
    },
    #[error("{}: {reason}", .row.id)]
    NotRetried { row: Box<OutboxRow>, reason: NotRetried },
    #[error("{function} could not make anything of the parked message {id} and never will")]
    Meaningless { id: String, function: String },
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl MaybeConflict for RetryError {
    fn is_conflict(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_conflict())
    }
}

/// Puts the message or parked queue message with this id, or the beginning of one, up for another attempt.
///
/// # Errors
/// See [`RetryError`]; nothing was changed then.
pub async fn retry(
    repository: &Repository,
    id: &str,
    even_if_in_doubt: bool,
    now: DateTime<Utc>,
) -> Result<Retried, RetryError> {
    let id = id.trim().to_ascii_lowercase();
    let unknown = || RetryError::Unknown(id.clone());
    let plain = !id.is_empty() && id.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    if !plain {
        return Err(unknown());
    }
    if let Some(parked) = repository.parked_message(&id).await? {
        return put_back(repository, &parked.value, even_if_in_doubt, now).await;
    }
    let (message, endpoint) = id.split_once('-').unwrap_or((&id, ""));
    let mut found = repository.outbox_beginning(message, endpoint).await?;
    match (found.pop(), found.len()) {
        (Some(row), 0) => retry_row(repository, &row.value.id, even_if_in_doubt, now).await,
        (Some(_), more) => Err(RetryError::Ambiguous { id: id.clone(), count: more + 1 }),
        (None, _) => Err(unknown()),
    }
}

/// Puts a message up for another attempt. One that surely did not arrive is notified anew: the refusal leaves the ledger,
/// so that the message is bound to what is true now if that is different.
pub(super) async fn retry_row(
    repository: &Repository,
    id: &OutboxId,
    even_if_in_doubt: bool,
    now: DateTime<Utc>,
) -> Result<Retried, RetryError> {
    retry_on_conflict!(TRIES, {
        let Some(stored) = repository.outbox_row(id).await? else {
            return Err(RetryError::Unknown(id.to_string()));
        };
        let row = &stored.value;
        let next = row
            .retried(even_if_in_doubt, now)
            .map_err(|reason| RetryError::NotRetried { row: Box::new(row.clone()), reason })?;
        let was_given_up = matches!(row.state, OutboxState::Failed { .. });
        if was_given_up && !row.is_in_doubt() {
            clear_refusal(repository, row).await?;
        }
        repository.replace_outbox(&stored, &next).await?;
        repository.wake(&next.recipient, now).await?;
        Ok(Retried::Message(Box::new(next)))
    })
}

async fn clear_refusal(repository: &Repository, row: &OutboxRow) -> Result<(), StoreError> {
    let Some(stored) = repository.message(&row.recipient, row.sequence).await? else { return Ok(()) };
    let mut next = stored.value;
    next.refused.remove(&row.endpoint.key());
    if !next.settled.remove(&row.endpoint.key()) {
        return Ok(());
    }
    if next.in_doubt.is_empty() && next.settled.is_empty() {
        next.notified_at = None;
    }
    repository.put_message(&next, stored.etag).await.map(drop)
}

/// Puts a parked queue message back, or what it was for.
async fn put_back(
    repository: &Repository,
    parked: &ParkedRow,
    even_if_in_doubt: bool,
    now: DateTime<Utc>,
) -> Result<Retried, RetryError> {
    if let Some(subscription) = subscription(parked) {
        repository.ask_again(&parked.id, now).await?;
        return Ok(Retried::Look(subscription));
    }
    if outcome(parked).is_some() {
        repository.ask_again(&parked.id, now).await?;
        return Ok(Retried::Outcome(parked.clone()));
    }
    let Some(ticket) = ticket(parked) else {
        let (id, function) = (parked.id.clone(), parked.function.clone());
        return Err(RetryError::Meaningless { id, function });
    };
    // A ticket is worth nothing by itself: its attempt was counted, and the message has gone on without it.
    let row = repository.outbox_row(&ticket.row).await?.filter(|row| !row.value.is_settled());
    let retried = match row {
        Some(row) => retry_row(repository, &row.value.id, even_if_in_doubt, now).await?,
        None => Retried::Settled(parked.clone()),
    };
    unpark(repository, parked).await?;
    Ok(retried)
}
