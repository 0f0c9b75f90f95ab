//! What people decide: links that let them respond, their responses, starts, and the record of it all.
//!
//! [`token`] is the right to respond for the items of one message; [`response`] is what somebody said of a window;
//! [`standing_order`] turns hours that were named once, on a page as in [`hours`] or elsewhere, into planned starts, for as
//! much as their [`scope`] says; [`start`] follows one attempt at self-service maintenance from the decision to Azure's
//! final word; [`anti_affinity`] keeps members of one group apart, and [`rolling`] gives each of many machines its turn;
//! [`health`] is the address that answers when a machine is well; [`audit`] chains what happened. All of it is pure:
//! facts and `now` in, facts out.

pub mod anti_affinity;
pub mod audit;
pub mod health;
pub mod hours;
pub mod response;
pub mod rolling;
pub mod scope;
pub mod standing_order;
pub mod start;
pub mod token;

use serde::{Deserialize, Serialize};

use super::recipient::RecipientName;

/// Who did something, as far as that is known. Every part is foreign text but the recipient.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Whose link it was, or whose standing order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient: Option<RecipientName>,
    /// Who was signed in, as the platform's guard or the command line says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// From which network address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// With which program.
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
