//! Lines, and what is made of them.

use chrono::{DateTime, TimeDelta, Utc};

use super::*;
use crate::domain::action::response::WindowActions;
use crate::domain::fixtures::{utc, window};
use crate::domain::responsibility::Responsibility;
use crate::domain::tags::Tags;
use crate::domain::window::MaintenanceWindow;

fn now() -> DateTime<Utc> {
    utc("2026-12-01T12:00:00Z")
}

fn part(windows: &[MaintenanceWindow]) -> OverviewPart {
    let mut words = WordTable::default();
    let lines = windows.iter().filter_map(|window| {
        let input = LineInput {
            window,
            actions: &WindowActions::default(),
            responsible: &Responsibility {
                recipients: vec![("sap-basis".parse().unwrap(), Vec::new())],
                ..Responsibility::default()
            },
            teams: &[],
            cluster_tag: "cluster",
        };
        OverviewLine::of(input, &mut words, now())
    });
    let lines = lines.collect();
    let subscription = windows[0].place().subscription();
    OverviewPart { subscription, at: now(), words: words.into_words(), lines, instead_of: None }
}

fn entries(part: &OverviewPart, at: DateTime<Utc>) -> Vec<OverviewEntry<'_>> {
    part.lines.iter().filter_map(|line| OverviewEntry::at(line, part, Some("Contoso SAP"), at)).collect()
}

fn tagged(name: &str, tags: &[(&str, &str)]) -> MaintenanceWindow {
    let mut window = window(name, utc("2026-11-28T10:00:00Z"));
    let tags: std::collections::BTreeMap<String, String> =
        tags.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    window.machine.tags.resource =
        serde_json::from_value::<Tags>(serde_json::to_value(tags).unwrap()).unwrap();
    window
}

#[test]
fn what_nobody_decided_until_its_deadline_is_left_to_azure_without_another_look() {
    let part = part(&[window("vm-1", utc("2026-11-28T10:00:00Z"))]);
    let line = &part.lines[0];
    assert_eq!(line.state, OverviewState::Undecided);
    let deadline = DateTime::from_timestamp(line.deadline.unwrap(), 0).unwrap();
    assert_eq!(entries(&part, deadline - TimeDelta::seconds(1))[0].state, OverviewState::Undecided);
    assert_eq!(entries(&part, deadline)[0].state, OverviewState::LeftToAzure);
}

#[test]
fn a_line_says_where_its_machine_is_and_is_found_by_what_it_says() {
    let part = part(&[tagged("vm-app-1", &[("app", "SAP"), ("env", "prod")]), tagged("vm-app-2", &[])]);
    let entries = entries(&part, now());
    assert_eq!(entries[0].resource(), part_window("vm-app-1"));
    assert_eq!((entries[0].owner(), entries[0].subscription_name()), (Some("sap-basis"), "Contoso SAP"));
    let found = |change: fn(&mut OverviewFilter)| {
        let mut filter = OverviewFilter::default();
        change(&mut filter);
        let filter = filter.folded();
        entries.iter().filter(|entry| filter.fits(entry)).count()
    };
    assert_eq!(found(|filter| filter.tag = Some("APP=sap".to_owned())), 1);
    assert_eq!(found(|filter| filter.tag = Some("app".to_owned())), 1);
    assert_eq!(found(|filter| filter.tag = Some("app=sa".to_owned())), 0);
    assert_eq!(found(|filter| filter.text = Some("VM-APP".to_owned())), 2);
    assert_eq!(found(|filter| filter.team = Some("SAP-Basis".to_owned())), 2);
    assert_eq!(found(|filter| filter.team = Some("sap".to_owned())), 0);
    assert_eq!(found(|filter| filter.subscription = Some("contoso sap".to_owned())), 2);
    assert_eq!(found(|filter| filter.states = [OverviewState::Done].into()), 0);
}

fn part_window(name: &str) -> String {
    window(name, now()).id.resource.as_str().to_owned()
}

#[test]
fn members_of_a_cluster_that_azure_may_take_together_collide_and_others_do_not() {
    let part = part(&[
        tagged("vm-a", &[("cluster", "db")]),
        tagged("vm-b", &[("cluster", "db")]),
        tagged("vm-c", &[("cluster", "alone")]),
        tagged("vm-d", &[]),
    ]);
    let entries = entries(&part, now());
    let found = collisions(&entries);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].cluster, &found[0].members[..]), ("db", &["vm-a", "vm-b"][..]));
}

#[test]
fn each_page_of_an_order_goes_on_where_the_one_before_it_ended() {
    let windows: Vec<_> = (0..25)
        .map(|number| window(&format!("vm-{:02}", (number * 7) % 25), utc("2026-11-28T10:00:00Z")))
        .collect();
    let part = part(&windows);
    let all = entries(&part, now());
    for by in OverviewSort::ALL {
        let whole: Vec<&str> =
            sort(all.clone(), by, 0, 100).iter().map(OverviewEntry::display_name).collect();
        let pages: Vec<&str> = (0..4)
            .flat_map(|page| sort(all.clone(), by, page * 10, 10))
            .map(|entry| entry.display_name())
            .collect();
        assert_eq!(pages, whole, "{by:?}");
        assert!(sort(all.clone(), by, 30, 10).is_empty());
    }
}

#[test]
fn the_burndown_ends_with_how_things_stand_and_reaches_to_the_nearest_deadline() {
    let part =
        part(&[window("vm-1", utc("2026-11-28T10:00:00Z")), window("vm-2", utc("2026-11-28T10:00:00Z"))]);
    let entries = entries(&part, now());
    let shown = burndown(&entries, now().timestamp()).unwrap();
    let last = shown.points.last().unwrap();
    assert_eq!(
        (last.at, last.undecided, last.decided, last.left, last.done),
        (now().timestamp(), 2, 0, 0, 0)
    );
    assert_eq!(shown.deadline, part.lines[0].deadline);
    assert!(shown.until > shown.deadline.unwrap() && shown.points.len() < 70);
    assert!(burndown(&[], now().timestamp()).is_none());
}
