//! Names of partitions and rows.
//!
//! Keys are printable ASCII. Azure Tables orders keys by UTF-16 units and SQLite by bytes; for ASCII these are
//! the same order, so a range means the same rows in both. Anything else goes through [`escape`].

use std::fmt::Write as _;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use sha2::{Digest, Sha256};

/// Longest key in characters: Azure Tables allows 1 KiB and counts two bytes a character.
const MAX_KEY_LENGTH: usize = 512;

/// Stands between the parts of a key. [`escape`] never leaves one in a part.
pub const SEPARATOR: char = '|';

/// Highest of the characters a key may hold, so that escaped (non-ASCII) text sorts after plain text.
const ESCAPE: char = '~';

/// The form of [`time_key`].
const TIME_FORMAT: &str = "%Y%m%dT%H%M%S%.9fZ";

/// Why a text cannot be a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("a key of the store may not be empty")]
    Empty,
    #[error(
        "a key of the store has {length} characters, and {MAX_KEY_LENGTH} are allowed; hash long ids: {start}…"
    )]
    TooLong {
        length: usize,
        /// How the key begins.
        start: String,
    },
    /// The key holds a character that Azure Tables refuses, or that would sort differently there.
    #[error("the key {key:?} of the store may not hold {character:?}; escape it")]
    Forbidden {
        key: String,
        /// The first character that is not allowed.
        character: char,
    },
}

macro_rules! key_type {
    ($(#[$documentation:meta])* $name:ident) => {
        $(#[$documentation])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Takes a text that is a valid key already.
            pub fn new(text: impl Into<String>) -> Result<Self, KeyError> {
                validate(text.into()).map(Self)
            }

            /// Escapes each part and joins them with [`SEPARATOR`], so that different parts never give the same key.
            pub fn of(parts: &[&str]) -> Result<Self, KeyError> {
                Self::new(join(parts))
            }

            /// The key as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The parts that [`Self::of`] was given, or nothing when the key was not made by it.
            pub fn parts(&self) -> Option<Vec<String>> {
                self.0.split(SEPARATOR).map(unescape).collect()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}

key_type! {
    /// Names a partition: the rows that one batch can change together.
    PartitionKey
}

key_type! {
    /// Names a row within its partition; rows are kept in the order of their keys.
    RowKey
}

/// Writes any text with the characters that a key may hold. `unescape` gives the text back.
///
/// `escape(a + b)` is `escape(a) + escape(b)`, so a prefix of a text stays a prefix. The empty text stays empty.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        let character = char::from(byte);
        if is_allowed(character) && character != ESCAPE && character != SEPARATOR {
            escaped.push(character);
        } else {
            // Writing to a String cannot fail.
            let _ = write!(escaped, "{ESCAPE}{byte:02x}");
        }
    }
    escaped
}

/// Gives back the text that [`escape`] was given, or nothing when `escape` would not have written this.
fn unescape(escaped: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(escaped.len());
    let mut rest = escaped;
    while let Some(at) = rest.find(ESCAPE) {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        let digits = rest.get(at + 1..at + 3)?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = &rest[at + 3..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    let text = String::from_utf8(bytes).ok()?;
    (escape(&text) == escaped).then_some(text)
}

/// A time as text of fixed width whose order is the order of time: `20260301T080000.000000000Z`.
///
/// It keeps the nanoseconds: a wake-up that is due a moment later than its key says would be looked at too early
/// and forgotten. Years outside 0 to 9999 count as the nearest of these.
pub fn time_key(time: DateTime<Utc>) -> String {
    let within = match time.year() {
        ..0 => NaiveDate::from_ymd_opt(0, 1, 1).map(|date| date.and_time(NaiveTime::MIN)),
        0..=9999 => Some(time.naive_utc()),
        _ => NaiveDate::from_ymd_opt(9999, 12, 31)
            .and_then(|date| date.and_hms_nano_opt(23, 59, 59, 999_999_999)),
    };
    within.unwrap_or_default().format(TIME_FORMAT).to_string()
}

/// Reads a [`time_key`].
pub fn parse_time_key(text: &str) -> Option<DateTime<Utc>> {
    let time = NaiveDateTime::parse_from_str(text, TIME_FORMAT).ok()?.and_utc();
    (time_key(time) == text).then_some(time)
}

/// A short name (40 characters) for a long id: 160 bits of the SHA-256 of its lower case.
///
/// Azure writes the same id in different cases, so ids are folded first.
pub fn hash_key(id: &str) -> String {
    let digest = Sha256::digest(id.to_lowercase().as_bytes());
    digest.iter().take(20).fold(String::with_capacity(40), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The smallest key above every key that begins with `prefix`, or nothing when there is none.
pub(super) fn successor(prefix: &str) -> Option<String> {
    let mut text = prefix.to_owned();
    while let Some(last) = text.pop() {
        let next = (u32::from(last) + 1..0x7f).filter_map(char::from_u32).find(|next| is_allowed(*next));
        if let Some(next) = next {
            text.push(next);
            return Some(text);
        }
    }
    None
}

fn join(parts: &[&str]) -> String {
    let escaped: Vec<String> = parts.iter().map(|part| escape(part)).collect();
    escaped.join(&SEPARATOR.to_string())
}

fn validate(key: String) -> Result<String, KeyError> {
    if key.is_empty() {
        return Err(KeyError::Empty);
    }
    let length = key.chars().count();
    if length > MAX_KEY_LENGTH {
        return Err(KeyError::TooLong { length, start: key.chars().take(40).collect() });
    }
    match key.chars().find(|character| !is_allowed(*character)) {
        Some(character) => Err(KeyError::Forbidden { key, character }),
        None => Ok(key),
    }
}

/// Azure Tables refuses `/ \ # ?` and control characters; `%` and `'` have a meaning in the addresses and filters
/// in which it is given keys.
fn is_allowed(character: char) -> bool {
    character.is_ascii_graphic() && !matches!(character, '/' | '\\' | '#' | '?' | '%' | '\'')
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn refuses_what_azure_tables_refuses() {
        for text in ["", "a/b", "a\\b", "a#b", "a?b", "a\nb", "a\u{7f}b", "a b", "ü", "50%", "o'neil"] {
            assert!(RowKey::new(text).is_err(), "{text:?}");
        }
        assert!(PartitionKey::new("a".repeat(MAX_KEY_LENGTH)).is_ok());
        insta::assert_snapshot!(
            PartitionKey::new("a".repeat(MAX_KEY_LENGTH + 1)).unwrap_err(),
            @"a key of the store has 513 characters, and 512 are allowed; hash long ids: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…"
        );
        insta::assert_snapshot!(
            RowKey::new("a/b").unwrap_err(),
            @r#"the key "a/b" of the store may not hold '/'; escape it"#
        );
    }

    #[test]
    fn joins_parts_without_mixing_them_up() {
        let key = RowKey::of(&["o", "a|b", "team@example.com", "Zürich/ops"]).unwrap();
        insta::assert_snapshot!(key, @"o|a~7cb|team@example.com|Z~c3~bcrich~2fops");
        assert_eq!(key.parts().unwrap(), ["o", "a|b", "team@example.com", "Zürich/ops"]);
        assert_ne!(RowKey::of(&["a", "b|c"]).unwrap(), RowKey::of(&["a|b", "c"]).unwrap());
    }

    #[test]
    fn unescapes_only_what_escape_writes() {
        for text in ["~", "~4", "~zz", "~41", "~C3~BC", "~c3", "a|b", "~+1"] {
            assert_eq!(unescape(text), None, "{text:?}");
        }
    }

    #[test]
    fn writes_times_with_a_fixed_width() {
        let time = Utc.with_ymd_and_hms(2026, 3, 1, 8, 0, 0).unwrap();
        insta::assert_snapshot!(time_key(time), @"20260301T080000.000000000Z");
        insta::assert_snapshot!(time_key(DateTime::<Utc>::MAX_UTC), @"99991231T235959.999999999Z");
        insta::assert_snapshot!(time_key(DateTime::<Utc>::MIN_UTC), @"00000101T000000.000000000Z");
        assert_eq!(parse_time_key("20260301T080000Z"), None);
        assert_eq!(parse_time_key("20260301T080000.000000000Z "), None);
    }

    #[test]
    fn folds_ids_before_hashing() {
        insta::assert_snapshot!(hash_key("/Subscriptions/X/vm-1"), @"95ebb7288a6cf948ae9c4a271ad2edcf02c7b481");
        assert_eq!(hash_key("/subscriptions/x/VM-1"), hash_key("/Subscriptions/X/vm-1"));
        assert_ne!(hash_key("/subscriptions/x/vm-1"), hash_key("/subscriptions/x/vm-2"));
    }

    proptest! {
        #[test]
        fn escaping_is_reversible(text in any::<String>()) {
            let escaped = escape(&text);
            prop_assert_eq!(unescape(&escaped), Some(text.clone()));
            if !text.is_empty() && escaped.len() <= MAX_KEY_LENGTH {
                prop_assert!(RowKey::new(escaped).is_ok());
            }
        }

        #[test]
        fn escaping_keeps_prefixes(start in any::<String>(), end in any::<String>()) {
            let whole = format!("{start}{end}");
            prop_assert_eq!(escape(&whole), escape(&start) + &escape(&end));
        }

        #[test]
        fn order_of_plain_and_foreign_letters_stays(one in "[a-z0-9äß漢😀]{0,12}", other in "[a-z0-9äß漢😀]{0,12}") {
            prop_assert_eq!(escape(&one).cmp(&escape(&other)), one.cmp(&other));
        }

        #[test]
        fn time_keys_sort_like_times(
            one in -62_167_219_200_i64..253_402_300_800, other in -62_167_219_200_i64..253_402_300_800,
            nanoseconds in 0_u32..1_000_000_000,
        ) {
            let one = Utc.timestamp_opt(one, nanoseconds).unwrap();
            let other = Utc.timestamp_opt(other, 0).unwrap();
            prop_assert_eq!(time_key(one).cmp(&time_key(other)), one.cmp(&other));
            prop_assert_eq!(parse_time_key(&time_key(one)), Some(one));
        }

        #[test]
        fn successor_bounds_exactly_its_prefix(prefix in "[!-.0-~]{1,3}", key in "[!-.0-~]{1,5}") {
            let (Ok(prefix), Ok(key)) = (RowKey::new(prefix), RowKey::new(key)) else { return Ok(()) };
            let end = successor(prefix.as_str());
            let within = key >= prefix && end.as_deref().is_none_or(|end| key.as_str() < end);
            prop_assert_eq!(within, key.as_str().starts_with(prefix.as_str()));
            prop_assert!(end.is_none_or(|end| RowKey::new(end).is_ok()));
        }
    }
}
