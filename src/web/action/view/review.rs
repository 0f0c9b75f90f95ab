//! What a rolling plan would do: read before it begins, and written nowhere.

use axum::response::Response;
use serde::Serialize;

use super::super::auth::nonces;
use super::super::form::WrongField;
use super::super::form_result::{BEGIN_PLAN, FormResult, PlanDraft};
use super::super::link_target::LinkTarget;
use super::super::{reply, words};
use super::banner::Banner;
use super::plan::PlanContext;
use crate::domain::action::rolling::{ExclusionReason, PlanMember};
use crate::domain::window::WindowId;
use crate::render::times::both;
use crate::render::words::{LANGUAGE, name};
use crate::render::{caution_sentence, portal_link};
use crate::services::App;
use crate::services::start::spacing;

/// The page.
#[derive(Debug, Serialize)]
struct ReviewView {
    language: &'static str,
    title: String,
    lead: String,
    banner: Option<Banner>,
    /// What is wrong with the field that confirms.
    wrong_field: Option<WrongField>,
    turns_of: Vec<TurnView>,
    left_out: Vec<TurnView>,
    rules: Vec<String>,
    token: String,
    /// Bound to everything that is shown here.
    review: String,
    machines: Vec<MachineField>,
    hours: String,
    first: String,
    /// A name to type; nothing where no machine would begin.
    example: Option<String>,
    zone: String,
    as_of: String,
}

/// A machine in the form.
#[derive(Debug, Serialize)]
struct MachineField {
    value: String,
}

/// One machine.
#[derive(Debug, Serialize)]
struct TurnView {
    name: String,
    portal: String,
    text: String,
    against: Vec<String>,
}

/// The page of `draft`, with what became of a form.
pub(crate) fn review(app: &App, target: &LinkTarget, draft: &PlanDraft, result: &FormResult) -> Response {
    let (now, zone, plan) = (app.clock.now(), target.zone, &draft.plan);
    let context = PlanContext { app, target, plan, now, zone };
    let turn = |window: &WindowId, text: String, against: Vec<String>| TurnView {
        name: name(&window.resource),
        portal: portal_link(&app.deployment, &window.resource),
        text,
        against,
    };
    let member = |window: &WindowId| plan.members.iter().find(|member| member.window == *window);
    let why = |window: &WindowId, why: &ExclusionReason| {
        member(window).map(|member: &PlanMember| context.why_left_out(member, why)).unwrap_or_default()
    };
    let (mut turns, mut left_out) = (Vec::new(), Vec::new());
    for one in &draft.review.turns {
        let against = one.against.iter().map(caution_sentence).collect();
        match one.begins {
            Some(at) => turns.push(turn(&one.window, format!("begins {}", both(zone, at)), against)),
            None => left_out.push(turn(&one.window, why(&one.window, &ExclusionReason::DoesNotFit), against)),
        }
    }
    for (window, reason) in &draft.review.left_out {
        left_out.push(turn(window, why(window, reason), Vec::new()));
    }
    let bound = draft.page(target.form_page(None));
    let last = draft.review.turns.iter().filter_map(|turn| turn.begins).max();
    let wrong = result.wrong_field().filter(|_| !turns.is_empty());
    let view = ReviewView {
        language: LANGUAGE,
        title: format!("Read before it begins: {} machines, one after the other", turns.len()),
        lead: match last {
            Some(last) => format!(
                "Nothing has begun, and nothing is planned yet. The last machine begins {}, if each is well again after {}.",
                both(zone, last),
                words::usually()
            ),
            None => "Nothing is planned, and no machine can be started like this.".to_owned(),
        },
        banner: Banner::of(&result.lines).filter(|_| wrong.is_none()),
        wrong_field: wrong,
        example: turns.first().map(|turn| turn.name.clone()),
        turns_of: turns,
        left_out,
        rules: context.rules(spacing(app).min_gap),
        token: target.token.clone(),
        review: app.link_keys.form_nonce(&bound, BEGIN_PLAN, &[], app.form_time()).unwrap_or_default(),
        machines: draft.machines.iter().map(|machine| MachineField { value: machine.value() }).collect(),
        hours: plan.times.hours.to_string(),
        first: plan.times.not_before.to_rfc3339(),
        zone: zone.name().to_owned(),
        as_of: both(zone, now),
    };
    reply::page(result.status, "review.html", &view, nonces(app, target.form_page(None)), false)
}
