//! What is not needed any more is deleted here. What may go is decided elsewhere; each deletion names the state in
//! which the row was read where that matters, so that what somebody changed meanwhile stays.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::access::Repository;
use super::actions::ActionsRow;
use super::batch;
use super::key_slice::KeySlice;
use super::keys;
use super::keys::plan_key;
use super::loaded::{LoadedRows, Stored};
use super::recipient_keys;
use super::recipients::HeadRow;
use super::windows::{self, WindowRow};
use super::writes::exactly;
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
use crate::store::{ETag, PartitionKey, RowKey, StoreError, Write};

/// How many messages go in one batch: each takes its own row and those of its contents, of which an endpoint can have its
/// own, and the head takes one.
const MESSAGES_PER_BATCH: usize = 5;

/// What people did about one window, as kept beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionsOfWindow {
    pub window: WindowId,
    pub actions: WindowActions,
    /// The state of the row.
    pub etag: ETag,
}

impl Repository {
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

    /// Deletes a window where it is in the state in which it was read; whether it is gone.
    pub async fn delete_window(&self, row: &Stored<WindowRow>) -> Result<bool, StoreError> {
        let id = &row.value.window.id;
        let delete = Write::Delete { row: windows::key(id)?, etag: Some(row.etag.clone()) };
        let kept_with = match row.value.moved_to {
            Some(_) => id.resource.subscription(),
            None => row.value.window.place().subscription(),
        };
        let partition = windows::partition(&kept_with)?;
        batch::write_if_unchanged(&*self.store, &partition, vec![delete]).await
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
        batch::write_if_unchanged(&*self.store, &partition, window_writes(acted)?).await
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
    pub async fn delete_subscription(
        &self,
        subscription: &SubscriptionId,
        etag: ETag,
    ) -> Result<bool, StoreError> {
        let row = super::tenant::summary_key(subscription)?;
        let delete = vec![Write::Delete { row, etag: Some(etag) }];
        batch::write_if_unchanged(&*self.store, &PartitionKey::new("tenant")?, delete).await
    }
}

/// The writes that leave nothing of what people did about a window but its starts.
fn window_writes(acted: &ActionsOfWindow) -> Result<Vec<Write>, StoreError> {
    let row = keys::window_key("w", &acted.window)?;
    let mark = keys::window_key("u", &acted.window)?;
    Ok(vec![Write::Delete { row, etag: Some(acted.etag.clone()) }, Write::Delete { row: mark, etag: None }])
}
