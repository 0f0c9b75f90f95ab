//! Direct reads of machines, instances and hosts, and the lists that save requests.

use futures::{StreamExt, stream};
use serde_json::Value;

use super::machine::{MachineRecord, parse_machine, what};
use super::version::API_VERSION;
use crate::azure::{ArmClient, AzureError};
use crate::domain::observation::{UnreadableRecord, UnseenCause};
use crate::domain::resource::{ResourceId, SubscriptionId};
use crate::http::json;

const VERSION: (&str, &str) = ("api-version", API_VERSION);
const EXPAND: (&str, &str) = ("$expand", "instanceView");

/// Result of asking for one machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MachineRead {
    Machine(Box<MachineRecord>),
    /// It does not exist (404).
    Gone,
    /// It could not be asked, and why.
    Unseen {
        cause: UnseenCause,
        reason: String,
    },
    /// Its answer could not be understood.
    Unreadable(Box<UnreadableRecord>),
}

impl MachineRead {
    /// What an error says of a machine, or of a list of them.
    pub(in crate::azure) fn unseen(error: &AzureError) -> Self {
        Self::Unseen { cause: error.unseen_cause(), reason: error.to_string() }
    }

    fn of(asked: &ResourceId, answer: &Value) -> Self {
        match parse_machine(asked, answer) {
            Ok(record) => Self::Machine(Box::new(record)),
            Err(unreadable) => Self::Unreadable(Box::new(unreadable)),
        }
    }
}

/// Reads one virtual machine or scale set instance.
pub async fn read_machine(arm: &ArmClient, id: &ResourceId) -> MachineRead {
    match arm.get(id.as_str(), &[VERSION, EXPAND]).await {
        Ok(answer) => MachineRead::of(id, &answer),
        Err(error @ AzureError::Unreadable { .. }) => MachineRead::Unreadable(Box::new(UnreadableRecord {
            resource: Some(id.clone()),
            what: what(id),
            problem: error.to_string(),
            excerpt: String::new(),
        })),
        // Of a subscription that is not there nobody knows what became of its machines.
        Err(error) if error.is_not_found() && !error.names_no_subscription() => MachineRead::Gone,
        Err(error) => MachineRead::unseen(&error),
    }
}

/// Some machine of a subscription, from the first page of its list; nothing when there is none.
///
/// # Errors
/// When the page cannot be had.
pub async fn some_machine(
    arm: &ArmClient,
    subscription: &SubscriptionId,
) -> Result<Option<ResourceId>, AzureError> {
    let path = format!("/subscriptions/{subscription}/providers/Microsoft.Compute/virtualMachines");
    let page = arm.get(&path, &[VERSION]).await?;
    let rows = json::field(&page, "value").and_then(Value::as_array);
    Ok(rows.and_then(|rows| rows.iter().find_map(row_id)))
}

/// Whether a dedicated host still exists. Its own record does not tell of maintenance.
///
/// # Errors
/// When that could not be found out.
pub async fn read_host(arm: &ArmClient, id: &ResourceId) -> Result<Option<Value>, AzureError> {
    match arm.get(id.as_str(), &[VERSION]).await {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Reads all instances of a scale set at once. An instance that is not in the list says nothing by that.
pub async fn list_instances(
    arm: &ArmClient,
    scale_set: &ResourceId,
) -> Result<Vec<(ResourceId, MachineRead)>, AzureError> {
    let path = format!("{}/virtualMachines", scale_set.as_str());
    Ok(read_rows(arm.list(&path, &[VERSION, EXPAND]).await?))
}

/// Reads the members of a scale set in flexible orchestration, which are virtual machines of its resource group that name
/// their set. A member that the list does not show in full is read by itself.
pub async fn list_members(
    arm: &ArmClient,
    scale_set: &ResourceId,
) -> Result<Vec<(ResourceId, MachineRead)>, AzureError> {
    const PARALLEL: usize = 8;
    let path = format!(
        "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.Compute/virtualMachines",
        scale_set.subscription(),
        scale_set.resource_group()
    );
    let filter = format!("'virtualMachineScaleSet/id' eq '{}'", scale_set.as_str().replace('\'', "''"));
    let rows = arm.list(&path, &[VERSION, EXPAND, ("$filter", filter.as_str())]).await?;
    let is_member = |row: &&Value| {
        let set = json::text_at(row, &["properties", "virtualMachineScaleSet", "id"]);
        set.and_then(|set| ResourceId::parse(set).ok()).is_some_and(|set| set == *scale_set)
    };
    let members: Vec<Value> = rows.iter().filter(is_member).cloned().collect();
    let read = stream::iter(read_rows(members))
        .map(|(id, read)| async move {
            let read = match read {
                MachineRead::Unreadable(_) => read_machine(arm, &id).await,
                read => read,
            };
            (id, read)
        })
        .buffer_unordered(PARALLEL)
        .collect()
        .await;
    Ok(read)
}

/// The machines of a subscription for which a list with `statusOnly=true` carries planned maintenance, or something
/// that we cannot read. Nothing is documented about whether such a list carries it; absence means nothing.
pub async fn list_status_only(
    arm: &ArmClient,
    subscription: &SubscriptionId,
) -> Result<Vec<ResourceId>, AzureError> {
    let path = format!("/subscriptions/{subscription}/providers/Microsoft.Compute/virtualMachines");
    let rows = arm.list(&path, &[VERSION, ("statusOnly", "true")]).await?;
    let carries =
        |row: &&Value| json::at(row, &["properties", "instanceView", "maintenanceRedeployStatus"]).is_some();
    Ok(rows.iter().filter(carries).filter_map(row_id).collect())
}

fn row_id(row: &Value) -> Option<ResourceId> {
    json::text_at(row, &["id"]).and_then(|id| ResourceId::parse(id).ok())
}

/// Rows without an id that we understand belong to nobody who was asked for, and who is asked for and missing is read by
/// itself, so that nothing is lost by passing over them.
fn read_rows(rows: Vec<Value>) -> Vec<(ResourceId, MachineRead)> {
    rows.iter()
        .filter_map(|row| {
            let id = row_id(row)?;
            let read = MachineRead::of(&id, row);
            Some((id, read))
        })
        .collect()
}
