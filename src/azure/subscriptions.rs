//! The subscriptions that we can see, and those below a management group.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ArmClient, AzureError};
use crate::azure::records;
use crate::domain::resource::SubscriptionId;
use crate::domain::tags::Tags;
use crate::http::json;

const VERSION: (&str, &str) = ("api-version", "2021-01-01");

/// A subscription as Azure Resource Manager describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    pub id: SubscriptionId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// Whether it is delegated to other tenants than its own (Azure Lighthouse).
    #[serde(default)]
    pub delegated: bool,
    pub name: Option<String>,
    /// `Enabled`, `Warned`, `PastDue`, `Disabled` or `Deleted`, as written.
    pub state: Option<String>,
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
}

impl Subscription {
    /// Whether Azure changes nothing in it: it is disabled, or on its way to be deleted.
    pub fn is_disabled(&self) -> bool {
        let is = |word: &str| self.state.as_deref().is_some_and(|state| state.eq_ignore_ascii_case(word));
        is("Disabled") || is("Deleted")
    }
}

/// Reads one entry of the list, or a subscription that was asked for by itself. `None` when its id cannot be read.
pub fn parse_subscription(value: &Value) -> Option<Subscription> {
    let id = json::text_at(value, &["subscriptionId"])
        .or_else(|| json::text_at(value, &["id"])?.rsplit('/').next())?
        .parse()
        .ok()?;
    let managed_by = json::field(value, "managedByTenants").and_then(Value::as_array);
    Some(Subscription {
        id,
        tenant: json::text_at(value, &["tenantId"]).map(str::to_lowercase),
        delegated: managed_by.is_some_and(|tenants| !tenants.is_empty()),
        name: json::text_at(value, &["displayName"]).map(str::to_owned),
        state: json::text_at(value, &["state"]).map(str::to_owned),
        tags: records::tags(json::field(value, "tags")),
    })
}

/// All subscriptions in which our identity may read anything, in order of id.
pub async fn list_subscriptions(arm: &ArmClient) -> Result<Vec<Subscription>, AzureError> {
    let rows = arm.list("/subscriptions", &[VERSION]).await?;
    let mut subscriptions: Vec<_> = rows.iter().filter_map(parse_subscription).collect();
    subscriptions.sort_by(|one, other| one.id.cmp(&other.id));
    subscriptions.dedup_by(|one, other| one.id == other.id);
    Ok(subscriptions)
}

/// One subscription.
///
/// # Errors
/// When it cannot be had; 403 and 404 both mean that we may see nothing of it.
pub async fn get_subscription(arm: &ArmClient, id: &SubscriptionId) -> Result<Subscription, AzureError> {
    let path = format!("/subscriptions/{id}");
    let answer = arm.get(&path, &[VERSION]).await?;
    parse_subscription(&answer).filter(|subscription| subscription.id == *id).ok_or_else(|| {
        AzureError::Unreadable { what: path, problem: "it does not describe that subscription".to_owned() }
    })
}

/// The subscriptions below a management group, at any depth.
pub async fn list_below_management_group(
    arm: &ArmClient,
    group: &str,
) -> Result<Vec<SubscriptionId>, AzureError> {
    let path = format!("/providers/Microsoft.Management/managementGroups/{group}/descendants");
    let rows = arm.list(&path, &[("api-version", "2021-04-01")]).await?;
    let mut ids: Vec<SubscriptionId> = rows
        .iter()
        .filter(|row| {
            json::text_at(row, &["type"]).is_some_and(|kind| {
                let kind = kind.to_ascii_lowercase();
                kind.ends_with("/subscriptions") || kind == "/subscriptions"
            })
        })
        .filter_map(|row| json::text_at(row, &["name"])?.parse().ok())
        .collect();
    ids.sort();
    ids.dedup();
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::azure::testing::Fake;

    #[tokio::test]
    async fn subscriptions_are_listed_in_order_and_once() {
        let fake = Fake::start(|_| {
            json!({ "value": [
                { "id": "/subscriptions/B", "displayName": "Lab", "state": "Disabled" },
                { "subscriptionId": "a", "displayName": "Production", "state": "Enabled", "tags": { "Owner": "x" } },
                { "subscriptionId": "b" },
                { "displayName": "no id" },
            ] })
            .into()
        })
        .await;
        let list = list_subscriptions(&fake.arm()).await.unwrap();
        let names: Vec<_> = list.iter().map(|one| (one.id.as_str(), one.name.as_deref())).collect();
        assert_eq!(names, [("a", Some("Production")), ("b", Some("Lab"))]);
        assert_eq!(list[0].tags.get("owner"), Some("x"));
    }

    #[tokio::test]
    async fn only_subscriptions_are_taken_from_a_management_group() {
        let fake = Fake::start(|request| {
            assert_eq!(request.path, "/providers/Microsoft.Management/managementGroups/Platform/descendants");
            json!({ "value": [
                { "type": "Microsoft.Management/managementGroups", "name": "child" },
                { "type": "Microsoft.Management/managementGroups/subscriptions", "name": "B" },
                { "type": "/subscriptions", "name": "a" },
            ] })
            .into()
        })
        .await;
        let ids = list_below_management_group(&fake.arm(), "Platform").await.unwrap();
        assert_eq!(ids.iter().map(SubscriptionId::as_str).collect::<Vec<_>>(), ["a", "b"]);
    }
}
