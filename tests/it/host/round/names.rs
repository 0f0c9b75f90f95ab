//! Names that two stores give to the same. Message-IDs, links and calendar entries carry the life of the store that they
//! come from: before two rounds are compared, each name becomes what it is the name of.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// Digits of an id of a message, and the form of those of calendar entries.
const DIGITS: usize = 32;

/// Bytes in a token: whose message of which number it is, and the signature.
const RECIPIENT_AND_NUMBER: usize = 20 + 4;
const MAC: usize = 32;

/// What each name is the name of.
#[derive(Debug, Default)]
pub(super) struct Names(BTreeMap<String, String>);

impl Names {
    /// Says what `name` is the name of, unless that was said before.
    pub(super) fn learn(&mut self, name: &str, meaning: String) {
        self.0.entry(name.to_owned()).or_insert(meaning);
    }

    /// The same value with meanings in the place of names, and links as what they lead to.
    pub(super) fn meant(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => self.text(text).into(),
            Value::Array(values) => values.iter().map(|value| self.meant(value)).collect(),
            Value::Object(fields) => {
                fields.iter().map(|(name, value)| (self.text(name), self.meant(value))).collect()
            }
            _ => value.clone(),
        }
    }

    pub(super) fn text(&self, text: &str) -> String {
        let named = self.0.iter().fold(links(text), |text, (name, meaning)| {
            if text.contains(name.as_str()) { text.replace(name, meaning) } else { text }
        });
        // What begins as an id does, as a file's name has it.
        self.0.iter().filter(|(name, _)| name.len() == DIGITS).fold(named, |text, (name, meaning)| {
            if text.contains(&name[..12]) { text.replace(&name[..12], meaning) } else { text }
        })
    }
}

/// The text with every link as what was signed in it: whose message of which number, and until when it is good. That the
/// link says how this message's id begins is for `beginnings`.
fn links(text: &str) -> String {
    let mut pieces = text.split("?t=");
    let begin = pieces.next().unwrap().to_owned();
    pieces.fold(begin, |said, piece| {
        let (token, rest) = piece.split_at(end(piece));
        let token = signed(token).unwrap_or_else(|| token.to_owned());
        format!("{said}?t={token}{rest}")
    })
}

/// How the ids of the messages begin that the links in a text lead to.
pub(super) fn beginnings(text: &str) -> Vec<String> {
    let tokens = text.split("?t=").skip(1).map(|piece| &piece[..end(piece)]);
    let ids = tokens.filter_map(decoded).map(|(bytes, at)| bytes[at..at + 8].to_vec());
    ids.map(|id| id.iter().map(|byte| format!("{byte:02x}")).collect()).collect()
}

fn end(piece: &str) -> usize {
    piece.find(|it: char| !(it.is_ascii_alphanumeric() || "-_".contains(it))).unwrap_or(piece.len())
}

/// What is signed in a token, but for the message's id.
fn signed(token: &str) -> Option<String> {
    let bytes = bytes(token)?;
    let signed = match decoded(token) {
        Some((_, at)) => [&bytes[..at], &bytes[at + 8..bytes.len() - MAC]].concat(),
        // A feed is no message's.
        None => bytes[..bytes.len() - MAC].to_vec(),
    };
    Some(URL_SAFE_NO_PAD.encode(signed))
}

/// The bytes of a token, and where in them the message's id is; nothing for the address of a feed, which has none.
fn decoded(token: &str) -> Option<(Vec<u8>, usize)> {
    let bytes = bytes(token)?;
    let at = 3 + usize::from(bytes[2]) + RECIPIENT_AND_NUMBER;
    let id = match bytes[0] {
        2 => 0,
        _ => 8,
    };
    assert_eq!(bytes.len(), at + id + 4 + MAC, "{token}");
    (id > 0).then_some((bytes, at))
}

fn bytes(token: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(token).ok().filter(|bytes| bytes.len() > MAC)
}
