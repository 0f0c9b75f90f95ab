//! One write, as SQLite is asked for it.

use rusqlite::{Connection, OptionalExtension as _, ToSql, params};

use crate::store::{ETag, PartitionKey, Write};

/// The ETag that the row now has, none when it was deleted; nothing at all when its precondition did not hold.
///
/// ETags are random and not counted: a row that is deleted and written anew must not come back to an old one.
pub(super) fn apply(
    connection: &Connection,
    partition: &PartitionKey,
    write: &Write,
) -> Result<Option<Option<ETag>>, rusqlite::Error> {
    let (partition, row) = (partition.as_str(), write.row().as_str());
    let ask = |sql: &str, values: &[&dyn ToSql]| {
        connection.prepare_cached(sql)?.query_row(values, |row| row.get::<_, i64>(0)).optional()
    };
    let etag = match write {
        Write::Insert { value, .. } => ask(
            "INSERT INTO rows (partition, row, etag, value) VALUES (?1, ?2, random(), ?3)
             ON CONFLICT DO NOTHING RETURNING etag",
            params![partition, row, value],
        ),
        Write::Replace { value, etag, .. } => ask(
            "UPDATE rows SET etag = random(), value = ?3 WHERE partition = ?1 AND row = ?2 AND etag = ?4
             RETURNING etag",
            params![partition, row, value, number_of(etag)],
        ),
        Write::Put { value, .. } => ask(
            "INSERT INTO rows (partition, row, etag, value) VALUES (?1, ?2, random(), ?3)
             ON CONFLICT DO UPDATE SET etag = excluded.etag, value = excluded.value RETURNING etag",
            params![partition, row, value],
        ),
        Write::Delete { etag: Some(etag), .. } => ask(
            "DELETE FROM rows WHERE partition = ?1 AND row = ?2 AND etag = ?3 RETURNING etag",
            params![partition, row, number_of(etag)],
        ),
        Write::Delete { etag: None, .. } => {
            let sql = "DELETE FROM rows WHERE partition = ?1 AND row = ?2 RETURNING etag";
            // A row that is missing already is as good as deleted.
            Ok(ask(sql, params![partition, row])?.or(Some(0)))
        }
    }?;
    Ok(etag.map(|etag| write.value().map(|_| etag_of(etag))))
}

pub(super) fn etag_of(number: i64) -> ETag {
    ETag::new(format!("{number:016x}"))
}

/// Nothing for an ETag that this store never gave; SQL then finds it equal to none.
fn number_of(etag: &ETag) -> Option<i64> {
    u64::from_str_radix(etag.as_str(), 16).ok().map(u64::cast_signed)
}
