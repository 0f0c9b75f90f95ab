//! What the functions have in common: looks for the queue, and errors for the host.

use crate::domain::resource::SubscriptionId;
use crate::functions::{HandlerError, Outputs};
use crate::services::ServiceError;

/// Outputs that ask for a look at each of `subscriptions`.
pub(super) fn look_at<'a>(subscriptions: impl IntoIterator<Item = &'a SubscriptionId>) -> Outputs {
    let mut outputs = Outputs::none();
    for subscription in subscriptions {
        outputs.send("subscriptions", subscription.as_str());
    }
    outputs
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
