//! The store over the rows of one table.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::apply::etag_of;
use super::connections::{self, Connections};
use super::failure::Failure;
use super::migrations;
use super::writer::Writer;
use crate::store::range::check_page;
use crate::store::{
    Continuation, ETag, PartitionKey, Row, RowKey, RowPage, RowRange, Store, StoreError, Write, check_batch,
};

/// Connections of one process that read at the same time. Reads are short, so a few are plenty.
const READERS: usize = 3;

/// A page ends after this many bytes, as one of Azure Tables does.
const MAX_PAGE_BYTES: usize = 4 * 1024 * 1024;

/// Sorts after every key, because keys are printable ASCII.
const AFTER_ALL_KEYS: &str = "\u{7f}";

/// Rows in a SQLite file, or in memory.
#[derive(Debug)]
pub struct SqliteStore {
    name: Arc<str>,
    writer: Writer,
    readers: Connections,
}

impl SqliteStore {
    /// Opens the file, makes it and its folder when missing, and brings it up to this program's version.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref().to_owned();
        let name: Arc<str> = path.display().to_string().into();
        let open = move || {
            let mut connections = vec![migrations::open_file(&path)?];
            for _ in 0..READERS {
                connections.push(migrations::open_file(&path)?);
            }
            Ok(connections)
        };
        let mut connections = connections::run_blocking(&name, open).await?;
        let readers = Connections::new(connections.split_off(1));
        Ok(Self { name, writer: Writer::new(Connections::new(connections)), readers })
    }

    /// A store that is forgotten when it is dropped.
    pub fn in_memory() -> Result<Self, StoreError> {
        // A second connection would have a memory of its own.
        let only = Connections::new(vec![migrations::open_memory()?]);
        Ok(Self { name: ":memory:".into(), writer: Writer::new(only.clone()), readers: only })
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn get(&self, partition: &PartitionKey, row: &RowKey) -> Result<Option<Row>, StoreError> {
        let (partition, row) = (partition.clone(), row.clone());
        self.readers.run(&self.name, move |connection| read_row(connection, &partition, &row)).await
    }

    async fn range(
        &self,
        partition: &PartitionKey,
        range: &RowRange,
        limit: usize,
        continuation: Option<&Continuation>,
    ) -> Result<RowPage, StoreError> {
        check_page(limit)?;
        let from = match continuation {
            // A page ends with the key of the first row that it has no room for.
            Some(continuation) => RowKey::new(continuation.as_str())?.to_string(),
            None => range.from().map(ToString::to_string).unwrap_or_default(),
        };
        let to = range.to().map_or_else(|| AFTER_ALL_KEYS.to_owned(), ToString::to_string);
        let partition = partition.clone();
        self.readers
            .run(&self.name, move |connection| read_page(connection, &partition, &from, &to, limit))
            .await
    }

    async fn next_partition(&self, after: Option<&PartitionKey>) -> Result<Option<PartitionKey>, StoreError> {
        let after = after.map(ToString::to_string).unwrap_or_default();
        self.readers.run(&self.name, move |connection| read_next_partition(connection, &after)).await
    }

    async fn write(
        &self,
        partition: &PartitionKey,
        batch: Vec<Write>,
    ) -> Result<Vec<Option<ETag>>, StoreError> {
        check_batch(partition, &batch)?;
        self.writer.write(&self.name, partition.clone(), batch).await
    }
}

fn read_row(
    connection: &mut Connection,
    partition: &PartitionKey,
    row: &RowKey,
) -> Result<Option<Row>, Failure> {
    let found = connection
        .prepare_cached("SELECT etag, value FROM rows WHERE partition = ?1 AND row = ?2")?
        .query_row(params![partition.as_str(), row.as_str()], |found| Ok((found.get(0)?, found.get(1)?)))
        .optional()?;
    Ok(found.map(|(etag, value)| Row { key: row.clone(), etag: etag_of(etag), value }))
}

fn read_page(
    connection: &mut Connection,
    partition: &PartitionKey,
    from: &str,
    to: &str,
    limit: usize,
) -> Result<RowPage, Failure> {
    let mut statement = connection.prepare_cached(
        "SELECT row, etag, value FROM rows WHERE partition = ?1 AND row >= ?2 AND row < ?3 ORDER BY row",
    )?;
    let mut found = statement.query(params![partition.as_str(), from, to])?;
    let mut rows = Vec::new();
    let mut bytes = 0;
    while let Some(row) = found.next()? {
        let key: String = row.get(0)?;
        if rows.len() == limit || bytes >= MAX_PAGE_BYTES {
            return Ok(RowPage { rows, next: Some(Continuation::new(key)) });
        }
        let value: String = row.get(2)?;
        bytes += key.len() + value.len();
        rows.push(Row {
            key: RowKey::new(key).map_err(StoreError::from)?,
            etag: etag_of(row.get(1)?),
            value,
        });
    }
    Ok(RowPage { rows, next: None })
}

fn read_next_partition(connection: &mut Connection, after: &str) -> Result<Option<PartitionKey>, Failure> {
    // The primary key begins with the partition, so this is one step down the tree however many rows there are.
    let next: Option<String> = connection
        .prepare_cached("SELECT partition FROM rows WHERE partition > ?1 ORDER BY partition LIMIT 1")?
        .query_row(params![after], |found| found.get(0))
        .optional()?;
    Ok(next.map(PartitionKey::new).transpose().map_err(StoreError::from)?)
}
