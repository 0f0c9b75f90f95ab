//! Rounds of collecting: which subscriptions have work, and what the tenant's row says of the round.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::{App, ServiceError};
use crate::azure::observe::CandidateList;
use crate::domain::config_version::ConfigVersion;
use crate::domain::observation::{UnseenCause, UnseenScope};
use crate::domain::operator_alert::OperatorAlert;
use crate::domain::resource::{SubscriptionId, same_id};
use crate::store::repository::{FoundBy, RoundRow, SubscriptionRow};

/// Whether a subscription is looked at although Resource Graph may list nothing in it.
pub fn has_work(summary: &SubscriptionRow, version: &ConfigVersion) -> bool {
    let undecided = summary.decided_by.as_ref() != Some(version);
    // A sweep or an event whose queue message got lost has only its candidates and its signal to show for it.
    let named = summary.candidates.iter().any(|row| row.found_by != FoundBy::Graph);
    summary.unassigned
        || summary.open_windows > 0
        || named
        || summary.signalled.is_some()
        || (undecided && !summary.candidates.is_empty())
}

/// Until the first look at the tenant is complete, each round says what belongs to it.
///
/// # Errors
/// When the store cannot be read or written.
pub async fn note_round(
    app: &App,
    look_at: &BTreeSet<SubscriptionId>,
    found: &CandidateList,
    now: DateTime<Utc>,
) -> Result<(), ServiceError> {
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

/// Keeps which questions were not answered, and says which were not the round before.
///
/// # Errors
/// When the store cannot be read or written.
pub async fn note_unanswered(app: &App, found: &CandidateList) -> Result<Vec<UnseenScope>, ServiceError> {
    let before = app.repository.tenant().await?.0.unanswered;
    if before != found.unanswered {
        app.repository.update_tenant(|tenant| tenant.unanswered.clone_from(&found.unanswered)).await?;
    }
    Ok(before)
}

/// What operators are notified of when a subscription with work cannot be read any more.
pub fn gone_from_sight(id: &SubscriptionId, name: Option<&str>, cause: UnseenCause) -> OperatorAlert {
    OperatorAlert::Unseen {
        scope: named(id, name),
        reason: match cause {
            UnseenCause::SubscriptionGone => {
                "it has open maintenance windows, and Azure does not know it any more"
            }
            _ => "it has open maintenance windows and is no longer among the subscriptions that can be read",
        }
        .to_owned(),
        cause,
    }
}

/// One subscription that cannot be read is one problem, whoever finds it first and in whatever words.
///
/// # Errors
/// When the store cannot be read.
pub async fn as_one_problem(
    app: &App,
    id: &SubscriptionId,
    name: Option<&str>,
    alerts: &mut [OperatorAlert],
) -> Result<(), ServiceError> {
    let is_it = |alert: &OperatorAlert| match alert {
        OperatorAlert::Unseen { scope, .. } => is_whole(scope, id) || *scope == named(id, name),
        _ => false,
    };
    if !alerts.iter().any(is_it) {
        return Ok(());
    }
    let known = app.repository.operator_alerts().await?;
    let known = known.values().map(|row| &row.operator_alert).find(|alert| is_it(alert));
    let Some(OperatorAlert::Unseen { scope: known, .. }) = known else { return Ok(()) };
    for alert in alerts.iter_mut().filter(|alert| is_it(alert)) {
        if let OperatorAlert::Unseen { scope, .. } = alert {
            scope.clone_from(known);
        }
    }
    Ok(())
}

/// Whether `scope` is all of the subscription.
pub fn is_whole(scope: &str, id: &SubscriptionId) -> bool {
    same_id(scope, &format!("/subscriptions/{id}"))
}

fn named(id: &SubscriptionId, name: Option<&str>) -> String {
    match name {
        Some(name) => format!("subscription {name} ({id})"),
        None => format!("subscription {id}"),
    }
}
