//! What became of a form.

use axum::http::StatusCode;
use serde::Serialize;

use super::form::SelectedMachine;
use crate::domain::action::form_nonce::FormPage;
use crate::domain::action::rolling::{PlanReview, RollingPlan};
use crate::domain::ids::PlanId;

/// What became of a form.
#[derive(Debug)]
pub(super) struct FormResult {
    pub(super) status: StatusCode,
    pub(super) lines: Vec<FormLine>,
    /// The rolling plan that was made, whose page says the rest.
    pub(super) plan: Option<PlanId>,
    /// A plan that is to be read before it begins.
    pub(super) draft: Option<Box<PlanDraft>>,
}

/// What a form says that begins a plan as it was read.
pub(super) const BEGIN_PLAN: &str = "begin-plan";

/// A rolling plan of which nothing is written yet, with what it would do.
#[derive(Debug)]
pub(super) struct PlanDraft {
    pub(super) plan: RollingPlan,
    pub(super) review: PlanReview,
    /// The machines, as the form had them.
    pub(super) machines: Vec<SelectedMachine>,
}

impl PlanDraft {
    /// What agreeing to it is bound to: the `page` of the link, and everything that the review says.
    pub(super) fn page(&self, page: FormPage) -> FormPage {
        FormPage { part: self.review.digest(), ..page }
    }
}

impl FormResult {
    /// It was done.
    pub(super) fn done(lines: Vec<FormLine>) -> Self {
        Self { status: StatusCode::OK, lines, plan: None, draft: None }
    }

    /// Nothing was done, because the form cannot be acted on as it was filled in.
    pub(super) fn unfit(why: impl Into<String>) -> Self {
        Self::refused(StatusCode::UNPROCESSABLE_ENTITY, why)
    }

    /// Nothing was done.
    pub(super) fn refused(status: StatusCode, why: impl Into<String>) -> Self {
        Self { status, lines: vec![FormLine::problem(why)], plan: None, draft: None }
    }
}

/// What became of a form.
#[derive(Debug, Clone, Serialize)]
pub(super) struct FormLine {
    tone: &'static str,
    text: String,
}

impl FormLine {
    /// It was done, or had been.
    pub(super) fn good(text: impl Into<String>) -> Self {
        Self { tone: "good", text: text.into() }
    }

    /// What it says.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// It was not.
    pub(super) fn problem(text: impl Into<String>) -> Self {
        Self { tone: "problem", text: text.into() }
    }
}
