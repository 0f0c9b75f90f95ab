//! The lives of a state: where one begins, and where one takes over an export.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::keys::{TENANT, partition};
use super::rows::TenantRow;
use crate::domain::store_epoch::StoreEpoch;
use crate::store::codec::Versioned;
use crate::store::document::{Document, OF_THIS_STORE};
use crate::store::repository::access::Repository;
use crate::store::{PartitionKey, RowKey, StoreError, Write, codec};

impl Repository {
    /// Begins a life of the state, where one is to begin: in an empty store, in one that took over an export, and in one
    /// that goes on from before lives had names, whose ids and links stay as they are.
    pub async fn begin(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        let (mark_partition, mark) = taken_over()?;
        if let Some(taken) = self.read::<TakenOverRow>(&mark_partition, &mark).await? {
            let epoch = StoreEpoch { begun: taken.value.at, took_over: true };
            self.update_tenant(|tenant| tenant.epoch = Some(epoch.clone())).await?;
            let done = Write::Delete { row: mark, etag: None };
            return self.store.write(&mark_partition, vec![done]).await.map(drop);
        }
        if self.tenant().await?.0.epoch.is_some() {
            return Ok(());
        }
        let begun = |known: Option<TenantRow>| {
            let epoch = StoreEpoch { begun: now, took_over: known.is_some() };
            let known = known.unwrap_or_default();
            let begins = known.epoch.is_none();
            begins.then_some(TenantRow { epoch: Some(epoch), ..known })
        };
        self.update(&partition()?, &RowKey::new(TENANT)?, begun).await.map(drop)
    }
}

/// That a store took over an export, until its new life begins. It is no part of the state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct TakenOverRow {
    pub(super) at: DateTime<Utc>,
}

impl Versioned for TakenOverRow {}

fn taken_over() -> Result<(PartitionKey, RowKey), StoreError> {
    Ok((PartitionKey::new(OF_THIS_STORE)?, RowKey::new("taken-over")?))
}

/// The exported state as the beginning of another life: whoever imports it goes on with what it says, and gives no number
/// or name again that was given since it was exported.
///
/// # Errors
/// When the mark of it cannot be written.
pub fn take_over(document: Document, now: DateTime<Utc>) -> Result<Document, StoreError> {
    let (partition, row) = taken_over()?;
    Ok(document.with(partition, row, codec::encode(&TakenOverRow { at: now })?))
}
