//! Whether it comes to an escalation, and when: what somebody hears of a window for which nobody has responded.
//!
//! Who could be escalated to is part of the assignment ([`crate::domain::escalation`]). Here it is compared with what
//! people did. A step that passed before the owners could act, because the dates came late or a start came to nothing
//! afterwards, is dropped; but the last one is never: it comes halfway between then and the deadline instead.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

use super::history::WindowHistory;
use super::pending_stage::PendingStage;
use super::reminder_clock::ReminderClock;
use super::reminder_state::ReminderState;
use crate::domain::assignment::Assignment;
use crate::domain::escalation::deadline;
use crate::domain::stage::Stage;

/// Closed hours bring the owners' last reminder forward by at most this much. Whoever acknowledges after it has
/// answered the last call.
const LAST_CALL: TimeDelta = TimeDelta::days(3);

/// With no more than this left to the deadline a step does not wait for the whole hour, which is too coarse then.
const FEW_HOURS: TimeDelta = TimeDelta::hours(2);

/// The step that has come and was not reported, if the recipient is to hear now that nobody responded.
pub fn due(
    assignment: &Assignment,
    history: Option<&WindowHistory>,
    reminder_clock: &ReminderClock<'_>,
    now: DateTime<Utc>,
) -> Option<PendingStage<'static>> {
    if assignment.withdrawn.is_some() {
        return None;
    }
    let (step, at) = steps(assignment, reminder_clock, now).into_iter().filter(|(_, at)| *at <= now).min()?;
    let known = history.is_some_and(|history| history.has_step(Stage::Escalated, step));
    (!known).then(|| PendingStage::new(Stage::Escalated, Some(step), at))
}

/// Every step at which the recipient hears that nobody responded, as things are, in minutes before the deadline.
pub fn steps(
    assignment: &Assignment,
    reminder_clock: &ReminderClock<'_>,
    now: DateTime<Utc>,
) -> Vec<(i64, DateTime<Utc>)> {
    let Some(end) = deadline(&assignment.window, now).filter(|_| assignment.is_only_escalated()) else {
        return Vec::new();
    };
    let Some(last) = assignment.escalation_steps.iter().map(|step| step.step).min() else {
        return Vec::new();
    };
    let reminders = ReminderState::of(&assignment.window, &assignment.actions);
    let own = assignment.escalation_steps.iter().filter(|step| step.to == assignment.recipient);
    let left = own.map(|step| step.step).filter(|step| {
        let moment = end - TimeDelta::minutes(*step);
        match reminders {
            ReminderState::Whole { .. } => true,
            ReminderState::Taken => false,
            ReminderState::Later { until, .. } => until < moment,
            // It comes back once before the deadline, unless that was acknowledged too.
            ReminderState::Known => {
                *step == last && acknowledged(assignment).is_none_or(|at| at < moment - LAST_CALL)
            }
        }
    });
    let since = since(assignment, reminders);
    let moments = left.filter_map(|step| {
        let moment = end - TimeDelta::minutes(step);
        // As reminders do, it comes early rather than when nobody should be disturbed; but never before it counts. Where
        // those hours are past, it still comes with the others.
        let whole = |at| [reminder_clock.step(at), reminder_clock.whole_hour(at), at];
        let [at, or, exact] = match moment {
            moment if since < moment => whole(moment),
            _ if step == last && since < end => match since + (end - since) / 2 {
                half if FEW_HOURS < end - half => whole(half),
                half => {
                    let quarter = quarter(half, since);
                    [reminder_clock.moment(quarter), quarter, quarter]
                }
            },
            _ => return None,
        };
        Some((step, [at, or].into_iter().find(|at| since < *at).unwrap_or(exact)))
    });
    moments.collect()
}

/// The quarter of an hour before `half` if that is after `since`: machines that were seen one after the other come back in
/// one message.
fn quarter(half: DateTime<Utc>, since: DateTime<Utc>) -> DateTime<Utc> {
    let quarter = half.duration_trunc(TimeDelta::minutes(15)).unwrap_or(half);
    if since < quarter { quarter } else { half }
}

fn acknowledged(assignment: &Assignment) -> Option<DateTime<Utc>> {
    assignment.actions.acknowledged(assignment.window.revision).map(|record| record.at)
}

/// Since when those who are responsible can be expected to act on the dates as they are.
fn since(assignment: &Assignment, reminders: ReminderState) -> DateTime<Utc> {
    let window = &assignment.window;
    let responses = assignment.actions.responses.iter();
    let changed_hands = responses.filter(|record| record.response.is_about_owners()).map(|record| record.at);
    let facts = changed_hands.chain(window.dated_since()).max();
    reminders.since(facts.map_or(assignment.since, |fact| fact.max(assignment.since)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::domain::action::Actor;
    use crate::domain::action::response::{
        Response, ResponseRecord, StartStatus, StartSummary, WindowActions,
    };
    use crate::domain::action::start::{StartOutcome, StartRefusal};
    use crate::domain::config_version::ConfigVersion;
    use crate::domain::escalation_steps::EscalationStep;
    use crate::domain::fixtures::{preferences, utc, window};
    use crate::domain::ids::StartId;
    use crate::domain::reason::Reason;
    use crate::domain::recipient::Preferences;
    use crate::domain::schedule::Hours;
    use crate::domain::window::Interval;

    const DAY: i64 = 24 * 60;

    /// Duty is escalated to for jane's machine, whose self-service ends on Friday the 11th at 10:00 UTC.
    fn assignment(since: &str) -> Assignment {
        let step = |days: i64| EscalationStep {
            step: days * DAY,
            to: "duty".parse().unwrap(),
            from: "jane".parse().unwrap(),
        };
        Assignment {
            recipient: "duty".parse().unwrap(),
            window: window("web-01", utc("2026-12-01T10:00:00Z")),
            reasons: vec![Reason::Escalated { from: "jane".parse().unwrap(), step: 7 * DAY }],
            primary: false,
            others: vec!["jane".parse().unwrap()],
            escalation_steps: vec![step(7), step(2)],
            actions: WindowActions::default(),
            decided_by: ConfigVersion("test".to_owned()),
            since: utc(since),
            withdrawn: None,
        }
    }

    fn acknowledge(assignment: &mut Assignment, at: &str) {
        assignment.actions.respond(ResponseRecord {
            response: Response::Acknowledge { note: None, change: None },
            by: Actor::default(),
            at: utc(at),
            revision: assignment.window.revision,
        });
    }

    fn start(assignment: &mut Assignment, status: StartStatus) {
        let at = utc("2026-12-02T10:00:00Z");
        assignment.actions.note_start(StartSummary {
            id: StartId::new(&assignment.window.id, 1),
            by: Actor::default(),
            decided: at,
            begins: at,
            revision: assignment.window.revision,
            plan: None,
            status,
            ordered: None,
            accepts: None,
            progress: Default::default(),
        });
    }

    fn moments(assignment: &Assignment) -> Vec<(i64, String)> {
        let preferences = preferences();
        let reminder_clock = ReminderClock::new(&preferences);
        let steps = steps(assignment, &reminder_clock, utc("2026-12-02T10:00:00Z"));
        steps.into_iter().map(|(step, at)| (step / DAY, at.format("%a %d %H:%M").to_string())).collect()
    }

    fn expected(list: &[(i64, &str)]) -> Vec<(i64, String)> {
        list.iter().map(|(step, at)| (*step, (*at).to_owned())).collect()
    }

    #[test]
    fn steps_count_back_from_the_deadline() {
        let steps = moments(&assignment("2026-12-01T10:00:00Z"));
        assert_eq!(steps, expected(&[(7, "Fri 04 10:00"), (2, "Wed 09 10:00")]));
    }

    #[test]
    fn steps_that_passed_are_dropped_but_the_last_leaves_the_owners_half_of_the_time() {
        let late = moments(&assignment("2026-12-05T10:00:00Z"));
        assert_eq!(late, expected(&[(2, "Wed 09 10:00")]));
        // Known since Thursday, a day before: at night nobody should be disturbed, so it comes in the afternoon.
        let later = moments(&assignment("2026-12-10T10:00:00Z"));
        assert_eq!(later, expected(&[(2, "Thu 10 16:00")]));
    }

    #[test]
    fn the_last_step_of_machines_that_were_seen_one_after_the_other_is_one() {
        let at = |minutes: i64| utc("2026-12-10T10:00:00Z") + TimeDelta::minutes(minutes);
        let end = utc("2026-12-11T10:00:00Z");
        let awake = Preferences { hours: Hours::Always, quiet: Vec::new(), ..preferences() };
        let reminder_clock = ReminderClock::new(&awake);
        let seen = |look: i64| {
            let seen = at(15 + look * 15);
            let assignment = assignment(&seen.to_rfc3339());
            steps(&assignment, &reminder_clock, seen).into_iter().map(|(_, at)| at)
        };
        let moments: BTreeSet<_> = (0..8).flat_map(seen).collect();
        assert_eq!(moments.len(), 2, "two hours of looks");
        assert!(moments.iter().all(|moment| at(120) < *moment && *moment <= end - TimeDelta::hours(11)));
        // Little time left is still shared.
        let late = |minutes: i64| {
            let seen = end - TimeDelta::minutes(minutes);
            let assignment = assignment(&seen.to_rfc3339());
            steps(&assignment, &reminder_clock, seen).into_iter().map(|(_, at)| end - at).collect::<Vec<_>>()
        };
        assert_eq!(late(70), [TimeDelta::minutes(45)]);
        assert_eq!(late(85), [TimeDelta::minutes(45)]);
        assert_eq!(late(10), [TimeDelta::minutes(5)]);
    }

    #[test]
    fn machines_whose_dates_differ_by_minutes_come_at_the_same_whole_hour() {
        let ends = |minute: i64| utc("2026-12-11T10:00:00Z") + TimeDelta::minutes(minute);
        let moments = |minute: i64| {
            let mut later = assignment("2026-12-01T10:00:00Z");
            let own = later.window.facts.schedule.self_service.unwrap();
            later.window.facts.schedule.self_service =
                Some(Interval::new(own.start(), ends(minute)).unwrap());
            moments(&later)
        };
        for minute in [0, 7, 28, 40, 59] {
            assert_eq!(moments(minute), expected(&[(7, "Fri 04 10:00"), (2, "Wed 09 10:00")]), "{minute}");
        }
        assert_eq!(moments(60), expected(&[(7, "Fri 04 11:00"), (2, "Wed 09 11:00")]));
    }

    #[test]
    fn a_last_step_for_which_the_hours_are_past_still_comes_at_a_whole_hour() {
        // Known on Friday evening, with two days to go: the hours before that are past, and those after it too late.
        let reminder_clock_of = preferences();
        let reminder_clock = ReminderClock::new(&reminder_clock_of);
        let at = |minutes: i64| utc("2026-12-04T17:45:00Z") + TimeDelta::minutes(minutes);
        let comes = |minutes: i64| {
            let mut seen = assignment(&at(minutes).to_rfc3339());
            let own = seen.window.facts.schedule.self_service.unwrap();
            let ends = utc("2026-12-06T17:00:00Z");
            seen.window.facts.schedule.self_service = Some(Interval::new(own.start(), ends).unwrap());
            steps(&seen, &reminder_clock, at(minutes)).into_iter().map(|(_, at)| at).collect::<Vec<_>>()
        };
        assert_eq!(comes(0), [utc("2026-12-05T17:00:00Z")]);
        assert_eq!(comes(15), comes(0));
        assert_eq!(comes(45), comes(0));
    }

    #[test]
    fn f14_an_acknowledged_machine_comes_back_once_and_a_failed_plan_brings_all_of_it_back() {
        let mut known = assignment("2026-12-01T10:00:00Z");
        acknowledge(&mut known, "2026-12-01T12:00:00Z");
        assert_eq!(moments(&known), expected(&[(2, "Wed 09 10:00")]));
        start(&mut known, StartStatus::Planned);
        assert!(moments(&known).is_empty());
        let outcome = StartOutcome::NotBegun { reason: StartRefusal::NotRunning };
        start(&mut known, StartStatus::Settled { at: utc("2026-12-02T10:00:00Z"), outcome });
        assert_eq!(moments(&known), expected(&[(7, "Fri 04 10:00"), (2, "Wed 09 10:00")]));
    }

    #[test]
    fn whoever_answers_the_last_call_is_not_asked_again() {
        let mut known = assignment("2026-12-01T10:00:00Z");
        acknowledge(&mut known, "2026-12-07T12:00:00Z");
        assert!(moments(&known).is_empty());
    }

    #[test]
    fn what_is_done_or_left_to_azure_is_nobodys_to_press_for() {
        let mut done = assignment("2026-12-01T10:00:00Z");
        let outcome = StartOutcome::Completed { well: true };
        start(&mut done, StartStatus::Settled { at: utc("2026-12-02T10:00:00Z"), outcome });
        assert!(moments(&done).is_empty());
        let mut left = assignment("2026-12-01T10:00:00Z");
        left.window.machine.auto_shutdown = true;
        assert!(moments(&left).is_empty());
    }
}
