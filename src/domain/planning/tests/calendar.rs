//! The calendar through everything that can happen to a machine.

use std::collections::BTreeSet;

use super::*;
use crate::domain::calendar_entry::{CalendarEntry, CalendarMethod};

impl Life {
    fn withdraw(&mut self, name: &str, to: &str) {
        let id = self.assignments.keys().filter(|id| id.resource.name() == name).max().unwrap().clone();
        let now = WithdrawnTo::Others { recipients: vec![to.parse().unwrap()] };
        self.assignments.get_mut(&id).unwrap().withdrawn = Some(Withdrawn { at: self.now, now });
        self.plan();
    }

    fn entries(&self) -> Vec<&CalendarEntry> {
        self.ledger
            .iter()
            .filter(|message| message.notifies())
            .flat_map(|message| &message.calendar)
            .collect()
    }
}

/// Sequences grow by one with each change, and nothing follows a cancellation.
fn assert_in_step(entries: &[&CalendarEntry]) {
    let mut known: BTreeMap<&str, &CalendarEntry> = BTreeMap::new();
    for entry in entries {
        match known.insert(&entry.uid, entry) {
            Some(before) => {
                assert_eq!(before.method, CalendarMethod::Request, "{entry:?}");
                assert_eq!(entry.sequence, before.sequence + 1, "{entry:?}");
            }
            None => assert_eq!((entry.sequence, entry.method), (0, CalendarMethod::Request)),
        }
    }
}

#[test]
fn f11_five_new_dates_a_cancellation_and_another_announcement_keep_the_calendar_in_step() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    life.put(window("web-01", utc("2027-01-10T10:00:00Z")));
    life.until("2026-12-02T10:00:00Z");
    for moved in 1..=5 {
        let (at, start) = (utc("2026-12-02T10:00:00Z"), utc("2027-01-10T10:00:00Z"));
        life.reschedule("web-01", &(start + TimeDelta::days(moved)).to_rfc3339());
        life.until(&(at + TimeDelta::days(moved)).to_rfc3339());
    }
    life.change("web-01", |window| {
        window.state = WindowState::Ended { at: utc("2026-12-07T10:00:00Z"), why: EndReason::Cancelled };
    });
    life.until("2026-12-09T10:00:00Z");
    let mut again = window("web-01", utc("2027-01-20T10:00:00Z"));
    again.id.generation = 2;
    life.put(again);
    life.until("2026-12-11T10:00:00Z");
    let entries = life.entries();
    assert_in_step(&entries);
    let methods: Vec<_> = entries.iter().map(|entry| (entry.method, entry.sequence)).collect();
    let (request, cancel) = (CalendarMethod::Request, CalendarMethod::Cancel);
    // Two of the new dates fell on a weekend, after which only the newest is reported.
    assert_eq!(methods.first(), Some(&(request, 0)));
    assert!(methods.contains(&(cancel, methods.len() as u32 - 2)), "{methods:?}");
    assert_eq!(methods.last(), Some(&(request, 0)));
    let again = entries.last().unwrap();
    assert!(entries.iter().filter(|entry| entry.uid == again.uid).count() == 1, "an entry of its own");
}

#[test]
fn f11_a_machine_that_is_tagged_anew_leaves_one_calendar_and_enters_the_other() {
    let mut jane = Life::at("2026-12-01T10:00:00Z");
    jane.put(window("web-01", utc("2026-12-20T10:00:00Z")));
    jane.until("2026-12-02T10:00:00Z");
    let mut mei = Life::at("2026-12-02T10:00:00Z");
    mei.recipient = recipient("mei");
    jane.withdraw("web-01", "mei");
    mei.put(window("web-01", utc("2026-12-20T10:00:00Z")));
    jane.until("2026-12-04T10:00:00Z");
    mei.until("2026-12-04T10:00:00Z");
    insta::assert_snapshot!(jane.story(), @"
    Tue 01 13:00 alert [web-01 announced] Request 0
    Thu 03 08:00 digest [web-01 reassigned] Cancel 1
    ");
    insta::assert_snapshot!(mei.story(), @"Wed 02 13:00 alert [web-01 announced] Request 0");
    assert_in_step(&jane.entries());
    assert_ne!(jane.entries()[0].uid, mei.entries()[0].uid);
    // It comes back: that is an announcement again, with an entry of its own.
    let id = jane.assignments.keys().next().unwrap().clone();
    let back = jane.assignments.get_mut(&id).unwrap();
    back.withdrawn = None;
    back.since = utc("2026-12-04T10:00:00Z");
    jane.plan();
    jane.until("2026-12-07T10:00:00Z");
    assert_in_step(&jane.entries());
    assert_eq!(
        jane.entries().last().map(|entry| (entry.method, entry.sequence)),
        Some((CalendarMethod::Request, 0))
    );
}

#[test]
fn f11_a_deleted_or_renamed_machine_leaves_the_calendar_to_the_others() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    life.put(window("web-01", utc("2026-12-20T10:00:00Z")));
    life.put(window("web-02", utc("2026-12-20T10:00:00Z")));
    life.until("2026-12-02T10:00:00Z");
    // To Azure another name is another machine: the one is gone, the other appears.
    life.change("web-01", |window| {
        window.state = WindowState::Ended { at: utc("2026-12-02T10:00:00Z"), why: EndReason::Deleted };
    });
    life.put(window("shop-01", utc("2026-12-20T10:00:00Z")));
    life.until("2026-12-04T10:00:00Z");
    insta::assert_snapshot!(life.story(), @"
    Tue 01 13:00 alert [web-01 announced, web-02 announced] Request 0
    Wed 02 13:00 alert [shop-01 announced] Request 1
    Thu 03 08:00 digest [web-01 no longer planned]
    ");
    let entries = life.entries();
    assert_in_step(&entries);
    let names: Vec<&str> = entries.last().unwrap().windows.iter().map(|id| id.resource.name()).collect();
    assert_eq!(names, ["shop-01", "web-02"]);
}

fn moments(life: &Life) -> Vec<(CalendarMethod, u32, String)> {
    let of = |entry: &&CalendarEntry| {
        let names: Vec<&str> = entry.windows.iter().map(|id| id.resource.name()).collect();
        (entry.method, entry.sequence, names.join(" "))
    };
    life.entries().iter().map(of).collect()
}

#[test]
fn one_entry_stands_at_the_nearest_date_moves_on_and_is_cancelled_when_nothing_is_open() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    life.put(window("web-01", utc("2026-12-20T10:00:00Z")));
    life.put(window("web-02", utc("2026-12-27T10:00:00Z")));
    life.put(window("web-03", utc("2026-12-27T10:00:00Z")));
    life.until("2026-12-02T10:00:00Z");
    life.change("web-01", |window| {
        window.state = WindowState::Ended { at: utc("2026-12-02T10:00:00Z"), why: EndReason::Cancelled };
    });
    life.until("2026-12-04T10:00:00Z");
    life.change("web-02", |window| {
        window.state = WindowState::Ended { at: utc("2026-12-04T10:00:00Z"), why: EndReason::Cancelled };
    });
    life.until("2026-12-08T10:00:00Z");
    life.change("web-03", |window| {
        window.state = WindowState::Ended { at: utc("2026-12-08T10:00:00Z"), why: EndReason::Cancelled };
    });
    life.until("2026-12-10T10:00:00Z");
    let (request, cancel) = (CalendarMethod::Request, CalendarMethod::Cancel);
    assert_eq!(
        moments(&life),
        [
            (request, 0, "web-01".to_owned()),
            (request, 1, "web-02 web-03".to_owned()),
            (request, 2, "web-03".to_owned()),
            (cancel, 3, "web-03".to_owned()),
        ]
    );
    assert_in_step(&life.entries());
    let uids: BTreeSet<&str> = life.entries().into_iter().map(|entry| entry.uid.as_str()).collect();
    assert_eq!(uids.len(), 1);
    assert!(life.ledger.iter().all(|message| message.calendar.len() <= 1));
}

#[test]
fn entries_of_before_are_cancelled_one_after_the_other_and_the_nearest_goes_on() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    life.put(window("web-01", utc("2026-12-20T10:00:00Z")));
    life.put(window("web-02", utc("2026-12-27T10:00:00Z")));
    life.put(window("web-03", utc("2027-01-03T10:00:00Z")));
    life.until("2026-12-02T10:00:00Z");
    // Earlier versions made an entry for each date.
    let own = life.ledger[0].calendar[0].clone();
    let others = ["web-02", "web-03"].map(|name| {
        let id = life.assignments.keys().find(|id| id.resource.name() == name).unwrap().clone();
        let day = if name == "web-02" { "2026-12-27T09:30:00Z" } else { "2027-01-03T09:30:00Z" };
        let (start, end) = (utc(day), utc(day) + TimeDelta::minutes(30));
        CalendarEntry { uid: format!("of-before-{name}"), windows: vec![id], start, end, ..own.clone() }
    });
    life.ledger[0].calendar.extend(others);
    for day in 3..7 {
        let name = format!("db-{day:02}");
        life.put(window(&name, utc("2027-02-03T10:00:00Z")));
        life.until(&format!("2026-12-{:02}T10:00:00Z", 2 + 2 * (day - 2)));
    }
    let later: Vec<(String, CalendarMethod, u32)> = life
        .ledger
        .iter()
        .skip(1)
        .flat_map(|message| {
            assert!(message.calendar.len() <= 1, "{message:?}");
            message.calendar.iter().map(|entry| (entry.uid.clone(), entry.method, entry.sequence))
        })
        .collect();
    let cancel = CalendarMethod::Cancel;
    assert_eq!(
        later,
        [("of-before-web-02".to_owned(), cancel, 1), ("of-before-web-03".to_owned(), cancel, 1)],
        "{}",
        life.story()
    );
}
