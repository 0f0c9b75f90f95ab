//! Sends a message to one endpoint and records the outcome.
//!
//! A failure lives in the outbox, not in the queue: the host is answered success once the outcome is written.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::{Instant, timeout};

use super::attempt_outcome::AttemptOutcome;
use super::binding::{BoundMessage, bind};
use super::delivery_outcome::{log_outcome, record_from, settle};
use super::delivery_report::DeliveryReport;
use super::known_outcome::keep;
use super::ticket::Ticket;
use super::unwritten::KnownOutcome;
use super::{App, ServiceError, endpoint_health, provider_operations, transports};
use crate::deliver::{CardTo, Delivery, Outgoing, Rejection};
use crate::domain::endpoint::Endpoint;
use crate::domain::message_content::MessageContent;
use crate::domain::operator_alert::OperatorAlert;
use crate::domain::outbox::{LEASE, OutboxRow, OutboxState};
use crate::domain::outbox_guard;
use crate::domain::stage::Stage;
use crate::domain::transport_health::CircuitState;
use crate::http::time_budget;
use crate::store::repository::{RecipientState, Stored};
use crate::store::{TRIES, retry_on_conflict};
use crate::{metrics, render};

/// How long an attempt may take where nobody says less.
const LONGEST_ATTEMPT: Duration = Duration::from_secs(29 * 60);

/// What is kept of the time that a run has, to write down what became of the attempt.
const RECORDING: Duration = Duration::from_secs(60);

/// How often the lease of a row is renewed while it is being sent: twice before it runs out.
const RENEWAL: Duration = Duration::from_secs(4 * 60);

/// How long everything before the attempt may wait for the store.
const PREPARATION: Duration = Duration::from_secs(120);

/// What is to be sent, once nothing stands against it.
enum Prepared {
    /// The row says that an attempt is under way.
    Sending { row: Box<Stored<OutboxRow>>, bound: Box<BoundMessage> },
    /// Nothing is to be sent.
    Nothing(DeliveryReport),
}

/// Makes the attempt that `ticket` stands for.
///
/// Whoever loses a race before anything was sent is done: no run fails for what comes again by itself.
///
/// # Errors
/// When the store cannot be read or written before the attempt. The lease runs out then, and the row is emitted again.
pub async fn deliver(app: &App, ticket: &Ticket) -> Result<DeliveryReport, ServiceError> {
    // The host did not take what was handed on, and brings the ticket again.
    if let Some(known) = app.live.unwritten().of(ticket) {
        keep(app, known).await?;
    }
    // The larger part of the time is for the attempt, and for writing down what became of it.
    let prepared =
        time_budget::within(PREPARATION, async { retry_on_conflict!(TRIES, { prepare(app, ticket).await }) });
    let prepared = match prepared.await {
        Err(error) if error.is_conflict() => {
            tracing::info!(row = %ticket.row, "gave way to another run on the row {}", ticket.row);
            return Ok(DeliveryReport::GaveWay);
        }
        prepared => prepared?,
    };
    let (mut stored, BoundMessage { content, message }) = match prepared {
        Prepared::Sending { row, bound } => (*row, *bound),
        Prepared::Nothing(report) => return Ok(report),
    };
    // The rest is for writing down what became of it.
    let left = time_budget::remaining().map_or(LONGEST_ATTEMPT, |left| left.saturating_sub(RECORDING));
    let delivery = under_lease(app, &mut stored, &content, Instant::now() + left).await;
    let now = app.clock.now();
    let knows_copies = app.deliverers.knows_copies(&stored.value.endpoint);
    let outcome = AttemptOutcome::new(&stored.value, delivery.clone(), knows_copies, now);
    log_outcome(&stored.value, &outcome);
    if delivery.is_accepted() {
        measure_freshness(&content, now);
    }
    // Nobody else has changed the row, as a rule. Else, or where the store hiccups, all of it is done again.
    if record_from(app, &outcome, &stored, Some(message)).await.is_err() {
        keep(app, KnownOutcome::Delivery(outcome).into()).await?;
    }
    Ok(DeliveryReport::Attempted(delivery))
}

/// Everything before the attempt.
async fn prepare(app: &App, ticket: &Ticket) -> Result<Prepared, ServiceError> {
    let now = app.clock.now();
    let repository = &app.repository;
    let Some(stored) = repository.outbox_row(&ticket.row).await? else {
        return Ok(Prepared::Nothing(DeliveryReport::Stale));
    };
    let row = &stored.value;
    if row.attempt == ticket.attempt && row.is_settled() {
        // The attempt was made and its outcome written, and then this ticket came again: the ledger may lack it.
        settle(app, row).await?;
        if matches!(row.state, OutboxState::Delivered { .. })
            && row.operation.taken.is_none()
            && !app.deliverers.knows_copies(&row.endpoint)
        {
            endpoint_health::note_working(app, &row.recipient, &row.endpoint).await?;
        }
        repository.wake(&row.recipient, now).await?;
        if row.next_question().is_some() {
            return Ok(Prepared::Nothing(provider_operations::ask(app, &stored, now).await?));
        }
        return Ok(Prepared::Nothing(DeliveryReport::Stale));
    }
    if row.attempt != ticket.attempt || row.state != OutboxState::Emitted {
        return Ok(Prepared::Nothing(DeliveryReport::Stale));
    }
    // What happens within minutes waits for nothing.
    if let Some(after) = &row.after
        && !row.imminent
        && repository.outbox_row(after).await?.is_some_and(|earlier| !earlier.value.is_settled())
    {
        repository.replace_outbox(&stored, &row.waiting_for_earlier(now)).await?;
        return Ok(Prepared::Nothing(DeliveryReport::Waits));
    }
    if let CircuitState::Closed { until } = transports::circuit(app, &row.endpoint, now).await? {
        repository.replace_outbox(&stored, &row.put_back(until)).await?;
        return Ok(Prepared::Nothing(DeliveryReport::Waits));
    }
    // What they were sent under a former name was sent to them.
    let state = repository.whole_state(&row.recipient).await?;
    if let Some(report) = hold(app, &stored, &state, now).await? {
        return Ok(Prepared::Nothing(report));
    }
    let Some(bound) = bind(app, row, state, now).await? else {
        let dropped = OutboxRow { state: OutboxState::Dropped { at: now }, ..row.clone() };
        repository.replace_outbox(&stored, &dropped).await?;
        settle(app, &dropped).await?;
        return Ok(Prepared::Nothing(DeliveryReport::Dropped));
    };
    let sending = row.sending(now);
    // From here to the recorded outcome the row says that an attempt is under way. Whoever loses this race sends nothing.
    let etag = repository.replace_outbox(&stored, &sending).await?;
    Ok(Prepared::Sending { row: Box::new(Stored { value: sending, etag }), bound: Box::new(bound) })
}

/// Makes the attempt, and renews the row's lease as long as it takes: servers may think for minutes, and no second sender
/// begins while the first still waits.
async fn under_lease(
    app: &App,
    stored: &mut Stored<OutboxRow>,
    content: &MessageContent,
    until: Instant,
) -> Delivery {
    let row = stored.value.clone();
    let mut attempt = std::pin::pin!(attempt(app, &row, content, until));
    loop {
        match timeout(RENEWAL, &mut attempt).await {
            Ok(delivery) => return delivery,
            Err(_) => {
                let renewed = OutboxRow { next_attempt: app.clock.now() + LEASE, ..stored.value.clone() };
                match app.repository.replace_outbox(stored, &renewed).await {
                    Ok(etag) => *stored = Stored { value: renewed, etag },
                    Err(error) => {
                        tracing::warn!(%error, row = %row.id, "the lease of the row {} could not be renewed", row.id);
                    }
                }
            }
        }
    }
}

/// Holds what would be one message too many to its recipient, or says nothing new, and notifies the operators.
async fn hold(
    app: &App,
    stored: &Stored<OutboxRow>,
    state: &RecipientState,
    now: DateTime<Utc>,
) -> Result<Option<DeliveryReport>, ServiceError> {
    let row = &stored.value;
    // An operator may let go what is held.
    if row.anew.is_some() {
        return Ok(None);
    }
    let ledger = state.messages();
    let Some(message) = ledger.iter().find(|message| message.id == row.message) else {
        return Ok(None);
    };
    let Some(hold) = outbox_guard::hold(message, ledger.iter().map(|message| &**message), now) else {
        return Ok(None);
    };
    tracing::error!(message_id = %row.message, why = ?hold.why, until = %hold.until, "held a message to {}", row.recipient);
    if row.is_held_in_vain(now) {
        let dropped = OutboxRow { state: OutboxState::Dropped { at: now }, ..row.clone() };
        app.repository.replace_outbox(stored, &dropped).await?;
        return Ok(Some(DeliveryReport::Dropped));
    }
    let alert = OperatorAlert::Repeats {
        recipient: row.recipient.clone(),
        message: row.message.clone(),
        why: hold.why,
    };
    app.report(&[alert], now).await?;
    app.repository.replace_outbox(stored, &row.held(hold, now)).await?;
    Ok(Some(DeliveryReport::Held(hold.why)))
}

async fn attempt(app: &App, row: &OutboxRow, content: &MessageContent, until: Instant) -> Delivery {
    let unrendered = |error: render::RenderError| {
        tracing::error!(%error, message_id = %content.id, "a message could not be rendered");
        Delivery::Rejected { cause: Rejection::TooLarge, error: format!("it could not be rendered: {error}") }
    };
    // A size that saves nothing is not tried: it would be refused like the one before.
    let saves_nothing = || Delivery::Rejected {
        cause: Rejection::TooLarge,
        error: row.last_error.clone().unwrap_or_else(|| "nothing shorter is left".to_owned()),
    };
    let card = async |to: CardTo<'_>| match render::card_of(content, &app.deployment, row.size) {
        Ok(card) => {
            let (message, date) = (&content.id, content.frozen_at);
            app.deliverers.send_until(Outgoing::Card { to, message, date, card: &card }, until).await
        }
        Err(error) => unrendered(error),
    };
    match &row.endpoint {
        Endpoint::Email { address } => {
            match render::mail_if_smaller(content, &app.deployment, address, row.size) {
                Ok(None) => saves_nothing(),
                Ok(Some(mail)) => {
                    let operation = row.operation.number;
                    app.deliverers
                        .send_until(Outgoing::Mail { to: address, mail: &mail, operation }, until)
                        .await
                }
                Err(error) => unrendered(error),
            }
        }
        Endpoint::Teams { recipient } => card(CardTo::Channel(recipient)).await,
        Endpoint::Chat { address } => card(CardTo::Person(address)).await,
    }
}

/// Measures how long it took until somebody had what Azure says, for what is notified as soon as allowed.
fn measure_freshness(content: &MessageContent, now: DateTime<Utc>) {
    for item in &content.items {
        let window = &item.window;
        for stage in &item.stages {
            let since = match stage {
                Stage::Announced => Some(window.first_seen),
                Stage::Rescheduled => window.history.last().map(|record| record.seen),
                Stage::Imminent | Stage::Notice | Stage::Unconfirmed => {
                    let reported =
                        window.event_news(content.frozen_at).filter(|(_, news)| news.stage == *stage);
                    reported.map(|(event, _)| event.at).max()
                }
                _ => None,
            };
            if let Some(since) = since {
                metrics::notified_after(*stage, now - since);
            }
        }
    }
}
