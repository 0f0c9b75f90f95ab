use chrono::{DateTime, TimeDelta, Utc};

use super::*;
use crate::domain::action::actor::Actor;
use crate::domain::fixtures::{schedule, utc, window};
use crate::domain::ids::StartId;
use crate::domain::machine::PowerState;
use crate::domain::observation::Reading;
use crate::domain::window::{LastResult, MaintenanceFacts, MaintenanceWindow, Revision};

fn now() -> DateTime<Utc> {
    utc("2026-12-01T10:00:00Z")
}

fn subject() -> MaintenanceWindow {
    window("web-01", utc("2026-12-01T08:00:00Z"))
}

fn planned(change: impl FnOnce(&mut MaintenanceFacts)) -> Reading {
    let mut facts = subject().facts;
    change(&mut facts);
    Reading::Planned(facts)
}

fn begin(
    reading: &Reading,
    power: &PowerState,
    revision: u32,
    now: DateTime<Utc>,
) -> Result<(), StartRefusal> {
    let window = subject();
    may_begin(StartFacts { window: &window, reading, power, zone: chrono_tz::UTC }, Revision(revision), now)
}

#[test]
fn it_begins_only_when_the_machine_itself_says_so_now() {
    let running = PowerState::Running;
    assert_eq!(begin(&planned(|_| {}), &running, 1, now()), Ok(()));
    assert_eq!(
        begin(&planned(|facts| facts.self_start_allowed = false), &running, 1, now()),
        Err(StartRefusal::NotAllowed)
    );
    assert_eq!(begin(&Reading::NothingPlanned, &running, 1, now()), Err(StartRefusal::Over));
    let completed = planned(|facts| facts.last_result = LastResult::MaintenanceCompleted);
    assert_eq!(begin(&completed, &running, 1, now()), Err(StartRefusal::Over));
    assert!(matches!(begin(&planned(|_| {}), &running, 2, now()), Err(StartRefusal::Moved { .. })));
    // Azure moved it, and nobody has collected that yet.
    let by = |minutes: i64| {
        planned(|facts| facts.schedule = schedule(utc("2026-12-01T08:00:00Z") - TimeDelta::minutes(minutes)))
    };
    assert!(matches!(begin(&by(90), &running, 1, now()), Err(StartRefusal::Moved { .. })));
    assert_eq!(begin(&by(5), &running, 1, now()), Ok(()));
    let after = utc("2026-12-11T08:00:00Z");
    assert_eq!(begin(&planned(|_| {}), &running, 1, after), Err(StartRefusal::OutsideSelfService));
    assert_eq!(begin(&planned(|_| {}), &PowerState::Deallocated, 1, now()), Err(StartRefusal::NotRunning));
}

#[test]
fn it_is_planned_for_a_time_within_self_service() {
    let window = subject();
    let at = |text: &str| may_plan(&window, utc(text), now());
    assert_eq!(at("2026-12-05T22:00:00Z"), Ok(()));
    assert_eq!(at("2026-12-01T09:59:59Z"), Err(StartRefusal::OutsideSelfService));
    assert_eq!(at("2026-12-11T08:00:00Z"), Err(StartRefusal::OutsideSelfService));
}

fn start(state: StartState) -> Start {
    let window = subject();
    Start {
        id: StartId::new(&window.id, 1),
        window: window.id,
        revision: Revision::FIRST,
        by: Actor::default(),
        origin: StartOrigin::CommandLine,
        decided: now(),
        begins: now(),
        groups: Vec::new(),
        state,
        accepts: None,
    }
}

fn before() -> EarlierAttempts {
    EarlierAttempts { last_result: LastResult::None, last_message: None }
}

fn accepted(before: EarlierAttempts) -> Start {
    start(StartState::Accepted { at: now(), before, operation: None, correlation: None, ask_from: None })
}

fn observation(reading: Reading) -> StartObservation {
    StartObservation {
        reading: Some(reading),
        power: PowerState::Running,
        agent_ready: None,
        available: None,
        answers: None,
        progress: OperationProgress::Unknown,
        ask_from: None,
        in_activity_log: None,
    }
}

fn outcome(start: &Start, observation: &StartObservation, after: TimeDelta) -> Option<StartOutcome> {
    match follow(start, observation, now() + after)? {
        StartState::Settled { outcome, .. } => Some(outcome),
        state => panic!("{state:?}"),
    }
}

#[test]
fn f12_done_is_what_the_machine_says_and_then_it_must_be_well() {
    let minute = TimeDelta::minutes(1);
    let done = observation(planned(|facts| facts.last_result = LastResult::MaintenanceCompleted));
    let recovering = follow(&accepted(before()), &done, now() + minute).unwrap();
    assert_eq!(recovering, StartState::Recovering { since: now() + minute });
    assert_eq!(
        follow(&accepted(before()), &observation(Reading::NothingPlanned), now() + minute).unwrap(),
        recovering
    );
    let recovering = start(recovering);
    let mut rebooting = observation(Reading::NothingPlanned);
    rebooting.agent_ready = Some(false);
    assert_eq!(outcome(&recovering, &rebooting, minute), None);
    assert_eq!(outcome(&recovering, &rebooting, minute * 31), Some(StartOutcome::Completed { well: false }));
    rebooting.agent_ready = Some(true);
    assert_eq!(outcome(&recovering, &rebooting, minute * 2), Some(StartOutcome::Completed { well: true }));
}

#[test]
fn f12_an_earlier_attempt_is_not_taken_for_this_one() {
    let minute = TimeDelta::minutes(1);
    let later = observation(planned(|facts| facts.last_result = LastResult::RetryLater));
    let until = subject().facts.schedule.self_service.map(|interval| interval.end());
    let expected = |at_once| StartOutcome::RetryLater { message: None, again: RetryTime { at_once, until } };
    assert_eq!(outcome(&accepted(before()), &later, minute), Some(expected(true)));
    let closed = observation(planned(|facts| {
        facts.last_result = LastResult::RetryLater;
        facts.self_start_allowed = false;
    }));
    assert_eq!(outcome(&accepted(before()), &closed, minute), Some(expected(false)));
    let again = accepted(EarlierAttempts { last_result: LastResult::RetryLater, last_message: None });
    assert_eq!(outcome(&again, &later, minute), None);
    let ended = StartObservation { progress: OperationProgress::Succeeded, ..later };
    assert_eq!(outcome(&again, &ended, minute), Some(expected(true)));
}

#[test]
fn f12_aborted_is_skipped_refused_keeps_azures_words_and_waiting_is_bounded() {
    let minute = TimeDelta::minutes(1);
    let aborted = observation(planned(|facts| {
        facts.last_result = LastResult::MaintenanceAborted;
        facts.last_message = Some("Maintenance was aborted.".to_owned());
    }));
    assert_eq!(
        outcome(&accepted(before()), &aborted, minute),
        Some(StartOutcome::Skipped { message: Some("Maintenance was aborted.".to_owned()) })
    );
    let (code, message) = ("AllocationFailed".to_owned(), "No capacity.".to_owned());
    let failed = StartObservation {
        progress: OperationProgress::Failed { code: code.clone(), message: message.clone() },
        ..observation(planned(|_| {}))
    };
    assert_eq!(outcome(&accepted(before()), &failed, minute), Some(StartOutcome::Refused { code, message }));
    let unseen = StartObservation { reading: None, ..observation(planned(|_| {})) };
    assert_eq!(outcome(&accepted(before()), &unseen, minute * 359), None);
    assert_eq!(outcome(&accepted(before()), &unseen, minute * 360), Some(StartOutcome::Unknown));
}

#[test]
fn f12_without_an_answer_only_evidence_decides() {
    let minute = TimeDelta::minutes(1);
    let claimed = start(StartState::Claimed { at: now(), before: before() });
    let no_sign = StartObservation { in_activity_log: Some(false), ..observation(planned(|_| {})) };
    assert_eq!(outcome(&claimed, &no_sign, minute * 19), None);
    assert_eq!(outcome(&claimed, &no_sign, minute * 20), Some(StartOutcome::NeverReceived));
    // The log lags, and cannot always be read: as long as it says nothing, nothing is concluded.
    let silent = StartObservation { in_activity_log: None, ..no_sign.clone() };
    assert_eq!(outcome(&claimed, &silent, minute * 60), None);
    let logged = StartObservation { in_activity_log: Some(true), ..no_sign };
    assert!(matches!(follow(&claimed, &logged, now() + minute), Some(StartState::Accepted { .. })));
}

#[test]
fn f12_when_azure_wants_to_be_asked_later_that_is_kept_and_changes_nothing_else() {
    let minute = TimeDelta::minutes(1);
    let running = StartObservation { progress: OperationProgress::Running, ..observation(planned(|_| {})) };
    assert_eq!(follow(&accepted(before()), &running, now() + minute), None);
    let later = StartObservation { ask_from: Some(now() + minute * 5), ..running };
    let next = follow(&accepted(before()), &later, now() + minute);
    let Some(StartState::Accepted { ask_from, at, .. }) = next.clone() else { panic!("{next:?}") };
    assert_eq!((ask_from, at), (Some(now() + minute * 5), now()));
    let start = Start { state: next.unwrap(), ..accepted(before()) };
    assert_eq!(follow(&start, &later, now() + minute * 2), None);
    // What the machine itself shows counts at once.
    let gone = StartObservation { reading: Some(Reading::Gone), ..later };
    assert!(matches!(follow(&start, &gone, now() + minute * 2), Some(StartState::Settled { .. })));
}
