//! Endpoints that refused for good.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::access::Repository;
use super::loaded::log_unreadable;
use crate::domain::endpoint::Endpoint;
use crate::store::codec::Versioned;
use crate::store::key::hash_key;
use crate::store::{PartitionKey, RowKey, RowRange, StoreError, Write};

/// An endpoint that is not used any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadEndpointRow {
    pub endpoint: Endpoint,
    /// What the other side answered.
    pub error: String,
    /// When it first refused.
    pub since: DateTime<Utc>,
    /// When it last refused, if that was later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tried: Option<DateTime<Utc>>,
    /// The fingerprint of the channel's address at that time: with another address it is another flow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Whether it was marked since refusals are told apart by whose matter they are. Earlier versions marked for all.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub judged: bool,
}

impl DeadEndpointRow {
    /// When it last refused.
    pub fn last_tried(&self) -> DateTime<Utc> {
        self.tried.unwrap_or(self.since)
    }
}

impl Versioned for DeadEndpointRow {}

impl Repository {
    /// Notes that `endpoint`, a channel at `address` where it is one, refused for good. The first time and answer at
    /// this address are kept.
    pub async fn mark_dead(
        &self,
        endpoint: &Endpoint,
        address: Option<&str>,
        error: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mark = |known: Option<DeadEndpointRow>| match known {
            Some(known) if known.address.as_deref() == address => (known.last_tried() < now)
                .then_some(DeadEndpointRow { tried: Some(now), judged: true, ..known }),
            _ => Some(DeadEndpointRow {
                endpoint: endpoint.clone(),
                error: error.to_owned(),
                since: now,
                tried: None,
                address: address.map(ToOwned::to_owned),
                judged: true,
            }),
        };
        self.update(&partition()?, &key(endpoint)?, mark).await.map(drop)
    }

    /// When `endpoint` last refused, if it is not used any more.
    pub async fn last_refusal(&self, endpoint: &Endpoint) -> Result<Option<DateTime<Utc>>, StoreError> {
        let row = self.read::<DeadEndpointRow>(&partition()?, &key(endpoint)?).await?;
        Ok(row.map(|row| row.value.last_tried()))
    }

    /// Uses `endpoint` again.
    pub async fn revive(&self, endpoint: &Endpoint) -> Result<(), StoreError> {
        let delete = Write::Delete { row: key(endpoint)?, etag: None };
        self.store.write(&partition()?, vec![delete]).await.map(drop)
    }

    /// The endpoints that are not used any more. A row that cannot be read is logged and left out.
    pub async fn dead_endpoints(&self) -> Result<Vec<DeadEndpointRow>, StoreError> {
        let loaded = self.load::<DeadEndpointRow>(&partition()?, RowRange::all()).await?;
        log_unreadable(&loaded.unreadable);
        Ok(loaded.rows.into_iter().map(|row| row.value).collect())
    }
}

fn partition() -> Result<PartitionKey, StoreError> {
    Ok(PartitionKey::new("endpoints")?)
}

fn key(endpoint: &Endpoint) -> Result<RowKey, StoreError> {
    Ok(RowKey::new(hash_key(&endpoint.key()))?)
}
