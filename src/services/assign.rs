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
use crate::store::repository::{RecipientNamesRow, Repository, Stored, WindowRow};
use crate::store::{ETag, StoreError};

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
    let facts = AssignFacts { policy, people, names: &names, now };
    let mut pending = PendingWrites::default();
    for (stored, window) in rows.into_values() {
        let known = stored.as_ref().map(|stored| &stored.value);
        // What ended and was assigned is history.
        let is_history = |row: &WindowRow| row.moved_to.is_some() || row.assigned && row.window == window;
        if !window.is_open() && known.is_some_and(is_history) {
            continue;
        }
        let decided = facts.decide_row(known, window);
        result.count(&decided, now);
        let DecidedRow { row, assignments, former } = decided;
        if known.is_some_and(|known| known.assigned && WindowRow { assigned: false, ..known.clone() } == row)
        {
            continue;
        }
        for name in former {
            pending.left.entry(name).or_default().push(row.window.id.clone());
        }
        pending.rows.push((row, stored.map(|stored| stored.etag)));
        for assignment in assignments {
            pending.copies.entry(assignment.recipient.clone()).or_default().push(assignment);
        }
    }
    if !pending.rows.is_empty() {
        result.written = pending.rows.len();
        result.recipients = pending.copies.len();
        write_in_order(repository, subscription, pending, now).await?;
    }
    Ok(result)
}

/// By what it is decided who is responsible.
struct AssignFacts<'a> {
    policy: &'a Policy,
    people: &'a People,
    names: &'a RecipientNamesRow,
    now: DateTime<Utc>,
}

/// A window's row as it should be, and who has a copy of it.
struct DecidedRow {
    row: WindowRow,
    assignments: Vec<Assignment>,
    /// Former names whose copies go.
    former: Vec<RecipientName>,
}

/// What is to be written.
#[derive(Default)]
struct PendingWrites {
    rows: Vec<(WindowRow, Option<ETag>)>,
    copies: BTreeMap<RecipientName, Vec<Assignment>>,
    /// Copies that go, by the former name that they are kept under.
    left: BTreeMap<RecipientName, Vec<WindowId>>,
}

impl AssignFacts<'_> {
    /// Who is responsible for `window`, of which `known` is stored, and who gets a copy.
    fn decide_row(&self, known: Option<&WindowRow>, window: MaintenanceWindow) -> DecidedRow {
        let Self { policy, people, names, now } = *self;
        let holders = known.map(|row| row.holders.clone()).unwrap_or_default();
        let (holders, former) = under_present_names(holders, |name| names.present(name).clone());
        let mut actions = known.map(|row| row.actions.clone()).unwrap_or_default();
        actions.names_mut().for_each(|name| *name = names.present(name).clone());
        let mut responsible = responsible(policy, &window, &actions, people, now);
        escalation::add(policy, &window, people, &holders, &mut responsible, now);
        if !window.is_open() {
            // Who was not notified of it need not hear that it is over.
            responsible.keep_to(&holders);
        }
        let is_known = |name: &RecipientName| policy.recipient(name).is_some();
        let holders = with_starters(holders, &actions, &responsible, is_known);
        let (holders, assignments) =
            assignments_for(&window, &actions, &holders, &responsible, &policy.version, now);
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
        DecidedRow { row, assignments, former: former.into_iter().collect() }
    }
}

/// Writes the windows, then the copies, then the wake-ups, then that all copies are written.
async fn write_in_order(
    repository: &Repository,
    subscription: &SubscriptionId,
    PendingWrites { rows, copies, left }: PendingWrites,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let written = repository.put_windows(subscription, rows).await?;
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
    Ok(())
}

impl AssignReport {
    /// Counts one window, with the owners who were refused.
    fn count(&mut self, DecidedRow { row, assignments, .. }: &DecidedRow, now: DateTime<Utc>) {
        let window = &row.window;
        for owner in &row.refused {
            let resource = window.place().to_string();
            self.operator_alerts.push(OperatorAlert::RefusedOwner { resource, owner: owner.clone() });
        }
        if !window.is_open() {
            return;
        }
        self.open += 1;
        if !window.is_planned(now) {
            return;
        }
        self.planned += 1;
        let is_owner = |assignment: &Assignment| assignment.reasons.iter().any(Reason::is_owners);
        if row.silenced.is_some() || assignments.iter().any(is_owner) {
            self.owned += 1;
        } else {
            self.unowned.push(window.place().display_name());
        }
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
