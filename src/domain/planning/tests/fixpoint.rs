//! What one planning decides and records, the next one does not want again: whatever the state is, and however late.

use proptest::prelude::*;

use super::*;
use crate::domain::action::scope::Scope;
use crate::domain::ids::MessageId;
use crate::domain::ledger::MessageState;
use crate::domain::message::{Item, MessageKind};
use crate::domain::recipient_settings::Mute;

const NOW: &str = "2026-12-01T10:00:00Z";
/// Longer than anything in these states lasts.
const DAYS: i64 = 50;

/// How somebody stands to a machine.
#[derive(Debug, Clone, Copy)]
enum Standing {
    Responsible { primary: bool },
    OnlyEscalated,
    Released,
}

#[derive(Debug, Clone)]
struct Machine {
    /// When self-service begins, in hours from now.
    begins: i64,
    standing: Standing,
    since: i64,
    muted_for: Option<i64>,
    moved: Option<i64>,
    start: Option<(i64, u8)>,
    result: u8,
    answered: bool,
    /// Stage, revision, hours ago, whether it is about the start.
    told: Vec<(usize, u32, i64, bool)>,
}

fn machine() -> impl Strategy<Value = Machine> {
    let standing = prop_oneof![
        4 => any::<bool>().prop_map(|primary| Standing::Responsible { primary }),
        1 => Just(Standing::OnlyEscalated),
        1 => Just(Standing::Released),
    ];
    let told = proptest::collection::vec((0..Stage::ALL.len(), 1..3u32, 0..200i64, any::<bool>()), 0..6);
    let start = proptest::option::weighted(0.6, (-100..200i64, 0..5u8));
    let moved = proptest::option::weighted(0.3, -60..60i64);
    (
        -400..400i64,
        standing,
        0..300i64,
        proptest::option::weighted(0.4, 1..300i64),
        moved,
        start,
        0..5u8,
        any::<bool>(),
        told,
    )
        .prop_map(|(begins, standing, since, muted_for, moved, start, result, answered, told)| Machine {
            begins,
            standing,
            since,
            muted_for,
            moved,
            start,
            result,
            answered,
            told,
        })
}

fn state(machines: &[Machine], digest: bool) -> Life {
    let mut life = Life::at(NOW);
    if !digest {
        life.recipient.preferences.digest = crate::domain::schedule::DigestSchedule::NEVER;
    }
    let mut told: Vec<(DateTime<Utc>, Item)> = Vec::new();
    for (number, machine) in machines.iter().enumerate() {
        let now = life.now;
        let hours = |hours: i64| now + TimeDelta::hours(hours);
        let mut window = window(&format!("m{number}"), hours(machine.begins));
        window.first_seen = hours(-machine.since);
        window.changed = window.first_seen;
        window.history[0].seen = window.first_seen;
        if let Some(moved) = machine.moved {
            window.facts = facts(hours(machine.begins + moved));
            if moved != 0 {
                window.note_dates(now - TimeDelta::minutes(30));
            }
        }
        match machine.result {
            0 => window.facts.last_result = LastResult::MaintenanceAborted,
            1 => window.facts.last_result = LastResult::RetryLater,
            2 => window.state = WindowState::Ended { at: hours(-1), why: EndReason::NoLongerPlanned },
            _ => {}
        }
        let mut actions = WindowActions::default();
        if machine.answered {
            actions.respond(ResponseRecord {
                response: Response::Acknowledge { note: None, change: None },
                by: actor("mei"),
                at: hours(-2),
                revision: window.revision,
            });
        }
        let id = StartId::new(&window.id, 1);
        if let Some((begins, status)) = machine.start {
            let settled = |outcome| StartStatus::Settled { at: hours(begins.min(-1)), outcome };
            let status = match status {
                0 => settled(StartOutcome::Completed { well: true }),
                1 => settled(StartOutcome::Unknown),
                2 if begins < 0 => StartStatus::UnderWay,
                3 => settled(StartOutcome::CalledOff),
                _ => StartStatus::Planned,
            };
            actions.note_start(StartSummary {
                id: id.clone(),
                by: actor("jane"),
                decided: hours(begins.min(0) - 1),
                begins: hours(begins),
                revision: Revision::FIRST,
                plan: None,
                status,
                ordered: None,
                accepts: None,
                progress: StartProgress::default(),
            });
        }
        told.extend(machine.told.iter().map(|(stage, revision, ago, of_start)| {
            let event = of_start.then(|| id.to_string());
            let item = Item {
                window: window.id.clone(),
                stage: Stage::ALL[*stage],
                revision: Revision(*revision),
                step: None,
                event,
                dates: None,
            };
            (hours(-ago), item)
        }));
        if let Some(hours) = machine.muted_for {
            life.notification_settings.mute(Mute {
                scope: Scope::Machine { resource: window.id.resource.clone(), vm_id: None },
                until: now + TimeDelta::hours(hours),
                reason: "a rebuild".to_owned(),
                by: actor("jane"),
                at: now - TimeDelta::hours(1),
            });
        }
        life.put(window.clone());
        life.ledger.clear();
        life.head = RecipientHead::default();
        let Some(assignment) = life.assignments.get_mut(&window.id) else { continue };
        assignment.actions = actions;
        assignment.since = hours(-machine.since);
        match machine.standing {
            Standing::Responsible { primary } => assignment.primary = primary,
            Standing::OnlyEscalated => {
                let from = "mei".parse().unwrap();
                assignment.reasons = vec![Reason::Escalated { from, step: 2 * 24 * 60 }];
                assignment.primary = false;
            }
            Standing::Released => {
                let now = WithdrawnTo::Others { recipients: vec!["mei".parse().unwrap()] };
                assignment.withdrawn = Some(Withdrawn { at: hours(-1), now });
            }
        }
    }
    told.sort();
    for (at, item) in told {
        life.head.sequence += 1;
        life.ledger.push(sent(&life, at, vec![item]));
    }
    life
}

fn sent(life: &Life, at: DateTime<Utc>, items: Vec<Item>) -> MessageRecord {
    let endpoints = life.recipient.endpoints();
    MessageRecord {
        id: MessageId::derive(&life.recipient.name, life.head.sequence),
        recipient: life.recipient.name.clone(),
        sequence: life.head.sequence,
        kind: MessageKind::Alert,
        claimed_at: at,
        deadline: None,
        items,
        calendar: Vec::new(),
        operator_alerts: Vec::new(),
        summary: None,
        settled: endpoints.iter().map(Endpoint::key).collect(),
        endpoints,
        diverted: false,
        refused: Default::default(),
        unknown: Default::default(),
        state: MessageState::Frozen,
        in_doubt: Default::default(),
        notified_at: Some(at),
        decided_by: ConfigVersion("test".to_owned()),
    }
}

/// Plans once, and sends what is claimed. Returns it, with the moment at which planning wants to be woken.
fn plan_and_send(life: &mut Life) -> (Option<MessageRecord>, Option<DateTime<Utc>>) {
    let version = ConfigVersion("test".to_owned());
    let (assignments, ledger) = (life.copies(), life.shared_ledger());
    let plan = plan(
        PlanningInput {
            recipient: &life.recipient,
            operator: false,
            diverted_to: None,
            assignments: &assignments,
            ledger: &ledger,
            head: &life.head,
            notification_settings: &life.notification_settings,
            paused_channels: &[],
            operator_alerts: &[],
            coverage: None,
            go_live: life.go_live,
            generation: None,
            version: &version,
        },
        Pace::Considerate,
        life.now,
    );
    let LedgerStep::Claim(message) = plan.step else { return (None, plan.wake) };
    life.head.sequence = message.sequence;
    let settled = message.endpoints.iter().map(Endpoint::key).collect();
    let message = MessageRecord { settled, notified_at: Some(life.now), ..*message };
    life.ledger.push(message.clone());
    (Some(message), plan.wake)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]
    #[test]
    fn what_was_told_is_not_wanted_again(
        machines in proptest::collection::vec(machine(), 1..4),
        digest: bool,
        stray in proptest::collection::vec(1..1440i64, 0..5),
    ) {
        let mut life = state(&machines, digest);
        let end = life.now + TimeDelta::days(DAYS);
        let mut told: Vec<Item> = Vec::new();
        let mut stray = stray.into_iter();
        while life.now < end {
            let (mut message, mut wake) = plan_and_send(&mut life);
            // What news held back can follow it, and then it rests.
            for round in 0..4 {
                let Some(sent) = message.take() else { break };
                prop_assert!(round < 3, "no rest at {}: {sent:?}", life.now);
                for item in &sent.items {
                    prop_assert!(
                        !told.iter().any(|before| before.says_the_same(item)),
                        "told twice at {}: {item:?}", life.now
                    );
                }
                told.extend(sent.items);
                (message, wake) = plan_and_send(&mut life);
            }
            let minute = life.now + TimeDelta::minutes(1);
            let wake = wake.unwrap_or(end).max(minute);
            // Planning is woken for many reasons in which nothing is new.
            life.now = stray.next().map_or(wake, |minutes| wake.min(life.now + TimeDelta::minutes(minutes)));
        }
    }
}

/// An owner muted a machine, was released from it and is responsible again, and plans a start.
#[test]
fn a_planned_start_of_a_machine_that_is_muted_is_told_once() {
    let mut life = Life { plan_every_tick: true, ..Life::at(NOW) };
    life.put(window("web-01", utc(NOW)));
    life.until("2026-12-02T10:00:00Z");
    let (now, key) = (life.now, life.assignments.keys().next().unwrap().clone());
    life.notification_settings.mute(Mute {
        scope: Scope::Machine { resource: key.resource.clone(), vm_id: None },
        until: utc("2026-12-20T10:00:00Z"),
        reason: "a rebuild".to_owned(),
        by: actor("jane"),
        at: now,
    });
    let released =
        Withdrawn { at: now, now: WithdrawnTo::Others { recipients: vec!["mei".parse().unwrap()] } };
    life.assignments.get_mut(&key).unwrap().withdrawn = Some(released);
    life.until("2026-12-03T10:00:00Z");
    let assignment = life.assignments.get_mut(&key).unwrap();
    (assignment.withdrawn, assignment.since) = (None, life.now);
    life.start("web-01", "jane", "2026-12-05T10:00:00Z");
    life.until("2026-12-05T11:00:00Z");
    let told: Vec<&Item> = life.ledger.iter().flat_map(|message| &message.items).collect();
    let planned = told.iter().filter(|item| item.stage == Stage::Planned && item.step.is_none());
    assert_eq!(planned.count(), 1, "{}", life.story());
}
