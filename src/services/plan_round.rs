//! A round of collecting: where in the tenant maintenance may be, and which subscriptions are to be looked at.

use std::collections::{BTreeMap, BTreeSet};

use super::candidates::note_candidates;
use super::observation_alerts::observation_alerts;
use super::rounds::{as_one_problem, gone_from_sight, has_work, is_whole, note_round};
use super::{App, ServiceError, log_unreadable};
use crate::azure::observe::{ALL_SUBSCRIPTIONS, CandidateList, find_candidates};
use crate::azure::subscriptions::get_subscription;
use crate::domain::observation::UnseenCause;
use crate::domain::operator_alert::OperatorAlert;
use crate::domain::resource::SubscriptionId;
use crate::store::repository::SubscriptionRow;

/// What a round of collecting found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollectReport {
    /// The subscriptions to look at, in order.
    pub look_at: Vec<SubscriptionId>,
    /// How many subscriptions can be read.
    pub subscriptions: usize,
    /// How many machines may have maintenance.
    pub candidates: usize,
}

/// Asks Resource Graph where to look.
///
/// # Errors
/// When Azure gives no complete answer, or the store cannot be written. Nothing is concluded then.
pub async fn plan_round(app: &App) -> Result<CollectReport, ServiceError> {
    let now = app.clock.now();
    let policy = app.policy();
    app.repository.begin(now).await?;
    let found = find_candidates(&app.arm, &app.scope).await?;
    let summaries = app.repository.subscription_rows().await?;
    log_unreadable("a subscription's summary", &summaries.unreadable);
    let known: BTreeMap<&SubscriptionId, &SubscriptionRow> =
        summaries.rows.iter().map(|row| (&row.value.subscription, &row.value)).collect();

    let visible: BTreeSet<&SubscriptionId> =
        found.subscriptions.iter().map(|subscription| &subscription.id).collect();
    let mut look_at: BTreeSet<SubscriptionId> = known
        .values()
        .filter(|summary| has_work(summary, &policy.version))
        .map(|summary| summary.subscription.clone())
        .collect();
    look_at.extend(found.by_subscription.keys().cloned());
    let gone: Vec<SubscriptionId> = look_at.iter().filter(|id| !visible.contains(id)).cloned().collect();
    look_at.retain(|id| visible.contains(id));

    for id in &look_at {
        note_candidates(app, id, &found, known.get(id).copied()).await?;
    }
    note_round(app, &look_at, &found, now).await?;
    let alerts = round_alerts(app, &found, &known, &look_at, &gone).await?;
    app.report(&alerts, now).await?;
    let candidates: usize = found.by_subscription.values().map(Vec::len).sum();
    tracing::info!(
        subscriptions = found.subscriptions.len(),
        look_at = look_at.len(),
        candidates,
        rows = found.rows,
        "found {candidates} candidates; {} subscriptions to look at",
        look_at.len()
    );
    Ok(CollectReport {
        look_at: look_at.into_iter().collect(),
        subscriptions: found.subscriptions.len(),
        candidates,
    })
}

/// What operators should know of a round: what could not be read, with a subscription that is gone as one problem.
async fn round_alerts(
    app: &App,
    found: &CandidateList,
    known: &BTreeMap<&SubscriptionId, &SubscriptionRow>,
    look_at: &BTreeSet<SubscriptionId>,
    gone: &[SubscriptionId],
) -> Result<Vec<OperatorAlert>, ServiceError> {
    let name_of = |id: &SubscriptionId| known.get(id).and_then(|summary| summary.name.as_deref());
    // One that is gone is one problem, also where the setting names it.
    let is_gone = |scope: &str| gone.iter().any(|id| is_whole(scope, id));
    let unseen: Vec<_> = found.unseen.iter().filter(|unseen| !is_gone(&unseen.scope)).cloned().collect();
    let mut alerts: Vec<OperatorAlert> = observation_alerts(&unseen, &found.unreadable, &[]).collect();
    let mut only_gone = !gone.is_empty();
    for id in gone {
        let answer = get_subscription(&app.arm, id).await;
        let cause = match answer.is_err_and(|error| error.is_subscription_gone()) {
            true => UnseenCause::SubscriptionGone,
            false => UnseenCause::NoRights,
        };
        only_gone &= cause == UnseenCause::SubscriptionGone;
        alerts.push(gone_from_sight(id, name_of(id), cause));
        as_one_problem(app, id, name_of(id), &mut alerts).await?;
    }
    for id in look_at {
        as_one_problem(app, id, name_of(id), &mut alerts).await?;
    }
    // Where all that was known is gone, that nothing is left to be read is the same problem.
    alerts.retain(|alert| {
        !(only_gone && matches!(alert, OperatorAlert::Unseen { scope, .. } if scope == ALL_SUBSCRIPTIONS))
    });
    Ok(alerts)
}
