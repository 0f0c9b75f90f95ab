//! `CollectMaintenance`: one question for the whole tenant, then a message for each subscription that has work.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::outputs::{failed, look_at};
use crate::azure::observe::{CandidateList, find_candidates};
use crate::domain::operator_alert::OperatorAlert;
use crate::domain::resource::SubscriptionId;
use crate::functions::{HandlerError, Invocation, Outputs, TimerTrigger};
use crate::services::candidates::note_candidates;
use crate::services::health_snapshot::count_windows;
use crate::services::observation_alerts::observation_alerts;
use crate::services::{App, ServiceError, log_unreadable};
use crate::store::repository::{FoundBy, RoundRow, SummaryRow};

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
///
/// # Errors
/// As [`collect`].
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
/// When Azure gives no complete answer, or the store cannot be written. Nothing is concluded then.
pub async fn collect(app: &App) -> Result<CollectReport, ServiceError> {
    let now = app.clock.now();
    let policy = app.policy();
    let found = find_candidates(&app.arm, &app.scope).await?;
    let summaries = app.repository.summaries().await?;
    log_unreadable("a subscription's summary", &summaries.unreadable);
    let known: BTreeMap<&SubscriptionId, &SummaryRow> =
        summaries.rows.iter().map(|row| (&row.value.subscription, &row.value)).collect();

    let visible: BTreeSet<&SubscriptionId> =
        found.subscriptions.iter().map(|subscription| &subscription.id).collect();
    let with_work = known.values().filter(|summary| {
        let undecided = summary.decided_by.as_ref() != Some(&policy.version);
        // A sweep or an event whose queue message got lost has only its candidates and its hint to show for it.
        let named = summary.candidates.iter().any(|row| row.found_by != FoundBy::Graph);
        let unseen = named || summary.hinted.is_some();
        summary.unassigned
            || summary.open_windows > 0
            || unseen
            || (undecided && !summary.candidates.is_empty())
    });
    let mut look_at: BTreeSet<SubscriptionId> =
        with_work.map(|summary| summary.subscription.clone()).collect();
    look_at.extend(found.by_subscription.keys().cloned());
    let gone: Vec<SubscriptionId> = look_at.iter().filter(|id| !visible.contains(id)).cloned().collect();
    look_at.retain(|id| visible.contains(id));

    for id in &look_at {
        note_candidates(app, id, &found, known.get(id).copied()).await?;
    }
    note_round(app, &look_at, &found).await?;
    app.report(&operator_alerts(&found, &gone, &known), now).await?;
    let candidates = found.by_subscription.values().map(Vec::len).sum();
    tracing::info!(
        subscriptions = found.subscriptions.len(),
        look_at = look_at.len(),
        candidates,
        rows = found.rows,
        "asked where maintenance is planned"
    );
    Ok(CollectReport {
        look_at: look_at.into_iter().collect(),
        subscriptions: found.subscriptions.len(),
        candidates,
    })
}

/// Until the first look at the tenant is complete, each round says what belongs to it.
async fn note_round(
    app: &App,
    look_at: &BTreeSet<SubscriptionId>,
    found: &CandidateList,
) -> Result<(), ServiceError> {
    let now = app.clock.now();
    app.repository
        .update_tenant(|tenant| {
            tenant.collected = Some(now);
            tenant.home = found.home_tenant.clone().or_else(|| tenant.home.take());
            tenant.known_subscriptions =
                found.subscriptions.iter().map(|subscription| subscription.id.clone()).collect();
            if tenant.go_live.is_none() && tenant.round.is_none() {
                tenant.round =
                    Some(RoundRow { id: now, started: now, expected: look_at.iter().cloned().collect() });
            }
        })
        .await?;
    Ok(())
}

fn operator_alerts(
    found: &CandidateList,
    gone: &[SubscriptionId],
    known: &BTreeMap<&SubscriptionId, &SummaryRow>,
) -> Vec<OperatorAlert> {
    let gone = gone.iter().map(|id| OperatorAlert::Unseen {
        scope: match known.get(id).and_then(|summary| summary.name.as_deref()) {
            Some(name) => format!("subscription {name} ({id})"),
            None => format!("subscription {id}"),
        },
        reason: "it has open maintenance windows and is no longer among the subscriptions that can be read"
            .to_owned(),
    });
    observation_alerts(&found.unseen, &found.unreadable).chain(gone).collect()
}
