//! States at random: machines, what people did about them, and what the ledger says was told.

use proptest::prelude::*;

use crate::domain::ids::MessageId;
use crate::domain::ledger::MessageState;
use crate::domain::message::{Item, MessageKind};
use crate::domain::planning::tests::*;
use crate::domain::schedule::{DigestSchedule, Hours};

use super::NOW;

/// What is told of starts.
const OF_STARTS: [Stage; 6] =
    [Stage::Planned, Stage::CalledOff, Stage::Started, Stage::Completed, Stage::Skipped, Stage::Failed];

/// How somebody stands to a machine.
#[derive(Debug, Clone, Copy)]
enum Responsibility {
    Responsible { primary: bool },
    OnlyEscalated,
    Released,
}

/// A machine, by what is drawn of it.
#[derive(Debug, Clone)]
pub(super) struct Machine {
    /// When self-service begins, in hours from now.
    begins: i64,
    responsibility: Responsibility,
    since: i64,
    muted_for: Option<i64>,
    moved: Option<i64>,
    start: Option<(i64, u8)>,
    result: u8,
    answered: u8,
    /// Stage, revision, hours ago, whether it is about the start.
    told: Vec<(usize, u32, i64, bool)>,
}

/// How somebody wants to be notified.
#[derive(Debug, Clone)]
pub(super) struct Habits {
    digest: u8,
    everything_waits: bool,
    at_any_hour: bool,
    operator: bool,
}

pub(super) fn habits() -> impl Strategy<Value = Habits> {
    (0..3u8, any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(digest, everything_waits, at_any_hour, operator)| Habits {
            digest,
            everything_waits,
            at_any_hour,
            operator,
        },
    )
}

pub(super) fn machine() -> impl Strategy<Value = Machine> {
    let responsibility = prop_oneof![
        4 => any::<bool>().prop_map(|primary| Responsibility::Responsible { primary }),
        1 => Just(Responsibility::OnlyEscalated),
        1 => Just(Responsibility::Released),
    ];
    let told = proptest::collection::vec((0..Stage::ALL.len(), 1..3u32, 0..200i64, any::<bool>()), 0..6);
    let start = proptest::option::weighted(0.6, (-100..200i64, 0..5u8));
    let moved = proptest::option::weighted(0.3, -60..60i64);
    let muted_for = proptest::option::weighted(0.4, 1..300i64);
    (-400..400i64, responsibility, 0..300i64, muted_for, moved, start, 0..5u8, 0..4u8, told).prop_map(
        |(begins, responsibility, since, muted_for, moved, start, result, answered, told)| Machine {
            begins,
            responsibility,
            since,
            muted_for,
            moved,
            start,
            result,
            answered,
            told,
        },
    )
}

pub(super) fn state(machines: &[Machine], habits: &Habits) -> Life {
    let mut life = Life::at(NOW);
    let preferences = &mut life.recipient.preferences;
    if habits.digest == 0 {
        preferences.digest = DigestSchedule::NEVER;
    }
    if habits.everything_waits {
        preferences.immediate = [Stage::Imminent].into();
    }
    if habits.at_any_hour {
        (preferences.hours, preferences.quiet) = (Hours::Always, Vec::new());
    }
    life.operator = habits.operator;
    let mut told: Vec<(DateTime<Utc>, Item)> = Vec::new();
    for (number, machine) in machines.iter().enumerate() {
        let now = life.now;
        let hours = |hours: i64| now + TimeDelta::hours(hours);
        let window = drawn(number, machine, now);
        let start = machine.start.map(|start| drawn_start(&window, start, now));
        let start_id = start.as_ref().map(|start| start.id.to_string());
        let mut actions = answered(machine.answered, &window, now);
        start.into_iter().for_each(|start| actions.note_start(start));
        told.extend(machine.told.iter().map(|(stage, revision, ago, of_start)| {
            let item = Item {
                window: window.id.clone(),
                stage: Stage::ALL[*stage],
                revision: Revision(*revision),
                step: None,
                event: start_id.clone().filter(|_| *of_start && OF_STARTS.contains(&Stage::ALL[*stage])),
                dates: None,
                start: None,
            };
            (hours(-ago), item)
        }));
        if let Some(hours) = machine.muted_for {
            life.notification_settings.mute(mute(&window, hours, now - TimeDelta::hours(1)));
        }
        life.put(window.clone());
        life.ledger.clear();
        life.head = RecipientHead::default();
        let assignment = life.assignments.get_mut(&window.id).expect("it was put there");
        assignment.actions = actions;
        assignment.since = hours(-machine.since);
        match machine.responsibility {
            Responsibility::Responsible { primary } => assignment.primary = primary,
            Responsibility::OnlyEscalated => only_escalated(assignment),
            Responsibility::Released => release(assignment, hours(-1)),
        }
    }
    told.sort();
    for (at, item) in told {
        life.head.sequence += 1;
        life.ledger.push(sent(&life, at, vec![item]));
    }
    life
}

fn drawn(number: usize, machine: &Machine, now: DateTime<Utc>) -> MaintenanceWindow {
    let hours = |hours: i64| now + TimeDelta::hours(hours);
    let mut window = window(&format!("m{number}"), hours(machine.begins));
    window.first_seen = hours(-machine.since);
    window.changed = window.first_seen;
    window.history[0].seen = window.first_seen;
    if let Some(moved) = machine.moved.filter(|moved| *moved != 0) {
        window.facts = facts(hours(machine.begins + moved));
        window.note_dates(now - TimeDelta::minutes(30));
    }
    match machine.result {
        0 => window.facts.last_result = LastResult::MaintenanceAborted,
        1 => window.facts.last_result = LastResult::RetryLater,
        2 => window.state = WindowState::Ended { at: hours(-1), why: EndReason::NoLongerPlanned },
        _ => {}
    }
    window
}

fn drawn_start(window: &MaintenanceWindow, (begins, status): (i64, u8), now: DateTime<Utc>) -> StartSummary {
    let hours = |hours: i64| now + TimeDelta::hours(hours);
    let settled = |outcome| StartStatus::Settled { at: hours(begins.min(-1)), outcome };
    StartSummary {
        id: StartId::new(&window.id, 1),
        by: actor("jane"),
        decided: hours(begins.min(0) - 1),
        begins: hours(begins),
        revision: Revision::FIRST,
        plan: None,
        status: match status {
            0 => settled(StartOutcome::Completed { well: true }),
            1 => settled(StartOutcome::Unknown),
            2 if begins < 0 => StartStatus::UnderWay,
            3 => settled(StartOutcome::CalledOff),
            _ => StartStatus::Planned,
        },
        ordered: None,
        accepts: None,
        progress: StartProgress::default(),
    }
}

fn answered(how: u8, window: &MaintenanceWindow, now: DateTime<Utc>) -> WindowActions {
    let mut actions = WindowActions::default();
    let response = match how {
        0 => Response::Acknowledge { note: None, change: None },
        1 => Response::Snooze { until: now + TimeDelta::hours(30) },
        2 => Response::HandOver { to: "mei".parse().unwrap() },
        _ => return actions,
    };
    let by = actor("arjun");
    let at = now - TimeDelta::hours(2);
    actions.respond(ResponseRecord { response, by, at, revision: window.revision });
    actions
}

pub(super) fn mute(
    window: &MaintenanceWindow,
    hours: i64,
    at: DateTime<Utc>,
) -> crate::domain::recipient_settings::Mute {
    crate::domain::recipient_settings::Mute {
        scope: crate::domain::action::scope::Scope::Machine {
            resource: window.id.resource.clone(),
            vm_id: None,
        },
        until: at + TimeDelta::hours(hours),
        reason: "a rebuild".to_owned(),
        by: actor("jane"),
        at,
    }
}

pub(super) fn only_escalated(assignment: &mut Assignment) {
    let from = "mei".parse().unwrap();
    assignment.reasons = vec![Reason::Escalated { from, step: 7 * 24 * 60 }];
    let step = |days: i64| crate::domain::escalation_steps::EscalationStep {
        step: days * 24 * 60,
        to: "jane".parse().unwrap(),
        from: "mei".parse().unwrap(),
    };
    assignment.escalation_steps = vec![step(7), step(2)];
    assignment.primary = false;
}

pub(super) fn release(assignment: &mut Assignment, at: DateTime<Utc>) {
    let now = WithdrawnTo::Others { recipients: vec!["mei".parse().unwrap()] };
    assignment.withdrawn = Some(Withdrawn { at, now });
}

fn sent(life: &Life, at: DateTime<Utc>, items: Vec<Item>) -> MessageRecord {
    let endpoints = life.recipient.endpoints();
    MessageRecord {
        items,
        settled: endpoints.iter().map(Endpoint::key).collect(),
        endpoints,
        state: MessageState::Frozen,
        notified_at: Some(at),
        ..MessageRecord::new(
            MessageId::derive(&life.recipient.name, life.head.sequence),
            &life.recipient.name,
            life.head.sequence,
            MessageKind::Alert,
            at,
            ConfigVersion("test".to_owned()),
        )
    }
}
