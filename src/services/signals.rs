//! What events and alerts come to: a signal where to look, and evidence why windows end.
//!
//! Nobody is notified because of a signal alone. The look that follows reads the machines themselves, so that what
//! is pushed and what is polled come to the same messages, however often and in whatever order signals arrive.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::observation::{Candidate, Evidence};
use crate::domain::resource::{ResourceId, ResourceKind, SubscriptionId};
use crate::store::StoreError;
use crate::store::repository::{CandidateRow, FoundBy, SubscriptionRow};

use super::App;

/// How long evidence waits for the look at which the window is found ended.
const EVIDENCE_LASTS: TimeDelta = TimeDelta::days(3);
/// How much evidence a subscription keeps: the newest.
const EVIDENCE_LIMIT: usize = 500;
/// How many machines that only events named wait for a look.
const CANDIDATE_LIMIT: usize = 500;

/// What is known of one subscription from one delivery.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SubscriptionSignal {
    /// Why its windows may end.
    pub evidence: Vec<Evidence>,
    /// Machines to look at.
    pub machines: BTreeSet<ResourceId>,
}

/// Which of `named` belong to the tenant as last collected. The others are left alone: an event can be about
/// anything, and a subscription that was just added is found by the next round of collecting.
pub async fn watched(
    app: &App,
    named: impl IntoIterator<Item = SubscriptionId>,
) -> Result<BTreeSet<SubscriptionId>, StoreError> {
    let (tenant, _) = app.repository.tenant().await?;
    let (known, unknown): (BTreeSet<_>, BTreeSet<_>) =
        named.into_iter().partition(|id| tenant.known_subscriptions.contains(id));
    for subscription in &unknown {
        tracing::warn!(%subscription, "an event is about a subscription that is not watched; it is left alone");
    }
    Ok(known)
}

/// Writes the signal down for the look that the caller asks for.
pub async fn note_signal(
    app: &App,
    subscription: &SubscriptionId,
    signal: &SubscriptionSignal,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    app.repository.update_subscription(subscription, |summary| note(summary, signal, now)).await
}

fn note(summary: &mut SubscriptionRow, signal: &SubscriptionSignal, now: DateTime<Utc>) {
    summary.signalled = summary.signalled.max(Some(now));
    note_evidence(summary, &signal.evidence, now);
    let known: BTreeSet<ResourceId> = summary.candidates.iter().map(|row| row.candidate.id.clone()).collect();
    let waiting = summary.candidates.iter().filter(|row| row.found_by == FoundBy::Event).count();
    // Whatever else an event names has no planned maintenance of the kind that is read.
    let is_machine =
        |id: &&ResourceId| matches!(id.kind(), ResourceKind::Vm | ResourceKind::ScaleSetInstance);
    let new = signal.machines.iter().filter(is_machine).filter(|id| !known.contains(id));
    let new = new.take(CANDIDATE_LIMIT.saturating_sub(waiting)).cloned();
    summary
        .candidates
        .extend(new.map(|id| CandidateRow { candidate: Candidate::bare(id), found_by: FoundBy::Event }));
}

/// Adds what is not known yet of why windows end.
pub fn note_evidence(summary: &mut SubscriptionRow, found: &[Evidence], now: DateTime<Utc>) {
    for evidence in found {
        if !summary.evidence.contains(evidence) {
            summary.evidence.push(evidence.clone());
        }
    }
    drop_old_evidence(&mut summary.evidence, now);
}

/// Keeps what is new enough to say why a window ended.
pub fn drop_old_evidence(evidence: &mut Vec<Evidence>, now: DateTime<Utc>) {
    evidence.retain(|evidence| now - said(evidence) <= EVIDENCE_LASTS);
    evidence.sort_by_cached_key(|evidence| (said(evidence), format!("{evidence:?}")));
    evidence.drain(..evidence.len().saturating_sub(EVIDENCE_LIMIT));
}

fn said(evidence: &Evidence) -> DateTime<Utc> {
    match evidence {
        Evidence::Moved { at, .. } | Evidence::Cancelled { at, .. } | Evidence::Started { at, .. } => *at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures::{utc, vm_id};

    #[test]
    fn f7_signals_in_any_number_and_order_leave_the_same_bounded_notes() {
        let now = utc("2026-12-01T10:00:00Z");
        let signals: Vec<SubscriptionSignal> = (0..600)
            .map(|number| SubscriptionSignal {
                evidence: vec![Evidence::Started {
                    resource: vm_id(&format!("vm-{number}")),
                    at: now - TimeDelta::seconds(number),
                }],
                machines: [vm_id(&format!("vm-{number}"))].into(),
            })
            .collect();
        let noted = |signals: &mut dyn Iterator<Item = &SubscriptionSignal>| {
            let mut summary = SubscriptionRow::new("sub-1".parse().unwrap());
            signals.for_each(|signal| note(&mut summary, signal, now));
            summary
        };
        let once = noted(&mut signals.iter());
        let mixed = noted(&mut signals.iter().rev().chain(&signals));
        assert_eq!(once.evidence, mixed.evidence);
        assert_eq!((once.evidence.len(), once.candidates.len(), mixed.candidates.len()), (500, 500, 500));
        let mut later = once;
        note(&mut later, &SubscriptionSignal::default(), now + TimeDelta::days(4));
        assert_eq!(later.evidence, []);
    }
}
