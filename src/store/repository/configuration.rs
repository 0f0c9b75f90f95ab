//! The last valid configuration, as text: what a process begins with while the present one is none.
//!
//! A long text lies in several rows, which are written in one batch.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::access::Repository;
use super::writes::{divide, exactly_text};
use crate::domain::config_version::ConfigVersion;
use crate::store::codec::Versioned;
use crate::store::{MAX_VALUE_BYTES, PartitionKey, Row, RowKey, RowRange, StoreError, Write, codec};

/// Most rows of a text. They fit one batch.
const MAX_PARTS: usize = 3;

const VALID: &str = "valid";

/// A configuration that was in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigurationRow {
    /// The file, as it was written.
    pub text: String,
    pub version: ConfigVersion,
    /// When it came into force.
    pub since: DateTime<Utc>,
}

impl Versioned for ConfigurationRow {}

impl Repository {
    /// The last configuration that was valid, if one ever was.
    ///
    /// # Errors
    /// When the store or the row cannot be read.
    pub async fn last_valid_configuration(&self) -> Result<Option<ConfigurationRow>, StoreError> {
        let partition = partition()?;
        let mut parts = self.configuration_parts(&partition).await?.into_iter();
        let Some(first) = parts.next() else { return Ok(None) };
        let whole = parts.fold(first, |whole, part| Row { value: whole.value + &part.value, ..whole });
        codec::read(&partition, &whole).map(Some)
    }

    /// Keeps a configuration as the last valid one. Of two processes that do so at once, one fails with a conflict.
    ///
    /// # Errors
    /// When the store cannot be written, or the text is longer than can be kept.
    pub async fn keep_configuration(&self, configuration: &ConfigurationRow) -> Result<(), StoreError> {
        let partition = partition()?;
        let known = self.configuration_parts(&partition).await?;
        let text = codec::encode(configuration)?;
        let parts = divide(&text);
        if parts.len() > MAX_PARTS {
            let what = "the last valid configuration".to_owned();
            return Err(StoreError::TooLarge { what, size: text.len(), limit: MAX_PARTS * MAX_VALUE_BYTES });
        }
        let mut batch = Vec::new();
        let mut etag = known.first().map(|row| row.etag.clone());
        for (number, part) in parts.iter().enumerate() {
            let (row, value) = (key(number)?, (*part).to_owned());
            // The first row says whether somebody else wrote meanwhile; the others change with it only.
            batch.push(match number {
                0 => exactly_text(row, value, etag.take()),
                _ => Write::Put { row, value },
            });
        }
        let left = known.into_iter().skip(parts.len());
        batch.extend(left.map(|row| Write::Delete { row: row.key, etag: None }));
        self.store.write(&partition, batch).await.map(drop)
    }

    async fn configuration_parts(&self, partition: &PartitionKey) -> Result<Vec<Row>, StoreError> {
        crate::store::scan(&*self.store, partition, RowRange::within(&[VALID])?).await
    }
}

fn partition() -> Result<PartitionKey, StoreError> {
    Ok(PartitionKey::new("configuration")?)
}

fn key(part: usize) -> Result<RowKey, StoreError> {
    Ok(RowKey::of(&[VALID, &format!("{part:03}")])?)
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use sha2::{Digest, Sha256};

    use super::super::testing::repository;
    use super::*;
    use crate::domain::fixtures::utc;

    fn row(text: String) -> ConfigurationRow {
        let version = ConfigVersion("45acf425b074".to_owned());
        ConfigurationRow { text, version, since: utc("2026-12-01T10:00:00Z") }
    }

    /// A text that packing hardly makes shorter.
    fn noise(bytes: usize) -> String {
        let digests = (0_u64..).map(|number| STANDARD.encode(Sha256::digest(number.to_le_bytes())));
        digests.take(bytes / 44).collect()
    }

    #[tokio::test]
    async fn a_text_of_any_length_is_given_back_and_leaves_nothing_behind() {
        let repository = repository();
        assert_eq!(repository.last_valid_configuration().await.unwrap(), None);
        for (text, rows) in [("a = 'ä'\n".repeat(3), 1), (noise(1_800_000), 3), ("b = 1".to_owned(), 1)] {
            let row = row(text);
            repository.keep_configuration(&row).await.unwrap();
            assert_eq!(repository.last_valid_configuration().await.unwrap(), Some(row));
            assert_eq!(repository.rows("configuration").await.len(), rows);
        }
        let error = repository.keep_configuration(&row(noise(3_000_000))).await.unwrap_err();
        assert!(error.to_string().contains("the last valid configuration"), "{error}");
        assert_eq!(repository.last_valid_configuration().await.unwrap().unwrap().text, "b = 1");
    }
}
