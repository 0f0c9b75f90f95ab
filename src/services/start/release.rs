//! An operator's word that nobody has to wait for a start any more of which it is not known what became.

use super::transaction::replace;
use crate::domain::action::Actor;
use crate::domain::action::start::{ReleasedBy, Start, StartOutcome, StartPhase, StartState};
use crate::domain::window::WindowId;
use crate::services::sync_assignments::sync_assignments;
use crate::services::{App, ServiceError};

/// Counts the start of a window as over when it is not known what became of it; `None` when there is no such start.
///
/// # Errors
/// When the store cannot be read or written. Trying again is safe.
pub async fn release_start(app: &App, window: &WindowId, by: &Actor) -> Result<Option<Start>, ServiceError> {
    let actions = app.repository.actions(window).await?;
    let Some(open) = actions.open_start() else { return Ok(None) };
    let Some(start) = app.repository.start(&open.id).await? else { return Ok(None) };
    let now = app.clock.now();
    let next = |start: &Start| {
        let is_waited_for = matches!(start.phase(), StartPhase::NotKnown { .. });
        let released = ReleasedBy::Operator { name: by.name().to_owned() };
        let outcome = StartOutcome::NotKnown { released };
        is_waited_for.then(|| Start { state: StartState::Settled { at: now, outcome }, ..start.clone() })
    };
    let released = replace(app, &start, next).await?;
    sync_assignments(app, window).await?;
    Ok(released)
}
