mod believed;
mod sequences;

use chrono::{DateTime, TimeDelta, Utc};

use super::*;
use crate::domain::action::actor::Actor;
use crate::domain::fixtures::{schedule, utc, window};
use crate::domain::ids::StartId;
use crate::domain::machine::PowerState;
use crate::domain::observation::Reading;
use crate::domain::window::{
    EndReason, LastResult, MaintenanceFacts, MaintenanceWindow, Revision, WindowState,
};

fn now() -> DateTime<Utc> {
    utc("2026-12-01T10:00:00Z")
}

fn subject() -> MaintenanceWindow {
    window("web-01", utc("2026-12-01T08:00:00Z"))
}

fn planned(change: impl FnOnce(&mut MaintenanceFacts)) -> Reading {
    let mut facts = subject().facts;
    change(&mut facts);
    Reading::Maintenance(facts)
}

fn begin(
    reading: &Reading,
    power: &PowerState,
    revision: u32,
    now: DateTime<Utc>,
) -> Result<(), StartRefusal> {
    let window = subject();
    may_begin(StartFacts { window: &window, reading, power }, Revision(revision), now)
}

#[test]
fn it_begins_only_when_the_machine_itself_says_so_now() {
    let running = PowerState::Running;
    assert_eq!(begin(&planned(|_| {}), &running, 1, now()), Ok(()));
    assert_eq!(
        begin(&planned(|facts| facts.self_start_allowed = false), &running, 1, now()),
        Err(StartRefusal::NotAllowed { unsaid: false })
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
        latest: None,
        groups: Vec::new(),
        state,
        accepts: None,
        evidence: StartEvidence::default(),
    }
}

fn before() -> EarlierAttempts {
    EarlierAttempts { last_result: LastResult::None, last_message: None }
}

fn accepted(before: EarlierAttempts) -> Start {
    start(StartState::Accepted { at: now(), before, operation: None, correlation: None, ask_from: None })
}

fn observation(reading: Reading) -> StartObservation {
    StartObservation { reading: Some(reading), power: PowerState::Running, ..StartObservation::nothing() }
}

fn outcome(start: &Start, observation: &StartObservation, after: TimeDelta) -> Option<StartOutcome> {
    match follow(start, observation, now() + after)?.state {
        StartState::Settled { outcome, .. } => Some(outcome),
        state => panic!("{state:?}"),
    }
}

/// The start after looks at these minutes, as far as each changed it.
fn after(start: Start, looks: &[(i64, StartObservation)]) -> Start {
    looks.iter().fold(start, |start, (minute, look)| {
        follow(&start, look, now() + TimeDelta::minutes(*minute)).unwrap_or(start)
    })
}

fn completed() -> Reading {
    planned(|facts| facts.last_result = LastResult::MaintenanceCompleted)
}

fn succeeded() -> OperationProgress {
    OperationProgress::Succeeded { since: Some(now()), at: Some(now() + TimeDelta::minutes(12)) }
}

fn running() -> OperationProgress {
    OperationProgress::Running { since: Some(now()) }
}

#[test]
fn f12_done_is_azures_word_and_then_the_machine_must_be_well() {
    let minute = TimeDelta::minutes(1);
    let recovering = follow(&accepted(before()), &observation(completed()), now() + minute).unwrap();
    assert_eq!(recovering.state, StartState::Recovering { since: now() + minute });
    // That the machine shows no maintenance is no word of Azure.
    assert_eq!(
        after(accepted(before()), &[(1, observation(Reading::NothingPlanned))]).state,
        accepted(before()).state
    );
    let by_operation = StartObservation { progress: succeeded(), ..observation(Reading::NothingPlanned) };
    let by_operation = follow(&accepted(before()), &by_operation, now() + minute).unwrap();
    assert_eq!(by_operation.state, recovering.state);
    assert_eq!(by_operation.evidence.began, Some(now()));
    assert_eq!(by_operation.evidence.succeeded, Some(now() + minute * 12));
    let mut rebooting = observation(Reading::NothingPlanned);
    rebooting.agent_ready = Some(false);
    assert_eq!(outcome(&recovering, &rebooting, minute), None);
    assert_eq!(outcome(&recovering, &rebooting, minute * 31), Some(StartOutcome::Completed { well: false }));
    rebooting.agent_ready = Some(true);
    assert_eq!(outcome(&recovering, &rebooting, minute * 2), Some(StartOutcome::Completed { well: true }));
}

#[test]
fn an_agent_is_judged_by_what_it_said_before() {
    let minute = TimeDelta::minutes(1);
    for (before, well) in [
        (Some(AgentBefore::NotReady), true),
        (Some(AgentBefore::Absent), true),
        (Some(AgentBefore::Ready), false),
        (None, false),
    ] {
        let mut start = accepted(self::before());
        start.state = StartState::Recovering { since: now() };
        start.evidence.agent_before = before;
        let mut seen = observation(completed());
        seen.agent_ready = Some(false);
        let ended = follow(&start, &seen, now() + minute).map(|start| start.state);
        let is_well = |state: &StartState| {
            matches!(state, StartState::Settled { outcome: StartOutcome::Completed { well: true }, .. })
        };
        assert_eq!(ended.as_ref().is_some_and(is_well), well, "{before:?} {ended:?}");
        // Whatever agents say, a machine that does not run, or is called unavailable, is not well.
        seen.available = Some(false);
        assert!(follow(&start, &seen, now() + minute).is_none_or(|start| !is_well(&start.state)));
    }
}

#[test]
fn f12_what_azure_calls_done_and_the_machine_does_not_show_is_told_as_that() {
    let minute = TimeDelta::minutes(1);
    let start = after(
        accepted(before()),
        &[(1, StartObservation { progress: succeeded(), ..observation(planned(|_| {})) })],
    );
    assert_eq!(start.phase(), StartPhase::Recovering);
    let unshown = observation(planned(|_| {}));
    assert_eq!(outcome(&start, &unshown, minute * 30), None);
    assert_eq!(outcome(&start, &unshown, minute * 31), Some(StartOutcome::Unconfirmed));
    assert_eq!(
        outcome(&start, &observation(completed()), minute * 20),
        Some(StartOutcome::Completed { well: true })
    );
}

#[test]
fn f12_while_azures_operation_runs_nothing_that_the_machine_shows_or_hides_ends_a_start() {
    let aborted = planned(|facts| facts.last_result = LastResult::MaintenanceAborted);
    let later = planned(|facts| facts.last_result = LastResult::RetryLater);
    for reading in [Some(Reading::Gone), Some(Reading::NothingPlanned), None, Some(aborted), Some(later)] {
        let look = StartObservation { reading, progress: running(), ..StartObservation::nothing() };
        let looks: Vec<_> = (1..1440).step_by(7).map(|minute| (minute, look.clone())).collect();
        let start = after(accepted(before()), &looks);
        assert_eq!(start.phase(), StartPhase::Running, "{look:?}");
    }
}

#[test]
fn f12_a_machine_that_one_look_does_not_find_is_not_gone() {
    let gone = observation(Reading::Gone);
    let there = observation(planned(|_| {}));
    let start = after(accepted(before()), &[(1, gone.clone()), (40, there), (61, gone.clone())]);
    assert!(matches!(start.state, StartState::Accepted { .. }), "{start:?}");
    assert_eq!(outcome(&start, &gone, TimeDelta::minutes(120)), None);
    assert_eq!(outcome(&start, &gone, TimeDelta::minutes(121)), Some(StartOutcome::Gone));
}

#[test]
fn f12_an_error_while_asking_is_no_answer_and_is_asked_less_and_less_often() {
    let operation = Some(OperationLink::Location { address: "https://example.com/o".to_owned() });
    let state =
        StartState::Accepted { at: now(), before: before(), operation, correlation: None, ask_from: None };
    let unanswered =
        StartObservation { progress: OperationProgress::Unanswered, ..observation(Reading::NothingPlanned) };
    let mut start = start(state.clone());
    let mut minute = 1;
    let mut rests = Vec::new();
    for _ in 0..8 {
        start = follow(&start, &unanswered, now() + TimeDelta::minutes(minute)).unwrap();
        assert_eq!(start.state, state);
        let rest = start.evidence.ask_from.unwrap() - (now() + TimeDelta::minutes(minute));
        rests.push(rest.num_minutes());
        minute += rest.num_minutes();
    }
    assert_eq!(rests, [1, 2, 4, 8, 16, 30, 30, 30]);
    let answered = StartObservation { progress: running(), ..unanswered };
    let start = follow(&start, &answered, now() + TimeDelta::minutes(minute)).unwrap();
    assert_eq!((start.evidence.unanswered, start.evidence.ask_from), (0, None));
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
    // Its status lags behind its operation: what it says is of the attempt before, and says so for half an hour.
    let ended = StartObservation { progress: succeeded(), ..later.clone() };
    let done = after(again.clone(), &[(1, ended)]);
    assert_eq!(done.phase(), StartPhase::Recovering);
    assert_eq!(outcome(&done, &later, minute * 30), None);
    assert_eq!(outcome(&done, &later, minute * 31), Some(StartOutcome::Unconfirmed));
    assert_eq!(
        outcome(&done, &observation(completed()), minute * 5),
        Some(StartOutcome::Completed { well: true })
    );
    let old = accepted(EarlierAttempts { last_result: LastResult::MaintenanceCompleted, last_message: None });
    assert_eq!(after(old.clone(), &[(1, observation(completed()))]).state, old.state);
}

#[test]
fn f12_aborted_is_skipped_and_refused_keeps_azures_words() {
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
}

#[test]
fn f12_not_known_is_an_outcome_after_a_day_and_only_a_word_frees_it() {
    let minute = TimeDelta::minutes(1);
    let unseen = StartObservation::nothing();
    assert_eq!(after(accepted(before()), &[(1439, unseen.clone())]), accepted(before()));
    let lost = after(accepted(before()), &[(1440, unseen.clone())]);
    assert_eq!(lost.phase(), StartPhase::NotKnown { since: now() + minute * 1440 });
    let days = |days: i64| minute * 1440 * i32::try_from(days).unwrap();
    let not_allowed = observation(planned(|facts| facts.self_start_allowed = false));
    for look in [unseen, not_allowed, observation(Reading::NothingPlanned)] {
        assert_eq!(after(lost.clone(), &[(5 * 1440, look)]).phase(), lost.phase());
    }
    let released = |released| Some(StartOutcome::NotKnown { released });
    let allowed = observation(planned(|_| {}));
    assert_eq!(outcome(&lost, &allowed, days(2)), released(ReleasedBy::Status));
    let over = StartObservation { window_over: true, ..StartObservation::nothing() };
    assert_eq!(outcome(&lost, &over, days(2)), released(ReleasedBy::Window));
    // As long as Azure's operation runs, what the machine allows frees nothing; Azure's word does.
    let running = StartObservation { progress: running(), ..allowed };
    assert_eq!(after(lost.clone(), &[(2 * 1440, running)]).phase(), lost.phase());
    let done = StartObservation { progress: succeeded(), ..observation(completed()) };
    assert!(matches!(after(lost, &[(2 * 1440, done)]).state, StartState::Recovering { .. }));
}

#[test]
fn f12_without_an_answer_only_evidence_decides() {
    let minute = TimeDelta::minutes(1);
    let claimed = start(StartState::Claimed { at: now(), before: before() });
    let no_sign = StartObservation { log: LogEntry::Nothing, ..observation(planned(|_| {})) };
    assert_eq!(outcome(&claimed, &no_sign, minute * 44), None);
    assert_eq!(outcome(&claimed, &no_sign, minute * 45), Some(StartOutcome::NeverReceived));
    // The log lags, and cannot always be read: as long as it says nothing, nothing is concluded. Nor is anything while
    // the machine is on its way, or somebody else's start may be ours.
    for log in [LogEntry::NotAsked, LogEntry::Unanswered, LogEntry::Another] {
        let silent = StartObservation { log, ..no_sign.clone() };
        assert_eq!(after(claimed.clone(), &[(60, silent)]).state, claimed.state);
    }
    let away = StartObservation { power: PowerState::Other("starting".to_owned()), ..no_sign.clone() };
    assert_eq!(after(claimed.clone(), &[(60, away)]).state, claimed.state);
    let logged = StartObservation { log: LogEntry::Begun, ..no_sign.clone() };
    assert!(matches!(after(claimed.clone(), &[(1, logged)]).state, StartState::Accepted { .. }));
    // An entry counts by its status.
    let (code, message) = ("Conflict".to_owned(), "Busy.".to_owned());
    let log = LogEntry::Failed { code: code.clone(), message: message.clone() };
    let failed = StartObservation { log, ..no_sign.clone() };
    assert_eq!(outcome(&claimed, &failed, minute), Some(StartOutcome::Refused { code, message }));
    let done = StartObservation { log: LogEntry::Succeeded { at: None }, ..no_sign };
    assert!(matches!(after(claimed, &[(1, done)]).state, StartState::Recovering { .. }));
}

#[test]
fn f12_when_azure_wants_to_be_asked_later_that_is_kept_and_changes_nothing_else() {
    let minute = TimeDelta::minutes(1);
    let later = StartObservation {
        progress: running(),
        ask_from: Some(now() + minute * 5),
        ..observation(planned(|_| {}))
    };
    let next = follow(&accepted(before()), &later, now() + minute).unwrap();
    let StartState::Accepted { ask_from, at, .. } = next.state else { panic!("{next:?}") };
    assert_eq!((ask_from, at), (Some(now() + minute * 5), now()));
    assert_eq!(follow(&next, &later, now() + minute * 2), None);
}
