//! Whom to turn to when nobody responds, and from when on they are prepared for it.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::attention::is_for_owner;
use super::seen::View;
use crate::simulation::history::{History, Time};

/// How long before a step whoever it turns to is prepared for.
const AHEAD: TimeDelta = TimeDelta::days(4);

/// One step: how many minutes before the end of self-service, and who is notified.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Step {
    pub(crate) step: i64,
    pub(crate) to: String,
}

/// Every moment from which on somebody could be prepared for a step before `end`.
pub(crate) fn prepared(history: &History, end: Time) -> BTreeSet<Time> {
    let own = history.people.iter().filter_map(|person| person.escalate.as_ref());
    let hours = own.chain([&history.escalate]).flatten();
    hours.map(|hours| end - TimeDelta::hours(*hours) - AHEAD).collect()
}

/// Works out who is escalated to now, as the owners are.
pub(crate) fn prepare(history: &History, view: &mut View, at: Time) {
    let escalation_steps = escalation_steps(history, &view.owners);
    let own = view.dates.own.filter(|_| is_for_owner(view, at));
    let near = |step: &&Step| {
        let comes = own.map(|own| own.to - TimeDelta::minutes(step.step));
        comes.is_some_and(|comes| comes - AHEAD <= at) || view.escalated_to.contains(&step.to)
    };
    view.escalated_to = escalation_steps.iter().filter(near).map(|step| step.to.clone()).collect();
    view.escalation_steps = if view.escalated_to.is_empty() { Vec::new() } else { escalation_steps };
}

fn escalation_steps(history: &History, owners: &[String]) -> Vec<Step> {
    let own = |name: &str| history.person(name).and_then(|person| person.escalate.clone());
    let steps = |name: &str| own(name).unwrap_or_else(|| history.escalate.clone());
    let step = |hours: i64, to: &str| Step { step: hours * 60, to: to.to_owned() };
    let mut escalation_steps = BTreeSet::new();
    for owner in owners {
        let mut chain: Vec<String> = Vec::new();
        let mut last = owner.clone();
        while let Some(next) = history.person(&last).and_then(|person| person.escalate_to.clone()) {
            if next == *owner || chain.contains(&next) {
                break;
            }
            chain.push(next.clone());
            last = next;
        }
        chain.retain(|name| !owners.contains(name));
        for (number, hours) in steps(owner).into_iter().enumerate() {
            escalation_steps.extend(chain.get(number).or(chain.last()).map(|to| step(hours, to)));
        }
    }
    if escalation_steps.is_empty()
        && let Some(first) = owners.first()
        && !owners.contains(&history.fallback)
    {
        escalation_steps.extend(steps(first).last().map(|hours| step(*hours, &history.fallback)));
    }
    escalation_steps.into_iter().collect()
}
