//! Writes as requests: one alone, or many as an entity group transaction.
//!
//! <https://learn.microsoft.com/rest/api/storageservices/performing-entity-group-transactions>

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderName, HeaderValue, IF_MATCH};

use super::client::{TableCall, json, quiet};
use super::{address, entity};
use crate::store::{ETag, PartitionKey, StoreError, Write};

/// Most bytes of a batch as it is sent.
const MAX_BODY_BYTES: usize = 4 * 1024 * 1024;

/// The request for one write. `mark` names the write in the row.
///
/// # Errors
/// When the ETag is none that Azure can have given.
pub(super) fn single(
    table: &str,
    partition: &PartitionKey,
    write: &Write,
    mark: &str,
) -> Result<TableCall, StoreError> {
    let path = address::entity(table, partition, write.row());
    let properties = write.value().map(|value| entity::properties(value, mark));
    let condition = |etag: &ETag| match HeaderValue::from_str(etag.as_str()) {
        Ok(value) if etag.as_str().starts_with("W/\"") => Ok((IF_MATCH, value)),
        _ => Err(StoreError::Conflict { partition: partition.clone(), row: write.row().clone() }),
    };
    let (method, path, headers) = match write {
        Write::Insert { .. } => (Method::POST, table.to_owned(), vec![json(), quiet()]),
        Write::Replace { etag, .. } => (Method::PUT, path, vec![json(), condition(etag)?]),
        Write::Put { .. } => (Method::PUT, path, vec![json()]),
        Write::Delete { etag: Some(etag), .. } => (Method::DELETE, path, vec![condition(etag)?]),
        Write::Delete { etag: None, .. } => {
            (Method::DELETE, path, vec![(IF_MATCH, HeaderValue::from_static("*"))])
        }
    };
    let body = properties.map(|properties| {
        let entity = entity::with_keys(properties, partition, write.row());
        Bytes::from(serde_json::Value::Object(entity).to_string())
    });
    Ok(TableCall { method, path, headers, body, batch: false })
}

/// The request for all of these writes together. `base` is the account's address.
///
/// # Errors
/// When the request would be longer than Azure takes, or an ETag is none.
pub(super) fn together(
    base: &str,
    table: &str,
    partition: &PartitionKey,
    writes: &[&Write],
    mark: &str,
) -> Result<TableCall, StoreError> {
    // Nobody can know the mark before, so no value can contain the boundaries.
    let (batch, changes) = (format!("batch_{mark}"), format!("changeset_{mark}"));
    let mut body = format!("--{batch}\r\nContent-Type: multipart/mixed; boundary={changes}\r\n\r\n");
    for write in writes {
        let call = single(table, partition, write, mark)?;
        body += &format!(
            "--{changes}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n\
             {} {base}/{} HTTP/1.1\r\nAccept: application/json;odata=minimalmetadata\r\nDataServiceVersion: 3.0\r\n",
            call.method, call.path
        );
        for (name, value) in &call.headers {
            body += &format!("{}: {}\r\n", header_name(name), value.to_str().unwrap_or_default());
        }
        body += "\r\n";
        body += &String::from_utf8_lossy(call.body.as_deref().unwrap_or_default());
        body += "\r\n";
    }
    body += &format!("--{changes}--\r\n--{batch}--\r\n");
    if body.len() > MAX_BODY_BYTES {
        let what = format!("a batch of {} rows in {partition}, as it is sent,", writes.len());
        return Err(StoreError::TooLarge { what, size: body.len(), limit: MAX_BODY_BYTES });
    }
    let kind = HeaderValue::from_str(&format!("multipart/mixed; boundary={batch}"))
        .map_err(|_| StoreError::Refused("a boundary cannot be sent".to_owned()))?;
    Ok(TableCall {
        method: Method::POST,
        path: "$batch".to_owned(),
        headers: vec![(CONTENT_TYPE, kind)],
        body: Some(body.into()),
        batch: true,
    })
}

/// The usual spelling; some servers look for exactly that within a batch.
fn header_name(name: &HeaderName) -> &str {
    match name.as_str() {
        "content-type" => "Content-Type",
        "if-match" => "If-Match",
        "prefer" => "Prefer",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{MAX_BATCH_BYTES, MAX_BATCH_WRITES, RowKey};

    fn row(name: &str) -> RowKey {
        RowKey::new(name).unwrap()
    }

    #[test]
    fn writes_a_batch_as_azure_reads_it() {
        let etag = ETag::new("W/\"datetime'2026-03-01T08%3A00%3A00.1234567Z'\"");
        let value = || r#"{"v":1}"#.to_owned();
        let writes = [
            Write::Insert { row: row("a|1"), value: value() },
            Write::Replace { row: row("b"), value: value(), etag: etag.clone() },
            Write::Put { row: row("c"), value: "x".repeat(20) + "\0" },
            Write::Delete { row: row("d"), etag: Some(etag) },
            Write::Delete { row: row("e"), etag: None },
        ];
        let writes: Vec<_> = writes.iter().collect();
        let partition = PartitionKey::new("due").unwrap();
        let call =
            together("https://contoso.table.core.windows.net", "state", &partition, &writes, "0f").unwrap();
        let text = String::from_utf8(call.body.unwrap().to_vec()).unwrap();
        insta::assert_snapshot!(text.replace("\r\n", "\n"), @r#"
        --batch_0f
        Content-Type: multipart/mixed; boundary=changeset_0f

        --changeset_0f
        Content-Type: application/http
        Content-Transfer-Encoding: binary

        POST https://contoso.table.core.windows.net/state HTTP/1.1
        Accept: application/json;odata=minimalmetadata
        DataServiceVersion: 3.0
        Content-Type: application/json
        Prefer: return-no-content

        {"Mark":"0f","PartitionKey":"due","RowKey":"a|1","Value":"{\"v\":1}"}
        --changeset_0f
        Content-Type: application/http
        Content-Transfer-Encoding: binary

        PUT https://contoso.table.core.windows.net/state(PartitionKey=%27due%27,RowKey=%27b%27) HTTP/1.1
        Accept: application/json;odata=minimalmetadata
        DataServiceVersion: 3.0
        Content-Type: application/json
        If-Match: W/"datetime'2026-03-01T08%3A00%3A00.1234567Z'"

        {"Mark":"0f","PartitionKey":"due","RowKey":"b","Value":"{\"v\":1}"}
        --changeset_0f
        Content-Type: application/http
        Content-Transfer-Encoding: binary

        PUT https://contoso.table.core.windows.net/state(PartitionKey=%27due%27,RowKey=%27c%27) HTTP/1.1
        Accept: application/json;odata=minimalmetadata
        DataServiceVersion: 3.0
        Content-Type: application/json

        {"Mark":"0f","PartitionKey":"due","RowKey":"c","Value00":"eHh4eHh4eHh4eHh4eHh4eHh4eHgA","Value00@odata.type":"Edm.Binary"}
        --changeset_0f
        Content-Type: application/http
        Content-Transfer-Encoding: binary

        DELETE https://contoso.table.core.windows.net/state(PartitionKey=%27due%27,RowKey=%27d%27) HTTP/1.1
        Accept: application/json;odata=minimalmetadata
        DataServiceVersion: 3.0
        If-Match: W/"datetime'2026-03-01T08%3A00%3A00.1234567Z'"


        --changeset_0f
        Content-Type: application/http
        Content-Transfer-Encoding: binary

        DELETE https://contoso.table.core.windows.net/state(PartitionKey=%27due%27,RowKey=%27e%27) HTTP/1.1
        Accept: application/json;odata=minimalmetadata
        DataServiceVersion: 3.0
        If-Match: *


        --changeset_0f--
        --batch_0f--
        "#);
    }

    #[test]
    fn an_etag_that_is_none_is_in_conflict() {
        for etag in ["W/\"1\"\r\nIf-Match: *", "*", "", "000000000000002a"] {
            let write = Write::Delete { row: row("d"), etag: Some(ETag::new(etag)) };
            assert!(
                single("state", &PartitionKey::new("p").unwrap(), &write, "m").unwrap_err().is_conflict()
            );
        }
    }

    /// The worst that the store's own limits allow, but for keys that are longer than any of ours.
    #[test]
    fn the_largest_batches_are_small_enough() {
        for (letter, count) in [("\"", 3), ("\"", 25), ("\"", 100), ("漢", 5), ("x", 100), ("\u{1}", 100)] {
            let size = (MAX_BATCH_BYTES / count - 100).min(crate::store::MAX_VALUE_BYTES);
            let writes: Vec<_> = (0..count.min(MAX_BATCH_WRITES))
                .map(|number| Write::Put {
                    row: row(&format!("{number:|>100}")),
                    value: letter.repeat(size / letter.len()),
                })
                .collect();
            let writes: Vec<_> = writes.iter().collect();
            let partition = PartitionKey::of(&["recipient", &"|".repeat(30)]).unwrap();
            let base = "https://contoso.table.core.windows.net";
            assert!(together(base, "notifierstate", &partition, &writes, "m").is_ok(), "{letter:?} {count}");
        }
    }
}
