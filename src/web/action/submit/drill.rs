//! Confirms that the message of a fire drill arrived.

use axum::http::StatusCode;

use super::super::auth::Visitor;
use super::super::form::Form;
use super::super::form_result::FormResult;
use super::super::link_target::LinkTarget;
use super::super::words;
use crate::services::{App, ServiceError, drill};

/// Notes that the message arrived. Opening the page notes nothing.
///
/// # Errors
/// When the store cannot be read or written. Sending the form again is safe.
pub(crate) async fn confirm_drill(
    app: &App,
    target: &LinkTarget,
    visitor: &Visitor,
    form: &Form,
) -> Result<FormResult, ServiceError> {
    let over = || FormResult::refused(StatusCode::GONE, "Nothing was done: this exercise is over.");
    if form.get("do") != Some("confirm") {
        return Ok(FormResult::refused(
            StatusCode::BAD_REQUEST,
            "Nothing was done: the form did not say what to do.",
        ));
    }
    if target.expired.is_some() {
        return Ok(over());
    }
    if !app.rate_limiter.takes(&target.token, visitor.address(), app.clock.now()) {
        return Ok(FormResult::refused(StatusCode::TOO_MANY_REQUESTS, words::TOO_OFTEN));
    }
    Ok(match drill::confirm(app, &target.content, visitor.actor(target)).await? {
        Some(_) => FormResult::done(Vec::new()),
        None => over(),
    })
}
