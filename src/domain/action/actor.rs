//! Who did something.

use serde::{Deserialize, Serialize};

use crate::domain::recipient_name::RecipientName;

/// Who did something, as far as that is known. Every part is foreign text but the recipient.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Whose link it was, or whose standing order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient: Option<RecipientName>,
    /// Who was signed in, as the platform's guard or the command line says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// The id of their account in the directory, and of its tenant, as the platform's guard says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
}

impl Actor {
    /// The name to show for it: whoever signed in, else the recipient.
    pub fn name(&self) -> &str {
        let recipient = self.recipient.as_ref().map(RecipientName::as_str);
        self.principal.as_deref().or(recipient).unwrap_or("somebody")
    }
}
