//! Links: a signed reference to a message, and what its recipient may do with it.
//!
//! A token is bytes in base64url without padding, about 90 characters: it survives mail programs that wrap lines,
//! rewrite links and escape `+` and `=`. It names nobody in clear and carries no list of machines: these are looked up
//! from the message when it is used. It is good for its purpose only, whatever address it is put into; what makes a
//! start single is its claim.
//!
//! ```text
//! version (1) · purpose (1) · length of the key's name (1) · key's name · recipient (20) · sequence (4) · expiry (4) ·
//! MAC (32)
//! ```
//!
//! Version 3 says in 8 more bytes, after the sequence, how the message's id begins: a store that was lost or restored
//! gives a number again, to another message. Version 2 is written for messages whose id says nothing but recipient and
//! sequence.
//!
//! Tokens of version 1 have no purpose. None is signed any more; those that were sent are accepted where
//! `LinkPurpose::takes_links_of_before` says so, until they expire.
//!
//! Keys are rotated by adding the new one at the end of the list everywhere, so that all instances can verify it,
//! and then moving it to the front, where it signs.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use super::link_purpose::LinkPurpose;
use crate::domain::ids::MessageId;
use crate::domain::person::Pseudonyms;
use crate::domain::recipient_name::RecipientName;

/// The form of token that names recipient and number alone.
const VERSION: u8 = 2;

/// The form that says how the message's id begins.
const VERSION_WITH_ID: u8 = 3;

/// How many bytes of a message's id a token has.
const ID_BYTES: usize = 8;

/// The form that says nothing of its purpose.
const VERSION_OF_BEFORE: u8 = 1;

/// What is signed begins with this, so that no other use of a key can be taken for a link.
const PREFIX: &[u8] = b"maintenance-notifier action link 2\0";

/// What was signed in version 1 begins with this.
const PREFIX_OF_BEFORE: &[u8] = b"maintenance-notifier action link 1\0";

/// Longest token that is looked at.
const MAX_LENGTH: usize = 300;

/// How far the clocks of two instances may be apart.
pub(super) const SKEW: TimeDelta = TimeDelta::seconds(60);

/// Length of the digest that stands for a recipient.
const RECIPIENT_BYTES: usize = 20;

/// One key: its name, which tokens carry, and its secret.
#[derive(Clone)]
struct SigningKey {
    id: String,
    secret: Vec<u8>,
}

/// The keys of a deployment: the first signs, all verify.
#[derive(Clone, Default)]
pub struct LinkKeys(Vec<SigningKey>);

impl fmt::Debug for LinkKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|key| &key.id)).finish()
    }
}

/// A reference to one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MessageRef {
    recipient: [u8; RECIPIENT_BYTES],
    sequence: u32,
    /// How its id begins, where that says more than the other two.
    id: Option<[u8; ID_BYTES]>,
}

impl MessageRef {
    /// The `sequence`-th message to `recipient`; `None` beyond four thousand million of them.
    pub fn new(recipient: &RecipientName, sequence: u64) -> Option<Self> {
        let digest = Sha256::digest(recipient.as_str().to_lowercase().as_bytes());
        let mut bytes = [0; RECIPIENT_BYTES];
        bytes.copy_from_slice(digest.get(..RECIPIENT_BYTES)?);
        Some(Self { recipient: bytes, sequence: u32::try_from(sequence).ok()?, id: None })
    }

    /// The same for a message with this id: no other message of that number is meant.
    pub fn to_message(recipient: &RecipientName, sequence: u64, id: &MessageId) -> Option<Self> {
        let says_more = *id != MessageId::derive(recipient, sequence);
        Some(Self { id: beginning(id).filter(|_| says_more), ..Self::new(recipient, sequence)? })
    }

    /// Whether the message to `recipient` that has this number now is the one that is meant.
    pub fn means(&self, recipient: &RecipientName, id: &MessageId) -> bool {
        match self.id {
            Some(meant) => beginning(id) == Some(meant),
            None => *id == MessageId::derive(recipient, self.sequence()),
        }
    }

    /// The digest of the recipient's name in hexadecimal, as the store names partitions.
    pub fn recipient_key(&self) -> String {
        self.recipient.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The message's number among the recipient's.
    pub fn sequence(&self) -> u64 {
        self.sequence.into()
    }
}

/// What a genuine token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// What it is for; `None` in links of earlier versions, which do not say.
    pub purpose: Option<LinkPurpose>,
    pub message: MessageRef,
    /// Until when it can be used.
    pub expires: DateTime<Utc>,
}

/// Why a token is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// It is no token of ours, or its key is not known any more: these two look the same to whoever asks.
    #[error("this link is not one of ours, or it has been withdrawn")]
    NotOurs,
    /// It is ours, and its time is over: what it was about can be explained.
    #[error("this link could be used until {}", .0.expires)]
    Expired(Link),
}

impl LinkKeys {
    /// Keys by name, the one that signs first.
    pub fn new(keys: impl IntoIterator<Item = (String, Vec<u8>)>) -> Self {
        Self(keys.into_iter().map(|(id, secret)| SigningKey { id, secret }).collect())
    }

    /// Whether links can be made at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The token for `link`; `None` without a key or a purpose. The same link always gives the same token.
    pub fn sign(&self, link: &Link) -> Option<String> {
        let key = self.0.first()?;
        let version = if link.message.id.is_some() { VERSION_WITH_ID } else { VERSION };
        let mut bytes = vec![version, link.purpose?.code(), u8::try_from(key.id.len()).ok()?];
        bytes.extend(key.id.as_bytes());
        bytes.extend(link.message.recipient);
        bytes.extend(link.message.sequence.to_be_bytes());
        bytes.extend(link.message.id.iter().flatten());
        bytes.extend(u32::try_from(link.expires.timestamp()).ok()?.to_be_bytes());
        let mac = mac(&key.secret, PREFIX, &bytes)?;
        bytes.extend(mac.finalize().into_bytes());
        Some(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// What `token` says, where links for `wanted` are accepted.
    ///
    /// # Errors
    /// When it is not ours, is for something else, or its time is over.
    pub fn verify(&self, token: &str, wanted: &[LinkPurpose], now: DateTime<Utc>) -> Result<Link, LinkError> {
        let (link, key, signed, mac_bytes) = parse(token).ok_or(LinkError::NotOurs)?;
        // A key that is not known costs the same work as one that is.
        let known = self.0.iter().find(|known| known.id.as_bytes() == key);
        let secret = known.map_or(&[0; 32][..], |known| &known.secret);
        let prefix = if link.purpose.is_some() { PREFIX } else { PREFIX_OF_BEFORE };
        let genuine = mac(secret, prefix, &signed).is_some_and(|mac| mac.verify_slice(&mac_bytes).is_ok());
        let fits = wanted.iter().any(|wanted| match link.purpose {
            Some(purpose) => purpose == *wanted,
            None => wanted.takes_links_of_before(),
        });
        if known.is_none() || !genuine || !fits {
            return Err(LinkError::NotOurs);
        }
        if link.expires + SKEW < now { Err(LinkError::Expired(link)) } else { Ok(link) }
    }

    /// A MAC over `prefix` and `bytes` with the key that signs.
    pub(super) fn mac(&self, prefix: &[u8], bytes: &[u8]) -> Option<Vec<u8>> {
        let mac = mac(&self.0.first()?.secret, prefix, bytes)?;
        Some(mac.finalize().into_bytes().to_vec())
    }

    /// Whether one of the keys made this MAC over `prefix` and `bytes`.
    pub(super) fn made(&self, prefix: &[u8], bytes: &[u8], made: &[u8]) -> bool {
        let mut macs = self.0.iter().filter_map(|key| mac(&key.secret, prefix, bytes));
        macs.any(|mac| mac.verify_slice(made).is_ok())
    }
}

impl LinkKeys {
    /// Seals `text` for `purpose` with the key that signs: the key's name and the MAC; `None` without a key.
    pub fn seal(&self, purpose: &str, text: &str) -> Option<(String, String)> {
        let key = self.0.first()?;
        let mac = mac(&key.secret, format!("{purpose}\0").as_bytes(), text.as_bytes())?;
        Some((key.id.clone(), mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()))
    }

    /// Whether `seal` is that of `text` for `purpose` by the key of this name, one of ours.
    pub fn is_sealed(&self, purpose: &str, text: &str, (key, seal): (&str, &str)) -> bool {
        let bytes: Option<Vec<u8>> =
            (0..seal.len()).step_by(2).map(|at| u8::from_str_radix(seal.get(at..at + 2)?, 16).ok()).collect();
        let key = self.0.iter().find(|known| known.id == key);
        key.zip(bytes).is_some_and(|(key, bytes)| {
            mac(&key.secret, format!("{purpose}\0").as_bytes(), text.as_bytes())
                .is_some_and(|mac| mac.verify_slice(&bytes).is_ok())
        })
    }

    /// Pseudonyms by the key that signs; `None` without a key.
    pub fn pseudonyms(&self) -> Option<Pseudonyms> {
        self.0.first().map(|key| Pseudonyms::new(&key.secret))
    }
}

type Parsed = (Link, Vec<u8>, Vec<u8>, Vec<u8>);

/// The link, the key's name, what is signed and the MAC.
fn parse(token: &str) -> Option<Parsed> {
    if token.len() > MAX_LENGTH {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let (signed, mac) = bytes.split_at_checked(bytes.len().checked_sub(32)?)?;
    let (version, rest) = signed.split_first()?;
    let (purpose, rest) = match *version {
        VERSION_OF_BEFORE => (None, rest),
        VERSION | VERSION_WITH_ID => {
            let (code, rest) = rest.split_first()?;
            (Some(LinkPurpose::of_code(*code)?), rest)
        }
        _ => return None,
    };
    let (length, rest) = rest.split_first()?;
    let (key, rest) = rest.split_at_checked((*length).into())?;
    let (recipient, rest) = rest.split_first_chunk::<RECIPIENT_BYTES>()?;
    let (sequence, rest) = rest.split_first_chunk::<4>()?;
    let (id, rest) = match *version {
        VERSION_WITH_ID => rest.split_first_chunk::<ID_BYTES>().map(|(id, rest)| (Some(*id), rest))?,
        _ => (None, rest),
    };
    let (expires, rest) = rest.split_first_chunk::<4>()?;
    if !rest.is_empty() {
        return None;
    }
    let message = MessageRef { recipient: *recipient, sequence: u32::from_be_bytes(*sequence), id };
    let expires = DateTime::from_timestamp(u32::from_be_bytes(*expires).into(), 0)?;
    Some((Link { purpose, message, expires }, key.to_vec(), signed.to_vec(), mac.to_vec()))
}

/// The first bytes of an id.
fn beginning(id: &MessageId) -> Option<[u8; ID_BYTES]> {
    let digits = id.as_str().get(..2 * ID_BYTES)?;
    u64::from_str_radix(digits, 16).ok().map(u64::to_be_bytes)
}

fn mac(secret: &[u8], prefix: &[u8], bytes: &[u8]) -> Option<Hmac<Sha256>> {
    let mac = Hmac::<Sha256>::new_from_slice(secret).ok()?;
    Some(mac.chain_update(prefix).chain_update(bytes))
}

#[cfg(test)]
mod tests;
