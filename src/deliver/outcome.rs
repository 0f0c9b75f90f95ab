//! What became of one attempt to hand a message over.

use std::time::Duration;

use chrono::TimeDelta;

/// The outcome of one attempt. The outbox row records it and works out what happens next.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// This endpoint will never take this message: the fallback hears it instead, with the reason.
    Rejected {
        cause: Rejection,
        /// What happened, for a person. Holds no secret.
        error: String,
    },
    /// Not now. The same bytes are tried again later.
    Deferred {
        /// What happened, for a person. Holds no secret.
        error: String,
        /// How long the service asked us to wait: a day at most.
        retry_after: Option<TimeDelta>,
        /// Whether the service cannot have taken the message. While this is true, later changes may still be
        /// folded into it; otherwise it may have arrived, and only the same bytes may be sent again.
        certainly_unsent: bool,
        /// Whether it is neither the recipient's fault nor a passing matter, so that an operator should hear of
        /// it: a wrong password, a certificate that does not fit, a redirect.
        systemic: bool,
    },
}

/// Why an endpoint refused a message for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
            Self::Rejected { error, .. } | Self::Deferred { error, .. } => Some(error),
        }
    }

    /// Refused for good by this endpoint.
    pub(super) fn rejected(error: impl Into<String>) -> Self {
        Self::Rejected { cause: Rejection::Endpoint, error: error.into() }
    }

    /// A passing failure before anything was handed over.
    pub(super) fn unsent(error: impl Into<String>) -> Self {
        Self::Deferred { error: error.into(), retry_after: None, certainly_unsent: true, systemic: false }
    }

    /// A failure after which nobody knows whether the message arrived.
    pub(super) fn unknown(error: impl Into<String>) -> Self {
        Self::Deferred { error: error.into(), retry_after: None, certainly_unsent: false, systemic: false }
    }

    /// A failure of the set-up, before anything was handed over.
    pub(super) fn systemic(error: impl Into<String>) -> Self {
        Self::Deferred { error: error.into(), retry_after: None, certainly_unsent: true, systemic: true }
    }

    /// The same outcome with the wait that the service asked for. Only a deferral can wait.
    pub(super) fn after(mut self, wait: Option<Duration>) -> Self {
        if let Self::Deferred { retry_after, .. } = &mut self {
            *retry_after = wait.and_then(|wait| TimeDelta::from_std(wait).ok());
        }
        self
    }
}
