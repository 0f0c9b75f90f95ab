//! `ParkPoison…`: what failed as often as it may is parked in the store, where an operator sees it and puts it back.

use super::{App, JobError};
use crate::domain::operator_alert::OperatorAlert;
use crate::store::repository::ParkedRow;

/// How much of a message an operator is shown.
const SHOWN: usize = 200;

/// Parks a message that `function` could not cope with. The same message is parked and reported once.
///
/// # Errors
/// When the store cannot be written. The message comes again.
pub async fn park(app: &App, function: &str, payload: &str) -> Result<ParkedRow, JobError> {
    let now = app.clock.now();
    let parked = app.repository.park(function, payload, now).await?;
    let payload: String = payload.chars().filter(|c| !c.is_control()).take(SHOWN).collect();
    tracing::error!(id = parked.id, function, payload, "a message failed as often as it may and is parked");
    app.report(&[OperatorAlert::Poisoned { function: function.to_owned(), payload }], now).await?;
    Ok(parked)
}
