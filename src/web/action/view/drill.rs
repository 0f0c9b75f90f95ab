//! The page behind the link of a fire drill: one click says that it arrived. Opening it says nothing.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::super::auth::nonces;
use super::super::link_target::LinkTarget;
use super::super::{reply, words};
use super::banner::Banner;
use super::notice::PageNotice;
use crate::domain::sanitize::one_line;
use crate::render::times::both;
use crate::services::{App, ServiceError, drill};

#[derive(Serialize)]
struct PageView {
    title: &'static str,
    banner: Option<Banner>,
    whose: String,
    token: String,
    confirmed: Option<String>,
    /// Whether there is something to confirm.
    open: bool,
}

/// The page, with what became of a form. `410 Gone` when the drill is over.
pub(crate) async fn drill(
    app: &App,
    target: &LinkTarget,
    notice: PageNotice<'_>,
) -> Result<Response, ServiceError> {
    let mut view = view(app, target).await?;
    view.banner = notice.result.and_then(|result| Banner::of(&result.lines));
    let gone = !view.open && view.confirmed.is_none();
    let status = notice.status(if gone { StatusCode::GONE } else { StatusCode::OK });
    Ok(reply::page(status, "drill.html", &view, nonces(app, target.form_page(None)), false))
}

async fn view(app: &App, target: &LinkTarget) -> Result<PageView, ServiceError> {
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
        banner: None,
        whose: format!("For {recipient}{}.", asked.unwrap_or_default()),
        token: target.token.clone(),
        confirmed: confirmation.map(|it| {
            format!("Confirmed by {} on {}. Thank you.", words::who(&it.by), both(target.zone, it.at))
        }),
        open,
    })
}
