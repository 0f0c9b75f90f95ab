//! Where the rows of the tenant are.

use crate::domain::resource::SubscriptionId;
use crate::store::{PartitionKey, RowKey, StoreError};

pub(super) const TENANT: &str = "tenant";

pub(super) const SWEEP: &str = "sweep";

pub(super) const SUMMARY: &str = "s";

/// The partition of the tenant.
pub(super) fn partition() -> Result<PartitionKey, StoreError> {
    Ok(PartitionKey::new("tenant")?)
}

/// The row of a summary.
pub(in crate::store::repository) fn summary_key(subscription: &SubscriptionId) -> Result<RowKey, StoreError> {
    Ok(RowKey::of(&[SUMMARY, subscription.as_str()])?)
}
