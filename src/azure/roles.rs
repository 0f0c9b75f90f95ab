//! Who has a role on a resource group, and on the resources in it.

use serde_json::Value;

use super::arm::ArmClient;
use super::error::AzureError;
use crate::domain::directory::{Role, RoleHolder};
use crate::domain::resource::folded;
use crate::http::json;

/// More assignments than this are not looked at: they say nothing about who is responsible.
const LOOKED_AT: usize = 2000;
/// The names that Azure gives its own roles, the same in every tenant.
const ROLES: [(&str, Role); 2] = [
    ("8e3af657-a8ff-443c-a75c-2fe8c4bcb635", Role::Owner),
    ("b24988ac-6180-42a0-ab88-20f7382dd24c", Role::Contributor),
];

/// The people and groups who are owners or contributors of the resource group with the id `group` or of something in
/// it. Whoever has the role further up runs more than these machines, and is left out.
///
/// # Errors
/// When the list cannot be had. It needs the permission `Microsoft.Authorization/roleAssignments/read`.
pub async fn role_holders(arm: &ArmClient, group: &str) -> Result<Vec<RoleHolder>, AzureError> {
    let path = format!("{group}/providers/Microsoft.Authorization/roleAssignments");
    let rows = arm.list_at_most(&path, &[("api-version", "2022-04-01")], LOOKED_AT).await?;
    let mut holders: Vec<RoleHolder> = rows.iter().filter_map(holder).collect();
    holders.retain(|holder| {
        let below = holder.scope.strip_prefix(&folded(group));
        below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    });
    holders.sort();
    holders.dedup();
    Ok(holders)
}

fn holder(row: &Value) -> Option<RoleHolder> {
    let text = |name| json::text_at(row, &["properties", name]);
    // Applications read no mail.
    if !matches!(text("principalType")?, "User" | "Group") {
        return None;
    }
    let definition = text("roleDefinitionId")?.rsplit('/').next()?.to_lowercase();
    let role = ROLES.iter().find(|(id, _)| *id == definition)?.1;
    Some(RoleHolder {
        scope: folded(text("scope")?.trim_end_matches('/')),
        role,
        principal: text("principalId")?.to_lowercase(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::azure::testing::Fake;

    #[tokio::test]
    async fn only_people_and_groups_with_a_role_here_or_below_are_taken() {
        const GROUP: &str = "/subscriptions/s1/resourcegroups/rg-app";
        let fake = Fake::start(|_| {
            let assignment = |scope: &str, role: &str, kind: &str, principal: &str| {
                json!({ "properties": {
                    "scope": scope,
                    "roleDefinitionId": format!("/subscriptions/s1/providers/Microsoft.Authorization/roleDefinitions/{role}"),
                    "principalType": kind,
                    "principalId": principal,
                } })
            };
            let (owner, contributor, reader) = (ROLES[0].0, ROLES[1].0, "acdd72a7-3385-48ef-bd42-f606fba81ae7");
            json!({ "value": [
                assignment("/subscriptions/s1/resourceGroups/RG-App", owner, "User", "jane"),
                assignment("/subscriptions/s1/resourceGroups/rg-app/providers/x/y", contributor, "Group", "team"),
                assignment("/subscriptions/s1/resourceGroups/rg-app", owner, "ServicePrincipal", "pipeline"),
                assignment("/subscriptions/s1/resourceGroups/rg-app", reader, "User", "arjun"),
                assignment("/subscriptions/s1/resourceGroups/rg-app-2", owner, "User", "mei"),
                assignment("/subscriptions/s1", owner, "User", "boss"),
            ] })
            .into()
        })
        .await;
        let holders = role_holders(&fake.arm(), GROUP).await.unwrap();
        let found: Vec<_> = holders.iter().map(|holder| (holder.principal.as_str(), holder.role)).collect();
        assert_eq!(found, [("jane", Role::Owner), ("team", Role::Contributor)]);
    }
}
