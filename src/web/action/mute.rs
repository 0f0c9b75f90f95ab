//! Silences on the page: what the recipient wants to hear nothing of, and ending that early.

use axum::http::StatusCode;
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use serde::Serialize;

use super::forms::{Choice, choice};
use super::link_target::LinkTarget;
use super::machines::MachineRow;
use super::submit::{FormResult, FormSubmission};
use super::view::{FormLine, ViewContext};
use crate::domain::action::scope::Scope;
use crate::domain::recipient_settings::{Mute, NotificationSettings};
use crate::domain::schedule::{instant, next_allowed};
use crate::render::sanitize::one_line;
use crate::render::times::{both, local};
use crate::render::words::scope;
use crate::services::ServiceError;
use crate::services::recipient_settings::{end_mute, mute};

/// Nobody is silent for longer.
const LONGEST: Days = Days::new(90);
/// What the form suggests.
const SUGGESTED: Days = Days::new(14);
/// The longest reason.
const REASON: usize = 200;

/// The section.
#[derive(Debug, Serialize)]
pub(super) struct MuteView {
    form: Option<MuteForm>,
    held: Vec<HeldView>,
}

#[derive(Debug, Serialize)]
struct MuteForm {
    machines: Vec<Choice>,
    earliest: String,
    latest: String,
    suggested: String,
}

#[derive(Debug, Serialize)]
struct HeldView {
    what: String,
    until: String,
    said: String,
    /// What ends it.
    end: String,
}

impl ViewContext<'_> {
    /// The section about silences; `None` where there is none and nothing to be silent about.
    pub(super) fn mute(&self, machines: &[MachineRow]) -> Option<MuteView> {
        let theirs: Vec<&MachineRow> = machines.iter().filter(|machine| machine.answerable).collect();
        let today = self.now.with_timezone(&self.zone).date_naive();
        let form = (!theirs.is_empty()).then(|| MuteForm {
            machines: theirs.into_iter().map(choice).collect(),
            earliest: today.to_string(),
            latest: (today + LONGEST).to_string(),
            suggested: (today + SUGGESTED).to_string(),
        });
        let mutes = self.target.notification_settings.mutes.iter().filter(|mute| self.now < mute.until);
        let held: Vec<HeldView> = mutes
            .map(|mute| HeldView {
                what: scope(&mute.scope),
                until: both(self.zone, mute.until),
                said: format!(
                    "asked for by {} on {}, because “{}”",
                    one_line(mute.by.name(), 90),
                    local(self.zone, mute.at),
                    one_line(&mute.reason, REASON)
                ),
                end: mute.scope.key(),
            })
            .collect();
        (form.is_some() || !held.is_empty()).then_some(MuteView { form, held })
    }
}

/// Keeps the recipient from hearing of the machines that were chosen, or of their resource groups, for a while.
pub(super) async fn mute_machines(submission: &FormSubmission<'_>) -> Result<FormResult, ServiceError> {
    let (app, target) = (submission.app, submission.target);
    let unfit = |why: String| {
        FormResult::not(StatusCode::UNPROCESSABLE_ENTITY, format!("Nothing was silenced. {why}"))
    };
    let Some(reason) = submission.form.line("because", REASON) else {
        let why = "Say why: everybody who is told of these machines can read it.";
        return Ok(unfit(why.to_owned()));
    };
    let now = app.clock.now();
    let until = match submission.form.get("until").map(|text| end(text, target, now)) {
        Some(Ok(until)) => until,
        Some(Err(why)) => return Ok(unfit(why)),
        None => return Ok(unfit("Choose the last day of it.".to_owned())),
    };
    let resources = submission.chosen.iter().map(|(_, assignment)| &assignment.window.id.resource);
    let mut reaches: Vec<Scope> = match submission.form.get("reach") {
        Some("machine") => resources.map(|resource| Scope::Machine { resource: resource.clone() }).collect(),
        Some("group") => resources.map(Scope::group_of).collect(),
        _ => {
            return Ok(unfit("Choose whether it is about the machines or their resource groups.".to_owned()));
        }
    };
    reaches.sort();
    reaches.dedup_by_key(|scope| scope.key());
    if !submission.is_taken() {
        return Ok(FormSubmission::too_often());
    }
    let by = submission.visitor.actor(target);
    let mutes = reaches.into_iter().map(|scope| Mute {
        scope,
        until,
        reason: reason.clone(),
        by: by.clone(),
        at: now,
    });
    let mutes: Vec<Mute> = mutes.collect();
    if !mute(app, &submission.speaker(), &mutes).await? {
        return Ok(unfit(format!(
            "There are {} silences already, which is as many as are kept. Be silent about a resource group instead.",
            NotificationSettings::MOST
        )));
    }
    let lines = mutes.iter().map(|mute| {
        let until = both(target.zone, mute.until);
        FormLine::good(format!("{}: silent until {until}, for you alone.", scope(&mute.scope)))
    });
    Ok(FormResult::said(lines.collect()))
}

/// When a silence ends whose last day is `text`: when the recipient may be told of something again after it.
fn end(text: &str, target: &LinkTarget, now: DateTime<Utc>) -> Result<DateTime<Utc>, String> {
    let last: NaiveDate = text.parse().map_err(|_| "Write the last day as 2026-12-24.".to_owned())?;
    let today = now.with_timezone(&target.zone).date_naive();
    if last < today {
        return Err("That day has passed.".to_owned());
    }
    if last > today + LONGEST {
        return Err("It can last 90 days at most; you are reminded two days before it ends.".to_owned());
    }
    let midnight = instant(target.zone, (last + Days::new(1)).and_time(NaiveTime::MIN));
    Ok(target.preferences().map_or(midnight, |preferences| {
        next_allowed(target.zone, &preferences.hours, &preferences.quiet, &preferences.holidays, midnight)
    }))
}

/// Ends a silence before its time.
pub(super) async fn end_it(submission: &FormSubmission<'_>) -> Result<FormResult, ServiceError> {
    if !submission.is_taken() {
        return Ok(FormSubmission::too_often());
    }
    let key = submission.form.get("reach").unwrap_or_default();
    let line = match end_mute(submission.app, &submission.speaker(), key).await? {
        Some(ended) => {
            format!("Ended: you hear of {} again, beginning with what was held back.", scope(&ended.scope))
        }
        None => "There is no such silence any more.".to_owned(),
    };
    Ok(FormResult::said(vec![FormLine::good(line)]))
}
