//! Does what a form asks. Everything is checked again here: a form is no promise.

use axum::http::StatusCode;
use chrono::{DateTime, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;

use super::auth::{Visitor, may_start};
use super::form::{Form, SelectedMachine};
use super::link_target::LinkTarget;
use super::view::{FormLine, why_no_start};
use super::{hours, mute, words};
use crate::domain::action::response::{Response, StartSummary};
use crate::domain::action::start::{StartOrigin, StartState};
use crate::domain::action::start_rules::StartsAs;
use crate::domain::assignment::Assignment;
use crate::domain::email_address::EmailAddress;
use crate::domain::ids::{PlanId, StartId};
use crate::domain::recipient_name::RecipientName;
use crate::render::sanitize::one_line;
use crate::render::times::both;
use crate::render::words::name;
use crate::services::recipient_settings::LinkHolder;
use crate::services::respond::{ResponseRequest, ResponseResult, respond};
use crate::services::rolling_plans::make_plan;
use crate::services::start::{StartRequest, StartResult, start_as};
use crate::services::{App, ServiceError};

/// Longest note.
const NOTE: usize = 300;
/// Longest number of a change.
const CHANGE: usize = 60;

/// What became of a form.
#[derive(Debug)]
pub(super) struct FormResult {
    /// The answer's status.
    pub(super) status: StatusCode,
    /// What to say.
    pub(super) lines: Vec<FormLine>,
    /// The rolling plan that was made, whose page says the rest.
    pub(super) plan: Option<PlanId>,
}

impl FormResult {
    /// It was done.
    pub(super) fn said(lines: Vec<FormLine>) -> Self {
        Self { status: StatusCode::OK, lines, plan: None }
    }

    /// Nothing was done.
    pub(super) fn not(status: StatusCode, why: impl Into<String>) -> Self {
        Self { status, lines: vec![FormLine::problem(why)], plan: None }
    }
}

/// Acts on a form that was found genuine.
///
/// # Errors
/// When the store cannot be read or written. Sending the form again is safe.
pub(super) async fn act(
    app: &App,
    target: &LinkTarget,
    visitor: &Visitor,
    form: &Form,
) -> Result<FormResult, ServiceError> {
    // Silence and hours outlive links, and whoever keeps silence gets no newer one.
    let takes_back = matches!(form.get("do"), Some("remove-hours" | "end-silence"));
    if target.expired.is_some() && !takes_back {
        return Ok(FormResult::not(StatusCode::GONE, "Nothing was done: the time of this link is over."));
    }
    if target.is_withdrawn() {
        return Ok(FormResult::not(
            StatusCode::GONE,
            "Nothing was done: you are no longer responsible for any of this.",
        ));
    }
    let chosen: Vec<(SelectedMachine, &Assignment)> = form
        .ticked()
        .into_iter()
        .filter_map(|ticked| target.assignment(ticked.index).map(|assignment| (ticked, assignment)))
        .collect();
    let submission = FormSubmission { app, target, visitor, form, chosen };
    match form.get("do") {
        // What was said before is taken back without choosing a machine.
        Some("remove-hours") => hours::remove(&submission).await,
        Some("end-silence") => mute::end_it(&submission).await,
        _ if submission.chosen.is_empty() => {
            Ok(FormResult::not(StatusCode::BAD_REQUEST, "Nothing was done: no machine of yours was chosen."))
        }
        Some("name-hours") => hours::name_them(&submission).await,
        Some("silence") => mute::mute_machines(&submission).await,
        Some("start") => submission.start().await,
        Some("roll") => submission.roll().await,
        Some("acknowledge") => {
            let response =
                Response::Acknowledge { note: form.line("note", NOTE), change: form.line("change", CHANGE) };
            submission.respond(response, "Noted: you know of it.").await
        }
        Some("snooze") => submission.snooze().await,
        Some("hand-over") => submission.hand_over().await,
        Some("accept") => submission.accept().await,
        Some("not-mine") => submission.respond(Response::NotMine, "Noted: it is not yours.").await,
        Some("object") => submission.object().await,
        _ => {
            Ok(FormResult::not(StatusCode::BAD_REQUEST, "Nothing was done: the form did not say what to do."))
        }
    }
}

/// One form being acted on.
pub(super) struct FormSubmission<'a> {
    pub(super) app: &'a App,
    pub(super) target: &'a LinkTarget,
    pub(super) visitor: &'a Visitor,
    pub(super) form: &'a Form,
    pub(super) chosen: Vec<(SelectedMachine, &'a Assignment)>,
}

impl FormSubmission<'_> {
    fn origin(&self) -> StartOrigin {
        StartOrigin::Link { message: self.target.content.id.clone() }
    }

    /// Whoever speaks, for what is said beyond one window.
    pub(super) fn speaker(&self) -> LinkHolder {
        LinkHolder {
            recipient: self.target.recipient.clone(),
            by: self.visitor.actor(self.target),
            message: self.target.content.id.clone(),
        }
    }

    /// Whether one more act is taken from here.
    pub(super) fn is_taken(&self) -> bool {
        self.app.gate.takes(&self.target.token, self.visitor.address(), self.app.clock.now())
    }

    pub(super) fn too_often() -> FormResult {
        FormResult::not(StatusCode::TOO_MANY_REQUESTS, words::TOO_OFTEN)
    }

    /// Why nothing is started, when whoever asks may not, or has not typed a name.
    fn refused(&self) -> Option<FormResult> {
        let may = may_start(self.app, self.target, self.visitor);
        if let Some(why) = why_no_start(&may, self.target, self.visitor) {
            return Some(FormResult::not(StatusCode::FORBIDDEN, format!("Nothing was started. {why}")));
        }
        let why = "Nothing was started. Type the name of a machine that you ticked, exactly as it stands beside the \
                   box: that is how we know that a person wants it.";
        (!self.is_confirmed()).then(|| FormResult::not(StatusCode::UNPROCESSABLE_ENTITY, why))
    }

    /// Makes a rolling plan of what was chosen.
    async fn roll(&self) -> Result<FormResult, ServiceError> {
        if let Some(refused) = self.refused() {
            return Ok(refused);
        }
        if self.app.start_rules.acts_as == StartsAs::User {
            let why = format!("Nothing was planned. {}", words::ONLY_NOW);
            return Ok(FormResult::not(StatusCode::UNPROCESSABLE_ENTITY, why));
        }
        let by = self.visitor.actor(self.target);
        let plan = match super::plan::draft(self.app, self.target, by, self.form, &self.chosen) {
            Ok(plan) => plan,
            Err(why) => return Ok(FormResult::not(StatusCode::UNPROCESSABLE_ENTITY, why)),
        };
        if !self.is_taken() {
            return Ok(Self::too_often());
        }
        make_plan(self.app, &plan).await?;
        Ok(FormResult { plan: Some(plan.id), ..FormResult::said(Vec::new()) })
    }

    async fn start(&self) -> Result<FormResult, ServiceError> {
        if let Some(refused) = self.refused() {
            return Ok(refused);
        }
        let begins = match self.form.get("when") {
            Some("now") => None,
            Some("at") if self.app.start_rules.acts_as == StartsAs::User => {
                let why = format!("Nothing was planned. {}", words::ONLY_NOW);
                return Ok(FormResult::not(StatusCode::UNPROCESSABLE_ENTITY, why));
            }
            Some("at") => match self.form.get("at").map(|text| moment(text, self.target.zone)) {
                Some(Ok(at)) if at > self.app.clock.now() => Some(at),
                Some(Ok(_)) => {
                    let why = "Nothing was planned: that time has passed.";
                    return Ok(FormResult::not(StatusCode::UNPROCESSABLE_ENTITY, why));
                }
                Some(Err(why)) => return Ok(FormResult::not(StatusCode::UNPROCESSABLE_ENTITY, why)),
                None => {
                    let why = "Nothing was planned: choose a day and a time, or choose “now”.";
                    return Ok(FormResult::not(StatusCode::UNPROCESSABLE_ENTITY, why));
                }
            },
            _ => {
                let why = "Nothing was started: choose “now” or a time.";
                return Ok(FormResult::not(StatusCode::UNPROCESSABLE_ENTITY, why));
            }
        };
        let own = self.visitor.azure(self.app);
        let mut lines = Vec::new();
        let mut counted = false;
        for (ticked, assignment) in &self.chosen {
            let window = &assignment.window.id;
            let machine = name(&window.resource);
            // Who comes late is told by whom and when it was decided, however often they ask.
            if let Some(open) = self.app.repository.actions(window).await?.open_start() {
                lines.push(already(&machine, open, self.target.zone));
                continue;
            }
            if !counted && !self.is_taken() {
                return Ok(Self::too_often());
            }
            counted = true;
            let request = StartRequest {
                window: window.clone(),
                revision: ticked.revision,
                by: self.visitor.actor(self.target),
                origin: self.origin(),
                begins,
            };
            lines.push(answered(
                &machine,
                &start_as(self.app, &request, own.as_ref()).await?,
                self.target.zone,
            ));
        }
        Ok(FormResult::said(lines))
    }

    /// Whether the name of a machine that is chosen was typed.
    pub(super) fn is_confirmed(&self) -> bool {
        let typed = self.form.get("name").map(|typed| one_line(typed, 300).to_lowercase());
        typed.is_some_and(|typed| {
            let mut names = self.chosen.iter().map(|(_, assignment)| name(&assignment.window.id.resource));
            names.any(|name| name.to_lowercase() == typed)
        })
    }

    async fn snooze(&self) -> Result<FormResult, ServiceError> {
        let now = self.app.clock.now();
        let until = self.form.get("until").and_then(|text| text.parse::<DateTime<Utc>>().ok());
        let Some(until) = until.filter(|until| now < *until) else {
            return Ok(FormResult::not(
                StatusCode::UNPROCESSABLE_ENTITY,
                "Nothing was noted: choose when to be reminded.",
            ));
        };
        let deadlines = self.chosen.iter().filter_map(|(_, assignment)| assignment.window.deadline(now));
        if deadlines.min().is_none_or(|deadline| deadline <= until) {
            let why = "Nothing was noted: that is after the last moment to act on one of these machines.";
            return Ok(FormResult::not(StatusCode::UNPROCESSABLE_ENTITY, why));
        }
        let said = format!("Noted: reminders wait until {}.", both(self.target.zone, until));
        self.respond(Response::Snooze { until }, &said).await
    }

    async fn hand_over(&self) -> Result<FormResult, ServiceError> {
        let Some(text) = self.form.get("to") else {
            return Ok(FormResult::not(StatusCode::UNPROCESSABLE_ENTITY, "Nothing was noted: say to whom."));
        };
        let Some(to) = self.page_data(text).filter(|to| *to != self.target.recipient) else {
            let why = format!(
                "Nothing was noted: “{}” is neither a recipient of the configuration nor an address that may be told.",
                one_line(text, 90)
            );
            return Ok(FormResult::not(StatusCode::UNPROCESSABLE_ENTITY, why));
        };
        let said = format!("Noted: you want to hand it over to {}.", one_line(to.as_str(), 90));
        self.respond(Response::HandOver { to }, &said).await
    }

    /// The recipient called `text`: a configured one, or an address within the allowed domains.
    fn page_data(&self, text: &str) -> Option<RecipientName> {
        let policy = self.app.policy();
        let named = text.parse::<RecipientName>().ok().filter(|name| policy.recipients.contains_key(name));
        named.or_else(|| {
            let address: EmailAddress = text.parse().ok()?;
            let allowed = policy.owners.allowed_domains.contains(address.domain());
            allowed.then(|| RecipientName::from(&address))
        })
    }

    async fn object(&self) -> Result<FormResult, ServiceError> {
        let starts = self.chosen.iter().flat_map(|(_, assignment)| &assignment.actions.starts);
        let named = self.form.get("start").unwrap_or_default();
        let named = starts.map(|start| start.id.clone()).find(|id: &StartId| id.as_str() == named);
        let Some(start) = named else {
            return Ok(FormResult::not(StatusCode::OK, "There is no such planned start any more."));
        };
        self.respond(Response::Object { start }, "Called off: nothing will be started.").await
    }

    /// Takes what somebody wants to hand over.
    async fn accept(mut self) -> Result<FormResult, ServiceError> {
        self.chosen.retain(|(_, assignment)| assignment.asked_by().is_some());
        if self.chosen.is_empty() {
            let text = "Nothing was done: nobody waits for you to take one of these machines.";
            return Ok(FormResult::not(StatusCode::CONFLICT, text));
        }
        self.respond(Response::Accept, "Noted: it is yours from now on.").await
    }

    async fn respond(&self, response: Response, noted: &str) -> Result<FormResult, ServiceError> {
        if !self.is_taken() {
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
        Ok(FormResult::said(lines))
    }
}

fn already(machine: &str, open: &StartSummary, zone: Tz) -> FormLine {
    FormLine::good(format!("{machine}: {}", words::start(open, zone)))
}

fn answered(machine: &str, answer: &StartResult, zone: Tz) -> FormLine {
    match answer {
        StartResult::Begun(start) => match &start.state {
            StartState::Settled { outcome, .. } => {
                FormLine::problem(format!("{machine}: {}", words::outcome(outcome, zone)))
            }
            StartState::Claimed { .. } => FormLine::good(format!(
                "{machine}: the start was sent, and no answer came yet. What became of it is being found out; it is not \
                 sent again."
            )),
            _ => FormLine::good(format!("{machine}: started. Azure accepted it.")),
        },
        StartResult::Planned(start) => {
            FormLine::good(format!("{machine}: a start is planned for {}.", both(zone, start.begins)))
        }
        StartResult::Already(open) => already(machine, open, zone),
        StartResult::Refused(refusal) => {
            FormLine::problem(format!("{machine}: not started, {}", words::refusal(refusal, zone)))
        }
    }
}

/// A moment as the form's field has it, in the recipient's zone. Where the clocks are put back, the first of the two.
pub(super) fn moment(text: &str, zone: Tz) -> Result<DateTime<Utc>, String> {
    let formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"];
    let naive = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
    let Some(naive) = naive else {
        return Err("Nothing was planned: write the time as 2026-11-28T22:00.".to_owned());
    };
    match zone.from_local_datetime(&naive).earliest() {
        Some(moment) => Ok(moment.with_timezone(&Utc)),
        None => Err(format!(
            "Nothing was planned: on {} the clocks in {zone} are put forward, and {} does not exist that night. Choose \
             an earlier or a later time.",
            naive.format("%-d %b %Y"),
            naive.format("%H:%M")
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures::utc;

    #[test]
    fn a_time_that_the_clocks_skip_is_explained_and_one_that_comes_twice_is_the_first() {
        let berlin = Tz::Europe__Berlin;
        assert_eq!(moment("2026-11-28T22:00", berlin), Ok(utc("2026-11-28T21:00:00Z")));
        assert_eq!(moment("2026-10-25T02:30", berlin), Ok(utc("2026-10-25T00:30:00Z")));
        insta::assert_snapshot!(moment("2027-03-28T02:30", berlin).unwrap_err(), @"Nothing was planned: on 28 Mar 2027 the clocks in Europe/Berlin are put forward, and 02:30 does not exist that night. Choose an earlier or a later time.");
        assert!(moment("tomorrow", berlin).is_err());
    }
}
