//! What became of one attempt to hand a message over.

use std::time::Duration;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

/// The outcome of one attempt: taken, or whose matter it is that it was not. The outbox row records it and works out
/// what happens next. While it cannot be recorded, a queue message carries it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    /// The service took the message over.
    Accepted {
        /// What the service called it, or the file it was written to. For people who search for it later.
        reference: String,
    },
    /// The service took the message and works on it: it says later what becomes of it.
    Taken {
        /// What the service called it.
        reference: String,
        /// How long it asked us to wait before we ask.
        wait: Option<TimeDelta>,
    },
    /// This endpoint will never take this message, in words that speak of nobody else: the fallback hears it instead,
    /// with the reason.
    Rejected {
        cause: Rejection,
        /// What happened, for a person. Holds no secret.
        error: String,
    },
    /// The service takes nothing from us as we are, or does not say whose matter it is: a wrong password, a certificate
    /// that does not fit, a relay that is denied, a blocked address, a sender that is not verified, the quota of a
    /// day. It blames no recipient. The message waits, without counting the days, until that is mended; operators
    /// hear of it. The service surely did not take the message.
    Ours {
        /// What happened, for a person. Holds no secret.
        error: String,
        /// How long the service asked us to wait: a day at most.
        #[serde(default, with = "seconds")]
        retry_after: Option<TimeDelta>,
        concerns: Concerns,
    },
    /// Not now. The same bytes are tried again later.
    Deferred {
        /// What happened, for a person. Holds no secret.
        error: String,
        /// How long the service asked us to wait: a day at most. Its whole channel waits.
        #[serde(default, with = "seconds")]
        retry_after: Option<TimeDelta>,
        /// Whether the service cannot have taken the message. While this is true, later changes may still be
        /// folded into it; otherwise it may have arrived, and only the same bytes may be sent again.
        certainly_unsent: bool,
        concerns: Concerns,
    },
}

/// How far an answer reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Concerns {
    /// This message to this recipient. Others may well get through.
    Message,
    /// This message, and perhaps its recipient alone: nobody said.
    Recipient,
    /// Whatever leaves by the same service, mailbox or flow.
    Channel,
}

/// Why an endpoint refused a message for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rejection {
    /// The address or the flow does not exist, or does not want this message.
    Endpoint,
    /// The message is too large; a shorter one may pass.
    TooLarge,
}

impl Delivery {
    /// Whether the service took the message over.
    pub fn is_accepted(&self) -> bool {
        matches!(self, Self::Accepted { .. } | Self::Taken { .. })
    }

    /// What went wrong, if anything did.
    pub fn error(&self) -> Option<&str> {
        match self {
            Self::Accepted { .. } | Self::Taken { .. } => None,
            Self::Rejected { error, .. } | Self::Ours { error, .. } | Self::Deferred { error, .. } => {
                Some(error)
            }
        }
    }

    /// Whether the service cannot have taken the message.
    pub fn is_unsent(&self) -> bool {
        match self {
            Self::Accepted { .. } | Self::Taken { .. } => false,
            Self::Rejected { .. } | Self::Ours { .. } => true,
            Self::Deferred { certainly_unsent, .. } => *certainly_unsent,
        }
    }

    /// Refused for good by this endpoint, in clear words about it.
    pub(super) fn rejected(error: impl Into<String>) -> Self {
        Self::Rejected { cause: Rejection::Endpoint, error: error.into() }
    }

    /// Too large for this endpoint.
    pub(super) fn too_large(error: impl Into<String>) -> Self {
        Self::Rejected { cause: Rejection::TooLarge, error: error.into() }
    }

    /// A passing failure before anything was handed over, of this message.
    pub(super) fn unsent(error: impl Into<String>) -> Self {
        Self::deferred(error, true, Concerns::Message)
    }

    /// A passing failure before anything was handed over, that any other message would meet as well: the service is
    /// busy, away or does not answer.
    pub(super) fn unreachable(error: impl Into<String>) -> Self {
        Self::deferred(error, true, Concerns::Channel)
    }

    /// A failure after which nobody knows whether the message arrived.
    pub(super) fn unknown(error: impl Into<String>) -> Self {
        Self::deferred(error, false, Concerns::Message)
    }

    /// A refusal of us, or of how we are set up, that any other message would meet as well.
    pub(super) fn ours(error: impl Into<String>) -> Self {
        Self::Ours { error: error.into(), retry_after: None, concerns: Concerns::Channel }
    }

    /// A refusal of this message in words that speak of us. Others may get through.
    pub(super) fn ours_for_this(error: impl Into<String>) -> Self {
        Self::Ours { error: error.into(), retry_after: None, concerns: Concerns::Message }
    }

    /// A refusal of this message that does not say whose matter it is.
    pub(super) fn unclear(error: impl Into<String>) -> Self {
        Self::Ours { error: error.into(), retry_after: None, concerns: Concerns::Recipient }
    }

    fn deferred(error: impl Into<String>, certainly_unsent: bool, concerns: Concerns) -> Self {
        Self::Deferred { error: error.into(), retry_after: None, certainly_unsent, concerns }
    }

    /// The same outcome with the wait that the service asked for.
    pub(super) fn after(mut self, wait: Option<Duration>) -> Self {
        if let Self::Deferred { retry_after, .. } | Self::Ours { retry_after, .. } = &mut self {
            *retry_after = wait.and_then(|wait| TimeDelta::from_std(wait).ok());
        }
        self
    }
}

/// A wait as whole seconds.
mod seconds {
    use chrono::TimeDelta;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(
        wait: &Option<TimeDelta>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        wait.map(|wait| wait.num_seconds()).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<TimeDelta>, D::Error> {
        Ok(Option::<i64>::deserialize(deserializer)?.and_then(TimeDelta::try_seconds))
    }
}
