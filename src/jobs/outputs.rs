//! What the functions have in common: looks for the queue, and errors for the host.

use crate::domain::operator_alert::OperatorAlert;
use crate::domain::resource::SubscriptionId;
use crate::functions::{HandlerError, Outputs};
use crate::services::{App, ServiceError};

/// Outputs that ask for a look at each of `subscriptions`.
pub(super) fn look_at<'a>(subscriptions: impl IntoIterator<Item = &'a SubscriptionId>) -> Outputs {
    let mut outputs = Outputs::none();
    for subscription in subscriptions {
        outputs.send("subscriptions", subscription.as_str());
    }
    outputs
}

/// Hands on what this process knows of effects and could not write down, as messages of our own queue.
pub(super) fn hand_on(app: &App, outputs: &mut Outputs) {
    for outcome in app.live.unwritten().take() {
        outputs.send("deliveries", outcome.to_string());
    }
}

/// The alert about an event or an alert that cannot be read: in our own words, since whoever has the key chooses the
/// others. The log has how it begins.
pub(super) fn set_aside(what: &str) -> OperatorAlert {
    let problem = "it is not in a form that Azure uses; the log has how it begins";
    OperatorAlert::Unreadable { what: what.to_owned(), problem: problem.to_owned() }
}

/// Passes an error on to the host. After a conflict the function runs again, and nobody needs to look at that.
pub(super) fn failed(error: ServiceError) -> HandlerError {
    if error.is_conflict() { HandlerError::passing(error) } else { error.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{PartitionKey, RowKey, StoreError};

    #[test]
    fn only_a_conflict_passes_by_itself() {
        let (partition, row) = (PartitionKey::new("tenant").unwrap(), RowKey::new("tenant").unwrap());
        let conflict = failed(ServiceError::Store(StoreError::Conflict { partition, row }));
        let other = failed(ServiceError::Store(StoreError::Refused("x".to_owned())));
        assert!(conflict.is_passing() && !other.is_passing());
    }
}
