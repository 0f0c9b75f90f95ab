//! `/a?t=TOKEN&plan=ID`: the page of a rolling plan. GET and HEAD show; only POST pauses, resumes or ends it.
//!
//! A plan is shown with any link of the recipient with whose link it was made, and with nobody else's. Whoever holds such
//! a link may pause and end it, as they may call off a planned start; letting it go on takes what starting takes.

mod draft;
mod offer;
mod view;

use axum::http::StatusCode;
use axum::response::Response;
use minijinja::value::{Serde, Value};

use super::auth::{Visitor, may_start};
use super::form::Form;
use super::link_target::LinkTarget;
use super::view::{FormLine, why_no_start};
use super::{PageNotice, broken, message, refreshing, render, words};
use crate::domain::action::rolling::{PlanId, RollingPlan};
use crate::services::rolling_plans::{PlanCommand, command_plan, concurrent_starts};
use crate::services::start::spacing;
use crate::services::{App, ServiceError};

pub(super) use draft::draft;
pub(super) use offer::{Offer, offer};

/// Which plan a query asks for, when it asks for any: `Some(None)` for what cannot be one.
pub(super) fn asked_for(query: Option<&str>) -> Option<Option<PlanId>> {
    let mut fields = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    fields.find(|(name, _)| name == "plan").map(|(_, id)| PlanId::parse(id.trim()))
}

/// The address of a plan's page.
pub(super) fn address(target: &LinkTarget, id: &PlanId) -> String {
    format!("/a?t={}&plan={id}", target.token)
}

/// The page of the plan `id`, with what became of a form.
pub(super) async fn page(
    app: &App,
    target: &LinkTarget,
    visitor: &Visitor,
    id: Option<&PlanId>,
    reply: PageNotice<'_>,
) -> Response {
    match find(app, target, id).await {
        Ok(Some(plan)) => {
            let around = match concurrent_starts(app, &plan).await {
                Ok(around) => around,
                Err(error) => return broken(&error),
            };
            let mut view = view::view(app, target, visitor, (&plan, &around, &spacing(app)), reply.lines);
            view.refreshes &= !reply.is_still;
            let status = reply.status.unwrap_or(StatusCode::OK);
            let page = render(status, "plan.html", Value::from(Serde(&view)));
            if view.refreshes { refreshing(page) } else { page }
        }
        Ok(None) => message(StatusCode::NOT_FOUND, "There is no such plan", words::NO_SUCH_PLAN),
        Err(error) => broken(&error),
    }
}

/// Does what a form on the plan's page asks, which was found genuine, and shows the page.
pub(super) async fn act(
    app: &App,
    target: &LinkTarget,
    visitor: &Visitor,
    id: Option<&PlanId>,
    form: &Form,
) -> Response {
    let done = match find(app, target, id).await {
        Ok(Some(plan)) => change(app, target, visitor, &plan, form).await,
        Ok(None) => return message(StatusCode::NOT_FOUND, "There is no such plan", words::NO_SUCH_PLAN),
        Err(error) => return broken(&error),
    };
    match done {
        Ok((status, line)) => {
            let reply = PageNotice { lines: vec![line], status: Some(status), ..PageNotice::default() };
            page(app, target, visitor, id, reply).await
        }
        Err(error) => broken(&error),
    }
}

/// The plan, when it is this recipient's.
async fn find(
    app: &App,
    target: &LinkTarget,
    id: Option<&PlanId>,
) -> Result<Option<RollingPlan>, ServiceError> {
    let Some(id) = id else { return Ok(None) };
    let plan = app.repository.plan(id).await?;
    Ok(plan.filter(|plan| plan.owner == target.recipient))
}

async fn change(
    app: &App,
    target: &LinkTarget,
    visitor: &Visitor,
    plan: &RollingPlan,
    form: &Form,
) -> Result<(StatusCode, FormLine), ServiceError> {
    let not = |status, why: &str| Ok((status, FormLine::problem(format!("Nothing was done. {why}"))));
    if target.expired.is_some() {
        return not(StatusCode::GONE, "The time of this link is over; use the link in a newer message.");
    }
    let (wanted, done) = match form.get("do") {
        Some("pause") => {
            (PlanCommand::Pause, "Paused: no machine begins until you resume it. What is under way goes on.")
        }
        Some("resume") => (PlanCommand::Resume, "Resumed: the machines that are left have their turn again."),
        Some("cancel") => (PlanCommand::Cancel, "Ended: no other machine begins. What is under way goes on."),
        _ => return not(StatusCode::BAD_REQUEST, "The form did not say what to do."),
    };
    let may = may_start(app, target, visitor);
    if wanted == PlanCommand::Resume
        && let Some(why) = why_no_start(&may, target, visitor)
    {
        return not(StatusCode::FORBIDDEN, &why);
    }
    if !app.gate.takes(&target.token, visitor.address(), app.clock.now()) {
        return Ok((StatusCode::TOO_MANY_REQUESTS, FormLine::problem(words::TOO_OFTEN)));
    }
    let changed = command_plan(app, &plan.id, wanted, &visitor.actor(target)).await?;
    Ok(if changed {
        (StatusCode::OK, FormLine::good(done))
    } else {
        (StatusCode::OK, FormLine::problem("That changed nothing: the plan stands as shown below."))
    })
}
