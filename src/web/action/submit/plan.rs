//! Pauses, resumes and ends a rolling plan. Whoever holds a link of its recipient may pause and end it, as they may call
//! off a planned start; letting it go on takes what starting takes.

use axum::http::StatusCode;

use super::super::auth::{Visitor, may_start, why_no_start};
use super::super::form::Form;
use super::super::form_result::{FormLine, FormResult};
use super::super::link_target::LinkTarget;
use super::super::words;
use crate::domain::action::rolling::RollingPlan;
use crate::domain::ids::{PlanId, form_key};
use crate::render::words::name;
use crate::services::rolling_plans::{PlanCommand, command_plan};
use crate::services::{App, ServiceError};

/// Whether the name of a machine of the plan was typed.
fn names_a_member(plan: &RollingPlan, form: &Form) -> bool {
    let typed = form.line("name", 300).map(|typed| typed.to_lowercase());
    typed.is_some_and(|typed| {
        plan.members.iter().any(|member| name(&member.window.resource).to_lowercase() == typed)
    })
}

/// Does what a form on the page of the plan `id` asks, which was found genuine.
pub(crate) async fn change_plan(
    app: &App,
    target: &LinkTarget,
    visitor: &Visitor,
    id: Option<&PlanId>,
    form: &Form,
) -> Result<FormResult, ServiceError> {
    let not = |status, why: &str| Ok(FormResult::refused(status, format!("Nothing was done. {why}")));
    let Some(plan) = target.plan(app, id).await? else {
        return Ok(FormResult::refused(StatusCode::NOT_FOUND, words::NO_SUCH_PLAN));
    };
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
    if wanted == PlanCommand::Resume && !names_a_member(&plan, form) {
        let why = "Type the name of a machine of the plan: that is how we know that a person wants it.";
        return Ok(FormResult::wrong("name", format!("Nothing was done. {why}")));
    }
    if !app.rate_limiter.takes(&target.token, visitor.address(), app.clock.now()) {
        return Ok(FormResult::refused(StatusCode::TOO_MANY_REQUESTS, words::TOO_OFTEN));
    }
    let by = visitor.actor(target);
    // Two people may have the same form before them, and it has several buttons.
    let who = by.principal.clone().unwrap_or_default();
    let key = form.get("nonce").map(|nonce| form_key(&format!("{nonce} {who} {wanted:?}")));
    let changed = command_plan(app, &plan.id, wanted, (&by, key.as_deref())).await?;
    Ok(FormResult::done(vec![if changed {
        FormLine::good(done)
    } else {
        FormLine::problem("That changed nothing: the plan stands as shown below.")
    }]))
}
