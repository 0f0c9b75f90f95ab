//! Looks at subscriptions that failed for good and that an operator asked for again.

use crate::domain::outbox::LEASE;
use crate::domain::resource::SubscriptionId;
use crate::store::repository::ParkedRow;

use super::parked::unpark;
use super::{App, ServiceError, log_unreadable};

pub(super) fn subscription(parked: &ParkedRow) -> Option<SubscriptionId> {
    (parked.function == "CollectSubscription").then(|| parked.payload.parse().ok()).flatten()
}

/// `PlanNotifications`: the looks that an operator asked for again. Each goes into its queue until it was done: a look
/// more than needed does no harm, and a mark is only removed when the subscription was looked at after it.
pub async fn looks_asked_for(app: &App) -> Result<Vec<SubscriptionId>, ServiceError> {
    let now = app.clock.now();
    let parked = app.repository.parked().await?;
    log_unreadable("a parked message", &parked.unreadable);
    let mut looks = Vec::new();
    for row in parked.values().filter(|row| row.asked.is_some()) {
        let Some(subscription) = subscription(row) else { continue };
        let observed = match row.put_back {
            Some(_) => app.repository.summary(&subscription).await?.and_then(|stored| stored.value.observed),
            None => None,
        };
        match row.put_back {
            Some(at) if observed.is_some_and(|observed| observed >= at) => {
                unpark(&app.repository, row).await?
            }
            Some(at) if now - at < LEASE => {}
            _ => {
                app.repository.note_put_back(&row.id, now).await?;
                looks.push(subscription);
            }
        }
    }
    Ok(looks)
}
