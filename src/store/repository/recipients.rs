//! One recipient: their assignments, the ledger of their messages, and the contents that messages are bound to.

mod assignments;
mod contents;

use std::sync::Arc;

use futures::TryStreamExt;
use serde::{Deserialize, Serialize};

use super::access::Repository;
use super::loaded::{LoadedRows, Stored};
use super::recipient_keys::{ASSIGNMENT, HEAD, MESSAGE, message_key, partition};
use super::writes::exactly;
use crate::domain::action::token::MessageRef;
use crate::domain::assignment::Assignment;
use crate::domain::former_ledgers::joined;
use crate::domain::ledger::{MessageRecord, PastNotifications, RecipientHead};
use crate::domain::recipient_name::RecipientName;
use crate::domain::recipient_settings::NotificationSettings;
use crate::store::codec::Versioned;
use crate::store::{ETag, PartitionKey, RowKey, RowRange, StoreError};

/// A recipient's count of messages, with the name that the partition's hash hides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadRow {
    pub name: RecipientName,
    pub head: RecipientHead,
}

impl Versioned for HeadRow {}
impl Versioned for MessageRecord {}

/// What was sent to a recipient under a former name.
#[derive(Debug, Default)]
pub struct FormerLedger {
    /// What counts of messages that are not kept any more.
    pub past: PastNotifications,
    pub messages: Vec<Stored<Arc<MessageRecord>>>,
    /// Whether nobody is kept under that name any more.
    pub is_left: bool,
}

/// Whose link it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkOwner {
    /// Under which name they are kept now.
    pub name: RecipientName,
    /// Under which name they were when the message was sent: there it is kept.
    pub sent_to: RecipientName,
}

/// Everything that planning for one recipient needs.
#[derive(Debug, Default)]
pub struct RecipientState {
    /// Nothing before the first message was claimed.
    pub head: Option<Stored<HeadRow>>,
    /// The copies of their windows.
    pub assignments: Vec<Arc<Assignment>>,
    /// Their messages in order of sequence.
    pub ledger: Vec<Stored<Arc<MessageRecord>>>,
    /// What was sent to them under former names; nothing where that was not asked for.
    pub former: Vec<FormerLedger>,
    /// How they want to be notified.
    pub notification_settings: NotificationSettings,
    /// What is wrong with rows that were set aside. What an unreadable message reported is not known.
    pub unreadable: Vec<StoreError>,
}

impl RecipientState {
    /// The messages without the states of their rows, those under former names among them.
    pub fn messages(&self) -> Vec<Arc<MessageRecord>> {
        let values = |ledger: &[Stored<Arc<MessageRecord>>]| -> Vec<Arc<MessageRecord>> {
            ledger.iter().map(|stored| stored.value.clone()).collect()
        };
        let own = values(&self.ledger);
        let Some(head) = self.head.as_ref().filter(|_| !self.former.is_empty()) else { return own };
        let former: Vec<_> = self.former.iter().map(|former| values(&former.messages)).collect();
        joined(&own, &former, &head.value.name)
    }

    /// The name under which the recipient is kept, where this is a former name.
    pub fn present_name(&self) -> Option<&RecipientName> {
        self.head.as_ref()?.value.head.now.as_ref()
    }
}

impl Repository {
    /// Where everything of `recipient` lies.
    ///
    /// # Errors
    /// When no key can be made of the name.
    pub fn partition_of(recipient: &RecipientName) -> Result<PartitionKey, StoreError> {
        partition(recipient)
    }

    /// What is known of a recipient.
    ///
    /// The head is read before the messages: one that is claimed meanwhile changes the head, so that a plan which
    /// knows nothing of it cannot be claimed.
    pub async fn state(&self, recipient: &RecipientName) -> Result<RecipientState, StoreError> {
        let partition = partition(recipient)?;
        let assignments = self.load_shared(&partition, RowRange::within(&[ASSIGNMENT])?).await?;
        let mut state = RecipientState {
            assignments: assignments.rows.into_iter().map(|row| row.value).collect(),
            unreadable: assignments.unreadable,
            ..RecipientState::default()
        };
        // Whoever muted something and whose row cannot be read is notified rather than not.
        match self.notification_settings(recipient).await {
            Err(error) if error.is_unreadable_row() => state.unreadable.push(error),
            notification_settings => state.notification_settings = notification_settings?,
        }
        // Contents sort between assignments and head, and are not read: they are long.
        let head = RowKey::new(HEAD)?;
        let rest = RowRange::starting_at(head.clone());
        let mut rows = std::pin::pin!(crate::store::stream(&*self.store, &partition, rest));
        while let Some(row) = rows.try_next().await? {
            let read = if row.key == head {
                self.stored(&partition, row).map(|head| state.head = Some(head))
            } else {
                self.shared(&partition, row).map(|message| state.ledger.push(message))
            };
            match read {
                Err(error) if error.is_unreadable_row() => state.unreadable.push(error),
                result => result?,
            }
        }
        Ok(state)
    }

    /// The same, with what was sent to them under former names.
    pub async fn whole_state(&self, recipient: &RecipientName) -> Result<RecipientState, StoreError> {
        let mut state = self.state(recipient).await?;
        if let Some(head) = &state.head {
            state.former = self.former(&head.value.head.former).await?;
        }
        Ok(state)
    }

    /// The messages of a recipient that can be read, in order.
    pub async fn ledger(
        &self,
        recipient: &RecipientName,
    ) -> Result<LoadedRows<Arc<MessageRecord>>, StoreError> {
        self.load_shared(&partition(recipient)?, RowRange::within(&[MESSAGE])?).await
    }

    /// The newest messages of a recipient that can be read, `count` at most: two reads, whatever there is.
    pub async fn newest_messages(
        &self,
        recipient: &RecipientName,
        count: u64,
    ) -> Result<Vec<Arc<MessageRecord>>, StoreError> {
        let partition = partition(recipient)?;
        let Some(head) = self.read::<HeadRow>(&partition, &RowKey::new(HEAD)?).await? else {
            return Ok(Vec::new());
        };
        let first = (head.value.head.sequence + 1).saturating_sub(count);
        let newest = RowRange::within(&[MESSAGE])?;
        let newest = match newest.to() {
            Some(to) => RowRange::between(message_key(first)?, to.clone()),
            None => RowRange::starting_at(message_key(first)?),
        };
        let loaded = self.load_shared(&partition, newest).await?;
        Ok(loaded.rows.into_iter().map(|row| row.value).collect())
    }

    /// Whose message an action link is about; `None` when nothing is kept of them.
    pub async fn recipient_of(&self, message: &MessageRef) -> Result<Option<LinkOwner>, StoreError> {
        let partition = PartitionKey::of(&["recipient", &message.recipient_key()])?;
        let head = self.read::<HeadRow>(&partition, &RowKey::new(HEAD)?).await?;
        Ok(head.map(|Stored { value: HeadRow { name, head }, .. }| LinkOwner {
            name: head.now.unwrap_or_else(|| name.clone()),
            sent_to: name,
        }))
    }

    /// Claims a message, or amends one that is not sent: head and message change together or not at all.
    ///
    /// Without an ETag, the head or the message must be new. `drop_content` deletes what an amended message was
    /// bound to. Returns the head's new ETag.
    ///
    /// # Errors
    /// A conflict when somebody else claimed first, or the message changed.
    pub async fn claim(
        &self,
        recipient: &RecipientName,
        head: (RecipientHead, Option<ETag>),
        message: (&MessageRecord, Option<ETag>),
        drop_content: bool,
    ) -> Result<Option<ETag>, StoreError> {
        let row = HeadRow { name: recipient.clone(), head: head.0 };
        let mut batch = vec![
            exactly(RowKey::new(HEAD)?, &row, head.1)?,
            exactly(message_key(message.0.sequence)?, message.0, message.1)?,
        ];
        if drop_content {
            batch.extend(self.drop_content(recipient, message.0.sequence).await?);
        }
        let etags = self.store.write(&partition(recipient)?, batch).await?;
        Ok(etags.into_iter().next().flatten())
    }

    /// One message of a recipient.
    pub async fn message(
        &self,
        recipient: &RecipientName,
        sequence: u64,
    ) -> Result<Option<Stored<MessageRecord>>, StoreError> {
        self.read(&partition(recipient)?, &message_key(sequence)?).await
    }

    /// Writes a message where it is in the state of `etag`.
    pub async fn put_message(&self, message: &MessageRecord, etag: ETag) -> Result<ETag, StoreError> {
        let key = message_key(message.sequence)?;
        self.write_one(&partition(&message.recipient)?, key, message, Some(etag)).await
    }

    /// Notes that the outbox rows of these messages are all written. The head is read only if it is not in the state of
    /// `etag` any more.
    pub async fn settle_unemitted(
        &self,
        recipient: &RecipientName,
        head: &RecipientHead,
        etag: Option<ETag>,
        sequences: &[u64],
    ) -> Result<(), StoreError> {
        let change = |known: Option<HeadRow>| {
            let mut row = known?;
            let before = row.head.unemitted.len();
            row.head.unemitted.retain(|sequence| !sequences.contains(sequence));
            (row.head.unemitted.len() != before).then_some(row)
        };
        let (partition, row) = (partition(recipient)?, RowKey::new(HEAD)?);
        let known = etag.map(|etag| (HeadRow { name: recipient.clone(), head: head.clone() }, etag));
        if let Some((Some(next), etag)) = known.map(|(known, etag)| (change(Some(known)), etag)) {
            match self.write_one(&partition, row.clone(), &next, Some(etag)).await {
                Err(error) if error.is_conflict() => {}
                written => return written.map(drop),
            }
        }
        self.update(&partition, &row, change).await.map(drop)
    }
}

#[cfg(test)]
mod tests;
