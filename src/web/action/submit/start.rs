//! Starts what was chosen: now, at a time, or one after the other.

use chrono_tz::Tz;

use super::super::form_result::{FormLine, FormResult};
use super::super::words;
use super::draft::draft;
use super::moment::moment;
use super::submission::FormSubmission;
use crate::domain::action::response::StartSummary;
use crate::domain::action::start::StartState;
use crate::domain::action::start_rules::StartsAs;
use crate::render::times::both;
use crate::render::words::name;
use crate::services::ServiceError;
use crate::services::rolling_plans::make_plan;
use crate::services::start::{StartRequest, StartResult, start_as};

impl FormSubmission<'_> {
    /// Makes a rolling plan of what was chosen.
    pub(super) async fn roll(&self) -> Result<FormResult, ServiceError> {
        if let Some(refused) = self.refused() {
            return Ok(refused);
        }
        if self.app.start_rules.acts_as == StartsAs::User {
            let why = format!("Nothing was planned. {}", words::ONLY_NOW);
            return Ok(FormResult::unfit(why));
        }
        let by = self.visitor.actor(self.target);
        let plan = match draft(self.app, self.target, by, self.form, &self.chosen) {
            Ok(plan) => plan,
            Err(why) => return Ok(FormResult::unfit(why)),
        };
        if !self.is_within_limit() {
            return Ok(Self::too_often());
        }
        make_plan(self.app, &plan).await?;
        Ok(FormResult { plan: Some(plan.id), ..FormResult::done(Vec::new()) })
    }

    /// Starts what was chosen, now or at a time.
    pub(super) async fn start(&self) -> Result<FormResult, ServiceError> {
        if let Some(refused) = self.refused() {
            return Ok(refused);
        }
        let begins = match self.form.get("when") {
            Some("now") => None,
            Some("at") if self.app.start_rules.acts_as == StartsAs::User => {
                let why = format!("Nothing was planned. {}", words::ONLY_NOW);
                return Ok(FormResult::unfit(why));
            }
            Some("at") => match self.form.get("at").map(|text| moment(text, self.target.zone)) {
                Some(Ok(at)) if at > self.app.clock.now() => Some(at),
                Some(Ok(_)) => {
                    let why = "Nothing was planned: that time has passed.";
                    return Ok(FormResult::unfit(why));
                }
                Some(Err(why)) => return Ok(FormResult::unfit(why)),
                None => {
                    let why = "Nothing was planned: choose a day and a time, or choose “now”.";
                    return Ok(FormResult::unfit(why));
                }
            },
            _ => {
                let why = "Nothing was started: choose “now” or a time.";
                return Ok(FormResult::unfit(why));
            }
        };
        let own = self.visitor.azure(self.app);
        let mut lines = Vec::new();
        let mut counted = false;
        for (ticked, assignment) in &self.chosen {
            let window = &assignment.window.id;
            let machine = name(&window.resource);
            // Who comes late reads by whom and when it was decided, however often they ask.
            if let Some(open) = self.app.repository.actions(window).await?.open_start() {
                lines.push(already_started(&machine, open, self.target.zone));
                continue;
            }
            if !counted && !self.is_within_limit() {
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
            lines.push(start_line(
                &machine,
                &start_as(self.app, &request, own.as_ref()).await?,
                self.target.zone,
            ));
        }
        Ok(FormResult::done(lines))
    }
}

fn already_started(machine: &str, open: &StartSummary, zone: Tz) -> FormLine {
    FormLine::good(format!("{machine}: {}", words::start(open, zone)))
}

fn start_line(machine: &str, result: &StartResult, zone: Tz) -> FormLine {
    match result {
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
        StartResult::Already(open) => already_started(machine, open, zone),
        StartResult::Refused(refusal) => {
            FormLine::problem(format!("{machine}: not started, {}", words::refusal(refusal, zone)))
        }
    }
}
