//! Which machines may have maintenance, from what Azure announces in two tables.
//!
//! Neither table has a published row schema. Microsoft's own questions read `properties.value[]` of
//! `microsoft.maintenance/updates` and `targetResourceId` of impacted resources
//! (<https://learn.microsoft.com/azure/service-health/resource-graph-impacted-samples>); everything else is taken where
//! it is found and missed nowhere. The facts about a machine come from its instance view, never from here; only a
//! dedicated host, which has none, takes its dates from its row.

mod announcements;
mod events;
mod found;
mod questions;
mod updates;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use self::events::{read_event, read_impacted};
pub use self::found::{AnnouncedCandidates, PlannedEvent};
pub(super) use self::questions::scheduled_query;
use self::questions::{events_query, impacted_query, updates_query};
use self::updates::read_update;
use super::answer::GraphRow;
use super::ask::{QueryScope, ask};
use super::confirmation::scheduled_notices;
use crate::azure::{ArmClient, AzureError};
use crate::domain::resource::{SubscriptionId, folded, same_id};

/// Asks for everything that is announced.
///
/// # Errors
/// When one of the four questions has no complete answer. Subscriptions that are refused are said, and the others are
/// asked without them.
pub async fn find(arm: &ArmClient, of: QueryScope<'_>) -> Result<AnnouncedCandidates, AzureError> {
    let now = arm.now();
    let updates = ask(arm, &updates_query(), of).await?;
    let refused: BTreeSet<&str> = updates.refused.iter().map(|unseen| unseen.scope.as_str()).collect();
    let answering: Vec<SubscriptionId> = match of {
        QueryScope::Subscriptions(ids) => {
            let answers = |id: &&SubscriptionId| !refused.contains(format!("/subscriptions/{id}").as_str());
            ids.iter().filter(answers).cloned().collect()
        }
        QueryScope::Tenant => Vec::new(),
    };
    let of = match of {
        QueryScope::Subscriptions(_) => QueryScope::Subscriptions(&answering),
        QueryScope::Tenant => of,
    };
    let events = ask(arm, &events_query(), of).await?;
    let impacted = ask(arm, &impacted_query(), of).await?;
    // Degraded hardware belongs to no wave: its events are all that Azure says.
    let scheduled = ask(arm, &scheduled_query(), of).await?;
    let answers = [&updates, &events, &impacted, &scheduled];
    let limit = answers.iter().any(|answer| answer.subscription_limit_hit);
    let mut found = join(&updates.rows, &events.rows, &impacted.rows, Some(now));
    found.rows += scheduled.rows.len();
    announcements::note_scheduled(&mut found, &scheduled_notices(&scheduled.rows, now), now);
    Ok(AnnouncedCandidates {
        subscription_limit_hit: limit,
        refused: answers.iter().flat_map(|answer| answer.refused.iter().cloned()).collect(),
        ..found
    })
}

/// The planned maintenance events that Service Health shows in a subscription.
///
/// # Errors
/// When the question has no complete answer.
pub async fn list_planned_events(
    arm: &ArmClient,
    subscription: &SubscriptionId,
) -> Result<Vec<PlannedEvent>, AzureError> {
    let events =
        ask(arm, &events_query(), QueryScope::Subscriptions(std::slice::from_ref(subscription))).await?;
    Ok(candidates_of(&[], &events.rows, &[]).events)
}

/// Joins the rows of the three questions.
pub fn candidates_of(
    updates: &[GraphRow],
    events: &[GraphRow],
    impacted: &[GraphRow],
) -> AnnouncedCandidates {
    join(updates, events, impacted, None)
}

/// The same, where events that Azure calls resolved still count when their end lies ahead of `now`: planned maintenance
/// leaves *Active* 50 days after its start, whether it is over or not.
fn join(
    updates: &[GraphRow],
    events: &[GraphRow],
    impacted: &[GraphRow],
    now: Option<DateTime<Utc>>,
) -> AnnouncedCandidates {
    let mut found = AnnouncedCandidates {
        rows: updates.len() + events.len() + impacted.len(),
        ..AnnouncedCandidates::default()
    };
    for row in updates {
        read_update(&mut found, row);
    }
    for row in events {
        read_event(&mut found, row);
    }
    found.events.sort_by(|one, other| {
        (&one.tracking_id, &one.subscription).cmp(&(&other.tracking_id, &other.subscription))
    });
    let active: BTreeSet<String> = found
        .events
        .iter()
        .filter(|event| !event.is_resolved() || now.is_some_and(|now| event.end.is_some_and(|end| now < end)))
        .map(|event| folded(&event.tracking_id))
        .collect();
    for row in impacted {
        read_impacted(&mut found, row, &active);
    }
    announcements::note(&mut found, updates, impacted, now);
    for candidate in found.candidates.values_mut() {
        candidate.tracking_ids.sort_by_cached_key(|id| (folded(id), id.clone()));
        candidate.tracking_ids.dedup_by(|one, other| same_id(one, other));
    }
    found
}

#[cfg(test)]
mod tests;
