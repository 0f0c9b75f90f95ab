//! Recipients of whom nothing but the name is kept, and until when: rows `TIME|HASH(name)` of the partition `forget`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::access::Repository;
use super::batch;
use super::loaded::{LoadedRows, Stored};
use super::recipient_keys;
use super::recipients::HeadRow;
use super::writes::put;
use crate::domain::recipient_name::RecipientName;
use crate::store::codec::Versioned;
use crate::store::key::{hash_key, time_key};
use crate::store::{PartitionKey, RowKey, RowRange, StoreError, Write};

/// A recipient of whom nothing but the name is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpiringRecipient {
    pub name: RecipientName,
    /// Until when the name is kept.
    pub at: DateTime<Utc>,
}

impl Versioned for ExpiringRecipient {}

impl Repository {
    /// Notes that nothing but the name is kept of a recipient, and until when.
    pub async fn note_expiry(&self, expiring: &ExpiringRecipient) -> Result<(), StoreError> {
        let writes = vec![put(expiry_key(expiring)?, expiring)?];
        batch::write(&*self.store, &expiry_partition()?, writes).await.map(drop)
    }

    /// The recipients whose names need not be kept any more.
    pub async fn expired_recipients(
        &self,
        now: DateTime<Utc>,
        limit: usize,
    ) -> Result<LoadedRows<ExpiringRecipient>, StoreError> {
        let range = RowRange::before(RowKey::of(&[&time_key(super::due::just_after(now))])?);
        self.load_some(&expiry_partition()?, range, limit).await
    }

    /// Deletes the note about a recipient, whatever became of them.
    pub async fn cancel_expiry(&self, expiring: &Stored<ExpiringRecipient>) -> Result<(), StoreError> {
        let delete = Write::Delete { row: expiry_key(&expiring.value)?, etag: Some(expiring.etag.clone()) };
        batch::write_what_holds(&*self.store, &expiry_partition()?, vec![vec![delete]]).await
    }

    /// Deletes the last that is kept of a recipient, unless a message was claimed for them meanwhile; whether it is
    /// gone.
    pub async fn delete_recipient(&self, head: &Stored<HeadRow>) -> Result<bool, StoreError> {
        let delete = Write::Delete { row: recipient_keys::head_key()?, etag: Some(head.etag.clone()) };
        let partition = recipient_keys::partition(&head.value.name)?;
        batch::write_if_unchanged(&*self.store, &partition, vec![delete]).await
    }
}

fn expiry_partition() -> Result<PartitionKey, StoreError> {
    Ok(PartitionKey::new("forget")?)
}

fn expiry_key(expiring: &ExpiringRecipient) -> Result<RowKey, StoreError> {
    Ok(RowKey::of(&[&time_key(expiring.at), &hash_key(expiring.name.as_str())])?)
}
