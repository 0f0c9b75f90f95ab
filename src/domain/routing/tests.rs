//! Owners, routes, fallback and silences, case by case.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use super::*;
use crate::domain::directory::RoleHolder;
use crate::domain::endpoint::Endpoint;
use crate::domain::fixtures::{policy, recipient, utc, window};
use crate::domain::matcher::{Glob, Matcher};
use crate::domain::policy::{Route, Silence};
use crate::domain::refused_owner::RefusedOwner;
use crate::domain::resource::ResourceKind;
use crate::domain::tags::Tags;

const NOW: &str = "2026-12-01T10:00:00Z";

fn name(text: &str) -> RecipientName {
    text.parse().unwrap()
}

fn owned_by(value: &str) -> MaintenanceWindow {
    let mut window = window("web-01", utc(NOW));
    window.machine.tags.resource = Tags::from_iter([("Owner", value)]);
    window
}

fn found(policy: &Policy, window: &MaintenanceWindow) -> Vec<String> {
    let responsible = responsible(policy, window, &WindowActions::default(), &People::default(), utc(NOW));
    responsible.recipients.iter().map(|(name, _)| name.to_string()).collect()
}

#[test]
fn every_form_of_a_tag_names_its_owners_in_order() {
    let policy = policy();
    for (value, expected) in [
        ("jane.doe@contoso.com", vec!["jane.doe@contoso.com"]),
        ("Jane Doe <Jane.Doe@contoso.com>; arjun.rao", vec!["jane.doe@contoso.com", "arjun.rao@contoso.com"]),
        ("mailto:jane.doe@contoso.com,platform", vec!["jane.doe@contoso.com", "platform"]),
        ("Platform", vec!["platform"]),
        ("platform@contoso.com", vec!["platform"]),
        (" ; ,", vec!["platform"]),
    ] {
        assert_eq!(found(&policy, &owned_by(value)), expected, "{value}");
    }
}

#[test]
fn a_placeholder_on_a_machine_leaves_it_to_whoever_owns_the_group() {
    let policy = policy();
    let mut window = owned_by("TBD");
    assert_eq!(found(&policy, &window), ["platform"]);
    window.machine.tags.resource_group = Tags::from_iter([("owner", "jane.doe")]);
    assert_eq!(found(&policy, &window), ["jane.doe@contoso.com"]);
    window.machine.tags.resource_group = Tags::from_iter([("technical-contact", "jane.doe")]);
    assert_eq!(found(&policy, &window), ["jane.doe@contoso.com"]);
    // What is wrong is reported where it stands, and hides nobody who stands in another tag.
    window.machine.tags.resource =
        Tags::from_iter([("owner", "${owner}"), ("technical-contact", "jane.doe")]);
    let responsible = responsible(&policy, &window, &WindowActions::default(), &People::default(), utc(NOW));
    assert_eq!(responsible.recipients.len(), 1);
    assert!(matches!(
        responsible.refused.as_slice(),
        [RefusedOwner::NotAnAddress { value, .. }] if value == "${owner}"
    ));
}

#[test]
fn s17_a_tag_cannot_add_an_address_outside_the_allowed_domains() {
    let policy = policy();
    let window = owned_by("eve@evil.example; jane.doe@contoso.com; not an address");
    let responsible = responsible(&policy, &window, &WindowActions::default(), &People::default(), utc(NOW));
    assert_eq!(responsible.recipients.len(), 1);
    assert!(matches!(
        responsible.refused.as_slice(),
        [RefusedOwner::OutsideDomain { .. }, RefusedOwner::NotAnAddress { .. }]
    ));
}

#[test]
fn a_tag_that_names_nobody_is_given_in_the_fallbacks_reason() {
    let policy = policy();
    let responsible = responsible(
        &policy,
        &owned_by("eve@evil.example"),
        &WindowActions::default(),
        &People::default(),
        utc(NOW),
    );
    let [(recipient, reasons)] = responsible.recipients.as_slice() else { panic!("{responsible:?}") };
    assert_eq!(*recipient, name("platform"));
    let tried = [
        "the tag owner on the resource names nobody who can be told",
        "no tag technical-contact",
        "no route matches",
    ];
    assert_eq!(*reasons, [Reason::Fallback { tried: tried.map(str::to_owned).to_vec() }]);
}

#[test]
fn routes_add_to_the_owners_in_order_until_one_stops() {
    let mut policy = policy();
    for to in ["sap", "network", "never"] {
        policy.recipients.insert(name(to), recipient(to));
    }
    let route = |to: &str, stop| Route {
        matcher: Matcher { name: Some(Glob::new("WEB-*")), ..Matcher::default() },
        to: vec![name(to)],
        stop,
    };
    policy.routes = vec![route("sap", false), route("network", true), route("never", false)];
    assert_eq!(found(&policy, &owned_by("jane.doe")), ["jane.doe@contoso.com", "sap", "network"]);
}

#[test]
fn matchers_need_every_part_and_see_tags_anywhere_in_the_chain() {
    let mut window = window("web-01", utc(NOW));
    window.machine.tags.subscription = Tags::from_iter([("App", "SAP-ERP")]);
    let matches = |matcher: &Matcher| matcher.matches(&window.machine, &window.impact);
    let subscription = |text| Matcher { subscription: Some(Glob::new(text)), ..Matcher::default() };
    assert!(matches(&subscription("contoso prod*")) && matches(&subscription("00000000-*")));
    assert!(!matches(&subscription("contoso")));
    let both =
        Matcher { region: Some(Glob::new("westeurope")), impact: Some(Impact::Reboot), ..Matcher::default() };
    assert!(!matches(&both));
    let tags = BTreeMap::from([("app".to_owned(), Glob::new("sap*"))]);
    assert!(matches(&Matcher { tags, kind: Some(ResourceKind::Vm), ..Matcher::default() }));
}

#[test]
fn a_silence_holds_until_it_ends() {
    let mut policy = policy();
    let until = utc(NOW) + TimeDelta::days(1);
    policy.silences = vec![Silence { matcher: Matcher::default(), until, reason: "lab closes".to_owned() }];
    let window = owned_by("jane.doe");
    assert_eq!(
        responsible(&policy, &window, &WindowActions::default(), &People::default(), utc(NOW))
            .silenced
            .as_deref(),
        Some("lab closes")
    );
    assert_eq!(
        responsible(&policy, &window, &WindowActions::default(), &People::default(), until).silenced,
        None
    );
}

#[test]
fn a_person_who_reads_a_teams_mailbox_is_notified_once() {
    let mut policy = policy();
    let mut team = recipient("sap");
    team.emails.push("jane.doe@contoso.com".parse().unwrap());
    policy.recipients.insert(team.name.clone(), team.clone());
    policy.routes = vec![Route { matcher: Matcher::default(), to: vec![team.name], stop: false }];
    let responsible = responsible(
        &policy,
        &owned_by("jane.doe; arjun.rao"),
        &WindowActions::default(),
        &People::default(),
        utc(NOW),
    );
    let names: Vec<&str> = responsible.recipients.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["arjun.rao@contoso.com", "sap"]);
    assert!(matches!(responsible.recipients[1].1.as_slice(), [Reason::Route { .. }, Reason::Tag { .. }]));
}

#[test]
fn an_owner_who_cannot_be_reached_brings_in_the_fallback_with_the_reason() {
    let policy = policy();
    let endpoint = Endpoint::Email { address: "jane.doe@contoso.com".parse().unwrap() };
    let dead = vec![DeadEndpoint { endpoint, error: "550 no such user".to_owned() }];
    let people = People { dead, ..People::default() };
    let responsible =
        responsible(&policy, &owned_by("jane.doe"), &WindowActions::default(), &people, utc(NOW));
    let names: BTreeSet<&str> = responsible.recipients.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, BTreeSet::from(["jane.doe@contoso.com", "platform"]));
    assert!(
        matches!(&responsible.recipients[1].1[0], Reason::Undeliverable { error, .. } if error.contains("550"))
    );
}

#[test]
fn roles_are_looked_at_only_when_tags_and_routes_name_nobody() {
    let mut policy = policy();
    policy.owners.role_assignments = true;
    let mut window = window("web-01", utc(NOW));
    let group = crate::domain::directory::group_of(&window.id.resource);
    let holder = |principal: &str| RoleHolder {
        scope: group.clone(),
        role: crate::domain::directory::Role::Owner,
        principal: principal.to_owned(),
    };
    let person =
        |mail: &str, enabled| DirectoryAnswer::Person { mail: mail.parse().ok(), enabled, manager: None };
    let id = |id: &str| DirectoryQuery::Principal { id: id.to_owned() };
    let entries = [
        (id("1"), person("mei@contoso.com", true)),
        (id("2"), person("gone@contoso.com", false)),
        (id("3"), person("eve@evil.example", true)),
    ];
    let holders = ["1", "2", "3", "4"].map(holder).to_vec();
    let people =
        People { directory: Directory::new(entries, [(group.clone(), holders)]), ..People::default() };
    let recipients = |policy: &Policy, window: &MaintenanceWindow| {
        let found = responsible(policy, window, &WindowActions::default(), &people, utc(NOW));
        found.recipients.into_iter().map(|(name, reasons)| (name.to_string(), reasons)).collect::<Vec<_>>()
    };
    assert_eq!(recipients(&policy, &window)[0].0, "jane.doe@contoso.com");
    window.machine.tags = Default::default();
    let [(name, reasons)] = recipients(&policy, &window).try_into().unwrap();
    assert_eq!(name, "mei@contoso.com");
    assert!(matches!(&reasons[..], [Reason::Role { .. }]));
    policy.owners.role_assignments = false;
    assert_eq!(recipients(&policy, &window)[0].0, "platform");
}
