//! Every kind of change, and every kind of silence that must change nothing.

mod announced_elsewhere;
mod endings;
mod moves;
mod waves;

use chrono::TimeDelta;

use self::moves::of_machine;
use self::moves::stands;
use super::*;
use crate::domain::fixtures::{facts, machine, utc, window};
use crate::domain::machine::Machine;
use crate::domain::observation::{UnseenCause, UnseenScope};
use crate::domain::tags::Tags;
use crate::domain::window::{Interval, LastResult};

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
