//! Action links: a signed reference to a message, which lets its recipient respond for the items in it.
//!
//! A token is bytes in base64url without padding, about 90 characters: it survives mail programs that wrap lines,
//! rewrite links and escape `+` and `=`. It names nobody in clear and carries no list of machines: what it is good
//! for is looked up from the message when it is used. It is the right to respond; what makes a start single is its
//! claim.
//!
//! ```text
//! version (1) · length of the key's name (1) · key's name · recipient (20) · sequence (4) · expiry (4) · MAC (32)
//! ```
//!
//! Keys are rotated by adding the new one at the end of the list everywhere, so that all instances can verify it,
//! and then moving it to the front, where it signs.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use crate::domain::person::Pseudonyms;
use crate::domain::recipient_name::RecipientName;

/// The form of token that this program writes.
const VERSION: u8 = 1;

/// What is signed begins with this, so that no other use of a key can be taken for a link.
const PURPOSE: &[u8] = b"maintenance-notifier action link 1\0";

/// What the MAC of a form's nonce begins with.
const FORM_PURPOSE: &[u8] = b"maintenance-notifier form 1\0";

/// Longest token that is looked at.
const MAX_LENGTH: usize = 300;

/// How far the clocks of two instances may be apart.
const SKEW: TimeDelta = TimeDelta::seconds(60);

/// How long a form may lie open before it has to be loaded again.
const FORM_AGE: TimeDelta = TimeDelta::minutes(15);

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
}

impl MessageRef {
    /// The `sequence`-th message to `recipient`; `None` beyond four thousand million of them.
    pub fn new(recipient: &RecipientName, sequence: u64) -> Option<Self> {
        let digest = Sha256::digest(recipient.as_str().to_lowercase().as_bytes());
        let mut bytes = [0; RECIPIENT_BYTES];
        bytes.copy_from_slice(digest.get(..RECIPIENT_BYTES)?);
        Some(Self { recipient: bytes, sequence: u32::try_from(sequence).ok()? })
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

    /// The token for `link`; `None` without a key. The same link always gives the same token.
    pub fn sign(&self, link: &Link) -> Option<String> {
        let key = self.0.first()?;
        let mut bytes = vec![VERSION, u8::try_from(key.id.len()).ok()?];
        bytes.extend(key.id.as_bytes());
        bytes.extend(link.message.recipient);
        bytes.extend(link.message.sequence.to_be_bytes());
        bytes.extend(u32::try_from(link.expires.timestamp()).ok()?.to_be_bytes());
        let mac = mac(&key.secret, PURPOSE, &bytes)?;
        bytes.extend(mac.finalize().into_bytes());
        Some(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// What `token` says.
    ///
    /// # Errors
    /// When it is not ours, or its time is over.
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Link, LinkError> {
        let (link, key, signed, mac_bytes) = parse(token).ok_or(LinkError::NotOurs)?;
        // A key that is not known costs the same work as one that is.
        let known = self.0.iter().find(|known| known.id.as_bytes() == key);
        let secret = known.map_or(&[0; 32][..], |known| &known.secret);
        let genuine = mac(secret, PURPOSE, &signed).is_some_and(|mac| mac.verify_slice(&mac_bytes).is_ok());
        if known.is_none() || !genuine {
            return Err(LinkError::NotOurs);
        }
        if link.expires + SKEW < now { Err(LinkError::Expired(link)) } else { Ok(link) }
    }

    /// A nonce for a form that was shown at `now` to whoever holds `token`; `None` without a key. It is derived, not
    /// remembered: showing a form writes nothing.
    pub fn form_nonce(&self, token: &str, now: DateTime<Utc>) -> Option<String> {
        let key = self.0.first()?;
        let mut bytes = u32::try_from(now.timestamp()).ok()?.to_be_bytes().to_vec();
        let mut mac = mac(&key.secret, FORM_PURPOSE, &bytes)?;
        mac.update(token.as_bytes());
        bytes.extend(mac.finalize().into_bytes());
        Some(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Whether `nonce` was given for a form of `token` within the last quarter of an hour.
    pub fn accepts_form(&self, token: &str, nonce: &str, now: DateTime<Utc>) -> bool {
        let Some((shown, mac_bytes)) = URL_SAFE_NO_PAD
            .decode(nonce.get(..nonce.len().min(MAX_LENGTH)).unwrap_or_default())
            .ok()
            .and_then(|bytes| Some((bytes.first_chunk::<4>().copied()?, bytes.get(4..)?.to_vec())))
        else {
            return false;
        };
        let Some(at) = DateTime::from_timestamp(u32::from_be_bytes(shown).into(), 0) else { return false };
        let fresh = at <= now + SKEW && now <= at + FORM_AGE;
        let genuine = self.0.iter().any(|key| {
            mac(&key.secret, FORM_PURPOSE, &shown)
                .map(|mac| mac.chain_update(token.as_bytes()))
                .is_some_and(|mac| mac.verify_slice(&mac_bytes).is_ok())
        });
        fresh && genuine
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
    let (&[version, length], rest) = signed.split_first_chunk::<2>()?;
    let (key, rest) = rest.split_at_checked(length.into())?;
    let (recipient, rest) = rest.split_first_chunk::<RECIPIENT_BYTES>()?;
    let (sequence, rest) = rest.split_first_chunk::<4>()?;
    let (expires, rest) = rest.split_first_chunk::<4>()?;
    if version != VERSION || !rest.is_empty() {
        return None;
    }
    let message = MessageRef { recipient: *recipient, sequence: u32::from_be_bytes(*sequence) };
    let expires = DateTime::from_timestamp(u32::from_be_bytes(*expires).into(), 0)?;
    Some((Link { message, expires }, key.to_vec(), signed.to_vec(), mac.to_vec()))
}

fn mac(secret: &[u8], purpose: &[u8], bytes: &[u8]) -> Option<Hmac<Sha256>> {
    let mac = Hmac::<Sha256>::new_from_slice(secret).ok()?;
    Some(mac.chain_update(purpose).chain_update(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures::utc;

    fn keys(ids: &[&str]) -> LinkKeys {
        LinkKeys::new(ids.iter().map(|id| ((*id).to_owned(), format!("{id:>32}").into_bytes())))
    }

    fn link() -> Link {
        let message = MessageRef::new(&"jane.doe@contoso.com".parse().unwrap(), 7).unwrap();
        Link { message, expires: utc("2026-12-10T08:00:00Z") }
    }

    #[test]
    fn s4_a_token_is_short_plain_and_says_what_was_signed() {
        let keys = keys(&["2026a"]);
        let token = keys.sign(&link()).unwrap();
        assert_eq!(token.len(), 90);
        assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
        assert_eq!(keys.verify(&token, utc("2026-12-01T08:00:00Z")), Ok(link()));
        assert_eq!(keys.sign(&link()).unwrap(), token);
    }

    #[test]
    fn s4_every_flipped_bit_is_refused() {
        let keys = keys(&["2026a"]);
        let bytes = URL_SAFE_NO_PAD.decode(keys.sign(&link()).unwrap()).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut forged = bytes.clone();
            forged[bit / 8] ^= 1 << (bit % 8);
            let forged = URL_SAFE_NO_PAD.encode(forged);
            assert_eq!(keys.verify(&forged, utc("2026-12-01T08:00:00Z")), Err(LinkError::NotOurs), "{bit}");
        }
    }

    #[test]
    fn s4_keys_are_rotated_verify_first_sign_later() {
        let now = utc("2026-12-01T08:00:00Z");
        let [old, both, turned, new] = [&["a"][..], &["a", "b"], &["b", "a"], &["b"]].map(keys);
        let before = old.sign(&link()).unwrap();
        let after = turned.sign(&link()).unwrap();
        assert_eq!(both.sign(&link()).unwrap(), before);
        for (keys, accepts) in
            [(&old, [true, false]), (&both, [true; 2]), (&turned, [true; 2]), (&new, [false, true])]
        {
            assert_eq!([&before, &after].map(|token| keys.verify(token, now).is_ok()), accepts);
        }
    }

    #[test]
    fn s7_it_expires_with_a_minute_for_clocks_that_differ() {
        let keys = keys(&["a"]);
        let token = keys.sign(&link()).unwrap();
        assert!(keys.verify(&token, utc("2026-12-10T08:01:00Z")).is_ok());
        assert_eq!(keys.verify(&token, utc("2026-12-10T08:01:01Z")), Err(LinkError::Expired(link())));
    }

    #[test]
    fn s3_a_form_belongs_to_its_token_and_to_a_quarter_of_an_hour() {
        let keys = keys(&["a"]);
        let shown = utc("2026-12-01T08:00:00Z");
        let nonce = keys.form_nonce("token", shown).unwrap();
        assert!(keys.accepts_form("token", &nonce, utc("2026-12-01T08:15:00Z")));
        assert!(!keys.accepts_form("token", &nonce, utc("2026-12-01T08:15:01Z")));
        assert!(!keys.accepts_form("token", &nonce, utc("2026-12-01T07:58:00Z")));
        assert!(!keys.accepts_form("another", &nonce, shown));
        for forged in ["", "AAAA", &nonce[1..], "äöü"] {
            assert!(!keys.accepts_form("token", forged, shown), "{forged}");
        }
    }

    #[test]
    fn keys_are_not_shown() {
        assert_eq!(format!("{:?}", keys(&["2026a", "b"])), r#"["2026a", "b"]"#);
    }
}
