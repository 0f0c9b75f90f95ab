//! All sequences of evidence up to a length, against a small Azure that knows the truth, and long ones by chance.
//!
//! The Azure of this file shares no code with the one that is simulated. It received the request or not, works on it
//! for a while and comes to an end; each look sees some of that and is refused the rest. Whatever is seen in whatever
//! order: nothing counts as over while Azure works on it, so no second request can be sent; nothing counts as done that
//! is not; and everything comes to an end.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::super::*;
use crate::domain::action::actor::Actor;
use crate::domain::fixtures::{utc, window};
use crate::domain::ids::StartId;
use crate::domain::machine::PowerState;
use crate::domain::observation::Reading;
use crate::domain::window::{LastResult, Revision};

/// How a request fares at Azure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    NeverReceived,
    /// Refused at once, and the answer was lost.
    Refused,
    Succeeds,
    Fails,
    RetryLater,
    Aborted,
    /// It never ends.
    Endless,
}

const FATES: [Fate; 7] = [
    Fate::NeverReceived,
    Fate::Refused,
    Fate::Succeeds,
    Fate::Fails,
    Fate::RetryLater,
    Fate::Aborted,
    Fate::Endless,
];

/// What one look gets to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum View {
    Everything,
    /// Reads of the machine fail.
    NoMachine,
    /// The machine's record has no status.
    NoStatus,
    /// One read says 404.
    NotFound,
    /// The operation gives an error.
    NoOperation,
    /// Only the machine can be seen.
    MachineAlone,
    /// It is not time to ask for the operation, and the machine's record lags: it runs, may be started, and says what it
    /// said before.
    Behind,
    /// The same while the operation answers.
    BehindIt,
    Nothing,
}

const VIEWS: [View; 9] = [
    View::Everything,
    View::NoMachine,
    View::NoStatus,
    View::NotFound,
    View::NoOperation,
    View::MachineAlone,
    View::Behind,
    View::BehindIt,
    View::Nothing,
];

/// Minutes between two looks.
const STEPS: [i64; 3] = [3, 50, 800];

/// How long Azure works on it, in minutes, and how far its log lags.
const WORKS: i64 = 30;
const LAG: i64 = 20;

/// One look: how many minutes after the last, and what it gets to see.
type Look = (i64, View);

fn begin() -> DateTime<Utc> {
    utc("2026-12-01T10:00:00Z")
}

fn before() -> EarlierAttempts {
    EarlierAttempts { last_result: LastResult::None, last_message: None }
}

/// The start as it stands when its answer came, or was lost; `link` says whether an operation can be asked for.
fn sent(fate: Fate, answered: bool, link: bool) -> Start {
    let window = window("web-01", utc("2026-12-01T08:00:00Z"));
    let operation = link.then(|| OperationLink::AsyncOperation { address: "https://example.com".to_owned() });
    let received = !matches!(fate, Fate::NeverReceived | Fate::Refused);
    let state = if answered && received {
        StartState::Accepted { at: begin(), before: before(), operation, correlation: None, ask_from: None }
    } else {
        StartState::Claimed { at: begin(), before: before() }
    };
    Start {
        id: StartId::new(&window.id, 1),
        window: window.id,
        revision: Revision::FIRST,
        by: Actor::default(),
        origin: StartOrigin::CommandLine,
        decided: begin(),
        begins: begin(),
        latest: None,
        accepts: None,
        groups: Vec::new(),
        state,
        evidence: StartEvidence::default(),
    }
}

/// Whether Azure works on the request, this many minutes after it was sent.
fn works(fate: Fate, minute: i64) -> bool {
    match fate {
        Fate::NeverReceived | Fate::Refused => false,
        Fate::Endless => true,
        _ => minute < WORKS,
    }
}

/// What a look sees of the truth.
fn see(start: &Start, fate: Fate, minute: i64, view: View) -> StartObservation {
    let working = works(fate, minute);
    let mut facts = window("web-01", utc("2026-12-01T08:00:00Z")).facts;
    facts.self_start_allowed = !working && fate != Fate::Aborted && fate != Fate::Succeeds;
    facts.last_result = match fate {
        _ if working => LastResult::None,
        Fate::Succeeds => LastResult::MaintenanceCompleted,
        Fate::RetryLater => LastResult::RetryLater,
        Fate::Aborted => LastResult::MaintenanceAborted,
        _ => LastResult::None,
    };
    let words = || ("Conflict".to_owned(), "No.".to_owned());
    let progress = match fate {
        _ if working => OperationProgress::Running { since: Some(begin()) },
        Fate::Fails => {
            let (code, message) = words();
            OperationProgress::Failed { code, message }
        }
        _ => OperationProgress::Succeeded { since: Some(begin()), at: None },
    };
    let log = match fate {
        Fate::NeverReceived => LogEntry::Nothing,
        _ if minute < LAG => LogEntry::Nothing,
        Fate::Refused => {
            let (code, message) = words();
            LogEntry::Failed { code, message }
        }
        Fate::Fails if minute >= WORKS + LAG => {
            let (code, message) = words();
            LogEntry::Failed { code, message }
        }
        Fate::Succeeds | Fate::RetryLater | Fate::Aborted if minute >= WORKS + LAG => {
            LogEntry::Succeeded { at: None }
        }
        _ => LogEntry::Begun,
    };
    let is_behind = matches!(view, View::Behind | View::BehindIt);
    if is_behind {
        facts.self_start_allowed = true;
        facts.last_result = before().last_result;
    }
    let reading = match view {
        View::Behind | View::BehindIt => Some(Reading::Maintenance(facts)),
        View::NoMachine | View::Nothing => None,
        View::NoStatus => Some(Reading::NothingPlanned),
        View::NotFound => Some(Reading::Gone),
        _ if working && minute > WORKS / 2 => Some(Reading::NothingPlanned),
        _ => Some(Reading::Maintenance(facts)),
    };
    let power = match (&reading, working) {
        (None | Some(Reading::Gone), _) => PowerState::Unknown,
        _ if is_behind => PowerState::Running,
        (_, true) => PowerState::Other("starting".to_owned()),
        (_, false) => PowerState::Running,
    };
    let has_link = matches!(&start.state, StartState::Accepted { operation: Some(_), .. });
    let is_hidden = matches!(view, View::NoOperation | View::MachineAlone | View::Nothing);
    let progress = match (has_link, is_hidden) {
        (false, _) => OperationProgress::NotAsked,
        (true, _) if view == View::Behind => OperationProgress::NotAsked,
        (true, true) => OperationProgress::Unanswered,
        (true, false) => progress,
    };
    let is_asked = matches!(progress, OperationProgress::NotAsked | OperationProgress::Unanswered);
    let is_silent = matches!(view, View::MachineAlone | View::Nothing);
    let log = match (is_asked, is_silent) {
        (false, _) => LogEntry::NotAsked,
        _ if view == View::Behind => LogEntry::NotAsked,
        (true, true) => LogEntry::Unanswered,
        (true, false) => log,
    };
    StartObservation { reading, power, progress, log, ..StartObservation::nothing() }
}

/// Plays a sequence to its end and holds every step against the truth.
fn play(fate: Fate, answered: bool, link: bool, looks: &[Look]) {
    let mut start = sent(fate, answered, link);
    let mut minute = 0;
    let mut silent = 0;
    let context = || format!("{fate:?} answered {answered} link {link} {looks:?}");
    for (step, view) in looks {
        minute += step;
        let now = begin() + TimeDelta::minutes(minute);
        // A record that lags for days is Azure's word on a start without an operation that could be asked; and after
        // six questions without an answer the machine's word counts.
        let has_link = matches!(&start.state, StartState::Accepted { operation: Some(_), .. });
        silent = match view {
            View::NoOperation | View::MachineAlone | View::Nothing => silent + 1,
            View::Behind => silent,
            _ => 0,
        };
        let view = match view {
            View::Behind | View::BehindIt if !has_link || silent >= 6 => View::Everything,
            view => *view,
        };
        let seen = see(&start, fate, minute, view);
        let Some(next) = follow(&start, &seen, now) else { continue };
        assert!(start.phase() != StartPhase::Ended, "an ended start changed: {}", context());
        judge(&start, &next, fate, minute, &context);
        start = next;
    }
    // Whatever was seen: when its window is over it has come to its end, and says so.
    for _ in 0..4 {
        minute += 24 * 60;
        let over = StartObservation { window_over: true, ..StartObservation::nothing() };
        let now = begin() + TimeDelta::minutes(minute);
        start = follow(&start, &over, now).unwrap_or(start);
    }
    assert_eq!(start.phase(), StartPhase::Ended, "{}", context());
}

fn judge(start: &Start, next: &Start, fate: Fate, minute: i64, context: &dyn Fn() -> String) {
    let working = works(fate, minute);
    if matches!(next.state, StartState::Recovering { .. }) {
        let done = matches!(fate, Fate::Succeeds | Fate::RetryLater | Fate::Aborted) && !working;
        assert!(done, "Azure has not said that it is done: {}", context());
    }
    if let StartPhase::NotKnown { .. } = next.phase() {
        assert!(minute >= 24 * 60, "not known too soon: {}", context());
    }
    let StartState::Settled { outcome, .. } = &next.state else { return };
    assert!(!working, "over while Azure works on it: {outcome:?} {}", context());
    let fits = match outcome {
        StartOutcome::Completed { .. } => {
            fate == Fate::Succeeds && matches!(start.state, StartState::Recovering { .. })
                || matches!(fate, Fate::RetryLater | Fate::Aborted)
        }
        StartOutcome::Refused { .. } => matches!(fate, Fate::Refused | Fate::Fails),
        StartOutcome::RetryLater { .. } => fate == Fate::RetryLater,
        StartOutcome::Skipped { .. } => fate == Fate::Aborted,
        StartOutcome::NeverReceived => matches!(fate, Fate::NeverReceived),
        StartOutcome::NotKnown { .. } => minute >= 24 * 60,
        // The operation said that it is done, and the record lags.
        StartOutcome::Unconfirmed => matches!(fate, Fate::Succeeds | Fate::RetryLater | Fate::Aborted),
        _ => false,
    };
    assert!(fits, "{outcome:?} {}", context());
}

/// One read that says 404 proves nothing; a second one, an hour later and with none between that finds the machine, is
/// Azure's word that it is gone, which it is not in these histories.
fn is_possible(looks: &[Look]) -> bool {
    looks.iter().filter(|(_, view)| *view == View::NotFound).count() < 2
}

#[test]
fn f12_sequences_of_four_looks_keep_what_is_promised() {
    let looks: Vec<Look> = STEPS.iter().flat_map(|step| VIEWS.map(|view| (*step, view))).collect();
    let count = looks.len();
    // Every eleventh of them: with as many looks all of them would take a minute.
    for number in (0..count.pow(4)).step_by(11) {
        let sequence: Vec<Look> = (0..4).map(|place| looks[number / count.pow(place) % count]).collect();
        if !is_possible(&sequence) {
            continue;
        }
        // Every fate with every sequence would take long: each sequence plays one, and its neighbours the others.
        let fate = FATES[number % FATES.len()];
        let (answered, link) = (number / 7 % 2 == 0, number / 14 % 2 == 0);
        play(fate, answered, link, &sequence);
    }
}

#[test]
fn f12_every_fate_with_every_sequence_of_three_looks_keeps_what_is_promised() {
    let looks: Vec<Look> = STEPS.iter().flat_map(|step| VIEWS.map(|view| (*step, view))).collect();
    let count = looks.len();
    for number in 0..count.pow(3) {
        let sequence: Vec<Look> = (0..3).map(|place| looks[number / count.pow(place) % count]).collect();
        if is_possible(&sequence) {
            for fate in FATES {
                for (answered, link) in [(false, false), (true, true)] {
                    play(fate, answered, link, &sequence);
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn f12_long_sequences_keep_what_is_promised(
        fate in prop::sample::select(FATES.to_vec()),
        answered in any::<bool>(),
        link in any::<bool>(),
        looks in prop::collection::vec((1_i64..200, prop::sample::select(VIEWS.to_vec())), 0..60),
    ) {
        prop_assume!(is_possible(&looks));
        play(fate, answered, link, &looks);
    }

    #[test]
    fn f12_a_planned_start_begins_within_its_grace_and_at_no_other_time(
        late in -600_i64..6000, latest in prop::option::of(0_i64..3000), wait in prop::option::of(0_i64..600),
    ) {
        let minutes = TimeDelta::minutes;
        let mut start = sent(Fate::Succeeds, false, false);
        start.state = StartState::Planned;
        start.latest = latest.map(|latest| begin() + minutes(latest));
        let why = StartRefusal::Starting;
        start.evidence.waits = wait.map(|wait| StartWait { why, until: Some(begin() + minutes(wait)) });
        let moment = start.moment(minutes(60), begin() + minutes(late)).unwrap();
        let end = latest.unwrap_or(60);
        let expected = (0..=end).contains(&late) && wait.is_none_or(|wait| wait <= late);
        prop_assert_eq!(moment == StartMoment::Begins, expected);
        prop_assert_eq!(matches!(moment, StartMoment::Passed(_)), late > end);
    }
}
