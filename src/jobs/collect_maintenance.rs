//! `CollectMaintenance`: one question for the whole tenant, then a message for each subscription that has work.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::outputs::{failed, look_at};
use crate::azure::observe::{ALL_SUBSCRIPTIONS, find_what_answers};
use crate::azure::subscriptions::get_subscription;
use crate::domain::observation::UnseenCause;
use crate::domain::operator_alert::OperatorAlert;
use crate::domain::resource::SubscriptionId;
use crate::functions::{HandlerError, Invocation, Outputs, TimerTrigger};
use crate::services::candidates::note_candidates;
use crate::services::health_snapshot::count_windows;
use crate::services::observation_alerts::observation_alerts;
use crate::services::rounds::{
    as_one_problem, gone_from_sight, has_work, is_whole, note_round, note_unanswered,
};
use crate::services::{App, ServiceError, log_unreadable};
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

/// Asks where to look, counts the open windows for the metrics, and asks for the looks.
pub async fn run(app: Arc<App>, _: Invocation, _: TimerTrigger) -> Result<Outputs, HandlerError> {
    let collected = collect(&app).await.map_err(failed)?;
    count_windows(&app).await;
    let mut outputs = look_at(&collected.look_at);
    outputs.log(format!("{} subscriptions to look at", collected.look_at.len()));
    Ok(outputs)
}

/// Asks Resource Graph where to look.
///
/// # Errors
/// When Azure gives no answer, or the store cannot be written. Nothing is concluded then. A question without an answer that
/// may come later fails one round; from the next one on the rest goes on without it.
pub async fn collect(app: &App) -> Result<CollectReport, ServiceError> {
    let now = app.clock.now();
    let policy = app.policy();
    app.repository.begin(now).await?;
    let (found, no_answer) = find_what_answers(&app.arm, &app.scope).await?;
    let unanswered_before = note_unanswered(app, &found).await?;
    if let Some(error) = no_answer.filter(|_| unanswered_before.is_empty()) {
        return Err(error.into());
    }
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
    let name_of = |id: &SubscriptionId| known.get(id).and_then(|summary| summary.name.as_deref());
    // One that is gone is one problem, also where the setting names it.
    let is_gone = |scope: &str| gone.iter().any(|id| is_whole(scope, id));
    let unseen: Vec<_> = found.unseen.iter().filter(|unseen| !is_gone(&unseen.scope)).cloned().collect();
    let mut alerts: Vec<OperatorAlert> = observation_alerts(&unseen, &found.unreadable, &[]).collect();
    // What Azure refuses it refuses again; what only had no answer is told when it had none before either.
    let refused: Vec<_> =
        found.unanswered.iter().filter(|it| it.cause != UnseenCause::NoAnswer).cloned().collect();
    let before = [unanswered_before, refused].concat();
    alerts.extend(observation_alerts(&found.unanswered, &[], &before));
    let mut only_gone = !gone.is_empty();
    for id in &gone {
        let answer = get_subscription(&app.arm, id).await;
        let cause = match answer.is_err_and(|error| error.is_subscription_gone()) {
            true => UnseenCause::SubscriptionGone,
            false => UnseenCause::NoRights,
        };
        only_gone &= cause == UnseenCause::SubscriptionGone;
        alerts.push(gone_from_sight(id, name_of(id), cause));
        as_one_problem(app, id, name_of(id), &mut alerts).await?;
    }
    for id in &look_at {
        as_one_problem(app, id, name_of(id), &mut alerts).await?;
    }
    // Where all that was known is gone, that nothing is left to be read is the same problem.
    alerts.retain(|alert| {
        !(only_gone && matches!(alert, OperatorAlert::Unseen { scope, .. } if scope == ALL_SUBSCRIPTIONS))
    });
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
