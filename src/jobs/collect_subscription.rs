//! `CollectSubscription`: observes one subscription, works out what changed, and gives it to everyone responsible.

use std::sync::Arc;

use super::outputs::failed;
use crate::domain::resource::SubscriptionId;
use crate::functions::{FromText, HandlerError, Invocation, Outputs, QueueTrigger};
use crate::services::App;
use crate::services::observe_and_assign::observe_and_assign;

/// Looks at the subscription that the message names.
pub async fn run(
    app: Arc<App>,
    _: Invocation,
    message: QueueTrigger<FromText<SubscriptionId>>,
) -> Result<Outputs, HandlerError> {
    let FromText(subscription) = message.payload;
    let looked = observe_and_assign(&app, &subscription).await.map_err(failed)?;
    let mut outputs = Outputs::none();
    outputs.log(format!("{} open windows, {} changes", looked.open, looked.changes));
    Ok(outputs)
}
