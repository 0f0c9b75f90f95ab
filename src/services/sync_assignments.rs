//! Copies what was decided about a window into everybody's assignments.

use super::{App, ServiceError};
use crate::domain::window::WindowId;
use crate::http::causes::chain;

/// Gives the window's assignments its responses and starts. Should this not happen, for whatever reason, the window stays
/// marked and the next run of `FollowStarts` does it.
pub async fn sync_assignments(app: &App, window: &WindowId) -> Result<(), ServiceError> {
    let repository = &app.repository;
    let actions = repository.actions(window).await?;
    let Some(mut row) = repository.window(window).await? else {
        // A window that is not kept any more has no copies.
        return Ok(repository.applied(window, &actions).await?);
    };
    if row.value.actions != actions {
        row.value.actions = actions.clone();
        row.value.assigned = false;
        let people = super::owner_lookup::known_people(app).await?;
        let subscription = row.value.window.place().subscription();
        let now = app.clock.now();
        let policy = app.policy();
        let decided = row.value.clone();
        let assigned =
            super::assign::assign(repository, &policy, &people, &subscription, vec![row], Vec::new(), now);
        match assigned.await {
            // Somebody looked at the window meanwhile; it stays marked.
            Err(error) if error.is_conflict() => return Ok(()),
            result => result?,
        };
        super::overview::note_decided(app, &decided, now).await;
    }
    Ok(repository.applied(window, &actions).await?)
}

/// The same for whoever has decided something and is to be answered: it is written down and counts, whether its copies
/// can be written at this moment or not.
pub(super) async fn try_sync_assignments(app: &App, window: &WindowId) {
    if let Err(error) = sync_assignments(app, window).await {
        tracing::warn!(error = chain(&error), %window, "could not update assignments of {window}; FollowStarts will retry");
    }
}
