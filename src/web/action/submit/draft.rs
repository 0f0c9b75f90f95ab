//! A rolling plan as somebody filled it in.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};

use super::super::form::{Form, SelectedMachine};
use super::super::limits;
use super::super::link_target::LinkTarget;
use super::moment::moment;
use crate::domain::action::Actor;
use crate::domain::action::rolling::{
    ExclusionReason, MOST_MEMBERS, MemberState, PlanMember, PlanState, RollingPlan, StartTimes, first_moment,
};
use crate::domain::action::start::{StartRefusal, loses_only};
use crate::domain::assignment::Assignment;
use crate::domain::ids::PlanId;
use crate::domain::sanitize::one_line;
use crate::domain::schedule::Hours;
use crate::services::App;

/// The plan that a form describes, for the machines that were chosen. What cannot be started as it was shown is in it
/// too, left out with the reason.
///
/// # Errors
/// Which field of the form is wrong, and why, in words for whoever filled it in.
pub(crate) fn draft(
    app: &App,
    target: &LinkTarget,
    by: Actor,
    form: &Form,
    chosen: &[(SelectedMachine, &Assignment)],
) -> Result<RollingPlan, (&'static str, String)> {
    let now = app.clock.now();
    if chosen.len() < 2 {
        let why = "Nothing was planned: choose two machines at least; a single one is started above.";
        return Err(("m", why.to_owned()));
    }
    if chosen.len() > MOST_MEMBERS {
        let why = format!(
            "Nothing was planned: one plan takes {MOST_MEMBERS} machines at most. Choose fewer, and make another plan of \
             the rest."
        );
        return Err(("m", why));
    }
    let hours = form.line("hours", limits::HOURS).unwrap_or_else(|| Hours::Always.to_string());
    let hours: Hours = hours.parse().map_err(|error| {
        ("hours", format!("Nothing was planned: the hours {}.", one_line(&format!("{error}"), 300)))
    })?;
    let first = first_moment(now);
    // A plan that was read begins as it was read, unless its first moment has passed.
    let read =
        form.get("first").and_then(|text| text.parse::<DateTime<Utc>>().ok()).filter(|read| now <= *read);
    let not_before = match (read, form.get("at").map(|text| moment(text, target.zone))) {
        (Some(read), _) => read,
        (None, None) => first,
        (None, Some(Ok(at))) if now < at => at.max(first),
        (None, Some(Ok(_))) => {
            return Err(("at", "Nothing was planned: that time has passed.".to_owned()));
        }
        (None, Some(Err(why))) => return Err(("at", why)),
    };
    let tag = &app.start_rules.cluster_tag;
    let members: Vec<PlanMember> =
        chosen.iter().filter_map(|(ticked, assignment)| member(*ticked, assignment, tag, now)).collect();
    if members.is_empty() {
        let why = "Nothing was planned: none of these machines can be started by its owner.";
        return Err(("m", why.to_owned()));
    }
    let sheet = form.get("review").unwrap_or_default();
    Ok(RollingPlan {
        id: PlanId::new(&target.recipient, sheet, members.iter().map(|member| &member.window)),
        owner: target.recipient.clone(),
        by,
        message: target.content.id.clone(),
        made: now,
        times: StartTimes { zone: target.zone, hours, freeze: freeze(app, target), not_before, latest: None },
        members,
        state: PlanState::Running,
        forms: Vec::new(),
    })
}

fn member(
    ticked: SelectedMachine,
    assignment: &Assignment,
    tag: &str,
    now: DateTime<Utc>,
) -> Option<PlanMember> {
    let window = &assignment.window;
    let why = if window.revision != ticked.revision {
        let reason = StartRefusal::Moved { schedule: window.facts.schedule };
        Some(ExclusionReason::NotBegun { reason })
    } else if assignment.actions.open_start().is_some() {
        Some(ExclusionReason::Elsewhere)
    } else {
        // Nobody agrees to a loss for many machines at once.
        loses_only(&window.machine, None).err().map(|reason| ExclusionReason::NotBegun { reason })
    };
    let member = PlanMember { revision: ticked.revision, ..PlanMember::of(window, tag)? };
    Some(match why {
        Some(why) => PlanMember { state: MemberState::LeftOut { at: now, why }, ..member },
        None => member,
    })
}

/// The days on which nothing is started for the recipient.
fn freeze(app: &App, target: &LinkTarget) -> BTreeSet<NaiveDate> {
    let policy = app.policy();
    let own = policy.recipient(&target.recipient).map(|recipient| recipient.preferences.holidays);
    own.unwrap_or_else(|| policy.defaults.holidays.clone())
}
