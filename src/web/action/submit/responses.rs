//! The responses to maintenance that start nothing: acknowledged, snoozed, handed over, objected to.

use axum::http::StatusCode;
use chrono::{DateTime, Utc};

use super::super::form_result::{FormLine, FormResult};
use super::super::words;
use super::submission::FormSubmission;
use crate::domain::action::response::Response;
use crate::domain::email_address::EmailAddress;
use crate::domain::ids::StartId;
use crate::domain::recipient_name::RecipientName;
use crate::domain::sanitize::one_line;
use crate::render::times::both;
use crate::render::words::name;
use crate::services::ServiceError;
use crate::services::respond::{ResponseRequest, ResponseResult, respond};

impl FormSubmission<'_> {
    pub(super) async fn snooze(&self) -> Result<FormResult, ServiceError> {
        let now = self.app.clock.now();
        let until = self.form.get("until").and_then(|text| text.parse::<DateTime<Utc>>().ok());
        let Some(until) = until.filter(|until| now < *until) else {
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
        let Some(to) = self.recipient_called(text).filter(|to| *to != self.target.recipient) else {
            let why = format!(
                "Nothing was noted: “{}” is neither a recipient of the configuration nor an address that may be told.",
                one_line(text, 90)
            );
            return Ok(FormResult::unfit(why));
        };
        let said = format!("Noted: you want to hand it over to {}.", one_line(to.as_str(), 90));
        self.respond(Response::HandOver { to }, &said).await
    }

    /// The recipient called `text`: a configured one, or an address within the allowed domains.
    fn recipient_called(&self, text: &str) -> Option<RecipientName> {
        let policy = self.app.policy();
        let named = text.parse::<RecipientName>().ok().filter(|name| policy.recipients.contains_key(name));
        named.or_else(|| {
            let address: EmailAddress = text.parse().ok()?;
            let allowed = policy.owners.allowed_domains.contains(address.domain());
            allowed.then(|| RecipientName::from(&address))
        })
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
        self.respond(Response::Accept, "Noted: it is yours from now on.").await
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
                ResponseResult::NotPlanned(Some(start)) => {
                    FormLine::problem(format!("{machine}: {}", words::start(&start, self.target.zone)))
                }
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
