//! Whether the store can be used: a row is written, read and deleted.

use super::access::Repository;
use crate::store::{PartitionKey, RowKey, StoreError, Write};

impl Repository {
    /// Writes a row of its own, reads it, and deletes it.
    ///
    /// # Errors
    /// When one of these fails, or another text is read than was written.
    pub async fn try_using(&self) -> Result<(), StoreError> {
        let partition = PartitionKey::new("probe")?;
        let row = RowKey::new(uuid::Uuid::new_v4().simple().to_string())?;
        let value = "{\"v\":1,\"d\":null}".to_owned();
        self.store.write(&partition, vec![Write::Insert { row: row.clone(), value: value.clone() }]).await?;
        let found = self.store.get(&partition, &row).await;
        let deleted = self.store.write(&partition, vec![Write::Delete { row, etag: None }]).await;
        if found?.is_none_or(|found| found.value != value) {
            return Err(StoreError::Refused("it does not give back what was written".to_owned()));
        }
        deleted.map(drop)
    }
}
