//! Follows messages that a service took as operations to their end, across function runs: `PlanNotifications` hands out
//! which to ask after, `DeliverMessage` asks.

use chrono::{DateTime, Utc};

use super::delivery_outcome::{record_end, write_next};
use super::delivery_report::DeliveryReport;
use super::ticket::Ticket;
use super::{App, ServiceError, log_unreadable};
use crate::deliver::OperationStatus;
use crate::domain::endpoint::Endpoint;
use crate::domain::outbox::{LEASE, OutboxRow};
use crate::store::repository::Stored;

/// How many are asked after in one run. Services allow about as many questions a minute, and what is left stays due.
const QUESTIONS: usize = 20;

/// The messages to ask after now, each leased until the question should have been asked.
///
/// # Errors
/// When the outbox cannot be read or written.
pub async fn questions(app: &App) -> Result<Vec<Ticket>, ServiceError> {
    let now = app.clock.now();
    let due = app.repository.due_questions(now, QUESTIONS).await?;
    log_unreadable("an outbox row", &due.unreadable);
    let mut tickets = Vec::new();
    for stored in due.rows {
        let mut leased = stored.value.clone();
        leased.operation.next = Some(now + LEASE);
        match app.repository.replace_outbox(&stored, &leased).await {
            Ok(_) => tickets.push(Ticket { row: leased.id, attempt: leased.attempt }),
            // A delivery report came, or somebody else hands it out.
            Err(error) if error.is_conflict() => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(tickets)
}

/// Asks what became of the message of `stored`, and writes down what is heard.
pub(super) async fn ask(
    app: &App,
    stored: &Stored<OutboxRow>,
    now: DateTime<Utc>,
) -> Result<DeliveryReport, ServiceError> {
    let row = &stored.value;
    let Endpoint::Email { address } = &row.endpoint else { return Ok(DeliveryReport::Stale) };
    let next = match app.deliverers.ask_after(&row.message, address, row.operation.number).await {
        OperationStatus::Failed(delivery) => {
            record_end(app, stored, &delivery, now).await?;
            return Ok(DeliveryReport::Asked);
        }
        OperationStatus::Succeeded => OutboxRow { operation: row.operation.ended(), ..row.clone() },
        OperationStatus::UnderWay { said, wait } => row.asked(&said, wait, now),
    };
    write_next(app, stored, &next, None, now).await?;
    Ok(DeliveryReport::Asked)
}
