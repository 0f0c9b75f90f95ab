//! `ParkPoison…`: what failed as often as it may is parked in the store, where an operator sees it and puts it back.

use std::sync::Arc;

use super::outputs::failed;
use crate::functions::{Anything, HandlerError, Invocation, Outputs, QueueTrigger};
use crate::services::App;
use crate::services::known_outcome::{is_in_vain, keep_at_last};
use crate::services::parked::park;
use crate::services::parked_looks::is_to_be_parked;
use crate::services::unwritten::CarriedOutcome;

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

/// Parks a message that `DeliverMessage` could not cope with. What became of an effect is written down here at last,
/// where that can be: it is known nowhere else.
pub async fn deliver_message(
    app: Arc<App>,
    _: Invocation,
    message: QueueTrigger<Anything>,
) -> Result<Outputs, HandlerError> {
    if let Ok(outcome) = message.payload.0.parse::<CarriedOutcome>() {
        match keep_at_last(&app, &outcome).await {
            Ok(()) => return Ok(Outputs::none()),
            // It stays in this queue, from which the host moves nothing, until it can be written.
            Err(error) if !is_in_vain(&error) => return Err(failed(error)),
            Err(_) => {}
        }
    }
    park_message(&app, "DeliverMessage", &message).await
}

async fn park_message(
    app: &App,
    function: &str,
    message: &QueueTrigger<Anything>,
) -> Result<Outputs, HandlerError> {
    let Anything(payload) = &message.payload;
    let is_needed = is_to_be_parked(app, function, payload).await.map_err(failed)?;
    let shown: String = payload.chars().filter(|c| !c.is_control()).take(SHOWN).collect();
    let mut outputs = Outputs::none();
    if !is_needed {
        tracing::info!(function, payload = shown, "discarded a poison message: nothing left to do");
        return Ok(outputs);
    }
    let parked = park(app, function, payload).await.map_err(failed)?;
    tracing::error!(
        id = parked.id,
        function,
        payload = shown,
        "parked poison message {} of {function}",
        parked.id
    );
    outputs.log(format!("parked as {}", parked.id));
    Ok(outputs)
}
