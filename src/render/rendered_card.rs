//! A Teams message as it is posted.

use crate::domain::email_address::EmailAddress;

/// A Teams message: the Workflows envelope around one Adaptive Card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderedCard {
    /// The request's body, compact JSON under 20 KB, also as an escaped string.
    pub json: String,
}

impl RenderedCard {
    /// The body for the flow that posts to a person: the same with the person's address in front.
    pub fn json_for(&self, person: &EmailAddress) -> String {
        let address = serde_json::Value::from(person.as_str());
        let rest = self.json.strip_prefix('{').unwrap_or(&self.json);
        format!("{{\"recipient\":{address},{rest}")
    }
}
