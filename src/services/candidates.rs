//! The machines of a subscription that may have maintenance.

use std::collections::BTreeSet;

use crate::azure::observe::CandidateList;
use crate::domain::observation::Candidate;
use crate::domain::resource::SubscriptionId;
use crate::store::repository::{CandidateRow, FoundBy, SubscriptionRow};

use super::{App, ServiceError};

/// Writes the candidates down, because a queue message holds an id only. Those that a sweep or an event named stay
/// until they are looked at.
pub async fn note_candidates(
    app: &App,
    id: &SubscriptionId,
    found: &CandidateList,
    known: Option<&SubscriptionRow>,
) -> Result<(), ServiceError> {
    let listed: &[Candidate] = found.by_subscription.get(id).map(Vec::as_slice).unwrap_or_default();
    let name =
        found.subscriptions.iter().find(|subscription| subscription.id == *id).and_then(|it| it.name.clone());
    let candidates = |summary: Option<&SubscriptionRow>| -> Vec<CandidateRow> {
        let by_graph = listed
            .iter()
            .map(|candidate| CandidateRow { candidate: candidate.clone(), found_by: FoundBy::Graph });
        let ids: BTreeSet<_> = listed.iter().map(|candidate| &candidate.id).collect();
        let known = summary.map(|summary| summary.candidates.as_slice()).unwrap_or_default();
        let swept =
            known.iter().filter(|row| row.found_by != FoundBy::Graph && !ids.contains(&row.candidate.id));
        by_graph.chain(swept.cloned()).collect()
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
