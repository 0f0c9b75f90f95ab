//! The names of recipients.

use super::as_text::as_text;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::email_address::EmailAddress;

/// The name of a recipient: the one given in the configuration, or the address of a person named in a tag.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RecipientName(String);

/// A text that cannot name a recipient.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` cannot name a recipient: use 1 to 254 characters without control characters, commas or semicolons"
)]
pub struct InvalidRecipientName(String);

impl RecipientName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RecipientName {
    type Err = InvalidRecipientName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let name = text.trim();
        let plain = !name.is_empty()
            && name.chars().count() <= 254
            && !name.chars().any(|c| c.is_control() || c == ',' || c == ';');
        if plain {
            Ok(Self(name.to_owned()))
        } else {
            Err(InvalidRecipientName(name.chars().take(120).collect()))
        }
    }
}

as_text!(RecipientName, InvalidRecipientName);

impl From<&EmailAddress> for RecipientName {
    fn from(address: &EmailAddress) -> Self {
        Self(address.as_str().to_owned())
    }
}

impl fmt::Display for RecipientName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
