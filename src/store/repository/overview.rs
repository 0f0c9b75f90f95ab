//! What the overview is made from: for each subscription a head and its machines' lines in parts, and the lines that
//! changed since these were written. All of it is worked out from windows, and is written anew by the next look.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures::TryStreamExt;
use serde::{Deserialize, Serialize};

use super::access::Repository;
use super::batch;
use super::loaded::{LoadedRows, Stored};
use super::writes::put;
use crate::domain::overview::OverviewPart;
use crate::domain::resource::SubscriptionId;
use crate::domain::window::WindowId;
use crate::store::codec::Versioned;
use crate::store::key::hash_key;
use crate::store::{PartitionKey, RowKey, RowRange, StoreError, Write};

const CHANGE: &str = "c";
const HEAD: &str = "h";
const PART: &str = "p";

/// What is known of a subscription's lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverviewHeadRow {
    pub subscription: SubscriptionId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// When it was last looked at, and when anything in it could last be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looked: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read: Option<DateTime<Utc>>,
    /// What could not be seen in it, in words; the first few.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unseen: Vec<String>,
    /// When its lines were written, in how many parts, and by which rules.
    pub written: DateTime<Utc>,
    pub parts: usize,
    pub rules: String,
}

impl Versioned for OverviewHeadRow {}
impl Versioned for OverviewPart {}

/// Everything that the overview is made from.
#[derive(Debug, Default)]
pub struct OverviewRows {
    pub heads: Vec<Arc<OverviewHeadRow>>,
    pub parts: Vec<Arc<OverviewPart>>,
    /// The lines that changed since, each in a part of its own.
    pub changes: Vec<Arc<OverviewPart>>,
    pub unreadable: Vec<StoreError>,
}

impl Repository {
    /// What the overview is made from: one range of rows.
    pub async fn overview(&self) -> Result<OverviewRows, StoreError> {
        let partition = partition()?;
        let mut found = OverviewRows::default();
        let mut rows = std::pin::pin!(crate::store::stream(&*self.store, &partition, RowRange::all()));
        while let Some(row) = rows.try_next().await? {
            let read = match row.key.as_str().split('|').next().unwrap_or_default() {
                HEAD => self.shared(&partition, row).map(|head| found.heads.push(head.value)),
                PART => self.shared(&partition, row).map(|part| found.parts.push(part.value)),
                CHANGE => self.shared(&partition, row).map(|part| found.changes.push(part.value)),
                _ => Ok(()),
            };
            match read {
                Err(error) if error.is_unreadable_row() => found.unreadable.push(error),
                result => result?,
            }
        }
        Ok(found)
    }

    /// The heads of all subscriptions, without their lines.
    pub async fn overview_heads(&self) -> Result<LoadedRows<OverviewHeadRow>, StoreError> {
        self.load(&partition()?, RowRange::within(&[HEAD])?).await
    }

    /// The head of a subscription's lines.
    pub async fn overview_head(
        &self,
        subscription: &SubscriptionId,
    ) -> Result<Option<Stored<OverviewHeadRow>>, StoreError> {
        self.read(&partition()?, &head_key(subscription)?).await
    }

    /// The lines of a subscription that changed since its parts were written.
    pub async fn overview_changes(
        &self,
        subscription: &SubscriptionId,
    ) -> Result<LoadedRows<OverviewPart>, StoreError> {
        self.load(&partition()?, RowRange::within(&[CHANGE, subscription.as_str()])?).await
    }

    /// Writes the head alone.
    pub async fn put_overview_head(&self, head: &OverviewHeadRow) -> Result<(), StoreError> {
        let write = put(head_key(&head.subscription)?, head)?;
        batch::write(&*self.store, &partition()?, vec![write]).await.map(drop)
    }

    /// Writes a subscription's lines in place of the earlier ones: `former` parts, and `changes` as they were read
    /// before the windows were.
    pub async fn put_overview(
        &self,
        head: &OverviewHeadRow,
        parts: &[OverviewPart],
        former: usize,
        changes: Vec<Stored<OverviewPart>>,
    ) -> Result<(), StoreError> {
        let partition = partition()?;
        let subscription = &head.subscription;
        let mut writes = Vec::with_capacity(parts.len() + 1);
        for (number, part) in parts.iter().enumerate() {
            writes.push(put(part_key(subscription, number)?, part)?);
        }
        for number in parts.len()..former {
            writes.push(Write::Delete { row: part_key(subscription, number)?, etag: None });
        }
        writes.push(put(head_key(subscription)?, head)?);
        batch::write_all(&*self.store, &partition, writes).await?;
        let mut groups = Vec::new();
        for Stored { value, etag } in changes {
            if let Some((resource, generation)) = &value.instead_of {
                let row = change_key(subscription, resource, *generation)?;
                groups.push(vec![Write::Delete { row, etag: Some(etag) }]);
            }
        }
        batch::write_what_holds(&*self.store, &partition, groups).await
    }

    /// Notes what a window's line is since its part was written.
    pub async fn note_overview(&self, window: &WindowId, change: &OverviewPart) -> Result<(), StoreError> {
        let key = change_key(&change.subscription, window.resource.folded(), window.generation)?;
        batch::write(&*self.store, &partition()?, vec![put(key, change)?]).await.map(drop)
    }

    /// Removes everything of a subscription that is not looked at any more.
    pub async fn drop_overview(&self, head: &OverviewHeadRow) -> Result<(), StoreError> {
        let subscription = &head.subscription;
        let partition = partition()?;
        let mut writes = Vec::new();
        for number in 0..head.parts {
            writes.push(Write::Delete { row: part_key(subscription, number)?, etag: None });
        }
        for change in self.overview_changes(subscription).await?.rows {
            if let Some((resource, generation)) = &change.value.instead_of {
                let row = change_key(subscription, resource, *generation)?;
                writes.push(Write::Delete { row, etag: None });
            }
        }
        writes.push(Write::Delete { row: head_key(subscription)?, etag: None });
        batch::write_all(&*self.store, &partition, writes).await.map(drop)
    }
}

fn partition() -> Result<PartitionKey, StoreError> {
    Ok(PartitionKey::new("overview")?)
}

fn head_key(subscription: &SubscriptionId) -> Result<RowKey, StoreError> {
    Ok(RowKey::of(&[HEAD, subscription.as_str()])?)
}

fn part_key(subscription: &SubscriptionId, number: usize) -> Result<RowKey, StoreError> {
    Ok(RowKey::of(&[PART, subscription.as_str(), &format!("{number:04}")])?)
}

fn change_key(subscription: &SubscriptionId, resource: &str, generation: u32) -> Result<RowKey, StoreError> {
    Ok(RowKey::of(&[CHANGE, subscription.as_str(), &hash_key(resource), &format!("{generation:010}")])?)
}
