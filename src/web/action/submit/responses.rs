//! The responses to maintenance that start nothing: acknowledged, snoozed, handed over, objected to.

use axum::http::StatusCode;
use chrono::{DateTime, Datelike as _, Utc};

use super::super::auth::Visitor;
use super::super::form::{Form, SelectedMachine};
use super::super::form_result::{FormLine, FormResult, Undo};
use super::super::link_target::LinkTarget;
use super::super::{limits, words};
use super::submission::{FormSubmission, unfinished};
use crate::domain::action::response::Response;
use crate::domain::assignment::{Assignment, Holder};
use crate::domain::ids::StartId;
use crate::domain::ownership::taken_back_until;
use crate::domain::recipient_name::RecipientName;
use crate::domain::sanitize::{list, one_line};
use crate::render::times::both;
use crate::render::words::name;
use crate::services::respond::{ResponseRequest, ResponseResult, respond};
use crate::services::{App, ServiceError};

/// How many domains are named to whoever wants to hand over to another one.
const DOMAINS: usize = 5;

impl FormSubmission<'_> {
    pub(super) async fn snooze(&self) -> Result<FormResult, ServiceError> {
        let now = self.app.clock.now();
        let until = self.form.get("until").and_then(|text| text.parse::<DateTime<Utc>>().ok());
        let Some(until) = until.filter(|until| now < *until && until.year() <= 2999) else {
            return Ok(FormResult::wrong("until", "Nothing was noted: choose when to be reminded."));
        };
        let deadlines = self.chosen.iter().filter_map(|(_, assignment)| assignment.window.deadline(now));
        if deadlines.min().is_none_or(|deadline| deadline <= until) {
            let why = "Nothing was noted: that is after the last moment to act on one of these machines.";
            return Ok(FormResult::wrong("until", why));
        }
        let said = format!("reminders wait until {}.", both(self.target.zone, until));
        Ok(self.respond(Response::Snooze { until }, &said).await?.and_then(words::SNOOZE_FOLLOWS))
    }

    pub(super) async fn hand_over(&self) -> Result<FormResult, ServiceError> {
        let Some(text) = self.form.get("to") else {
            return Ok(FormResult::wrong("to", "Nothing was noted: say to whom."));
        };
        if let Some(refused) = self.not_granted().or_else(|| self.not_taken()) {
            return Ok(refused);
        }
        let (policy, sender) = (self.app.policy(), &self.app.deployment.from.address);
        let Some(to) = policy.successor(text, sender).filter(|to| *to != self.target.recipient) else {
            let domains: Vec<&str> = policy.domains(sender).into_iter().take(DOMAINS).collect();
            let own = text.eq_ignore_ascii_case(self.target.recipient.as_str());
            let why = match own {
                true => "Nothing was noted: it is yours already. Name somebody else.".to_owned(),
                false => {
                    let known = policy.recipients.keys().map(RecipientName::as_str);
                    words::unknown_recipient(text, &domains, known)
                }
            };
            return Ok(FormResult::wrong("to", why));
        };
        let said = format!("you want to hand it over to {}.", one_line(to.as_str(), 90));
        Ok(self.respond(Response::HandOver { to }, &said).await?.and_then(words::HAND_OVER_FOLLOWS))
    }

    pub(super) async fn acknowledge(&self) -> Result<FormResult, ServiceError> {
        let response = Response::Acknowledge {
            note: self.form.line("note", limits::NOTE),
            change: self.form.line("change", limits::CHANGE),
        };
        let now = self.app.clock.now();
        let deadlines = self.chosen.iter().filter_map(|(_, assignment)| assignment.window.deadline(now));
        let follows = words::acknowledge_follows(deadlines.min(), self.target.zone);
        Ok(self.respond(response, words::ACKNOWLEDGED).await?.and_then(follows))
    }

    /// Calls planned starts off: those that the form names, of the machines that it names.
    pub(super) async fn object(mut self) -> Result<FormResult, ServiceError> {
        let form = self.form;
        let named = |assignment: &Assignment| -> Option<StartId> {
            let starts = assignment.actions.starts.iter().map(|start| &start.id);
            starts.clone().find(|id| form.all("start").any(|named| named == id.as_str())).cloned()
        };
        self.chosen.retain(|(_, assignment)| named(assignment).is_some());
        if self.chosen.is_empty() {
            return Ok(FormResult::refused(StatusCode::OK, "There is no such planned start any more."));
        }
        let response = |assignment: &Assignment| named(assignment).map(|start| Response::Object { start });
        let result = self.respond_each(response, "Called off: nothing will be started.").await?;
        Ok(result.and_then(words::CALLED_OFF_FOLLOWS))
    }

    /// Takes what somebody wants to hand over.
    pub(super) async fn accept(mut self) -> Result<FormResult, ServiceError> {
        self.chosen.retain(|(_, assignment)| assignment.asked_by().is_some());
        if self.chosen.is_empty() {
            let text = "Nothing was done: nobody waits for you to take one of these machines.";
            return Ok(FormResult::refused(StatusCode::CONFLICT, text));
        }
        if let Some(refused) = self.not_granted() {
            return Ok(refused);
        }
        let result = self.respond(Response::Accept, "it is yours from now on.").await?;
        Ok(result.and_then(words::ACCEPT_FOLLOWS))
    }

    /// It is not theirs. Says who has it now, for nobody is left without it.
    pub(super) async fn not_mine(&self) -> Result<FormResult, ServiceError> {
        let result = self.respond(Response::NotMine, "it is not yours.").await?;
        let chosen = self.chosen.iter().map(|(ticked, _)| ticked.index).collect();
        let mut result = result.undone_by(Undo::TakeBack(chosen));
        let app = self.app;
        if !result.status.is_success() {
            return Ok(result);
        }
        for (_, assignment) in &self.chosen {
            let id = &assignment.window.id;
            let Ok(Some(row)) = app.repository.window(id).await else { continue };
            let holders = row.value.holders.iter();
            let has = holders.filter(|it| it.withdrawn.is_none() && !it.escalated);
            let names: Vec<String> = has.map(|it| one_line(it.recipient.as_str(), 90)).collect();
            let until = taken_back_until(&row.value.actions, &self.target.recipient);
            let back = until.map(|until| {
                let until = both(self.target.zone, until);
                format!(" You can take that back below until {until}, unless somebody accepts it before.")
            });
            if !names.is_empty() {
                let machine = name(&id.resource);
                let names = list(&names, 5);
                let has = if has_one(&row.value.holders) { "has" } else { "have" };
                let said = format!("{names} {has} it now.{}", back.unwrap_or_default());
                result.lines.push(FormLine::good(said).of(&machine));
            }
        }
        Ok(result)
    }

    async fn respond(&self, response: Response, noted: &str) -> Result<FormResult, ServiceError> {
        self.respond_each(|_| Some(response.clone()), noted).await
    }

    /// Responds to each machine that was chosen with what `response` says of it.
    async fn respond_each(
        &self,
        response: impl Fn(&Assignment) -> Option<Response>,
        noted: &str,
    ) -> Result<FormResult, ServiceError> {
        if !self.is_within_limit() {
            return Ok(Self::too_often());
        }
        let mut lines = Vec::new();
        for (ticked, assignment) in &self.chosen {
            let Some(response) = response(assignment) else { continue };
            let said = ResponseRequest {
                window: assignment.window.id.clone(),
                revision: ticked.revision,
                by: self.visitor.actor(self.target),
                origin: self.origin(),
                response,
            };
            let machine = name(assignment.window.place());
            let result = match respond(self.app, &said).await {
                Ok(result) => result,
                // What was noted before is said whatever becomes of the rest.
                Err(error) => {
                    lines.push(unfinished(&machine, error, &lines)?);
                    continue;
                }
            };
            lines.push(self.response_line(&result, noted).of(&machine));
        }
        Ok(FormResult::done(lines))
    }

    fn response_line(&self, result: &ResponseResult, noted: &str) -> FormLine {
        let zone = self.target.zone;
        match result {
            ResponseResult::Noted | ResponseResult::CalledOff => FormLine::good(noted),
            ResponseResult::SentBefore => FormLine::problem(words::SENT_BEFORE),
            ResponseResult::NotPlanned(Some(start)) => FormLine::problem(words::start(start, zone)),
            ResponseResult::TooLate => FormLine::problem(words::TOO_LATE),
            ResponseResult::NotPlanned(None) => FormLine::problem("there is no such planned start any more."),
            ResponseResult::Refused(refusal) => {
                FormLine::problem(format!("nothing was noted, {}", words::refusal(refusal, zone)))
            }
        }
    }
}

fn has_one(holders: &[Holder]) -> bool {
    holders.iter().filter(|it| it.withdrawn.is_none() && !it.escalated).count() == 1
}

/// Takes back that machines are not the recipient's, of those that the form names and that they gave away.
pub(super) async fn take_back(
    app: &App,
    target: &LinkTarget,
    visitor: &Visitor,
    form: &Form,
) -> Result<FormResult, ServiceError> {
    let given_away = form.ticked().into_iter().filter_map(|ticked| {
        let assignment = target.given_away(ticked.index)?;
        Some((SelectedMachine { revision: assignment.window.revision, ..ticked }, assignment))
    });
    let submission = FormSubmission { app, target, visitor, form, chosen: given_away.collect() };
    if submission.chosen.is_empty() {
        let why = "Nothing was done: there is nothing to take back here.";
        return Ok(FormResult::refused(StatusCode::CONFLICT, why));
    }
    submission.respond(Response::TakeBack, "it is yours, as before.").await
}
