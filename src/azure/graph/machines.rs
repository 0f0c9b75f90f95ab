//! Every machine there is, for the sweep.

use super::ask::{QueryScope, ask};
use super::query::GraphQuery;
use crate::azure::{ArmClient, AzureError};
use crate::domain::resource::ResourceId;
use crate::http::json;

/// The ids of all virtual machines, and of all scale sets whose instances are no virtual machines of their own (uniform
/// orchestration), in order and once.
///
/// # Errors
/// When the question has no complete answer.
pub async fn list_machines(arm: &ArmClient, of: QueryScope<'_>) -> Result<Vec<ResourceId>, AzureError> {
    const TYPES: [&str; 2] =
        ["microsoft.compute/virtualmachines", "microsoft.compute/virtualmachinescalesets"];
    let query = GraphQuery::of("resources", "id, name, type, orchestration = properties.orchestrationMode")
        .where_in("type", TYPES);
    let answer = ask(arm, &query, of).await?;
    let mut ids: Vec<ResourceId> = answer
        .rows
        .iter()
        .filter(|row| {
            json::text(row, "orchestration").is_none_or(|mode| !mode.eq_ignore_ascii_case("Flexible"))
        })
        .filter_map(|row| ResourceId::parse(json::text(row, "id")?).ok())
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
    async fn machines_and_uniform_scale_sets_are_listed() {
        let fake = Fake::start(|_| {
            let id = |rest: &str| {
                format!("/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers/Microsoft.Compute/{rest}")
            };
            json!({ "data": [
                { "id": id("virtualMachines/b"), "orchestration": null },
                { "id": id("virtualMachines/a"), "orchestration": "" },
                { "id": id("virtualMachines/A") },
                { "id": id("virtualMachineScaleSets/flexible"), "orchestration": "Flexible" },
                { "id": id("virtualMachineScaleSets/uniform"), "orchestration": "Uniform" },
                { "id": "nonsense" },
            ] })
            .into()
        })
        .await;
        let ids = list_machines(&fake.arm(), QueryScope::Tenant).await.unwrap();
        let names: Vec<&str> = ids.iter().map(ResourceId::name).collect();
        assert_eq!(names, ["a", "b", "uniform"]);
    }
}
