//! Maintenance hours on the page: what holds, the form that names some, and taking them back.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::auth::may_start;
use crate::web::action::view::choice::Choice;
use crate::web::action::view::choice::choice;
use super::link_target::LinkTarget;
use crate::web::action::view::machines::MachineRow;
use crate::web::action::form_result::FormResult;
use crate::web::action::submit::submission::FormSubmission;
use crate::web::action::form_result::FormLine;
use crate::web::action::view::context::ViewContext;
use crate::web::action::auth::start_permission::why_no_start;
use super::words;
use crate::domain::action::hours::{NamedHours, RecipientHours};
use crate::domain::action::scope::Scope;
use crate::domain::action::standing_order::{NotPlanned, has_say};
use crate::domain::action::start_rules::StartsAs;
use crate::domain::assignment::Assignment;
use crate::domain::resource::ResourceKind;
use crate::domain::schedule::Hours;
use crate::render::sanitize::one_line;
use crate::render::times::local;
use crate::render::words::{scope, source};
use crate::services::ServiceError;
use crate::services::recipient_settings::{name_hours, remove_hours};
use crate::services::standing_orders::order_of;

/// How many machines the form and the list of what holds have at most.
const SHOWN: usize = 100;

/// The section.
#[derive(Debug, Serialize)]
pub(super) struct HoursView {
    form: Option<HoursForm>,
    /// What the recipient named, and what the configuration gives them.
    held: Vec<HeldView>,
    /// What holds for the machines of this message.
    wins: Vec<String>,
    tag: String,
}

#[derive(Debug, Serialize)]
struct HoursForm {
    machines: Vec<Choice>,
    example: String,
}

/// Hours with where they come from.
#[derive(Debug, Serialize)]
struct HeldView {
    what: String,
    hours: String,
    next: Option<String>,
    from: String,
    /// What removes them; `None` for the configuration's.
    remove: Option<String>,
}

impl ViewContext<'_> {
    /// The section about hours; `None` where there are none and none can be named.
    pub(super) fn hours(&self, machines: &[MachineRow], may_name: bool) -> Option<HoursView> {
        let theirs: Vec<&MachineRow> = machines
            .iter()
            .filter(|machine| machine.answerable)
            .filter(|machine| self.target.assignment(machine.index).is_some_and(is_theirs))
            .collect();
        let form = (may_name && !theirs.is_empty()).then(|| HoursForm {
            example: theirs.first().map(|machine| machine.name.clone()).unwrap_or_default(),
            machines: theirs.iter().take(SHOWN).copied().map(choice).collect(),
        });
        let (held, wins) = (self.held(), self.wins(&theirs));
        let view = HoursView { form, held, wins, tag: one_line(&self.app.start_rules.hours_tag, 90) };
        (view.form.is_some() || !view.held.is_empty() || !view.wins.is_empty()).then_some(view)
    }

    fn held(&self) -> Vec<HeldView> {
        let of = self.page_data.named.iter().find(|of| of.recipient == self.target.recipient);
        let named = of.map(|of: &RecipientHours| of.named.as_slice()).unwrap_or_default().iter();
        let named = named.map(|named| HeldView {
            what: scope(&named.scope),
            hours: named.hours.to_string(),
            next: self.next(&named.hours),
            from: format!("named by {} on {}", one_line(named.by.name(), 90), local(self.zone, named.since)),
            remove: Some(named.scope.key()),
        });
        let configured = self.app.standing_orders.get(&self.target.recipient).map(|hours| HeldView {
            what: scope(&Scope::Everything),
            hours: hours.to_string(),
            next: self.next(hours),
            from: "from the configuration".to_owned(),
            remove: None,
        });
        named.chain(configured).collect()
    }

    fn next(&self, hours: &Hours) -> Option<String> {
        next(hours, self.target, self.now)
    }

    /// What holds for each of these machines, the same for several of them said once.
    fn wins(&self, machines: &[&MachineRow]) -> Vec<String> {
        let mut said: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for machine in machines {
            let Some(assignment) = self.target.assignment(machine.index) else { continue };
            let beside = (self.page_data.named.as_slice(), &self.page_data.people);
            let order = order_of(self.app, &assignment.window, &assignment.actions, beside, self.now);
            let sentence = match order {
                Ok(order) => {
                    let sources = order.sources();
                    let from: Vec<String> = sources.iter().map(|one| source(one, self.zone)).collect();
                    let next = match order.next_open(self.now) {
                        Some(next) => format!("next {}", local(self.zone, next)),
                        None => "no time suits all of them".to_owned(),
                    };
                    format!("{} ({next}): {}.", one_line(&order.hours(), 300), from.join("; "))
                }
                Err(NotPlanned::NoOrder) => continue,
                Err(reason) => format!("no hours, because {}.", one_line(&reason.to_string(), 300)),
            };
            said.entry(sentence).or_default().push(machine.name.clone());
        }
        said.into_iter().map(|(sentence, names)| format!("{}: {sentence}", names.join(", "))).collect()
    }
}

/// When the hours begin next, or that they have.
fn next(hours: &Hours, target: &LinkTarget, now: DateTime<Utc>) -> Option<String> {
    let holidays = target.preferences().map(|preferences| preferences.holidays.clone()).unwrap_or_default();
    let next = hours.next_open(target.zone, &holidays, now)?;
    Some(if next <= now {
        "these are the hours now".to_owned()
    } else {
        format!("next {}", local(target.zone, next))
    })
}

/// Whether the recipient owns the machine, and it is one that can be started at all.
fn is_theirs(assignment: &Assignment) -> bool {
    let kind = assignment.window.id.resource.kind();
    has_say(&assignment.reasons) && matches!(kind, ResourceKind::Vm | ResourceKind::ScaleSetInstance)
}

/// Names hours for the machines that were chosen, their resource groups, or everything. They let the program restart
/// machines, so they are guarded as a start is.
pub(super) async fn name_them(submission: &FormSubmission<'_>) -> Result<FormResult, ServiceError> {
    let (app, target) = (submission.app, submission.target);
    let may = may_start(app, target, submission.visitor);
    if let Some(why) = why_no_start(&may, target, submission.visitor) {
        return Ok(FormResult::not(StatusCode::FORBIDDEN, format!("No hours were named. {why}")));
    }
    let unfit = |why: String| {
        FormResult::not(StatusCode::UNPROCESSABLE_ENTITY, format!("No hours were named. {why}"))
    };
    if app.start_rules.acts_as == StartsAs::User {
        return Ok(unfit(words::ONLY_NOW.to_owned()));
    }
    if !submission.is_confirmed() {
        let why = "Type the name of a machine that you ticked, exactly as it stands beside the box: that is how we know \
                   that a person wants it.";
        return Ok(unfit(why.to_owned()));
    }
    let theirs: Vec<&Assignment> =
        submission.chosen.iter().map(|(_, assignment)| *assignment).filter(|one| is_theirs(one)).collect();
    if theirs.is_empty() {
        let why = "Hours can be named by whoever owns a machine: through a tag, a route, or because they took it over.";
        return Ok(unfit(why.to_owned()));
    }
    let hours = match submission.form.line("hours", 200).map(|text| text.parse::<Hours>()) {
        Some(Ok(hours)) => hours,
        Some(Err(problem)) => {
            return Ok(unfit(format!(
                "{problem}. Write them like SAT 22:00-04:00, or MON-FRI 20:00-06:00, SUN 00:00-24:00."
            )));
        }
        None => return Ok(unfit("Write which, like SAT 22:00-04:00.".to_owned())),
    };
    let mut reaches: Vec<Scope> = match submission.form.get("reach") {
        Some("machine") => theirs
            .iter()
            .map(|assignment| Scope::Machine { resource: assignment.window.id.resource.clone() })
            .collect(),
        Some("group") => {
            theirs.iter().map(|assignment| Scope::group_of(&assignment.window.id.resource)).collect()
        }
        Some("everything") => vec![Scope::Everything],
        _ => return Ok(unfit("Choose what they are for.".to_owned())),
    };
    reaches.sort();
    reaches.dedup_by_key(|scope| scope.key());
    if !submission.is_taken() {
        return Ok(FormSubmission::too_often());
    }
    let (by, since) = (submission.visitor.actor(target), app.clock.now());
    let named =
        reaches.into_iter().map(|scope| NamedHours { scope, hours: hours.clone(), by: by.clone(), since });
    let named: Vec<NamedHours> = named.collect();
    if !name_hours(app, &submission.speaker(), &named).await? {
        return Ok(unfit(format!(
            "There are {} already, which is as many as are kept. Remove some, or name them for a group or for everything.",
            RecipientHours::MOST
        )));
    }
    let next = next(&hours, target, since).unwrap_or_else(|| "none within a year".to_owned());
    let mut lines: Vec<FormLine> = named
        .iter()
        .map(|named| FormLine::good(format!("{}: {hours} from now on ({next}).", scope(&named.scope))))
        .collect();
    lines.push(FormLine::good(
        "Starts are planned with the next look at Azure, within a quarter of an hour: a day ahead at least. You hear of \
         each of them, and one click calls it off.",
    ));
    Ok(FormResult::said(lines))
}

/// Takes hours back. Whoever has the link may: less is started by that, never more.
pub(super) async fn remove(submission: &FormSubmission<'_>) -> Result<FormResult, ServiceError> {
    if !submission.is_taken() {
        return Ok(FormSubmission::too_often());
    }
    let key = submission.form.get("reach").unwrap_or_default();
    let line = match remove_hours(submission.app, &submission.speaker(), key).await? {
        Some(removed) => format!(
            "Removed: the hours {} for {}. What was planned by them does not begin, unless other hours still say so.",
            removed.hours,
            scope(&removed.scope)
        ),
        None => "There are no such hours any more.".to_owned(),
    };
    Ok(FormResult::said(vec![FormLine::good(line)]))
}
