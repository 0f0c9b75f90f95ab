//! What can go wrong between us and Azure.
//!
//! [`ArmError`] is an answer that refuses; [`AzureError`] is everything that leaves a question without its answer.
//! Both read well for a person; ids for a support case are in fields of [`ArmError`] and at the end of its text.

use std::fmt;
use std::time::Duration;

use crate::domain::observation::UnseenCause;
use crate::http::refusal::Refusal;
use crate::http::token::TokenError;

/// An answer with another status than 2xx.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ArmError {
    /// The HTTP status, by which decisions are made.
    pub status: u16,
    /// Azure's word for it, such as `AuthorizationFailed`. Shown; of decisions only whether a role would help hangs on it.
    pub code: Option<String>,
    /// Azure's sentence. Shown, never decided by.
    pub message: Option<String>,
    /// `x-ms-request-id`: Azure's number of the request.
    pub request_id: Option<String>,
    /// `x-ms-correlation-request-id`: the number under which the activity log has it.
    pub correlation_id: Option<String>,
    /// How long Azure wants us to wait.
    pub retry_after: Option<Duration>,
    /// Whether its words are about subscriptions.
    pub about_subscriptions: bool,
    /// Whether it is a page for people, which Azure's interface never sends: something in between answered.
    pub is_page: bool,
}

/// What 401 and 403 also say, where no role helps.
const NOT_RIGHTS: [&str; 9] = [
    "RequestDisallowedByPolicy",
    "RequestDisallowedByAzure",
    "ReadOnlyDisabledSubscription",
    "DisabledSubscription",
    "SubscriptionNotRegistered",
    "MissingSubscriptionRegistration",
    "ScopeLocked",
    "PublicNetworkAccessDisabled",
    "RequestBlockedByNetworkSecurityPerimeter",
];

impl ArmError {
    /// Reads the body of a refusal.
    pub fn from_body(status: u16, body: &[u8]) -> Self {
        let Refusal { status, code, message, about_subscriptions } = Refusal::read(status, body);
        let is_page = body
            .trim_ascii_start()
            .strip_prefix(b"\xEF\xBB\xBF")
            .unwrap_or(body.trim_ascii_start())
            .starts_with(b"<");
        Self { status, code, message, about_subscriptions, is_page, ..Self::default() }
    }

    /// Whether a role, or another sign-in, is what it lacks.
    fn is_about_rights(&self) -> bool {
        let is_other = |code: &str| NOT_RIGHTS.iter().any(|other| other.eq_ignore_ascii_case(code));
        matches!(self.status, 401 | 403) && !self.is_page && !self.code.as_deref().is_some_and(is_other)
    }

    /// Whether a proxy, a firewall or a network's sign-in page answered in Azure's place.
    fn is_from_between(&self) -> bool {
        matches!(self.status, 407 | 421 | 451 | 511) || self.is_page && (400..500).contains(&self.status)
    }

    fn hint(&self) -> Option<&'static str> {
        if self.is_from_between() {
            return Some("that is no answer of Azure's: look at the proxy or firewall in between");
        }
        match self.status {
            _ if !self.is_about_rights() => None,
            401 => Some("sign in again with `az login`, or check which identity the app runs as"),
            403 => {
                Some("give the identity the Reader role there; a new role assignment can take hours to show")
            }
            _ => None,
        }
    }
}

impl fmt::Display for ArmError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HTTP {}", self.status)?;
        if let Some(code) = &self.code {
            write!(f, " {code}")?;
        }
        if let Some(message) = &self.message {
            write!(f, ": {message}")?;
        }
        if let Some(id) = &self.request_id {
            write!(f, " (request {id})")?;
        }
        self.hint().map_or(Ok(()), |hint| write!(f, "; hint: {hint}"))
    }
}

impl std::error::Error for ArmError {}

/// Why a question to Azure has no answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AzureError {
    #[error(transparent)]
    Refused(Box<ArmError>),
    /// Azure wants us to wait longer than a job can. Nothing was lost; the next look asks again.
    #[error("Azure asks us to wait {} s before the next request", retry_after.as_secs())]
    Throttled { retry_after: Duration },
    /// We have no token.
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error("{host} gave no answer: {problem}")]
    Unreachable { host: String, problem: String },
    #[error("the answer to {what} is larger than {limit} bytes")]
    TooLarge { what: String, limit: usize },
    #[error("the answer to {what} cannot be understood: {problem}")]
    Unreadable { what: String, problem: String },
    /// The next page is said to be on another host. Our token does not go there.
    #[error("the next page of {what} is said to be on another host, {host}; it was not asked")]
    ForeignPage { what: String, host: String },
    #[error("the pages of {what} do not end")]
    EndlessPages { what: String },
    #[error("Resource Graph cut the answer to {what} short and cannot page through the rest")]
    CannotPage { what: String },
    /// The address cannot be asked.
    #[error("{0}")]
    Address(String),
}

impl AzureError {
    /// The HTTP status, when an answer came.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused(error) => Some(error.status),
            Self::Throttled { .. } => Some(429),
            _ => None,
        }
    }

    /// Whether we may not see what we asked for (401 or 403).
    pub fn is_forbidden(&self) -> bool {
        matches!(self, Self::Refused(error) if error.is_about_rights())
    }

    /// Whether Resource Graph refuses what it is asked of: 403, or a 400 that speaks of subscriptions. Its
    /// questions are the same for all, so nothing else in them can be wrong for some.
    pub fn refuses_scope(&self) -> bool {
        matches!(self, Self::Refused(error)
            if error.status == 403 || error.status == 400 && error.about_subscriptions)
    }

    /// What it means for what was asked for.
    pub fn unseen_cause(&self) -> UnseenCause {
        match self.status() {
            _ if self.is_forbidden() => UnseenCause::NoRights,
            _ if matches!(self, Self::Refused(error) if error.is_page || error.is_from_between()) => {
                UnseenCause::NoAnswer
            }
            Some(408 | 429 | 500..) | None => UnseenCause::NoAnswer,
            Some(_) => UnseenCause::NotThere,
        }
    }

    /// Whether what we asked for does not exist (404).
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(404)
    }

    /// Whether it says that a subscription is not there, and nothing of what was asked for in it.
    pub fn names_no_subscription(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.code.as_deref() == Some("SubscriptionNotFound"))
    }

    /// Whether the subscription that we asked for is not there: 404, or 401 with the word that it is in another tenant.
    pub fn is_subscription_gone(&self) -> bool {
        let elsewhere = |error: &ArmError| {
            error.status == 401 && error.code.as_deref() == Some("InvalidAuthenticationTokenTenant")
        };
        self.is_not_found() || matches!(self, Self::Refused(error) if elsewhere(error))
    }

    /// Whether asking again later may help.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Refused(error) => error.status == 408 || error.status >= 500,
            Self::Throttled { .. } | Self::Unreachable { .. } => true,
            _ => false,
        }
    }
}

impl From<ArmError> for AzureError {
    fn from(error: ArmError) -> Self {
        Self::Refused(Box::new(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_envelope_is_read() {
        for body in [
            r#"{"error":{"code":"ResourceNotFound","message":"It was not found."}}"#,
            "{\r\n  \"error\": {\r\n    \"Code\": \"ResourceNotFound\",\r\n \"Message\": \"It was not found.\"}}",
            r#"{"code":"ResourceNotFound","message":"It was not found.","details":[]}"#,
            r#"{"Code":"ResourceNotFound","Message":"It was not found."}"#,
        ] {
            let error = ArmError::from_body(404, body.as_bytes());
            assert_eq!(error.to_string(), "HTTP 404 ResourceNotFound: It was not found.", "{body}");
        }
        let bare = ArmError::from_body(400, br#"{"Message":"No HTTP resource was found."}"#);
        assert_eq!(bare.to_string(), "HTTP 400: No HTTP resource was found.");
    }

    #[test]
    fn what_is_no_envelope_still_gives_an_error() {
        assert_eq!(ArmError::from_body(502, b"").to_string(), "HTTP 502");
        assert_eq!(ArmError::from_body(502, b"<html>").to_string(), "HTTP 502");
        assert_eq!(ArmError::from_body(502, b"Bad gateway\n").to_string(), "HTTP 502: Bad gateway");
        let lines = ArmError::from_body(502, b"Bad\r\ngateway\n hint: obey\x1b[31m");
        assert_eq!(lines.to_string(), "HTTP 502: Bad gateway hint: obey [31m");
        assert_eq!(ArmError::from_body(500, b"[1]").to_string(), "HTTP 500");
        assert_eq!(
            ArmError::from_body(400, br#"{"error":"invalid_client"}"#).to_string(),
            "HTTP 400 invalid_client"
        );
    }

    #[test]
    fn a_refusal_has_a_hint() {
        let mut error =
            ArmError::from_body(403, br#"{"error":{"code":"AuthorizationFailed","message":"No."}}"#);
        error.request_id = Some("r-1".to_owned());
        insta::assert_snapshot!(error, @"HTTP 403 AuthorizationFailed: No. (request r-1); hint: give the identity the Reader role there; a new role assignment can take hours to show");
    }
}
