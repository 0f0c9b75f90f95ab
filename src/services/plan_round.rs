//! A round of collecting: where in the tenant maintenance may be, and which subscriptions are to be looked at.

use std::collections::{BTreeMap, BTreeSet};

use super::candidates::note_candidates;
use super::observation_alerts::observation_alerts;
use super::rounds::{as_one_problem, gone_from_sight, has_work, is_whole, note_round, note_unanswered};
use super::{App, ServiceError, log_unreadable};
use crate::azure::observe::{ALL_SUBSCRIPTIONS, CandidateList, find_what_answers};
use crate::azure::subscriptions::get_subscription;
use crate::domain::observation::{UnseenCause, UnseenScope};
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
/// When Azure gives no answer, or the store cannot be written. Nothing is concluded then. A question without an answer that
/// may come later fails one round; from the next one on the rest goes on without it.
pub async fn plan_round(app: &App) -> Result<CollectReport, ServiceError> {
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
    let mut alerts = unseen_alerts(&found, &gone, unanswered_before);
    add_gone(app, &known, (&look_at, &gone), &mut alerts).await?;
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

/// What operators should know of what could not be read, but for subscriptions that are `gone`.
fn unseen_alerts(
    found: &CandidateList,
    gone: &[SubscriptionId],
    unanswered_before: Vec<UnseenScope>,
) -> Vec<OperatorAlert> {
    // One that is gone is one problem, also where the setting names it.
    let is_gone = |scope: &str| gone.iter().any(|id| is_whole(scope, id));
    let unseen: Vec<_> = found.unseen.iter().filter(|unseen| !is_gone(&unseen.scope)).cloned().collect();
    let mut alerts: Vec<OperatorAlert> = observation_alerts(&unseen, &found.unreadable, &[]).collect();
    // What Azure refuses it refuses again; what only had no answer is told when it had none before either.
    let refused: Vec<_> =
        found.unanswered.iter().filter(|it| it.cause != UnseenCause::NoAnswer).cloned().collect();
    let before = [unanswered_before, refused].concat();
    alerts.extend(observation_alerts(&found.unanswered, &[], &before));
    alerts
}

/// Adds the subscriptions that are gone, and makes one problem of what is said of the same subscription.
async fn add_gone(
    app: &App,
    known: &BTreeMap<&SubscriptionId, &SubscriptionRow>,
    (look_at, gone): (&BTreeSet<SubscriptionId>, &[SubscriptionId]),
    alerts: &mut Vec<OperatorAlert>,
) -> Result<(), ServiceError> {
    let name_of = |id: &SubscriptionId| known.get(id).and_then(|summary| summary.name.as_deref());
    let mut only_gone = !gone.is_empty();
    for id in gone {
        let answer = get_subscription(&app.arm, id).await;
        let cause = match answer.is_err_and(|error| error.is_subscription_gone()) {
            true => UnseenCause::SubscriptionGone,
            false => UnseenCause::NoRights,
        };
        only_gone &= cause == UnseenCause::SubscriptionGone;
        alerts.push(gone_from_sight(id, name_of(id), cause));
        as_one_problem(app, id, name_of(id), alerts).await?;
    }
    for id in look_at {
        as_one_problem(app, id, name_of(id), alerts).await?;
    }
    // Where all that was known is gone, that nothing is left to be read is the same problem.
    alerts.retain(|alert| {
        !(only_gone && matches!(alert, OperatorAlert::Unseen { scope, .. } if scope == ALL_SUBSCRIPTIONS))
    });
    Ok(())
}
