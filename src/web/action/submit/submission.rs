//! One form being acted on: who sends it, about what, and what every action checks.

use axum::http::StatusCode;

use super::super::auth::{Visitor, may_grant, may_start, why_no_grant, why_no_start};
use super::super::form::{Form, SelectedMachine};
use super::super::form_result::{FormLine, FormResult};
use super::super::link_target::LinkTarget;
use super::super::words;
use crate::domain::action::scope::Scope;
use crate::domain::action::start::StartOrigin;
use crate::domain::assignment::Assignment;
use crate::domain::ids::form_key;
use crate::domain::machine::Machine;
use crate::domain::sanitize::one_line;
use crate::http::causes::chain;
use crate::render::words::name;
use crate::services::recipient_settings::LinkHolder;
use crate::services::{App, ServiceError};

/// One form being acted on.
pub(super) struct FormSubmission<'a> {
    pub(super) app: &'a App,
    pub(super) target: &'a LinkTarget,
    pub(super) visitor: &'a Visitor,
    pub(super) form: &'a Form,
    pub(super) chosen: Vec<(SelectedMachine, &'a Assignment)>,
}

impl FormSubmission<'_> {
    /// Where a start or a response comes from.
    pub(super) fn origin(&self) -> StartOrigin {
        StartOrigin::Link { message: self.target.content.id.clone(), form: self.form_key() }
    }

    /// The one-time key of the form.
    fn form_key(&self) -> Option<String> {
        // Two people may have the same form before them.
        let who = self.visitor.actor(self.target).principal.unwrap_or_default();
        self.form.get("nonce").map(|nonce| form_key(&format!("{nonce} {who}")))
    }

    /// Who acts, for what holds beyond one window.
    pub(super) fn speaker(&self) -> LinkHolder {
        LinkHolder {
            recipient: self.target.recipient.clone(),
            by: self.visitor.actor(self.target),
            message: self.target.content.id.clone(),
            form: self.form_key(),
        }
    }

    /// Whether the rate limit allows one more action.
    pub(super) fn is_within_limit(&self) -> bool {
        self.app.rate_limiter.takes(&self.target.token, self.visitor.address(), self.app.clock.now())
    }

    /// That it does not.
    pub(super) fn too_often() -> FormResult {
        FormResult::refused(StatusCode::TOO_MANY_REQUESTS, words::TOO_OFTEN)
    }

    /// That the form was sent before, and something else was said since.
    pub(super) fn sent_before() -> FormResult {
        FormResult::refused(StatusCode::CONFLICT, words::FORM_SENT_BEFORE)
    }

    /// Why nothing is started, when whoever asks may not.
    pub(super) fn not_permitted(&self) -> Option<FormResult> {
        let may = may_start(self.app, self.target, self.visitor);
        let why = why_no_start(&may, self.target, self.visitor)?;
        Some(FormResult::refused(StatusCode::FORBIDDEN, format!("Nothing was started. {why}")))
    }

    /// Why nothing is started, when whoever asks may not, or has not typed a name.
    pub(super) fn refused(&self) -> Option<FormResult> {
        if let Some(refused) = self.not_permitted() {
            return Some(refused);
        }
        if let Some(refused) = self.not_taken() {
            return Some(refused);
        }
        let why = "Nothing was started. Type the name of a machine that you ticked, exactly as it stands beside the \
                   box: that is how we know that a person wants it.";
        (!self.is_confirmed()).then(|| FormResult::wrong("name", why))
    }

    /// Why nobody is given anything, when whoever asks may not, or has not typed a name: what grants rights takes the proof
    /// that a start takes.
    pub(super) fn not_granted(&self) -> Option<FormResult> {
        let may = may_grant(self.app, self.target, self.visitor);
        if let Some(why) = why_no_grant(&may, self.target, self.visitor) {
            return Some(FormResult::refused(StatusCode::FORBIDDEN, format!("Nothing was noted. {why}")));
        }
        let why = "Nothing was noted. Type the name of a machine that you ticked, exactly as it stands beside the box: \
                   that is how we know that a person wants it.";
        (!self.is_confirmed()).then(|| FormResult::wrong("name", why))
    }

    /// Why nothing of it is started or handed on: whoever was asked to take a machine over has to do so first.
    pub(super) fn not_taken(&self) -> Option<FormResult> {
        let waits = self.chosen.iter().find(|(_, assignment)| assignment.asked_by().is_some());
        waits.map(|(_, assignment)| {
            let machine = name(assignment.window.place());
            let why = format!(
                "Nothing was done: {machine} was handed to you, and you have not taken it. Take it first."
            );
            FormResult::refused(StatusCode::CONFLICT, why)
        })
    }

    /// Whether the name of a machine that is chosen was typed.
    pub(super) fn is_confirmed(&self) -> bool {
        let typed = self.form.get("name").map(|typed| one_line(typed, 300).to_lowercase());
        typed.is_some_and(|typed| {
            let mut names = self.chosen.iter().map(|(_, assignment)| name(assignment.window.place()));
            names.any(|name| name.to_lowercase() == typed)
        })
    }

    /// What the form is about: these machines or their resource groups, each once; `None` when it does not say.
    pub(super) fn scopes<'a>(&self, machines: impl Iterator<Item = &'a Machine>) -> Option<Vec<Scope>> {
        let mut scopes: Vec<Scope> = match self.form.get("reach")? {
            "machine" => machines.map(Scope::of_machine).collect(),
            "group" => machines.map(|machine| Scope::group_of(&machine.id)).collect(),
            _ => return None,
        };
        scopes.sort();
        scopes.dedup_by_key(|scope| scope.key());
        Some(scopes)
    }
}

/// The line about a machine whose turn came when the store did not answer any more. Others of the same form are done, and
/// are said.
///
/// # Errors
/// The error itself when nothing was done before.
pub(super) fn unfinished(
    machine: &str,
    error: ServiceError,
    lines: &[FormLine],
) -> Result<FormLine, ServiceError> {
    if lines.is_empty() {
        return Err(error);
    }
    tracing::warn!(error = chain(&error), machine, "a form could not be acted on to its end");
    let why = "it is not known at the moment whether this was noted. Look here again in a minute; sending it again is safe.";
    Ok(FormLine::problem(why).of(machine))
}
