//! How messages leave, and the links in them.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret as _, SecretSlice, SecretString};
use url::Url;

use crate::domain::email_address::EmailAddress;

/// The service that takes mails.
#[derive(Debug, Clone)]
pub enum MailService {
    Smtp {
        /// Its address, with user and password; `smtp://` or `smtps://`.
        url: SecretString,
        connections: u32,
    },
    /// Microsoft Graph.
    Graph { sender: EmailAddress, endpoint: Option<Url> },
    CommunicationServices {
        endpoint: Url,
        /// The key; without one the app's identity is used.
        key: Option<SecretString>,
    },
    /// The secret is not in the vault yet: mail waits, and everything else runs.
    Unresolved { setting: &'static str },
}

/// An address with the name that people see: `Maintenance <maintenance@contoso.com>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SenderAddress {
    pub name: Option<String>,
    pub address: EmailAddress,
}

/// One key that signs links.
#[derive(Debug, Clone)]
pub struct LinkKey {
    /// Its name in the link.
    pub id: String,
    /// The key, of at least 32 bytes.
    pub key: SecretSlice<u8>,
}

impl LinkKey {
    /// The shortest key that is accepted, in bytes: that of the digest it is used with.
    pub const MIN_BYTES: usize = 32;

    /// Reads `kid:base64key`.
    pub(super) fn parse(text: &str) -> Result<Self, UnfitKey> {
        let key = Self::read(text).ok_or(UnfitKey::NoKey)?;
        if is_guessable(key.bytes()) { Err(UnfitKey::Guessable) } else { Ok(key) }
    }

    fn read(text: &str) -> Option<Self> {
        let (id, encoded) = text.trim().split_once(':')?;
        let plain = (1..=16).contains(&id.len()) && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        let key = STANDARD.decode(encoded.trim()).ok().filter(|key| key.len() >= Self::MIN_BYTES)?;
        plain.then(|| Self { id: id.to_owned(), key: key.into() })
    }

    /// The key's bytes.
    pub fn bytes(&self) -> &[u8] {
        self.key.expose_secret()
    }
}

/// Why a text is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UnfitKey {
    /// It has not the form of one, or is too short.
    NoKey,
    /// Nobody drew it by lot.
    Guessable,
}

/// Whether nobody drew this key by lot: one byte that fills memory or can be typed, a pattern that comes again, or bytes
/// that count. Any other single byte is taken, for the sake of what runs with one.
fn is_guessable(key: &[u8]) -> bool {
    let steps: BTreeSet<u8> =
        key.iter().zip(key.iter().skip(1)).map(|(one, next)| next.wrapping_sub(*one)).collect();
    let distinct: BTreeSet<&u8> = key.iter().collect();
    let comes_again =
        |length: usize| key.iter().zip(key.iter().skip(length)).all(|(one, again)| one == again);
    match key.first() {
        Some(byte) if distinct.len() == 1 => {
            matches!(byte, 0 | 0xFF) || byte.is_ascii_graphic() || *byte == b' '
        }
        // Bytes drawn by lot are nearly all different.
        _ => distinct.len() < 8 || steps.len() == 1 || (2..=16).any(comes_again),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s4_a_key_that_can_be_guessed_is_none() {
        let accepted = |key: &[u8]| LinkKey::parse(&format!("a:{}", STANDARD.encode(key))).is_ok();
        let drawn: Vec<u8> = (0..32u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        assert!(accepted(&drawn));
        for key in [&[0; 32][..], &[0xFF; 64], &[b'x'; 32], &drawn[..31], b"0123456789abcdef0123456789abcdef"]
        {
            assert!(!accepted(key), "{key:?}");
        }
        let counted: Vec<u8> = (0..32).collect();
        assert!(!accepted(&counted));
        assert!(!accepted(&[1, 2].repeat(16)));
        assert!(!accepted(&b"changeme".repeat(4)));
        assert!(!accepted(&[&[0; 31][..], &[1]].concat()));
    }
}
