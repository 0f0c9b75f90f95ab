//! The store over the rows of one table.

use async_trait::async_trait;

use super::account::TablesAccount;
use super::client::{CallError, Client, TableCall};
use super::read::read_entity;
use super::retry_policy::RetryPolicy;
use super::{address, answer, entity, write};
use crate::store::range::check_page;
use crate::store::{
    Continuation, ETag, PartitionKey, Row, RowKey, RowPage, RowRange, Store, StoreError, Write, check_batch,
};

/// The headers that say where the next page begins.
const NEXT_PARTITION: &str = "x-ms-continuation-nextpartitionkey";
const NEXT_ROW: &str = "x-ms-continuation-nextrowkey";

/// Rows in a table of Azure.
#[derive(Debug)]
pub struct TablesStore {
    client: Client,
}

impl TablesStore {
    /// The store in the table `PREFIXstate` of an account. Asks nothing of Azure yet.
    ///
    /// # Errors
    /// When no table can be called that.
    pub fn new(account: TablesAccount, prefix: &str) -> Result<Self, StoreError> {
        Self::with_retries(account, prefix, RetryPolicy::default())
    }

    /// The same with another patience.
    ///
    /// # Errors
    /// When no table can be called that.
    pub fn with_retries(
        account: TablesAccount,
        prefix: &str,
        retries: RetryPolicy,
    ) -> Result<Self, StoreError> {
        let table = format!("{prefix}state");
        let plain = table.len() <= 63
            && prefix.starts_with(|c: char| c.is_ascii_alphabetic())
            && prefix.chars().all(|c| c.is_ascii_alphanumeric());
        if !plain {
            return Err(StoreError::Setting {
                setting: "tables:…".to_owned(),
                reason: "what follows `tables:` cannot begin the name of a table; use letters and digits, a letter \
                         first: tables:notifier"
                    .to_owned(),
            });
        }
        Ok(Self { client: Client::new(account, table, retries)? })
    }
}

#[async_trait]
impl Store for TablesStore {
    async fn get(&self, partition: &PartitionKey, row: &RowKey) -> Result<Option<Row>, StoreError> {
        Ok(read_entity(&self.client, partition, row).await?.map(|entity| entity.row))
    }

    async fn range(
        &self,
        partition: &PartitionKey,
        range: &RowRange,
        limit: usize,
        continuation: Option<&Continuation>,
    ) -> Result<RowPage, StoreError> {
        check_page(limit)?;
        let next = continuation.map(parse_continuation).transpose()?.unwrap_or_default();
        let empty =
            |range: &RowRange| matches!((range.from(), range.to()), (Some(from), Some(to)) if from >= to);
        if empty(range) {
            return Ok(RowPage { rows: Vec::new(), next: None });
        }
        let mut limit = limit;
        loop {
            let call = TableCall::get(address::range(&self.client.table, partition, range, limit) + &next);
            match self.client.call(&call).await {
                // Azure ends its pages before they are this large; whoever does not is asked for less.
                Err(CallError::TooLarge) if limit > 1 => limit = limit.div_ceil(4),
                answered => return self.page(&answered?.answer),
            }
        }
    }

    async fn next_partition(&self, after: Option<&PartitionKey>) -> Result<Option<PartitionKey>, StoreError> {
        let mut after = after.map(ToString::to_string);
        let mut next = String::new();
        loop {
            let call = TableCall::get(address::partition_after(&self.client.table, after.as_deref()) + &next);
            let found = self.partition(&self.client.call(&call).await.map_err(StoreError::from)?.answer)?;
            match found {
                PartitionPage::Partition(text) => match PartitionKey::new(text.as_str()) {
                    Ok(partition) => return Ok(Some(partition)),
                    Err(_) => {
                        tracing::warn!(
                            store = self.client.name(),
                            "a partition has a key that is none of ours"
                        );
                        (after, next) = (Some(text), String::new());
                    }
                },
                PartitionPage::Nothing => return Ok(None),
                // Azure may end a page before it has come to an entity.
                PartitionPage::Later(continuation) => next = parse_continuation(&continuation)?,
            }
        }
    }

    async fn write(
        &self,
        partition: &PartitionKey,
        batch: Vec<Write>,
    ) -> Result<Vec<Option<ETag>>, StoreError> {
        check_batch(partition, &batch)?;
        write::write(&self.client, partition, &batch).await
    }
}

/// What a page that asks for a partition holds.
enum PartitionPage {
    Partition(String),
    Nothing,
    Later(Continuation),
}

impl TablesStore {
    /// The partition of the one entity in an answer.
    fn partition(&self, answer: &answer::TableReply) -> Result<PartitionPage, StoreError> {
        if !answer.status.is_success() {
            let refusal = answer.refusal();
            return if refusal.is_missing_table() {
                Ok(PartitionPage::Nothing)
            } else {
                Err(self.client.refused(refusal))
            };
        }
        let body = answer.json();
        let Some(entities) = body.as_ref().and_then(|body| body.get("value")?.as_array()) else {
            return Err(self.client.unavailable("the answer holds no rows and no reason why"));
        };
        match (entities.first(), next_page(answer)) {
            (Some(entity), _) => match entity::partition(entity) {
                Some(partition) => Ok(PartitionPage::Partition(partition.to_owned())),
                None => Err(self.client.unavailable("the answer holds a row without its partition")),
            },
            (None, Some(next)) => Ok(PartitionPage::Later(next)),
            (None, None) => Ok(PartitionPage::Nothing),
        }
    }

    fn page(&self, answer: &answer::TableReply) -> Result<RowPage, StoreError> {
        if !answer.status.is_success() {
            let refusal = answer.refusal();
            if refusal.is_missing_table() {
                return Ok(RowPage { rows: Vec::new(), next: None });
            }
            return Err(self.client.refused(refusal));
        }
        let body = answer.json();
        let entities = body.as_ref().and_then(|body| body.get("value")?.as_array());
        let Some(entities) = entities else {
            return Err(self.client.unavailable("the answer holds no rows and no reason why"));
        };
        let mut rows = Vec::with_capacity(entities.len());
        for entity in entities {
            match entity::read(entity, None) {
                Some(entity) => rows.push(entity.row),
                None if entity.get("odata.etag").is_none() => {
                    return Err(self.client.unavailable("the answer holds a row without its ETag"));
                }
                None => tracing::warn!(store = self.client.name(), "a row has a key that is none of ours"),
            }
        }
        Ok(RowPage { rows, next: next_page(answer) })
    }
}

/// Where the page after this answer begins, if there is one.
fn next_page(answer: &answer::TableReply) -> Option<Continuation> {
    let partition = answer.header(NEXT_PARTITION)?;
    let row = answer.header(NEXT_ROW);
    // The two are opaque; written as JSON, so that nothing else is mistaken for one.
    Some(Continuation::new(serde_json::json!([partition, row]).to_string()))
}

/// What follows the query of a range for this page.
fn parse_continuation(continuation: &Continuation) -> Result<String, StoreError> {
    let (partition, row): (String, Option<String>) = serde_json::from_str(continuation.as_str())
        .map_err(|_| StoreError::Refused("a continuation of another store".to_owned()))?;
    Ok(address::continuation(&partition, row.as_deref()))
}
