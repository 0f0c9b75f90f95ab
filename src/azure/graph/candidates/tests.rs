use serde_json::{Value, json};

use super::*;
use crate::domain::resource::ResourceId;

const GROUP: &str =
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-app/providers/Microsoft.Compute";

fn rows(values: Value) -> Vec<GraphRow> {
    values.as_array().unwrap().iter().map(|row| row.as_object().unwrap().clone()).collect()
}

fn update(target: &str, items: Value) -> Value {
    json!({ "id": format!("{target}/providers/Microsoft.Maintenance/updates/default"), "name": target, "properties": { "value": items } })
}

fn impacted(tracking_id: &str, target: Value) -> Value {
    json!({
        "id": format!("/subscriptions/x/providers/Microsoft.ResourceHealth/events/{tracking_id}/impactedResources/VHZxWFR0"),
        "name": "VHZxWFR0",
        "properties": { "targetResourceId": target, "status": "Pending" },
    })
}

fn event(tracking_id: &str, status: &str) -> Value {
    json!({ "name": tracking_id, "trackingId": tracking_id, "status": status, "start": 1_796_112_000, "end": "0001-01-01T00:00:00" })
}

fn summary(found: &AnnouncedCandidates) -> String {
    let lines: Vec<String> = found
        .candidates
        .values()
        .map(|one| format!("{} {} {:?}", one.id.display_name(), one.impact.as_str(), one.tracking_ids))
        .chain(found.unreadable.iter().map(|one| format!("unreadable: {}: {}", one.what, one.problem)))
        .chain([format!("ignored: {}", found.ignored)])
        .collect();
    lines.join("\n")
}

#[test]
fn both_tables_are_joined_by_id_in_any_casing() {
    let web = format!("{GROUP}/virtualMachines/web-01");
    let instance = format!("{GROUP}/virtualMachineScaleSets/front/virtualMachines/3");
    let updates = rows(json!([
        update(
            &web.to_lowercase(),
            json!([
                { "maintenanceScope": "host", "impactType": "Restart", "notificationId": "PYN_-ZL8", "status": "Pending" },
                { "maintenanceScope": "Host", "impactType": "Redeploy", "notificationId": "OLD-1", "properties": { "plannedMaintenanceStatus": "Completed" } },
            ])
        ),
        update(&instance, json!([{ "status": "RetryLater" }])),
        update(
            "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers/Microsoft.Sql/servers/a",
            json!([{}])
        ),
        update(&format!("{GROUP}/virtualMachines/patched"), json!([{ "maintenanceScope": "InGuestPatch" }])),
    ]));
    let events =
        rows(json!([event("PYN_-ZL8", "Active"), event("ZMM4-1_0", "active"), event("GONE-1", "Resolved")]));
    let impacted = rows(json!([
        impacted("PYN_-ZL8", json!(web.replace("rg-app", "RG-APP"))),
        impacted("ZMM4-1_0", json!(web)),
        impacted("GONE-1", json!(format!("{GROUP}/virtualMachines/over"))),
        impacted("ISSUE-1", json!(format!("{GROUP}/virtualMachines/outage"))),
        impacted("PYN_-ZL8", json!(null)),
        impacted("PYN_-ZL8", json!(format!("{GROUP}/virtualMachineScaleSets/whole"))),
        impacted("PYN_-ZL8", json!(format!("{GROUP}/disks/data"))),
    ]));
    let found = candidates_of(&updates, &events, &impacted);
    insta::assert_snapshot!(summary(&found), @r#"
    web-01 reboot ["PYN_-ZL8", "ZMM4-1_0"]
    front_3 unknown []
    whole unknown ["PYN_-ZL8"]
    ignored: 6
    "#);
    assert_eq!(found.rows, 14);
    assert_eq!(found.events.len(), 3);
    assert_eq!(found.events[1].start.unwrap().to_rfc3339(), "2026-12-01T08:00:00+00:00");
    assert_eq!(found.events[1].end, None);
}

#[test]
fn a_machine_with_nothing_left_to_do_is_still_looked_at() {
    let web = format!("{GROUP}/virtualMachines/web-01");
    let done = json!([{ "notificationId": "OLD-1", "properties": { "plannedMaintenanceStatus": "NoUpdatesPending" } }]);
    let found = candidates_of(&rows(json!([update(&web, done)])), &[], &[]);
    insta::assert_snapshot!(summary(&found), @r#"
    web-01 unknown ["OLD-1"]
    ignored: 0
    "#);
}

#[test]
fn properties_may_be_a_text_and_the_target_may_stand_inside() {
    let web = format!("{GROUP}/virtualMachines/web-01");
    let inner = json!({ "value": [{ "properties": { "resourceId": web } }] }).to_string();
    let found =
        candidates_of(&rows(json!([{ "id": "/x", "name": "default", "properties": inner }])), &[], &[]);
    assert_eq!(found.candidates.len(), 1);
}

#[test]
fn f9_odd_rows_are_set_aside_and_the_others_stay() {
    let good = format!("{GROUP}/virtualMachines/good");
    let host = format!("{GROUP}/hostGroups/group/hosts/one");
    let updates = rows(json!([
        update(&good, json!([{}])),
        update(&format!("{GROUP}/virtualMachines/"), json!([{}])),
        { "name": format!("{GROUP}/virtualMachines/flat"), "properties": "not json" },
        update(&host, json!([{ "startTimeUtc": "2026-12-02T00:00:00Z", "endTimeUtc": "2026-12-01T00:00:00Z" }])),
    ]));
    let events = rows(json!([{ "status": "Active" }, { "name": "T-1", "start": "soon" }]));
    let found = candidates_of(&updates, &events, &[]);
    insta::assert_snapshot!(summary(&found), @r"
    group/one unknown []
    flat unknown []
    good unknown []
    unreadable: announced update /subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-app/providers/Microsoft.Compute/virtualMachines//providers/Microsoft.Maintenance/updates/default: `/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-app/providers/Microsoft.Compute/virtualMachines/` is no resource id: it should end with pairs of type and name
    unreadable: announced update of flat (rg-app, subscription 00000000-0000-0000-0000-000000000001): it has no list of updates
    unreadable: announced update of group/one (rg-app, subscription 00000000-0000-0000-0000-000000000001): the window ends at 2026-12-01 00:00:00 UTC, which is not after its start at 2026-12-02 00:00:00 UTC
    unreadable: planned maintenance event: it has no tracking id
    unreadable: planned maintenance event T-1: start: `soon` is no date: expected a form such as 2026-12-01T08:00:00Z
    ignored: 0
    ");
    assert!(found.unreadable.iter().all(|one| !one.excerpt.is_empty()));
}

#[test]
fn a_host_takes_its_dates_from_its_row() {
    let host = format!("{GROUP}/hostGroups/group/hosts/one");
    let of = |items: Value| {
        let found = candidates_of(&rows(json!([update(&host, items)])), &[], &[]);
        found.candidates.into_values().next().unwrap().host_window
    };
    let both = of(json!([{ "startTimeUtc": "2026-12-01T00:00:00Z", "endTimeUtc": "2026-12-28T00:00:00Z" }]))
        .unwrap();
    assert_eq!(both.interval.end().to_rfc3339(), "2026-12-28T00:00:00+00:00");
    assert!(!both.is_done);
    let half = of(json!([{ "endTimeUtc": "2026-12-28T00:00:00Z" }])).unwrap();
    assert_eq!((half.interval.said_start(), half.interval.said_end()), (None, Some(both.interval.end())));
    let half = of(json!([{ "notBefore": "2026-12-01T00:00:00Z" }])).unwrap();
    assert_eq!((half.interval.said_start(), half.interval.said_end()), (Some(both.interval.start()), None));
    assert_eq!(of(json!([{ "impactType": "Restart" }])), None);
}

#[test]
fn what_nobody_feels_on_a_host_is_nothing_to_tell() {
    let host = format!("{GROUP}/hostGroups/group/hosts/one");
    let of = |item: Value| candidates_of(&rows(json!([update(&host, json!([item]))])), &[], &[]);
    let nothing = of(json!({ "impactType": "None", "impactDurationInSec": 0, "status": "Pending" }));
    assert_eq!((nothing.candidates.len(), nothing.ignored), (0, 1));
    assert_eq!(of(json!({ "impactType": "none" })).candidates.len(), 0);
    assert_eq!(of(json!({ "impactType": "None", "impactDurationInSec": 9 })).candidates.len(), 1);
    assert_eq!(of(json!({ "status": "Pending" })).candidates.len(), 1);
    let web = format!("{GROUP}/virtualMachines/web-01");
    let looked_at = candidates_of(&rows(json!([update(&web, json!([{ "impactType": "None" }]))])), &[], &[]);
    assert_eq!(looked_at.candidates.len(), 1, "a machine has a record of its own");
}

#[test]
fn what_nobody_feels_on_a_machine_is_looked_at_and_not_told_from_its_row() {
    let web = format!("{GROUP}/virtualMachines/web-01");
    let announced = |impact: Value, duration: Value| {
        let item = json!({
            "impactType": impact, "impactDurationInSec": duration, "status": "Pending", "maintenanceScope": "Host",
            "startTimeUtc": "2026-12-01T00:00:00Z", "endTimeUtc": "2026-12-02T00:00:00Z",
        });
        let found = candidates_of(&rows(json!([update(&web, json!([item]))])), &[], &[]);
        found.candidates.into_values().next().unwrap().announced.is_some()
    };
    for nothing in [json!(0), json!(null), json!("0"), json!(0.0)] {
        assert!(!announced(json!("None"), nothing.clone()), "{nothing}");
        assert!(!announced(json!("NONE"), nothing));
    }
    assert!(announced(json!("None"), json!(9)) && announced(json!("None"), json!("9")));
    assert!(announced(json!("Restart"), json!(0)) && announced(json!(null), json!(0)));
}

#[test]
fn a_pause_has_its_dates_in_its_row_alone() {
    let web = format!("{GROUP}/virtualMachines/web-01");
    let of = |impact: &str| {
        let item = json!({ "impactType": impact, "startTimeUtc": "2026-12-01T00:00:00Z", "endTimeUtc": "2026-12-02T00:00:00Z" });
        let found = candidates_of(&rows(json!([update(&web, json!([item]))])), &[], &[]);
        found.candidates.into_values().next().unwrap().host_window.is_some()
    };
    assert!(of("Freeze"));
    assert!(!of("Restart"));
}

#[test]
fn one_update_may_stand_where_the_list_of_them_should() {
    let web = format!("{GROUP}/virtualMachines/web-01");
    for properties in [
        json!({ "notificationId": "T-1", "impactType": "Redeploy" }),
        json!({ "value": { "notificationId": "T-1", "impactType": "Redeploy" } }),
    ] {
        let found = candidates_of(&rows(json!([{ "name": web, "properties": properties }])), &[], &[]);
        insta::allow_duplicates! {
            insta::assert_snapshot!(summary(&found), @r#"
            web-01 redeploy ["T-1"]
            ignored: 0
            "#);
        }
    }
}

#[test]
fn impacts_come_from_azures_own_words_and_numbers_are_compared_in_any_case() {
    let web = format!("{GROUP}/virtualMachines/web-01");
    let mut row = impacted("pyn_-zl8", json!(web));
    row["properties"]["impactType"] = json!("Resource Unavailable");
    let updates = rows(json!([update(&web, json!([{ "notificationId": "PYN_-ZL8" }]))]));
    let found = candidates_of(&updates, &rows(json!([event("Pyn_-Zl8", "Active")])), &rows(json!([row])));
    insta::assert_snapshot!(summary(&found), @r#"
    web-01 reboot ["PYN_-ZL8"]
    ignored: 0
    "#);
}

#[test]
fn when_a_machine_is_maintained_is_read_from_its_row_and_from_the_event_that_names_it() {
    let (web, db) = (format!("{GROUP}/virtualMachines/web-01"), format!("{GROUP}/virtualMachines/db-01"));
    let updates = rows(json!([update(
        &web,
        json!([
            { "endTimeUtc": "2026-12-20T00:00:00Z", "notificationId": "PYN_-ZL8" },
            { "endTimeUtc": "2027-12-20T00:00:00Z", "properties": { "plannedMaintenanceStatus": "Completed" } },
        ])
    )]));
    let mut dated = event("PYN_-ZL8", "Active");
    dated["end"] = "2026-12-24T00:00:00Z".into();
    let events = rows(json!([dated]));
    let impacted = rows(json!([impacted("pyn_-zl8", json!(web)), impacted("PYN_-ZL8", json!(db))]));
    let found = candidates_of(&updates, &events, &impacted);
    let of = |id: &str| found.candidates[&ResourceId::parse(id).unwrap()].announced.unwrap();
    assert_eq!(of(&web).until.unwrap().to_rfc3339(), "2026-12-24T00:00:00+00:00");
    assert_eq!(of(&db).from.unwrap().to_rfc3339(), "2026-12-01T08:00:00+00:00");
}

#[test]
fn an_event_that_is_no_longer_active_keeps_its_machines_while_its_end_lies_ahead() {
    let web = format!("{GROUP}/virtualMachines/web-01");
    let mut left = event("PYN_-ZL8", "Resolved");
    left["end"] = "2026-12-24T00:00:00Z".into();
    let (events, impacted) = (rows(json!([left])), rows(json!([impacted("PYN_-ZL8", json!(web))])));
    let at = |now: &str| {
        let now: DateTime<Utc> = now.parse().unwrap();
        join(&[], Some(&events), &impacted, Some(now)).candidates
    };
    let ahead = at("2026-12-23T00:00:00Z");
    assert_eq!(ahead.len(), 1);
    assert!(ahead.values().all(|candidate| candidate.announced.is_none()), "it may have been called off");
    assert_eq!(at("2026-12-25T00:00:00Z").len(), 0);
    // After fifty days every event is called resolved: that says nothing of whether it was called off.
    left["start"] = "2026-11-01T00:00:00Z".into();
    let events = rows(json!([left]));
    let announced = |now: &str| {
        let found = join(&[], Some(&events), &impacted, Some(now.parse().unwrap())).candidates;
        found.values().filter(|candidate| candidate.announced.is_some()).count()
    };
    assert_eq!(announced("2026-12-23T00:00:00Z"), 1);
    assert_eq!(announced("2026-12-10T00:00:00Z"), 0, "it is too young for that");
}

#[test]
fn what_a_scheduled_event_is_to_do_makes_a_candidate_of_its_machine() {
    let now: DateTime<Utc> = "2026-12-01T10:00:00Z".parse().unwrap();
    let row = |name: &str, kind: &str, status: &str, source: &str, at: &str| {
        let machine = format!("{GROUP}/virtualMachines/{name}");
        json!({
            "id": format!("{machine}/providers/microsoft.maintenance/scheduledevents/{name}"), "name": name,
            "type": "microsoft.maintenance/scheduledevents",
            "properties": { "EventId": name, "EventType": kind, "EventStatus": status, "EventSource": source,
                "ResourceType": "VirtualMachine", "Resources": [name], "NotBefore": at },
        })
    };
    let ahead = "Mon, 07 Dec 2026 08:00:00 GMT";
    let listed = rows(json!([
        row("hardware", "Redeploy", "Scheduled", "Platform", ahead),
        row("pause", "Freeze", "Scheduled", "Platform", ahead),
        row("by-hand", "Reboot", "Scheduled", "User", ahead),
        row("over", "Reboot", "Completed", "Platform", ahead),
        row("past", "Reboot", "Scheduled", "Platform", "Tue, 01 Dec 2026 09:00:00 GMT"),
    ]));
    let mut found = AnnouncedCandidates::default();
    announcements::note_scheduled(&mut found, &scheduled_notices(&listed, now), now);
    let names: Vec<&str> = found.candidates.keys().map(ResourceId::name).collect();
    assert_eq!(names, ["hardware"]);
    let announced = found.candidates.values().next().unwrap().announced.unwrap();
    assert!(announced.by_event && announced.is_ahead(now));
    assert_eq!(announced.from.unwrap().to_rfc3339(), "2026-12-07T08:00:00+00:00");
}
