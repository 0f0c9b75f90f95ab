//! The row that sums a subscription up, before a look at it and after.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::assign::AssignReport;
use super::candidates::note_candidates;
use super::signals::note_evidence;
use super::{App, ServiceError};
use crate::azure::observe::{WatchScope, find_candidates};
use crate::domain::observation::{Evidence, Observation};
use crate::domain::resource::{ResourceId, SubscriptionId, same_id};
use crate::http::causes::chain;
use crate::store::repository::{FoundBy, SubscriptionRow, UNOWNED_LIMIT};

/// What is known of a subscription before a look.
#[derive(Debug)]
pub struct FollowedSignal {
    pub summary: SubscriptionRow,
    /// The signal that was followed.
    pub signalled: Option<DateTime<Utc>>,
}

/// The summary, with what Resource Graph lists now when something said that there may be news.
///
/// # Errors
/// When the store cannot be read or written.
pub async fn follow_signal(app: &App, subscription: &SubscriptionId) -> Result<FollowedSignal, ServiceError> {
    let read = || async {
        let stored = app.repository.subscription_row(subscription).await?;
        Ok::<_, ServiceError>(
            stored.map_or_else(|| SubscriptionRow::new(subscription.clone()), |stored| stored.value),
        )
    };
    let summary = read().await?;
    if summary.signalled.is_none() {
        return Ok(FollowedSignal { summary, signalled: None });
    }
    let scope = WatchScope::Subscriptions(vec![subscription.clone()]);
    match find_candidates(&app.arm, &scope).await {
        Ok(found) => {
            let signalled = summary.signalled;
            note_candidates(app, subscription, &found, Some(&summary)).await?;
            Ok(FollowedSignal { summary: read().await?, signalled })
        }
        // The signal stays, and the next round of collecting asks anyway.
        Err(error) => {
            tracing::warn!(error = chain(&error), %subscription, "Resource Graph could not be asked about a signal");
            Ok(FollowedSignal { summary, signalled: None })
        }
    }
}

/// Result of a look, as far as the subscription's row says it.
#[derive(Debug)]
pub struct LookResult<'a> {
    pub observation: &'a Observation,
    pub assigned: &'a AssignReport,
    /// Where the machines of open windows stand.
    pub open: &'a [ResourceId],
    /// The candidates that were looked at.
    pub looked_at: BTreeSet<&'a ResourceId>,
    /// The signal that led to the look.
    pub signalled: Option<DateTime<Utc>>,
    /// How often somebody had asked to assign anew when the look began.
    pub assign_asked: u32,
    /// Why windows may end, as Azure says.
    pub found: Vec<Evidence>,
}

/// Notes a look in the subscription's row.
///
/// # Errors
/// When the store cannot be read or written.
pub async fn note_look(
    app: &App,
    subscription: &SubscriptionId,
    look: &LookResult<'_>,
) -> Result<(), ServiceError> {
    let version = app.policy().version.clone();
    let LookResult { observation, assigned, open, looked_at, signalled, assign_asked, found } = look;
    let own = format!("/subscriptions/{subscription}");
    let is_seen = !observation.unseen.iter().any(|unseen| same_id(&unseen.scope, &own));
    let read: BTreeSet<&ResourceId> = observation.resources.iter().map(|one| &one.machine.id).collect();
    app.repository
        .update_subscription(subscription, |summary| {
            summary.open_windows = assigned.open;
            summary.planned = Some(assigned.planned);
            note_evidence(summary, found, observation.at);
            summary.owned = assigned.owned;
            summary.unowned = assigned.unowned.iter().take(UNOWNED_LIMIT).cloned().collect();
            summary.note_assigned(*assign_asked);
            summary.decided_by = Some(version.clone());
            summary.note_read(open.iter(), is_seen.then_some(&read), observation.at);
            summary.observed = summary.observed.max(Some(observation.at));
            summary.unseen.clone_from(&observation.unseen);
            summary.unreadable.clone_from(&observation.unreadable);
            // What a sweep or an event named is either an open window by now or was nothing.
            summary
                .candidates
                .retain(|row| row.found_by == FoundBy::Graph || !looked_at.contains(&row.candidate.id));
            // A signal that came since is for the next look.
            if summary.signalled == *signalled {
                summary.signalled = None;
            }
        })
        .await?;
    Ok(())
}
