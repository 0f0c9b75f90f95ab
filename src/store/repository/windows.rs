//! Windows, by subscription, with who holds copies of them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::access::Repository;
use super::batch;
use super::loaded::{LoadedRows, Stored};
use super::writes::{exactly, no_etag};
use crate::domain::action::response::WindowActions;
use crate::domain::assignment::Holder;
use crate::domain::config_version::ConfigVersion;
use crate::domain::escalation_steps::EscalationStep;
use crate::domain::refused_owner::RefusedOwner;
use crate::domain::resource::SubscriptionId;
use crate::domain::window::{EndReason, MaintenanceWindow, WindowId, WindowState};
use crate::store::codec::Versioned;
use crate::store::key::hash_key;
use crate::store::{ETag, PartitionKey, RowKey, RowRange, StoreError, Write};

/// A window as collect keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowRow {
    pub window: MaintenanceWindow,
    /// Who holds a copy of it.
    pub holders: Vec<Holder>,
    /// Who of them is escalated to when nobody responds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[serde(rename = "ladder")]
    pub escalation_steps: Vec<EscalationStep>,
    /// Owners named in its tags who cannot be notified.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<RefusedOwner>,
    /// The reason of the silence that covers it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silenced: Option<String>,
    /// When that silence ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silenced_until: Option<DateTime<Utc>>,
    /// What people did about it, as last copied from where it is decided.
    #[serde(default, skip_serializing_if = "WindowActions::is_empty")]
    pub actions: WindowActions,
    /// Which configuration decided who holds copies.
    pub decided_by: ConfigVersion,
    /// Whether every copy and wake-up that follows from this row is written.
    #[serde(rename = "spread")]
    pub assigned: bool,
    /// The subscription with which the window is kept since its machine was moved there. This row only leads to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_to: Option<SubscriptionId>,
}

impl Versioned for WindowRow {}

impl Repository {
    /// The windows of a subscription, every generation that is kept.
    pub async fn windows(&self, subscription: &SubscriptionId) -> Result<LoadedRows<WindowRow>, StoreError> {
        self.load(&partition(subscription)?, RowRange::all()).await
    }

    /// One window, wherever its machine stands now.
    pub async fn window(&self, id: &WindowId) -> Result<Option<Stored<WindowRow>>, StoreError> {
        let row: Option<Stored<WindowRow>> =
            self.read(&partition(&id.resource.subscription())?, &key(id)?).await?;
        match row.as_ref().and_then(|row| row.value.moved_to.as_ref()) {
            Some(elsewhere) => self.read(&partition(elsewhere)?, &key(id)?).await,
            None => Ok(row),
        }
    }

    /// Keeps a window with the subscription `to`. Where its machine stood first, a row that leads there is left. What is
    /// done twice is the same as done once.
    ///
    /// # Errors
    /// A conflict when the window is not in the state in which it was read.
    pub async fn relocate_window(
        &self,
        stored: &Stored<WindowRow>,
        window: MaintenanceWindow,
        from: &SubscriptionId,
        to: &SubscriptionId,
    ) -> Result<(), StoreError> {
        let home = window.id.resource.subscription();
        let key = key(&window.id)?;
        let row = WindowRow { window, assigned: false, moved_to: None, ..stored.value.clone() };
        let known = self.read::<WindowRow>(&partition(to)?, &key).await?.map(|known| known.etag);
        self.write_one(&partition(to)?, key.clone(), &row, known).await?;
        if home != *to {
            let at = row.window.changed;
            let state = WindowState::Ended { at, why: EndReason::Moved };
            let lead = WindowRow {
                window: MaintenanceWindow { state, ..row.window },
                holders: Vec::new(),
                assigned: true,
                moved_to: Some(to.clone()),
                ..row
            };
            let known = self.read::<WindowRow>(&partition(&home)?, &key).await?.map(|known| known.etag);
            let known = if home == *from { Some(stored.etag.clone()) } else { known };
            self.write_one(&partition(&home)?, key.clone(), &lead, known).await?;
        }
        if home != *from {
            let delete = Write::Delete { row: key, etag: Some(stored.etag.clone()) };
            batch::write(&*self.store, &partition(from)?, vec![delete]).await?;
        }
        Ok(())
    }

    /// The windows of several subscriptions, one subscription after the other.
    pub async fn windows_everywhere(
        &self,
        subscriptions: &[SubscriptionId],
    ) -> Result<LoadedRows<WindowRow>, StoreError> {
        let mut all = LoadedRows::default();
        for subscription in subscriptions {
            let LoadedRows { rows, unreadable } = self.windows(subscription).await?;
            all.rows.extend(rows);
            all.unreadable.extend(unreadable);
        }
        Ok(all)
    }

    /// Writes windows of one subscription and returns them, in order, with their new states. Without an ETag a
    /// window must be new.
    ///
    /// # Errors
    /// A conflict when a window is not in the expected state. It may come after others have been written: each
    /// stands for itself, and what was not written is found by the next look.
    pub async fn put_windows(
        &self,
        subscription: &SubscriptionId,
        rows: Vec<(WindowRow, Option<ETag>)>,
    ) -> Result<Vec<Stored<WindowRow>>, StoreError> {
        let mut values = Vec::with_capacity(rows.len());
        let mut writes = Vec::with_capacity(rows.len());
        for (value, etag) in rows {
            writes.push(exactly(key(&value.window.id)?, &value, etag)?);
            values.push(value);
        }
        let etags = batch::write_all(&*self.store, &partition(subscription)?, writes).await?;
        if etags.len() != values.len() {
            return Err(no_etag());
        }
        Ok(values.into_iter().zip(etags).map(|(value, etag)| Stored { value, etag }).collect())
    }
}

pub(super) fn partition(subscription: &SubscriptionId) -> Result<PartitionKey, StoreError> {
    Ok(PartitionKey::of(&["windows", subscription.as_str()])?)
}

pub(super) fn key(id: &WindowId) -> Result<RowKey, StoreError> {
    Ok(RowKey::of(&[&hash_key(id.resource.folded()), &format!("{:010}", id.generation)])?)
}

#[cfg(test)]
mod tests {
    use super::super::testing::repository;
    use super::*;
    use crate::domain::fixtures::{utc, window};

    fn row(name: &str) -> WindowRow {
        WindowRow {
            window: window(name, utc("2026-12-01T10:00:00Z")),
            holders: Vec::new(),
            escalation_steps: Vec::new(),
            refused: Vec::new(),
            silenced: None,
            silenced_until: None,
            actions: WindowActions::default(),
            decided_by: ConfigVersion("1".to_owned()),
            assigned: false,
            moved_to: None,
        }
    }

    #[tokio::test]
    async fn windows_are_changed_only_from_the_state_that_was_read() {
        let repository = repository();
        let subscription = row("vm").window.id.resource.subscription();
        let rows: Vec<_> = (0..230).map(|number| (row(&format!("vm-{number}")), None)).collect();
        let stored = repository.put_windows(&subscription, rows).await.unwrap();
        assert_eq!(stored.len(), 230);
        let loaded = repository.windows_everywhere(&["other".parse().unwrap(), subscription.clone()]).await;
        assert_eq!(loaded.unwrap().rows.len(), 230);

        let mut assigned = stored[229].clone();
        assigned.value.assigned = true;
        let change = vec![(assigned.value.clone(), Some(assigned.etag.clone()))];
        let stored = repository.put_windows(&subscription, change.clone()).await.unwrap();
        assert!(repository.put_windows(&subscription, change).await.unwrap_err().is_conflict());
        let anew = vec![(assigned.value, None)];
        assert!(repository.put_windows(&subscription, anew).await.unwrap_err().is_conflict());
        let loaded = repository.windows(&subscription).await.unwrap();
        assert_eq!(loaded.rows.iter().filter(|row| row.value.assigned).collect::<Vec<_>>(), [&stored[0]]);
    }
}
