//! What happens at random in the middle of a life.

use proptest::prelude::*;

use crate::domain::planning::tests::*;
use crate::domain::recipient_settings::SettingAuthor;
use crate::domain::scheduled_event::ScheduledEvent;
use crate::domain::window::Impact;

use super::Watched;
use super::states::{mute, only_escalated, release};

/// One thing that happens, mostly to a machine.
#[derive(Debug, Clone)]
pub(super) enum Change {
    Moves { hours: i64 },
    Drifts { minutes: i64 },
    ComesBack,
    Accepts(bool),
    Result(u8),
    Ends(u8),
    Again,
    Event { hours: i64 },
    EventOver,
    Released,
    Responsible,
    OnlyEscalated,
    Muted { hours: i64 },
    Unmuted,
    Acknowledged,
    Snoozed { hours: i64 },
    HandedOver,
    NotMine,
    Planned { hours: i64, own: bool },
    Begun,
    NotKnown,
    Settled(u8),
    Digests(bool),
    MailWorks(bool),
    Refuses(bool),
    Alert(u8),
    Pilot(bool),
}

pub(super) fn change() -> impl Strategy<Value = Change> {
    use Change::*;
    prop_oneof![
        2 => (-100..100i64).prop_map(|hours| Moves { hours }),
        1 => (-90..90i64).prop_map(|minutes| Drifts { minutes }),
        1 => Just(ComesBack),
        1 => any::<bool>().prop_map(Accepts),
        1 => (0..4u8).prop_map(Result),
        1 => (0..3u8).prop_map(Ends),
        1 => Just(Again),
        1 => (0..100i64).prop_map(|hours| Event { hours }),
        1 => Just(EventOver),
        1 => Just(Released),
        2 => Just(Responsible),
        1 => Just(OnlyEscalated),
        2 => (1..200i64).prop_map(|hours| Muted { hours }),
        1 => Just(Unmuted),
        1 => Just(Acknowledged),
        1 => (1..200i64).prop_map(|hours| Snoozed { hours }),
        1 => Just(HandedOver),
        1 => Just(NotMine),
        3 => (0..150i64, any::<bool>()).prop_map(|(hours, own)| Planned { hours, own }),
        2 => Just(Begun),
        1 => Just(NotKnown),
        2 => (0..6u8).prop_map(Settled),
        1 => any::<bool>().prop_map(Digests),
        2 => any::<bool>().prop_map(MailWorks),
        1 => any::<bool>().prop_map(Refuses),
        1 => (0..2u8).prop_map(Alert),
        1 => any::<bool>().prop_map(Pilot),
    ]
}

impl Change {
    /// Whether what was told of the machine can be true again though nothing was told that made it untrue.
    fn makes_news(&self) -> bool {
        use Change::*;
        matches!(
            self,
            Moves { .. }
                | Drifts { .. }
                | ComesBack
                | Accepts(_)
                | Result(_)
                | Ends(_)
                | Again
                | Released
                | Responsible
                | OnlyEscalated
                | HandedOver
                | Pilot(_)
        )
    }
}

impl Watched {
    pub(super) fn happens(&mut self, number: usize, change: &Change) {
        let life = &mut self.life;
        let now = life.now;
        let key = life.assignments.keys().nth(number).expect("there are so many").clone();
        if change.makes_news() {
            let of_all = matches!(change, Change::Pilot(_));
            self.told.retain(|item| item.window != key && !of_all);
        }
        match change {
            Change::Digests(wanted) => {
                let author = SettingAuthor { by: actor("jane"), at: now };
                life.notification_settings.without_digests = Some(author).filter(|_| !wanted);
            }
            Change::MailWorks(works) => life.mail_works = *works,
            Change::Refuses(refuses) => self.refuses = *refuses,
            Change::Alert(0) => life.operator_alerts.clear(),
            Change::Alert(_) => life.operator_alerts.push((now, OperatorAlert::Stale { since: now })),
            Change::Pilot(begins) => {
                let watcher = Endpoint::Email { address: "watcher@contoso.com".parse().unwrap() };
                life.diverted_to = begins.then(|| vec![watcher]);
            }
            Change::Muted { hours } => {
                let mute = mute(&life.assignments[&key].window, *hours, now);
                life.notification_settings.mute(mute);
            }
            Change::Unmuted => life.notification_settings.mutes.clear(),
            _ => {
                let assignment = life.assignments.get_mut(&key).expect("it is there");
                happens_to(assignment, change, now);
            }
        }
    }
}

fn happens_to(assignment: &mut Assignment, change: &Change, now: DateTime<Utc>) {
    let hours = |hours: i64| now + TimeDelta::hours(hours);
    let Assignment { window, actions, .. } = assignment;
    let revision = window.revision;
    let mut respond = |by: &str, response| {
        actions.respond(ResponseRecord { response, by: actor(by), at: now, revision });
    };
    match change {
        Change::Moves { hours } => moved(window, TimeDelta::hours(*hours), now),
        Change::Drifts { minutes } => moved(window, TimeDelta::minutes(*minutes), now),
        Change::ComesBack => {
            window.facts.schedule = window.history[0].schedule;
            window.note_dates(now);
            window.changed = now;
        }
        Change::Accepts(allowed) => {
            let before = window.facts.clone();
            window.facts.self_start_allowed = *allowed;
            for at in [now - TimeDelta::hours(1), now] {
                window.start_word = window.start_word.followed_by(&before, &window.facts, (true, false), at);
            }
        }
        Change::Result(result) => {
            window.facts.last_result = match result {
                0 => LastResult::MaintenanceAborted,
                1 => LastResult::RetryLater,
                2 => LastResult::MaintenanceCompleted,
                _ => LastResult::None,
            };
            window.changed = now;
        }
        Change::Ends(why) if window.is_open() => {
            let why = [EndReason::Completed, EndReason::Cancelled, EndReason::NoLongerPlanned][*why as usize];
            window.state = WindowState::Ended { at: now, why };
            window.changed = now;
        }
        Change::Again => window.state = WindowState::Open,
        Change::Event { hours: ahead } => {
            let mut event = confirmed_event(now, *ahead);
            event.id = format!("event-{}", window.scheduled_events.len());
            if ahead % 2 == 1 {
                event.confirmed = None;
            }
            window.scheduled_events.push(event);
        }
        Change::EventOver => window.scheduled_events.iter_mut().for_each(|event| event.over = true),
        Change::Released if assignment.withdrawn.is_none() => release(assignment, now),
        Change::Responsible => {
            assignment.reasons = vec![Reason::Fallback { tried: Vec::new() }];
            (assignment.withdrawn, assignment.since, assignment.primary) = (None, now, true);
        }
        Change::OnlyEscalated => {
            only_escalated(assignment);
            (assignment.withdrawn, assignment.since) = (None, now);
        }
        Change::Acknowledged => respond("jane", Response::Acknowledge { note: None, change: None }),
        Change::Snoozed { hours: later } => respond("jane", Response::Snooze { until: hours(*later) }),
        Change::HandedOver => respond("arjun", Response::HandOver { to: "mei".parse().unwrap() }),
        Change::NotMine => respond("mei", Response::NotMine),
        Change::Planned { hours: later, own } => {
            let actions = &mut assignment.actions;
            if actions.open_start().is_none() && assignment.window.is_open() {
                actions.attempts += 1;
                actions.note_start(StartSummary {
                    id: StartId::new(&assignment.window.id, actions.attempts + 1),
                    by: actor(if *own { "jane" } else { "mei" }),
                    decided: now,
                    begins: hours(*later),
                    revision: assignment.window.revision,
                    plan: None,
                    status: if *later == 0 { StartStatus::UnderWay } else { StartStatus::Planned },
                    ordered: None,
                    accepts: None,
                    progress: StartProgress::default(),
                });
            }
        }
        Change::Begun => note(assignment, |start| start.status = StartStatus::UnderWay),
        Change::NotKnown => note(assignment, |start| start.progress.not_known = Some(now)),
        Change::Settled(how) => {
            let outcome = match how {
                0 => StartOutcome::Completed { well: true },
                1 => StartOutcome::RetryLater { message: None, again: Default::default() },
                2 => StartOutcome::CalledOff,
                3 => StartOutcome::Unknown,
                4 => StartOutcome::Skipped { message: None },
                _ => StartOutcome::NotBegun { reason: StartRefusal::NotAllowed { unsaid: false } },
            };
            note(assignment, |start| start.status = StartStatus::Settled { at: now, outcome });
        }
        _ => {}
    }
}

/// A reboot that Azure announces so many hours ahead, and confirmed.
pub(super) fn confirmed_event(now: DateTime<Utc>, ahead: i64) -> ScheduledEvent {
    let mut event = ScheduledEvent {
        id: "event".to_owned(),
        impact: Impact::Reboot,
        by_azure: true,
        not_before: Some(now + TimeDelta::hours(ahead)),
        seconds: None,
        at: now,
        scheduled: true,
        over: false,
        heard: None,
        confirmed: None,
    };
    event.confirm(&event.clone(), now);
    event
}

fn note(assignment: &mut Assignment, change: impl FnOnce(&mut StartSummary)) {
    if let Some(mut start) = assignment.actions.open_start().cloned() {
        change(&mut start);
        assignment.actions.note_start(start);
    }
}

/// Both windows move, as far as they are known.
fn moved(window: &mut MaintenanceWindow, by: TimeDelta, now: DateTime<Utc>) {
    let schedule = window.facts.schedule;
    let Some(own) = schedule.self_service else { return };
    let facts = facts(own.start() + by);
    window.facts.schedule = facts.schedule;
    let before = window.schedule_of(window.revision);
    let material = before
        .is_some_and(|before| crate::domain::reconcile::moved_materially(before, window.facts.schedule, now));
    if material {
        window.note_dates(now);
    }
    window.changed = now;
}
