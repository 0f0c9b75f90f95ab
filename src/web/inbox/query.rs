//! What an address of the inbox asks for.

use url::form_urlencoded::{Serializer, parse};

/// What an address asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct InboxQuery {
    /// The messages to one recipient.
    pub(super) to: Option<String>,
    /// The message that is open.
    pub(super) open: Option<String>,
}

impl InboxQuery {
    /// Reads what stands behind the question mark.
    pub(super) fn parse(query: Option<&str>) -> Self {
        let mut asked = Self::default();
        for (key, value) in parse(query.unwrap_or_default().as_bytes()) {
            let text = Some(value.into_owned()).filter(|text| !text.is_empty() && text.len() < 300);
            match &*key {
                "to" => asked.to = text,
                "open" => asked.open = text,
                _ => {}
            }
        }
        asked
    }

    pub(super) fn address(&self) -> String {
        let mut query = Serializer::new(String::new());
        if let Some(to) = &self.to {
            query.append_pair("to", to);
        }
        if let Some(open) = &self.open {
            query.append_pair("open", open);
        }
        format!("/?{}", query.finish())
    }
}
