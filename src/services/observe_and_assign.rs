//! A look at one subscription: what Azure shows is compared with what is stored, and what is new goes to everyone
//! responsible.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::assign::assign;
use super::event_confirmation::confirm_events;
use super::evidence::{add_evidence, may_end};
use super::hand_overs::end_unanswered;
use super::look_result::{FollowedSignal, LookResult, follow_signal, note_look};
use super::moves::{drop_doubles, look_for_moved, relocate};
use super::observation_alerts::observation_alerts;
use super::overdue::overdue_alerts;
use super::overview::keep_overview;
use super::owner_lookup::look_up_people;
use super::recipient_renames::names_in_force;
use super::rounds::as_one_problem;
use super::standing_orders::keep_orders;
use super::{App, ServiceError, log_unreadable};
use crate::azure::observe::observe_subscription;
use crate::domain::action::response::WindowActions;
use crate::domain::directory::People;
use crate::domain::observation::{Candidate, Observation};
use crate::domain::operator_alert::OperatorAlert;
use crate::domain::reconcile::reconcile;
use crate::domain::resource::{ResourceId, SubscriptionId};
use crate::domain::window::{MaintenanceWindow, WindowId};
use crate::store::repository::{LoadedRows, Stored, SubscriptionRow, WindowRow};

/// Result of a look at one subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookReport {
    /// How many windows are open.
    pub open: usize,
    /// How many things changed.
    pub changes: usize,
    /// How many resources or scopes could not be seen or understood.
    pub set_aside: usize,
}

/// Looks at `subscription`.
///
/// # Errors
/// When Azure gives no answer that can be relied upon, or the store cannot be written. The message comes again.
pub async fn observe_and_assign(
    app: &App,
    subscription: &SubscriptionId,
) -> Result<LookReport, ServiceError> {
    let now = app.clock.now();
    let policy = app.policy();
    names_in_force(app, now).await?;
    let FollowedSignal { mut summary, signalled } = follow_signal(app, subscription).await?;
    let candidates: Vec<Candidate> =
        std::mem::take(&mut summary.candidates).into_iter().map(|row| row.candidate).collect();
    let mut known = confirmed_windows(app, subscription, now).await?;
    let windows: Vec<MaintenanceWindow> = known.rows.iter().map(|row| row.value.window.clone()).collect();
    let open: Vec<ResourceId> =
        windows.iter().filter(|window| window.is_open()).map(|window| window.place().clone()).collect();

    let mut observation = observe_subscription(&app.arm, subscription, &candidates, &open, now).await?;
    let shows = |window: &&MaintenanceWindow| window.is_open() && window.elsewhere.is_none();
    let shown: BTreeSet<&ResourceId> = windows.iter().filter(shows).map(|window| window.place()).collect();
    observation.set_blanks_aside(|id| shown.contains(id));
    note_tenant(&mut observation, &summary);
    look_for_moved(app, &mut observation, &windows).await?;
    let asks_why = signalled.is_some() || may_end(&observation, &open);
    let kept = std::mem::take(&mut summary.evidence);
    let found = add_evidence(app, &mut observation, kept, asks_why.then_some(&open)).await;
    let reconciled = reconcile(&windows, &observation);
    for change in &reconciled.changes {
        tracing::info!(window = %change.window, change = ?change.kind, "maintenance changed");
    }

    let changed = reconciled.windows.iter().chain(&windows).filter(|window| window.is_open());
    let people = look_up_people(app, &changed.collect::<Vec<_>>(), now).await?;
    let overdue = overdue(subscription, &known.rows, &reconciled.windows, now);
    end_unanswered(app, &mut known.rows, &people, now).await?;
    let (changed, moved): (Vec<_>, Vec<_>) =
        reconciled.windows.into_iter().partition(|window| window.place().subscription() == *subscription);
    let is_moved = |row: &Stored<WindowRow>| moved.iter().any(|window| window.id == row.value.window.id);
    let (left, rows): (Vec<_>, Vec<_>) = known.rows.into_iter().partition(is_moved);
    let found_by_event = changed
        .iter()
        .any(|window| window.is_open() && window.elsewhere.is_some() && window.scheduled_events.is_empty());
    let assigned = assign(&app.repository, &policy, &people, subscription, rows, changed, now).await?;
    relocate_all(app, left, &moved, &people, now).await?;
    // What a scheduled event alone announced is a window from here on, and Azure's word belongs to it.
    if found_by_event {
        confirm_events(app, subscription, now).await?;
    }

    let set_aside = observation.unseen.len() + observation.unreadable.len();
    let looked = LookReport { open: assigned.open, changes: reconciled.changes.len(), set_aside };
    let looked_at = candidates.iter().map(|candidate| &candidate.id).collect();
    let result = LookResult {
        observation: &observation,
        assigned: &assigned,
        open: &open,
        looked_at,
        signalled,
        assign_asked: summary.assign_asked,
        found,
    };
    note_look(app, subscription, &result).await?;
    let is_changed = assigned.written > 0 || !reconciled.changes.is_empty();
    let unseen = observation_alerts(&observation.unseen, &observation.unreadable, &summary.unseen);
    let mut alerts: Vec<OperatorAlert> = unseen.chain(assigned.operator_alerts).chain(overdue).collect();
    as_one_problem(app, subscription, summary.name.as_deref(), &mut alerts).await?;
    if looked.open > 0 {
        alerts.extend(keep_orders(app, subscription, &people).await?);
    }
    app.report(&alerts, now).await?;
    keep_overview(app, subscription, &people, is_changed, now).await;
    tracing::info!(
        %subscription,
        open = looked.open,
        changes = looked.changes,
        set_aside,
        read = observation.resources.len(),
        written = assigned.written,
        recipients = assigned.recipients,
        "assigned {} windows of subscription {subscription} to {} recipients",
        assigned.written,
        assigned.recipients
    );
    Ok(looked)
}

/// The stored windows, once Azure was asked again for the events that wait for its word.
async fn confirmed_windows(
    app: &App,
    subscription: &SubscriptionId,
    now: DateTime<Utc>,
) -> Result<LoadedRows<WindowRow>, ServiceError> {
    let mut known = app.repository.windows(subscription).await?;
    log_unreadable("a window", &known.unreadable);
    if drop_doubles(app, &known.rows).await? {
        known = app.repository.windows(subscription).await?;
    }
    if !known.values().any(|row| row.window.awaits_word(now)) {
        return Ok(known);
    }
    confirm_events(app, subscription, now).await?;
    Ok(app.repository.windows(subscription).await?)
}

/// Says of each machine to which tenant it belongs. Of one that could not be described nothing new is known.
fn note_tenant(observation: &mut Observation, summary: &SubscriptionRow) {
    for resource in observation.resources.iter_mut().filter(|one| one.machine.subscription_name.is_some()) {
        resource.machine.tenant.clone_from(&summary.tenant);
    }
}

/// What is overdue among the windows as they are now, `reconciled` in place of what is stored.
fn overdue(
    subscription: &SubscriptionId,
    stored: &[Stored<WindowRow>],
    reconciled: &[MaintenanceWindow],
    now: DateTime<Utc>,
) -> Vec<OperatorAlert> {
    let none = WindowActions::default();
    let stored = || stored.iter().map(|row| &row.value);
    let actions: BTreeMap<&WindowId, &WindowActions> =
        stored().map(|row| (&row.window.id, &row.actions)).collect();
    let newest: BTreeMap<&WindowId, &MaintenanceWindow> =
        stored().map(|row| &row.window).chain(reconciled).map(|window| (&window.id, window)).collect();
    let newest = newest.into_iter().map(|(id, window)| (window, *actions.get(id).unwrap_or(&&none)));
    overdue_alerts(subscription, newest, now)
}

/// Takes the rows whose machines are in another subscription now there.
async fn relocate_all(
    app: &App,
    left: Vec<Stored<WindowRow>>,
    moved: &[MaintenanceWindow],
    people: &People,
    now: DateTime<Utc>,
) -> Result<(), ServiceError> {
    for stored in left {
        let Some(window) = moved.iter().find(|window| window.id == stored.value.window.id) else { continue };
        relocate(app, stored, window.clone(), people, now).await?;
    }
    Ok(())
}
