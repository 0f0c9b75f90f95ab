//! The machines of a subscription that may have maintenance.

use std::collections::BTreeSet;

use crate::azure::observe::CandidateList;
use crate::domain::observation::Candidate;
use crate::domain::resource::{ResourceId, SubscriptionId};
use crate::store::repository::{CandidateRow, FoundBy, SubscriptionRow};

use super::{App, ServiceError};

/// Writes the candidates down, because a queue message holds an id only. Those that a sweep or an event named stay
/// until they are looked at; and where Resource Graph did not answer everything, those that it named before stay as long as
/// something of them is to come.
pub async fn note_candidates(
    app: &App,
    id: &SubscriptionId,
    found: &CandidateList,
    known: Option<&SubscriptionRow>,
) -> Result<(), ServiceError> {
    let (now, is_whole) = (app.clock.now(), found.is_whole_for(id));
    let listed: &[Candidate] = found.by_subscription.get(id).map(Vec::as_slice).unwrap_or_default();
    let name =
        found.subscriptions.iter().find(|subscription| subscription.id == *id).and_then(|it| it.name.clone());
    let candidates = |summary: Option<&SubscriptionRow>| -> Vec<CandidateRow> {
        let known = summary.map(|summary| summary.candidates.as_slice()).unwrap_or_default();
        let is_kept =
            |row: &CandidateRow| row.found_by != FoundBy::Graph || !is_whole && row.candidate.is_ahead(now);
        let before = |id: &ResourceId| {
            let row = known.iter().find(|row| row.candidate.id == *id && !is_whole);
            row.map(|row| row.candidate.clone()).filter(|candidate| candidate.is_ahead(now))
        };
        let by_graph = listed.iter().map(|candidate| CandidateRow {
            candidate: candidate.clone().with(before(&candidate.id)),
            found_by: FoundBy::Graph,
        });
        let ids: BTreeSet<_> = listed.iter().map(|candidate| &candidate.id).collect();
        let kept = known.iter().filter(|row| is_kept(row) && !ids.contains(&row.candidate.id));
        by_graph.chain(kept.cloned()).collect()
    };
    // What is not known now stays as it was.
    let tenant = |summary: &SubscriptionRow| match &found.other_tenants {
        Some(others) => others.get(id).cloned(),
        None => summary.tenant.clone(),
    };
    let same = |summary: &SubscriptionRow| {
        summary.candidates == candidates(known) && summary.name == name && summary.tenant == tenant(summary)
    };
    if known.is_some_and(same) {
        return Ok(());
    }
    app.repository
        .update_subscription(id, |summary| {
            summary.candidates = candidates(Some(summary));
            summary.name.clone_from(&name);
            summary.tenant = tenant(summary);
        })
        .await?;
    Ok(())
}
