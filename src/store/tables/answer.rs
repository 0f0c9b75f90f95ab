//! What Azure Tables says, and what it says when it refuses.

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::clock::{Clock, SystemClock};
use crate::http::date::clock_differs;
use crate::http::refusal::Refusal;
use crate::store::ETag;

/// A complete answer. That of a batch whose writes were refused is the answer to the write at fault.
#[derive(Debug)]
pub(super) struct TableReply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// For a batch that was done: what became of each write.
    pub(super) parts: Vec<BatchPart>,
}

/// The answer to one write of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BatchPart {
    pub(super) status: StatusCode,
    pub(super) etag: Option<ETag>,
    pub(super) body: String,
}

impl TableReply {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub(super) fn etag(&self) -> Option<ETag> {
        self.header("etag").map(ETag::new)
    }

    pub(super) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// Why the request was refused.
    pub(super) fn refusal(&self) -> TableRefusal {
        let TableRefusal(refusal, _) = TableRefusal::read(self.status, &self.body);
        TableRefusal(refusal, clock_differs(&self.headers, SystemClock.now()))
    }
}

/// A refusal. Its code tells apart what one status stands for: a missing row and a missing table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct TableRefusal(
    pub(super) Refusal,
    /// That our clock and Azure's differ by so much that it refuses what we sign.
    pub(super) Option<String>,
);

impl TableRefusal {
    fn read(status: StatusCode, body: &[u8]) -> Self {
        Self(Refusal::read(status.as_u16(), body), None)
    }

    /// Which write of a batch is at fault; the message begins with the number.
    pub(super) fn index(&self) -> Option<usize> {
        self.0.message.as_deref()?.split_once(':')?.0.trim().parse().ok()
    }

    /// Whether the table does not exist.
    pub(super) fn is_missing_table(&self) -> bool {
        self.0.status == 404 && self.0.code() == "TableNotFound"
    }

    /// Whether the row does not exist. The code is asked for, because anybody can answer 404: a wrong address must
    /// not look like a store without rows, from which everybody would be notified of everything once more.
    pub(super) fn is_missing_row(&self) -> bool {
        self.0.status == 404 && matches!(self.0.code(), "ResourceNotFound" | "EntityNotFound")
    }

    /// Whether a row is not in the state that a write demands.
    pub(super) fn is_conflict(&self) -> bool {
        match self.0.status {
            409 => self.0.code() == "EntityAlreadyExists",
            412 => matches!(self.0.code(), "UpdateConditionNotSatisfied" | "ConditionNotMet"),
            _ => self.is_missing_row(),
        }
    }

    /// Whether the same request may succeed later.
    pub(super) fn is_transient(&self) -> bool {
        matches!(self.0.status, 408 | 429 | 500 | 502 | 503 | 504) || self.0.code() == "TableBeingDeleted"
    }
}

/// Takes the answer to a batch apart; nothing when it is none. Its writes are answered in order, or the one at fault is.
pub(super) fn parts(body: &[u8]) -> Option<Vec<BatchPart>> {
    let text = std::str::from_utf8(body).ok()?;
    let mut lines = text.lines();
    let mut parts = Vec::new();
    while let Some(line) = lines.next() {
        let Some(status) = line.strip_prefix("HTTP/1.1 ") else { continue };
        let status = StatusCode::from_bytes(status.get(..3)?.as_bytes()).ok()?;
        let headers =
            lines.by_ref().take_while(|line| !line.is_empty()).filter_map(|line| line.split_once(':'));
        let etag = headers
            .filter(|(name, _)| name.eq_ignore_ascii_case("etag"))
            .map(|(_, etag)| ETag::new(etag.trim()))
            .last();
        let body: Vec<_> = lines.by_ref().take_while(|line| !line.starts_with("--")).collect();
        parts.push(BatchPart { status, etag, body: body.join("\n").trim().to_owned() });
    }
    (!parts.is_empty()).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_answer_to_a_batch_apart() {
        let body = "--batchresponse_1\r\nContent-Type: multipart/mixed; boundary=changesetresponse_2\r\n\r\n\
                    --changesetresponse_2\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n\
                    HTTP/1.1 204 No Content\r\nX-Content-Type-Options: nosniff\r\nDataServiceVersion: 1.0;\r\n\
                    ETag: W/\"datetime'2026-03-01T08%3A00%3A00.1234567Z'\"\r\n\r\n\r\n\
                    --changesetresponse_2\r\nContent-Type: application/http\r\n\r\n\
                    HTTP/1.1 204 No Content\r\n\r\n\r\n--changesetresponse_2--\r\n--batchresponse_1--\r\n";
        let parts = parts(body.as_bytes()).unwrap();
        let shown: Vec<_> =
            parts.iter().map(|part| (part.status.as_u16(), part.etag.as_ref().map(ETag::as_str))).collect();
        assert_eq!(shown, [(204, Some("W/\"datetime'2026-03-01T08%3A00%3A00.1234567Z'\"")), (204, None)]);
    }

    #[test]
    fn finds_the_write_at_fault() {
        let body = "--b\r\n\r\n--c\r\n\r\nHTTP/1.1 409 Conflict\r\nContent-Type: application/json\r\n\r\n\
                    {\"odata.error\":{\"code\":\"EntityAlreadyExists\",\"message\":{\"lang\":\"en-US\",\
                    \"value\":\"17:The specified entity already exists.\\nRequestId:1\"}}}\r\n--c--\r\n--b--";
        let part = parts(body.as_bytes()).unwrap().remove(0);
        let refusal = TableRefusal::read(part.status, part.body.as_bytes());
        assert!(refusal.is_conflict() && !refusal.is_transient());
        assert_eq!(refusal.index(), Some(17));
        insta::assert_snapshot!(refusal, @"HTTP 409 EntityAlreadyExists: 17:The specified entity already exists. RequestId:1");
    }

    #[test]
    fn whatever_is_no_answer_is_none() {
        for body in [&b""[..], b"<html>", b"\xff", b"HTTP/1.1 x", b"HTTP/1.1 99", b"--b\r\n\r\n--b--"] {
            assert_eq!(parts(body), None, "{body:?}");
        }
    }

    #[test]
    fn a_404_of_somebody_else_is_no_missing_row() {
        for body in ["", "<html>not found</html>", r#"{"error":"no such page"}"#, "[]"] {
            let refusal = TableRefusal::read(StatusCode::NOT_FOUND, body.as_bytes());
            assert!(
                !refusal.is_missing_row() && !refusal.is_missing_table() && !refusal.is_conflict(),
                "{body}"
            );
        }
    }
}
