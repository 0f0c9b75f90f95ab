//! The text of a row: a JSON document with a version, compressed when it is long.
//!
//! `{"v":1,"d":{…}}`, or `{"v":1,"z":"…"}` with the deflated document in Base64 when that is shorter than a long
//! document. The version stays readable either way.

use std::borrow::Cow;
use std::io::{Read, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

use super::{PartitionKey, Row, StoreError};

/// Documents longer than this are compressed: they would not fit one property of Azure Tables for long.
const COMPRESS_ABOVE: usize = 16 * 1024;

/// Longest document that is unpacked; a row that claims to be longer is broken.
const MAX_DOCUMENT_BYTES: usize = 64 * 1024 * 1024;

/// Something that is kept in rows, and whose form may change from one version of the program to the next.
pub trait Versioned: Serialize + DeserializeOwned + Clone + Send + Sync + 'static {
    /// The version that this program writes, from 1 upwards. Count it up when older programs would misread the form.
    const VERSION: u16 = 1;

    /// Takes a document from version `version` to the next. Says what is wrong when it cannot.
    fn upgrade(version: u16, _document: Value) -> Result<Value, String> {
        Err(format!("nothing is known of version {version}"))
    }
}

/// Why a text is not the document that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowDecodeError {
    #[error("it has version {found}, and this program knows versions up to {known}")]
    Newer {
        /// The version it was written with.
        found: u16,
        /// The newest version this program knows.
        known: u16,
    },
    #[error("{0}")]
    Unreadable(String),
}

/// The form of a row's text, with the document or the packed document.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RowEnvelope<'a> {
    #[serde(rename = "v")]
    version: u16,
    #[serde(rename = "d", default, borrow, skip_serializing_if = "Option::is_none")]
    document: Option<&'a RawValue>,
    #[serde(rename = "z", default, skip_serializing_if = "Option::is_none")]
    packed: Option<String>,
}

/// Writes a document in the version of its type. The same document always gives the same text.
pub fn encode<T: Versioned>(document: &T) -> Result<String, StoreError> {
    let fail =
        |error: serde_json::Error| StoreError::Refused(format!("a document cannot be written: {error}"));
    enclose(T::VERSION, document).map_err(fail)
}

/// Writes a document that was read by [`open`].
pub(super) fn close(version: u16, document: &Value) -> Result<String, StoreError> {
    enclose(version, document)
        .map_err(|error| StoreError::Refused(format!("a document cannot be written: {error}")))
}

fn enclose<D: Serialize>(version: u16, document: &D) -> Result<String, serde_json::Error> {
    let document = to_raw_value(document)?;
    let plain = serde_json::to_string(&RowEnvelope { version, document: Some(&document), packed: None })?;
    if plain.len() <= COMPRESS_ABOVE {
        return Ok(plain);
    }
    let packed = pack(document.get().as_bytes()).map_err(serde_json::Error::io)?;
    let packed = RowEnvelope { version, document: None, packed: Some(packed) };
    let packed = serde_json::to_string(&packed)?;
    Ok(if packed.len() < plain.len() { packed } else { plain })
}

/// Reads a document, bringing it forward when an older program wrote it. Most of what planning costs is reading rows:
/// a document is read once, from its text, and every type has this one reader. Its errors give the place in that text;
/// keeping track of the names on the way there would cost each row that can be read a third more.
pub fn decode<T: Versioned>(text: &str) -> Result<T, RowDecodeError> {
    let unreadable = RowDecodeError::Unreadable;
    let (found, document) = match document(text) {
        Ok((found, document)) => (found, Ok(document)),
        // The version still counts: the rest of a newer text may have any form.
        Err(reason) => (version(text).map_err(unreadable)?, Err(reason)),
    };
    if found > T::VERSION {
        return Err(RowDecodeError::Newer { found, known: T::VERSION });
    }
    let mut document = document.map_err(unreadable)?;
    if found < T::VERSION {
        document = Cow::Owned(brought_forward::<T>(found, &document).map_err(unreadable)?);
    }
    serde_json::from_str(&document).map_err(|error| unreadable(error.to_string()))
}

fn version(text: &str) -> Result<u16, String> {
    let only: Result<VersionOnly, _> = serde_json::from_str(text);
    only.map(|only| only.version).map_err(|error| format!("it is no document with a version: {error}"))
}

fn brought_forward<T: Versioned>(from: u16, document: &str) -> Result<String, String> {
    let mut document = value(document)?;
    for version in from..T::VERSION {
        document = T::upgrade(version, document)
            .map_err(|reason| format!("it cannot be brought forward from version {version}: {reason}"))?;
    }
    Ok(document.to_string())
}

/// The version and the document of a row's text, whatever it is about.
pub(super) fn open(text: &str) -> Result<(u16, Value), String> {
    let (version, document) = document(text)?;
    Ok((version, value(&document)?))
}

fn value(document: &str) -> Result<Value, String> {
    serde_json::from_str(document).map_err(|error| format!("its document is broken: {error}"))
}

/// The version and the text of the document.
fn document(text: &str) -> Result<(u16, Cow<'_, str>), String> {
    let envelope: RowEnvelope<'_> =
        serde_json::from_str(text).map_err(|error| format!("its envelope is broken: {error}"))?;
    let document = match (envelope.document, envelope.packed) {
        (Some(document), None) => Cow::Borrowed(document.get()),
        (None, Some(packed)) => Cow::Owned(unpack(&packed)?),
        _ => return Err("it needs either d or z".to_owned()),
    };
    Ok((envelope.version, document))
}

/// Reads the document of a row. Its error names the row, so that it can be set aside.
pub fn read<T: Versioned>(partition: &PartitionKey, row: &Row) -> Result<T, StoreError> {
    let (partition, key) = (|| partition.clone(), || row.key.clone());
    decode(&row.value).map_err(|error| match error {
        RowDecodeError::Newer { found, known } => {
            StoreError::Newer { partition: partition(), row: key(), found, known }
        }
        RowDecodeError::Unreadable(reason) => {
            StoreError::Corrupt { partition: partition(), row: key(), reason }
        }
    })
}

#[derive(Deserialize)]
struct VersionOnly {
    #[serde(rename = "v")]
    version: u16,
}

fn pack(document: &[u8]) -> std::io::Result<String> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(document)?;
    Ok(STANDARD_NO_PAD.encode(encoder.finish()?))
}

fn unpack(packed: &str) -> Result<String, String> {
    let bytes =
        STANDARD_NO_PAD.decode(packed).map_err(|error| format!("its packed document is broken: {error}"))?;
    let mut document = Vec::new();
    let most = MAX_DOCUMENT_BYTES as u64 + 1;
    let size = DeflateDecoder::new(&bytes[..])
        .take(most)
        .read_to_end(&mut document)
        .map_err(|error| format!("its packed document is broken: {error}"))?;
    if size > MAX_DOCUMENT_BYTES {
        return Err(format!("its packed document has more than {MAX_DOCUMENT_BYTES} bytes"));
    }
    String::from_utf8(document).map_err(|error| format!("its packed document is broken: {error}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::store::{ETag, RowKey};

    /// A document whose first version had one name, and whose second has a list of them.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Note {
        names: Vec<String>,
        count: u64,
    }

    impl Versioned for Note {
        const VERSION: u16 = 3;

        fn upgrade(version: u16, mut document: Value) -> Result<Value, String> {
            match version {
                1 => {
                    let name = document["name"].take();
                    Ok(json!({ "names": [name] }))
                }
                2 => {
                    document["count"] = json!(0);
                    Ok(document)
                }
                _ => Err("too old".to_owned()),
            }
        }
    }

    fn note(names: &[&str]) -> Note {
        Note { names: names.iter().map(ToString::to_string).collect(), count: u64::MAX }
    }

    #[test]
    fn writes_short_documents_plainly() {
        let text = encode(&note(&["Zoë"])).unwrap();
        insta::assert_snapshot!(text, @r#"{"v":3,"d":{"names":["Zoë"],"count":18446744073709551615}}"#);
        assert_eq!(decode::<Note>(&text).unwrap(), note(&["Zoë"]));
    }

    #[test]
    fn packs_long_documents() {
        let long = note(&["name"; 200_000]);
        let text = encode(&long).unwrap();
        assert!(text.starts_with(r#"{"v":3,"z":""#) && text.len() < 10_000, "{}", text.len());
        assert_eq!(decode::<Note>(&text).unwrap(), long);
    }

    #[test]
    fn brings_old_documents_forward() {
        let expected = Note { names: vec!["Ann".to_owned()], count: 0 };
        assert_eq!(decode::<Note>(r#"{"v":1,"d":{"name":"Ann"}}"#).unwrap(), expected);
        assert_eq!(decode::<Note>(r#"{"v":2,"d":{"names":["Ann"]}}"#).unwrap(), expected);
        let packed = pack(br#"{"name":"Ann"}"#).unwrap();
        assert_eq!(decode::<Note>(&format!(r#"{{"v":1,"z":"{packed}"}}"#)).unwrap(), expected);
    }

    #[test]
    fn never_misreads() {
        let texts = [
            "",
            "nothing",
            "{}",
            r#"{"v":"1"}"#,
            r#"{"v":4,"d":{"names":[],"count":1}}"#,
            r#"{"v":4,"new":true}"#,
            r#"{"v":0,"d":{}}"#,
            r#"{"v":3}"#,
            r#"{"v":3,"d":{},"z":""}"#,
            r#"{"v":3,"d":{},"e":1}"#,
            r#"{"v":3,"d":{"names":["a",7],"count":1}}"#,
            r#"{"v":3,"z":"!!"}"#,
            r#"{"v":3,"z":"AAAA"}"#,
        ];
        let errors = texts.map(|text| format!("{text}\n  {}", decode::<Note>(text).unwrap_err()));
        insta::assert_snapshot!(errors.join("\n"), @r#"

          it is no document with a version: EOF while parsing a value at line 1 column 0
        nothing
          it is no document with a version: expected ident at line 1 column 2
        {}
          it is no document with a version: missing field `v` at line 1 column 2
        {"v":"1"}
          it is no document with a version: invalid type: string "1", expected u16 at line 1 column 8
        {"v":4,"d":{"names":[],"count":1}}
          it has version 4, and this program knows versions up to 3
        {"v":4,"new":true}
          it has version 4, and this program knows versions up to 3
        {"v":0,"d":{}}
          it cannot be brought forward from version 0: too old
        {"v":3}
          it needs either d or z
        {"v":3,"d":{},"z":""}
          it needs either d or z
        {"v":3,"d":{},"e":1}
          its envelope is broken: unknown field `e`, expected one of `v`, `d`, `z` at line 1 column 17
        {"v":3,"d":{"names":["a",7],"count":1}}
          invalid type: integer `7`, expected a string at line 1 column 15
        {"v":3,"z":"!!"}
          its packed document is broken: Invalid symbol 33, offset 0.
        {"v":3,"z":"AAAA"}
          its packed document is broken: incomplete deflate stream
        "#);
    }

    #[test]
    fn names_the_row_that_cannot_be_read() {
        let partition = PartitionKey::new("windows").unwrap();
        let row = |value: &str| Row {
            key: RowKey::new("vm-1").unwrap(),
            etag: ETag::new("1"),
            value: value.to_owned(),
        };
        let corrupt = read::<Note>(&partition, &row(r#"{"v":3,"d":[]}"#)).unwrap_err();
        let newer = read::<Note>(&partition, &row(r#"{"v":9}"#)).unwrap_err();
        assert!(corrupt.is_unreadable_row() && newer.is_unreadable_row());
        insta::assert_snapshot!(format!("{corrupt}\n{newer}"), @r#"
        the row vm-1 in windows cannot be read: invalid length 0, expected struct Note with 2 elements at line 1 column 2
        the row vm-1 in windows has version 9, and this program knows versions up to 3; run the newer program
        "#);
    }

    #[test]
    fn does_not_unpack_without_end() {
        let bomb = pack(&vec![b' '; MAX_DOCUMENT_BYTES + 1]).unwrap();
        let error = decode::<Note>(&format!(r#"{{"v":3,"z":"{bomb}"}}"#)).unwrap_err();
        insta::assert_snapshot!(error, @"its packed document has more than 67108864 bytes");
    }

    proptest! {
        #[test]
        fn gives_back_what_was_written(names in proptest::collection::vec(any::<String>(), 0..8), copies in 1_usize..400, count: u64) {
            // Enough copies to be packed, sometimes.
            let written = Note { names: vec![names; copies].concat(), count };
            prop_assert_eq!(decode::<Note>(&encode(&written).unwrap()).unwrap(), written);
        }
    }
}
