//! Fire drills: the newest, those before it, and who confirmed its messages.

use super::access::{ATTEMPTS, Repository};
use super::loaded::Stored;
use super::writes::{exactly, put, split};
use crate::domain::drill::{Confirmation, Drill};
use crate::domain::recipient_name::RecipientName;
use crate::store::codec::Versioned;
use crate::store::key::{hash_key, time_key};
use crate::store::retry_on_conflict;
use crate::store::{PartitionKey, RowKey, StoreError};

impl Versioned for Drill {}
impl Versioned for Confirmation {}

impl Repository {
    /// The newest drill, whether it is open or not.
    pub async fn drill(&self) -> Result<Option<Drill>, StoreError> {
        let stored: Option<Stored<Drill>> = self.read(&partition()?, &current()?).await?;
        Ok(stored.map(|stored| stored.value))
    }

    /// Puts a drill in the place of the newest one, which is kept beside it. `None` when one is open: of two that are
    /// begun at once one wins.
    pub async fn begin_drill(&self, drill: Drill) -> Result<Option<Drill>, StoreError> {
        retry_on_conflict!(ATTEMPTS, {
            let (known, etag) = split(self.read::<Drill>(&partition()?, &current()?).await?);
            if known.as_ref().is_some_and(|known| known.is_open(drill.at) || known.at >= drill.at) {
                return Ok(None);
            }
            let mut batch = vec![exactly(current()?, &drill, etag)?];
            if let Some(known) = &known {
                batch.push(put(RowKey::of(&[BEFORE, &time_key(known.at)])?, known)?);
            }
            self.store.write(&partition()?, batch).await?;
            Ok(Some(drill.clone()))
        })
    }

    /// Changes the newest drill if it is `drill`, and returns it as it is then.
    pub async fn update_drill(
        &self,
        drill: &Drill,
        mut change: impl FnMut(&mut Drill) + Send,
    ) -> Result<Option<Drill>, StoreError> {
        let changed = |known: Option<Drill>| {
            let mut known = known.filter(|known| known.at == drill.at)?;
            change(&mut known);
            Some(known)
        };
        self.update(&partition()?, &current()?, changed).await
    }

    /// Keeps a confirmation, unless there is one: then that is returned.
    pub async fn confirm_drill(
        &self,
        drill: &Drill,
        confirmation: Confirmation,
    ) -> Result<Confirmation, StoreError> {
        let mut first = confirmation.clone();
        let change = |known: Option<Confirmation>| match known {
            Some(known) => {
                first = known;
                None
            }
            None => Some(confirmation.clone()),
        };
        self.update(&partition()?, &confirmation_key(drill, &confirmation.recipient)?, change).await?;
        Ok(first)
    }

    /// The confirmation of one recipient.
    pub async fn drill_confirmation(
        &self,
        drill: &Drill,
        recipient: &RecipientName,
    ) -> Result<Option<Confirmation>, StoreError> {
        let row: Option<Stored<Confirmation>> =
            self.read(&partition()?, &confirmation_key(drill, recipient)?).await?;
        Ok(row.map(|row| row.value))
    }
}

const BEFORE: &str = "b";
const CONFIRMATION: &str = "k";

fn partition() -> Result<PartitionKey, StoreError> {
    Ok(PartitionKey::new("drills")?)
}

fn current() -> Result<RowKey, StoreError> {
    Ok(RowKey::new("current")?)
}

fn confirmation_key(drill: &Drill, recipient: &RecipientName) -> Result<RowKey, StoreError> {
    Ok(RowKey::of(&[CONFIRMATION, &time_key(drill.at), &hash_key(recipient.as_str())])?)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::super::testing::repository;
    use super::*;
    use crate::domain::action::Actor;
    use crate::domain::drill::LASTS;
    use crate::domain::fixtures::utc;

    #[tokio::test]
    async fn there_is_one_open_drill_and_those_before_it_are_kept() {
        let repository = repository();
        let now = utc("2026-11-23T09:00:00Z");
        let drill = |at| Drill::new(Actor::default(), ["jane".parse().unwrap()].into(), at);
        let first = repository.begin_drill(drill(now)).await.unwrap().unwrap();
        assert_eq!(repository.begin_drill(drill(now + TimeDelta::days(1))).await.unwrap(), None);
        let ended = now + TimeDelta::days(2);
        repository.update_drill(&first, |drill| drill.ended = Some(ended)).await.unwrap().unwrap();
        let second = repository.begin_drill(drill(ended)).await.unwrap().unwrap();
        assert_eq!(repository.drill().await.unwrap(), Some(second.clone()));
        assert_eq!(repository.update_drill(&first, |drill| drill.woken = true).await.unwrap(), None);
        assert_eq!(repository.keys("drills").await.len(), 2);
        assert!(repository.begin_drill(drill(ended + LASTS)).await.unwrap().is_some());
        assert_eq!(repository.keys("drills").await.len(), 3);
    }

    #[tokio::test]
    async fn the_first_confirmation_stays() {
        let repository = repository();
        let now = utc("2026-11-23T09:00:00Z");
        let drill = Drill::new(Actor::default(), ["jane".parse().unwrap()].into(), now);
        let by = |at| Confirmation { recipient: "jane".parse().unwrap(), by: Actor::default(), at };
        let later = now + TimeDelta::hours(1);
        assert_eq!(repository.confirm_drill(&drill, by(now)).await.unwrap().at, now);
        assert_eq!(repository.confirm_drill(&drill, by(later)).await.unwrap().at, now);
        let confirmed = repository.drill_confirmation(&drill, &"jane".parse().unwrap()).await.unwrap();
        assert_eq!(confirmed, Some(by(now)));
        assert_eq!(repository.drill_confirmation(&drill, &"mei".parse().unwrap()).await.unwrap(), None);
    }
}
