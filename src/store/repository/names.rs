//! Under which names recipients are kept: who the configuration names, and what became of former names.
//!
//! One row for the tenant. What follows from it is written first and can be written again, so that a process that is
//! killed in between is no matter.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::access::Repository;
use super::loaded::{LoadedRows, log_unreadable};
use super::recipient_keys::{head_key, message_key, partition as recipient_partition};
use super::recipients::{FormerLedger, HeadRow, RecipientState};
use super::writes::split;
use crate::domain::config_version::ConfigVersion;
use crate::domain::ledger::{MessageRecord, MessageState, RecipientHead};
use crate::domain::person::{Addresses, KnownRecipients};
use crate::domain::recipient_name::RecipientName;
use crate::store::codec::Versioned;
use crate::store::{ETag, PartitionKey, RowKey, StoreError};

/// The recipients of a configuration, and the former names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecipientNamesRow {
    /// The configuration that these are the recipients of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<ConfigVersion>,
    /// The one before it, and until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced: Option<(ConfigVersion, DateTime<Utc>)>,
    #[serde(default)]
    known: Vec<KnownName>,
    /// Former names.
    #[serde(default)]
    moved: Vec<MovedName>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct KnownName {
    name: RecipientName,
    addresses: Addresses,
}

/// A former name, and the one that its recipient is kept under since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct MovedName {
    from: RecipientName,
    to: RecipientName,
}

impl Versioned for RecipientNamesRow {}

impl RecipientNamesRow {
    /// The name under which whoever was called `name` is kept now.
    pub fn present<'a>(&'a self, name: &'a RecipientName) -> &'a RecipientName {
        self.moved.iter().find(|moved| moved.from == *name).map_or(name, |moved| &moved.to)
    }

    /// Every former name with the present one.
    pub fn moved(&self) -> impl Iterator<Item = (&RecipientName, &RecipientName)> {
        self.moved.iter().map(|moved| (&moved.from, &moved.to))
    }

    /// The recipients that were configured last, with their addresses.
    pub fn known(&self) -> KnownRecipients {
        self.known.iter().map(|known| (known.name.clone(), known.addresses.clone())).collect()
    }

    /// Takes note of the configured recipients.
    pub fn set_known(&mut self, known: KnownRecipients) {
        self.known = known.into_iter().map(|(name, addresses)| KnownName { name, addresses }).collect();
    }

    /// Takes note that `from` is called `to` from now on, and so is whoever became `from` before.
    pub fn note_moved(&mut self, from: &RecipientName, to: &RecipientName) {
        self.moved.retain(|moved| moved.from != *to && moved.from != *from);
        for moved in self.moved.iter_mut().filter(|moved| moved.to == *from) {
            moved.to = to.clone();
        }
        self.moved.push(MovedName { from: from.clone(), to: to.clone() });
        self.moved.sort_by(|one, other| one.from.cmp(&other.from));
    }
}

impl Repository {
    /// Under which names recipients are kept; nothing, without an ETag, at first.
    pub async fn recipient_names(&self) -> Result<(RecipientNamesRow, Option<ETag>), StoreError> {
        let (row, etag) = split(self.read(&partition()?, &RowKey::new(NAMES)?).await?);
        Ok((row.unwrap_or_default(), etag))
    }

    /// Writes them where they are in the state of `etag`.
    pub async fn put_recipient_names(
        &self,
        row: &RecipientNamesRow,
        etag: Option<ETag>,
    ) -> Result<(), StoreError> {
        self.write_one(&partition()?, RowKey::new(NAMES)?, row, etag).await.map(drop)
    }

    /// The head of a recipient's messages, if they ever got one.
    pub async fn head(&self, recipient: &RecipientName) -> Result<Option<RecipientHead>, StoreError> {
        let head = self.read::<HeadRow>(&recipient_partition(recipient)?, &head_key()?).await?;
        Ok(head.map(|row| row.value.head))
    }

    /// Notes that what `from` was sent was sent to `to` as well, and, where `from` is a former name, that it is.
    /// `new` is what the messages of somebody new are counted on from.
    pub async fn join_heads(
        &self,
        from: &RecipientName,
        to: &RecipientName,
        is_moved: bool,
        new: u64,
    ) -> Result<(), StoreError> {
        let (own, other) = (recipient_partition(to)?, recipient_partition(from)?);
        if own == other {
            let renamed = |known: Option<HeadRow>| known.map(|row| HeadRow { name: to.clone(), ..row });
            return self.update(&own, &head_key()?, renamed).await.map(drop);
        }
        let before = self.head(from).await?.map(|head| head.former).unwrap_or_default();
        let empty = |name: &RecipientName| HeadRow {
            name: name.clone(),
            head: RecipientHead { sequence: new, ..RecipientHead::default() },
        };
        let joins = |known: Option<HeadRow>| {
            let mut row = known.clone().unwrap_or_else(|| empty(to));
            row.head.now = None;
            row.head.former.extend(before.iter().cloned().chain([from.clone()]));
            row.head.former.remove(to);
            (known.as_ref() != Some(&row)).then_some(row)
        };
        self.update(&own, &head_key()?, joins).await?;
        if !is_moved {
            return Ok(());
        }
        let leads = |known: Option<HeadRow>| {
            let mut row = known.clone().unwrap_or_else(|| empty(from));
            row.head.now = Some(to.clone());
            row.head.former.clear();
            (known.as_ref() != Some(&row)).then_some(row)
        };
        self.update(&other, &head_key()?, leads).await.map(drop)
    }

    /// Withdraws what was claimed under former names and is unsent: whoever is kept under another name since is
    /// planned for anew.
    ///
    /// # Errors
    /// A conflict when one of them leaves meanwhile.
    pub async fn withdraw_unsent(&self, state: &RecipientState) -> Result<bool, StoreError> {
        let mut any = false;
        let left = state.former.iter().filter(|former| former.is_left);
        for message in left.flat_map(|former| &former.messages) {
            if message.value.is_unsent() {
                let withdrawn = MessageRecord { state: MessageState::Withdrawn, ..(*message.value).clone() };
                let key = message_key(withdrawn.sequence)?;
                let partition = recipient_partition(&withdrawn.recipient)?;
                self.write_one(&partition, key, &withdrawn, Some(message.etag.clone())).await?;
                any = true;
            }
        }
        Ok(any)
    }

    /// What was sent to each of these names.
    pub(super) async fn former(
        &self,
        names: &BTreeSet<RecipientName>,
    ) -> Result<Vec<FormerLedger>, StoreError> {
        let mut former = Vec::new();
        for name in names {
            let head = self.head(name).await?.unwrap_or_default();
            let LoadedRows { rows, unreadable } = self.ledger(name).await?;
            log_unreadable(&unreadable);
            let is_left = head.now.is_some();
            former.push(FormerLedger { past: head.past, messages: rows, is_left });
        }
        Ok(former)
    }
}

const NAMES: &str = "recipients";

fn partition() -> Result<PartitionKey, StoreError> {
    Ok(PartitionKey::new("tenant")?)
}

#[cfg(test)]
mod tests {
    use super::super::testing::repository;
    use super::*;

    fn name(text: &str) -> RecipientName {
        text.parse().unwrap()
    }

    #[test]
    fn a_name_of_before_leads_to_the_present_one_however_often_it_changed() {
        let mut row = RecipientNamesRow::default();
        row.note_moved(&name("a"), &name("b"));
        row.note_moved(&name("b"), &name("c"));
        assert_eq!(row.present(&name("a")), &name("c"));
        assert_eq!(row.present(&name("d")), &name("d"));
        // And back again.
        row.note_moved(&name("c"), &name("a"));
        assert_eq!(row.present(&name("a")), &name("a"));
        assert_eq!(row.present(&name("b")), &name("a"));
    }

    #[tokio::test]
    async fn heads_say_who_is_who_and_saying_it_twice_changes_nothing() {
        let repository = repository();
        for (from, to) in [("a", "b"), ("b", "c"), ("b", "c")] {
            repository.join_heads(&name(from), &name(to), true, 7).await.unwrap();
        }
        let head = |of: &'static str| {
            let repository = &repository;
            async move { repository.head(&name(of)).await.unwrap().unwrap() }
        };
        assert_eq!(head("c").await.former, [name("a"), name("b")].into());
        assert_eq!(head("c").await.sequence, 7);
        assert_eq!((head("b").await.now, head("b").await.former.len()), (Some(name("c")), 0));
        repository.join_heads(&name("c"), &name("a"), true, 7).await.unwrap();
        assert_eq!((head("a").await.now, head("a").await.former), (None, [name("b"), name("c")].into()));
    }
}
