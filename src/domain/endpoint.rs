//! Where messages can be sent.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::email_address::EmailAddress;
use super::recipient_name::RecipientName;

/// Somewhere a message can be sent. Webhook addresses are secrets, so a channel is named by its recipient.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "by")]
pub enum Endpoint {
    /// A mail address: one SMTP envelope.
    Email { address: EmailAddress },
    /// The Teams flow that the configuration gives for a recipient.
    Teams { recipient: RecipientName },
    /// A person's chat, through the one Teams flow that posts to people.
    Chat {
        /// The person, as Teams knows them.
        address: EmailAddress,
    },
}

impl Endpoint {
    /// A short text that identifies the endpoint among all: `email:jane@contoso.com`, `teams:platform`.
    pub fn key(&self) -> String {
        match self {
            Self::Email { address } => format!("email:{address}"),
            Self::Teams { recipient } => format!("teams:{recipient}"),
            Self::Chat { address } => format!("chat:{address}"),
        }
    }

    /// Whether it takes mail and therefore counts against the mail quota.
    pub fn is_mail(&self) -> bool {
        matches!(self, Self::Email { .. })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Email { address } => write!(f, "{address}"),
            Self::Teams { recipient } => write!(f, "the Teams channel of {recipient}"),
            Self::Chat { address } => write!(f, "the Teams chat with {address}"),
        }
    }
}

/// Why an endpoint is not used any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadEndpoint {
    pub endpoint: Endpoint,
    pub error: String,
}
