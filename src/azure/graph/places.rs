//! Where machines stand that are not where they stood.

use std::collections::BTreeSet;

use super::ask::{QueryScope, ask};
use super::query::GraphQuery;
use crate::azure::{ArmClient, AzureError};
use crate::domain::machine::machine_number;
use crate::domain::resource::ResourceId;
use crate::http::json;

/// A machine as it stands somewhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MachinePlace {
    pub id: ResourceId,
    /// Which machine it is (`vmId`), in lower case.
    pub vm_id: Option<String>,
}

/// Everything in the tenant that has one of these names: a machine that is moved keeps its own. One question for every
/// few hundred names.
///
/// # Errors
/// When the question has no complete answer.
pub async fn machines_called(
    arm: &ArmClient,
    names: &BTreeSet<String>,
) -> Result<Vec<MachinePlace>, AzureError> {
    const MACHINE: &str = "microsoft.compute/virtualmachines";
    const AT_ONCE: usize = 200;
    let names: Vec<&String> = names.iter().collect();
    let mut found = BTreeSet::new();
    for names in names.chunks(AT_ONCE) {
        let query = GraphQuery::of("resources", "id, name, type, number = properties.vmId")
            .where_is("type", MACHINE)
            .where_in("name", names);
        let rows = ask(arm, &query, QueryScope::Tenant).await?.rows;
        found.extend(rows.iter().filter_map(|row| {
            let id = ResourceId::parse(json::text(row, "id")?).ok()?;
            Some(MachinePlace { id, vm_id: json::text(row, "number").and_then(machine_number) })
        }));
    }
    Ok(found.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::azure::testing::Fake;

    #[tokio::test]
    async fn machines_are_found_by_their_names_with_their_numbers() {
        let fake = Fake::start(|request| {
            assert!(request.json()["query"].as_str().unwrap().contains("name in~ ('web-01')"));
            let id = "/subscriptions/00000000-0000-0000-0000-000000000002/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/WEB-01";
            json!({ "data": [{ "id": id, "number": "AAAA-1" }, { "id": "nonsense", "number": null }] }).into()
        })
        .await;
        let found = machines_called(&fake.arm(), &["web-01".to_owned()].into()).await.unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].id.name(), found[0].vm_id.as_deref()), ("WEB-01", Some("aaaa-1")));
        assert!(machines_called(&fake.arm(), &BTreeSet::new()).await.unwrap().is_empty());
    }
}
