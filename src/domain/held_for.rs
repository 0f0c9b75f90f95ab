//! Why a message is held.

use serde::{Deserialize, Serialize};

/// Why a message is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HeldFor {
    /// So many messages were sent to the recipient within the hour that it would be one too many.
    TooMany,
    /// Everything in it was told to the recipient before, and nothing else of these machines since.
    ToldBefore,
}
