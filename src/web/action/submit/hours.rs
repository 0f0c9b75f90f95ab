//! Names maintenance hours, and takes them back.

use axum::http::StatusCode;

use super::super::auth::may_name_hours;
use super::super::auth::{may_start, why_no_start};
use super::super::form_result::{FormLine, FormResult, Undo};
use super::super::{limits, words};
use super::submission::FormSubmission;
use crate::domain::action::hours::{NamedHours, RecipientHours};
use crate::domain::action::scope::Scope;
use crate::domain::action::start_rules::StartsAs;
use crate::domain::assignment::Assignment;
use crate::domain::schedule::Hours;
use crate::render::next_start;
use crate::render::words::{name, scope};
use crate::services::recipient_settings::{SettingResult, name_hours, remove_hours};
use crate::services::standing_orders::next_starts;
use crate::services::{ServiceError, owner_lookup};

/// Of how many machines the answer says when they start.
const SAID: usize = 50;

/// Names hours for the machines that were chosen, their resource groups, or everything. They let the program restart
/// machines, so they take what a start takes.
pub(super) async fn name_for_chosen(submission: &FormSubmission<'_>) -> Result<FormResult, ServiceError> {
    let (app, target) = (submission.app, submission.target);
    let may = may_start(app, target, submission.visitor);
    if let Some(why) = why_no_start(&may, target, submission.visitor) {
        return Ok(FormResult::refused(StatusCode::FORBIDDEN, format!("No hours were named. {why}")));
    }
    let wrong = |field, why: &str| Ok(FormResult::wrong(field, format!("No hours were named. {why}")));
    if app.start_rules.acts_as == StartsAs::User {
        return wrong("hours", words::ONLY_NOW);
    }
    if !submission.is_confirmed() {
        let why = "Type the name of a machine that you ticked, exactly as it stands beside the box: that is how we know \
                   that a person wants it.";
        return wrong("name", why);
    }
    let theirs: Vec<&Assignment> = submission
        .chosen
        .iter()
        .map(|(_, assignment)| *assignment)
        .filter(|one| may_name_hours(one))
        .collect();
    if theirs.is_empty() {
        let why = "Hours can be named by whoever owns a machine: through a tag, a route, or because they took it over.";
        return wrong("m", why);
    }
    let hours = match submission.form.line("hours", limits::HOURS).map(|text| text.parse::<Hours>()) {
        Some(Ok(hours)) => hours,
        Some(Err(problem)) => {
            let why = format!(
                "{problem}. Write them like SAT 22:00-04:00, or MON-FRI 20:00-06:00, SUN 00:00-24:00."
            );
            return wrong("hours", &why);
        }
        None => return wrong("hours", "Write which, like SAT 22:00-04:00."),
    };
    let machines = theirs.iter().map(|assignment| &assignment.window.machine);
    let scopes = match submission.form.get("reach") {
        Some("everything") => vec![Scope::Everything],
        _ => match submission.scopes(machines) {
            Some(scopes) => scopes,
            None => return wrong("reach", "Choose what they are for."),
        },
    };
    if !submission.is_within_limit() {
        return Ok(FormSubmission::too_often());
    }
    let (by, since) = (submission.visitor.actor(target), app.clock.now());
    let named = |scope| NamedHours { scope, hours: hours.clone(), by: by.clone(), since };
    let named: Vec<NamedHours> = scopes.into_iter().map(named).collect();
    match name_hours(app, &submission.speaker(), &named).await? {
        SettingResult::Done | SettingResult::Absent => {}
        SettingResult::SentBefore => return Ok(FormSubmission::sent_before()),
        SettingResult::Full => {
            let why = format!(
                "There are {} already, which is as many as are kept. Remove some, or name them for a group or for everything.",
                RecipientHours::MOST
            );
            return wrong("reach", &why);
        }
    }
    let mut lines: Vec<FormLine> = named
        .iter()
        .map(|named| FormLine::good(format!("{hours} from now on.")).of(&scope(&named.scope)))
        .collect();
    // What these hours really come to, for every machine of the message that they may be about.
    let beside = (app.repository.named_hours().await?, owner_lookup::known_people(app).await?);
    let mine =
        target.items().filter_map(|(index, _, _)| target.assignment(index)).filter(|one| may_name_hours(one));
    let mine: Vec<&Assignment> = mine.take(SAID).collect();
    let windows = mine.iter().map(|one| (&one.window, &one.actions));
    let next = next_starts(app, windows, (&beside.0, &beside.1), since).await?;
    for window in mine.iter().map(|one| &one.window).filter(|it| !it.is_over()) {
        let Some(next) = next.get(&window.id) else { continue };
        let said = next_start(next, window, target.zone).map(|said| format!("{said}."));
        let line = |said| if next.is_ok() { FormLine::good(said) } else { FormLine::problem(said) };
        lines.extend(said.map(|said| line(said).of(&name(window.place()))));
    }
    let keys = named.iter().map(|named| named.scope.key()).collect();
    Ok(FormResult::done(lines).and_then(words::HOURS_FOLLOW).undone_by(Undo::RemoveHours(keys)))
}

/// Takes hours back. Whoever has the link may: less is started by that, never more.
pub(super) async fn remove(submission: &FormSubmission<'_>) -> Result<FormResult, ServiceError> {
    if !submission.is_within_limit() {
        return Ok(FormSubmission::too_often());
    }
    let mut lines = Vec::new();
    for key in submission.form.all("reach") {
        lines.push(FormLine::good(match remove_hours(submission.app, &submission.speaker(), key).await? {
            Ok(removed) => format!(
                "Removed: the hours {} for {}. What was planned by them does not begin, unless other hours still say so.",
                removed.hours,
                scope(&removed.scope)
            ),
            Err(SettingResult::SentBefore) => return Ok(FormSubmission::sent_before()),
            Err(_) => "There are no such hours any more.".to_owned(),
        }));
    }
    Ok(FormResult::done(lines))
}
