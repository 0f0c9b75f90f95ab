//! Windows, by subscription, with who holds copies of them.

use serde::{Deserialize, Serialize};

use super::{Loaded, Repository, Stored, batch, exactly, no_etag};
use crate::domain::assignment::{ConfigVersion, Holder, RefusedOwner};
use crate::domain::resource::SubscriptionId;
use crate::domain::window::{MaintenanceWindow, WindowId};
use crate::store::codec::Versioned;
use crate::store::key::hash_key;
use crate::store::{ETag, PartitionKey, RowKey, RowRange, StoreError};

/// A window as collect keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowRow {
    /// The window.
    pub window: MaintenanceWindow,
    /// Who holds a copy of it.
    pub holders: Vec<Holder>,
    /// Owners named in its tags who cannot be told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<RefusedOwner>,
    /// The reason of the silence that covers it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silenced: Option<String>,
    /// Which configuration decided who holds copies.
    pub decided_by: ConfigVersion,
    /// Whether every copy and wake-up that follows from this row is written.
    pub spread: bool,
}

impl Versioned for WindowRow {
    const VERSION: u16 = 1;
}

impl Repository {
    /// The windows of a subscription, every generation that is kept.
    pub async fn windows(&self, subscription: &SubscriptionId) -> Result<Loaded<WindowRow>, StoreError> {
        self.load(&partition(subscription)?, RowRange::all()).await
    }

    /// The windows of several subscriptions, one subscription after the other.
    pub async fn windows_everywhere(
        &self,
        subscriptions: &[SubscriptionId],
    ) -> Result<Loaded<WindowRow>, StoreError> {
        let mut all = Loaded::default();
        for subscription in subscriptions {
            let Loaded { rows, unreadable } = self.windows(subscription).await?;
            all.rows.extend(rows);
            all.unreadable.extend(unreadable);
        }
        Ok(all)
    }

    /// Writes windows of one subscription and returns them, in order, with their new states. Without an ETag a
    /// window must be new.
    ///
    /// # Errors
    /// A conflict when a window is not in the expected state. It may come after others have been written: each
    /// stands for itself, and what was not written is found by the next look.
    pub async fn put_windows(
        &self,
        subscription: &SubscriptionId,
        rows: Vec<(WindowRow, Option<ETag>)>,
    ) -> Result<Vec<Stored<WindowRow>>, StoreError> {
        let mut values = Vec::with_capacity(rows.len());
        let mut writes = Vec::with_capacity(rows.len());
        for (value, etag) in rows {
            writes.push(exactly(key(&value.window.id)?, &value, etag)?);
            values.push(value);
        }
        let etags = batch::write_all(&*self.store, &partition(subscription)?, writes).await?;
        if etags.len() != values.len() {
            return Err(no_etag());
        }
        Ok(values.into_iter().zip(etags).map(|(value, etag)| Stored { value, etag }).collect())
    }
}

fn partition(subscription: &SubscriptionId) -> Result<PartitionKey, StoreError> {
    Ok(PartitionKey::of(&["windows", subscription.as_str()])?)
}

fn key(id: &WindowId) -> Result<RowKey, StoreError> {
    Ok(RowKey::of(&[&hash_key(id.resource.folded()), &format!("{:010}", id.generation)])?)
}
