//! Queue messages that failed as often as they may, parked until someone retries them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::access::Repository;
use super::loaded::{LoadedRows, Stored};
use crate::store::codec::Versioned;
use crate::store::{PartitionKey, RowKey, RowRange, StoreError, Write};

/// A parked message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParkedRow {
    /// Its identity: the same message of the same function is parked once.
    pub id: String,
    /// The function that could not cope with it.
    pub function: String,
    pub payload: String,
    /// When it was first parked.
    pub first_seen: DateTime<Utc>,
    /// When an operator asked for another attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<DateTime<Utc>>,
    /// When it was last put back into its queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub put_back: Option<DateTime<Utc>>,
}

impl Versioned for ParkedRow {}

impl ParkedRow {
    /// A message as it is parked now.
    pub fn new(function: &str, payload: &str, now: DateTime<Utc>) -> Self {
        Self {
            id: identity(function, payload),
            function: function.to_owned(),
            payload: payload.to_owned(),
            first_seen: now,
            asked: None,
            put_back: None,
        }
    }
}

impl Repository {
    /// Parks a message and returns it with its identity. One that is parked already stays as it is; where another
    /// attempt was asked for, that one has failed too.
    pub async fn park(
        &self,
        function: &str,
        payload: &str,
        now: DateTime<Utc>,
    ) -> Result<ParkedRow, StoreError> {
        let row = ParkedRow::new(function, payload, now);
        let key = RowKey::new(&row.id)?;
        let change = |known: Option<ParkedRow>| match known {
            None => Some(row.clone()),
            Some(known) if known.put_back.is_some() => {
                Some(ParkedRow { asked: None, put_back: None, ..known })
            }
            Some(_) => None,
        };
        let parked = self.update(&partition()?, &key, change).await?;
        match parked {
            Some(row) => Ok(row),
            None => Ok(self.parked_message(&row.id).await?.map_or(row, |stored| stored.value)),
        }
    }

    /// Everything that is parked.
    pub async fn parked(&self) -> Result<LoadedRows<ParkedRow>, StoreError> {
        self.load(&partition()?, RowRange::all()).await
    }

    /// One parked message.
    pub async fn parked_message(&self, id: &str) -> Result<Option<Stored<ParkedRow>>, StoreError> {
        self.read(&partition()?, &RowKey::new(id)?).await
    }

    /// Notes that an operator asked for another attempt.
    pub async fn ask_again(&self, id: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
        let change =
            |known: Option<ParkedRow>| Some(ParkedRow { asked: Some(now), put_back: None, ..known? });
        self.update(&partition()?, &RowKey::new(id)?, change).await.map(drop)
    }

    /// Notes that it is put back into its queue.
    pub async fn note_put_back(&self, id: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
        let change = |known: Option<ParkedRow>| Some(ParkedRow { put_back: Some(now), ..known? });
        self.update(&partition()?, &RowKey::new(id)?, change).await.map(drop)
    }

    /// Forgets a parked message, once it is put back.
    pub async fn unpark(&self, id: &str) -> Result<(), StoreError> {
        let delete = Write::Delete { row: RowKey::new(id)?, etag: None };
        self.store.write(&partition()?, vec![delete]).await.map(drop)
    }
}

/// Short enough to be typed.
fn identity(function: &str, payload: &str) -> String {
    let digest = Sha256::digest(format!("{function}\n{payload}").as_bytes());
    digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

fn partition() -> Result<PartitionKey, StoreError> {
    Ok(PartitionKey::new("poison")?)
}

#[cfg(test)]
mod tests {
    use super::super::testing::repository;
    use crate::domain::fixtures::utc;

    #[tokio::test]
    async fn a_message_is_parked_once_until_it_is_put_back() {
        let repository = repository();
        let (first, second) = (utc("2026-12-01T10:00:00Z"), utc("2026-12-01T11:00:00Z"));
        let parked = repository.park("CollectSubscription", "{\"a\":\n1}", first).await.unwrap();
        assert_eq!(repository.park("CollectSubscription", "{\"a\":\n1}", second).await.unwrap(), parked);
        repository.park("DeliverMessage", "{\"a\":\n1}", second).await.unwrap();
        assert_eq!(repository.parked().await.unwrap().rows.len(), 2);
        repository.unpark(&parked.id).await.unwrap();
        repository.unpark(&parked.id).await.unwrap();
        assert_eq!(repository.parked_message(&parked.id).await.unwrap(), None);
        let again = repository.park("CollectSubscription", "{\"a\":\n1}", second).await.unwrap();
        assert_eq!(again.first_seen, second);
    }

    #[tokio::test]
    async fn what_was_put_back_and_fails_again_is_parked_as_before() {
        let repository = repository();
        let (first, second) = (utc("2026-12-01T10:00:00Z"), utc("2026-12-01T11:00:00Z"));
        let parked = repository.park("CollectSubscription", "sub-1", first).await.unwrap();
        repository.ask_again(&parked.id, second).await.unwrap();
        let asked = repository.park("CollectSubscription", "sub-1", second).await.unwrap();
        assert_eq!(asked.asked, Some(second), "an attempt from before it was asked says nothing");
        repository.note_put_back(&parked.id, second).await.unwrap();
        assert_eq!(repository.park("CollectSubscription", "sub-1", second).await.unwrap(), parked);
    }
}
