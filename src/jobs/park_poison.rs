//! `ParkPoison…`: what failed as often as it may is parked in the store, where an operator sees it and puts it back.

use std::sync::Arc;

use super::outputs::failed;
use crate::functions::{Anything, HandlerError, Invocation, Outputs, QueueTrigger};
use crate::services::App;
use crate::services::parked::park;

/// How much of a message the log shows.
const SHOWN: usize = 200;

/// Parks a message that `CollectSubscription` could not cope with.
pub async fn collect_subscription(
    app: Arc<App>,
    _: Invocation,
    message: QueueTrigger<Anything>,
) -> Result<Outputs, HandlerError> {
    park_message(&app, "CollectSubscription", &message).await
}

/// Parks a message that `DeliverMessage` could not cope with.
pub async fn deliver_message(
    app: Arc<App>,
    _: Invocation,
    message: QueueTrigger<Anything>,
) -> Result<Outputs, HandlerError> {
    park_message(&app, "DeliverMessage", &message).await
}

async fn park_message(
    app: &App,
    function: &str,
    message: &QueueTrigger<Anything>,
) -> Result<Outputs, HandlerError> {
    let Anything(payload) = &message.payload;
    let parked = park(app, function, payload).await.map_err(failed)?;
    let payload: String = payload.chars().filter(|c| !c.is_control()).take(SHOWN).collect();
    tracing::error!(id = parked.id, function, payload, "a message failed as often as it may and is parked");
    let mut outputs = Outputs::none();
    outputs.log(format!("parked as {}", parked.id));
    Ok(outputs)
}
