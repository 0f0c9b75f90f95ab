//! What messages are bound to before their first attempt.
//!
//! A message to someone with thousands of machines is longer than a row may be, so the text of a content lies in
//! several rows, which are written in one batch with the message.

use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::super::access::Repository;
use super::super::recipient_keys::{message_key, number, partition};
use super::super::writes::{divide, exactly, no_etag};
use crate::domain::endpoint::Endpoint;
use crate::domain::ledger::MessageRecord;
use crate::domain::message_content::MessageContent;
use crate::domain::recipient_name::RecipientName;
use crate::store::codec::{self, Versioned};
use crate::store::{ETag, MAX_VALUE_BYTES, PartitionKey, Row, RowKey, RowRange, StoreError, Write};

/// Most rows of one content. With the message they fit one batch.
const MAX_PARTS: usize = 3;

const CONTENT: &str = "c";

/// What one endpoint gets, where it is something else than the others got before.
const OWN_CONTENT: &str = "e";

impl Versioned for MessageContent {}

impl Repository {
    /// Binds a message to its content: both are written, or neither. `was_bound` says that it may have been bound to
    /// another, which goes.
    ///
    /// # Errors
    /// A conflict when the message is not in the state of `etag`.
    pub async fn freeze(
        &self,
        message: &MessageRecord,
        etag: ETag,
        content: &MessageContent,
        was_bound: bool,
    ) -> Result<ETag, StoreError> {
        let mut batch = vec![exactly(message_key(message.sequence)?, message, Some(etag))?];
        batch.extend(put(&[CONTENT, &number(message.sequence)], content)?);
        let drop = match was_bound {
            true => self.drop_content(&message.recipient, message.sequence).await?,
            // A message and what it is bound to change together.
            false => Vec::new(),
        };
        let stays = |row: &RowKey| batch.iter().any(|write| write.row() == row);
        let drop: Vec<_> = drop.into_iter().filter(|write| !stays(write.row())).collect();
        batch.extend(drop);
        let etags = self.store.write(&partition(&message.recipient)?, batch).await?;
        etags.into_iter().next().flatten().ok_or_else(no_etag)
    }

    /// Binds a message to what one endpoint gets of it, later than others: both are written, or neither.
    ///
    /// # Errors
    /// A conflict when the message is not in the state of `etag`.
    pub async fn freeze_for(
        &self,
        message: &MessageRecord,
        etag: ETag,
        endpoint: &Endpoint,
        content: &MessageContent,
    ) -> Result<ETag, StoreError> {
        let mut batch = vec![exactly(message_key(message.sequence)?, message, Some(etag))?];
        let own = [OWN_CONTENT, &number(message.sequence), &own_key(endpoint)];
        batch.extend(put(&own, content)?);
        let range = RowRange::within(&own)?;
        let known = crate::store::scan(&*self.store, &partition(&message.recipient)?, range).await?;
        let stays = |row: &RowKey| batch.iter().any(|write| write.row() == row);
        let drop = known.into_iter().filter(|part| !stays(&part.key));
        let drop: Vec<_> = drop.map(|part| Write::Delete { row: part.key, etag: None }).collect();
        batch.extend(drop);
        let etags = self.store.write(&partition(&message.recipient)?, batch).await?;
        etags.into_iter().next().flatten().ok_or_else(no_etag)
    }

    /// What `endpoint` gets of a message that is bound: what it was bound to for it alone, or else for all.
    pub async fn content_for(
        &self,
        recipient: &RecipientName,
        sequence: u64,
        endpoint: &Endpoint,
    ) -> Result<Option<MessageContent>, StoreError> {
        let partition = partition(recipient)?;
        let own = RowRange::within(&[OWN_CONTENT, &number(sequence), &own_key(endpoint)])?;
        match self.whole(&partition, own).await? {
            Some(whole) => codec::read(&partition, &whole).map(Some),
            None => self.content(recipient, sequence).await,
        }
    }

    /// What a message is bound to, if it is.
    pub async fn content(
        &self,
        recipient: &RecipientName,
        sequence: u64,
    ) -> Result<Option<MessageContent>, StoreError> {
        let partition = partition(recipient)?;
        let whole = self.content_row(&partition, sequence).await?;
        whole.map(|whole| codec::read(&partition, &whole)).transpose()
    }

    /// The same, to be looked at only: of several that look at the same, one decodes it.
    pub async fn shared_content(
        &self,
        recipient: &RecipientName,
        sequence: u64,
    ) -> Result<Option<Arc<MessageContent>>, StoreError> {
        let partition = partition(recipient)?;
        let Some(whole) = self.content_row(&partition, sequence).await? else { return Ok(None) };
        let key = (partition, whole.key.clone());
        if let Some(content) = self.page_cache.get(&key, &whole.etag) {
            return Ok(Some(content));
        }
        let content = Arc::new(codec::read::<MessageContent>(&key.0, &whole)?);
        self.page_cache.put(key, whole.etag, content.clone());
        Ok(Some(content))
    }

    /// The rows of a content as one. They are written together, so the first one's state is that of all.
    async fn content_row(&self, partition: &PartitionKey, sequence: u64) -> Result<Option<Row>, StoreError> {
        self.whole(partition, RowRange::within(&[CONTENT, &number(sequence)])?).await
    }

    async fn whole(&self, partition: &PartitionKey, range: RowRange) -> Result<Option<Row>, StoreError> {
        let mut parts = crate::store::scan(&*self.store, partition, range).await?.into_iter();
        let Some(first) = parts.next() else { return Ok(None) };
        Ok(Some(parts.fold(first, |whole, part| Row { value: whole.value + &part.value, ..whole })))
    }

    /// The writes that leave no content, for a batch that also writes the message in the state in which it was read
    /// before: content and message change together only, so this is all that there is.
    pub(in crate::store::repository) async fn drop_content(
        &self,
        recipient: &RecipientName,
        sequence: u64,
    ) -> Result<Vec<Write>, StoreError> {
        let mut writes = Vec::new();
        for kind in [CONTENT, OWN_CONTENT] {
            let range = RowRange::within(&[kind, &number(sequence)])?;
            let parts = crate::store::scan(&*self.store, &partition(recipient)?, range).await?;
            writes.extend(parts.into_iter().map(|part| Write::Delete { row: part.key, etag: None }));
        }
        Ok(writes)
    }
}

/// What an endpoint is called in the key of its own content.
fn own_key(endpoint: &Endpoint) -> String {
    let digest = Sha256::digest(endpoint.key().as_bytes());
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// The writes that make this content below `place`.
fn put(place: &[&str], content: &MessageContent) -> Result<Vec<Write>, StoreError> {
    let text = codec::encode(content)?;
    let parts = divide(&text);
    if parts.len() > MAX_PARTS {
        let what = format!("the content of message {}", content.id);
        return Err(StoreError::TooLarge { what, size: text.len(), limit: MAX_PARTS * MAX_VALUE_BYTES });
    }
    let writes = parts.into_iter().enumerate();
    writes.map(|(part, text)| Ok(Write::Put { row: key(place, part)?, value: text.to_owned() })).collect()
}

fn key(place: &[&str], part: usize) -> Result<RowKey, StoreError> {
    let part = format!("{part:03}");
    Ok(RowKey::of(&[place, &[part.as_str()]].concat())?)
}
