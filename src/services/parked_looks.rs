//! What becomes of parked queue messages: what is not needed any more is taken out, what an operator asked for again is
//! put back.
//!
//! A parked message keeps `/health` red and an alert open, so it may not outlive its reason. A look is done by the next
//! round of collecting as well, a message goes out with its next attempt, whatever became of the ticket.

use chrono::{DateTime, Utc};

use super::parked::unpark;
use super::rounds::has_work;
use super::ticket::Ticket;
use super::unwritten::{CarriedOutcome, KnownOutcome};
use super::{App, ServiceError, log_unreadable};
use crate::domain::outbox::LEASE;
use crate::domain::resource::SubscriptionId;
use crate::store::StoreError;
use crate::store::repository::ParkedRow;

/// What goes back into queues.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct PutBack {
    pub looks: Vec<SubscriptionId>,
    /// Outcomes of effects, as they were.
    pub outcomes: Vec<String>,
}

pub(super) fn subscription(parked: &ParkedRow) -> Option<SubscriptionId> {
    (parked.function == "CollectSubscription").then(|| parked.payload.parse().ok()).flatten()
}

pub(super) fn ticket(parked: &ParkedRow) -> Option<Ticket> {
    (parked.function == "DeliverMessage").then(|| parked.payload.parse().ok()).flatten()
}

pub(super) fn outcome(parked: &ParkedRow) -> Option<CarriedOutcome> {
    (parked.function == "DeliverMessage").then(|| parked.payload.parse().ok()).flatten()
}

/// `PlanNotifications`: takes out what is not needed any more, and gives what an operator asked for again. That goes into
/// its queue until it was done: once more than needed does no harm.
pub async fn tend_parked(app: &App) -> Result<PutBack, ServiceError> {
    let now = app.clock.now();
    let parked = app.repository.parked().await?;
    log_unreadable("a parked message", &parked.unreadable);
    let mut back = PutBack::default();
    for row in parked.values() {
        if !is_needed(app, row).await? {
            tracing::info!(id = row.id, function = row.function, "a parked message is not needed any more");
            unpark(&app.repository, row).await?;
            continue;
        }
        if row.asked.is_none() || row.put_back.is_some_and(|at| now - at < LEASE) {
            continue;
        }
        if let Some(subscription) = subscription(row) {
            back.looks.push(subscription);
        } else if outcome(row).is_some() {
            back.outcomes.push(row.payload.clone());
        } else {
            continue;
        }
        app.repository.note_put_back(&row.id, now).await?;
    }
    Ok(back)
}

/// Whether a message that failed for good is to be parked: an outage may have taken the ticket of a message that went on
/// without it.
///
/// # Errors
/// When the store cannot be read.
pub async fn is_to_be_parked(app: &App, function: &str, payload: &str) -> Result<bool, ServiceError> {
    Ok(is_needed(app, &ParkedRow::new(function, payload, app.clock.now())).await?)
}

/// Whether anything is left to be done of a parked message. Of what nobody can make anything, that stays so until somebody
/// forgets it.
async fn is_needed(app: &App, parked: &ParkedRow) -> Result<bool, StoreError> {
    let needed = async {
        if let Some(subscription) = subscription(parked) {
            return is_look_needed(app, &subscription, parked).await;
        }
        if let Some(ticket) = ticket(parked) {
            let row = app.repository.outbox_row(&ticket.row).await?.map(|row| row.value);
            // A ticket of an earlier attempt does nothing, and what is settled needs none.
            return Ok(row.is_some_and(|row| !row.is_settled() && row.attempt == ticket.attempt));
        }
        match outcome(parked) {
            Some(outcome) => is_lacked(app, &outcome).await,
            None => Ok(true),
        }
    };
    match needed.await {
        // That may be why it was parked.
        Err(error) if error.is_unreadable_row() => Ok(true),
        needed => needed,
    }
}

/// Whether the subscription was not looked at since, and is still to be.
async fn is_look_needed(
    app: &App,
    subscription: &SubscriptionId,
    parked: &ParkedRow,
) -> Result<bool, StoreError> {
    let summary = app.repository.subscription_row(subscription).await?.map(|stored| stored.value);
    let is_after = |at: DateTime<Utc>| at > parked.first_seen || parked.put_back.is_some_and(|put| at >= put);
    if summary.as_ref().and_then(|summary| summary.observed).is_some_and(is_after) {
        return Ok(false);
    }
    // A whole round found nothing to look for there.
    let collected = app.repository.tenant().await?.0.collected;
    let has_work = summary.is_some_and(|summary| has_work(&summary, &app.policy().version));
    Ok(has_work || parked.asked.is_some() || collected.is_none_or(|at| at <= parked.first_seen))
}

/// Whether the store lacks an outcome. What it is about may have gone on, or not be kept any more.
async fn is_lacked(app: &App, carried: &CarriedOutcome) -> Result<bool, StoreError> {
    Ok(match &carried.outcome {
        KnownOutcome::Delivery(outcome) => {
            let row = app.repository.outbox_row(&outcome.row).await?;
            row.is_some_and(|row| outcome.is_news_of(&row.value))
        }
        KnownOutcome::Start(answer) => {
            let start = app.repository.start(&answer.start).await?;
            start.is_some_and(|start| answer.is_meant_for(&start))
        }
    })
}
