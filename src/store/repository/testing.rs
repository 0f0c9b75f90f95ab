//! A repository in memory, and a look at what it keeps.

use std::sync::Arc;

use super::access::Repository;
use crate::store::{PartitionKey, Row, RowKey, RowRange, SqliteStore, Write};

pub(super) fn repository() -> Repository {
    Repository::new(Arc::new(SqliteStore::in_memory().unwrap()))
}

impl Repository {
    /// Every row of a partition, as kept.
    pub(super) async fn rows(&self, partition: &str) -> Vec<Row> {
        let partition = PartitionKey::new(partition).unwrap();
        crate::store::scan(&*self.store, &partition, RowRange::all()).await.unwrap()
    }

    /// The keys of a partition.
    pub(super) async fn keys(&self, partition: &str) -> Vec<String> {
        self.rows(partition).await.into_iter().map(|row| row.key.to_string()).collect()
    }

    /// Writes a row's text, whatever it was.
    pub(super) async fn overwrite(&self, partition: &str, row: &RowKey, value: &str) {
        let partition = PartitionKey::new(partition).unwrap();
        let write = Write::Put { row: row.clone(), value: value.to_owned() };
        self.store.write(&partition, vec![write]).await.unwrap();
    }
}
