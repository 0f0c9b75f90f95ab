//! Does what a form asks. Everything is checked again here: a form is no promise.

use axum::http::StatusCode;

use super::super::auth::Visitor;
use super::super::form::{Form, SelectedMachine};
use super::super::form_result::{BEGIN_PLAN, FormResult};
use super::super::link_target::LinkTarget;
use super::responses::take_back;
use super::submission::FormSubmission;
use super::{hours, mute};
use crate::domain::assignment::Assignment;
use crate::services::{App, ServiceError};

/// Acts on a form that was found genuine.
///
/// # Errors
/// When the store cannot be read or written. Sending the form again is safe.
pub(crate) async fn submit_form(
    app: &App,
    target: &LinkTarget,
    visitor: &Visitor,
    form: &Form,
) -> Result<FormResult, ServiceError> {
    // Mutes and hours outlive links, and whoever muted a machine gets no newer one.
    let takes_back = matches!(form.get("do"), Some("remove-hours" | "end-silence"));
    if target.expired.is_some() && !takes_back {
        return Ok(FormResult::refused(StatusCode::GONE, "Nothing was done: the time of this link is over."));
    }
    // Whoever said that it is not theirs can say for a while that it is.
    if form.get("do") == Some("take-back") {
        return take_back(app, target, visitor, form).await;
    }
    if target.is_withdrawn() {
        return Ok(FormResult::refused(
            StatusCode::GONE,
            "Nothing was done: you are no longer responsible for any of this.",
        ));
    }
    let chosen: Vec<(SelectedMachine, &Assignment)> = form
        .ticked()
        .into_iter()
        .filter_map(|ticked| target.assignment(ticked.index).map(|assignment| (ticked, assignment)))
        .collect();
    let submission = FormSubmission { app, target, visitor, form, chosen };
    match form.get("do") {
        // What was said before is taken back without choosing a machine.
        Some("remove-hours") => hours::remove(&submission).await,
        Some("end-silence") => mute::end_early(&submission).await,
        _ if submission.chosen.is_empty() => {
            let why = "Nothing was done: no machine of yours was chosen. Tick at least one.";
            Ok(FormResult { field: Some("m"), ..FormResult::refused(StatusCode::BAD_REQUEST, why) })
        }
        Some("name-hours") => hours::name_for_chosen(&submission).await,
        Some("silence") => mute::mute_machines(&submission).await,
        Some("start") => submission.start().await,
        Some("roll") => submission.review_plan().await,
        Some(BEGIN_PLAN) => submission.begin_plan().await,
        Some("acknowledge") => submission.acknowledge().await,
        Some("snooze") => submission.snooze().await,
        Some("hand-over") => submission.hand_over().await,
        Some("accept") => submission.accept().await,
        Some("not-mine") => submission.not_mine().await,
        Some("object") => submission.object().await,
        _ => Ok(FormResult::refused(
            StatusCode::BAD_REQUEST,
            "Nothing was done: the form did not say what to do.",
        )),
    }
}
