//! Writes windows and assigns them to everyone responsible.
//!
//! A window's own row is written first and says that it is not assigned yet; then the assignments and wake-ups; then the
//! row says that it is assigned. A crash in between leaves rows that the next look finds and assigns again.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use futures::{FutureExt, StreamExt, TryStreamExt, stream};

use crate::domain::assign::{assignments_for, under_present_names, with_starters};
use crate::domain::assignment::Assignment;
use crate::domain::directory::People;
use crate::domain::escalation;
use crate::domain::operator_alert::OperatorAlert;
use crate::domain::policy::Policy;
use crate::domain::reason::Reason;
use crate::domain::recipient_name::RecipientName;
use crate::domain::resource::SubscriptionId;
use crate::domain::routing::responsible;
use crate::domain::window::{MaintenanceWindow, WindowId};
use crate::store::StoreError;
use crate::store::repository::{Repository, Stored, WindowRow};

/// How many recipients' partitions are written at once.
const PARALLEL: usize = 8;

/// Result of assigning.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AssignReport {
    /// Windows that Azure still lists.
    pub open: usize,
    /// Those of them of which something is still to come.
    pub planned: usize,
    /// Of these, those that somebody other than the fallback is notified of, or that a silence covers.
    pub owned: usize,
    /// The names of the others, in order.
    pub unowned: Vec<String>,
    /// How many windows were written.
    pub written: usize,
    /// How many recipients got assignments.
    pub recipients: usize,
    /// Owners who were refused.
    pub operator_alerts: Vec<OperatorAlert>,
}

/// Decides who is responsible for each of the subscription's windows and writes what is new: `known` as stored, with
/// `changed` in their place.
///
/// # Errors
/// When the store cannot be written, or another look wrote at the same time. Both are repeated safely.
pub async fn assign(
    repository: &Repository,
    policy: &Policy,
    people: &People,
    subscription: &SubscriptionId,
    known: Vec<Stored<WindowRow>>,
    changed: Vec<MaintenanceWindow>,
    now: DateTime<Utc>,
) -> Result<AssignReport, StoreError> {
    let mut result = AssignReport::default();
    let mut rows: BTreeMap<WindowId, (Option<Stored<WindowRow>>, MaintenanceWindow)> = BTreeMap::new();
    for row in known {
        rows.insert(row.value.window.id.clone(), (Some(row.clone()), row.value.window));
    }
    for window in changed {
        let stored = rows.remove(&window.id).and_then(|(stored, _)| stored);
        rows.insert(window.id.clone(), (stored, window));
    }

    let (names, _) = repository.recipient_names().await?;
    let mut writes = Vec::new();
    let mut copies: BTreeMap<RecipientName, Vec<Assignment>> = BTreeMap::new();
    let mut left: BTreeMap<RecipientName, Vec<WindowId>> = BTreeMap::new();
    for (stored, window) in rows.into_values() {
        let known = stored.as_ref().map(|stored| &stored.value);
        // What ended and was assigned is history.
        let is_history = |row: &WindowRow| row.moved_to.is_some() || row.assigned && row.window == window;
        if !window.is_open() && known.is_some_and(is_history) {
            continue;
        }
        let holders = known.map(|row| row.holders.clone()).unwrap_or_default();
        let (holders, former) = under_present_names(holders, |name| names.present(name).clone());
        let mut actions = known.map(|row| row.actions.clone()).unwrap_or_default();
        actions.names_mut().for_each(|name| *name = names.present(name).clone());
        let mut responsible = responsible(policy, &window, &actions, people, now);
        escalation::add(policy, &window, people, &holders, &mut responsible, now);
        if !window.is_open() {
            // Who was told nothing of it need not hear that it is over.
            responsible.keep_to(&holders);
        }
        let is_known = |name: &RecipientName| policy.recipient(name).is_some();
        let holders = with_starters(holders, &actions, &responsible, is_known);
        let (holders, assignments) =
            assignments_for(&window, &actions, &holders, &responsible, &policy.version, now);
        count(&mut result, &window, &assignments, responsible.silenced.is_some(), now);
        for owner in &responsible.refused {
            let resource = window.place().to_string();
            result.operator_alerts.push(OperatorAlert::RefusedOwner { resource, owner: owner.clone() });
        }
        let row = WindowRow {
            window,
            holders,
            escalation_steps: responsible.escalation_steps,
            refused: responsible.refused,
            silenced: responsible.silenced,
            silenced_until: responsible.silenced_until,
            actions,
            decided_by: policy.version.clone(),
            assigned: false,
            moved_to: None,
        };
        if known.is_some_and(|known| known.assigned && WindowRow { assigned: false, ..known.clone() } == row)
        {
            continue;
        }
        for name in former {
            left.entry(name).or_default().push(row.window.id.clone());
        }
        writes.push((row, stored.map(|stored| stored.etag)));
        for assignment in assignments {
            copies.entry(assignment.recipient.clone()).or_default().push(assignment);
        }
    }
    if writes.is_empty() {
        return Ok(result);
    }

    result.written = writes.len();
    result.recipients = copies.len();
    let written = repository.put_windows(subscription, writes).await?;
    let names: Vec<(RecipientName, DateTime<Utc>)> = copies.keys().map(|name| (name.clone(), now)).collect();
    let puts = copies.into_iter().map(|(name, copies)| {
        let repository = repository.clone();
        async move { repository.put_assignments(&name, &copies).await }.boxed()
    });
    stream::iter(puts).buffer_unordered(PARALLEL).try_collect::<Vec<()>>().await?;
    repository.wake_all(&names).await?;
    for (name, windows) in left {
        repository.delete_assignments(&name, &windows).await?;
    }
    let assigned =
        written.into_iter().map(|stored| (WindowRow { assigned: true, ..stored.value }, Some(stored.etag)));
    repository.put_windows(subscription, assigned.collect()).await?;
    Ok(result)
}

fn count(
    result: &mut AssignReport,
    window: &MaintenanceWindow,
    assignments: &[Assignment],
    silenced: bool,
    now: DateTime<Utc>,
) {
    if !window.is_open() {
        return;
    }
    result.open += 1;
    if !window.is_planned(now) {
        return;
    }
    result.planned += 1;
    let is_owner = |assignment: &Assignment| assignment.reasons.iter().any(Reason::is_owners);
    if silenced || assignments.iter().any(is_owner) {
        result.owned += 1;
    } else {
        result.unowned.push(window.place().display_name());
    }
}

/// Assigns a subscription's windows anew without looking at Azure: an endpoint died, or the configuration changed.
pub async fn assign_anew(
    repository: &Repository,
    policy: &Policy,
    people: &People,
    subscriptions: BTreeSet<SubscriptionId>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    for subscription in subscriptions {
        let windows = repository.windows(&subscription).await?;
        super::log_unreadable("a window", &windows.unreadable);
        assign(repository, policy, people, &subscription, windows.rows, Vec::new(), now).await?;
    }
    Ok(())
}
