//! Why a blob could not be read or written.

use reqwest::StatusCode;

use crate::http::token::TokenError;

/// Why a blob could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BlobError {
    /// The address is one where a token would travel unprotected.
    #[error("the address is neither https nor on this machine")]
    Unprotected,
    /// There is no token.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The account's services answer that this may not be read.
    #[error("may not be read: HTTP {status}{}", after(.code))]
    Denied { status: u16, code: String },
    /// There is no such blob.
    #[error("there is no such blob: HTTP 404{}", after(.code))]
    Missing {
        /// Azure's word for it: the blob or its container.
        code: String,
    },
    /// It is larger than is read.
    #[error("is larger than {limit} bytes")]
    TooLarge { limit: usize },
    /// It is no text.
    #[error("is no UTF-8 text")]
    NotText,
    /// The answer sends to another address, which is not followed.
    #[error("the answer sends to another address (HTTP {0}), which is not followed")]
    Redirected(u16),
    /// Anything else that the service answers.
    #[error("HTTP {status}{}", after(.code))]
    Refused { status: u16, code: String },
    /// Nobody answers, or the answer broke off.
    #[error("{0}")]
    Network(String),
}

fn after(code: &str) -> String {
    if code.is_empty() { String::new() } else { format!(" {code}") }
}

impl BlobError {
    /// Whether it may be over by itself in a minute.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Network(_) | Self::Token(_) => true,
            Self::Refused { status, .. } => *status == 429 || *status >= 500,
            _ => false,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Unprotected => "give the blob's https address",
            Self::Denied { .. } => {
                "give the app's identity the role Storage Blob Data Reader on the container, and let the account's \
                 firewall take the app's network; a role works for new tokens only, which can take hours"
            }
            Self::Missing { .. } => "upload the configuration to that address, or correct it",
            Self::TooLarge { .. } => "does the address name the right blob?",
            Self::NotText => "save it as UTF-8",
            Self::Redirected(_) => {
                "give the blob's own address: https://ACCOUNT.blob.core.windows.net/CONTAINER/BLOB"
            }
            Self::Refused { .. } => "check the address and the storage account",
            Self::Network(_) => "check the address, the network and the account's firewall",
            // Its text says so already.
            Self::Token(_) => "",
        }
    }
}

/// What a status says that is none of success.
pub(super) fn refused(status: StatusCode, code: String) -> BlobError {
    match status.as_u16() {
        status @ (401 | 403) => BlobError::Denied { status, code },
        404 => BlobError::Missing { code },
        status if (300..400).contains(&status) => BlobError::Redirected(status),
        status => BlobError::Refused { status, code },
    }
}
