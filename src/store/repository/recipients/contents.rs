//! What messages are bound to before their first attempt.
//!
//! A message to someone with thousands of machines is longer than a row may be, so the text of a content lies in
//! several rows, which are written in one batch with the message.

use super::super::{Repository, exactly, no_etag};
use super::{message_key, number, partition};
use crate::domain::ledger::MessageRecord;
use crate::domain::message::MessageContent;
use crate::domain::recipient::RecipientName;
use crate::store::codec::{self, Versioned};
use crate::store::{ETag, MAX_VALUE_BYTES, Row, RowKey, RowRange, StoreError, Write};

/// Most rows of one content. With the message they fit one batch.
const MAX_PARTS: usize = 2;

const CONTENT: &str = "c";

impl Versioned for MessageContent {
    const VERSION: u16 = 1;
}

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
}

/// The writes that leave no content.
pub(super) fn drop(sequence: u64) -> Result<Vec<Write>, StoreError> {
    (0..MAX_PARTS).map(|part| Ok(Write::Delete { row: key(sequence, part)?, etag: None })).collect()
}

/// The writes that leave this content and nothing of an earlier one.
fn put(sequence: u64, content: &MessageContent) -> Result<Vec<Write>, StoreError> {
    let text = codec::encode(content)?;
    let parts = divide(&text);
    if parts.len() > MAX_PARTS {
        let what = format!("the content of message {}", content.id);
        return Err(StoreError::TooLarge { what, size: text.len(), limit: MAX_PARTS * MAX_VALUE_BYTES });
    }
    let mut writes = drop(sequence)?;
    for (part, (write, text)) in writes.iter_mut().zip(parts).enumerate() {
        *write = Write::Put { row: key(sequence, part)?, value: text.to_owned() };
    }
    Ok(writes)
}

/// The text in pieces that fit a row each.
fn divide(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (part, after) = rest.split_at(rest.floor_char_boundary(MAX_VALUE_BYTES));
        parts.push(part);
        rest = after;
    }
    parts
}

fn key(sequence: u64, part: usize) -> Result<RowKey, StoreError> {
    Ok(RowKey::of(&[CONTENT, &number(sequence), &format!("{part:03}")])?)
}
