//! Owners named in tags who cannot be notified.

use serde::{Deserialize, Serialize};

use super::email_address::EmailAddress;
use crate::domain::tags::TagLevel;

/// Someone named in a tag who cannot be notified, and why. Reported to the fallback.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "refused")]
pub enum RefusedOwner {
    /// The address is outside the allowed domains.
    OutsideDomain { tag: String, level: TagLevel, address: EmailAddress },
    /// The directory says that the account is disabled, and names no manager who can be notified.
    Disabled { tag: String, level: TagLevel, value: String },
    /// The directory knows no mailbox for it.
    NoMailbox { tag: String, level: TagLevel, value: String },
    /// Several in the directory have this name.
    Several { tag: String, level: TagLevel, value: String },
    /// The value is neither an address nor a configured recipient nor completed by the suffix.
    NotAnAddress { tag: String, level: TagLevel, value: String },
}
