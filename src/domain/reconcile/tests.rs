//! Every kind of change, and every kind of silence that must change nothing.

use chrono::TimeDelta;

use super::*;
use crate::domain::fixtures::{facts, machine, utc, window};
use crate::domain::observation::{Announcement, UnreadableRecord, UnseenCause, UnseenScope};
use crate::domain::tags::Tags;
use crate::domain::window::LastResult;

const START: &str = "2026-12-01T10:00:00Z";

fn look(at: &str, resources: Vec<ObservedResource>) -> Observation {
    let subscription = machine("web-01").id.subscription();
    Observation { resources, ..Observation::empty(subscription, utc(at)) }
}

fn read(name: &str, reading: Reading) -> ObservedResource {
    ObservedResource {
        is_blank: false,
        machine: machine(name),
        reading,
        impact: Impact::Redeploy,
        tracking_ids: vec!["PYN_-ZL8".to_owned()],
        announced: None,
    }
}

fn kinds(result: &Reconciled) -> Vec<ChangeKind> {
    result.changes.iter().map(|change| change.kind.clone()).collect()
}

#[test]
fn a_first_sight_announces_and_a_second_look_says_nothing() {
    let planned = || read("web-01", Reading::Maintenance(facts(utc(START))));
    let first = reconcile(&[], &look(START, vec![planned()]));
    assert_eq!(kinds(&first), [ChangeKind::Announced { again: false }]);
    assert_eq!(first.windows, [window("web-01", utc(START))]);
    let second = reconcile(&first.windows, &look("2026-12-01T10:15:00Z", vec![planned(), planned()]));
    assert_eq!(second, Reconciled::default());
}

#[test]
fn small_moves_add_up_to_a_reschedule_against_the_dates_that_were_reported() {
    let mut known = window("web-01", utc(START));
    for minutes in [25, 50] {
        let moved = facts(utc(START) + TimeDelta::minutes(minutes));
        let result = reconcile(
            &[known.clone()],
            &look("2026-12-01T11:00:00Z", vec![read("web-01", Reading::Maintenance(moved))]),
        );
        assert!(matches!(kinds(&result).as_slice(), [ChangeKind::Adjusted { .. }]));
        known = result.windows[0].clone();
        assert_eq!(known.revision, Revision::FIRST);
    }
    let moved = facts(utc(START) + TimeDelta::minutes(75));
    let result =
        reconcile(&[known], &look("2026-12-01T11:30:00Z", vec![read("web-01", Reading::Maintenance(moved))]));
    assert_eq!(kinds(&result), [ChangeKind::Rescheduled { from: facts(utc(START)).schedule }]);
    assert_eq!(result.windows[0].revision, Revision(2));
    assert_eq!(result.windows[0].history.len(), 2);
}

#[test]
fn a_move_of_minutes_to_another_local_date_is_no_other_date() {
    // 22:58 UTC is 23:58 in Berlin: four minutes later it is tomorrow there.
    let start = utc("2026-12-01T22:58:00Z");
    let moved = facts(start + TimeDelta::minutes(4));
    let seen = look("2026-12-01T23:10:00Z", vec![read("web-01", Reading::Maintenance(moved))]);
    let result = reconcile(&[window("web-01", start)], &seen);
    assert!(matches!(kinds(&result).as_slice(), [ChangeKind::Adjusted { .. }]));
    assert_eq!(result.windows[0].revision, Revision::FIRST);
}

#[test]
fn dates_that_come_back_get_the_number_that_they_had() {
    let mut known = window("web-01", utc(START));
    let mut revisions = Vec::new();
    for (hours, at) in [(24, "11:00"), (48, "12:00"), (24, "13:00"), (0, "14:00"), (72, "15:00")] {
        let moved = facts(utc(START) + TimeDelta::hours(hours));
        let seen =
            look(&format!("2026-11-30T{at}:00Z"), vec![read("web-01", Reading::Maintenance(moved.clone()))]);
        known = reconcile(&[MaintenanceWindow { changed: utc("2026-11-30T10:00:00Z"), ..known }], &seen)
            .windows
            .remove(0);
        revisions.push(known.revision.0);
        assert_eq!((known.facts.clone(), known.dated_since()), (moved, Some(seen.at)));
    }
    assert_eq!(revisions, [2, 3, 2, 1, 4]);
}

#[test]
fn what_is_over_can_vanish_from_the_dates_without_being_news() {
    let known = window("web-01", utc(START));
    let mut later = facts(utc(START));
    later.schedule.self_service = None;
    later.self_start_allowed = false;
    let result =
        reconcile(&[known], &look("2026-12-12T10:00:00Z", vec![read("web-01", Reading::Maintenance(later))]));
    assert_eq!(result.windows[0].revision, Revision::FIRST);
}

#[test]
fn a_result_changes_the_status_only() {
    let mut aborted = facts(utc(START));
    aborted.self_start_allowed = false;
    aborted.last_result = LastResult::MaintenanceAborted;
    let seen = look("2026-12-02T10:00:00Z", vec![read("web-01", Reading::Maintenance(aborted))]);
    let result = reconcile(&[window("web-01", utc(START))], &seen);
    let expected = ChangeKind::Status { from: MaintenanceStatus::StartNow, to: MaintenanceStatus::Skipped };
    assert_eq!(kinds(&result), [expected]);
}

#[test]
fn f8_missing_rows_unreadable_records_and_unseen_scopes_end_nothing() {
    let known = [window("web-01", utc(START)), window("web-02", utc(START))];
    let mut seen = look("2026-12-02T10:00:00Z", vec![]);
    seen.unseen.push(UnseenScope {
        scope: "subscription".to_owned(),
        reason: "HTTP 403".to_owned(),
        cause: Default::default(),
    });
    seen.unreadable.push(UnreadableRecord {
        resource: Some(known[0].id.resource.clone()),
        what: "instance view of web-01".to_owned(),
        problem: "the window ends before it starts".to_owned(),
        excerpt: String::new(),
    });
    assert_eq!(reconcile(&known, &seen), Reconciled::default());
}

#[test]
fn a_window_ends_on_a_word_of_azure_or_a_second_look_and_the_evidence_says_why() {
    let known = || window("web-01", utc(START));
    let missed = || MaintenanceWindow { missing_since: Some(utc("2026-12-02T09:00:00Z")), ..known() };
    let end =
        |known: MaintenanceWindow, at: &str, reading: Reading, evidence: Vec<Evidence>, power: PowerState| {
            let mut observed = read("web-01", reading);
            observed.machine.power = power;
            let seen = Observation { evidence, ..look(at, vec![observed]) };
            match reconcile(&[known], &seen).windows[0].state {
                WindowState::Ended { why, .. } => why,
                WindowState::Open => panic!("still open"),
            }
        };
    let early = "2026-12-02T10:00:00Z";
    let id = known().id.resource;
    let running = || PowerState::Running;
    assert_eq!(end(missed(), early, Reading::Gone, vec![], PowerState::Unknown), EndReason::Deleted);
    assert_eq!(end(missed(), early, Reading::NothingPlanned, vec![], running()), EndReason::NoLongerPlanned);
    assert_eq!(
        end(known(), early, Reading::NothingPlanned, vec![], PowerState::Deallocated),
        EndReason::Moved
    );
    let moved = Evidence::Moved { resource: id.clone(), at: utc(early) };
    assert_eq!(end(known(), early, Reading::NothingPlanned, vec![moved], running()), EndReason::Moved);
    let started = Evidence::Started { resource: id, at: utc(early) };
    assert_eq!(end(known(), early, Reading::NothingPlanned, vec![started], running()), EndReason::Completed);
    let cancelled = Evidence::Cancelled { tracking_id: "PYN_-ZL8".to_owned(), at: utc(early) };
    assert_eq!(
        end(known(), early, Reading::NothingPlanned, vec![cancelled], running()),
        EndReason::Cancelled
    );
    assert_eq!(
        end(missed(), "2026-12-14T10:00:00Z", Reading::NothingPlanned, vec![], running()),
        EndReason::Completed
    );
    let mut done = known();
    done.facts.last_result = LastResult::MaintenanceCompleted;
    assert_eq!(end(done, early, Reading::NothingPlanned, vec![], running()), EndReason::Completed);
}

#[test]
fn one_look_that_shows_nothing_ends_nothing_and_the_next_one_an_hour_later_does() {
    for (reading, why) in
        [(Reading::NothingPlanned, EndReason::NoLongerPlanned), (Reading::Gone, EndReason::Deleted)]
    {
        let looked = |known: &MaintenanceWindow, at: &str, reading: &Reading| {
            reconcile(std::slice::from_ref(known), &look(at, vec![read("web-01", reading.clone())]))
        };
        let known = window("web-01", utc(START));
        let first = looked(&known, "2026-12-02T10:00:00Z", &reading);
        assert_eq!(kinds(&first), [ChangeKind::Details]);
        let missing = &first.windows[0];
        assert!(missing.is_open());
        // Looks come every quarter of an hour.
        assert_eq!(looked(missing, "2026-12-02T10:45:00Z", &reading), Reconciled::default());
        let second = looked(missing, "2026-12-02T11:00:00Z", &reading);
        assert_eq!(kinds(&second), [ChangeKind::Ended { why }]);
        // Shown in between, it starts anew.
        let shown = Reading::Maintenance(facts(utc(START)));
        let back = looked(missing, "2026-12-02T10:45:00Z", &shown);
        assert_eq!(back.windows[0].missing_since, None);
        assert!(looked(&back.windows[0], "2026-12-02T11:00:00Z", &reading).windows[0].is_open());
    }
}

#[test]
fn a_window_that_comes_back_with_the_same_dates_is_the_same_window() {
    for why in [EndReason::NoLongerPlanned, EndReason::Deleted, EndReason::Moved, EndReason::Cancelled] {
        let mut ended = window("web-01", utc(START));
        ended.state = WindowState::Ended { at: utc("2026-12-02T00:00:00Z"), why };
        // Minutes are no other dates.
        let planned = facts(utc(START) + TimeDelta::minutes(20));
        let shown = read("web-01", Reading::Maintenance(planned));
        let result = reconcile(&[ended.clone()], &look("2026-12-04T00:00:00Z", vec![shown]));
        assert_eq!(result.windows.len(), 1);
        let back = &result.windows[0];
        assert_eq!((&back.id, back.revision, back.is_open()), (&ended.id, ended.revision, true));
    }
    // What is done and listed once more is done.
    let mut done = window("web-01", utc(START));
    done.facts.last_result = LastResult::MaintenanceCompleted;
    let listed = read("web-01", Reading::Maintenance(done.facts.clone()));
    done.state = WindowState::Ended { at: utc("2026-12-02T00:00:00Z"), why: EndReason::Completed };
    let result = reconcile(&[done], &look("2026-12-04T00:00:00Z", vec![listed]));
    assert_eq!(result, Reconciled::default());
}

/// The machine of that number, in this resource group.
fn stands(number: Option<&str>, group: &str, reading: Reading) -> ObservedResource {
    let mut observed = read("web-01", reading);
    let id = observed.machine.id.as_str().replace("rg-app", group);
    observed.machine.id = id.parse().unwrap();
    observed.machine.vm_id = number.map(str::to_owned);
    observed
}

fn of_machine(number: Option<&str>) -> MaintenanceWindow {
    let mut known = window("web-01", utc(START));
    known.machine.vm_id = number.map(str::to_owned);
    known
}

#[test]
fn a_machine_that_stands_elsewhere_keeps_its_window() {
    let planned = || Reading::Maintenance(facts(utc(START)));
    let at = "2026-12-02T00:00:00Z";
    // By its number, or, where one of them is not known, by its name and its dates.
    for (before, now) in [(Some("a"), Some("a")), (None, Some("a")), (None, None)] {
        let known = of_machine(before);
        let seen = vec![stands(None, "rg-app", Reading::Gone), stands(now, "rg-other", planned())];
        let result = reconcile(std::slice::from_ref(&known), &look(at, seen));
        assert_eq!(kinds(&result), [ChangeKind::Moved { from: known.machine.id.clone() }]);
        let moved = &result.windows[0];
        assert_eq!((&moved.id, moved.place().resource_group()), (&known.id, "rg-other"));
        // The next look finds it there.
        let next = look("2026-12-03T00:00:00Z", vec![stands(now, "rg-other", planned())]);
        assert_eq!(reconcile(&result.windows, &next), Reconciled::default());
    }
    // Its old place need not have been read.
    let seen = look(at, vec![stands(Some("a"), "rg-other", planned())]);
    assert_eq!(reconcile(&[of_machine(Some("a"))], &seen).windows.len(), 1);
}

#[test]
fn another_machine_of_the_same_name_or_in_the_same_place_is_another_machine() {
    let planned = || Reading::Maintenance(facts(utc(START)));
    let at = "2026-12-02T00:00:00Z";
    let known = of_machine(Some("a"));
    // Made anew under the old name: nothing of before applies to it.
    let anew = look(at, vec![stands(Some("b"), "rg-app", planned())]);
    let result = reconcile(std::slice::from_ref(&known), &anew);
    let found: Vec<(u32, bool)> =
        result.windows.iter().map(|window| (window.id.generation, window.missing_since.is_some())).collect();
    assert_eq!(found, [(1, true), (2, false)]);
    assert_eq!(result.windows[0].machine, known.machine);
    let later = look("2026-12-02T01:00:00Z", vec![stands(Some("b"), "rg-app", planned())]);
    assert_eq!(kinds(&reconcile(&result.windows, &later)), [ChangeKind::Ended { why: EndReason::Deleted }]);
    // Its own name elsewhere, and another number.
    let other = vec![stands(None, "rg-app", Reading::Gone), stands(Some("b"), "rg-other", planned())];
    let result = reconcile(&[known], &look(at, other));
    assert!(result.windows.iter().any(|window| window.missing_since.is_some()));
    assert!(result.windows.iter().any(|window| window.id.resource.resource_group() == "rg-other"));
    // Moved away, and another one made in its place, in one look.
    let known = of_machine(Some("a"));
    let both = vec![stands(Some("a"), "rg-other", planned()), stands(Some("b"), "rg-app", planned())];
    let result = reconcile(std::slice::from_ref(&known), &look(at, both));
    assert!(result.windows.iter().all(MaintenanceWindow::is_open));
    assert_eq!(result.windows[0].place().resource_group(), "rg-other");
    assert_eq!((result.windows[1].id.generation, result.windows.len()), (2, 2));
}

#[test]
fn what_vanished_keeps_its_last_known_tags_and_so_does_what_cannot_be_described() {
    let known =
        MaintenanceWindow { missing_since: Some(utc("2026-12-02T09:00:00Z")), ..of_machine(Some("a")) };
    let at = "2026-12-02T10:00:00Z";
    let mut gone = read("web-01", Reading::Gone);
    gone.machine =
        Machine { subscription_name: Some("Contoso".to_owned()), ..Machine::bare(known.id.resource.clone()) };
    let result = reconcile(std::slice::from_ref(&known), &look(at, vec![gone]));
    assert_eq!(result.windows[0].machine, known.machine);

    let mut known = known;
    known.machine.tags.resource_group = Tags::from_iter([("owner", "mei.lin@contoso.com")]);
    let observed = stands(Some("a"), "rg-app", Reading::Maintenance(facts(utc(START))));
    let mut seen = look(at, vec![observed]);
    let scope = format!("/subscriptions/{}/resourceGroups/RG-APP", known.id.resource.subscription());
    seen.unseen.push(UnseenScope {
        scope,
        reason: "Resource Graph does not show it".to_owned(),
        cause: UnseenCause::InPart,
    });
    let result = reconcile(std::slice::from_ref(&known), &seen);
    assert_eq!(result.windows[0].machine.tags, known.machine.tags);
}

#[test]
fn a_window_that_reappears_with_other_dates_is_another_generation() {
    let mut ended = window("web-01", utc(START));
    ended.state = WindowState::Ended { at: utc("2026-12-02T00:00:00Z"), why: EndReason::NoLongerPlanned };
    let planned = read("web-01", Reading::Maintenance(facts(utc("2027-01-10T00:00:00Z"))));
    let result = reconcile(&[ended], &look("2026-12-20T00:00:00Z", vec![planned]));
    assert_eq!(kinds(&result), [ChangeKind::Announced { again: true }]);
    assert_eq!(result.windows[0].id.generation, 2);
}

#[test]
fn an_updated_machine_with_new_dates_is_in_another_wave() {
    let mut done = window("web-01", utc(START));
    done.facts.last_result = LastResult::MaintenanceCompleted;
    let planned = read("web-01", Reading::Maintenance(facts(utc("2027-01-10T00:00:00Z"))));
    let result = reconcile(&[done], &look("2026-12-20T00:00:00Z", vec![planned]));
    assert_eq!(
        kinds(&result),
        [ChangeKind::Ended { why: EndReason::Completed }, ChangeKind::Announced { again: true }]
    );
}

#[test]
fn a_late_answer_does_not_undo_what_a_newer_look_has_seen() {
    let mut known = window("web-01", utc(START));
    known.changed = utc("2026-12-05T00:00:00Z");
    let stale = look("2026-12-04T00:00:00Z", vec![read("web-01", Reading::NothingPlanned)]);
    assert_eq!(reconcile(&[known], &stale), Reconciled::default());
}

#[test]
fn a_look_that_could_not_describe_the_machine_keeps_its_tags_and_impact() {
    let known = window("web-01", utc(START));
    let mut observed = read("web-01", Reading::Maintenance(facts(utc(START))));
    observed.machine = Machine { power: PowerState::Stopped, ..Machine::bare(known.id.resource.clone()) };
    observed.impact = Impact::Unknown;
    observed.tracking_ids.clear();
    let result = reconcile(std::slice::from_ref(&known), &look("2026-12-02T00:00:00Z", vec![observed]));
    assert_eq!(kinds(&result), [ChangeKind::Machine]);
    let next = &result.windows[0];
    assert_eq!(next.machine, Machine { power: PowerState::Stopped, ..known.machine.clone() });
    assert_eq!((&next.impact, &next.tracking_ids), (&known.impact, &known.tracking_ids));
}

#[test]
fn another_owner_on_the_tags_is_a_change_of_the_machine() {
    let known = window("web-01", utc(START));
    let mut observed = read("web-01", Reading::Maintenance(facts(utc(START))));
    observed.machine.tags.resource = Tags::from_iter([("owner", "arjun.rao@contoso.com")]);
    let result = reconcile(&[known], &look("2026-12-02T00:00:00Z", vec![observed]));
    assert_eq!(kinds(&result), [ChangeKind::Machine]);
}

proptest::proptest! {
    #[test]
    fn f8_whatever_a_look_leaves_out_ends_nothing_and_the_order_of_rows_does_not_matter(
        known in 0..8usize,
        rows in proptest::collection::vec((0..8usize, -3..30i64), 0..12),
        unseen in 0..4usize,
        hours in 0..600i64,
    ) {
        let known: Vec<_> = (0..known).map(|number| window(&format!("m{number}"), utc(START))).collect();
        let resources = rows.iter().map(|(number, days)| {
            let planned = facts(utc(START) + TimeDelta::days(*days));
            read(&format!("m{number}"), Reading::Maintenance(planned))
        });
        let at = (utc(START) + TimeDelta::hours(hours)).to_rfc3339();
        let mut seen = look(&at, resources.collect());
        for number in 0..unseen {
            seen.unseen.push(UnseenScope { scope: format!("m{number}"), reason: "HTTP 403".to_owned(), cause: Default::default() });
        }
        let result = reconcile(&known, &seen);
        let was_read = |id: &WindowId| rows.iter().any(|(number, _)| id.resource.name() == format!("m{number}"));
        proptest::prop_assert!(result.changes.iter().all(|change| was_read(&change.window)));
        // What ended was read with dates that are another wave's, which is open, or was over when it was seen first.
        for ended in result.windows.iter().filter(|window| !window.is_open()) {
            let follows = result.windows.iter().any(|other| other.id == ended.id.following() && other.is_open());
            proptest::prop_assert!(follows || ended.first_seen == seen.at && ended.is_past(seen.at), "{ended:?}");
        }
        seen.resources.reverse();
        let mut known = known;
        known.reverse();
        proptest::prop_assert_eq!(reconcile(&known, &seen), result);
    }
}

/// Of web-01, whose dates all lie before `at`, as Azure goes on showing them.
fn past(at: &str) -> Observation {
    look(at, vec![read("web-01", Reading::Maintenance(facts(utc("2018-05-14T12:30:00Z"))))])
}

#[test]
fn what_was_over_before_it_was_seen_is_recorded_as_ended_once_and_never_again() {
    let first = reconcile(&[], &past(START));
    let ended = WindowState::Ended { at: utc(START), why: EndReason::NoLongerPlanned };
    assert_eq!(first.windows[0].state, ended);
    assert!(!first.windows[0].is_planned(utc(START)));
    assert_eq!(reconcile(&first.windows, &past("2026-12-01T10:15:00Z")), Reconciled::default());
    // What is planned after it is another window, and open.
    let next = look("2026-12-02T10:00:00Z", vec![read("web-01", Reading::Maintenance(facts(utc(START))))]);
    let next = reconcile(&first.windows, &next);
    assert!(next.windows[0].is_open() && next.windows[0].id.generation == 2);
}

#[test]
fn what_was_done_before_it_was_seen_is_recorded_as_done() {
    let mut done = facts(utc("2018-05-14T12:30:00Z"));
    done.last_result = LastResult::MaintenanceCompleted;
    let first = reconcile(&[], &look(START, vec![read("web-01", Reading::Maintenance(done))]));
    assert_eq!(first.windows[0].state, WindowState::Ended { at: utc(START), why: EndReason::Completed });
}

#[test]
fn what_ends_while_it_is_known_stays_open_until_azure_says_what_became_of_it() {
    let known = window("web-01", utc(START));
    let seen = look("2027-02-01T10:00:00Z", vec![read("web-01", Reading::Maintenance(facts(utc(START))))]);
    assert_eq!(reconcile(std::slice::from_ref(&known), &seen), Reconciled::default());
    assert!(known.is_past(utc("2027-02-01T10:00:00Z")));
    assert_eq!(known.word(utc("2027-02-01T10:00:00Z")), "Date passed");
    assert_eq!(known.word(utc("2026-12-02T10:00:00Z")), "Start now");
}

/// What became of a known window, of which Azure's own runs from the 13th to the 20th, when others are shown at `at`.
fn shown_later(at: &str, start: &str, tracking_id: &str) -> Vec<(u32, bool, Revision)> {
    let mut other = read("web-01", Reading::Maintenance(facts(utc(start))));
    other.tracking_ids = vec![tracking_id.to_owned()];
    let result = reconcile(&[window("web-01", utc(START))], &look(at, vec![other]));
    result.windows.iter().map(|one| (one.id.generation, one.is_open(), one.revision)).collect()
}

#[test]
fn entirely_other_dates_or_another_number_after_azures_window_began_are_another_wave() {
    let another = [(1, false, Revision::FIRST), (2, true, Revision::FIRST)];
    let moved = [(1, true, Revision(2))];
    // Dates after all of those of before; dates that let the owner choose again; another number with dates that overlap.
    assert_eq!(shown_later("2026-12-15T10:00:00Z", "2027-01-10T10:00:00Z", "PYN_-ZL8"), another);
    assert_eq!(shown_later("2026-12-15T10:00:00Z", "2026-12-16T10:00:00Z", "pyn_-zl8"), another);
    assert_eq!(shown_later("2026-12-14T10:00:00Z", "2026-12-03T10:00:00Z", "8KDY-1Z0"), another);
    // Long after the last date it is no other.
    assert_eq!(shown_later("2027-01-15T10:00:00Z", "2027-01-20T10:00:00Z", "PYN_-ZL8"), another);
    // The same wave, put off by days; and anything before Azure's window began.
    assert_eq!(shown_later("2026-12-14T10:00:00Z", "2026-12-03T10:00:00Z", "pyn_-zl8"), moved);
    assert_eq!(shown_later("2026-12-12T10:00:00Z", "2027-01-10T10:00:00Z", "8KDY-1Z0"), moved);
}

#[test]
fn the_window_that_another_wave_takes_the_place_of_is_not_called_done() {
    let other = read("web-01", Reading::Maintenance(facts(utc("2027-01-10T10:00:00Z"))));
    let result = reconcile(&[window("web-01", utc(START))], &look("2026-12-15T10:00:00Z", vec![other]));
    let ended = WindowState::Ended { at: utc("2026-12-15T10:00:00Z"), why: EndReason::NoLongerPlanned };
    assert_eq!(result.windows[0].state, ended);
    assert_eq!(kinds(&result)[1], ChangeKind::Announced { again: true });
}

/// web-01, which shows nothing itself and which Azure announces from the 5th to the 20th of December.
fn announced() -> ObservedResource {
    let dates = Announcement {
        from: Some(utc("2026-12-05T10:00:00Z")),
        until: Some(utc("2026-12-20T10:00:00Z")),
        by_event: false,
    };
    ObservedResource { announced: Some(dates), ..read("web-01", Reading::NothingPlanned) }
}

#[test]
fn what_azure_announces_and_the_machine_does_not_show_is_kept_without_dates_until_it_does() {
    let first = reconcile(&[], &look(START, vec![announced()]));
    let kept = &first.windows[0];
    assert!(kept.is_open() && !kept.is_planned(utc(START)) && kept.facts.schedule == Schedule::default());
    assert_eq!(kept.elsewhere.unwrap().since, utc(START));
    let again = reconcile(&first.windows, &look("2026-12-02T10:00:00Z", vec![announced()]));
    assert_eq!(again, Reconciled::default());
    let shown = read("web-01", Reading::Maintenance(facts(utc("2026-12-05T10:00:00Z"))));
    let shown = reconcile(&first.windows, &look("2026-12-03T10:00:00Z", vec![shown]));
    assert_eq!(kinds(&shown), [ChangeKind::Announced { again: false }]);
    let window = &shown.windows[0];
    assert!(window.elsewhere.is_none() && window.is_open() && window.id == kept.id);
    assert_eq!((window.revision, window.history.len()), (Revision::FIRST, 1));
}

#[test]
fn what_azure_takes_back_before_the_machine_shows_it_ends() {
    let first = reconcile(&[], &look(START, vec![announced()]));
    let taken_back = read("web-01", Reading::NothingPlanned);
    let second = reconcile(&first.windows, &look("2026-12-02T10:00:00Z", vec![taken_back.clone()]));
    let known = if second.windows.is_empty() { first.windows } else { second.windows };
    let third = reconcile(&known, &look("2026-12-02T11:30:00Z", vec![taken_back]));
    assert!(known.iter().chain(&third.windows).any(|window| !window.is_open()), "{third:?}");
}

#[test]
fn the_trace_of_what_is_over_is_no_announcement_and_neither_is_a_pause_or_a_machine_on_no_host() {
    let mut ended = window("web-01", utc("2026-11-20T10:00:00Z"));
    ended.state = WindowState::Ended { at: utc("2026-11-30T10:00:00Z"), why: EndReason::Completed };
    let of = |known: &[MaintenanceWindow], observed: ObservedResource| {
        reconcile(known, &look(START, vec![observed])).windows.len()
    };
    assert_eq!(of(std::slice::from_ref(&ended), announced()), 0, "the same number");
    ended.tracking_ids.clear();
    assert_eq!(of(std::slice::from_ref(&ended), announced()), 0, "the same time");
    let mut pause = announced();
    pause.impact = Impact::Freeze;
    let mut off = announced();
    off.machine.power = PowerState::Deallocated;
    let mut over = announced();
    over.announced =
        Some(Announcement { until: Some(utc("2026-11-30T10:00:00Z")), ..Announcement::default() });
    for none in [pause, off, over] {
        assert_eq!(of(&[], none), 0);
    }
    // A scheduled event is no trace of a wave: it comes to a machine that is updated already, too.
    let mut by_event = announced();
    by_event.announced.as_mut().unwrap().by_event = true;
    assert_eq!(of(std::slice::from_ref(&ended), by_event), 1);
    // Another number for a later time is news of its own.
    ended.tracking_ids = vec!["OTHER-1".to_owned()];
    assert_eq!(of(&[ended], announced()), 1);
}

#[test]
fn what_only_an_announcement_shows_is_over_with_its_dates_and_not_with_its_row() {
    let mut dates = facts(utc(START));
    dates.schedule.self_service = None;
    dates.self_start_allowed = false;
    let end = dates.schedule.end().unwrap();
    let seen = |at: DateTime<Utc>, impact: &Impact, reading: Reading| {
        let resource = ObservedResource { impact: impact.clone(), ..read("web-01", reading) };
        look(&at.to_rfc3339(), vec![resource])
    };
    let after = |impact: Impact, at: DateTime<Utc>| {
        let first = seen(utc(START), &impact, Reading::Maintenance(dates.clone()));
        let known = reconcile(&[], &first).windows;
        reconcile(&known, &seen(at, &impact, Reading::NothingPlanned))
    };
    let soon = utc(START) + TimeDelta::hours(1);
    assert_eq!(after(Impact::Freeze, soon), Reconciled::default());
    assert_ne!(after(Impact::Freeze, end), Reconciled::default());
    assert_ne!(after(Impact::Reboot, soon), Reconciled::default());
}

#[test]
fn a_date_that_is_left_out_still_holds_and_one_that_is_said_first_is_news() {
    let whole = facts(utc(START));
    let own = whole.schedule.self_service.unwrap();
    let mut half = whole.clone();
    half.schedule.self_service = Some(Interval::until(own.end(), None));
    let after = |before: &MaintenanceFacts, next: &MaintenanceFacts| {
        let known = reconcile(&[], &look(START, vec![read("web-01", Reading::Maintenance(before.clone()))]));
        let later = look("2026-12-01T10:15:00Z", vec![read("web-01", Reading::Maintenance(next.clone()))]);
        kinds(&reconcile(&known.windows, &later))
    };
    assert_eq!(after(&whole, &half), []);
    let mut open = whole.clone();
    open.schedule.self_service = Some(Interval::since(own.start(), None));
    assert!(
        matches!(after(&open, &whole)[..], [ChangeKind::Rescheduled { .. }]),
        "its end is said for the first time"
    );
}
