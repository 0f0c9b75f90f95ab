//! Whom to escalate to when nobody responds, and how long before the deadline.
//!
//! The steps count back from the deadline, never forward from the first message. At each step one more is notified: the
//! recipient that the owner's `escalate_to` names, then the one that theirs names, and so on. Where such a chain has
//! come to its end its last member is notified again, and where there is none the fallback is notified at the last
//! step.
//!
//! Who is notified is decided here, with everybody else who is responsible. Whether it comes to that, and when, is
//! decided when they are planned for ([`super::planning::escalation`]).

use chrono::{DateTime, TimeDelta, Utc};

use super::assignment::Holder;
use super::directory::People;
use super::escalation_steps::EscalationStep;
use super::policy::Policy;
use super::reason::Reason;
use super::recipient_name::RecipientName;
use super::responsibility::Responsibility;
use super::window::MaintenanceWindow;

/// A step is prepared for this long before it comes: closed hours bring it forward by three days at most.
const PREPARED_BEFORE: TimeDelta = TimeDelta::days(4);

/// The moment that the steps count back from: the end of self-service, while there is something for the owner to do.
/// What had better be left to Azure is nobody's to urge.
pub fn deadline(window: &MaintenanceWindow, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let for_owner = window.asks_owner(now);
    window.facts.schedule.self_service.filter(|_| for_owner).and_then(|interval| interval.said_end())
}

/// Adds whoever is escalated to at a step that is near to those responsible. Whoever was added once stays, so that they
/// are notified of how it goes on: `holders` are those who have a copy of the window already.
pub fn add(
    policy: &Policy,
    window: &MaintenanceWindow,
    people: &People,
    holders: &[Holder],
    responsible: &mut Responsibility,
    now: DateTime<Utc>,
) {
    let near = |step: &EscalationStep| {
        deadline(window, now).is_some_and(|end| end - TimeDelta::minutes(step.step) - PREPARED_BEFORE <= now)
    };
    let stays = |name: &RecipientName| {
        holders
            .iter()
            .any(|holder| holder.recipient == *name && holder.escalated && holder.withdrawn.is_none())
    };
    let owners: Vec<RecipientName> = responsible.recipients.iter().map(|(name, _)| name.clone()).collect();
    let escalation_steps = policy.escalation.escalation_steps(&owners, &policy.fallback, |name| {
        policy.recipient(name).is_some_and(|recipient| !recipient.is_unreachable(&people.dead))
    });
    for step in escalation_steps.iter().filter(|step| near(step) || stays(&step.to)) {
        let reason = Reason::Escalated { from: step.from.clone(), step: step.step };
        match responsible.recipients.iter_mut().find(|(name, _)| *name == step.to) {
            // Of several steps the one to come is the reason: a nearer one replaces it.
            Some((_, reasons)) => {
                let same = reasons
                    .iter_mut()
                    .find(|known| matches!(known, Reason::Escalated { from, .. } if *from == step.from));
                match same {
                    Some(known) => *known = reason,
                    None => reasons.push(reason),
                }
            }
            None => responsible.recipients.push((step.to.clone(), vec![reason])),
        }
        // With the first of them everybody has all of it: which step is the last one counts from the beginning.
        responsible.escalation_steps.clone_from(&escalation_steps);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::escalation_steps::Escalation;
    use crate::domain::fixtures::{policy, recipient, utc, window};
    use std::collections::BTreeMap;

    fn names(list: &[&str]) -> Vec<RecipientName> {
        list.iter().map(|name| name.parse().unwrap()).collect()
    }

    fn escalation(to: &[(&str, &str)]) -> Escalation {
        Escalation {
            before: vec![TimeDelta::days(7), TimeDelta::days(4), TimeDelta::days(2)],
            own: BTreeMap::new(),
            to: to.iter().map(|(from, to)| (from.parse().unwrap(), to.parse().unwrap())).collect(),
        }
    }

    fn notified(escalation: &Escalation, owners: &[&str]) -> Vec<(i64, String)> {
        let escalation_steps = escalation
            .escalation_steps(&names(owners), &names(&["platform"]), |name| name.as_str() != "gone");
        escalation_steps.into_iter().map(|step| (step.step / 1440, step.to.to_string())).collect()
    }

    fn steps(list: &[(i64, &str)]) -> Vec<(i64, String)> {
        list.iter().map(|(step, to)| (*step, (*to).to_owned())).collect()
    }

    #[test]
    fn each_step_escalates_to_the_next_and_the_last_of_a_chain_is_notified_again() {
        let chain = escalation(&[("web", "duty"), ("duty", "boss")]);
        assert_eq!(notified(&chain, &["web"]), steps(&[(7, "duty"), (4, "boss"), (2, "boss")]));
        assert_eq!(notified(&chain, &["web", "jane"]), steps(&[(7, "duty"), (4, "boss"), (2, "boss")]));
        assert_eq!(notified(&chain, &["web", "duty"]), steps(&[(7, "boss"), (4, "boss"), (2, "boss")]));
    }

    #[test]
    fn without_a_chain_the_fallback_is_notified_at_the_last_step() {
        let chain = escalation(&[("web", "duty")]);
        assert_eq!(notified(&chain, &["jane"]), steps(&[(2, "platform")]));
        assert_eq!(notified(&chain, &["platform"]), []);
        assert_eq!(notified(&Escalation::default(), &["jane"]), []);
    }

    #[test]
    fn loops_end_and_who_cannot_be_reached_is_passed_over() {
        let circle = escalation(&[("web", "duty"), ("duty", "boss"), ("boss", "web")]);
        assert_eq!(notified(&circle, &["web"]), steps(&[(7, "duty"), (4, "boss"), (2, "boss")]));
        let gone = escalation(&[("web", "gone"), ("gone", "boss")]);
        assert_eq!(notified(&gone, &["web"]), steps(&[(7, "boss"), (4, "boss"), (2, "boss")]));
    }

    #[test]
    fn an_owner_may_set_steps_of_its_own() {
        let mut own = escalation(&[("web", "duty")]);
        own.own.insert("web".parse().unwrap(), vec![TimeDelta::days(1)]);
        assert_eq!(notified(&own, &["web"]), steps(&[(1, "duty")]));
    }

    #[test]
    fn only_near_steps_are_prepared_and_nothing_that_is_left_to_azure() {
        let mut policy = policy();
        policy.escalation = escalation(&[("web", "duty"), ("duty", "boss")]);
        for name in ["web", "duty", "boss"] {
            policy.recipients.insert(name.parse().unwrap(), recipient(name));
        }
        // Self-service ends on the 11th.
        let mut window = window("web-01", utc("2026-12-01T10:00:00Z"));
        let prepared = |window: &MaintenanceWindow, holders: &[Holder], now: &str| {
            let recipients = vec![("web".parse().unwrap(), Vec::new())];
            let mut responsible = Responsibility { recipients, ..Responsibility::default() };
            add(&policy, window, &People::default(), holders, &mut responsible, utc(now));
            let notified: Vec<String> =
                responsible.recipients.iter().map(|(name, _)| name.to_string()).collect();
            let steps = responsible.escalation_steps.iter().map(|step| step.step / 1440);
            (notified.join(" "), steps.collect::<Vec<_>>())
        };
        let nobody = ("web".to_owned(), vec![]);
        assert_eq!(prepared(&window, &[], "2026-11-30T09:00:00Z"), nobody);
        // The first step is near, and with it everybody knows that it is not the last.
        assert_eq!(prepared(&window, &[], "2026-11-30T10:00:00Z"), ("web duty".to_owned(), vec![7, 4, 2]));
        assert_eq!(
            prepared(&window, &[], "2026-12-04T10:00:00Z"),
            ("web duty boss".to_owned(), vec![7, 4, 2])
        );
        // Whoever was notified stays, also when there is nothing left to act on.
        let duty = Holder {
            recipient: "duty".parse().unwrap(),
            since: utc("2026-12-01T10:00:00Z"),
            escalated: true,
            withdrawn: None,
        };
        assert_eq!(
            prepared(&window, &[duty], "2026-12-12T10:00:00Z"),
            ("web duty".to_owned(), vec![7, 4, 2])
        );
        window.machine.auto_shutdown = true;
        assert_eq!(prepared(&window, &[], "2026-12-05T10:00:00Z"), nobody);
    }
}
