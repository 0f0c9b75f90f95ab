//! How messages leave, and the links in them.

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

    /// Reads `kid:base64key`. `None` when it is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
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
