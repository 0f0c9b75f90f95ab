//! Why a blob could not be read or written.

use reqwest::StatusCode;

use crate::http::refusal::Refusal;
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
    #[error("may not be read: {0}")]
    Denied(Refusal),
    /// It was refused because our clock and Azure's differ.
    #[error("may not be read: {0}; {1}")]
    Clock(Refusal, String),
    /// There is no such blob. Azure's word says whether its container is there.
    #[error("there is no such blob: {0}")]
    Missing(Refusal),
    #[error("is larger than {limit} bytes")]
    TooLarge { limit: usize },
    #[error("is no UTF-8 text")]
    NotText,
    #[error("the answer sends to another address (HTTP {0}), which is not followed")]
    Redirected(u16),
    /// Anything else that the service answers.
    #[error("{0}")]
    Refused(Refusal),
    /// Nobody answers, or the answer broke off.
    #[error("{0}")]
    Network(String),
}

impl BlobError {
    /// Whether it may be over by itself in a minute.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Network(_) | Self::Token(_) => true,
            Self::Refused(refusal) => refusal.is_transient(),
            _ => false,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Unprotected => "give the blob's https address",
            Self::Denied(_) => {
                "give the app's identity the role Storage Blob Data Reader on the container, and let the account's \
                 firewall take the app's network; a role works for new tokens only, which can take hours"
            }
            Self::Missing(_) => "upload the configuration to that address, or correct it",
            Self::TooLarge { .. } => "does the address name the right blob?",
            Self::NotText => "save it as UTF-8",
            Self::Redirected(_) => {
                "give the blob's own address: https://ACCOUNT.blob.core.windows.net/CONTAINER/BLOB"
            }
            Self::Refused(_) => "check the address and the storage account",
            Self::Network(_) => "check the address, the network and the account's firewall",
            // Their texts say so already.
            Self::Token(_) | Self::Clock(..) => "",
        }
    }
}

/// What a status says that is none of success.
pub(super) fn refused(status: StatusCode, code: &str) -> BlobError {
    let refusal = Refusal::of_code(status.as_u16(), code);
    match refusal.status {
        401 | 403 => BlobError::Denied(refusal),
        404 => BlobError::Missing(refusal),
        // It answers a question that nobody asked.
        304 => BlobError::Refused(refusal),
        300..=399 => BlobError::Redirected(refusal.status),
        _ => BlobError::Refused(refusal),
    }
}
