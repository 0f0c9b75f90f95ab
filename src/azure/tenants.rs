//! The tenants that our identity knows of, and which subscriptions belong to another one than its own.
//!
//! Azure Lighthouse delegates subscriptions across tenants: they are listed with our own, and say which tenant they
//! belong to. <https://learn.microsoft.com/rest/api/resources/tenants/list>

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::subscriptions::Subscription;
use super::{ArmClient, AzureError};
use crate::domain::machine::OtherTenant;
use crate::domain::resource::SubscriptionId;
use crate::http::json;

const VERSION: (&str, &str) = ("api-version", "2020-01-01");

/// What Azure calls the tenant of whoever asks.
const HOME: &str = "Home";

/// A tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Tenant {
    id: String,
    name: Option<String>,
    home: bool,
}

/// Which tenant is ours, and which subscriptions are of another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownTenants {
    /// The id of the tenant of whoever asks, in lower case.
    pub home: Option<String>,
    pub others: BTreeMap<SubscriptionId, OtherTenant>,
}

/// The tenants of these subscriptions. `None` when that is not known now.
///
/// Costs a call only where subscriptions of several tenants are listed, or one is delegated.
pub async fn known_tenants(arm: &ArmClient, subscriptions: &[Subscription]) -> Option<KnownTenants> {
    let ids: BTreeSet<&String> = subscriptions.iter().filter_map(|one| one.tenant.as_ref()).collect();
    if ids.len() < 2 && !subscriptions.iter().any(|one| one.delegated) {
        return Some(KnownTenants { home: ids.first().map(|id| (*id).clone()), others: BTreeMap::new() });
    }
    let tenants = match list_tenants(arm).await {
        Ok(tenants) => tenants,
        Err(error) => {
            tracing::warn!(%error, "could not list tenants; keeping what is known of them");
            return None;
        }
    };
    let Some(home) = tenants.iter().find(|tenant| tenant.home) else {
        tracing::warn!("Azure names no home tenant; keeping what is known of tenants");
        return None;
    };
    let of = |one: &Subscription| {
        let id = one.tenant.as_ref().filter(|id| **id != home.id)?;
        let name = tenants.iter().find(|tenant| tenant.id == *id).and_then(|tenant| tenant.name.clone());
        Some((one.id.clone(), OtherTenant { id: id.clone(), name }))
    };
    Some(KnownTenants { home: Some(home.id.clone()), others: subscriptions.iter().filter_map(of).collect() })
}

async fn list_tenants(arm: &ArmClient) -> Result<Vec<Tenant>, AzureError> {
    let rows = arm.list("/tenants", &[VERSION]).await?;
    Ok(rows.iter().filter_map(parse).collect())
}

fn parse(value: &Value) -> Option<Tenant> {
    Some(Tenant {
        id: json::text_at(value, &["tenantId"])?.to_lowercase(),
        name: json::text_at(value, &["displayName"]).map(str::to_owned),
        home: json::text_at(value, &["tenantCategory"]).is_some_and(|it| it.eq_ignore_ascii_case(HOME)),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::azure::testing::Fake;

    fn subscription(id: &str, tenant: &str, delegated: bool) -> Subscription {
        let managed = if delegated { json!([{ "tenantId": "HOME" }]) } else { json!([]) };
        let value = json!({ "subscriptionId": id, "tenantId": tenant, "managedByTenants": managed });
        crate::azure::subscriptions::parse_subscription(&value).unwrap()
    }

    async fn of(subscriptions: &[Subscription], answer: Value) -> (Option<Vec<String>>, usize) {
        let fake = Fake::start(move |_| answer.clone().into()).await;
        let found = known_tenants(&fake.arm(), subscriptions).await;
        let names = |found: KnownTenants| {
            assert_eq!(found.home.as_deref(), Some("home"));
            found.others.iter().map(|(id, tenant)| format!("{id} {}", tenant.display_name())).collect()
        };
        (found.map(names), fake.seen().len())
    }

    #[tokio::test]
    async fn only_subscriptions_of_another_tenant_are_found_and_nobody_is_asked_without_need() {
        let tenants = json!({ "value": [
            { "tenantId": "home", "displayName": "Contoso", "tenantCategory": "Home" },
            { "tenantId": "other", "displayName": "Fabrikam", "tenantCategory": "ManagedBy" },
        ] });
        let own = [subscription("a", "HOME", false), subscription("b", "home", false)];
        assert_eq!(of(&own, tenants.clone()).await, (Some(vec![]), 0));
        let mixed = [own[0].clone(), subscription("c", "Other", true), subscription("d", "third", true)];
        let expected = vec!["c Fabrikam".to_owned(), "d third".to_owned()];
        assert_eq!(of(&mixed, tenants.clone()).await, (Some(expected), 1));
        // One of ours that somebody else manages stays ours; one alone of another tenant does not become ours.
        assert_eq!(of(&[subscription("e", "home", true)], tenants.clone()).await, (Some(vec![]), 1));
        let alone = [subscription("f", "other", true)];
        assert_eq!(of(&alone, tenants).await, (Some(vec!["f Fabrikam".to_owned()]), 1));
        // Where Azure does not say which is ours, nothing is concluded.
        assert_eq!(of(&alone, json!({ "value": [{ "tenantId": "other" }] })).await, (None, 1));
    }
}
