//! `ParkPoison…`: what failed as often as it may is parked in the store, where an operator sees it and puts it back.

use super::outputs::failed;
use crate::domain::operator_alert::OperatorAlert;
use crate::functions::{HandlerError, Invocation, Outputs, QueueTrigger};
use crate::store::repository::ParkedRow;
use std::sync::Arc;

use crate::services::{App, ServiceError};

/// How much of a message an operator is shown.
const SHOWN: usize = 200;

/// Parks a message that `CollectSubscription` could not cope with.
pub async fn collect_subscription(
    app: Arc<App>,
    _: Invocation,
    message: QueueTrigger<String>,
) -> Result<Outputs, HandlerError> {
    park_message(&app, "CollectSubscription", &message).await
}

/// Parks a message that `DeliverMessage` could not cope with.
pub async fn deliver_message(
    app: Arc<App>,
    _: Invocation,
    message: QueueTrigger<String>,
) -> Result<Outputs, HandlerError> {
    park_message(&app, "DeliverMessage", &message).await
}

async fn park_message(
    app: &App,
    function: &str,
    message: &QueueTrigger<String>,
) -> Result<Outputs, HandlerError> {
    let parked = park(app, function, &message.payload).await.map_err(failed)?;
    let mut outputs = Outputs::none();
    outputs.log(format!("parked as {}", parked.id));
    Ok(outputs)
}

/// Parks a message that `function` could not cope with. The same message is parked and reported once.
///
/// # Errors
/// When the store cannot be written. The message comes again.
pub async fn park(app: &App, function: &str, payload: &str) -> Result<ParkedRow, ServiceError> {
    let now = app.clock.now();
    let parked = app.repository.park(function, payload, now).await?;
    let payload: String = payload.chars().filter(|c| !c.is_control()).take(SHOWN).collect();
    tracing::error!(id = parked.id, function, payload, "a message failed as often as it may and is parked");
    app.report(&[OperatorAlert::Poisoned { function: function.to_owned(), payload }], now).await?;
    Ok(parked)
}
