//! What became of a form.

use axum::http::StatusCode;
use serde::Serialize;

use super::form::{SelectedMachine, WrongField};
use crate::domain::action::form_nonce::FormPage;
use crate::domain::action::rolling::{PlanReview, RollingPlan};
use crate::domain::ids::PlanId;

/// What became of a form.
#[derive(Debug)]
pub(super) struct FormResult {
    pub(super) status: StatusCode,
    pub(super) lines: Vec<FormLine>,
    /// What comes of it, where something was done.
    pub(super) follows: Option<String>,
    /// How it is undone, where it can be.
    pub(super) undo: Option<Undo>,
    /// Which field is wrong.
    pub(super) field: Option<&'static str>,
    /// The rolling plan that was made, whose page says the rest.
    pub(super) plan: Option<PlanId>,
    /// A plan that is to be read before it begins.
    pub(super) draft: Option<Box<PlanDraft>>,
}

/// What undoes something. The page looks up what of it can be undone, so that it offers nothing that would be refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Undo {
    /// Takes back that machines are not theirs: those with these places in the message.
    TakeBack(Vec<usize>),
    /// Calls planned starts off.
    CallOff(Vec<usize>),
    /// Ends the mutes with these keys.
    EndMute(Vec<String>),
    /// Removes the hours with these keys.
    RemoveHours(Vec<String>),
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
        let (follows, undo, field) = (None, None, None);
        Self { status: StatusCode::OK, lines, follows, undo, field, plan: None, draft: None }
    }

    /// Nothing was done, because the form cannot be acted on as it was filled in.
    pub(super) fn unfit(why: impl Into<String>) -> Self {
        Self::refused(StatusCode::UNPROCESSABLE_ENTITY, why)
    }

    /// Nothing was done, because of what stands in `field`.
    pub(super) fn wrong(field: &'static str, why: impl Into<String>) -> Self {
        Self { field: Some(field), ..Self::unfit(why) }
    }

    /// Nothing was done.
    pub(super) fn refused(status: StatusCode, why: impl Into<String>) -> Self {
        Self { status, ..Self::done(vec![FormLine::problem(why)]) }
    }

    /// The same, with what comes of it. Where nothing was done, nothing does.
    pub(super) fn and_then(self, follows: impl Into<String>) -> Self {
        let follows = self.is_done().then(|| follows.into());
        Self { follows, ..self }
    }

    /// The same, with how it is undone.
    pub(super) fn undone_by(self, undo: Undo) -> Self {
        let undo = self.is_done().then_some(undo);
        Self { undo, ..self }
    }

    /// Whether anything was done.
    fn is_done(&self) -> bool {
        self.status.is_success() && self.lines.iter().any(|line| line.tone == GOOD)
    }

    /// The field that is wrong, with everything that is said of it.
    pub(super) fn wrong_field(&self) -> Option<WrongField> {
        let why = || self.lines.iter().map(FormLine::text).collect();
        self.field.map(|name| WrongField { name, why: why() })
    }
}

const GOOD: &str = "good";
const PROBLEM: &str = "problem";

/// What became of a form.
#[derive(Debug, Clone, Serialize)]
pub(super) struct FormLine {
    pub(super) tone: &'static str,
    /// The machine that it is about, if it is about one.
    pub(super) machine: Option<String>,
    pub(super) said: String,
}

impl FormLine {
    /// It was done, or had been.
    pub(super) fn good(said: impl Into<String>) -> Self {
        Self { tone: GOOD, machine: None, said: said.into() }
    }

    /// It was not.
    pub(super) fn problem(said: impl Into<String>) -> Self {
        Self { tone: PROBLEM, machine: None, said: said.into() }
    }

    /// The same, of one machine.
    pub(super) fn of(self, machine: &str) -> Self {
        Self { machine: Some(machine.to_owned()), ..self }
    }

    /// What it says.
    pub(super) fn text(&self) -> String {
        match &self.machine {
            Some(machine) => format!("{machine}: {}", self.said),
            None => self.said.clone(),
        }
    }
}
