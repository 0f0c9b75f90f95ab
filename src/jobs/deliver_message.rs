//! `DeliverMessage`: for each ticket, one attempt to send one message to one endpoint.

use std::sync::Arc;
use std::time::Duration;

use super::outputs::failed;
use crate::functions::{FromText, HandlerError, Invocation, Outputs, QueueTrigger};
use crate::services::App;
use crate::services::delivery::deliver_until;
use crate::services::ticket::Ticket;

/// What is kept of the time that a run has, to write down what became of the attempt.
const RECORDING: Duration = Duration::from_secs(20);

/// Makes the attempt. A message that could not be sent is no error: its outbox row says so.
pub async fn run(
    app: Arc<App>,
    invocation: Invocation,
    message: QueueTrigger<FromText<Ticket>>,
) -> Result<Outputs, HandlerError> {
    let FromText(ticket) = message.payload;
    deliver_until(&app, &ticket, invocation.deadline - RECORDING).await.map_err(failed)?;
    Ok(Outputs::none())
}
