//! Which error to use where: handlers return [`HandlerError`]; everything that can go wrong around a handler is a
//! [`Failure`], which knows the status that tells the host about it.

use std::time::Duration;

use axum::http::StatusCode;

use super::{DecodeError, OutputError};

/// Why a handler failed. Anything that is an error, or a plain text, turns into one, so `?` works:
///
/// ```
/// # use maintenance_notifier::functions::HandlerError;
/// fn parse(text: &str) -> Result<u8, HandlerError> {
///     if text.is_empty() {
///         return Err("there is nothing to parse".into());
///     }
///     Ok(text.parse()?)
/// }
/// assert!(parse("x").is_err());
/// ```
///
/// The error's own message goes into the answer; the chain of its sources goes into the log only. It does not
/// implement [`std::error::Error`] itself: that is what makes the conversion possible.
#[derive(Debug)]
pub struct HandlerError {
    error: Box<dyn std::error::Error + Send + Sync>,
    passing: bool,
}

impl HandlerError {
    /// A failure that belongs to the ordinary course of things and is over when the invocation comes again, such as
    /// giving way to another one that does the same. The host sees a failure, so that it does come again; the
    /// log has a warning in the place of an error.
    pub fn passing(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { error: error.into(), passing: true }
    }

    /// Whether this is a [passing](Self::passing) failure.
    pub fn is_passing(&self) -> bool {
        self.passing
    }

    /// The error with everything that caused it, in one line.
    pub fn chain(&self) -> String {
        let mut line = self.error.to_string();
        let mut source = self.error.source();
        while let Some(error) = source {
            line.push_str(": ");
            line.push_str(&error.to_string());
            source = error.source();
        }
        line
    }
}

impl std::fmt::Display for HandlerError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.error.fmt(formatter)
    }
}

impl<E: Into<Box<dyn std::error::Error + Send + Sync>>> From<E> for HandlerError {
    fn from(error: E) -> Self {
        Self { error: error.into(), passing: false }
    }
}

/// Everything because of which an invocation is answered without success.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("no function of this name is registered")]
    UnknownFunction,
    #[error("{0}")]
    Unreadable(#[from] DecodeError),
    #[error("the body is larger than {limit} bytes")]
    TooLarge { limit: usize },
    #[error("the body could not be read to its end")]
    BrokenBody,
    #[error("{0}")]
    Handler(HandlerError),
    #[error("the handler panicked")]
    Panicked(String),
    #[error("the handler was not done after {} seconds", .0.as_secs_f32())]
    Deadline(Duration),
    #[error("{0}")]
    Output(#[from] OutputError),
}

impl Failure {
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::UnknownFunction => StatusCode::NOT_FOUND,
            Self::Unreadable(_) | Self::BrokenBody => StatusCode::BAD_REQUEST,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Handler(_) | Self::Panicked(_) | Self::Deadline(_) | Self::Output(_) => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
    }

    /// Whether nobody needs to look at it: the invocation comes again, and that is all.
    pub(super) fn is_passing(&self) -> bool {
        matches!(self, Self::Handler(error) if error.is_passing())
    }

    /// What the log says: more than the answer does.
    pub(super) fn log_line(&self) -> String {
        match self {
            Self::Handler(error) => error.chain(),
            Self::Panicked(message) => format!("the handler panicked: {message}"),
            other => other.to_string(),
        }
    }
}
