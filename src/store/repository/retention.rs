//! What is not needed any more is deleted here. What may go is decided elsewhere; each deletion names the state in
//! which the row was read where that matters, so that what somebody changed meanwhile stays.
//!
//! | partition | row | what |
//! |---|---|---|
//! | `forget` | `TIME\|HASH(name)` | a recipient of whom nothing but the name is kept, and until when |
//! | `tenant` | `retention` | which slice of the store comes next |

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::access::Repository;
use super::actions::ActionsRow;
use super::batch;
use super::keys;
use super::keys::plan_key;
use super::loaded::{LoadedRows, Stored};
use super::recipient_keys;
use super::recipients::HeadRow;
use super::windows::{self, WindowRow};
use super::writes::{exactly, put};
use crate::domain::action::anti_affinity::GroupState;
use crate::domain::action::response::WindowActions;
use crate::domain::action::rolling::RollingPlan;
use crate::domain::action::start::Start;
use crate::domain::ids::StartId;
use crate::domain::ledger::{MessageRecord, RecipientHead};
use crate::domain::outbox::OutboxRow;
use crate::domain::recipient_name::RecipientName;
use crate::domain::resource::SubscriptionId;
use crate::domain::window::WindowId;
use crate::store::codec::Versioned;
use crate::store::key::{hash_key, time_key};
use crate::store::{ETag, PartitionKey, RowKey, RowRange, StoreError, Write};

/// In how many slices the store is gone through.
const SLICES: u32 = 24;
/// How many messages go in one batch: each takes its own row and those of its content, and the head takes one.
const MESSAGES_PER_BATCH: usize = 20;

/// A share of all rows whose keys begin with a digest: the same rows every time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeySlice(u32);

impl KeySlice {
    /// Every slice, in order.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..SLICES).map(Self)
    }

    /// The slice that follows.
    pub fn next(self) -> Self {
        Self((self.0 + 1) % SLICES)
    }

    /// Whether `text` belongs to it.
    pub fn has(self, text: &str) -> bool {
        let first = hash_key(text).get(..2).and_then(|digits| u32::from_str_radix(digits, 16).ok());
        first.is_some_and(|first| (self.first()..self.end()).contains(&first))
    }

    /// The first pair of hexadecimal digits with which its keys begin.
    fn first(self) -> u32 {
        self.0 * 256 / SLICES
    }

    fn end(self) -> u32 {
        (self.0 + 1) * 256 / SLICES
    }

    /// The rows of one kind.
    fn range(self, kind: &str) -> Result<RowRange, StoreError> {
        let whole = RowRange::within(&[kind])?;
        let from = RowKey::of(&[kind, &format!("{:02x}", self.first())])?;
        let range = match self.end() {
            256 => RowRange::starting_at(from),
            end => RowRange::between(from, RowKey::of(&[kind, &format!("{end:02x}")])?),
        };
        Ok(whole.to().cloned().map_or(range.clone(), |to| range.up_to(to)))
    }
}

/// What people did about one window, as kept beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionsOfWindow {
    pub window: WindowId,
    pub actions: WindowActions,
    /// The state of the row.
    pub etag: ETag,
}

/// A recipient of whom nothing but the name is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpiringRecipient {
    pub name: RecipientName,
    /// Until when the name is kept.
    pub at: DateTime<Utc>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct RetentionRow {
    slice: u32,
}

impl Versioned for ExpiringRecipient {
    const VERSION: u16 = 1;
}

impl Versioned for RetentionRow {
    const VERSION: u16 = 1;
}

impl Repository {
    /// The slice that comes next.
    pub async fn retention_slice(&self) -> Result<KeySlice, StoreError> {
        let row = self.read::<RetentionRow>(&PartitionKey::new("tenant")?, &RowKey::new(RETENTION)?).await?;
        Ok(KeySlice(row.map_or(0, |row| row.value.slice % SLICES)))
    }

    /// Notes that `slice` is done.
    pub async fn retention_went_through(&self, slice: KeySlice) -> Result<(), StoreError> {
        let next = RetentionRow { slice: slice.next().0 };
        let change = |known: Option<RetentionRow>| (known != Some(next)).then_some(next);
        self.update(&PartitionKey::new("tenant")?, &RowKey::new(RETENTION)?, change).await.map(drop)
    }

    /// Deletes a recipient's assignments of these windows.
    pub async fn delete_assignments(
        &self,
        recipient: &RecipientName,
        windows: &[WindowId],
    ) -> Result<(), StoreError> {
        let delete = |id: &WindowId| Ok(Write::Delete { row: recipient_keys::copy_key(id)?, etag: None });
        let writes = windows.iter().map(delete).collect::<Result<Vec<_>, StoreError>>()?;
        batch::write_all(&*self.store, &recipient_keys::partition(recipient)?, writes).await.map(drop)
    }

    /// Deletes messages with what they were bound to, a batch at a time, each with the head that keeps what counts
    /// of them. `head` says what that is, from what was kept before and the messages of the batch.
    ///
    /// # Errors
    /// A conflict when somebody claimed or changed one of them meanwhile; batches before it are done.
    pub async fn delete_messages(
        &self,
        recipient: &RecipientName,
        mut known: Stored<HeadRow>,
        messages: &[Stored<Arc<MessageRecord>>],
        head: impl Fn(&RecipientHead, &[Stored<Arc<MessageRecord>>]) -> RecipientHead + Send + Sync,
    ) -> Result<Stored<HeadRow>, StoreError> {
        let partition = recipient_keys::partition(recipient)?;
        for chunk in messages.chunks(MESSAGES_PER_BATCH) {
            let value = HeadRow { head: head(&known.value.head, chunk), ..known.value.clone() };
            let mut writes = vec![exactly(recipient_keys::head_key()?, &value, Some(known.etag))?];
            for message in chunk {
                let row = recipient_keys::message_key(message.value.sequence)?;
                writes.push(Write::Delete { row, etag: Some(message.etag.clone()) });
                writes.extend(self.drop_content(recipient, message.value.sequence).await?);
            }
            let etags = batch::write(&*self.store, &partition, writes).await?;
            known = Stored { value, etag: etags.into_iter().next().ok_or_else(super::writes::no_etag)? };
        }
        Ok(known)
    }

    /// Notes that nothing but the name is kept of a recipient, and until when.
    pub async fn note_expiry(&self, expiring: &ExpiringRecipient) -> Result<(), StoreError> {
        let writes = vec![put(expiry_key(expiring)?, expiring)?];
        batch::write(&*self.store, &expiry_partition()?, writes).await.map(drop)
    }

    /// The recipients whose names need not be kept any more.
    pub async fn expired_recipients(
        &self,
        now: DateTime<Utc>,
        limit: usize,
    ) -> Result<LoadedRows<ExpiringRecipient>, StoreError> {
        let range = RowRange::before(RowKey::of(&[&time_key(super::due::just_after(now))])?);
        self.load_some(&expiry_partition()?, range, limit).await
    }

    /// Deletes the note about a recipient, whatever became of them.
    pub async fn cancel_expiry(&self, expiring: &Stored<ExpiringRecipient>) -> Result<(), StoreError> {
        let delete = Write::Delete { row: expiry_key(&expiring.value)?, etag: Some(expiring.etag.clone()) };
        batch::write_what_holds(&*self.store, &expiry_partition()?, vec![vec![delete]]).await
    }

    /// Deletes the last that is kept of a recipient.
    ///
    /// # Errors
    /// A conflict when a message was claimed for them meanwhile.
    pub async fn delete_recipient(&self, head: &Stored<HeadRow>) -> Result<(), StoreError> {
        let delete = Write::Delete { row: recipient_keys::head_key()?, etag: Some(head.etag.clone()) };
        let partition = recipient_keys::partition(&head.value.name)?;
        batch::write(&*self.store, &partition, vec![delete]).await.map(drop)
    }

    /// Deletes a window where it is in the state in which it was read; whether it is gone.
    pub async fn delete_window(&self, row: &Stored<WindowRow>) -> Result<bool, StoreError> {
        let id = &row.value.window.id;
        let delete = Write::Delete { row: windows::key(id)?, etag: Some(row.etag.clone()) };
        let partition = windows::partition(&id.resource.subscription())?;
        match batch::write(&*self.store, &partition, vec![delete]).await {
            Err(error) if error.is_conflict() => Ok(false),
            result => result.map(|_| true),
        }
    }

    /// A slice of the outbox.
    pub async fn outbox_slice(&self, slice: KeySlice) -> Result<LoadedRows<OutboxRow>, StoreError> {
        self.load(&PartitionKey::new("outbox")?, slice.range("o")?).await
    }

    /// Deletes settled rows of the outbox, except those that changed since they were read.
    pub async fn delete_settled_outbox(&self, rows: &[Stored<OutboxRow>]) -> Result<(), StoreError> {
        let delete = |row: &Stored<OutboxRow>| {
            let key = RowKey::of(&["o", row.value.id.as_str()])?;
            Ok(vec![Write::Delete { row: key, etag: Some(row.etag.clone()) }])
        };
        let settled = rows.iter().filter(|row| row.value.is_settled());
        let groups = settled.map(delete).collect::<Result<Vec<_>, StoreError>>()?;
        batch::write_what_holds(&*self.store, &PartitionKey::new("outbox")?, groups).await
    }

    /// A slice of what people did about windows.
    pub async fn actions_slice(&self, slice: KeySlice) -> Result<LoadedRows<ActionsOfWindow>, StoreError> {
        let loaded = self.load::<ActionsRow>(&keys::partition()?, slice.range("w")?).await?;
        let rows = loaded.rows.into_iter().map(|Stored { value, etag }| {
            let acted = ActionsOfWindow { window: value.window, actions: value.actions, etag: etag.clone() };
            Stored { value: acted, etag }
        });
        Ok(LoadedRows { rows: rows.collect(), unreadable: loaded.unreadable })
    }

    /// What people did about one window.
    pub async fn actions_row(&self, window: &WindowId) -> Result<Option<ActionsOfWindow>, StoreError> {
        let key = keys::window_key("w", window)?;
        let row = self.read::<ActionsRow>(&keys::partition()?, &key).await?;
        Ok(row.map(|row| ActionsOfWindow {
            window: row.value.window,
            actions: row.value.actions,
            etag: row.etag,
        }))
    }

    /// Deletes what people did about one window, with its starts, which have all come to their end; whether it is gone.
    /// It goes before the window does: another of the same identity must find nothing of it.
    pub async fn delete_actions(&self, acted: &ActionsOfWindow) -> Result<bool, StoreError> {
        let partition = keys::partition()?;
        let delete = |attempt| {
            let row = keys::start_key("s", &StartId::new(&acted.window, attempt))?;
            Ok(Write::Delete { row, etag: None })
        };
        let starts = (1..=acted.actions.attempts).map(delete).collect::<Result<Vec<_>, StoreError>>()?;
        batch::write_all(&*self.store, &partition, starts).await?;
        match batch::write(&*self.store, &partition, window_writes(acted)?).await {
            Err(error) if error.is_conflict() => Ok(false),
            result => result.map(|_| true),
        }
    }

    /// A slice of the starts that came to their end.
    pub async fn settled_slice(&self, slice: KeySlice) -> Result<LoadedRows<Start>, StoreError> {
        self.load(&keys::partition()?, slice.range("s")?).await
    }

    /// A slice of the rolling plans that are over.
    pub async fn ended_plans_slice(&self, slice: KeySlice) -> Result<LoadedRows<RollingPlan>, StoreError> {
        self.load(&keys::partition()?, slice.range("q")?).await
    }

    /// Deletes rolling plans that are over.
    pub async fn delete_plans(&self, plans: &[Stored<RollingPlan>]) -> Result<(), StoreError> {
        let delete = |plan: &Stored<RollingPlan>| {
            let row = plan_key("q", &plan.value.id)?;
            Ok(vec![Write::Delete { row, etag: Some(plan.etag.clone()) }])
        };
        let groups = plans.iter().map(delete).collect::<Result<Vec<_>, StoreError>>()?;
        batch::write_what_holds(&*self.store, &keys::partition()?, groups).await
    }

    /// Deletes strays: what people did about windows that are not kept, and starts of them that came to their end; what changed
    /// since it was read stays.
    pub async fn delete_stray_actions(
        &self,
        acted: &[ActionsOfWindow],
        starts: &[Stored<Start>],
    ) -> Result<(), StoreError> {
        let of_start = |start: &Stored<Start>| {
            let row = keys::start_key("s", &start.value.id)?;
            Ok(vec![Write::Delete { row, etag: Some(start.etag.clone()) }])
        };
        let groups = acted.iter().map(window_writes).chain(starts.iter().map(of_start));
        let groups = groups.collect::<Result<Vec<_>, StoreError>>()?;
        batch::write_what_holds(&*self.store, &keys::partition()?, groups).await
    }

    /// Deletes the groups of a slice in which nobody is on its way, and nobody was since `before`. Returns how many.
    pub async fn delete_idle_groups(
        &self,
        slice: KeySlice,
        before: DateTime<Utc>,
    ) -> Result<usize, StoreError> {
        let partition = keys::partition()?;
        let rows = crate::store::scan(&*self.store, &partition, slice.range("g")?).await?;
        let mut groups = Vec::new();
        for row in rows {
            let (key, etag) = (row.key.clone(), row.etag.clone());
            match self.stored::<GroupState>(&partition, row) {
                Ok(group) if group.value.under_way.is_empty() && group.value.confirmed <= Some(before) => {
                    groups.push(vec![Write::Delete { row: key, etag: Some(etag) }]);
                }
                Ok(_) => {}
                Err(error) => super::loaded::log_unreadable(&[error]),
            }
        }
        let count = groups.len();
        batch::write_what_holds(&*self.store, &partition, groups).await?;
        Ok(count)
    }

    /// Deletes what is known of a subscription, where that is in the state of `etag`; whether it is gone.
    pub async fn delete_summary(
        &self,
        subscription: &SubscriptionId,
        etag: ETag,
    ) -> Result<bool, StoreError> {
        let row = super::tenant::summary_key(subscription)?;
        let delete = vec![Write::Delete { row, etag: Some(etag) }];
        match batch::write(&*self.store, &PartitionKey::new("tenant")?, delete).await {
            Err(error) if error.is_conflict() => Ok(false),
            result => result.map(|_| true),
        }
    }
}

const RETENTION: &str = "retention";

/// The writes that leave nothing of what people did about a window but its starts.
fn window_writes(acted: &ActionsOfWindow) -> Result<Vec<Write>, StoreError> {
    let row = keys::window_key("w", &acted.window)?;
    let mark = keys::window_key("u", &acted.window)?;
    Ok(vec![Write::Delete { row, etag: Some(acted.etag.clone()) }, Write::Delete { row: mark, etag: None }])
}

fn expiry_partition() -> Result<PartitionKey, StoreError> {
    Ok(PartitionKey::new("forget")?)
}

fn expiry_key(expiring: &ExpiringRecipient) -> Result<RowKey, StoreError> {
    Ok(RowKey::of(&[&time_key(expiring.at), &hash_key(expiring.name.as_str())])?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_in_one_slice_and_a_slice_holds_nothing_else() {
        let slices: Vec<KeySlice> = KeySlice::all().collect();
        assert!(slices.windows(2).all(|pair| pair[0].next() == pair[1]));
        assert_eq!(slices[23].next(), slices[0]);
        for text in (0..2000).map(|number| format!("vm-{number}")) {
            let key = RowKey::of(&["w", &hash_key(&text), "0000000001"]).unwrap();
            let within = |slice: &&KeySlice| {
                let range = slice.range("w").unwrap();
                range.from().is_none_or(|from| *from <= key) && range.to().is_none_or(|to| key < *to)
            };
            let found: Vec<&KeySlice> = slices.iter().filter(within).collect();
            assert_eq!(found.len(), 1, "{text}");
            assert!(found[0].has(&text));
            assert_eq!(slices.iter().filter(|slice| slice.has(&text)).count(), 1);
        }
        let last = slices[23].range("w").unwrap();
        assert_eq!(last.to().map(RowKey::as_str), Some("w}"));
    }
}
