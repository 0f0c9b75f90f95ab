//! What is written together with an entry of the audit trail and is about no window: the checkpoint behind which old
//! entries are removed, and the links that were withdrawn. They lie in the partition of the trail, so that each is one
//! batch with its entry.
//!
//! | row | what |
//! |---|---|
//! | `checkpoint` | up to which entry the beginning of the trail may be removed |
//! | `revoked` | the links that are withdrawn |

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::access::{ATTEMPTS, Repository};
use super::batch;
use super::keys::{entry_key, partition};
use super::writes::{exactly, split};
use crate::domain::action::audit::{AuditEntry, AuditEvent, AuditHead};
use crate::domain::action::token::MessageRef;
use crate::store::codec::Versioned;
use crate::store::retry_on_conflict;
use crate::store::{ETag, MAX_BATCH_WRITES, RowKey, StoreError, Write};

/// No link of a message lasts longer than this, with some time to spare: then it need not be remembered that it was withdrawn.
const OUTLASTED: TimeDelta = TimeDelta::days(50);

/// The same for the addresses of feeds, which are withdrawn with all links of their recipient.
const FEEDS_OUTLASTED: TimeDelta = TimeDelta::days(410);

/// Where the beginning of the audit trail may be removed up to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckpointRow {
    /// The last entry that may be removed, with its hash, as the trail itself says.
    pub through: AuditHead,
    /// When that was decided.
    pub at: DateTime<Utc>,
    /// The last entry that surely is.
    #[serde(default)]
    pub removed: u64,
}

impl Versioned for CheckpointRow {}

/// The links that were withdrawn. Bounded: what has expired anyway is forgotten.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revocations {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub all: Option<Revoked>,
    /// Those of a recipient, by the digest that links carry.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub recipients: BTreeMap<String, Revoked>,
    /// That of one message, by the recipient's digest and the message's number.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub messages: BTreeMap<String, Revoked>,
}

/// Links that were withdrawn together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revoked {
    pub links: String,
    /// Those that were signed by this moment.
    pub signed_by: DateTime<Utc>,
    /// When they were withdrawn.
    pub at: DateTime<Utc>,
}

impl Versioned for Revocations {}

impl Revocations {
    /// When the link to `message`, signed at `signed`, was withdrawn, if it was.
    pub fn of(&self, message: &MessageRef, signed: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let those = [
            self.all.as_ref(),
            self.recipients.get(&message.recipient_key()),
            self.messages.get(&key_of(message)),
        ];
        let withdrawn = those.into_iter().flatten().filter(|revoked| signed <= revoked.signed_by);
        withdrawn.map(|revoked| revoked.at).min()
    }

    /// Withdraws everybody's links.
    pub fn revoke_all(&mut self, revoked: Revoked) {
        self.all = Some(later(self.all.take(), revoked));
    }

    /// Withdraws the links of whoever `message` is to.
    pub fn revoke_recipient(&mut self, message: &MessageRef, revoked: Revoked) {
        let key = message.recipient_key();
        let revoked = later(self.recipients.remove(&key), revoked);
        self.recipients.insert(key, revoked);
    }

    /// Withdraws the link to one message.
    pub fn revoke_message(&mut self, message: &MessageRef, revoked: Revoked) {
        let key = key_of(message);
        let revoked = later(self.messages.remove(&key), revoked);
        self.messages.insert(key, revoked);
    }

    /// Everything that is withdrawn, the latest first.
    pub fn list(&self) -> Vec<&Revoked> {
        let mut list: Vec<&Revoked> =
            self.all.iter().chain(self.recipients.values()).chain(self.messages.values()).collect();
        list.sort_by(|a, b| (b.at, &b.links).cmp(&(a.at, &a.links)));
        list
    }

    /// Forgets what has expired anyway.
    fn prune(&mut self, now: DateTime<Utc>) {
        let lasts = |revoked: &Revoked, longest| now < revoked.signed_by + longest;
        self.all = self.all.take().filter(|revoked| lasts(revoked, FEEDS_OUTLASTED));
        self.recipients.retain(|_, revoked| lasts(revoked, FEEDS_OUTLASTED));
        self.messages.retain(|_, revoked| lasts(revoked, OUTLASTED));
    }
}

/// Of two the one that withdraws more.
fn later(known: Option<Revoked>, new: Revoked) -> Revoked {
    known.filter(|known| new.signed_by <= known.signed_by).unwrap_or(new)
}

fn key_of(message: &MessageRef) -> String {
    format!("{}-{}", message.recipient_key(), message.sequence())
}

impl Repository {
    /// The links that are withdrawn. One small row.
    pub async fn revocations(&self) -> Result<Revocations, StoreError> {
        let row = self.read::<Revocations>(&partition()?, &RowKey::new(REVOKED)?).await?;
        Ok(row.map(|row| row.value).unwrap_or_default())
    }

    /// Withdraws links, and records it.
    pub async fn revoke(
        &self,
        event: &AuditEvent,
        change: impl Fn(&mut Revocations) + Send + Sync,
    ) -> Result<Revocations, StoreError> {
        let changed = |known: Option<Revocations>| {
            let mut revocations = known.unwrap_or_default();
            revocations.prune(event.at);
            change(&mut revocations);
            revocations
        };
        self.record(REVOKED, event, changed).await
    }

    /// Where the beginning of the audit trail may be removed up to.
    pub async fn checkpoint(&self) -> Result<Option<CheckpointRow>, StoreError> {
        let row = self.read::<CheckpointRow>(&partition()?, &RowKey::new(CHECKPOINT)?).await?;
        Ok(row.map(|row| row.value))
    }

    /// Says, in the trail itself, that everything up to `through` may be removed.
    pub async fn set_checkpoint(
        &self,
        event: &AuditEvent,
        through: &AuditHead,
    ) -> Result<CheckpointRow, StoreError> {
        let changed = |known: Option<CheckpointRow>| CheckpointRow {
            through: through.clone(),
            at: event.at,
            removed: known.map_or(0, |known| known.removed),
        };
        self.record(CHECKPOINT, event, changed).await
    }

    /// Removes the entries from the one after `row.removed` up to `row.through`, `limit` of them at most, and notes how
    /// far that is. Removing what is gone does no harm, so it can be interrupted anywhere.
    pub async fn remove_entries(&self, row: &CheckpointRow, limit: u64) -> Result<u64, StoreError> {
        let partition = partition()?;
        let end = row.through.sequence.min(row.removed.saturating_add(limit));
        let mut first = row.removed + 1;
        while first <= end {
            let last = end.min(first + MAX_BATCH_WRITES as u64 - 1);
            let delete = |sequence| Ok(Write::Delete { row: entry_key(sequence)?, etag: None });
            let writes = (first..=last).map(delete).collect::<Result<Vec<_>, StoreError>>()?;
            batch::write(&*self.store, &partition, writes).await?;
            first = last + 1;
        }
        let removed = end.saturating_sub(row.removed);
        let note = |known: Option<CheckpointRow>| {
            let known = known?;
            (known.removed < end).then_some(CheckpointRow { removed: end, ..known })
        };
        self.update(&partition, &RowKey::new(CHECKPOINT)?, note).await?;
        Ok(removed)
    }

    /// Writes entries anew, each as it was read, and records that in the trail: all of it or nothing.
    ///
    /// # Errors
    /// A conflict when one of them, or the end of the trail, is not as it was read.
    pub async fn rewrite_entries(
        &self,
        event: &AuditEvent,
        entries: &[(AuditEntry, ETag)],
    ) -> Result<(), StoreError> {
        let end = self.trail_end().await?;
        let mut writes = end.writes(vec![event.clone()])?;
        for (entry, etag) in entries {
            writes.push(exactly(entry_key(entry.sequence)?, entry, Some(etag.clone()))?);
        }
        batch::write(&*self.store, &partition()?, writes).await.map(drop)
    }

    /// Appends `event` to the trail and changes a row beside it, in one batch.
    async fn record<T: Versioned + Clone + Send>(
        &self,
        row: &str,
        event: &AuditEvent,
        changed: impl Fn(Option<T>) -> T + Send + Sync,
    ) -> Result<T, StoreError> {
        let (partition, key) = (partition()?, RowKey::new(row)?);
        retry_on_conflict!(ATTEMPTS, {
            let (known, etag) = split(self.read::<T>(&partition, &key).await?);
            let end = self.trail_end().await?;
            let new = changed(known);
            let mut writes = vec![exactly(key.clone(), &new, etag)?];
            writes.extend(end.writes(vec![event.clone()])?);
            batch::write(&*self.store, &partition, writes).await?;
            Ok(new)
        })
    }
}

const REVOKED: &str = "revoked";
const CHECKPOINT: &str = "checkpoint";

#[cfg(test)]
mod tests {
    use super::super::testing::repository;
    use super::*;
    use crate::domain::action::Actor;
    use crate::domain::action::audit::{AuditAction, ChainBreak, verify};
    use crate::domain::fixtures::utc;

    fn event(action: AuditAction) -> AuditEvent {
        AuditEvent {
            at: utc("2026-12-01T08:00:00Z"),
            actor: Actor::default(),
            action,
            window: None,
            message: None,
        }
    }

    fn message(recipient: &str, sequence: u64) -> MessageRef {
        MessageRef::new(&recipient.parse().unwrap(), sequence).unwrap()
    }

    #[tokio::test]
    async fn links_are_withdrawn_by_message_recipient_and_time_and_that_is_forgotten_in_time() {
        let repository = repository();
        let revoked = |at: &str| Revoked { links: "some".to_owned(), signed_by: utc(at), at: utc(at) };
        let action = event(AuditAction::Revoked { links: "some".to_owned() });
        let (jane, mei) = (message("jane", 1), message("mei", 1));
        repository
            .revoke(&action, |all| all.revoke_message(&jane, revoked("2026-12-01T08:00:00Z")))
            .await
            .unwrap();
        repository
            .revoke(&action, |all| all.revoke_recipient(&mei, revoked("2026-12-01T08:00:00Z")))
            .await
            .unwrap();
        let revocations = repository.revocations().await.unwrap();
        let (before, after) = (utc("2026-11-30T08:00:00Z"), utc("2026-12-01T08:00:01Z"));
        let signed = |message: &MessageRef, at| revocations.of(message, at).is_some();
        assert!(signed(&jane, before) && !signed(&jane, after));
        assert!(!signed(&message("jane", 2), before));
        assert!(signed(&mei, before) && signed(&message("mei", 2), before) && !signed(&mei, after));
        assert_eq!(repository.audit_head().await.unwrap().sequence, 2);

        let later = AuditEvent { at: utc("2027-02-01T08:00:00Z"), ..action };
        let left =
            repository.revoke(&later, |all| all.revoke_all(revoked("2027-02-01T08:00:00Z"))).await.unwrap();
        assert!(left.messages.is_empty());
        assert!(left.of(&jane, after).is_some());
        // Mei's feed could still be asked for; a year later it could not.
        assert!(left.of(&mei, before).is_some() && left.recipients.len() == 1);
        let last = AuditEvent { at: utc("2028-02-01T08:00:00Z"), ..later };
        let left =
            repository.revoke(&last, |all| all.revoke_all(revoked("2028-02-01T08:00:00Z"))).await.unwrap();
        assert!(left.recipients.is_empty());
    }

    #[tokio::test]
    async fn entries_behind_a_checkpoint_go_and_the_rest_can_still_be_proved() {
        let repository = repository();
        for _ in 0..250 {
            repository.revoke(&event(AuditAction::Revoked { links: "x".to_owned() }), |_| ()).await.unwrap();
        }
        let entries = repository.audit_trail(1).await.unwrap();
        let through = entries.values().nth(229).unwrap();
        let through = AuditHead { sequence: through.sequence, hash: through.hash.clone() };
        let action = AuditAction::Checkpoint { through: through.sequence, hash: through.hash.clone() };
        let row = repository.set_checkpoint(&event(action), &through).await.unwrap();
        let proof = async || -> Result<usize, ChainBreak> {
            let entries: Vec<_> = repository.audit_trail(1).await.unwrap().values().cloned().collect();
            verify(&AuditHead::default(), &entries, &repository.audit_head().await.unwrap())?;
            Ok(entries.len())
        };
        assert_eq!(proof().await, Ok(251));
        assert_eq!(repository.remove_entries(&row, 120).await.unwrap(), 120);
        assert_eq!(proof().await, Ok(131));
        // Whoever was interrupted before noting how far they got begins where they did.
        assert_eq!(repository.remove_entries(&row, 120).await.unwrap(), 120);
        let row = repository.checkpoint().await.unwrap().unwrap();
        assert_eq!(row.removed, 120);
        assert_eq!(repository.remove_entries(&row, 1000).await.unwrap(), 110);
        assert_eq!(proof().await, Ok(21));
        assert_eq!(
            repository.remove_entries(&repository.checkpoint().await.unwrap().unwrap(), 9).await.unwrap(),
            0
        );
    }
}
