//! The identities of messages, outbox rows, starts and rolling plans: texts that are derived from what they identify,
//! and fit for keys.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::endpoint::Endpoint;
use super::recipient_name::RecipientName;
use super::store_epoch::StoreEpoch;
use crate::domain::window::WindowId;

/// A text that identifies something.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The id as text: hexadecimal digits, and a dash in that of an outbox row.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id! {
    /// The identity of a message, derived from its recipient and sequence. Fit for a Message-ID and for a row key.
    MessageId
}

id! {
    /// The identity of an outbox row: its message and its endpoint. Fit for a row key and for a queue message.
    OutboxId
}

id! {
    /// The identity of a start: its window and which attempt it is. Fit for a row key.
    StartId
}

id! {
    /// The identity of a plan. Fit for a row key and for an address.
    PlanId
}

impl MessageId {
    /// The id of the `sequence`-th message to `recipient`, claimed at `now` in this life of the state; where that has no
    /// name, as before.
    pub fn of(
        recipient: &RecipientName,
        sequence: u64,
        epoch: Option<&StoreEpoch>,
        now: DateTime<Utc>,
    ) -> Self {
        let Some(epoch) = epoch else { return Self::derive(recipient, sequence) };
        let name = format!("{}\n{sequence}\n{}", recipient.as_str(), epoch.name_at(now));
        Self(uuid::Uuid::new_v5(&MESSAGE_NAMESPACE, name.as_bytes()).simple().to_string())
    }

    /// The id of the `sequence`-th message to `recipient`.
    pub fn derive(recipient: &RecipientName, sequence: u64) -> Self {
        let name = format!("{}\n{sequence}", recipient.as_str());
        Self(uuid::Uuid::new_v5(&MESSAGE_NAMESPACE, name.as_bytes()).simple().to_string())
    }

    /// The id of what the messages to `recipient` about `wave` belong to. No message has it.
    pub fn of_conversation(recipient: &RecipientName, wave: &str) -> Self {
        let name = format!("{}\nwave\n{wave}", recipient.as_str());
        Self(uuid::Uuid::new_v5(&MESSAGE_NAMESPACE, name.as_bytes()).simple().to_string())
    }
}

/// Message ids live in a name space of their own, so that they never equal a calendar entry's.
const MESSAGE_NAMESPACE: uuid::Uuid = uuid::Uuid::from_u128(0x6d61_696e_7465_6e61_6e63_652d_6d73_6731);

impl OutboxId {
    /// The id of the row for `message` and `endpoint`.
    pub fn derive(message: &MessageId, endpoint: &Endpoint) -> Self {
        let digest = Sha256::digest(endpoint.key().as_bytes());
        let short: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        Self(format!("{message}-{short}"))
    }

    /// Reads an id back from a queue message. `None` when it has another form.
    pub fn parse(text: &str) -> Option<Self> {
        let plain =
            !text.is_empty() && text.len() <= 64 && text.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
        plain.then(|| Self(text.to_owned()))
    }
}

impl StartId {
    /// The id of the `attempt`-th start of `window`.
    pub fn new(window: &WindowId, attempt: u32) -> Self {
        let name = format!("{window}\n{attempt}");
        Self(uuid::Uuid::new_v5(&START_NAMESPACE, name.as_bytes()).simple().to_string())
    }

    /// The number under which Azure is to know the request that was sent for it at `claimed`. It follows from what is
    /// stored before anything is sent, so that the request is recognised even when no answer came.
    pub fn request(&self, claimed: DateTime<Utc>) -> String {
        let name = format!("{self}\nrequest\n{}", claimed.timestamp_millis());
        uuid::Uuid::new_v5(&START_NAMESPACE, name.as_bytes()).to_string()
    }
}

/// Start ids live in a name space of their own.
const START_NAMESPACE: uuid::Uuid = uuid::Uuid::from_u128(0x6d61_696e_7465_6e61_6e63_652d_7374_6101);

/// Plan ids live in a name space of their own.
const PLAN_NAMESPACE: uuid::Uuid = uuid::Uuid::from_u128(0x6d61_696e_7465_6e61_6e63_652d_706c_6101);

/// The one-time key of a form, from the nonce that it was shown with.
pub fn form_key(nonce: &str) -> String {
    uuid::Uuid::new_v5(&START_NAMESPACE, format!("form\n{nonce}").as_bytes()).simple().to_string()
}

impl PlanId {
    /// The id of the plan that `owner` made of these windows with one sheet of a form: sent twice, it is the same plan.
    pub fn new<'a>(
        owner: &RecipientName,
        sheet: &str,
        windows: impl IntoIterator<Item = &'a WindowId>,
    ) -> Self {
        let mut name = format!("{owner}\n{sheet}");
        for window in windows {
            name = format!("{name}\n{window}");
        }
        Self(uuid::Uuid::new_v5(&PLAN_NAMESPACE, name.as_bytes()).simple().to_string())
    }

    /// Reads an id as it stands in an address.
    pub fn parse(text: &str) -> Option<Self> {
        let is_id = text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        is_id.then(|| Self(text.to_owned()))
    }
}
