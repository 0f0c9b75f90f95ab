//! What people said about whose a window is: they hand it over, accept it, or say that it is not theirs.
//!
//! Unlike what is said of its dates this holds for the window whatever becomes of them: nobody has to say twice that
//! a machine is not theirs because Azure moved a date. Whoever said that it is not theirs can take that back for a while,
//! unless somebody else accepted it since.

use chrono::{DateTime, TimeDelta, Utc};

use super::action::Actor;
use super::action::response::{Response, ResponseRecord, WindowActions};
use super::escalation_steps::EscalationStep;
use super::policy::Policy;
use super::reason::Reason;
use super::recipient_name::RecipientName;
use super::window::Revision;

/// For how long somebody can take back that a window is not theirs.
const TAKEN_BACK_WITHIN: TimeDelta = TimeDelta::hours(24);

/// Whoever is asked to take a window over and does not answer for so long was asked in vain.
const ANSWERED_WITHIN: TimeDelta = TimeDelta::days(2);

/// A request that nobody answered comes back so long before the next step of escalation, so that whoever asked hears of
/// it first.
const BEFORE_STEP: TimeDelta = TimeDelta::hours(1);

/// What stands for the notifier itself where it says, in the place of whoever was asked, that they did not take it.
const IN_THEIR_PLACE: &str = "maintenance-notifier";

/// The window's owners after what they said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ownership {
    /// Each with the reasons, the primary first.
    pub owners: Vec<(RecipientName, Vec<Reason>)>,
    /// Who said that it is not theirs, in order.
    pub declined: Vec<RecipientName>,
}

/// Applies the responses of `actions` to those found by tags and routes. Whoever was asked to take the window over
/// is notified beside the others; only once they accept does it leave whoever asked them.
pub fn answered(
    found: Vec<(RecipientName, Vec<Reason>)>,
    actions: &WindowActions,
    policy: &Policy,
) -> Ownership {
    let mut ownership = Ownership { owners: found, declined: Vec::new() };
    let mut asked: Option<(RecipientName, RecipientName)> = None;
    let mut left: Vec<LeftOwner> = Vec::new();
    for record in &actions.responses {
        let Some(by) = &record.by.recipient else { continue };
        match &record.response {
            Response::HandOver { to } if to != by && policy.recipient(to).is_some() => {
                asked = Some((by.clone(), to.clone()));
            }
            Response::Accept => {
                if let Some((from, to)) = asked.take_if(|(_, to)| to == by) {
                    left.clear();
                    let place = ownership.remove(&from).unwrap_or(ownership.owners.len());
                    let place = ownership.remove(&to).map_or(place, |own| own.min(place));
                    let reason = Reason::HandedOver { by: from, accepted: true };
                    ownership.owners.insert(place.min(ownership.owners.len()), (to, vec![reason]));
                }
            }
            Response::NotMine if asked.as_ref().is_some_and(|(_, to)| to == by) => asked = None,
            Response::NotMine => {
                if let Some((place, reasons)) = ownership.take(by) {
                    left.push(LeftOwner { name: by.clone(), place, reasons });
                }
                if !ownership.declined.contains(by) {
                    ownership.declined.push(by.clone());
                }
            }
            Response::TakeBack => {
                if let Some(at) = left.iter().position(|owner| owner.name == *by) {
                    let LeftOwner { name, place, reasons } = left.remove(at);
                    ownership.owners.insert(place.min(ownership.owners.len()), (name, reasons));
                    ownership.declined.retain(|name| name != by);
                }
            }
            _ => {}
        }
    }
    if let Some((from, to)) = asked
        && !ownership.owners.iter().any(|(name, _)| *name == to)
    {
        let reason = Reason::HandedOver { by: from, accepted: false };
        ownership.owners.push((to, vec![reason]));
    }
    ownership
}

/// An owner who said that it is not theirs, with what made it theirs.
struct LeftOwner {
    name: RecipientName,
    place: usize,
    reasons: Vec<Reason>,
}

impl Ownership {
    fn take(&mut self, name: &RecipientName) -> Option<(usize, Vec<Reason>)> {
        let place = self.owners.iter().position(|(owner, _)| owner == name)?;
        Some((place, self.owners.remove(place).1))
    }

    fn remove(&mut self, name: &RecipientName) -> Option<usize> {
        self.take(name).map(|(place, _)| place)
    }
}

/// Until when `owner` can take back that the window is not theirs; nothing where they did not say so, took it back
/// already, or somebody accepted it since.
pub fn taken_back_until(actions: &WindowActions, owner: &RecipientName) -> Option<DateTime<Utc>> {
    let mut asked: Option<&RecipientName> = None;
    let mut said = None;
    for record in &actions.responses {
        let Some(by) = &record.by.recipient else { continue };
        match &record.response {
            Response::HandOver { to } => asked = Some(to),
            Response::Accept if asked == Some(by) => (asked, said) = (None, None),
            Response::NotMine if asked == Some(by) => asked = None,
            Response::NotMine if by == owner => said = Some(record.at),
            Response::TakeBack if by == owner => said = None,
            _ => {}
        }
    }
    said.map(|at| at + TAKEN_BACK_WITHIN)
}

/// Who was last asked to take the window over and has not answered, with the record of it.
pub fn asked(actions: &WindowActions) -> Option<(&RecipientName, &ResponseRecord)> {
    let mut asked = None;
    for record in &actions.responses {
        let by = record.by.recipient.as_ref();
        match &record.response {
            Response::HandOver { to } if Some(to) != by => asked = Some((to, record)),
            Response::Accept | Response::NotMine => {
                asked.take_if(|(to, _)| Some(*to) == by);
            }
            _ => {}
        }
    }
    asked
}

/// The record that gives the window back to whoever asked somebody to take it over, once there is no hope left: nothing
/// reaches whom they asked, or these have not answered within two days or before the next of the `steps` before `deadline`. A
/// step within the hour leaves them no time, and does not count.
pub fn unanswered(
    actions: &WindowActions,
    revision: Revision,
    steps: &[EscalationStep],
    deadline: Option<DateTime<Utc>>,
    is_unreachable: impl Fn(&RecipientName) -> bool,
    now: DateTime<Utc>,
) -> Option<ResponseRecord> {
    let (to, record) = asked(actions)?;
    let moments = steps.iter().filter_map(|step| Some(deadline? - TimeDelta::minutes(step.step)));
    let next = moments.filter(|moment| record.at + BEFORE_STEP <= *moment).min();
    let before_step = next.map(|moment| (moment - BEFORE_STEP).max(record.at + (moment - record.at) / 2));
    let until = before_step.into_iter().chain([record.at + ANSWERED_WITHIN]).min()?;
    let by =
        Actor { recipient: Some(to.clone()), agent: Some(IN_THEIR_PLACE.to_owned()), ..Actor::default() };
    let back = ResponseRecord { response: Response::NotMine, by, at: now, revision };
    (until <= now || is_unreachable(to)).then_some(back)
}

/// Whether nobody gave this answer: it was noted because there was none.
pub fn is_for_lack_of_an_answer(record: &ResponseRecord) -> bool {
    record.response == Response::NotMine && record.by.agent.as_deref() == Some(IN_THEIR_PLACE)
}

/// Whether somebody has taken over what `giver` asked them to.
pub fn gave_away(actions: &WindowActions, giver: &RecipientName) -> bool {
    let mut to_whom = None;
    for record in &actions.responses {
        let Some(by) = &record.by.recipient else { continue };
        match &record.response {
            Response::HandOver { to } => to_whom = (by == giver).then_some(to),
            Response::Accept if to_whom == Some(by) => return true,
            _ => {}
        }
    }
    false
}

/// When somebody last refused to take the window from `giver`.
pub fn handed_back(actions: &WindowActions, giver: &RecipientName) -> Option<DateTime<Utc>> {
    let mut asked: Option<&RecipientName> = None;
    let mut back = None;
    for record in &actions.responses {
        let Some(by) = &record.by.recipient else { continue };
        match &record.response {
            Response::HandOver { to } => asked = (by == giver).then_some(to),
            Response::NotMine if asked == Some(by) => {
                back = Some(record.at);
                asked = None;
            }
            Response::Accept if asked == Some(by) => asked = None,
            _ => {}
        }
    }
    back
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures::{policy, utc};

    #[test]
    fn a_hand_over_without_an_answer_ends_within_two_days_or_before_the_next_step_or_where_nothing_arrives() {
        // Asked on 1 December at 08:00.
        let asked = actions(&[("jane@contoso.com", hand_over())]);
        let step = EscalationStep {
            step: 24 * 60,
            to: "duty".parse().unwrap(),
            from: "jane@contoso.com".parse().unwrap(),
        };
        let ends =
            |actions: &WindowActions, steps: &[EscalationStep], deadline: &str, dead: bool, now: &str| {
                unanswered(actions, Revision::FIRST, steps, Some(utc(deadline)), |_| dead, utc(now)).is_some()
            };
        let far = "2026-12-20T08:00:00Z";
        assert!(!ends(&asked, &[], far, false, "2026-12-03T07:59:00Z"));
        assert!(ends(&asked, &[], far, false, "2026-12-03T08:00:00Z"));
        assert!(ends(&asked, &[], far, true, "2026-12-01T08:01:00Z"));
        // A day before the deadline, which is on 2 December at 20:00.
        let (near, steps) = ("2026-12-03T20:00:00Z", [step]);
        assert!(!ends(&asked, &steps, near, false, "2026-12-02T18:59:00Z"));
        assert!(ends(&asked, &steps, near, false, "2026-12-02T19:00:00Z"));
        // Minutes before a step there is still time to answer, and the step comes after it.
        let soon = "2026-12-02T09:00:00Z";
        assert!(!ends(&asked, &steps, soon, false, "2026-12-01T08:29:00Z"));
        assert!(ends(&asked, &steps, soon, false, "2026-12-01T08:30:00Z"));
        // One that passed before is none.
        assert!(!ends(&asked, &steps, "2026-12-02T07:00:00Z", false, "2026-12-02T06:00:00Z"));
        for answer in [Response::Accept, Response::NotMine] {
            let answered = actions(&[("jane@contoso.com", hand_over()), ("mei@contoso.com", answer)]);
            assert!(!ends(&answered, &[], far, true, "2026-12-09T08:00:00Z"));
        }
        // It comes back to whoever asked, and nobody is said to have declined what is theirs.
        let mut back = asked.clone();
        let record = unanswered(&asked, Revision::FIRST, &[], None, |_| false, utc("2026-12-03T08:00:00Z"));
        back.respond(record.unwrap());
        assert!(is_for_lack_of_an_answer(back.responses.last().unwrap()));
        assert_eq!(
            handed_back(&back, &"jane@contoso.com".parse().unwrap()),
            Some(utc("2026-12-03T08:00:00Z"))
        );
        let found = vec![("jane@contoso.com".parse().unwrap(), Vec::new())];
        let ownership = answered(found, &back, &policy());
        assert_eq!((ownership.owners.len(), ownership.declined.len()), (1, 0));
    }

    fn actions(said: &[(&str, Response)]) -> WindowActions {
        let mut actions = WindowActions::default();
        for (who, response) in said {
            actions.respond(ResponseRecord {
                response: response.clone(),
                by: Actor { recipient: Some(who.parse().unwrap()), ..Actor::default() },
                at: utc("2026-12-01T08:00:00Z"),
                revision: Revision::FIRST,
            });
        }
        actions
    }

    fn owners(said: &[(&str, Response)]) -> Vec<String> {
        let reason = Reason::Route { number: 1, matches: "everything".to_owned() };
        let found = ["jane@contoso.com", "arjun@contoso.com"];
        let found = found.iter().map(|name| (name.parse().unwrap(), vec![reason.clone()])).collect();
        let answered = answered(found, &actions(said), &policy());
        answered.owners.into_iter().map(|(name, _)| name.to_string()).collect()
    }

    fn hand_over() -> Response {
        Response::HandOver { to: "mei@contoso.com".parse().unwrap() }
    }

    #[test]
    fn a_window_moves_only_once_the_other_accepts() {
        let (jane, arjun, mei) = ("jane@contoso.com", "arjun@contoso.com", "mei@contoso.com");
        assert_eq!(owners(&[(jane, hand_over())]), [jane, arjun, mei]);
        assert_eq!(owners(&[(jane, hand_over()), (mei, Response::Accept)]), [mei, arjun]);
        let refused = [(jane, hand_over()), (mei, Response::NotMine)];
        assert_eq!(owners(&refused), [jane, arjun]);
        assert!(handed_back(&actions(&refused), &jane.parse().unwrap()).is_some());
        assert!(handed_back(&actions(&refused), &arjun.parse().unwrap()).is_none());
        // Nobody takes what was not offered, and nobody is handed to who does not exist.
        assert_eq!(owners(&[(mei, Response::Accept)]), [jane, arjun]);
        let nobody = Response::HandOver { to: "nobody".parse().unwrap() };
        assert_eq!(owners(&[(jane, nobody)]), [jane, arjun]);
    }

    #[test]
    fn who_is_asked_and_who_gave_it_away_is_known_until_they_answer() {
        let (jane, arjun, mei) = ("jane@contoso.com", "arjun@contoso.com", "mei@contoso.com");
        let to = |said: &[(&str, Response)]| asked(&actions(said)).map(|(to, _)| to.to_string());
        let gave = |said: &[(&str, Response)]| gave_away(&actions(said), &jane.parse().unwrap());
        let known = (arjun, Response::Acknowledge { note: None, change: None });
        assert_eq!(to(&[(jane, hand_over()), known]), Some(mei.to_owned()));
        assert_eq!(to(&[(jane, hand_over()), (arjun, Response::NotMine)]), Some(mei.to_owned()));
        assert_eq!(to(&[(mei, hand_over())]), None);
        for (answer, gives) in [(Response::Accept, true), (Response::NotMine, false)] {
            let said = [(jane, hand_over()), (mei, answer)];
            assert_eq!((to(&said), gave(&said)), (None, gives));
        }
        assert!(!gave(&[(arjun, hand_over()), (mei, Response::Accept)]));
    }

    #[test]
    fn whoever_takes_back_that_it_is_not_theirs_is_where_they_were_unless_somebody_accepted_it() {
        let (jane, arjun, mei) = ("jane@contoso.com", "arjun@contoso.com", "mei@contoso.com");
        let until =
            |said: &[(&str, Response)], who: &str| taken_back_until(&actions(said), &who.parse().unwrap());
        let left = [(jane, Response::NotMine)];
        assert_eq!(until(&left, jane), Some(utc("2026-12-02T08:00:00Z")));
        assert_eq!(until(&left, arjun), None);
        let back = [(jane, Response::NotMine), (jane, Response::TakeBack)];
        assert_eq!((owners(&back), until(&back, jane)), (vec![jane.to_owned(), arjun.to_owned()], None));
        // Nobody takes back for others, or what they never gave away.
        assert_eq!(owners(&[(jane, Response::NotMine), (mei, Response::TakeBack)]), [arjun]);
        assert_eq!(owners(&[(mei, Response::TakeBack)]), [jane, arjun]);
        let arjuns = Response::HandOver { to: mei.parse().unwrap() };
        let taken = [(jane, Response::NotMine), (arjun, arjuns), (mei, Response::Accept)];
        assert_eq!(until(&taken, jane), None);
        assert_eq!(owners(&[&taken[..], &[(jane, Response::TakeBack)]].concat()), [mei]);
        // Whoever refused to take it never had it.
        let refused = [(jane, hand_over()), (mei, Response::NotMine)];
        assert_eq!(until(&refused, mei), None);
    }

    #[test]
    fn whoever_says_that_it_is_not_theirs_is_left_out_and_the_others_stay() {
        assert_eq!(owners(&[("jane@contoso.com", Response::NotMine)]), ["arjun@contoso.com"]);
    }
}
