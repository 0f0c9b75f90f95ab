use std::collections::BTreeMap;

use super::*;
use crate::domain::action::actor::Actor;
use crate::domain::action::hours::NamedHours;
use crate::domain::action::hours::RecipientHours;
use crate::domain::action::response::ResponseRecord;
use crate::domain::directory::People;
use crate::domain::fixtures::{policy, utc, vm_id, window};
use crate::domain::ids::StartId;
use crate::domain::machine::PowerState;
use crate::domain::routing::responsible;
use crate::domain::window::{Impact, Revision};

const JANE: &str = "jane.doe@contoso.com";

/// A deployment in which Jane has named hours, and her machine, open for self-service from `now` for ten days.
struct Case {
    policy: Policy,
    configured: BTreeMap<RecipientName, Hours>,
    named: Vec<RecipientHours>,
    window: MaintenanceWindow,
    actions: WindowActions,
    taken: Vec<OccupiedSlot>,
    groups: Vec<GroupKey>,
    spacing: Spacing,
    now: DateTime<Utc>,
}

fn case(hours: &str, now: &str) -> Case {
    let now = utc(now);
    Case {
        policy: policy(),
        configured: [(JANE.parse().unwrap(), hours.parse().unwrap())].into(),
        named: Vec::new(),
        window: window("vm-1", now),
        actions: WindowActions::default(),
        taken: Vec::new(),
        groups: Vec::new(),
        spacing: Spacing { min_gap: TimeDelta::minutes(30), limits: vec![(2, TimeDelta::hours(1))] },
        now,
    }
}

impl Case {
    fn order(&self) -> Result<StandingOrder, NotPlanned> {
        let responsible =
            responsible(&self.policy, &self.window, &self.actions, &People::default(), self.now);
        let sources =
            HoursSources { configured: &self.configured, tag: "maintenance-hours", named: &self.named };
        order(&self.window, &self.actions, &responsible, &self.policy, sources)
    }

    fn begins(&self) -> Result<DateTime<Utc>, NotPlanned> {
        let others = OtherStarts { groups: &self.groups, taken: &self.taken, spacing: &self.spacing };
        begins(&self.order()?, &self.window, &self.actions, &others, self.now)
    }

    fn tag(mut self, name: &str, value: &str) -> Self {
        let tags =
            self.window.machine.tags.resource.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        self.window.machine.tags.resource = tags.chain([(name.to_owned(), value.to_owned())]).collect();
        self
    }

    fn name(&mut self, who: &str, scope: Scope, hours: &str) {
        let by = Actor { recipient: Some(who.parse().unwrap()), ..Actor::default() };
        let named = NamedHours { scope, hours: hours.parse().unwrap(), by, since: self.now };
        if !self.named.iter().any(|hours| hours.recipient.as_str() == who) {
            self.named.push(RecipientHours::none(who.parse().unwrap()));
        }
        let theirs = self.named.iter_mut().find(|hours| hours.recipient.as_str() == who);
        assert!(theirs.unwrap().name(named));
    }

    fn respond(&mut self, response: Response, who: &str) {
        let by = Actor { recipient: Some(who.parse().unwrap()), ..Actor::default() };
        self.actions.respond(ResponseRecord { response, by, at: self.now, revision: Revision::FIRST });
    }
}

#[test]
fn it_is_the_first_of_the_hours_that_leaves_two_days() {
    // 2026-12-01 is a Tuesday; the window closes on Friday the 11th at 08:00.
    assert_eq!(case("SAT 22:00-04:00", "2026-12-01T08:00:00Z").begins(), Ok(utc("2026-12-05T21:00:00Z")));
    // On Friday evening the coming Saturday is too near, and the one after it too late: it is the last of this one.
    let near = case("SAT 22:00-04:00", "2026-12-01T08:00:00Z");
    let near = Case { now: utc("2026-12-04T20:07:00Z"), ..near };
    assert_eq!(near.begins(), Ok(utc("2026-12-06T02:30:00Z")));
    let late = Case { now: utc("2026-12-05T20:00:00Z"), ..near };
    assert_eq!(late.begins(), Err(NotPlanned::ShortNotice { at: utc("2026-12-05T21:00:00Z") }));
    // Hours that come only after self-service say so, and so do those that others take.
    let missed = Case { now: utc("2026-12-06T08:00:00Z"), ..case("SAT 22:00-04:00", "2026-12-01T08:00:00Z") };
    let Err(NotPlanned::NoHours { self_service }) = missed.begins() else { panic!("{:?}", missed.begins()) };
    assert_eq!(Some(self_service), missed.window.facts.schedule.self_service);
    let mut crowded = case("SAT 22:00-04:00", "2026-12-01T08:00:00Z");
    crowded.spacing.limits = vec![(1, TimeDelta::hours(200))];
    crowded.taken = vec![OccupiedSlot { begins: utc("2026-12-05T22:00:00Z"), groups: Vec::new() }];
    assert_eq!(crowded.begins(), Err(NotPlanned::Crowded));
    // What a start loses is agreed to for each start, and never once for all.
    for disk in [Some(true), None] {
        let mut lost = case("always", "2026-12-01T08:00:00Z");
        lost.window.machine.ephemeral_os_disk = disk;
        assert!(matches!(lost.begins(), Err(NotPlanned::LosesData(_))), "{disk:?}");
    }
    // In the middle of the hours it is the next quarter, unless it would run beyond them.
    let within = case("always", "2026-12-01T08:03:10Z");
    assert_eq!(within.begins(), Ok(utc("2026-12-03T08:15:00Z")));
    let short = case("THU 08:00-09:30, FRI 08:07-08:20", "2026-12-01T08:03:10Z");
    assert_eq!(short.begins(), Ok(utc("2026-12-04T07:07:00Z")));
}

#[test]
fn both_changes_of_the_clock_have_one_time() {
    // The hour from two to three does not exist on 2027-03-28, and comes twice on 2026-10-25.
    let spring = case("SUN 02:00-03:00", "2027-03-24T08:00:00Z");
    let moment = utc("2027-03-28T01:00:00Z");
    assert_eq!(spring.begins(), Ok(moment));
    assert!(spring.order().unwrap().lets(moment, moment + TimeDelta::minutes(1)));
    let autumn = case("SUN 02:00-03:00", "2026-10-21T08:00:00Z");
    assert_eq!(autumn.begins(), Ok(utc("2026-10-25T00:00:00Z")));
    let night = case("SAT 23:00-05:00", "2027-03-24T08:00:00Z");
    assert_eq!(night.begins(), Ok(utc("2027-03-27T22:00:00Z")));
}

#[test]
fn freeze_days_are_left_out_to_their_last_minute() {
    let mut case = case("FRI-SUN 22:00-04:00", "2026-12-22T08:00:00Z");
    assert_eq!(case.begins(), Ok(utc("2026-12-25T21:00:00Z")));
    case.policy.defaults.holidays = ["2026-12-25", "2026-12-26"].map(|day| day.parse().unwrap()).into();
    assert_eq!(case.begins(), Ok(utc("2026-12-27T21:00:00Z")));
    // Nor does the night before reach into one.
    case.policy.defaults.holidays = ["2026-12-26"].map(|day| day.parse().unwrap()).into();
    case.now = utc("2026-12-23T22:20:00Z");
    assert_eq!(case.begins(), Ok(utc("2026-12-25T22:30:00Z")));
    case.now = utc("2026-12-23T22:35:00Z");
    assert_eq!(case.begins(), Ok(utc("2026-12-27T21:00:00Z")));
}

#[test]
fn the_tag_wins_and_one_that_cannot_be_read_starts_nothing() {
    let tagged = case("SAT 22:00-04:00", "2026-12-01T08:00:00Z").tag("Maintenance-Hours", "SUN 03:00-05:00");
    assert_eq!(tagged.begins(), Ok(utc("2026-12-06T02:00:00Z")));
    assert_eq!(tagged.order().unwrap().hours(), "SUN 03:00-05:00 (Europe/Berlin)");
    let unreadable = tagged.tag("maintenance-hours", "Sunday night");
    assert!(matches!(unreadable.begins(), Err(NotPlanned::UnreadableTag(_))));
    // One of the resource group is nobody's word on this machine.
    let mut inherited = case("SAT 22:00-04:00", "2026-12-01T08:00:00Z");
    inherited.window.machine.tags.resource_group = [("maintenance-hours", "always")].into_iter().collect();
    assert_eq!(inherited.begins(), Ok(utc("2026-12-05T21:00:00Z")));
}

#[test]
fn several_owners_have_to_agree() {
    let mut case = case("SAT 22:00-04:00", "2026-12-01T08:00:00Z").tag("owner", "jane.doe, mei.lin");
    assert_eq!(case.begins(), Ok(utc("2026-12-05T21:00:00Z")));
    let mei: RecipientName = "mei.lin@contoso.com".parse().unwrap();
    case.configured.insert(mei.clone(), "SUN 00:00-06:00".parse().unwrap());
    assert_eq!(case.begins(), Ok(utc("2026-12-05T23:00:00Z")));
    case.configured.insert(mei.clone(), "MON 00:00-06:00".parse().unwrap());
    assert_eq!(case.begins(), Err(NotPlanned::NoCommonHours));
    case.respond(Response::NotMine, mei.as_str());
    assert_eq!(case.begins(), Ok(utc("2026-12-05T21:00:00Z")));
    // Taken back, both have a say again.
    case.respond(Response::TakeBack, mei.as_str());
    assert_eq!(case.begins(), Err(NotPlanned::NoCommonHours));
}

#[test]
fn the_most_specific_word_holds_from_the_machine_to_the_configuration() {
    let mut case = case("SAT 22:00-04:00", "2026-12-01T08:00:00Z");
    let id = case.window.id.resource.clone();
    let hours = |case: &Case| case.order().unwrap().hours();
    assert_eq!(hours(&case), "SAT 22:00-04:00 (Europe/Berlin)");
    case.name(JANE, Scope::Everything, "SAT 20:00-04:00");
    assert_eq!(hours(&case), "SAT 20:00-04:00 (Europe/Berlin)");
    case.name(JANE, Scope::group_of(&id), "SAT 21:00-04:00");
    assert_eq!(hours(&case), "SAT 21:00-04:00 (Europe/Berlin)");
    assert!(matches!(
        &case.order().unwrap().sources()[..],
        [HoursSource::Page { scope: Scope::Group { .. }, .. }]
    ));
    // The tag is on the machine, and only what is said of this very machine is more specific than that.
    let mut case = case.tag("maintenance-hours", "SUN 03:00-05:00");
    assert_eq!(hours(&case), "SUN 03:00-05:00 (Europe/Berlin)");
    case.name(JANE, Scope::Machine { resource: id, vm_id: None }, "FRI 22:00-23:00");
    assert_eq!(hours(&case), "FRI 22:00-23:00 (Europe/Berlin)");
    // What cannot be read still speaks against starting anything.
    assert!(case.tag("maintenance-hours", "Sundays").order().is_err());
}

#[test]
fn whoever_is_not_responsible_has_no_say_and_those_who_are_have_to_agree() {
    let mut case = case("SAT 22:00-04:00", "2026-12-01T08:00:00Z");
    case.configured.clear();
    let mei = "mei.lin@contoso.com";
    case.name(mei, Scope::Everything, "SAT 23:00-06:00");
    assert_eq!(case.begins(), Err(NotPlanned::NoOrder));
    case.window.machine.tags.resource = [("owner", &*format!("{JANE}; {mei}"))].into_iter().collect();
    assert_eq!(case.begins(), Ok(utc("2026-12-05T22:00:00Z")));
    case.name(JANE, Scope::Everything, "SUN 05:00-07:00");
    assert_eq!(case.begins(), Ok(utc("2026-12-06T04:00:00Z")));
    let order = case.order().unwrap();
    assert_eq!(order.hours(), "SUN 05:00-07:00 (Europe/Berlin) and SAT 23:00-06:00 (Europe/Berlin)");
    // Whoever gave it away has no say any more, and whoever took it does.
    let (jane, arjun) = (JANE, "arjun.rao@contoso.com");
    case.name(arjun, Scope::Everything, "SUN 05:30-07:00");
    case.respond(Response::HandOver { to: arjun.parse().unwrap() }, jane);
    case.respond(Response::Accept, arjun);
    assert_eq!(case.begins(), Ok(utc("2026-12-06T04:30:00Z")));
}

#[test]
fn nothing_is_planned_for_machines_that_azure_should_do_or_nobody_owns() {
    let base = || case("SAT 22:00-04:00", "2026-12-01T08:00:00Z");
    let mut set = base();
    set.window.machine.availability_set = Some(vm_id("set"));
    assert_eq!(set.begins(), Err(NotPlanned::LeftToAzure));
    let mut off = base();
    off.window.machine.power = PowerState::Deallocated;
    assert_eq!(off.begins(), Err(NotPlanned::LeftToAzure));
    // What was planned while it ran stays planned.
    assert!(off.order().is_ok());
    let mut nobody = base();
    nobody.window.machine.tags.resource = Default::default();
    // The fallback's own hours are for its own machines.
    nobody.configured.insert("platform".parse().unwrap(), Hours::Always);
    assert_eq!(nobody.begins(), Err(NotPlanned::NobodyNotified));
    let mut pilot = base();
    let diversion = crate::domain::policy::Diversion { pilot: BTreeSet::new(), divert_to: Vec::new() };
    pilot.policy.diversion = Some(diversion);
    assert_eq!(pilot.begins(), Err(NotPlanned::NobodyNotified));
    let mut none = base();
    none.configured.clear();
    assert_eq!(none.begins(), Err(NotPlanned::NoOrder));
    let mut done = base();
    done.window.impact = Impact::Freeze;
    done.window.facts.schedule.self_service = None;
    assert_eq!(done.begins(), Err(NotPlanned::LeftToAzure));
}

#[test]
fn what_people_said_of_these_dates_comes_first() {
    let base = || case("SAT 22:00-04:00", "2026-12-01T08:00:00Z");
    let mut handed = base();
    handed.respond(Response::HandOver { to: "mei.lin@contoso.com".parse().unwrap() }, JANE);
    assert_eq!(handed.begins(), Err(NotPlanned::HandedOver));
    let mut objected = base();
    objected.respond(Response::Object { start: StartId::new(&objected.window.id, 1) }, JANE);
    objected.respond(Response::Acknowledge { note: None, change: None }, JANE);
    assert_eq!(objected.begins(), Err(NotPlanned::Objected));
    // Other dates are another matter.
    objected.window.revision = Revision(2);
    assert!(objected.begins().is_ok());

    let mut decided = base();
    let summary = |status| StartSummary {
        id: StartId::new(&window("vm-1", utc("2026-12-01T08:00:00Z")).id, 1),
        by: Actor::default(),
        decided: utc("2026-12-01T08:00:00Z"),
        begins: utc("2026-12-09T08:00:00Z"),
        revision: Revision::FIRST,
        plan: None,
        status,
        ordered: None,
        accepts: None,
        progress: Default::default(),
    };
    let at = decided.now;
    let ended = |outcome| summary(StartStatus::Settled { at, outcome });
    for status in
        [summary(StartStatus::Planned), ended(StartOutcome::CalledOff), ended(StartOutcome::Unknown)]
    {
        decided.actions.note_start(status);
        assert_eq!(decided.begins(), Err(NotPlanned::Decided));
    }
    // What was tried while the dates moved, and failed, is not begun again by itself.
    let dates = decided.window.facts.schedule;
    decided.window.facts.schedule.self_service =
        dates.self_service.map(|it| Interval::new(it.start(), it.end() + TimeDelta::hours(2)).unwrap());
    decided.window.note_dates(at - TimeDelta::minutes(5));
    assert_eq!(decided.window.revision, Revision(2));
    assert_eq!(decided.begins(), Err(NotPlanned::Decided));
    // What was not tried is: it had its dates taken away.
    decided.actions.note_start(ended(StartOutcome::NotBegun { reason: StartRefusal::OutsideSelfService }));
    assert!(decided.begins().is_ok());
    (decided.window.facts.schedule, decided.window.revision) = (dates, Revision::FIRST);
    // Only what the order itself took back is planned anew.
    decided.actions.note_start(ended(StartOutcome::NotBegun { reason: StartRefusal::NotOrdered }));
    assert!(decided.begins().is_ok());
}

#[test]
fn members_of_a_group_and_too_many_at_once_are_spread() {
    let mut case = case("SAT 22:00-04:00", "2026-12-01T08:00:00Z").tag("cluster", "sql");
    case.groups = crate::domain::action::group_key::groups(&case.window.machine, "cluster");
    let mut times = Vec::new();
    while let Ok(begins) = case.begins() {
        times.push(begins.format("%a %H:%M").to_string());
        case.taken.push(OccupiedSlot { begins, groups: case.groups.clone() });
        if times.len() == 4 {
            break;
        }
    }
    assert_eq!(times, ["Sat 21:00", "Sat 22:00", "Sat 23:00", "Sun 00:00"]);
    // Others only heed the operators' limit: two in an hour.
    case.groups.clear();
    let taken = ["21:00", "21:45", "22:30", "23:15"].map(|at| utc(&format!("2026-12-05T{at}:00Z")));
    case.taken = taken.map(|begins| OccupiedSlot { begins, groups: Vec::new() }).into();
    assert_eq!(case.begins(), Ok(utc("2026-12-05T23:30:00Z")));
    let mut busy = Vec::new();
    case.taken.clear();
    for _ in 0..5 {
        let begins = case.begins().unwrap();
        busy.push(begins.format("%H:%M").to_string());
        case.taken.push(OccupiedSlot { begins, groups: Vec::new() });
    }
    assert_eq!(busy, ["21:00", "21:00", "22:00", "22:00", "23:00"]);
}

#[test]
fn a_start_may_begin_in_its_hours_only() {
    let case = case("SAT 22:00-04:00", "2026-12-01T08:00:00Z");
    let (order, begins) = (case.order().unwrap(), utc("2026-12-06T02:30:00Z"));
    assert!(order.lets(begins, begins));
    assert!(order.lets(begins, utc("2026-12-06T02:59:00Z")));
    assert!(!order.lets(begins, utc("2026-12-06T03:00:00Z")));
    assert!(!order.lets(utc("2026-12-06T12:00:00Z"), utc("2026-12-06T12:00:00Z")));
}
