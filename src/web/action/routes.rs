//! The routes of the page: what is asked for, by whom, and what they get.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{RawQuery, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::response::{Redirect, Response};
use axum::routing::get;

use super::auth::{self, FormRejection, Visitor};
use super::form::Form;
use super::form_result::FormResult;
use super::link_target::{self, LinkLookup, LinkTarget};
use super::query::PageQuery;
use super::reply::{broken, done_but_not_shown, message, nothing, read_form};
use super::view::{self, PageNotice};
use super::{feed, mine, submit, unsubscribe, words};
use crate::domain::ids::PlanId;
use crate::domain::message::MessageKind;
use crate::http::time_budget;
use crate::services::known_outcome::keep_unwritten;
use crate::services::{App, ServiceError};

/// How long what a page could not write down is tried behind it.
const BEHIND: Duration = Duration::from_secs(300);

/// The page's routes.
pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/a", get(show).post(respond))
        .with_state(app.clone())
        .merge(unsubscribe::router(app.clone()))
        .merge(feed::router(app.clone()))
        .merge(mine::router(app))
}

async fn show(State(app): State<Arc<App>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let query = PageQuery::parse(query.as_deref());
    let target = match link_target::find(&app, &query.token).await {
        Ok(LinkLookup::Target(target)) => target,
        Ok(other) => return nothing(&other),
        Err(error) => return broken(&error),
    };
    let visitor = match auth::visitor(&app, &headers).await {
        Ok(visitor) => visitor,
        Err(error) => return broken(&error),
    };
    let notice = PageNotice { is_still: query.is_still, page: query.page, ..PageNotice::default() };
    page(&app, &target, &visitor, query.plan.as_ref(), notice).await
}

async fn respond(State(app): State<Arc<App>>, RawQuery(query): RawQuery, request: Request) -> Response {
    let app = &app;
    let (parts, body) = request.into_parts();
    let body = read_form(body).await;
    let PageQuery { token, plan, page: number, .. } = PageQuery::parse(query.as_deref());
    let target = match link_target::find(app, &token).await {
        Ok(LinkLookup::Target(target)) => target,
        Ok(other) => return nothing(&other),
        Err(error) => return broken(&error),
    };
    let visitor = match auth::visitor(app, &parts.headers).await {
        Ok(visitor) => visitor,
        Err(error) => return broken(&error),
    };
    let form = Form::parse(&body);
    let form_page = target.form_page(plan.as_ref().and_then(Option::as_ref));
    if let Err(rejection) = auth::check(app, &parts.headers, &form_page, &form) {
        tracing::warn!(?rejection, recipient = %target.recipient, "refused a form");
        return match rejection {
            FormRejection::Stale => {
                let refused = FormResult::refused(StatusCode::FORBIDDEN, words::STALE_FORM);
                let (result, refused) = (Some(&refused), Some(&form));
                let notice = PageNotice { result, refused, is_still: false, page: number };
                page(app, &target, &visitor, plan.as_ref(), notice).await
            }
            FormRejection::Foreign => {
                message(StatusCode::FORBIDDEN, "Not from this page", words::FOREIGN_FORM)
            }
            FormRejection::NotAForm => {
                message(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Not a form", words::NOT_A_FORM)
            }
        };
    }
    let done = match (&plan, target.content.kind) {
        (Some(id), _) => submit::change_plan(app, &target, &visitor, id.as_ref(), &form).await,
        (None, MessageKind::Drill) => submit::confirm_drill(app, &target, &visitor, &form).await,
        (None, _) => submit::submit_form(app, &target, &visitor, &form).await,
    };
    // What could not be written down within the time of a page is written down behind it.
    if !app.live.unwritten().is_empty() {
        let app = app.clone();
        tokio::spawn(async move { time_budget::within(BEHIND, keep_unwritten(&app)).await });
    }
    let done = match done {
        Ok(done) => done,
        Err(error) => return broken(&error),
    };
    if let Some(id) = &done.plan {
        return Redirect::to(&target.plan_address(id)).into_response();
    }
    if let Some(draft) = &done.draft {
        return view::review(app, &target, draft, &done);
    }
    let target = match link_target::find(app, &token).await {
        Ok(LinkLookup::Target(target)) => target,
        Ok(other) => return nothing(&other),
        Err(error) => return done_but_not_shown(&error, &done.lines, done.status),
    };
    let refused = done.status.is_client_error().then_some(&form);
    let notice = PageNotice { result: Some(&done), refused, is_still: false, page: number };
    match try_page(app, &target, &visitor, plan.as_ref(), notice).await {
        Ok(page) => page,
        Err(error) => done_but_not_shown(&error, &done.lines, done.status),
    }
}

/// The page that a link and its query lead to.
async fn page(
    app: &App,
    target: &LinkTarget,
    visitor: &Visitor,
    plan: Option<&Option<PlanId>>,
    notice: PageNotice<'_>,
) -> Response {
    try_page(app, target, visitor, plan, notice).await.unwrap_or_else(|error| broken(&error))
}

async fn try_page(
    app: &App,
    target: &LinkTarget,
    visitor: &Visitor,
    plan: Option<&Option<PlanId>>,
    notice: PageNotice<'_>,
) -> Result<Response, ServiceError> {
    match (plan, target.content.kind) {
        (Some(id), _) => view::plan(app, target, visitor, id.as_ref(), notice).await,
        (None, MessageKind::Drill) => view::drill(app, target, notice).await,
        (None, _) => view::page(app, target, visitor, notice).await,
    }
}
