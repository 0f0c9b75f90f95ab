//! How it goes with the ways that messages leave by, one row each.

use std::collections::BTreeMap;

use super::access::Repository;
use super::loaded::log_unreadable;
use super::outbox::keys::partition;
use crate::domain::transport_health::TransportHealth;
use crate::store::codec::Versioned;
use crate::store::key::hash_key;
use crate::store::{RowKey, RowRange, StoreError};

impl Versioned for TransportHealth {}

/// Where the rows lie in the partition of the outbox.
const CHANNEL: &str = "w";

impl Repository {
    /// How it goes with one way; nothing is known of it at first.
    pub async fn transport_health(&self, transport: &str) -> Result<TransportHealth, StoreError> {
        let row = self.read::<TransportHealth>(&partition()?, &key(transport)?).await;
        match row {
            Err(error) if error.is_unreadable_row() => {
                log_unreadable(&[error]);
                Ok(TransportHealth::default())
            }
            row => Ok(row?.map(|stored| stored.value).unwrap_or_default()),
        }
    }

    /// How it goes with every way that was gone.
    pub async fn transports_health(&self) -> Result<BTreeMap<String, TransportHealth>, StoreError> {
        let rows = self.load::<TransportHealth>(&partition()?, RowRange::within(&[CHANNEL])?).await?;
        log_unreadable(&rows.unreadable);
        Ok(rows.rows.into_iter().map(|row| (row.value.transport.clone(), row.value)).collect())
    }

    /// Changes what is known of one way. Returns it, with what `change` says of it.
    pub async fn update_transport<T: Send>(
        &self,
        transport: &str,
        mut change: impl FnMut(&mut TransportHealth) -> T + Send,
    ) -> Result<(TransportHealth, Option<T>), StoreError> {
        let mut said = None;
        let mut now = TransportHealth::default();
        let changed = |known: Option<TransportHealth>| {
            let mut health = known.clone().unwrap_or_default();
            transport.clone_into(&mut health.transport);
            said = Some(change(&mut health));
            now = health.clone();
            (known.as_ref() != Some(&health)).then_some(health)
        };
        self.update(&partition()?, &key(transport)?, changed).await?;
        Ok((now, said))
    }
}

fn key(transport: &str) -> Result<RowKey, StoreError> {
    Ok(RowKey::of(&[CHANNEL, &hash_key(transport)])?)
}
