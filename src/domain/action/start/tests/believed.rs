//! What is believed of one look, and what one look does not take back.

use super::*;
use crate::domain::ids::PlanId;

fn with_operation() -> Start {
    let operation = Some(OperationLink::AsyncOperation { address: "https://example.com/o".to_owned() });
    start(StartState::Accepted { at: now(), before: before(), operation, correlation: None, ask_from: None })
}

#[test]
fn f12_an_operation_that_said_that_it_runs_is_believed_while_it_is_not_asked() {
    let allowed = observation(planned(|_| {}));
    let polled = StartObservation { progress: running(), ..allowed.clone() };
    let mut looks = Vec::new();
    // Every five minutes it is asked and says that it runs; between two questions the machine looks as if nothing were.
    for minute in 0..2 * 1440 {
        looks.push((minute, if minute % 5 == 0 { polled.clone() } else { allowed.clone() }));
    }
    let start = after(with_operation(), &looks);
    assert!(matches!(start.phase(), StartPhase::NotKnown { .. }), "{start:?}");
    // Azure's word frees it; so does its long silence together with what the machine allows.
    let done = StartObservation { progress: succeeded(), ..observation(completed()) };
    assert!(matches!(after(start.clone(), &[(2881, done)]).state, StartState::Recovering { .. }));
    let silent = StartObservation { progress: OperationProgress::Unanswered, ..allowed.clone() };
    let looks: Vec<_> = (1..=6).map(|time| (2880 + 30 * time, silent.clone())).collect();
    assert!(matches!(after(start.clone(), &looks[..5]).phase(), StartPhase::NotKnown { .. }));
    let released = StartOutcome::NotKnown { released: ReleasedBy::Status };
    let StartState::Settled { outcome, .. } = after(start, &looks).state else { panic!() };
    assert_eq!(outcome, released);
}

#[test]
fn f12_a_machine_that_cannot_be_found_is_not_gone_while_its_operation_said_that_it_runs() {
    let gone = observation(Reading::Gone);
    let polled = StartObservation { progress: running(), ..gone.clone() };
    let looks: Vec<_> = (0..300)
        .map(|minute| (minute, if minute % 5 == 0 { polled.clone() } else { gone.clone() }))
        .collect();
    assert_eq!(after(with_operation(), &looks).phase(), StartPhase::Running);
}

#[test]
fn f12_what_was_found_out_by_looking_may_have_disturbed_the_machine() {
    let words = || ("Conflict".to_owned(), "No.".to_owned());
    let (code, message) = words();
    let claimed = start(StartState::Claimed { at: now(), before: before() });
    let log = LogEntry::Failed { code, message };
    let failed = StartObservation { log, ..observation(planned(|_| {})) };
    let looked_up = after(claimed, &[(14, failed)]);
    assert!(looked_up.disturbed() && !looked_up.was_refused_at_once(), "{looked_up:?}");
    let (code, message) = words();
    let at_once = start(StartState::Settled { at: now(), outcome: StartOutcome::Refused { code, message } });
    assert!(!at_once.disturbed() && at_once.was_refused_at_once());
}

#[test]
fn f12_one_look_that_shows_nothing_or_allows_nothing_ends_no_planned_start() {
    let window = subject();
    let begin = |window: &MaintenanceWindow, reading: &Reading| {
        let facts = StartFacts { window, reading, power: &PowerState::Running };
        may_begin_planned(facts, Revision(1), now()).unwrap_err()
    };
    let undated = planned(|facts| facts.schedule.self_service = None);
    let not_allowed = planned(|facts| facts.self_start_allowed = false);
    for reading in [Reading::NothingPlanned, undated, not_allowed] {
        let refusal = begin(&window, &reading);
        assert!(refusal.passes() && refusal.is_its_own(), "{reading:?} {refusal:?}");
    }
    // What several looks agreed on, or Azure says in so many words, is a verdict.
    let over = MaintenanceWindow {
        state: WindowState::Ended { at: now(), why: EndReason::Completed },
        ..window.clone()
    };
    assert_eq!(begin(&over, &Reading::NothingPlanned), StartRefusal::Over);
    assert_eq!(begin(&window, &completed()), StartRefusal::Over);
}

#[test]
fn a_member_of_a_rolling_plan_that_its_own_matter_keeps_is_tried_for_the_grace() {
    let grace = TimeDelta::hours(1);
    let mut member = start(StartState::Planned);
    let owner = "jane.doe".parse().unwrap();
    member.origin = StartOrigin::RollingPlan { plan: PlanId::new(&owner, "sheet", [&member.window]) };
    let hours = |hours| now() + TimeDelta::hours(hours);
    // What keeps the whole plan counts for nothing.
    assert_eq!(member.moment(grace, hours(20)), Some(StartMoment::Begins));
    member.evidence.kept_since = Some(hours(3));
    member.evidence.waits = Some(StartWait { why: StartRefusal::NoLongerExists, until: None });
    assert_eq!(member.moment(grace, hours(4)), Some(StartMoment::Begins));
    let passed = StartRefusal::TooLate { waited: Some(Box::new(StartRefusal::NoLongerExists)) };
    assert_eq!(member.moment(grace, hours(5)), Some(StartMoment::Passed(passed)));
}
