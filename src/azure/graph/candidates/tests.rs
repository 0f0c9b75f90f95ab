use serde_json::json;

use super::*;

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
    unreadable: announced update: `/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-app/providers/Microsoft.Compute/virtualMachines/` is no resource id: it should end with pairs of type and name
    unreadable: announced update: it has no list of updates
    unreadable: announced update: the window ends at 2026-12-01 00:00:00 UTC, which is not after its start at 2026-12-02 00:00:00 UTC
    unreadable: planned maintenance event: it has no tracking id
    unreadable: planned maintenance event: start: `soon` is no date: expected a form such as 2026-12-01T08:00:00Z
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
    assert_eq!(of(json!([{ "endTimeUtc": "2026-12-28T00:00:00Z" }])), None);
}
