//! `DeliverMessage`: for each ticket, one attempt to send one message to one endpoint.

use std::sync::Arc;

use super::outputs::failed;
use crate::functions::{FromText, HandlerError, Invocation, Outputs, QueueTrigger};
use crate::services::App;
use crate::services::delivery::deliver;
use crate::services::ticket::Ticket;

/// Makes the attempt. A message that could not be sent is no error: its outbox row says so.
pub async fn run(
    app: Arc<App>,
    _: Invocation,
    message: QueueTrigger<FromText<Ticket>>,
) -> Result<Outputs, HandlerError> {
    let FromText(ticket) = message.payload;
    deliver(&app, &ticket).await.map_err(failed)?;
    Ok(Outputs::none())
}
