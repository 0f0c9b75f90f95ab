//! Endpoints that refused for good.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Repository, log_unreadable};
use crate::domain::recipient::Endpoint;
use crate::domain::routing::DeadEndpoint;
use crate::store::codec::Versioned;
use crate::store::key::hash_key;
use crate::store::{PartitionKey, RowKey, RowRange, StoreError, Write};

/// An endpoint that is not used any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadEndpointRow {
    /// Which.
    pub endpoint: Endpoint,
    /// What the other side answered.
    pub error: String,
    /// When it first refused.
    pub since: DateTime<Utc>,
}

impl Versioned for DeadEndpointRow {
    const VERSION: u16 = 1;
}

impl Repository {
    /// Notes that `endpoint` refused for good. The first time and answer are kept.
    pub async fn mark_dead(
        &self,
        endpoint: &Endpoint,
        error: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let row = || DeadEndpointRow { endpoint: endpoint.clone(), error: error.to_owned(), since: now };
        self.update(&partition()?, &key(endpoint)?, |known| known.is_none().then(row)).await.map(drop)
    }

    /// Since when `endpoint` is not used any more, if it is not.
    pub async fn dead_since(&self, endpoint: &Endpoint) -> Result<Option<DateTime<Utc>>, StoreError> {
        let row = self.read::<DeadEndpointRow>(&partition()?, &key(endpoint)?).await?;
        Ok(row.map(|row| row.value.since))
    }

    /// Uses `endpoint` again.
    pub async fn revive(&self, endpoint: &Endpoint) -> Result<(), StoreError> {
        let delete = Write::Delete { row: key(endpoint)?, etag: None };
        self.store.write(&partition()?, vec![delete]).await.map(drop)
    }

    /// The endpoints that are not used any more, for routing. A row that cannot be read is logged and left out.
    pub async fn dead_endpoints(&self) -> Result<Vec<DeadEndpoint>, StoreError> {
        let loaded = self.load::<DeadEndpointRow>(&partition()?, RowRange::all()).await?;
        log_unreadable(&loaded.unreadable);
        let rows = loaded.rows.into_iter().map(|row| row.value);
        Ok(rows.map(|row| DeadEndpoint { endpoint: row.endpoint, error: row.error }).collect())
    }
}

fn partition() -> Result<PartitionKey, StoreError> {
    Ok(PartitionKey::new("endpoints")?)
}

fn key(endpoint: &Endpoint) -> Result<RowKey, StoreError> {
    Ok(RowKey::new(hash_key(&endpoint.key()))?)
}
