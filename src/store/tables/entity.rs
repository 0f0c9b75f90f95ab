//! A row as an entity of Azure Tables, and back.
//!
//! A value is kept as text where that is possible, because people look into tables. A property holds 32 Ki UTF-16
//! units of text or 64 KiB of bytes, and an entity 1 MiB, in which a letter of text takes two bytes; longer values
//! are therefore kept as bytes, in several properties. Every entity also names the write that left it: when the
//! answer to a write is lost, this tells whether it happened.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::store::{ETag, PartitionKey, Row, RowKey};

/// Most UTF-16 units of a property of text.
const MAX_TEXT_UNITS: usize = 32 * 1024;

/// Most bytes of a property of bytes.
const MAX_PROPERTY_BYTES: usize = 64 * 1024;

/// Values up to this many bytes are text even where their quotes make them longer in JSON than Base64 would.
const ALWAYS_TEXT: usize = 4 * 1024;

const PARTITION: &str = "PartitionKey";
const ROW: &str = "RowKey";
const TEXT: &str = "Value";
const MARK: &str = "Mark";
const ETAG: &str = "odata.etag";

/// The properties of an entity, without its keys. `mark` names the write.
pub(super) fn properties(value: &str, mark: &str) -> Map<String, Value> {
    let mut properties = Map::new();
    properties.insert(MARK.to_owned(), mark.into());
    if is_text(value) {
        properties.insert(TEXT.to_owned(), value.into());
        return properties;
    }
    for (number, part) in value.as_bytes().chunks(MAX_PROPERTY_BYTES).enumerate() {
        let name = part_name(number);
        properties.insert(format!("{name}@odata.type"), "Edm.Binary".into());
        properties.insert(name, STANDARD.encode(part).into());
    }
    properties
}

/// The same with its keys, as an insertion needs it.
pub(super) fn with_keys(
    mut properties: Map<String, Value>,
    partition: &PartitionKey,
    row: &RowKey,
) -> Map<String, Value> {
    properties.insert(PARTITION.to_owned(), partition.as_str().into());
    properties.insert(ROW.to_owned(), row.as_str().into());
    properties
}

/// Whether a value is kept as text: it fits, and escaping does not make the request longer than Base64 would.
fn is_text(value: &str) -> bool {
    let units = || value.encode_utf16().count();
    let escaped = || value.len() + value.bytes().filter(|byte| matches!(byte, b'"' | b'\\' | b'\n')).count();
    value.len() <= 3 * MAX_TEXT_UNITS
        && !value.chars().any(|character| character.is_control() && character != '\n')
        && units() <= MAX_TEXT_UNITS
        && (value.len() <= ALWAYS_TEXT || escaped() <= value.len() / 3 * 4)
}

fn part_name(number: usize) -> String {
    format!("{TEXT}{number:02}")
}

/// An entity that was read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entity {
    pub(super) row: Row,
    /// Which write left it. Nothing for an entity that is none of ours.
    pub(super) mark: Option<String>,
}

/// Reads an entity; nothing when it has no keys or no ETag that can be understood.
///
/// An entity without a readable value is somebody else's. Its text is empty, which is no document, so whoever reads
/// documents sets this row aside and goes on with the others.
pub(super) fn read(entity: &Value, etag: Option<&str>) -> Option<Entity> {
    let text = |name: &str| entity.get(name).and_then(Value::as_str);
    let key = RowKey::new(text(ROW)?).ok()?;
    let etag = ETag::new(etag.or_else(|| text(ETAG))?);
    let value = read_value(entity).unwrap_or_else(|problem| {
        tracing::warn!(row = %key, problem, "an entity is none of ours");
        String::new()
    });
    Some(Entity { row: Row { key, etag, value }, mark: text(MARK).map(str::to_owned) })
}

/// The partition of an entity.
pub(super) fn partition(entity: &Value) -> Option<&str> {
    entity.get(PARTITION)?.as_str()
}

fn read_value(entity: &Value) -> Result<String, &'static str> {
    if let Some(text) = entity.get(TEXT) {
        return text.as_str().map(str::to_owned).ok_or("its value is no text");
    }
    let mut bytes = Vec::new();
    for number in 0.. {
        let Some(part) = entity.get(part_name(number)) else { break };
        let part = part.as_str().and_then(|part| STANDARD.decode(part).ok());
        bytes.extend(part.ok_or("a part of its value is no Base64")?);
    }
    if bytes.is_empty() {
        return Err("it has no value");
    }
    String::from_utf8(bytes).map_err(|_| "its value is no UTF-8")
}

/// The body of the request that makes a table.
pub(super) fn table(name: &str) -> Value {
    json!({ "TableName": name })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::store::MAX_VALUE_BYTES;

    fn there_and_back(value: &str) -> String {
        let row = RowKey::new("r").unwrap();
        let entity = with_keys(properties(value, "m"), &PartitionKey::new("p").unwrap(), &row);
        let read = read(&Value::Object(entity), Some("e")).unwrap();
        assert_eq!((read.row.key, read.row.etag, read.mark.as_deref()), (row, ETag::new("e"), Some("m")));
        read.row.value
    }

    #[test]
    fn keeps_what_people_can_read_as_text_and_the_rest_as_bytes() {
        let names = |value: &str| properties(value, "m").keys().cloned().collect::<Vec<_>>().join(" ");
        let shown = [
            names(r#"{"v":1}"#),
            names(&"\"".repeat(ALWAYS_TEXT)),
            names(&"\"".repeat(ALWAYS_TEXT + 1)),
            names(&"漢".repeat(MAX_TEXT_UNITS)),
            names(&"😀".repeat(MAX_TEXT_UNITS / 2 + 1)),
            names(&"x".repeat(MAX_TEXT_UNITS + 1)),
            names("a\0b"),
        ];
        insta::assert_snapshot!(shown.join("\n"), @"
        Mark Value
        Mark Value
        Mark Value00 Value00@odata.type
        Mark Value
        Mark Value00 Value00@odata.type Value01 Value01@odata.type
        Mark Value00 Value00@odata.type
        Mark Value00 Value00@odata.type
        ");
    }

    #[test]
    fn holds_the_limits_of_azure_tables() {
        for letter in ["x", "\"", "ü", "漢", "😀"] {
            let value = letter.repeat(MAX_VALUE_BYTES / letter.len());
            let properties = properties(&value, "m");
            let bytes = |text: &Value| STANDARD.decode(text.as_str().unwrap()).unwrap().len();
            let sizes: Vec<_> = properties
                .iter()
                .filter(|(name, _)| name.starts_with(TEXT) && !name.contains('@'))
                .map(|(_, value)| bytes(value))
                .collect();
            assert!(sizes.iter().all(|size| *size <= MAX_PROPERTY_BYTES), "{sizes:?}");
            assert!(sizes.iter().sum::<usize>() < 1024 * 1024 - 4096, "{sizes:?}");
            assert!(there_and_back(&value) == value);
        }
    }

    #[test]
    fn foreign_entities_have_no_text() {
        let read = |entity: Value| read(&entity, None).map(|entity| entity.row.value);
        let etag = "W/\"1\"";
        assert_eq!(read(json!({ "RowKey": "r", "odata.etag": etag, "Price": 5 })), Some(String::new()));
        assert_eq!(read(json!({ "RowKey": "r", "odata.etag": etag, "Value": 5 })), Some(String::new()));
        assert_eq!(read(json!({ "RowKey": "r", "odata.etag": etag, "Value00": "!" })), Some(String::new()));
        assert_eq!(
            read(json!({ "RowKey": "r", "odata.etag": etag, "Value00": "/w==" })),
            Some(String::new())
        );
        assert_eq!(read(json!({ "RowKey": "r", "Value": "x" })), None);
        assert_eq!(read(json!({ "RowKey": "ü", "odata.etag": etag, "Value": "x" })), None);
        assert_eq!(read(json!("x")), None);
    }

    proptest! {
        #[test]
        fn gives_back_what_was_written(piece in any::<String>(), copies in 1_usize..4000) {
            let value = piece.repeat(copies);
            prop_assert!(there_and_back(&value) == value);
        }
    }
}
