//! Operator alerts, each kept once with the times at which it was seen first and last.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::access::Repository;
use super::batch;
use super::loaded::LoadedRows;
use crate::domain::operator_alert::OperatorAlert;
use crate::store::codec::Versioned;
use crate::store::key::hash_key;
use crate::store::{PartitionKey, RowKey, RowRange, StoreError, Write};

/// One operator alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorAlertRow {
    /// What, in the newest wording.
    #[serde(rename = "trouble")]
    pub operator_alert: OperatorAlert,
    /// When it was first seen.
    pub first_seen: DateTime<Utc>,
    /// When it was last seen.
    pub last_seen: DateTime<Utc>,
}

impl Versioned for OperatorAlertRow {}

impl Repository {
    /// Notes that each of these is seen now, and returns those that were not known. What was seen before keeps the
    /// time at which it was seen first.
    ///
    /// A row that cannot be read is set aside: it is logged, and the others are noted.
    pub async fn report(
        &self,
        operator_alerts: &[OperatorAlert],
        now: DateTime<Utc>,
    ) -> Result<Vec<OperatorAlert>, StoreError> {
        let partition = partition()?;
        let mut new = Vec::new();
        for operator_alert in operator_alerts {
            let mut is_new = false;
            let change = |known: Option<OperatorAlertRow>| {
                is_new = known.is_none();
                let first_seen = known.as_ref().map_or(now, |known| known.first_seen.min(now));
                let last_seen = known.as_ref().map_or(now, |known| known.last_seen.max(now));
                let row = OperatorAlertRow { operator_alert: operator_alert.clone(), first_seen, last_seen };
                (known.as_ref() != Some(&row)).then_some(row)
            };
            match self.update(&partition, &key(&operator_alert.key())?, change).await {
                Err(error) if error.is_unreadable_row() => super::loaded::log_unreadable(&[error]),
                result => _ = result?,
            }
            new.extend(is_new.then(|| operator_alert.clone()));
        }
        Ok(new)
    }

    /// All alerts that are not resolved.
    pub async fn operator_alerts(&self) -> Result<LoadedRows<OperatorAlertRow>, StoreError> {
        self.load(&partition()?, RowRange::all()).await
    }

    /// Forgets alerts that are over, by [`OperatorAlert::key`].
    pub async fn resolve(&self, keys: &[String]) -> Result<(), StoreError> {
        let mut rows = keys.iter().map(|text| key(text)).collect::<Result<Vec<_>, _>>()?;
        rows.sort();
        rows.dedup();
        let writes = rows.into_iter().map(|row| Write::Delete { row, etag: None }).collect();
        batch::write_all(&*self.store, &partition()?, writes).await.map(drop)
    }
}

fn partition() -> Result<PartitionKey, StoreError> {
    Ok(PartitionKey::new("troubles")?)
}

fn key(key: &str) -> Result<RowKey, StoreError> {
    Ok(RowKey::new(hash_key(key))?)
}
