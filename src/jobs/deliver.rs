//! `DeliverMessage`: binds a message to the newest facts before its first attempt, renders it, sends it to one
//! endpoint, and records the outcome. A failure lives in the outbox, not in the queue: the answer to the host is
//! success once the outcome is written.

use chrono::{DateTime, TimeDelta, Utc};

use crate::services::ticket::Ticket;
use crate::services::app::App;
use super::JobError;
use super::alarms;
use super::endpoint_health;
use crate::deliver::{CardTo, Delivery, Outgoing, Rejection};
use crate::domain::endpoint::Endpoint;
use crate::domain::ledger::{MessageState, RecipientHead};
use crate::domain::message::MessageKind;
use crate::domain::message_content::MessageContent;
use crate::domain::operator_alert::OperatorAlert;
use crate::domain::outbox::{OutboxRow, OutboxState};
use crate::domain::planning::content::{TenantFacts, content};
use crate::domain::stage::Stage;
use crate::store::StoreError;
use crate::store::repository::Stored;
use crate::{metrics, render};

/// How often a write is tried again when somebody else wrote at the same time.
const TRIES: usize = 5;
/// How long a message waits for an earlier one to the same endpoint before it looks again.
const WAIT_FOR_EARLIER: TimeDelta = TimeDelta::minutes(1);

/// What one ticket came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryReport {
    /// The ticket is an old one, or its row is gone: nothing was done.
    Stale,
    /// The message has nothing left to say.
    Dropped,
    /// An earlier message to the same endpoint goes first.
    Waits,
    /// An attempt was made, with this outcome.
    Attempted(Delivery),
}

/// Makes the attempt that `ticket` stands for.
///
/// # Errors
/// When the store cannot be read or written. The lease runs out then, and the row is emitted again.
pub async fn deliver(app: &App, ticket: &Ticket) -> Result<DeliveryReport, JobError> {
    let now = app.clock.now();
    let repository = &app.repository;
    let Some(stored) = repository.outbox_row(&ticket.row).await? else {
        return Ok(DeliveryReport::Stale);
    };
    let row = &stored.value;
    if row.attempt == ticket.attempt && row.is_settled() {
        // The attempt was made and its outcome written, and then this ticket came again: the ledger may lack it.
        settle(app, row, matches!(row.state, OutboxState::Failed { .. })).await?;
        if matches!(row.state, OutboxState::Delivered { .. }) {
            endpoint_health::works(app, &row.recipient, &row.endpoint).await?;
        }
        repository.wake(&row.recipient, now).await?;
        return Ok(DeliveryReport::Stale);
    }
    if row.attempt != ticket.attempt || row.state != OutboxState::Emitted {
        return Ok(DeliveryReport::Stale);
    }
    if let Some(after) = &row.after
        && repository.outbox_row(after).await?.is_some_and(|earlier| !earlier.value.is_settled())
    {
        let waits =
            OutboxRow { state: OutboxState::Waiting, next_attempt: now + WAIT_FOR_EARLIER, ..row.clone() };
        repository.replace_outbox(&stored, &waits).await?;
        return Ok(DeliveryReport::Waits);
    }
    let Some(content) = bind(app, row, now).await? else {
        let dropped = OutboxRow { state: OutboxState::Dropped { at: now }, ..row.clone() };
        repository.replace_outbox(&stored, &dropped).await?;
        return Ok(DeliveryReport::Dropped);
    };
    let sending = OutboxRow { state: OutboxState::Sending { since: now }, ..row.clone() };
    // From here to the recorded outcome the row says that an attempt is under way. Whoever loses this race sends nothing.
    let etag = repository.replace_outbox(&stored, &sending).await?;
    let stored = Stored { value: sending, etag };
    let delivery = attempt(app, &stored.value.endpoint, &content).await;
    record(app, &stored, &delivery).await?;
    if delivery.is_accepted() {
        measure_freshness(&content, app.clock.now());
    }
    Ok(DeliveryReport::Attempted(delivery))
}

/// Binds the message to facts if it is not bound yet, and notes that this endpoint may have it from now on. `None`
/// when it is not to be sent there any more.
async fn bind(app: &App, row: &OutboxRow, now: DateTime<Utc>) -> Result<Option<MessageContent>, JobError> {
    let mut tries = 0;
    loop {
        tries += 1;
        match try_bind(app, row, now).await {
            Err(JobError::Store(error)) if error.is_conflict() && tries < TRIES => {}
            done => return done,
        }
    }
}

async fn try_bind(
    app: &App,
    row: &OutboxRow,
    now: DateTime<Utc>,
) -> Result<Option<MessageContent>, JobError> {
    let repository = &app.repository;
    let policy = app.policy();
    let Some(stored) = repository.message(&row.recipient, row.sequence).await? else {
        return Ok(None);
    };
    let message = &stored.value;
    if !message.notifies() || !message.endpoints.contains(&row.endpoint) {
        return Ok(None);
    }
    let mut next = message.clone();
    next.in_doubt.insert(row.endpoint.key());
    next.notified_at.get_or_insert(now);
    if message.state == MessageState::Frozen
        && let Some(content) = repository.content(&row.recipient, row.sequence).await?
    {
        repository.put_message(&next, stored.etag.clone()).await?;
        return Ok(Some(content));
    }
    let Some(recipient) = policy.recipient(&row.recipient) else {
        return Ok(None);
    };
    let state = repository.state(&row.recipient).await?;
    let ledger = state.messages();
    let head =
        state.head.as_ref().map(|stored| stored.value.head.clone()).unwrap_or_else(RecipientHead::default);
    let tenant = super::plan::tenant(app, now).await?;
    let diverted_to = policy.diverted(&row.recipient);
    let input =
        super::plan::input(&policy, (&recipient, diverted_to.as_deref()), &state, &ledger, &head, &tenant);
    let content = if message.kind == MessageKind::Drill {
        let Some(content) = super::drill::content(app, &input, message, &tenant, now) else {
            return Ok(None);
        };
        content
    } else {
        let summary = super::summary::of_message(app, message, &recipient, now).await?;
        let facts = TenantFacts {
            report: tenant.report.as_ref(),
            summary: summary.as_ref(),
            cluster_tag: &app.start_rules.cluster_tag,
        };
        let mut content = content(&input, message, facts, now);
        super::escalation_history::add(repository, &mut content, &state.assignments).await?;
        let resources = content.items.iter().map(|item| &item.window.id.resource);
        let forbidden = super::start_permissions::forbidden(app, resources).await?;
        content.link = super::link::link(app, &content, row.sequence, &forbidden, now);
        content.unsubscribe = super::link::unsubscribe(app, &content, row.sequence, now);
        content
    };
    next.state = MessageState::Frozen;
    repository.freeze(&next, stored.etag.clone(), &content).await?;
    Ok(Some(content))
}

async fn attempt(app: &App, endpoint: &Endpoint, content: &MessageContent) -> Delivery {
    let unrendered = |error: render::RenderError| {
        tracing::error!(%error, message_id = %content.id, "a message could not be rendered");
        Delivery::Rejected { cause: Rejection::TooLarge, error: format!("it could not be rendered: {error}") }
    };
    let card = async |to: CardTo<'_>| match render::card(content, &app.deployment) {
        Ok(card) => {
            let (message, date) = (&content.id, content.frozen_at);
            app.deliverers.send(Outgoing::Card { to, message, date, card: &card }).await
        }
        Err(error) => unrendered(error),
    };
    match endpoint {
        Endpoint::Email { address } => match render::mail(content, &app.deployment, address) {
            Ok(mail) => app.deliverers.send(Outgoing::Mail { to: address, mail: &mail }).await,
            Err(error) => unrendered(error),
        },
        Endpoint::Teams { recipient } => card(CardTo::Channel(recipient)).await,
        Endpoint::Chat { address } => card(CardTo::Person(address)).await,
    }
}

/// How long it took until somebody had what Azure says, for what is told as soon as it may be.
fn measure_freshness(content: &MessageContent, now: DateTime<Utc>) {
    for item in &content.items {
        let window = &item.window;
        for stage in &item.stages {
            let since = match stage {
                Stage::Announced => Some(window.first_seen),
                Stage::Rescheduled => window.history.last().map(|record| record.seen),
                Stage::Imminent => window.imminent(content.frozen_at).map(|event| event.at).max(),
                _ => None,
            };
            if let Some(since) = since {
                metrics::notified_after(*stage, now - since);
            }
        }
    }
}

/// Writes the outcome down: the row first, so that nothing is sent again, then the ledger.
async fn record(app: &App, stored: &Stored<OutboxRow>, delivery: &Delivery) -> Result<(), JobError> {
    let now = app.clock.now();
    let row = &stored.value;
    let endpoint = &row.endpoint;
    let next = match delivery {
        Delivery::Accepted { reference } => {
            tracing::info!(message_id = %row.message, to = %endpoint, reference, attempt = row.attempt, "a message was delivered");
            OutboxRow {
                state: OutboxState::Delivered { at: now, reference: reference.clone() },
                ..row.clone()
            }
        }
        Delivery::Rejected { error, .. } => OutboxRow {
            state: OutboxState::Failed { at: now, error: error.clone() },
            last_error: Some(error.clone()),
            ..row.clone()
        },
        Delivery::Deferred { error, retry_after, certainly_unsent, .. } => {
            let doubtful = row.doubtful || !certainly_unsent;
            OutboxRow { doubtful, ..row.deferred(error, *retry_after, now) }
        }
    };
    let failed = match &next.state {
        OutboxState::Failed { error, .. } => Some(error.clone()),
        _ => None,
    };
    let is_unsent =
        matches!(delivery, Delivery::Deferred { certainly_unsent: true, .. } | Delivery::Rejected { .. });
    let outcome = match (&failed, delivery.is_accepted()) {
        (Some(_), _) => "failed",
        (None, true) => "delivered",
        (None, false) => "deferred",
    };
    metrics::message(app.deliverers.transport(endpoint), outcome);
    // Before the row says that nothing more will be tried, somebody else has to know of it.
    if let Some(error) = &failed {
        tracing::error!(message_id = %row.message, to = %endpoint, error, "{}", alarms::WILL_NOT_BE_DELIVERED);
        give_to_fallback(app, row, error, delivery, now).await?;
    } else if let Some(error) = delivery.error() {
        tracing::warn!(message_id = %row.message, to = %endpoint, error, attempt = row.attempt, next = %next.next_attempt, "a message was deferred");
    }
    app.repository.replace_outbox(stored, &next).await?;
    settle(app, &next, is_unsent).await?;
    if delivery.is_accepted() {
        endpoint_health::works(app, &row.recipient, endpoint).await?;
    }
    if let Delivery::Deferred { error, systemic: true, .. } = delivery {
        let service = if endpoint.is_mail() { "the mail service".to_owned() } else { endpoint.to_string() };
        app.report(&[OperatorAlert::Service { service, error: error.clone() }], now).await?;
    }
    // What is due next can depend on what was told.
    app.repository.wake(&row.recipient, now).await?;
    Ok(())
}

/// Notes in the ledger what this endpoint has.
async fn settle(app: &App, row: &OutboxRow, is_unsent: bool) -> Result<(), StoreError> {
    let key = row.endpoint.key();
    for _ in 0..TRIES {
        let Some(stored) = app.repository.message(&row.recipient, row.sequence).await? else {
            return Ok(());
        };
        let mut next = stored.value.clone();
        // A message that an earlier attempt may have got through stays in doubt, whatever this one came to.
        if is_unsent && !row.doubtful {
            next.in_doubt.remove(&key);
        }
        if row.is_settled() {
            next.settled.insert(key.clone());
        }
        if next.in_doubt.is_empty() && next.settled.is_empty() {
            next.notified_at = None;
        }
        if next == stored.value {
            return Ok(());
        }
        match app.repository.put_message(&next, stored.etag).await {
            Err(error) if error.is_conflict() => {}
            done => return done.map(drop),
        }
    }
    Ok(())
}

/// What will not be tried again is an operator's to see, and somebody else's to be told.
async fn give_to_fallback(
    app: &App,
    row: &OutboxRow,
    error: &str,
    delivery: &Delivery,
    now: DateTime<Utc>,
) -> Result<(), JobError> {
    if matches!(delivery, Delivery::Rejected { cause: Rejection::TooLarge, .. }) {
        return app
            .report(&[endpoint_health::undeliverable(&row.recipient, &row.endpoint, error)], now)
            .await
            .map_err(Into::into);
    }
    endpoint_health::gave_up(app, row, error, now).await
}
