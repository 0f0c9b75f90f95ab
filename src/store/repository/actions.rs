//! What people decide, in one partition, so that a decision, what it depends on and its entry in the audit trail are
//! one batch.
//!
//! | row | what |
//! |---|---|
//! | `w\|WINDOW` | responses and starts of a window |
//! | `u\|WINDOW` | the window whose copies do not show that yet |
//! | `o\|START`, `s\|START` | a start under way or planned; one that came to its end |
//! | `g\|GROUP` | who of a group is on its way, and when the last one was well again |
//! | `p\|PLAN`, `q\|PLAN` | a rolling plan; one of which nothing is left to do ([`super::plans`]) |
//! | `recent` | when starts were claimed lately |
//! | `a\|NUMBER`, `head` | the audit trail and its end |
//! | `h\|RECIPIENT`, `t\|RECIPIENT` | maintenance hours that were named on pages, how somebody wants to be notified: see `recipient_settings` |
//! | `anchor` | which end was logged and anchored elsewhere |

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::access::{ATTEMPTS, Repository};
use super::batch;
use super::keys::{entry_key, group_key, partition, plan_key, start_key, window_key};
use super::loaded::LoadedRows;
use super::trail_writes::{TrailEnd, plan_writes};
use super::writes::{exactly, split};
use crate::domain::action::anti_affinity::GroupState;
use crate::domain::action::audit::{AuditEntry, AuditEvent, AuditHead};
use crate::domain::action::group_key::GroupKey;
use crate::domain::action::response::WindowActions;
use crate::domain::action::rolling::RollingPlan;
use crate::domain::action::start::{Start, StartState};
use crate::domain::ids::{PlanId, StartId};
use crate::domain::window::WindowId;
use crate::store::codec::Versioned;
use crate::store::{ETag, RowKey, RowRange, StoreError, Write, retry_on_conflict};

/// How long claimed starts count for the brake at most.
const RECENT: TimeDelta = TimeDelta::days(1);

/// What is kept of a window beside what Azure says of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ActionsRow {
    pub(super) window: WindowId,
    pub(super) actions: WindowActions,
}

/// A window whose copies do not show what was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct UnappliedRow {
    window: WindowId,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct RecentRow {
    starts: Vec<DateTime<Utc>>,
}

/// Which end of the audit trail is known elsewhere.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnchorRow {
    /// The one that was logged.
    pub logged: AuditHead,
    /// The one that was anchored in a container.
    #[serde(default)]
    pub anchored: AuditHead,
    /// Since when the container refuses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<DateTime<Utc>>,
}

impl Versioned for AnchorRow {}
impl Versioned for ActionsRow {}
impl Versioned for UnappliedRow {}
impl Versioned for RecentRow {}
impl Versioned for Start {}
impl Versioned for GroupState {}
impl Versioned for AuditEntry {}
impl Versioned for AuditHead {}

/// Everything that a decision about one window may depend on and change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ActionTransaction {
    /// Responses and starts.
    pub actions: WindowActions,
    /// The start that is planned or under way. Put another state into it, or a new start in its place.
    pub start: Option<Start>,
    /// The rolling plan that was asked for, while something of it is left to do.
    pub plan: Option<RollingPlan>,
    /// The groups that were asked for.
    pub groups: BTreeMap<GroupKey, GroupState>,
    /// When starts were claimed lately, oldest first.
    pub recent: Vec<DateTime<Utc>>,
    /// What the audit trail is to say.
    pub events: Vec<AuditEvent>,
    /// The end of the audit trail: another one than before means that somebody decided something meanwhile.
    pub trail: AuditHead,
}

/// The rows behind a transaction, as they were read.
#[derive(Debug)]
struct TransactionRows {
    transaction: ActionTransaction,
    actions: Option<ETag>,
    start: Option<ETag>,
    plan: Option<ETag>,
    groups: BTreeMap<GroupKey, Option<ETag>>,
    recent: Option<ETag>,
    head: TrailEnd,
}

impl Repository {
    /// Lets `decide` look at everything around a window and change it, and writes all of it or nothing. When somebody
    /// else was faster, it decides again on what is there then. Five reads and one batch.
    ///
    /// # Errors
    /// When the store cannot be read or written, or others keep being faster.
    pub async fn decide<T: Send>(
        &self,
        window: &WindowId,
        groups: &[GroupKey],
        decide: impl FnMut(&mut ActionTransaction) -> T + Send,
    ) -> Result<T, StoreError> {
        self.decide_in(None, window, groups, decide).await
    }

    /// The same for a window of a rolling plan, which is part of the transaction. One read more.
    pub async fn decide_in_plan<T: Send>(
        &self,
        plan: &PlanId,
        window: &WindowId,
        groups: &[GroupKey],
        decide: impl FnMut(&mut ActionTransaction) -> T + Send,
    ) -> Result<T, StoreError> {
        self.decide_in(Some(plan), window, groups, decide).await
    }

    async fn decide_in<T: Send>(
        &self,
        plan: Option<&PlanId>,
        window: &WindowId,
        groups: &[GroupKey],
        mut decide: impl FnMut(&mut ActionTransaction) -> T + Send,
    ) -> Result<T, StoreError> {
        retry_on_conflict!(ATTEMPTS, {
            let read = self.transaction(plan, window, groups).await?;
            let mut transaction = read.transaction.clone();
            let decided = decide(&mut transaction);
            let writes = writes(window, read, transaction)?;
            if writes.is_empty() {
                return Ok(decided);
            }
            batch::write(&*self.store, &partition()?, writes).await?;
            Ok(decided)
        })
    }

    /// Responses and starts of a window.
    pub async fn actions(&self, window: &WindowId) -> Result<WindowActions, StoreError> {
        let row = self.read::<ActionsRow>(&partition()?, &window_key("w", window)?).await?;
        Ok(row.map(|row| row.value.actions).unwrap_or_default())
    }

    /// What is going on in these groups.
    pub async fn groups(
        &self,
        keys: &BTreeSet<GroupKey>,
    ) -> Result<BTreeMap<GroupKey, GroupState>, StoreError> {
        let mut groups = BTreeMap::new();
        for key in keys {
            let group = self.read::<GroupState>(&partition()?, &group_key(key)?).await?;
            groups.extend(group.map(|group| (key.clone(), group.value)));
        }
        Ok(groups)
    }

    /// When starts were claimed within the last day, oldest first.
    pub async fn recent_starts(&self) -> Result<Vec<DateTime<Utc>>, StoreError> {
        let row = self.read::<RecentRow>(&partition()?, &RowKey::new("recent")?).await?;
        Ok(row.map(|row| row.value.starts).unwrap_or_default())
    }

    /// Every start that is planned or under way.
    pub async fn open_starts(&self) -> Result<LoadedRows<Start>, StoreError> {
        self.load(&partition()?, RowRange::within(&["o"])?).await
    }

    /// One start, wherever it stands.
    pub async fn start(&self, id: &StartId) -> Result<Option<Start>, StoreError> {
        for kind in ["o", "s"] {
            if let Some(start) = self.read::<Start>(&partition()?, &start_key(kind, id)?).await? {
                return Ok(Some(start.value));
            }
        }
        Ok(None)
    }

    /// The windows whose copies do not show yet what was decided.
    pub async fn unapplied(&self) -> Result<Vec<WindowId>, StoreError> {
        let rows = self.load::<UnappliedRow>(&partition()?, RowRange::within(&["u"])?).await?;
        super::loaded::log_unreadable(&rows.unreadable);
        Ok(rows.rows.into_iter().map(|row| row.value.window).collect())
    }

    /// The window's copies show `actions`; should more have been decided since, it stays unapplied.
    pub async fn applied(&self, window: &WindowId, actions: &WindowActions) -> Result<(), StoreError> {
        let (partition, mark) = (partition()?, window_key("u", window)?);
        let Some(marked) = self.read::<UnappliedRow>(&partition, &mark).await? else { return Ok(()) };
        if self.actions(window).await? != *actions {
            return Ok(());
        }
        let write = Write::Delete { row: mark, etag: Some(marked.etag) };
        batch::write_if_unchanged(&*self.store, &partition, vec![write]).await.map(drop)
    }

    /// The audit trail from entry `first` on.
    pub async fn audit_trail(&self, first: u64) -> Result<LoadedRows<AuditEntry>, StoreError> {
        self.audit_page(first, usize::MAX).await
    }

    /// Up to `limit` entries of the audit trail from entry `first` on.
    pub async fn audit_page(&self, first: u64, limit: usize) -> Result<LoadedRows<AuditEntry>, StoreError> {
        let end = RowRange::within(&["a"])?.to().cloned();
        let range = RowRange::starting_at(entry_key(first)?);
        self.load_some(&partition()?, end.map_or(range.clone(), |end| range.up_to(end)), limit).await
    }

    /// The end of the audit trail.
    pub async fn audit_head(&self) -> Result<AuditHead, StoreError> {
        let head = self.read::<AuditHead>(&partition()?, &RowKey::new("head")?).await?;
        Ok(head.map(|head| head.value).unwrap_or_default())
    }

    /// Which end of the audit trail is known elsewhere.
    pub async fn anchor(&self) -> Result<(AnchorRow, Option<ETag>), StoreError> {
        let (row, etag) = split(self.read::<AnchorRow>(&partition()?, &RowKey::new("anchor")?).await?);
        Ok((row.unwrap_or_default(), etag))
    }

    /// Notes which end is known elsewhere, unless somebody else did.
    pub async fn put_anchor(&self, row: &AnchorRow, etag: Option<ETag>) -> Result<(), StoreError> {
        self.write_one(&partition()?, RowKey::new("anchor")?, row, etag).await.map(drop)
    }

    /// The end of the audit trail, as it is read for writing on.
    pub(super) async fn trail_end(&self) -> Result<TrailEnd, StoreError> {
        let (head, etag) = split(self.read::<AuditHead>(&partition()?, &RowKey::new("head")?).await?);
        Ok(TrailEnd { head: head.unwrap_or_default(), etag })
    }

    async fn transaction(
        &self,
        plan: Option<&PlanId>,
        window: &WindowId,
        groups: &[GroupKey],
    ) -> Result<TransactionRows, StoreError> {
        let partition = partition()?;
        let (row, actions) = split(self.read::<ActionsRow>(&partition, &window_key("w", window)?).await?);
        let mut transaction = ActionTransaction {
            actions: row.map(|row| row.actions).unwrap_or_default(),
            ..ActionTransaction::default()
        };
        let mut start = None;
        if let Some(open) = transaction.actions.open_start() {
            let row = self.read::<Start>(&partition, &start_key("o", &open.id)?).await?;
            (transaction.start, start) = split(row);
        }
        let mut plan_etag = None;
        if let Some(id) = plan {
            let row = self.read::<RollingPlan>(&partition, &plan_key("p", id)?).await?;
            (transaction.plan, plan_etag) = split(row);
        }
        let mut etags = BTreeMap::new();
        for key in groups {
            let (group, etag) = split(self.read::<GroupState>(&partition, &group_key(key)?).await?);
            transaction.groups.insert(key.clone(), group.unwrap_or_default());
            etags.insert(key.clone(), etag);
        }
        let (row, recent) = split(self.read::<RecentRow>(&partition, &RowKey::new("recent")?).await?);
        transaction.recent = row.unwrap_or_default().starts;
        let head = self.trail_end().await?;
        transaction.trail = head.head.clone();
        Ok(TransactionRows { transaction, actions, start, plan: plan_etag, groups: etags, recent, head })
    }
}

/// What has to be written to get from what was read to `transaction`. Everything that was looked at and matters for a
/// decision is written too when anything is, so that it must be as it was read.
fn writes(
    window: &WindowId,
    read: TransactionRows,
    transaction: ActionTransaction,
) -> Result<Vec<Write>, StoreError> {
    let mut writes = Vec::new();
    if transaction == read.transaction {
        return Ok(writes);
    }
    let row = ActionsRow { window: window.clone(), actions: transaction.actions.clone() };
    writes.push(exactly(window_key("w", window)?, &row, read.actions)?);
    if transaction.actions != read.transaction.actions {
        let mark = UnappliedRow { window: window.clone() };
        writes.push(super::writes::put(window_key("u", window)?, &mark)?);
    }
    if transaction.start != read.transaction.start {
        writes.extend(start_writes(&read.transaction.start, &transaction.start, read.start)?);
    }
    if let Some(plan) = transaction.plan.as_ref().filter(|_| transaction.plan != read.transaction.plan) {
        writes.extend(plan_writes(plan, read.plan)?);
    }
    for (key, group) in &transaction.groups {
        let etag = read.groups.get(key).cloned().flatten();
        writes.push(exactly(group_key(key)?, group, etag)?);
    }
    if transaction.recent != read.transaction.recent {
        let newest = transaction.recent.last().copied();
        let counts = |at: &DateTime<Utc>| newest.is_none_or(|newest| newest - *at <= RECENT);
        let starts = transaction.recent.iter().copied().filter(counts).collect();
        writes.push(exactly(RowKey::new("recent")?, &RecentRow { starts }, read.recent)?);
    }
    writes.extend(read.head.writes(transaction.events)?);
    Ok(writes)
}

fn start_writes(
    old: &Option<Start>,
    new: &Option<Start>,
    etag: Option<ETag>,
) -> Result<Vec<Write>, StoreError> {
    let mut writes = Vec::new();
    let etag_of = |start: &Start| etag.clone().filter(|_| old.as_ref().is_some_and(|old| old.id == start.id));
    if let Some(start) = new {
        let open = start_key("o", &start.id)?;
        if matches!(start.state, StartState::Settled { .. }) {
            if let Some(etag) = etag_of(start) {
                writes.push(Write::Delete { row: open, etag: Some(etag) });
            }
            writes.push(exactly(start_key("s", &start.id)?, start, None)?);
        } else {
            writes.push(exactly(open, start, etag_of(start))?);
        }
    }
    Ok(writes)
}

#[cfg(test)]
mod tests;
