//! Where Azure did not let the notifier's own identity start maintenance: until it does, links lead to the portal.
//!
//! Only trying shows it, because an identity that may do nothing but start cannot ask what it may. A role that was just
//! assigned can take hours to reach a token, so what Azure said is believed for a day.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::App;
use super::ages::ReadTimes;
use crate::domain::action::start_rules::StartsAs;
use crate::domain::operator_alert::OperatorAlert;
use crate::domain::resource::{ResourceId, SubscriptionId, folded};
use crate::store::StoreError;
use crate::store::repository::SubscriptionRow;

/// How long a refusal is believed.
const BELIEVED: TimeDelta = TimeDelta::days(1);

/// The resource groups in which the notifier may not start anything, as far as that is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ForbiddenGroups(BTreeSet<(SubscriptionId, String)>);

impl ForbiddenGroups {
    /// Whether the maintenance of `resource` cannot be started from here.
    pub fn covers(&self, resource: &ResourceId) -> bool {
        self.0.contains(&place(resource))
    }
}

/// Where among `resources` Azure lately refused a start for want of rights. A read for each subscription; none where
/// starts are made with the rights of whoever clicks.
pub async fn forbidden<'a>(
    app: &App,
    resources: impl Iterator<Item = &'a ResourceId> + Send,
) -> Result<ForbiddenGroups, StoreError> {
    if app.start_rules.acts_as == StartsAs::User {
        return Ok(ForbiddenGroups::default());
    }
    let read = ReadTimes::of(app, resources).await?;
    Ok(forbidden_of(app, read.summaries()))
}

/// The same, of subscriptions whose rows were read.
pub(super) fn forbidden_of<'a>(
    app: &App,
    summaries: impl Iterator<Item = &'a SubscriptionRow>,
) -> ForbiddenGroups {
    if app.start_rules.acts_as == StartsAs::User {
        return ForbiddenGroups::default();
    }
    let now = app.clock.now();
    let groups = summaries.flat_map(|summary| {
        let believed = summary.starts_forbidden.iter().filter(move |(_, at)| now < **at + BELIEVED);
        believed.map(|(group, _)| (summary.subscription.clone(), group.clone()))
    });
    ForbiddenGroups(groups.collect())
}

/// Notes that Azure did not let the notifier start maintenance there, and notifies the operators.
pub(super) async fn refused(
    app: &App,
    resource: &ResourceId,
    words: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let (subscription, group) = place(resource);
    let scope = format!("the resource group {group} of subscription {subscription}");
    app.report(&[OperatorAlert::NoStarts { scope, error: words.to_owned() }], now).await?;
    app.repository
        .update_subscription(&subscription, |summary| {
            summary.starts_forbidden.retain(|_, at| now < *at + BELIEVED);
            summary.starts_forbidden.insert(group.clone(), now);
        })
        .await
}

/// Notes that Azure let the notifier start maintenance there.
pub(super) async fn granted(app: &App, resource: &ResourceId) -> Result<(), StoreError> {
    let (subscription, group) = place(resource);
    let known = app.repository.subscription_row(&subscription).await?;
    if known.is_none_or(|summary| !summary.value.starts_forbidden.contains_key(&group)) {
        return Ok(());
    }
    app.repository
        .update_subscription(&subscription, |summary| _ = summary.starts_forbidden.remove(&group))
        .await
}

fn place(resource: &ResourceId) -> (SubscriptionId, String) {
    (resource.subscription(), folded(resource.resource_group()))
}
