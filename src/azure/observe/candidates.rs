//! Where to look: one question to the whole tenant.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::azure::graph::{self, AnnouncedCandidates, Candidate, PlannedEvent, QueryScope};
use crate::azure::subscriptions::{Subscription, list_below_management_group, list_subscriptions};
use crate::azure::tenants::known_tenants;
use crate::azure::{ArmClient, AzureError};
use crate::domain::machine::OtherTenant;
use crate::domain::observation::{UnreadableRecord, UnseenCause, UnseenScope};
use crate::domain::resource::{InvalidResourceId, SubscriptionId, same_id};

/// The scope of which nothing is seen when no subscription can be read.
pub const ALL_SUBSCRIPTIONS: &str = "all subscriptions";

/// What the notifier is restricted to (`NOTIFIER_SUBSCRIPTIONS`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WatchScope {
    /// All that the identity can read.
    All,
    Subscriptions(Vec<SubscriptionId>),
    /// The subscriptions below this management group, at any depth.
    ManagementGroup(String),
}

/// Reads the setting: blank for all, a comma list of subscriptions, or `mg:NAME`.
///
/// # Errors
/// When one of the subscriptions is no id.
pub fn parse_scope(setting: &str) -> Result<WatchScope, InvalidResourceId> {
    let setting = setting.trim();
    if let Some(group) = setting.strip_prefix("mg:") {
        return Ok(WatchScope::ManagementGroup(group.trim().to_owned()));
    }
    let parts: Vec<&str> = setting.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
    if parts.is_empty() {
        return Ok(WatchScope::All);
    }
    let ids: BTreeSet<SubscriptionId> = parts.into_iter().map(str::parse).collect::<Result<_, _>>()?;
    Ok(WatchScope::Subscriptions(ids.into_iter().collect()))
}

/// Where to look.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CandidateList {
    /// What to look at in each subscription that has something.
    pub by_subscription: BTreeMap<SubscriptionId, Vec<Candidate>>,
    /// The subscriptions that can be read, within the restriction.
    pub subscriptions: Vec<Subscription>,
    /// Which of them belong to another tenant than ours; `None` when that is not known now.
    pub other_tenants: Option<BTreeMap<SubscriptionId, OtherTenant>>,
    /// The id of ours, when it is known now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home_tenant: Option<String>,
    /// The planned maintenance events that Service Health has announced.
    pub events: Vec<PlannedEvent>,
    /// Subscriptions that were named and cannot be read.
    pub unseen: Vec<UnseenScope>,
    /// Questions that were not answered, or not for some subscriptions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unanswered: Vec<UnseenScope>,
    /// Announcements that could not be understood.
    pub unreadable: Vec<UnreadableRecord>,
    /// How many rows Resource Graph gave.
    pub rows: usize,
    /// How many of them were about something else than machines and hosts.
    pub ignored: usize,
}

impl CandidateList {
    /// Whether everything that is announced of a subscription is in the list.
    pub fn is_whole_for(&self, subscription: &SubscriptionId) -> bool {
        let scope = format!("/subscriptions/{subscription}");
        self.unanswered.is_empty() && !self.unseen.iter().any(|unseen| same_id(&unseen.scope, &scope))
    }
}

/// Asks Azure which machines may have maintenance. What Azure refuses to answer stands in the list.
///
/// # Errors
/// When a question has no complete answer that it may have later. A part of the answer would be taken for the whole, so there
/// is none.
pub async fn find_candidates(arm: &ArmClient, scope: &WatchScope) -> Result<CandidateList, AzureError> {
    match find_what_answers(arm, scope).await? {
        (_, Some(no_answer)) => Err(no_answer),
        (found, None) => Ok(found),
    }
}

/// Asks Azure which machines may have maintenance, as far as it answers, and says why it does not answer the rest although
/// it may do so later.
///
/// # Errors
/// When nothing is answered.
pub async fn find_what_answers(
    arm: &ArmClient,
    scope: &WatchScope,
) -> Result<(CandidateList, Option<AzureError>), AzureError> {
    let readable = list_subscriptions(arm).await?;
    let named = match scope {
        WatchScope::All => None,
        WatchScope::Subscriptions(ids) => Some(ids.clone()),
        WatchScope::ManagementGroup(group) => Some(list_below_management_group(arm, group).await?),
    };
    let mut unseen = Vec::new();
    let subscriptions = match &named {
        None => readable,
        Some(named) => {
            let named: BTreeSet<&SubscriptionId> = named.iter().collect();
            let (readable, _): (Vec<_>, Vec<_>) =
                readable.into_iter().partition(|subscription| named.contains(&subscription.id));
            let known: BTreeSet<&SubscriptionId> =
                readable.iter().map(|subscription| &subscription.id).collect();
            unseen.extend(named.difference(&known).map(|id| UnseenScope {
                scope: format!("/subscriptions/{id}"),
                reason: "the identity can read nothing there, or it does not exist".to_owned(),
                cause: UnseenCause::NoRights,
            }));
            readable
        }
    };
    if subscriptions.is_empty() {
        unseen.push(UnseenScope {
            scope: ALL_SUBSCRIPTIONS.to_owned(),
            reason: "the identity can read none; give it the Reader role (it can take hours to show)"
                .to_owned(),
            cause: UnseenCause::NoRights,
        });
    }
    let ids: Vec<SubscriptionId> = subscriptions.iter().map(|subscription| subscription.id.clone()).collect();
    let of = if named.is_none() { QueryScope::Tenant } else { QueryScope::Subscriptions(&ids) };
    let (found, no_answer) = match graph::find(arm, of, &ids).await {
        Ok(found) => (found.announced, found.no_answer),
        // When all of them are refused, that is what is known.
        Err(error) if error.refuses_scope() && !ids.is_empty() => (all_refused(&ids, &error), None),
        Err(error) => return Err(error),
    };
    unseen.extend(found.refused.iter().cloned());
    unseen.sort_by(|one, other| one.scope.cmp(&other.scope));
    unseen.dedup_by(|one, other| one.scope == other.scope);
    let (home_tenant, other_tenants) = match known_tenants(arm, &subscriptions).await {
        Some(known) => (known.home, Some(known.others)),
        None => (None, None),
    };
    Ok((CandidateList { home_tenant, other_tenants, ..gather(found, subscriptions, unseen) }, no_answer))
}

fn all_refused(ids: &[SubscriptionId], error: &AzureError) -> AnnouncedCandidates {
    let refused = ids.iter().map(|id| UnseenScope {
        scope: format!("/subscriptions/{id}"),
        reason: format!("Resource Graph does not answer for it: {error}"),
        cause: UnseenCause::NoRights,
    });
    AnnouncedCandidates { refused: refused.collect(), ..AnnouncedCandidates::default() }
}

fn gather(
    found: AnnouncedCandidates,
    subscriptions: Vec<Subscription>,
    unseen: Vec<UnseenScope>,
) -> CandidateList {
    let ours: BTreeSet<&SubscriptionId> = subscriptions.iter().map(|subscription| &subscription.id).collect();
    let mut by_subscription: BTreeMap<SubscriptionId, Vec<Candidate>> = BTreeMap::new();
    let mut ignored = found.ignored;
    for candidate in found.candidates.into_values() {
        let subscription = candidate.id.subscription();
        if ours.contains(&subscription) {
            by_subscription.entry(subscription).or_default().push(candidate);
        } else {
            // An event can name what belongs to others.
            tracing::debug!(resource = %candidate.id, "an announcement names a resource of a subscription that is not ours");
            ignored += 1;
        }
    }
    CandidateList {
        by_subscription,
        subscriptions,
        other_tenants: None,
        home_tenant: None,
        events: found.events,
        unseen,
        unanswered: found.unanswered,
        unreadable: found.unreadable,
        rows: found.rows,
        ignored,
    }
}
