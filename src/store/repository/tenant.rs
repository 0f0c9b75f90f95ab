//! What is known of the tenant as a whole: whether it is live, the round of looks under way, and for each
//! subscription a summary of its last look.

mod keys;
mod life;
mod rows;

pub(super) use self::keys::summary_key;
use self::keys::{SUMMARY, SWEEP, TENANT, partition};
pub use self::life::take_over;
pub use self::rows::{
    CandidateRow, CycleRow, FoundBy, GoLiveRow, RoundRow, StoredSweepMode, SubscriptionRow, SweepRow,
    TenantRow, UNOWNED_LIMIT,
};
use super::access::Repository;
use super::loaded::{LoadedRows, Stored};
use super::writes::split;
use crate::domain::resource::SubscriptionId;
use crate::store::{ETag, RowKey, RowRange, StoreError};

impl Repository {
    /// The tenant; one of which nothing is known, without an ETag, at first.
    pub async fn tenant(&self) -> Result<(TenantRow, Option<ETag>), StoreError> {
        let (value, etag) = split(self.read(&partition()?, &RowKey::new(TENANT)?).await?);
        Ok((value.unwrap_or_default(), etag))
    }

    /// Changes the tenant as it is at the moment, and returns it as it is then. `change` may be called several
    /// times.
    pub async fn update_tenant(
        &self,
        mut change: impl FnMut(&mut TenantRow) + Send,
    ) -> Result<TenantRow, StoreError> {
        let changed = |known: Option<TenantRow>| {
            let mut tenant = known.unwrap_or_default();
            change(&mut tenant);
            Some(tenant)
        };
        let written = self.update(&partition()?, &RowKey::new(TENANT)?, changed).await?;
        Ok(written.unwrap_or_default())
    }

    /// The summaries of all subscriptions that were ever looked at.
    pub async fn subscription_rows(&self) -> Result<LoadedRows<SubscriptionRow>, StoreError> {
        self.load(&partition()?, RowRange::within(&[SUMMARY])?).await
    }

    /// The summary of one subscription.
    pub async fn subscription_row(
        &self,
        subscription: &SubscriptionId,
    ) -> Result<Option<Stored<SubscriptionRow>>, StoreError> {
        self.read(&partition()?, &summary_key(subscription)?).await
    }

    /// Changes the summary of one subscription as it is at the moment, or a new one. `change` may be called
    /// several times.
    pub async fn update_subscription(
        &self,
        subscription: &SubscriptionId,
        mut change: impl FnMut(&mut SubscriptionRow) + Send,
    ) -> Result<(), StoreError> {
        let changed = |known: Option<SubscriptionRow>| {
            let mut summary = known.unwrap_or_else(|| SubscriptionRow::new(subscription.clone()));
            change(&mut summary);
            Some(summary)
        };
        self.update(&partition()?, &summary_key(subscription)?, changed).await.map(drop)
    }

    /// Where the sweep stands; at its beginning, without an ETag, at first.
    pub async fn sweep(&self) -> Result<(SweepRow, Option<ETag>), StoreError> {
        let (value, etag) = split(self.read(&partition()?, &RowKey::new(SWEEP)?).await?);
        Ok((value.unwrap_or_default(), etag))
    }

    /// Changes where the sweep stands. `change` may be called several times.
    pub async fn update_sweep(&self, mut change: impl FnMut(&mut SweepRow) + Send) -> Result<(), StoreError> {
        let changed = |known: Option<SweepRow>| {
            let mut sweep = known.unwrap_or_default();
            change(&mut sweep);
            Some(sweep)
        };
        self.update(&partition()?, &RowKey::new(SWEEP)?, changed).await.map(drop)
    }
}
