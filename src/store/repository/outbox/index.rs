//! The index of the unsettled rows: what the emitter chooses by, in the order of urgency.
//!
//! An entry's key is `d|CHANNEL|DEADLINE|TIME|ROW`. Deadlines draw nearer all by themselves, and their order stays: so
//! the most urgent entries are always first, and no entry has to move because time passes. Cards come before
//! mails, because no quota holds them back. Entries of earlier versions, `d|TIME|ROW`, come before both; whoever meets
//! one puts it into its place.

use chrono::{DateTime, Utc};
use futures::{FutureExt, StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};

use super::keys::{ROW, key, partition};
use crate::domain::ids::OutboxId;
use crate::domain::outbox::OutboxRow;
use crate::domain::unsettled_row::UnsettledRow;
use crate::store::codec::Versioned;
use crate::store::key::{parse_time_key, time_key};
use crate::store::repository::access::Repository;
use crate::store::repository::batch;
use crate::store::repository::loaded::{LoadedRows, Stored};
use crate::store::repository::writes::put;
use crate::store::{PartitionKey, Row, RowKey, RowRange, StoreError, Write, codec};

/// How many rows are read at the same time.
const CONCURRENT_READS: usize = 8;

const INDEX: &str = "d";
const CARD: &str = "c";
const MAIL: &str = "m";

/// An entry of the index. The rest of what it says is in its key.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct IndexEntry {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    created: Option<DateTime<Utc>>,
    #[serde(default)]
    first: bool,
}

impl Versioned for IndexEntry {}

/// What the index says, as far as it was read.
#[derive(Debug, Default)]
pub struct OutboxIndex {
    /// The unsettled rows: cards, then mails, each in the order of their deadlines.
    pub entries: Vec<UnsettledRow>,
    /// Whether more follow that are not urgent.
    pub more: bool,
    /// Rows that earlier versions wrote and that cannot be read.
    pub unreadable: Vec<StoreError>,
}

impl Repository {
    /// The index: everything with a deadline before `calm_after`, and after that the first `limit` entries.
    pub async fn outbox_index(
        &self,
        calm_after: DateTime<Utc>,
        limit: usize,
    ) -> Result<OutboxIndex, StoreError> {
        let partition = partition()?;
        let mut index = OutboxIndex::default();
        let mut earlier = Vec::new();
        let mut calm = 0;
        {
            let range = RowRange::within(&[INDEX])?;
            let mut entries = std::pin::pin!(crate::store::stream(&*self.store, &partition, range));
            while let Some(entry) = entries.try_next().await? {
                let Some(entry) = parse(&partition, &entry) else {
                    earlier.push(entry);
                    continue;
                };
                let is_urgent =
                    entry.imminent || entry.deadline.is_some_and(|deadline| deadline < calm_after);
                calm += usize::from(!is_urgent && entry.mail);
                if calm > limit {
                    index.more = true;
                    break;
                }
                index.entries.push(entry);
            }
        }
        self.adopt(&partition, earlier, &mut index).await?;
        Ok(index)
    }

    /// The rows of these index entries, in their order. Entries that lead nowhere are removed on the way.
    pub async fn outbox_rows_at(
        &self,
        entries: &[&UnsettledRow],
    ) -> Result<LoadedRows<OutboxRow>, StoreError> {
        let partition = partition()?;
        let mut reads = Vec::with_capacity(entries.len());
        for entry in entries {
            reads.push(self.follow(&partition, entry).boxed());
        }
        let followed: Vec<IndexTarget> =
            stream::iter(reads).buffered(CONCURRENT_READS).try_collect::<Vec<_>>().await?;
        let mut loaded = LoadedRows::default();
        let mut strays = Vec::new();
        for followed in followed {
            match followed {
                IndexTarget::Row(row) => loaded.rows.push(*row),
                IndexTarget::Stray(write) => strays.push(vec![write]),
                IndexTarget::Gone => {}
                IndexTarget::Unreadable(error) => loaded.unreadable.push(error),
            }
        }
        batch::write_what_holds(&*self.store, &partition, strays).await?;
        Ok(loaded)
    }

    /// The row to which this entry belongs.
    async fn follow(
        &self,
        partition: &PartitionKey,
        entry: &UnsettledRow,
    ) -> Result<IndexTarget, StoreError> {
        let belongs = |row: &Stored<OutboxRow>| !row.value.is_settled() && row.value.entry() == *entry;
        match self.read::<OutboxRow>(partition, &key(&entry.id)?).await {
            Ok(Some(row)) if belongs(&row) => return Ok(IndexTarget::Row(Box::new(row))),
            Ok(_) => {}
            Err(error) if error.is_unreadable_row() => return Ok(IndexTarget::Unreadable(error)),
            Err(error) => return Err(error),
        }
        // It is removed in the state in which it was before its row was read once more: one that is written anew
        // meanwhile stays.
        let at = entry_key(entry)?;
        let Some(stored) = self.store.get(partition, &at).await? else { return Ok(IndexTarget::Gone) };
        match self.read::<OutboxRow>(partition, &key(&entry.id)?).await {
            Ok(Some(row)) if !row.value.is_settled() && index_key(&row.value)? == at => {
                Ok(IndexTarget::Row(Box::new(row)))
            }
            Ok(_) => Ok(IndexTarget::Stray(Write::Delete { row: at, etag: Some(stored.etag) })),
            Err(error) if error.is_unreadable_row() => Ok(IndexTarget::Unreadable(error)),
            Err(error) => Err(error),
        }
    }

    /// Puts what an earlier version entered into its place.
    async fn adopt(
        &self,
        partition: &PartitionKey,
        earlier: Vec<Row>,
        index: &mut OutboxIndex,
    ) -> Result<(), StoreError> {
        let mut reads = Vec::with_capacity(earlier.len());
        for entry in earlier {
            reads.push(self.adopted(partition, entry).boxed());
        }
        let mut adopted = stream::iter(reads).buffered(CONCURRENT_READS);
        let mut moves = Vec::new();
        while let Some(next) = adopted.next().await {
            match next {
                Ok((entry, writes)) => {
                    index.entries.extend(entry);
                    moves.push(writes);
                }
                Err(error) if error.is_unreadable_row() => index.unreadable.push(error),
                Err(error) => return Err(error),
            }
        }
        batch::write_what_holds(&*self.store, partition, moves).await
    }

    /// Where an entry of an earlier version belongs, if anywhere, and what puts it there.
    async fn adopted(
        &self,
        partition: &PartitionKey,
        entry: Row,
    ) -> Result<(Option<UnsettledRow>, Vec<Write>), StoreError> {
        let mut writes = vec![Write::Delete { row: entry.key.clone(), etag: Some(entry.etag) }];
        let Some((at, row)) = parse_earlier(&entry.key) else { return Ok((None, writes)) };
        let row = self.read::<OutboxRow>(partition, &row).await?.map(|row| row.value);
        let Some(row) = row.filter(|row| !row.is_settled() && row.next_attempt == at) else {
            return Ok((None, writes));
        };
        writes.push(entered(&row)?);
        Ok((Some(row.entry()), writes))
    }
}

/// Where an entry of the index leads.
enum IndexTarget {
    Row(Box<Stored<OutboxRow>>),
    /// Nowhere; this deletes its entry.
    Stray(Write),
    /// Its entry is no more.
    Gone,
    Unreadable(StoreError),
}

/// Enters a row into the index.
pub(super) fn entered(row: &OutboxRow) -> Result<Write, StoreError> {
    put(index_key(row)?, &IndexEntry { created: Some(row.created), first: row.entry().first })
}

/// The key of a row's entry.
pub(super) fn index_key(row: &OutboxRow) -> Result<RowKey, StoreError> {
    entry_key(&row.entry())
}

fn entry_key(entry: &UnsettledRow) -> Result<RowKey, StoreError> {
    let channel = if entry.mail { MAIL } else { CARD };
    let deadline = match entry.deadline {
        _ if entry.imminent => DateTime::<Utc>::MIN_UTC,
        deadline => deadline.unwrap_or(DateTime::<Utc>::MAX_UTC),
    };
    let parts = [INDEX, channel, &time_key(deadline), &time_key(entry.next_attempt), entry.id.as_str()];
    Ok(RowKey::of(&parts)?)
}

/// What an entry says. `None` for those of earlier versions, and for what is no entry at all.
fn parse(partition: &PartitionKey, entry: &Row) -> Option<UnsettledRow> {
    let parts = entry.key.parts()?;
    let [index, channel, deadline, next_attempt, id] = parts.as_slice() else { return None };
    let mail = [(MAIL, true), (CARD, false)].into_iter().find(|(name, _)| name == channel)?.1;
    let next_attempt = parse_time_key(next_attempt).filter(|_| index == INDEX)?;
    let (imminent, none) = (time_key(DateTime::<Utc>::MIN_UTC), time_key(DateTime::<Utc>::MAX_UTC));
    // What a newer version says beside the key is not needed.
    let entry = codec::read::<IndexEntry>(partition, entry).unwrap_or_default();
    Some(UnsettledRow {
        id: OutboxId::parse(id)?,
        mail,
        imminent: *deadline == imminent,
        first: entry.first,
        deadline: match deadline {
            text if *text == imminent || *text == none => None,
            text => Some(parse_time_key(text)?),
        },
        next_attempt,
        created: entry.created.unwrap_or(next_attempt),
    })
}

/// The time that an entry of an earlier version stands for, and the key of its row.
fn parse_earlier(entry: &RowKey) -> Option<(DateTime<Utc>, RowKey)> {
    let parts = entry.parts()?;
    let [_, at, id] = parts.as_slice() else { return None };
    Some((parse_time_key(at)?, RowKey::of(&[ROW, id]).ok()?))
}
