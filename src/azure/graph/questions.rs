//! The questions about everything that is announced. What has no answer keeps nothing of the rest from being known.

use std::collections::BTreeSet;

use super::announced_queries::{events_query, impacted_query, scheduled_query, updates_query};
use super::answer::GraphRow;
use super::ask::{BATCH, GraphRows, QueryScope, ask, refused_scope};
use super::candidates::{AnnouncedCandidates, announcements, join};
use super::confirmation::scheduled_notices;
use super::query::GraphQuery;
use crate::azure::{ArmClient, AzureError};
use crate::domain::observation::{UnseenCause, UnseenScope};
use crate::domain::resource::SubscriptionId;

/// So few subscriptions that one question refuses are asked for each by the others: many refuse for a reason of their own.
const FEW: usize = 16;

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

struct Asking<'a> {
    arm: &'a ArmClient,
    of: QueryScope<'a>,
    subscriptions: &'a [SubscriptionId],
    /// What could not be had so far.
    found: AnnouncedCandidates,
    failed: Vec<AzureError>,
}

impl Asking<'_> {
    /// The rows of one question; nothing where it has no answer at all.
    async fn ask(&mut self, name: &str, query: &GraphQuery) -> Option<Vec<GraphRow>> {
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
