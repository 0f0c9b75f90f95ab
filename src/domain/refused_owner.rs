//! Owners named in tags who cannot be notified.

use serde::{Deserialize, Serialize};

use super::email_address::EmailAddress;
use crate::domain::tags::TagLevel;

/// Someone named in a tag who cannot be told, and why. Reported to the fallback.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "refused")]
pub enum RefusedOwner {
    /// The address is outside the allowed domains.
    OutsideDomain {
        /// The tag's name.
        tag: String,
        /// Where it was found.
        level: TagLevel,
        /// The address.
        address: EmailAddress,
    },
    /// The directory says that the account is disabled, and names no manager who can be told.
    Disabled {
        /// The tag's name.
        tag: String,
        /// Where it was found.
        level: TagLevel,
        /// The part of the value.
        value: String,
    },
    /// The directory knows no mailbox for it.
    NoMailbox {
        /// The tag's name.
        tag: String,
        /// Where it was found.
        level: TagLevel,
        /// The part of the value.
        value: String,
    },
    /// Several in the directory have this name.
    Several {
        /// The tag's name.
        tag: String,
        /// Where it was found.
        level: TagLevel,
        /// The part of the value.
        value: String,
    },
    /// The value is neither an address nor a configured recipient nor completed by the suffix.
    NotAnAddress {
        /// The tag's name.
        tag: String,
        /// Where it was found.
        level: TagLevel,
        /// The part of the value.
        value: String,
    },
}
