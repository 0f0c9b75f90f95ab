//! How it goes with the ways that messages leave by, one row each.

use std::collections::BTreeMap;

use super::access::Repository;
use super::loaded::log_unreadable;
use super::outbox::keys::partition;
use crate::domain::channel_health::ChannelHealth;
use crate::store::codec::Versioned;
use crate::store::key::hash_key;
use crate::store::{RowKey, RowRange, StoreError};

impl Versioned for ChannelHealth {}

/// Where the rows lie in the partition of the outbox.
const CHANNEL: &str = "w";

impl Repository {
    /// How it goes with one way; nothing is known of it at first.
    pub async fn channel_health(&self, channel: &str) -> Result<ChannelHealth, StoreError> {
        let row = self.read::<ChannelHealth>(&partition()?, &key(channel)?).await;
        match row {
            Err(error) if error.is_unreadable_row() => {
                log_unreadable(&[error]);
                Ok(ChannelHealth::default())
            }
            row => Ok(row?.map(|stored| stored.value).unwrap_or_default()),
        }
    }

    /// How it goes with every way that was gone.
    pub async fn channels_health(&self) -> Result<BTreeMap<String, ChannelHealth>, StoreError> {
        let rows = self.load::<ChannelHealth>(&partition()?, RowRange::within(&[CHANNEL])?).await?;
        log_unreadable(&rows.unreadable);
        Ok(rows.rows.into_iter().map(|row| (row.value.channel.clone(), row.value)).collect())
    }

    /// Changes what is known of one way. Returns it, with what `change` says of it.
    pub async fn update_channel<T: Send>(
        &self,
        channel: &str,
        mut change: impl FnMut(&mut ChannelHealth) -> T + Send,
    ) -> Result<(ChannelHealth, Option<T>), StoreError> {
        let mut said = None;
        let mut now = ChannelHealth::default();
        let changed = |known: Option<ChannelHealth>| {
            let mut health = known.clone().unwrap_or_default();
            channel.clone_into(&mut health.channel);
            said = Some(change(&mut health));
            now = health.clone();
            (known.as_ref() != Some(&health)).then_some(health)
        };
        self.update(&partition()?, &key(channel)?, changed).await?;
        Ok((now, said))
    }
}

fn key(channel: &str) -> Result<RowKey, StoreError> {
    Ok(RowKey::of(&[CHANNEL, &hash_key(channel)])?)
}
