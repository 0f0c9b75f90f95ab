//! The whole state as one JSON document, from which a store can be filled again.
//!
//! ```json
//! {
//! "what": "state of maintenance-notifier", "format": 1, "partitions": [
//! {"partition": "due", "rows": [
//! {"row": "20261123T090000.000000000Z|…", "v": 1, "d": {"at": "…", "recipient": "jane"}}
//! ]}
//! ]}
//! ```
//!
//! Partitions and rows are in the order of their keys, a row a line, and no ETags: the same state gives the same bytes,
//! whichever store holds it. A row's document is unpacked; a text that is none, such as a part of one that is spread over several
//! rows, is kept as `"text"`. Export holds one page of rows at a time, import the whole document.

use std::collections::BTreeMap;
use std::io::{self, Write as Output};

use futures::TryStreamExt;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::write::{MAX_BATCH_BYTES, MAX_VALUE_BYTES};
use super::{
    MAX_BATCH_WRITES, PartitionKey, Row, RowKey, RowRange, Store, StoreError, Write, codec, scan, stream,
};

/// What a document says that it is.
const WHAT: &str = "state of maintenance-notifier";

/// The form that this program writes and reads.
const FORMAT: u16 = 1;

/// The partition whose one row says that an import is under way: what else is there is not whole.
const UNDER_WAY: &str = "import";

/// The partition of what belongs to one store alone, and to no other that takes over its state.
pub const OF_THIS_STORE: &str = "store";

/// Why the state cannot be exported or imported.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// The store cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the document cannot be written: {0}")]
    Output(#[from] io::Error),
    #[error("this is no exported state: {0}")]
    Invalid(String),
    #[error("the store is not empty; import into a new one: another file, or another prefix of tables")]
    NotEmpty,
    #[error(
        "the import of another document into this store was not finished; give that document again, or take a new store"
    )]
    OtherUnderWay,
    #[error("an import into this store was not finished; give the document again first")]
    UnderWay,
}

/// How much there was.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Extent {
    pub partitions: usize,
    pub rows: usize,
}

/// One row as the document has it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RowLine {
    row: String,
    #[serde(rename = "v", default, skip_serializing_if = "Option::is_none")]
    version: Option<u16>,
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    document: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PartitionLines {
    partition: String,
    rows: Vec<RowLine>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Whole {
    what: String,
    format: u16,
    partitions: Vec<PartitionLines>,
}

/// Writes everything that the store holds.
///
/// Rows are read while others may be written: what is exported of a program at work is no moment of it, but what it
/// would find if it were killed on the way, and it goes on from there.
///
/// # Errors
/// When the store cannot be read, `output` not written, or an import into the store was not finished.
pub async fn export(store: &dyn Store, output: &mut impl Output) -> Result<Extent, DocumentError> {
    if !scan(store, &under_way()?, RowRange::all()).await?.is_empty() {
        return Err(DocumentError::UnderWay);
    }
    let mut extent = Extent::default();
    write!(output, "{{\n\"what\": \"{WHAT}\", \"format\": {FORMAT}, \"partitions\": [")?;
    let mut last: Option<PartitionKey> = None;
    while let Some(partition) = store.next_partition(last.as_ref()).await? {
        if partition.as_str() == OF_THIS_STORE {
            last = Some(partition);
            continue;
        }
        let comma = if extent.partitions == 0 { "" } else { "," };
        write!(output, "{comma}\n{{\"partition\": {}, \"rows\": [", quoted(partition.as_str()))?;
        extent.rows += export_rows(store, &partition, output).await?;
        write!(output, "\n]}}")?;
        extent.partitions += 1;
        last = Some(partition);
    }
    writeln!(output, "\n]}}")?;
    output.flush()?;
    Ok(extent)
}

/// Writes the rows of one partition, and says how many there were.
async fn export_rows(
    store: &dyn Store,
    partition: &PartitionKey,
    output: &mut impl Output,
) -> Result<usize, DocumentError> {
    let mut rows = std::pin::pin!(stream(store, partition, RowRange::all()));
    let mut count = 0;
    while let Some(row) = rows.try_next().await? {
        let comma = if count == 0 { "" } else { "," };
        let line = serde_json::to_string(&line(row)).map_err(io::Error::from)?;
        write!(output, "{comma}\n{line}")?;
        count += 1;
    }
    Ok(count)
}

/// A text as JSON has it.
fn quoted(text: &str) -> Value {
    Value::from(text)
}

fn line(row: Row) -> RowLine {
    let key = row.key.to_string();
    match codec::open(&row.value) {
        Ok((version, document)) => {
            RowLine { row: key, version: Some(version), document: Some(document), text: None }
        }
        Err(_) => RowLine { row: key, version: None, document: None, text: Some(row.value) },
    }
}

/// A document as it is kept, in one row or spread over several.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptRow {
    /// Its rows, in order.
    pub keys: Vec<RowKey>,
    pub document: Value,
}

impl KeptRow {
    /// The key of its first row.
    pub fn key(&self) -> &str {
        self.keys.first().map(RowKey::as_str).unwrap_or_default()
    }
}

/// The documents of a partition. A text that is no document, with those behind it, is kept as a text.
///
/// # Errors
/// When the store cannot be read.
pub async fn kept_rows(store: &dyn Store, partition: &PartitionKey) -> Result<Vec<KeptRow>, StoreError> {
    let mut kept: Vec<KeptRow> = Vec::new();
    // The parts of a document that is spread over several rows, which are read one after the other.
    let mut parts: Vec<Row> = Vec::new();
    for row in scan(store, partition, RowRange::all()).await? {
        if parts.is_empty()
            && let Ok((_, document)) = codec::open(&row.value)
        {
            kept.push(KeptRow { keys: vec![row.key], document });
            continue;
        }
        parts.push(row);
        let whole: String = parts.iter().map(|part| part.value.as_str()).collect();
        if let Ok((_, document)) = codec::open(&whole) {
            kept.push(KeptRow { keys: parts.drain(..).map(|part| part.key).collect(), document });
        }
    }
    let texts = parts.into_iter().map(|part| KeptRow { keys: vec![part.key], document: part.value.into() });
    kept.extend(texts);
    Ok(kept)
}

/// Changes the document of a row as it is now; nothing when it is gone, or `change` changes nothing.
///
/// # Errors
/// A conflict when somebody else changed it meanwhile.
pub async fn replace_kept(
    store: &dyn Store,
    partition: &PartitionKey,
    row: &str,
    change: impl Fn(&mut Value) -> bool,
) -> Result<(), StoreError> {
    let key = RowKey::new(row)?;
    let Some(known) = store.get(partition, &key).await? else { return Ok(()) };
    let value = match codec::open(&known.value) {
        Ok((version, mut document)) => match change(&mut document) {
            true => codec::close(version, &document)?,
            false => return Ok(()),
        },
        Err(_) => {
            let mut text = Value::from(known.value);
            match (change(&mut text), text) {
                (true, Value::String(text)) => text,
                _ => return Ok(()),
            }
        }
    };
    store.write(partition, vec![Write::Replace { row: key, value, etag: known.etag }]).await.map(drop)
}

/// An exported state that was read and checked.
#[derive(Debug)]
pub struct Document {
    partitions: BTreeMap<PartitionKey, BTreeMap<RowKey, String>>,
    digest: String,
}

impl Document {
    /// Reads a document and checks all of it.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse(text: &str) -> Result<Self, DocumentError> {
        let invalid = DocumentError::Invalid;
        let mut reader = serde_json::Deserializer::from_str(text);
        let whole: Whole = serde_path_to_error::deserialize(&mut reader)
            .map_err(|error| invalid(format!("at {}: {}", error.path(), error.inner())))?;
        reader.end().map_err(|error| invalid(error.to_string()))?;
        if whole.what != WHAT {
            return Err(invalid(format!("it says that it is `{}`", whole.what)));
        }
        if whole.format != FORMAT {
            return Err(invalid(format!(
                "it has format {}, and this program knows format {FORMAT}; run the program that wrote it",
                whole.format
            )));
        }
        let mut partitions = BTreeMap::new();
        for lines in whole.partitions {
            let key = PartitionKey::new(lines.partition).map_err(|error| invalid(error.to_string()))?;
            let mut rows = BTreeMap::new();
            for line in lines.rows {
                let place = format!("the row {} in {key}", line.row);
                let (row, value) = value(line).map_err(|reason| invalid(format!("{place} {reason}")))?;
                if rows.insert(row, value).is_some() {
                    return Err(invalid(format!("{place} occurs twice")));
                }
            }
            if rows.is_empty() {
                return Err(invalid(format!("the partition {key} has no rows")));
            }
            if key.as_str() == UNDER_WAY {
                return Err(invalid("it was exported before an import was finished".to_owned()));
            }
            if partitions.insert(key.clone(), rows).is_some() {
                return Err(invalid(format!("the partition {key} occurs twice")));
            }
        }
        let digest = Sha256::digest(text.as_bytes());
        Ok(Self { partitions, digest: digest.iter().map(|byte| format!("{byte:02x}")).collect() })
    }

    /// The document with another row in it, or in the place of one.
    #[must_use]
    pub fn with(mut self, partition: PartitionKey, row: RowKey, value: String) -> Self {
        self.partitions.entry(partition).or_default().insert(row, value);
        self
    }

    /// Fills an empty store with the document. Killed on the way, it goes on when it is given the same document again.
    ///
    /// # Errors
    /// When the store is not empty, or cannot be written.
    pub async fn import(self, store: &dyn Store) -> Result<Extent, DocumentError> {
        let mark = RowKey::new(UNDER_WAY).map_err(StoreError::from)?;
        let mark_partition = under_way()?;
        match store.get(&mark_partition, &mark).await? {
            Some(row) if row.value == self.digest => {}
            Some(_) => return Err(DocumentError::OtherUnderWay),
            None if store.next_partition(None).await?.is_some() => return Err(DocumentError::NotEmpty),
            None => {
                let write = Write::Insert { row: mark.clone(), value: self.digest };
                store.write(&mark_partition, vec![write]).await?;
            }
        }
        let mut extent = Extent::default();
        for (partition, rows) in self.partitions {
            extent.partitions += 1;
            extent.rows += rows.len();
            for batch in batches(rows) {
                store.write(&partition, batch).await?;
            }
        }
        store.write(&mark_partition, vec![Write::Delete { row: mark, etag: None }]).await?;
        Ok(extent)
    }
}

/// The key of a row and its text, or what is wrong with them.
fn value(line: RowLine) -> Result<(RowKey, String), String> {
    let row = RowKey::new(line.row).map_err(|error| format!("cannot be named so: {error}"))?;
    let value = match (line.version, line.document, line.text) {
        (Some(version), Some(document), None) if version > 0 => {
            codec::close(version, &document).map_err(|error| error.to_string())?
        }
        (None, None, Some(text)) => text,
        _ => return Err("needs either v and d, or text".to_owned()),
    };
    if value.len() > MAX_VALUE_BYTES {
        return Err(format!("has {} bytes, and a store takes {MAX_VALUE_BYTES}", value.len()));
    }
    Ok((row, value))
}

/// Writes in as few batches as the limits allow. Repeating one is the same as doing it once.
fn batches(rows: BTreeMap<RowKey, String>) -> Vec<Vec<Write>> {
    let mut batches: Vec<Vec<Write>> = Vec::new();
    let mut bytes = 0;
    for (row, value) in rows {
        let size = row.as_str().len() + value.len();
        let write = Write::Put { row, value };
        match batches.last_mut() {
            Some(batch) if batch.len() < MAX_BATCH_WRITES && bytes + size <= MAX_BATCH_BYTES => {
                bytes += size;
                batch.push(write);
            }
            _ => {
                bytes = size;
                batches.push(vec![write]);
            }
        }
    }
    batches
}

fn under_way() -> Result<PartitionKey, StoreError> {
    Ok(PartitionKey::new(UNDER_WAY)?)
}

#[cfg(test)]
mod tests;
