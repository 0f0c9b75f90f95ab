//! `CollectSubscription`: observes one subscription, works out what changed, and gives it to everyone responsible.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::outputs::failed;
use crate::azure::observe::observe_subscription;
use crate::domain::action::response::WindowActions;
use crate::domain::observation::Candidate;
use crate::domain::operator_alert::OperatorAlert;
use crate::domain::reconcile::reconcile;
use crate::domain::resource::{ResourceId, SubscriptionId};
use crate::domain::window::{MaintenanceWindow, WindowId};
use crate::functions::{FromText, HandlerError, Invocation, Outputs, QueueTrigger};
use crate::services::assign::assign;
use crate::services::event_confirmation::confirm_events;
use crate::services::evidence::{add_evidence, may_end};
use crate::services::hand_overs::end_unanswered;
use crate::services::look_result::{FollowedSignal, LookResult, follow_signal, note_look};
use crate::services::moves::{look_for_moved, relocate};
use crate::services::observation_alerts::observation_alerts;
use crate::services::overdue::overdue_alerts;
use crate::services::overview::keep_overview;
use crate::services::owner_lookup::look_up_people;
use crate::services::recipient_renames::names_in_force;
use crate::services::rounds::as_one_problem;
use crate::services::standing_orders::keep_orders;
use crate::services::{App, ServiceError, log_unreadable};
use crate::store::repository::{Stored, WindowRow};

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

/// Looks at the subscription that the message names.
pub async fn run(
    app: Arc<App>,
    _: Invocation,
    message: QueueTrigger<FromText<SubscriptionId>>,
) -> Result<Outputs, HandlerError> {
    let FromText(subscription) = message.payload;
    let looked = collect_subscription(&app, &subscription).await.map_err(failed)?;
    let mut outputs = Outputs::none();
    outputs.log(format!("{} open windows, {} changes", looked.open, looked.changes));
    Ok(outputs)
}

/// Looks at `subscription`.
///
/// # Errors
/// When Azure gives no answer that can be relied upon, or the store cannot be written. The message comes again.
pub async fn collect_subscription(
    app: &App,
    subscription: &SubscriptionId,
) -> Result<LookReport, ServiceError> {
    let now = app.clock.now();
    let policy = app.policy();
    let repository = &app.repository;
    names_in_force(app, now).await?;
    let FollowedSignal { summary, signalled } = follow_signal(app, subscription).await?;
    let (unseen_before, name) = (summary.unseen, summary.name);
    let candidates: Vec<Candidate> = summary.candidates.into_iter().map(|row| row.candidate).collect();
    let mut known = repository.windows(subscription).await?;
    log_unreadable("a window", &known.unreadable);
    if known.values().any(|row| row.window.awaits_word(now)) {
        confirm_events(app, subscription, now).await?;
        known = repository.windows(subscription).await?;
    }
    let windows: Vec<MaintenanceWindow> = known.rows.iter().map(|row| row.value.window.clone()).collect();
    let open: Vec<ResourceId> =
        windows.iter().filter(|window| window.is_open()).map(|window| window.place().clone()).collect();

    let mut observation = observe_subscription(&app.arm, subscription, &candidates, &open, now).await?;
    let shows = |window: &&MaintenanceWindow| window.is_open() && window.elsewhere.is_none();
    let shown: BTreeSet<&ResourceId> = windows.iter().filter(shows).map(|window| window.place()).collect();
    observation.set_blanks_aside(|id| shown.contains(id));
    // Of a machine that could not be described nothing new is known.
    for resource in observation.resources.iter_mut().filter(|one| one.machine.subscription_name.is_some()) {
        resource.machine.tenant.clone_from(&summary.tenant);
    }
    look_for_moved(app, &mut observation, &windows).await?;
    let asks_why = signalled.is_some() || may_end(&observation, &open);
    let found = add_evidence(app, &mut observation, summary.evidence, asks_why.then_some(&open)).await;
    let reconciled = reconcile(&windows, &observation);
    for change in &reconciled.changes {
        tracing::info!(window = %change.window, change = ?change.kind, "maintenance changed");
    }
    let changed = reconciled.windows.iter().chain(&windows).filter(|window| window.is_open());
    let people = look_up_people(app, &changed.collect::<Vec<_>>(), now).await?;
    let none = WindowActions::default();
    let actions: BTreeMap<&WindowId, &WindowActions> =
        known.rows.iter().map(|row| (&row.value.window.id, &row.value.actions)).collect();
    let newest: BTreeMap<&WindowId, &MaintenanceWindow> =
        windows.iter().chain(&reconciled.windows).map(|window| (&window.id, window)).collect();
    let newest = newest.into_iter().map(|(id, window)| (window, *actions.get(id).unwrap_or(&&none)));
    let overdue = overdue_alerts(subscription, newest, now);
    end_unanswered(app, &mut known.rows, &people, now).await?;
    let (changed, moved): (Vec<_>, Vec<_>) =
        reconciled.windows.into_iter().partition(|window| window.place().subscription() == *subscription);
    let is_moved = |row: &Stored<WindowRow>| moved.iter().any(|window| window.id == row.value.window.id);
    let (left, rows): (Vec<_>, Vec<_>) = known.rows.into_iter().partition(is_moved);
    let found_by_event = changed
        .iter()
        .any(|window| window.is_open() && window.elsewhere.is_some() && window.scheduled_events.is_empty());
    let assigned = assign(repository, &policy, &people, subscription, rows, changed, now).await?;
    for (stored, window) in left.into_iter().filter_map(|stored| {
        let window = moved.iter().find(|window| window.id == stored.value.window.id)?;
        Some((stored, window.clone()))
    }) {
        relocate(app, stored, window, &people, now).await?;
    }

    // What a scheduled event alone announced is a window from here on, and Azure's word belongs to it.
    if found_by_event {
        confirm_events(app, subscription, now).await?;
    }

    let set_aside = observation.unseen.len() + observation.unreadable.len();
    let looked = LookReport { open: assigned.open, changes: reconciled.changes.len(), set_aside };
    let looked_at = candidates.iter().map(|candidate| &candidate.id).collect();
    let summary = LookResult {
        observation: &observation,
        assigned: &assigned,
        open: &open,
        looked_at,
        signalled,
        found,
    };
    note_look(app, subscription, &summary).await?;
    let changed = assigned.written > 0 || !reconciled.changes.is_empty();
    let unseen = observation_alerts(&observation.unseen, &observation.unreadable, &unseen_before);
    let mut operator_alerts: Vec<OperatorAlert> =
        unseen.chain(assigned.operator_alerts).chain(overdue).collect();
    as_one_problem(app, subscription, name.as_deref(), &mut operator_alerts).await?;
    if assigned.open > 0 {
        operator_alerts.extend(keep_orders(app, subscription, &people).await?);
    }
    app.report(&operator_alerts, now).await?;
    keep_overview(app, subscription, &people, changed, now).await;
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
