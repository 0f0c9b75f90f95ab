//! `CollectSubscription`: observes one subscription, works out what changed, and gives it to everyone responsible.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::outputs::failed;
use crate::azure::observe::{WatchScope, find_candidates, observe_subscription};
use crate::domain::observation::{Candidate, Evidence, Observation, ObservedResource, Reading};
use crate::domain::operator_alert::OperatorAlert;
use crate::domain::reconcile::reconcile;
use crate::domain::resource::{ResourceId, SubscriptionId};
use crate::domain::window::MaintenanceWindow;
use crate::functions::{FromText, HandlerError, Invocation, Outputs, QueueTrigger};
use crate::services::assign::{AssignReport, assign};
use crate::services::event_words::{confirm_events, confirmed_evidence};
use crate::services::observation_alerts::observation_alerts;
use crate::services::signals::{drop_old_evidence, note_evidence};
use crate::services::{App, ServiceError, log_unreadable};
use crate::store::repository::{FoundBy, SummaryRow, UNOWNED_LIMIT};

/// What a look at one subscription came to.
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
    let (summary, signalled) = follow_signal(app, subscription).await?;
    let candidates: Vec<Candidate> = summary.candidates.into_iter().map(|row| row.candidate).collect();
    let mut known = repository.windows(subscription).await?;
    log_unreadable("a window", &known.unreadable);
    if known.values().any(|row| row.window.awaits_word(now)) {
        confirm_events(app, subscription, now).await?;
        known = repository.windows(subscription).await?;
    }
    let windows: Vec<MaintenanceWindow> = known.rows.iter().map(|row| row.value.window.clone()).collect();
    let open: Vec<ResourceId> =
        windows.iter().filter(|window| window.is_open()).map(|window| window.id.resource.clone()).collect();

    let mut observation = observe_subscription(&app.arm, subscription, &candidates, &open, now).await?;
    // Of a machine that could not be described nothing new is known.
    for resource in observation.resources.iter_mut().filter(|one| one.machine.subscription_name.is_some()) {
        resource.machine.tenant.clone_from(&summary.tenant);
    }
    // That a wave was called off is an alert's word only. What else is kept was found at Azure.
    let (hints, known_evidence): (Vec<Evidence>, Vec<Evidence>) =
        summary.evidence.into_iter().partition(|one| matches!(one, Evidence::Cancelled { .. }));
    let mut found = Vec::new();
    if signalled.is_some() || may_end(&observation, &open) {
        found = confirmed_evidence(app, subscription, &open, &hints, now).await;
    }
    observation.evidence.extend(known_evidence.into_iter().chain(found.iter().cloned()));
    drop_old_evidence(&mut observation.evidence, now);
    let reconciled = reconcile(&windows, &observation, policy.zone());
    for change in &reconciled.changes {
        tracing::info!(window = %change.window, change = ?change.kind, "maintenance changed");
    }
    let changed = reconciled.windows.iter().chain(&windows).filter(|window| window.is_open());
    let people =
        crate::services::owner_lookup::look_up_people(app, &changed.collect::<Vec<_>>(), now).await?;
    let assigned =
        assign(repository, &policy, &people, subscription, known.rows, reconciled.windows, now).await?;

    let set_aside = observation.unseen.len() + observation.unreadable.len();
    let looked = LookReport { open: assigned.open, changes: reconciled.changes.len(), set_aside };
    let looked_at: BTreeSet<&ResourceId> = candidates.iter().map(|candidate| &candidate.id).collect();
    summarise(app, subscription, &observation, &assigned, (&looked_at, signalled), found).await?;
    let unseen = observation_alerts(&observation.unseen, &observation.unreadable);
    let mut operator_alerts: Vec<OperatorAlert> = unseen.chain(assigned.operator_alerts).collect();
    if assigned.open > 0 {
        operator_alerts
            .extend(crate::services::standing_orders::keep_orders(app, subscription, &people).await?);
    }
    app.report(&operator_alerts, now).await?;
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

/// Whether a machine with an open window shows none any more: then it is asked why.
fn may_end(observation: &Observation, open: &[ResourceId]) -> bool {
    let shows_none = |one: &&ObservedResource| one.reading == Reading::NothingPlanned;
    observation.resources.iter().filter(shows_none).any(|one| open.contains(&one.machine.id))
}

/// The summary, with what Resource Graph lists now when something said that there may be news. Also returns the signal
/// that it followed.
async fn follow_signal(
    app: &App,
    subscription: &SubscriptionId,
) -> Result<(SummaryRow, Option<DateTime<Utc>>), ServiceError> {
    let read = || async {
        let stored = app.repository.summary(subscription).await?;
        Ok::<_, ServiceError>(
            stored.map_or_else(|| SummaryRow::new(subscription.clone()), |stored| stored.value),
        )
    };
    let summary = read().await?;
    if summary.signalled.is_none() {
        return Ok((summary, None));
    }
    let scope = WatchScope::Subscriptions(vec![subscription.clone()]);
    match find_candidates(&app.arm, &scope).await {
        Ok(found) => {
            let signalled = summary.signalled;
            crate::services::candidates::note_candidates(app, subscription, &found, Some(&summary)).await?;
            Ok((read().await?, signalled))
        }
        // The signal stays, and the next round of collecting asks anyway.
        Err(error) => {
            tracing::warn!(%error, %subscription, "Resource Graph could not be asked about a signal");
            Ok((summary, None))
        }
    }
}

async fn summarise(
    app: &App,
    subscription: &SubscriptionId,
    observation: &Observation,
    assigned: &AssignReport,
    (looked_at, signalled): (&BTreeSet<&ResourceId>, Option<DateTime<Utc>>),
    found: Vec<Evidence>,
) -> Result<(), ServiceError> {
    let version = app.policy().version.clone();
    app.repository
        .update_summary(subscription, |summary| {
            summary.open_windows = assigned.open;
            note_evidence(summary, &found, observation.at);
            summary.owned = assigned.owned;
            summary.unowned = assigned.unowned.iter().take(UNOWNED_LIMIT).cloned().collect();
            summary.unassigned = false;
            summary.decided_by = Some(version.clone());
            summary.observed = summary.observed.max(Some(observation.at));
            summary.unseen.clone_from(&observation.unseen);
            summary.unreadable.clone_from(&observation.unreadable);
            // What a sweep or an event named is either an open window by now or was nothing.
            summary
                .candidates
                .retain(|row| row.found_by == FoundBy::Graph || !looked_at.contains(&row.candidate.id));
            // A signal that came since is for the next look.
            if summary.signalled == signalled {
                summary.signalled = None;
            }
        })
        .await?;
    Ok(())
}
