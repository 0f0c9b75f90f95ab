//! What planning saw when it last ran, in one row, so that `/health` need not look for itself: anybody may ask it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::access::Repository;
use super::loaded::Stored;
use crate::store::codec::Versioned;
use crate::store::{PartitionKey, RowKey, StoreError};

/// The last look around, in total and without names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PulseRow {
    pub at: DateTime<Utc>,
    /// How many messages were unsent.
    pub unsent: u64,
    /// Since when the oldest of them was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest: Option<DateTime<Utc>>,
    /// How many queue messages were parked.
    pub parked: u64,
    /// How many subscriptions or parts of them could lately not be read.
    pub unseen: u64,
    /// How many services that messages leave by did lately not work as they are set up.
    pub services: u64,
    /// Whether every way to every operator refused: nobody sees operator alerts.
    #[serde(default)]
    pub operators_unreachable: bool,
    /// How many recipients have a message that is held because it would be one too many, or says nothing new.
    #[serde(default)]
    pub repeats: u64,
}

impl Versioned for PulseRow {}

impl Repository {
    /// What planning saw when it last ran.
    pub async fn pulse(&self) -> Result<Option<PulseRow>, StoreError> {
        let stored: Option<Stored<PulseRow>> = self.read(&partition()?, &key()?).await?;
        Ok(stored.map(|stored| stored.value))
    }

    /// Notes what planning sees now.
    pub async fn put_pulse(&self, pulse: &PulseRow) -> Result<(), StoreError> {
        self.update(&partition()?, &key()?, |_| Some(pulse.clone())).await.map(drop)
    }
}

fn partition() -> Result<PartitionKey, StoreError> {
    Ok(PartitionKey::new("tenant")?)
}

fn key() -> Result<RowKey, StoreError> {
    Ok(RowKey::new("pulse")?)
}
