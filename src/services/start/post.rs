//! Posts a claimed start to Azure.

use super::answer::StartAnswer;
use super::answered::{place_of, record_answer};
use crate::azure::ArmClient;
use crate::azure::compute::{PostedStart, post_start};
use crate::domain::action::start::{Start, StartState};
use crate::http::causes::chain;
use crate::services::known_outcome::keep;
use crate::services::unwritten::KnownOutcome;
use crate::services::{App, ServiceError};

/// Of Azure's words, a queue message carries no more than this.
const CARRIED_WORDS: usize = 4 * 1024;

/// Posts a claimed start, with the rights of `own` or the notifier's, and writes down what Azure said. Only whoever
/// wrote the claim may call it, and only once.
///
/// Should the store not take the answer in time, the start is returned as it was claimed: what became of it is written
/// down as soon as that can be, and looked for otherwise.
pub(super) async fn post(app: &App, start: &Start, own: Option<&ArmClient>) -> Result<Start, ServiceError> {
    // Where that cannot be read, it most likely stands where it stood.
    let place = place_of(app, &start.window).await;
    let resource = &place.unwrap_or_else(|_| start.window.resource.clone());
    let StartState::Claimed { at: claimed, .. } = start.state else { return Ok(start.clone()) };
    let number = start.id.request(claimed);
    let posted = post_start(own.unwrap_or(&app.starter), resource, number, app.clock.now()).await;
    tracing::info!(start = %start.id, window = %start.window, ?posted, "a start was posted");
    if matches!(posted, PostedStart::NoAnswer { .. }) {
        return Ok(start.clone());
    }
    let (start_id, own_rights) = (start.id.clone(), own.is_some());
    let answer =
        StartAnswer { start: start_id, claimed, posted: bounded(posted), at: app.clock.now(), own_rights };
    match record_answer(app, &answer).await {
        Ok(changed) => return Ok(changed.unwrap_or_else(|| start.clone())),
        Err(error) => {
            tracing::warn!(error = chain(&error), start = %start.id, "could not record Azure's answer to a start; will retry")
        }
    }
    keep(app, KnownOutcome::Start(Box::new(answer)).into()).await?;
    Ok(app.repository.start(&start.id).await.ok().flatten().unwrap_or_else(|| start.clone()))
}

fn bounded(mut posted: PostedStart) -> PostedStart {
    if let PostedStart::Forbidden { message, .. }
    | PostedStart::Refused { message, .. }
    | PostedStart::NotNow { message, .. } = &mut posted
    {
        message.truncate(message.floor_char_boundary(CARRIED_WORDS));
    }
    posted
}
