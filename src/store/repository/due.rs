//! Wake-ups: plan for this recipient at this time.
//!
//! One too many is harmless and one too few is not, so each is deleted only in the state in which it was read: one
//! that was asked for again meanwhile stays.

use chrono::{DateTime, TimeDelta, Utc};
use futures::TryStreamExt;
use serde::{Deserialize, Serialize};

use super::access::Repository;
use super::batch;
use super::loaded::{LoadedRows, Stored, log_unreadable};
use super::writes::put;
use crate::domain::recipient_name::RecipientName;
use crate::store::codec::Versioned;
use crate::store::key::{hash_key, time_key};
use crate::store::{PartitionKey, RowKey, RowRange, StoreError, Write};

/// A wake-up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wake {
    /// Whom to plan for.
    pub recipient: RecipientName,
    pub at: DateTime<Utc>,
}

impl Versioned for Wake {}

impl Repository {
    /// Has `recipient` planned for at `at`. Asking twice is the same as asking once.
    pub async fn wake(&self, recipient: &RecipientName, at: DateTime<Utc>) -> Result<(), StoreError> {
        self.wake_all(&[(recipient.clone(), at)]).await
    }

    /// Has each of these planned for at their time.
    pub async fn wake_all(&self, wakes: &[(RecipientName, DateTime<Utc>)]) -> Result<(), StoreError> {
        let mut wakes: Vec<Wake> =
            wakes.iter().map(|(recipient, at)| Wake { recipient: recipient.clone(), at: *at }).collect();
        wakes.sort_by_key(|wake| (wake.at, hash_key(wake.recipient.as_str())));
        wakes.dedup_by_key(|wake| (wake.at, hash_key(wake.recipient.as_str())));
        let writes = wakes.iter().map(|wake| put(key(wake)?, wake)).collect::<Result<Vec<_>, _>>()?;
        batch::write_all(&*self.store, &partition()?, writes).await.map(drop)
    }

    /// The first `limit` wake-ups whose time has come, in order of time.
    pub async fn due_wakes(&self, now: DateTime<Utc>, limit: usize) -> Result<LoadedRows<Wake>, StoreError> {
        let range = RowRange::before(RowKey::of(&[&time_key(just_after(now))])?);
        self.load_some(&partition()?, range, limit).await
    }

    /// Deletes wake-ups that were seen to, except those that were asked for again since they were read, and adds the
    /// next ones.
    pub async fn wakes_done(
        &self,
        wakes: &[Stored<Wake>],
        next: &[(RecipientName, DateTime<Utc>)],
    ) -> Result<(), StoreError> {
        let add = next.iter().map(|(recipient, at)| {
            let wake = Wake { recipient: recipient.clone(), at: *at };
            Ok(vec![put(key(&wake)?, &wake)?])
        });
        let delete = |wake: &Stored<Wake>| {
            Ok(vec![Write::Delete { row: key(&wake.value)?, etag: Some(wake.etag.clone()) }])
        };
        // One that comes again at the same time stays.
        let again = |wake: &&Stored<Wake>| {
            next.iter().any(|(recipient, at)| *recipient == wake.value.recipient && *at == wake.value.at)
        };
        let seen_to = wakes.iter().filter(|wake| !again(wake)).map(delete);
        let groups = add.chain(seen_to).collect::<Result<Vec<_>, StoreError>>()?;
        batch::write_what_holds(&*self.store, &partition()?, groups).await
    }

    /// When the next wake-up comes, or came.
    pub async fn next_wake(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        // Not from the key alone: a row that cannot be read would be due for ever.
        let first = self.load_some::<Wake>(&partition()?, RowRange::all(), 1).await?;
        Ok(first.rows.first().map(|wake| wake.value.at))
    }

    /// Everybody who has a wake-up at any time, in order and without repeats.
    pub async fn everyone_waiting(&self) -> Result<Vec<RecipientName>, StoreError> {
        let partition = partition()?;
        let mut names = std::collections::BTreeSet::new();
        let mut rows = std::pin::pin!(crate::store::stream(&*self.store, &partition, RowRange::all()));
        while let Some(row) = rows.try_next().await? {
            match self.stored::<Wake>(&partition, row) {
                Ok(wake) => _ = names.insert(wake.value.recipient),
                Err(error) => log_unreadable(&[error]),
            }
        }
        Ok(names.into_iter().collect())
    }
}

/// The next moment after `time` that a key can tell from it.
pub(super) fn just_after(time: DateTime<Utc>) -> DateTime<Utc> {
    time.checked_add_signed(TimeDelta::nanoseconds(1)).unwrap_or(time)
}

fn partition() -> Result<PartitionKey, StoreError> {
    Ok(PartitionKey::new("due")?)
}

fn key(wake: &Wake) -> Result<RowKey, StoreError> {
    Ok(RowKey::of(&[&time_key(wake.at), &hash_key(wake.recipient.as_str())])?)
}

#[cfg(test)]
mod tests {
    use super::super::testing::repository;
    use super::*;
    use crate::domain::fixtures::utc;

    fn name(text: &str) -> RecipientName {
        text.parse().unwrap()
    }

    #[tokio::test]
    async fn wake_ups_come_in_order_of_time_and_not_before_it() {
        let repository = repository();
        let now = utc("2026-12-01T10:00:00Z");
        let later = now + TimeDelta::nanoseconds(1);
        let wakes = [(name("mei"), later), (name("jane"), now), (name("mei"), now - TimeDelta::days(1))];
        repository.wake_all(&[&wakes[..], &wakes[..]].concat()).await.unwrap();
        let due = repository.due_wakes(now, 10).await.unwrap();
        let who: Vec<&str> = due.values().map(|wake| wake.recipient.as_str()).collect();
        assert_eq!(who, ["mei", "jane"]);
        assert_eq!(repository.due_wakes(now, 1).await.unwrap().rows.len(), 1);
        assert_eq!(repository.everyone_waiting().await.unwrap(), [name("jane"), name("mei")]);
        repository.wakes_done(&due.rows, &[]).await.unwrap();
        assert_eq!(repository.next_wake().await.unwrap(), Some(later));
    }

    #[tokio::test]
    async fn a_wake_up_that_was_asked_for_again_stays_and_the_others_go() {
        let repository = repository();
        let now = utc("2026-12-01T10:00:00Z");
        repository.wake_all(&[(name("jane"), now), (name("mei"), now), (name("arjun"), now)]).await.unwrap();
        let due = repository.due_wakes(now, 10).await.unwrap();
        repository.wake(&name("jane"), now).await.unwrap();
        repository.wakes_done(&due.rows, &[]).await.unwrap();
        repository.wakes_done(&due.rows, &[]).await.unwrap();
        assert_eq!(repository.everyone_waiting().await.unwrap(), [name("jane")]);
    }

    #[tokio::test]
    async fn wake_ups_that_cannot_be_read_hide_no_others() {
        let repository = repository();
        let now = utc("2026-12-01T10:00:00Z");
        let early = now - TimeDelta::hours(1);
        repository.wake_all(&[(name("mei"), early), (name("jane"), now)]).await.unwrap();
        let first = repository.rows("due").await.remove(0);
        repository.overwrite("due", &first.key, "torn").await;
        let due = repository.due_wakes(now, 1).await.unwrap();
        assert_eq!(due.rows[0].value.recipient, name("jane"));
        assert_eq!(due.unreadable.len(), 1);
        assert_eq!(repository.next_wake().await.unwrap(), Some(now));
    }

    #[tokio::test]
    async fn more_than_a_batch_of_wake_ups_is_written_and_deleted() {
        let repository = repository();
        let now = utc("2026-12-01T10:00:00Z");
        let wakes: Vec<_> = (0..250).map(|number| (name(&format!("r{number}")), now)).collect();
        repository.wake_all(&wakes).await.unwrap();
        let due = repository.due_wakes(now, 1000).await.unwrap();
        assert_eq!(due.rows.len(), 250);
        // One that is gone already spoils only its own batch, and not the deletion of the others.
        repository.wakes_done(&due.rows[120..121], &[]).await.unwrap();
        repository.wakes_done(&due.rows, &[]).await.unwrap();
        assert_eq!(repository.next_wake().await.unwrap(), None);
    }
}
