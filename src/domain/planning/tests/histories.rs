//! Histories at random: everybody is notified of everything, and nobody twice.

use proptest::prelude::*;

use super::*;
use crate::domain::ids::MessageId;
use crate::domain::ledger::MessageRecord;
use crate::domain::message::Item;

/// Enough for every settling time, weekend and digest.
const END_OF_LIFE: TimeDelta = TimeDelta::days(7);

/// One thing that can happen to a window.
#[derive(Debug, Clone)]
enum Event {
    Appear(u8, i64),
    Move(u8, i64),
    Abort(u8),
    Complete(u8),
    End(u8),
    Acknowledge(u8),
    Snooze(u8, i64),
    Start(u8, i64),
    Begin(u8),
    Settle(u8, u8),
    MailWorks(bool),
    Wait(i64),
}

fn event() -> impl Strategy<Value = Event> {
    let number = 0..6u8;
    prop_oneof![
        3 => (number.clone(), -30..60i64).prop_map(|(number, days)| Event::Appear(number, days)),
        2 => (number.clone(), -5..50i64).prop_map(|(number, days)| Event::Move(number, days)),
        1 => number.clone().prop_map(Event::Abort),
        1 => number.clone().prop_map(Event::Complete),
        1 => number.clone().prop_map(Event::End),
        1 => number.clone().prop_map(Event::Acknowledge),
        1 => (number.clone(), 1..300i64).prop_map(|(number, hours)| Event::Snooze(number, hours)),
        1 => (number.clone(), 0..200i64).prop_map(|(number, hours)| Event::Start(number, hours)),
        1 => number.clone().prop_map(Event::Begin),
        2 => (number, 0..6u8).prop_map(|(number, how)| Event::Settle(number, how)),
        1 => any::<bool>().prop_map(Event::MailWorks),
        4 => (1..200i64).prop_map(Event::Wait),
    ]
}

fn live_through(events: &[Event], plan_every_tick: bool) -> Life {
    let life = Life { plan_every_tick, ..Life::at("2026-12-01T10:00:00Z") };
    go_through(life, events)
}

fn go_through(mut life: Life, events: &[Event]) -> Life {
    for event in events {
        life.forget();
        let exists =
            |number: &u8| life.assignments.keys().any(|id| id.resource.name() == format!("m{number}"));
        match event {
            Event::Appear(number, days) => {
                let name = format!("m{number}");
                let known = life.assignments.keys().chain(&life.former);
                let generations = known.filter(|id| id.resource.name() == name).max();
                let open = generations
                    .and_then(|id| life.assignments.get(id))
                    .is_some_and(|known| known.window.is_open());
                if !open {
                    let mut appeared = window(&name, life.now + TimeDelta::days(*days));
                    appeared.id.generation = generations.map_or(1, |id| id.generation + 1);
                    life.put(appeared);
                }
            }
            Event::Move(number, days) if exists(number) => {
                let start = life.now + TimeDelta::days(*days);
                life.reschedule(&format!("m{number}"), &start.to_rfc3339());
            }
            Event::Abort(number) if exists(number) => life.change(&format!("m{number}"), |window| {
                window.facts.last_result = LastResult::MaintenanceAborted;
                window.facts.self_start_allowed = false;
            }),
            Event::Complete(number) if exists(number) => life.change(&format!("m{number}"), |window| {
                window.facts.last_result = LastResult::MaintenanceCompleted
            }),
            Event::End(number) if exists(number) => {
                let at = life.now;
                life.change(&format!("m{number}"), |window| {
                    window.state = WindowState::Ended { at, why: EndReason::NoLongerPlanned };
                });
            }
            Event::Acknowledge(number) if exists(number) => {
                life.respond(
                    &format!("m{number}"),
                    "arjun",
                    Response::Acknowledge { note: None, change: None },
                );
            }
            Event::Snooze(number, hours) if exists(number) => {
                let until = life.now + TimeDelta::hours(*hours);
                life.respond(&format!("m{number}"), "arjun", Response::Snooze { until });
            }
            Event::Start(number, hours) if exists(number) => {
                let name = format!("m{number}");
                let newest = life.assignments.values().filter(|it| it.window.id.resource.name() == name);
                let newest = newest.max_by_key(|it| it.window.id.generation).unwrap();
                if newest.window.is_open() && newest.actions.open_start().is_none() {
                    let begins = life.now + TimeDelta::hours(*hours);
                    let who = if hours % 2 == 0 { "jane" } else { "arjun" };
                    life.start(&name, who, &begins.to_rfc3339());
                }
            }
            Event::Begin(number) if exists(number) => {
                life.stand(&format!("m{number}"), StartStatus::UnderWay)
            }
            Event::Settle(number, how) if exists(number) => {
                let outcome = match how {
                    0 | 1 => StartOutcome::Completed { well: true },
                    2 => StartOutcome::RetryLater { message: None, again: Default::default() },
                    3 => StartOutcome::CalledOff,
                    4 => StartOutcome::Unknown,
                    _ => StartOutcome::NotBegun { reason: StartRefusal::NotAllowed { unsaid: false } },
                };
                life.settle(&format!("m{number}"), outcome);
            }
            Event::MailWorks(works) => {
                life.mail_works = *works;
                life.plan();
            }
            Event::Wait(hours) => {
                let end = life.now + TimeDelta::hours(*hours);
                life.until(&end.to_rfc3339());
            }
            _ => {}
        }
    }
    // A start always comes to its end, also that of a window which another has followed.
    let at = life.now;
    for assignment in life.assignments.values_mut() {
        if let Some(open) = assignment.actions.open_start().cloned() {
            let status = StartStatus::Settled { at, outcome: StartOutcome::Unknown };
            assignment.actions.note_start(StartSummary { status, ..open });
        }
    }
    life.mail_works = true;
    life.plan();
    let end = life.now + END_OF_LIFE;
    life.until(&end.to_rfc3339());
    life
}

/// The start that did all that is to do in the present dates, and when, where Azure says nothing against it since.
fn done(assignment: &Assignment) -> Option<(&StartSummary, DateTime<Utc>)> {
    let window = &assignment.window;
    let denied = matches!(window.facts.last_result, LastResult::RetryLater | LastResult::MaintenanceAborted);
    let of_these_dates = assignment.actions.starts.iter().filter(|start| start.revision == window.revision);
    of_these_dates.into_iter().find_map(|start| match &start.status {
        StartStatus::Settled { at, outcome: StartOutcome::Completed { .. } } => {
            (!denied || *at >= window.changed).then_some((start, *at))
        }
        _ => None,
    })
}

/// What somebody read twice, and nothing of that window in between that said otherwise.
fn told_twice(life: &Life) -> Option<&Item> {
    let messages = life.ledger.iter().filter(|message| message.notifies());
    let told: Vec<(u64, &Item)> =
        messages.flat_map(|message| message.items.iter().map(|item| (message.sequence, item))).collect();
    // What a digest names again because its deadline is near may be named each day.
    let names_again =
        |item: &Item| item.step.is_none() && matches!(item.stage, Stage::Reminder | Stage::ScheduledSoon);
    let what = |item: &Item| (item.stage, item.revision, item.step, item.event.clone(), item.dates);
    told.iter().enumerate().find_map(|(index, (sequence, item))| {
        let before = told[..index].iter().filter(|(_, before)| before.window == item.window);
        let last = before.clone().filter(|(_, before)| match contradicts(item) {
            // Whether self-service is open can turn as often as Azure likes.
            None => before == item,
            Some(_) => what(before) == what(item),
        });
        let (last, _) = last.max_by_key(|(sequence, _)| sequence)?;
        let mut between = before.filter(|(it, _)| last < it && it < sequence);
        let said_otherwise = between.any(|(_, it)| {
            contradicts(item).is_some_and(|stages| it.event.is_none() && stages.contains(&it.stage))
        });
        (!names_again(item) && !said_otherwise).then_some(*item)
    })
}

/// What whoever read `item` has to have read since to read it again, where Azure's word can turn.
fn contradicts(item: &Item) -> Option<&'static [Stage]> {
    const ENDS: &[Stage] = &[Stage::Completed, Stage::Cancelled, Stage::NoLongerPlanned];
    const OPEN: &[Stage] = &[Stage::Announced, Stage::Rescheduled, Stage::Failed, Stage::Skipped];
    match item.stage {
        _ if item.event.is_some() => None,
        Stage::Announced | Stage::Failed | Stage::Skipped => Some(ENDS),
        stage if ENDS.contains(&stage) => Some(OPEN),
        _ => None,
    }
}

/// More histories can be tried by hand: `PROPTEST_CASES=2000 cargo test --lib plan`.
fn cases() -> u32 {
    let default = ProptestConfig::default().cases;
    if default == 256 { 32 } else { default }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    #[test]
    fn everybody_is_notified_and_nobody_twice(events in proptest::collection::vec(event(), 1..40)) {
        let life = live_through(&events, false);
        let notified: Vec<&Item> = life.ledger.iter().filter(|message| message.notifies()).flat_map(|message| &message.items).collect();
        for assignment in life.assignments.values() {
            let window = &assignment.window;
            let of_window: Vec<&&Item> = notified.iter().filter(|item| item.window == window.id).collect();
            let past = window.facts.schedule.end().is_some_and(|end| end <= life.now);
            // What was done before anybody was notified of it is announced to nobody: whoever started it hears how that ended,
            // unless no mail worked for two weeks since.
            let is_announced = of_window.iter().any(|item| item.stage == Stage::Announced);
            if let Some((start, at)) = done(assignment).filter(|_| !is_announced) {
                let is_own = start.by.recipient.as_ref() == Some(&assignment.recipient);
                let is_its_end = |item: &&&Item| item.stage == Stage::Completed && item.event.as_deref() == Some(start.id.as_str());
                let heard = of_window.iter().any(|item| is_its_end(item));
                let is_old = life.now - END_OF_LIFE - at >= TimeDelta::days(14);
                prop_assert!(heard == is_own || (is_own && is_old), "how its start ended: {}", window.id);
                continue;
            }
            if !window.is_over() && !past {
                prop_assert!(of_window.iter().any(|item| item.stage == Stage::Announced), "unreported: {}", window.id);
                // Azure can move it to the dates that it had: then nothing is new.
                let newest = of_window.iter().map(|item| item.revision).max();
                let dates = window.history.iter().find(|record| Some(record.revision) == newest).map(|record| record.schedule);
                prop_assert_eq!(dates, Some(window.facts.schedule), "the newest dates are unreported: {}", window.id);
            }
            // Whoever only heard how their own start of it ended does not know it as theirs.
            if window.is_over() && of_window.iter().any(|item| !item.is_of_start()) {
                let ends = [Stage::Completed, Stage::Cancelled, Stage::NoLongerPlanned];
                prop_assert!(of_window.iter().any(|item| ends.contains(&item.stage)), "its end is unreported: {}", window.id);
            }
        }
        let twice = told_twice(&life);
        prop_assert!(twice.is_none(), "told twice: {:?}\n{}", twice, life.story());
        let mut ids: Vec<&MessageId> = life.ledger.iter().map(|message| &message.id).collect();
        ids.sort();
        ids.dedup();
        prop_assert_eq!(ids.len(), life.ledger.len());
    }

    #[test]
    fn waking_when_asked_misses_nothing_that_looking_all_the_time_would_find(events in proptest::collection::vec(event(), 1..20)) {
        let asked = live_through(&events, false);
        let always = live_through(&events, true);
        let told = |life: &Life| {
            let messages = life.ledger.iter().filter(|message| message.notifies());
            messages.map(|message| (message.notified_at, message.kind, message.items.clone())).collect::<Vec<_>>()
        };
        prop_assert!(told(&asked) == told(&always), "asked:\n{}\nalways:\n{}", asked.story(), always.story());
    }

    #[test]
    fn whoever_forgets_what_ended_reports_the_same(events in proptest::collection::vec(event(), 20..60)) {
        // What could not be sent for as long as ended windows are kept is reported as it is then, without them.
        let events: Vec<Event> = events.into_iter().filter(|event| !matches!(event, Event::MailWorks(_))).collect();
        let life = || Life { operator: true, ..Life::at("2026-12-01T10:00:00Z") };
        let forgets = go_through(Life { keeps: Some(TimeDelta::days(14)), ..life() }, &events);
        let keeps = go_through(life(), &events);
        let notified = |life: &Life| {
            let of = |message: &&MessageRecord| (message.sequence, message.kind, message.items.clone(), message.calendar.clone());
            life.messages().iter().map(of).collect::<Vec<_>>()
        };
        prop_assert_eq!(notified(&forgets), notified(&keeps));
    }

    #[test]
    fn calendar_sequences_only_grow_and_a_cancelled_entry_stays_cancelled(events in proptest::collection::vec(event(), 1..40)) {
        let life = live_through(&events, false);
        let mut seen: BTreeMap<String, (u32, bool)> = BTreeMap::new();
        for entry in life.ledger.iter().filter(|message| message.notifies()).flat_map(|message| &message.calendar) {
            let cancelled = entry.method == crate::domain::calendar_entry::CalendarMethod::Cancel;
            if let Some((sequence, was_cancelled)) = seen.insert(entry.uid.clone(), (entry.sequence, cancelled)) {
                prop_assert!(entry.sequence > sequence && !was_cancelled);
            }
        }
    }
}
