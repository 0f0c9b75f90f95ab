//! What messages are bound to before their first attempt.
//!
//! A message to someone with thousands of machines is longer than a row may be, so the text of a content lies in
//! several rows, which are written in one batch with the message.

use super::super::access::Repository;
use super::super::recipient_keys::{message_key, number, partition};
use super::super::writes::{divide, exactly, no_etag};
use crate::domain::ledger::MessageRecord;
use crate::domain::message_content::MessageContent;
use crate::domain::recipient_name::RecipientName;
use crate::store::codec::{self, Versioned};
use crate::store::{ETag, MAX_VALUE_BYTES, Row, RowKey, RowRange, StoreError, Write};

/// Most rows of one content. With the message they fit one batch.
const MAX_PARTS: usize = 3;

const CONTENT: &str = "c";

impl Versioned for MessageContent {}

impl Repository {
    /// Binds a message to its content: both are written, or neither.
    ///
    /// # Errors
    /// A conflict when the message is not in the state of `etag`.
    pub async fn freeze(
        &self,
        message: &MessageRecord,
        etag: ETag,
        content: &MessageContent,
    ) -> Result<ETag, StoreError> {
        let mut batch = vec![exactly(message_key(message.sequence)?, message, Some(etag))?];
        batch.extend(put(message.sequence, content)?);
        let drop = self.drop_content(&message.recipient, message.sequence).await?;
        let stays = |row: &RowKey| batch.iter().any(|write| write.row() == row);
        let drop: Vec<_> = drop.into_iter().filter(|write| !stays(write.row())).collect();
        batch.extend(drop);
        let etags = self.store.write(&partition(&message.recipient)?, batch).await?;
        etags.into_iter().next().flatten().ok_or_else(no_etag)
    }

    /// What a message is bound to, if it is.
    pub async fn content(
        &self,
        recipient: &RecipientName,
        sequence: u64,
    ) -> Result<Option<MessageContent>, StoreError> {
        let partition = partition(recipient)?;
        let range = RowRange::within(&[CONTENT, &number(sequence)])?;
        let mut parts = crate::store::scan(&*self.store, &partition, range).await?.into_iter();
        let Some(first) = parts.next() else { return Ok(None) };
        let whole = parts.fold(first, |whole, part| Row { value: whole.value + &part.value, ..whole });
        codec::read(&partition, &whole).map(Some)
    }

    /// The writes that leave no content, for a batch that also writes the message in the state in which it was read
    /// before: content and message change together only, so this is all that there is.
    pub(in crate::store::repository) async fn drop_content(
        &self,
        recipient: &RecipientName,
        sequence: u64,
    ) -> Result<Vec<Write>, StoreError> {
        let range = RowRange::within(&[CONTENT, &number(sequence)])?;
        let parts = crate::store::scan(&*self.store, &partition(recipient)?, range).await?;
        Ok(parts.into_iter().map(|part| Write::Delete { row: part.key, etag: None }).collect())
    }
}

/// The writes that make this content.
fn put(sequence: u64, content: &MessageContent) -> Result<Vec<Write>, StoreError> {
    let text = codec::encode(content)?;
    let parts = divide(&text);
    if parts.len() > MAX_PARTS {
        let what = format!("the content of message {}", content.id);
        return Err(StoreError::TooLarge { what, size: text.len(), limit: MAX_PARTS * MAX_VALUE_BYTES });
    }
    let writes = parts.into_iter().enumerate();
    writes.map(|(part, text)| Ok(Write::Put { row: key(sequence, part)?, value: text.to_owned() })).collect()
}

fn key(sequence: u64, part: usize) -> Result<RowKey, StoreError> {
    Ok(RowKey::of(&[CONTENT, &number(sequence), &format!("{part:03}")])?)
}
