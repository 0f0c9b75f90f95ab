//! Reading one row.

use super::address;
use super::client::{Client, TableCall};
use super::entity::{self, Entity};
use crate::store::{PartitionKey, RowKey, StoreError};

/// One row with its mark.
pub(super) async fn read_entity(
    client: &Client,
    partition: &PartitionKey,
    row: &RowKey,
) -> Result<Option<Entity>, StoreError> {
    let call = TableCall::get(address::entity(&client.table, partition, row));
    let answer = client.call(&call).await?.answer;
    if !answer.status.is_success() {
        let refusal = answer.refusal();
        if refusal.is_missing_row() || refusal.is_missing_table() {
            return Ok(None);
        }
        return Err(client.refused(refusal));
    }
    let entity = answer.json().and_then(|entity| entity::read(&entity, answer.header("etag")));
    match entity {
        Some(entity) if entity.row.key == *row => Ok(Some(entity)),
        _ => Err(client.unavailable("the answer is not the row that was asked for")),
    }
}
