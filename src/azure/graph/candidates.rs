//! Which machines may have maintenance, from what Azure announces in two tables.
//!
//! Neither table has a published row schema. Microsoft's own questions read `properties.value[]` of
//! `microsoft.maintenance/updates` and `targetResourceId` of impacted resources
//! (<https://learn.microsoft.com/azure/service-health/resource-graph-impacted-samples>); everything else is taken where
//! it is found and missed nowhere. The facts about a machine come from its instance view, never from here; only a
//! dedicated host, which has none, takes its dates from its row.

mod announcements;
mod asking;
mod events;
mod found;
mod questions;
mod updates;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use self::asking::Asking;
use self::events::{read_event, read_impacted};
pub use self::found::{AnnouncedCandidates, PlannedEvent};
pub(super) use self::questions::scheduled_query;
use self::questions::{events_query, impacted_query, updates_query};
use self::updates::read_update;
use super::answer::GraphRow;
use super::ask::{QueryScope, ask};
use super::confirmation::scheduled_notices;
use super::query::GraphQuery;
use crate::azure::{ArmClient, AzureError};
use crate::domain::observation::UnseenCause;
use crate::domain::resource::{SubscriptionId, folded, same_id};

/// What was found, and why a question got no answer that may get one later.
#[derive(Debug)]
pub struct Found {
    pub announced: AnnouncedCandidates,
    pub no_answer: Option<AzureError>,
}

/// Asks for everything that is announced in these subscriptions, of the whole tenant at once where `of` says so. A question
/// or a subscription that is refused is said, and the others are asked without it.
///
/// # Errors
/// When none of the questions has an answer.
pub async fn find(
    arm: &ArmClient,
    of: QueryScope<'_>,
    subscriptions: &[SubscriptionId],
) -> Result<Found, AzureError> {
    let now = arm.now();
    let [updates, events, impacted] = [updates_query(), events_query(), impacted_query()];
    let questions: [(&str, GraphQuery); 4] = [
        ("announced updates", updates),
        ("planned events of Service Health", events),
        ("impacted resources of Service Health", impacted),
        // Degraded hardware belongs to no wave: its events are all that Azure says.
        ("scheduled events", scheduled_query()),
    ];
    let mut asking =
        Asking { arm, of, subscriptions, found: AnnouncedCandidates::default(), failed: Vec::new() };
    let mut rows: Vec<Option<Vec<GraphRow>>> = Vec::new();
    for (name, query) in &questions {
        rows.push(asking.ask(name, query).await);
    }
    let Asking {
        found: AnnouncedCandidates { subscription_limit_hit, refused, unanswered, .. }, failed, ..
    } = asking;
    if rows.iter().all(Option::is_none) {
        let first = failed.into_iter().next();
        return Err(first.unwrap_or_else(|| AzureError::Address("nothing was asked".to_owned())));
    }
    let of = |number: usize| rows.get(number).and_then(Option::as_deref);
    let mut announced = join(of(0).unwrap_or_default(), of(1), of(2).unwrap_or_default(), Some(now));
    let scheduled = of(3).unwrap_or_default();
    announced.rows += scheduled.len();
    announcements::note_scheduled(&mut announced, &scheduled_notices(scheduled, now), now);
    let announced = AnnouncedCandidates { subscription_limit_hit, refused, unanswered, ..announced };
    let no_answer = failed.into_iter().find(|error| error.unseen_cause() == UnseenCause::NoAnswer);
    Ok(Found { announced, no_answer })
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
    join(updates, Some(events), impacted, None)
}

/// The same, where events that Azure calls resolved still count when their end lies ahead of `now`: planned maintenance
/// leaves *Active* 50 days after its start, whether it is over or not. Where it is not known what the events are, every
/// machine that one of them names is looked at.
fn join(
    updates: &[GraphRow],
    events: Option<&[GraphRow]>,
    impacted: &[GraphRow],
    now: Option<DateTime<Utc>>,
) -> AnnouncedCandidates {
    let mut found = AnnouncedCandidates {
        rows: updates.len() + events.map_or(0, <[GraphRow]>::len) + impacted.len(),
        ..AnnouncedCandidates::default()
    };
    for row in updates {
        read_update(&mut found, row);
    }
    for row in events.unwrap_or_default() {
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
        read_impacted(&mut found, row, events.map(|_| &active));
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
