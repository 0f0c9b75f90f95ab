//! Mutes what the recipient wants to hear nothing of, and ends that early.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};

use super::super::form_result::{FormLine, FormResult, Undo};
use super::super::link_target::LinkTarget;
use super::super::{limits, words};
use super::submission::FormSubmission;
use crate::domain::recipient_settings::{Mute, NotificationSettings};
use crate::domain::schedule::{instant, next_allowed};
use crate::render::times::both;
use crate::render::words::scope;
use crate::services::ServiceError;
use crate::services::recipient_settings::{SettingResult, end_mute, mute};

/// Keeps the recipient from hearing of the machines that were chosen, or of their resource groups, for a while.
pub(super) async fn mute_machines(submission: &FormSubmission<'_>) -> Result<FormResult, ServiceError> {
    let (app, target) = (submission.app, submission.target);
    let wrong = |field, why: &str| Ok(FormResult::wrong(field, format!("Nothing was muted. {why}")));
    let Some(reason) = submission.form.line("because", limits::REASON) else {
        let why = "Say why: everybody who is told of these machines can read it.";
        return wrong("because", why);
    };
    let now = app.clock.now();
    let until = match submission.form.get("until").map(|text| muted_until(text, target, now)) {
        Some(Ok(until)) => until,
        Some(Err(why)) => return wrong("until", &why),
        None => return wrong("until", "Choose the last day of it."),
    };
    let machines = submission.chosen.iter().map(|(_, assignment)| &assignment.window.machine);
    let Some(scopes) = submission.scopes(machines) else {
        return wrong("reach", "Choose whether it is about the machines or their resource groups.");
    };
    if !submission.is_within_limit() {
        return Ok(FormSubmission::too_often());
    }
    let by = submission.visitor.actor(target);
    let mute_of = |scope| Mute { scope, until, reason: reason.clone(), by: by.clone(), at: now };
    let mutes: Vec<Mute> = scopes.into_iter().map(mute_of).collect();
    match mute(app, &submission.speaker(), &mutes).await? {
        SettingResult::Done | SettingResult::Absent => {}
        SettingResult::SentBefore => return Ok(FormSubmission::sent_before()),
        SettingResult::Full => {
            let why = format!(
                "There are {} mutes already, which is as many as are kept. Mute a resource group instead.",
                NotificationSettings::MOST
            );
            return wrong("reach", &why);
        }
    }
    let lines = mutes.iter().map(|mute| {
        let until = both(target.zone, mute.until);
        FormLine::good(format!("muted until {until}, for you alone.")).of(&scope(&mute.scope))
    });
    let keys = mutes.iter().map(|mute| mute.scope.key()).collect();
    Ok(FormResult::done(lines.collect()).and_then(words::MUTE_FOLLOWS).undone_by(Undo::EndMute(keys)))
}

/// When a mute ends whose last day is `text`: when the recipient may be notified of something again after it.
fn muted_until(text: &str, target: &LinkTarget, now: DateTime<Utc>) -> Result<DateTime<Utc>, String> {
    let last: NaiveDate = text.parse().map_err(|_| "Write the last day as 2026-12-24.".to_owned())?;
    let today = now.with_timezone(&target.zone).date_naive();
    if last < today {
        return Err("That day has passed.".to_owned());
    }
    if last > today + limits::LONGEST_MUTE {
        return Err("It can last 90 days at most; you are reminded two days before it ends.".to_owned());
    }
    let midnight = instant(target.zone, (last + Days::new(1)).and_time(NaiveTime::MIN));
    Ok(target.preferences().map_or(midnight, |preferences| {
        next_allowed(target.zone, &preferences.hours, &preferences.quiet, &preferences.holidays, midnight)
    }))
}

/// Ends a mute before its time.
pub(super) async fn end_early(submission: &FormSubmission<'_>) -> Result<FormResult, ServiceError> {
    if !submission.is_within_limit() {
        return Ok(FormSubmission::too_often());
    }
    let mut lines = Vec::new();
    for key in submission.form.all("reach") {
        lines.push(match end_mute(submission.app, &submission.speaker(), key).await? {
            Ok(ended) => FormLine::good(format!(
                "Ended: you hear of {} again, beginning with what was held back.",
                scope(&ended.scope)
            )),
            Err(SettingResult::SentBefore) => return Ok(FormSubmission::sent_before()),
            Err(_) => FormLine::good("There is no such mute any more."),
        });
    }
    Ok(FormResult::done(lines))
}
