//! Asks each question for itself. What has no answer keeps nothing of the rest from being known.

use std::collections::BTreeSet;

use super::found::AnnouncedCandidates;
use crate::azure::graph::answer::GraphRow;
use crate::azure::graph::ask::{BATCH, GraphRows, QueryScope, ask, refused_scope};
use crate::azure::graph::query::GraphQuery;
use crate::azure::{ArmClient, AzureError};
use crate::domain::observation::{UnseenCause, UnseenScope};
use crate::domain::resource::SubscriptionId;

/// So few subscriptions that one question refuses are asked for each by the others: many refuse for a reason of their own.
const FEW: usize = 16;

/// The questions under way, and what could not be had.
pub(super) struct Asking<'a> {
    pub(super) arm: &'a ArmClient,
    pub(super) of: QueryScope<'a>,
    pub(super) subscriptions: &'a [SubscriptionId],
    /// What could not be had so far.
    pub(super) found: AnnouncedCandidates,
    pub(super) failed: Vec<AzureError>,
}

impl Asking<'_> {
    /// The rows of one question; nothing where it has no answer at all.
    pub(super) async fn ask(&mut self, name: &str, query: &GraphQuery) -> Option<Vec<GraphRow>> {
        let whole = match self.of {
            QueryScope::Tenant => ask(self.arm, query, QueryScope::Tenant).await,
            QueryScope::Subscriptions(_) => return self.ask_by_name(name, query).await,
        };
        match whole {
            // Azure asked the first 10,000 only; in batches it asks all.
            Ok(answer) if answer.subscription_limit_hit => self.ask_by_name(name, query).await,
            Ok(answer) => Some(answer.rows),
            // One of them can make it refuse the tenant; by name the others answer.
            Err(error) if error.refuses_scope() && !self.subscriptions.is_empty() => {
                self.ask_by_name(name, query).await
            }
            Err(error) => {
                self.fail(name, "", error);
                None
            }
        }
    }

    async fn ask_by_name(&mut self, name: &str, query: &GraphQuery) -> Option<Vec<GraphRow>> {
        // Where another question was refused of everybody, one of them shows whether this one is as well.
        let was_refused = self.failed.iter().any(AzureError::refuses_scope);
        if let Some(first) = self.subscriptions.get(..1).filter(|_| was_refused)
            && let Err(error) = ask(self.arm, query, QueryScope::Subscriptions(first)).await
        {
            self.fail(name, "", error);
            return None;
        }
        let known: BTreeSet<&str> = self.found.refused.iter().map(|unseen| unseen.scope.as_str()).collect();
        let is_known = |id: &&SubscriptionId| known.contains(format!("/subscriptions/{id}").as_str());
        let (before, rest): (Vec<_>, Vec<_>) = self.subscriptions.iter().partition(is_known);
        let rest: Vec<SubscriptionId> = rest.into_iter().cloned().collect();
        let alone = before.into_iter().filter(|_| known.len() <= FEW).map(std::slice::from_ref);
        let batches: Vec<&[SubscriptionId]> = rest.chunks(BATCH).chain(alone).collect();
        let (mut rows, mut refused, mut failed) = (Vec::new(), Vec::new(), Vec::new());
        let mut answers = batches.is_empty() && self.subscriptions.is_empty();
        for batch in batches {
            match ask(self.arm, query, QueryScope::Subscriptions(batch)).await {
                Ok(GraphRows { rows: part, refused: without, subscription_limit_hit }) => {
                    self.found.subscription_limit_hit |= subscription_limit_hit;
                    rows.extend(part);
                    refused.extend(without);
                    answers = true;
                }
                Err(error) => failed.push((batch, error)),
            }
        }
        if !answers {
            // Everybody is refused: that is about the question.
            if let Some((_, error)) = failed.into_iter().next() {
                self.fail(name, "", error);
            }
            return None;
        }
        for (batch, error) in failed {
            match batch {
                _ if error.refuses_scope() => {
                    refused.extend(batch.iter().map(|id| refused_scope(id, &error)))
                }
                [one] => self.fail(name, &format!(" of subscription {one}"), error),
                several => self.fail(name, &format!(" of {} subscriptions", several.len()), error),
            }
        }
        self.found.refused.extend(refused);
        Some(rows)
    }

    fn fail(&mut self, name: &str, whose: &str, error: AzureError) {
        let cause = match error.unseen_cause() {
            UnseenCause::NotThere => UnseenCause::InPart,
            cause => cause,
        };
        self.found.unanswered.push(UnseenScope {
            scope: format!("{name}{whose}"),
            reason: format!("Resource Graph does not answer for them: {error}"),
            cause,
        });
        self.failed.push(error);
    }
}
