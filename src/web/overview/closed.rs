//! Why somebody may not look.

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use crate::domain::access::AccountClaims;
use crate::web::action::auth::AccountProblem;

/// Why somebody may not look.
#[derive(Debug)]
pub(super) enum Closed {
    NoSignIn,
    NotSignedIn,
    DoesNotCount(AccountProblem),
    NotNamed {
        person: AccountClaims,
        object: Option<String>,
        nobody_is: bool,
    },
    /// There is none of this, or none that they may see.
    NotThere,
    Broken,
}

impl Closed {
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::NotSignedIn => StatusCode::UNAUTHORIZED,
            Self::NotThere => StatusCode::NOT_FOUND,
            Self::Broken => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::FORBIDDEN,
        }
    }

    /// A line for programs.
    pub(super) fn for_programs(self) -> Response {
        let text = match self {
            Self::NotSignedIn => "sign in first\n",
            Self::NotThere => "there is none of this that you may see\n",
            Self::Broken => "the state cannot be read at the moment\n",
            _ => "[access] of the configuration does not let you in\n",
        };
        (self.status(), text).into_response()
    }
}
