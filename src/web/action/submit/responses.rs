//! The responses to maintenance that start nothing: acknowledged, snoozed, handed over, objected to.

use axum::http::StatusCode;
use chrono::{DateTime, Datelike as _, Utc};

use super::super::auth::Visitor;
use super::super::form::{Form, SelectedMachine};
use super::super::form_result::{FormLine, FormResult};
use super::super::link_target::LinkTarget;
use super::super::words;
use super::submission::FormSubmission;
use crate::domain::action::response::Response;
use crate::domain::assignment::Holder;
use crate::domain::ids::StartId;
use crate::domain::ownership::taken_back_until;
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
            return Ok(FormResult::unfit("Nothing was noted: choose when to be reminded."));
        };
        let deadlines = self.chosen.iter().filter_map(|(_, assignment)| assignment.window.deadline(now));
        if deadlines.min().is_none_or(|deadline| deadline <= until) {
            let why = "Nothing was noted: that is after the last moment to act on one of these machines.";
            return Ok(FormResult::unfit(why));
        }
        let said = format!("Noted: reminders wait until {}.", both(self.target.zone, until));
        self.respond(Response::Snooze { until }, &said).await
    }

    pub(super) async fn hand_over(&self) -> Result<FormResult, ServiceError> {
        let Some(text) = self.form.get("to") else {
            return Ok(FormResult::unfit("Nothing was noted: say to whom."));
        };
        if let Some(refused) = self.not_granted().or_else(|| self.not_taken()) {
            return Ok(refused);
        }
        let (policy, sender) = (self.app.policy(), &self.app.deployment.from.address);
        let Some(to) = policy.successor(text, sender).filter(|to| *to != self.target.recipient) else {
            let domains: Vec<&str> = policy.domains(sender).into_iter().take(DOMAINS).collect();
            let why = format!(
                "Nothing was noted: “{}” is neither a recipient of the configuration nor an address of {}, nor can it be \
                 handed to whose it is.",
                one_line(text, 90),
                one_line(&domains.join(", "), 300)
            );
            return Ok(FormResult::unfit(why));
        };
        let said = format!("Noted: you want to hand it over to {}.", one_line(to.as_str(), 90));
        self.respond(Response::HandOver { to }, &said).await
    }

    pub(super) async fn object(&self) -> Result<FormResult, ServiceError> {
        let starts = self.chosen.iter().flat_map(|(_, assignment)| &assignment.actions.starts);
        let named = self.form.get("start").unwrap_or_default();
        let named = starts.map(|start| start.id.clone()).find(|id: &StartId| id.as_str() == named);
        let Some(start) = named else {
            return Ok(FormResult::refused(StatusCode::OK, "There is no such planned start any more."));
        };
        self.respond(Response::Object { start }, "Called off: nothing will be started.").await
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
        self.respond(Response::Accept, "Noted: it is yours from now on.").await
    }

    /// It is not theirs. Says who has it now, for nobody is left without it.
    pub(super) async fn not_mine(&self) -> Result<FormResult, ServiceError> {
        let mut result = self.respond(Response::NotMine, "Noted: it is not yours.").await?;
        let app = self.app;
        if !result.status.is_success() {
            return Ok(result);
        }
        for (_, assignment) in &self.chosen {
            let id = &assignment.window.id;
            let Some(row) = app.repository.window(id).await? else { continue };
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
                result.lines.push(FormLine::good(format!(
                    "{machine}: {names} {} it now.{}",
                    if has_one(&row.value.holders) { "has" } else { "have" },
                    back.unwrap_or_default()
                )));
            }
        }
        Ok(result)
    }

    pub(super) async fn respond(&self, response: Response, noted: &str) -> Result<FormResult, ServiceError> {
        if !self.is_within_limit() {
            return Ok(Self::too_often());
        }
        let mut lines = Vec::new();
        for (ticked, assignment) in &self.chosen {
            let said = ResponseRequest {
                window: assignment.window.id.clone(),
                revision: ticked.revision,
                by: self.visitor.actor(self.target),
                origin: self.origin(),
                response: response.clone(),
            };
            let machine = name(&assignment.window.id.resource);
            lines.push(match respond(self.app, &said).await? {
                ResponseResult::Noted | ResponseResult::CalledOff => {
                    FormLine::good(format!("{machine}: {noted}"))
                }
                ResponseResult::SentBefore => FormLine::problem(format!("{machine}: {}", words::SENT_BEFORE)),
                ResponseResult::NotPlanned(Some(start)) => {
                    FormLine::problem(format!("{machine}: {}", words::start(&start, self.target.zone)))
                }
                ResponseResult::TooLate => FormLine::problem(format!("{machine}: {}", words::TOO_LATE)),
                ResponseResult::NotPlanned(None) => {
                    FormLine::problem(format!("{machine}: there is no such planned start any more."))
                }
                ResponseResult::Refused(refusal) => FormLine::problem(format!(
                    "{machine}: nothing was noted, {}",
                    words::refusal(&refusal, self.target.zone)
                )),
            });
        }
        Ok(FormResult::done(lines))
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
    submission.respond(Response::TakeBack, "Noted: it is yours, as before.").await
}
