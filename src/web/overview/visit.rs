//! Who asks, and what they may see.

use axum::http::HeaderMap;

use super::super::action::auth::{SignInState, signed_in};
use super::closed::Closed;
use crate::domain::access::{AccessRole, Grant};
use crate::domain::overview::OverviewEntry;
use crate::services::App;

/// Somebody who may look.
#[derive(Debug)]
pub(super) struct Visit {
    pub(super) grant: Grant,
    /// Who; nobody where it is open.
    pub(super) name: Option<String>,
}

impl Visit {
    /// Whether they may see the machine.
    pub(super) fn may_see(&self, entry: &OverviewEntry<'_>) -> bool {
        match &self.grant {
            Grant::Whole(_) => true,
            Grant::Part { teams, .. } => entry.is_of(teams),
        }
    }

    /// Whether they may see what is not a machine's: messages, alerts, what cannot be read.
    pub(super) fn sees_everything(&self) -> bool {
        matches!(self.grant, Grant::Whole(_))
    }

    /// What they are, in a word or by the names of their teams.
    pub(super) fn role(&self) -> String {
        match &self.grant {
            Grant::Whole(role) => role.as_str().to_owned(),
            Grant::Part { names, .. } => format!("viewer of {}", names.join(", ")),
        }
    }
}

/// Lets somebody in, or says why not. Nobody is let in unless the configuration names them; `demo` is open.
pub(super) async fn enter(app: &App, headers: &HeaderMap) -> Result<Visit, Closed> {
    if app.is_open() {
        return Ok(Visit { grant: Grant::Whole(AccessRole::Admin), name: None });
    }
    let state = match signed_in(app, headers).await {
        Ok(state) => state,
        Err(error) => {
            tracing::error!(%error, "could not read the sign-in");
            return Err(Closed::Broken);
        }
    };
    match state {
        SignInState::Off => Err(Closed::NoSignIn),
        SignInState::Nobody => Err(Closed::NotSignedIn),
        SignInState::DoesNotCount(problem) => Err(Closed::DoesNotCount(problem)),
        SignInState::Person(person, actor) => match app.access.grant(&person) {
            Some(grant) => Ok(Visit { grant, name: Some(person.name) }),
            None => Err(Closed::NotNamed { person, object: actor.object, nobody_is: app.access.is_closed() }),
        },
    }
}
