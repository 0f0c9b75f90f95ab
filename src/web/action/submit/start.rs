//! Starts what was chosen: now, at a time, or one after the other.

use crate::domain::time_zone::Tz;
use axum::http::StatusCode;

use super::super::form_result::{BEGIN_PLAN, FormLine, FormResult, PlanDraft, Undo};
use super::super::words;
use super::draft::draft;
use super::moment::moment;
use super::submission::{FormSubmission, unfinished};
use crate::domain::action::response::StartSummary;
use crate::domain::action::rolling::review;
use crate::domain::action::start::{StartState, loses_only};
use crate::domain::action::start_rules::StartsAs;
use crate::render::loss_sentence;
use crate::render::times::both;
use crate::render::words::name;
use crate::services::ServiceError;
use crate::services::rolling_plans::{concurrent_starts, make_plan};
use crate::services::start::{StartOptions, StartRequest, StartResult, spacing, start_with};

impl FormSubmission<'_> {
    /// Shows what a rolling plan of what was chosen would do. Nothing is written.
    pub(super) async fn review_plan(&self) -> Result<FormResult, ServiceError> {
        if let Some(refused) = self.not_permitted().or_else(|| self.not_taken()) {
            return Ok(refused);
        }
        Ok(match self.draft().await? {
            Ok(draft) => FormResult { draft: Some(Box::new(draft)), ..FormResult::done(Vec::new()) },
            Err(refused) => refused,
        })
    }

    /// Begins a rolling plan, exactly as it was read. What has changed since is shown anew.
    pub(super) async fn begin_plan(&self) -> Result<FormResult, ServiceError> {
        if let Some(refused) = self.not_permitted() {
            return Ok(refused);
        }
        let draft = match self.draft().await? {
            Ok(draft) => draft,
            Err(refused) => return Ok(refused),
        };
        // Sent twice it is the same plan, whatever became of it since.
        if let Some(begun) = self.target.plan(self.app, Some(&draft.plan.id)).await? {
            return Ok(FormResult { plan: Some(begun.id), ..FormResult::done(Vec::new()) });
        }
        let show = |refused: FormResult, draft| FormResult { draft: Some(Box::new(draft)), ..refused };
        let (page, nonce) =
            (draft.page(self.target.form_page(None)), self.form.get("review").unwrap_or_default());
        if !self.app.link_keys.accepts_form(&page, BEGIN_PLAN, &[], nonce, self.app.form_time()) {
            let why = "Nothing has begun: something has changed since you read the plan, or you read it for more than a \
                       quarter of an hour. This is how it stands now.";
            return Ok(show(FormResult::refused(StatusCode::CONFLICT, why), draft));
        }
        if draft.review.turns.iter().all(|turn| turn.begins.is_none()) {
            return Ok(show(
                FormResult::unfit("Nothing has begun: the plan starts none of these machines."),
                draft,
            ));
        }
        if let Some(refused) = self.refused() {
            return Ok(show(refused, draft));
        }
        if !self.is_within_limit() {
            return Ok(Self::too_often());
        }
        make_plan(self.app, &draft.plan).await?;
        Ok(FormResult { plan: Some(draft.plan.id), ..FormResult::done(Vec::new()) })
    }

    /// The plan that the form describes and what it would do; or what is wrong with the form.
    async fn draft(&self) -> Result<Result<PlanDraft, FormResult>, ServiceError> {
        if self.app.start_rules.acts_as == StartsAs::User {
            let why = format!("Nothing was planned. {}", words::ONLY_NOW);
            return Ok(Err(FormResult::unfit(why)));
        }
        let by = self.visitor.actor(self.target);
        let plan = match draft(self.app, self.target, by, self.form, &self.chosen) {
            Ok(plan) => plan,
            Err((field, why)) => return Ok(Err(FormResult::wrong(field, why))),
        };
        let around = concurrent_starts(self.app, &plan).await?;
        let review = review(&plan, &spacing(self.app), &around, |id| self.target.window(id));
        let machines = self.chosen.iter().map(|(ticked, _)| *ticked).collect();
        Ok(Ok(PlanDraft { plan, review, machines }))
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
                    return Ok(FormResult::wrong("at", "Nothing was planned: that time has passed."));
                }
                Some(Err(why)) => return Ok(FormResult::wrong("at", why)),
                None => {
                    let why = "Nothing was planned: choose a day and a time, or choose “now”.";
                    return Ok(FormResult::wrong("at", why));
                }
            },
            _ => return Ok(FormResult::wrong("when", "Nothing was started: choose “now” or a time.")),
        };
        let unaccepted = self.unaccepted_losses().await?;
        if !unaccepted.is_empty() {
            let mut refused = FormResult::wrong(
                "loss",
                "Nothing was started. Data would be lost that you have not agreed to lose; tick that for each machine by \
                 itself, or leave the machine out.",
            );
            refused.lines.extend(unaccepted);
            return Ok(refused);
        }
        let own = self.visitor.azure(self.app);
        let mut lines = Vec::new();
        let mut counted = false;
        for (ticked, assignment) in &self.chosen {
            let window = &assignment.window.id;
            let machine = name(&window.resource);
            // Who comes late reads by whom and when it was decided, however often they ask.
            match self.app.repository.actions(window).await {
                Ok(actions) => {
                    if let Some(open) = actions.open_start() {
                        lines.push(already_started(&machine, open, self.target.zone));
                        continue;
                    }
                }
                Err(error) => {
                    lines.push(unfinished(&machine, error.into(), &lines)?);
                    continue;
                }
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
                accepts: self.form.accepted_loss(*ticked),
                begins,
            };
            let options = StartOptions { own: own.as_ref(), ..StartOptions::default() };
            lines.push(match start_with(self.app, &request, options).await {
                Ok(result) => start_line(&machine, &result, self.target.zone),
                // What was started before is said whatever becomes of the rest.
                Err(error) => unfinished(&machine, error, &lines)?,
            });
        }
        let chosen = self.chosen.iter().map(|(ticked, _)| ticked.index).collect();
        let follows =
            if begins.is_some() { words::PLANNED_FOLLOWS.to_owned() } else { words::started_follows() };
        Ok(FormResult::done(lines).and_then(follows).undone_by(Undo::CallOff(chosen)))
    }

    /// The machines of which a start loses what was not ticked for them. Whose start is decided already needs no tick.
    async fn unaccepted_losses(&self) -> Result<Vec<FormLine>, ServiceError> {
        let mut lines = Vec::new();
        for (ticked, assignment) in &self.chosen {
            let window = &assignment.window;
            let Err(refusal) = loses_only(&window.machine, self.form.accepted_loss(*ticked)) else {
                continue;
            };
            if self.app.repository.actions(&window.id).await?.open_start().is_none() {
                let why = words::refusal(&refusal, self.target.zone);
                lines.push(FormLine::problem(why).of(&name(window.place())));
            }
        }
        Ok(lines)
    }
}

fn already_started(machine: &str, open: &StartSummary, zone: Tz) -> FormLine {
    FormLine::good(words::start(open, zone)).of(machine)
}

fn start_line(machine: &str, result: &StartResult, zone: Tz) -> FormLine {
    let line = match result {
        StartResult::Begun(start) => match &start.state {
            StartState::Settled { outcome, .. } => FormLine::problem(words::outcome(outcome, zone)),
            StartState::Claimed { .. } => FormLine::good(
                "the start was sent, and no answer came yet. What became of it is being found out; it is not sent again.",
            ),
            _ => FormLine::good("started. Azure accepted it."),
        },
        StartResult::Planned(start) => {
            let loss = start.accepts.map(|loss| format!(" {}", loss_sentence(loss))).unwrap_or_default();
            FormLine::good(format!("a start is planned for {}.{loss}", both(zone, start.begins)))
        }
        StartResult::Already(open) => FormLine::good(words::start(open, zone)),
        StartResult::Refused(refusal) => {
            FormLine::problem(format!("not started, {}", words::refusal(refusal, zone)))
        }
        StartResult::SentBefore => FormLine::problem(words::START_SENT_BEFORE),
    };
    line.of(machine)
}
