//! The page behind the link of a fire drill: one click says that it arrived. Opening it says nothing.

use axum::http::StatusCode;
use axum::response::Response;
use minijinja::value::{Serde, Value};
use serde::Serialize;

use super::auth::Visitor;
use super::form::Form;
use super::link_target::LinkTarget;
use super::submit::FormResult;
use super::view::FormLine;
use super::{broken, render, words};
use crate::render::sanitize::one_line;
use crate::render::times::both;
use crate::services::{App, ServiceError, drill};

#[derive(Serialize)]
struct PageView {
    title: &'static str,
    lines: Vec<FormLine>,
    whose: String,
    token: String,
    confirmed: Option<String>,
    /// Set while there is something to confirm.
    nonce: Option<String>,
}

/// The page, with what became of a form. `410 Gone` when the drill is over.
pub(super) async fn page(
    app: &App,
    target: &LinkTarget,
    lines: Vec<FormLine>,
    status: Option<StatusCode>,
) -> Response {
    match view(app, target, lines).await {
        Ok(view) => {
            let gone = view.nonce.is_none() && view.confirmed.is_none();
            let status = status.unwrap_or(if gone { StatusCode::GONE } else { StatusCode::OK });
            render(status, "drill.html", Value::from(Serde(&view)))
        }
        Err(error) => broken(&error),
    }
}

async fn view(app: &App, target: &LinkTarget, lines: Vec<FormLine>) -> Result<PageView, ServiceError> {
    let now = app.clock.now();
    let drill = drill::drill_of(app, &target.content).await?;
    let confirmation = match &drill {
        Some(drill) => app.repository.drill_confirmation(drill, &target.recipient).await?,
        None => None,
    };
    let open = drill.as_ref().is_some_and(|drill| drill.is_open(now)) && target.expired.is_none();
    let asked = drill.as_ref().map(|drill| {
        format!(", asked for by {} on {}", one_line(drill.by.name(), 90), both(target.zone, drill.at))
    });
    let recipient = one_line(target.recipient.as_str(), 90);
    Ok(PageView {
        title: "EXERCISE: do messages about Azure maintenance reach you?",
        lines,
        whose: format!("For {recipient}{}.", asked.unwrap_or_default()),
        token: target.token.clone(),
        confirmed: confirmation.map(|it| {
            format!("Confirmed by {} on {}. Thank you.", words::who(&it.by), both(target.zone, it.at))
        }),
        nonce: if open { app.link_keys.form_nonce(&target.token, now) } else { None },
    })
}

/// Does what the form asks.
///
/// # Errors
/// When the store cannot be read or written. Sending the form again is safe.
pub(super) async fn act(
    app: &App,
    target: &LinkTarget,
    visitor: &Visitor,
    form: &Form,
) -> Result<FormResult, ServiceError> {
    let over = || FormResult::not(StatusCode::GONE, "Nothing was done: this exercise is over.");
    if form.get("do") != Some("confirm") {
        return Ok(FormResult::not(
            StatusCode::BAD_REQUEST,
            "Nothing was done: the form did not say what to do.",
        ));
    }
    if target.expired.is_some() {
        return Ok(over());
    }
    if !app.gate.takes(&target.token, visitor.address(), app.clock.now()) {
        return Ok(FormResult::not(StatusCode::TOO_MANY_REQUESTS, words::TOO_OFTEN));
    }
    Ok(match drill::confirm(app, &target.content, visitor.actor(target)).await? {
        Some(_) => FormResult::said(Vec::new()),
        None => over(),
    })
}
