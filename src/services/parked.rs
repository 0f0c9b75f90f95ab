//! Queue messages that are parked: kept with an operator alert, and forgotten with it.

use super::{App, ServiceError};
use crate::domain::operator_alert::OperatorAlert;
use crate::store::StoreError;
use crate::store::repository::{ParkedRow, Repository};

/// How much of a message is kept. A queue holds no larger one.
const KEPT: usize = 64 * 1024;

/// Parks a message that `function` could not cope with. The same message is parked and reported once.
///
/// Operators are notified first: whatever is parked has been reported, wherever this ends.
///
/// # Errors
/// When the store cannot be written. The message comes again.
pub async fn park(app: &App, function: &str, payload: &str) -> Result<ParkedRow, ServiceError> {
    let now = app.clock.now();
    let payload = &payload[..payload.floor_char_boundary(KEPT)];
    app.report(&[alert(function, payload)], now).await?;
    Ok(app.repository.park(function, payload, now).await?)
}

/// Forgets a parked message, and the alert that it is parked unless another one is reported in the same words.
///
/// # Errors
/// When the store cannot be read or written.
pub async fn unpark(repository: &Repository, parked: &ParkedRow) -> Result<(), StoreError> {
    let key = |row: &ParkedRow| alert(&row.function, &row.payload).key();
    repository.unpark(&parked.id).await?;
    let others = repository.parked().await?;
    if others.values().all(|other| key(other) != key(parked)) {
        repository.resolve(&[key(parked)]).await?;
    }
    Ok(())
}

fn alert(function: &str, payload: &str) -> OperatorAlert {
    OperatorAlert::poisoned(function, payload)
}
