//! Events and alerts in the shapes in which Azure was seen to send them, with invented names.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::*;
use crate::domain::fixtures::utc;
use crate::domain::window::Impact;

const SUBSCRIPTION: &str = "/subscriptions/00000000-0000-0000-0000-000000000001";
const GROUP: &str = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-app";

fn now() -> DateTime<Utc> {
    utc("2026-12-01T10:05:00Z")
}

fn scheduled(properties: Value) -> Value {
    let id = format!(
        "{GROUP}/providers/Microsoft.Compute/virtualMachineScaleSets/front/providers/microsoft.maintenance/scheduledevents/e1"
    );
    json!({
        "id": "e1", "topic": SUBSCRIPTION, "subject": id,
        "eventType": "Microsoft.ResourceNotifications.MaintenanceResources.ScheduledEventEmitted",
        "eventTime": "2026-12-01T10:00:00.1234567Z", "dataVersion": "3.0", "metadataVersion": "1",
        "data": { "apiVersion": "2024-07-01", "resourceInfo": {
            "id": id, "name": "e1", "type": "microsoft.maintenance/scheduledEvents", "properties": properties,
        }},
    })
}

fn health(kind: &str, properties: Value) -> Value {
    let vm = format!("{GROUP}/providers/Microsoft.Compute/virtualMachines/web-01");
    let mut properties = properties;
    properties["targetResourceId"] = vm.clone().into();
    properties["occurredTime"] = "2026-12-01T09:58:00.1Z".into();
    json!({
        "id": "h1", "source": SUBSCRIPTION, "subject": vm, "specversion": "1.0", "time": "2026-12-01T10:00:00Z",
        "type": format!("Microsoft.ResourceNotifications.HealthResources.{kind}"),
        "data": { "resourceInfo": { "properties": properties }},
    })
}

#[test]
fn a_scheduled_event_is_read_in_both_casings_and_with_the_date_as_the_host_rewrites_it() {
    let pascal = scheduled(json!({
        "EventId": "E1", "EventType": "Reboot", "ResourceType": "VirtualMachine", "EventStatus": "Scheduled",
        "Resources": ["front_1", "front_2"], "NotBefore": "Mon, 01 Dec 2026 10:15:00 GMT", "EventSource": "Platform",
        "DurationInSeconds": -1, "Description": "Virtual machine is going to be restarted.",
    }));
    let camel = scheduled(json!({
        "eventId": "e1", "eventType": "reboot", "resourceType": "virtualMachine", "eventStatus": "scheduled",
        "resources": ["front_1", "front_2"], "notBefore": "2026-12-01T10:15:00Z", "eventSource": "platform",
    }));
    let read = read_event(&pascal, now()).unwrap();
    assert_eq!(read_event(&camel, now()).unwrap(), read);
    let Event::Scheduled(notice) = read else { panic!("{read:?}") };
    assert!(notice.about.as_str().ends_with("/virtualMachineScaleSets/front"));
    assert_eq!(notice.names, ["front_1", "front_2"]);
    assert_eq!(notice.event.not_before, Some(utc("2026-12-01T10:15:00Z")));
    assert_eq!((notice.event.impact.clone(), notice.event.scheduled), (Impact::Reboot, true));
    assert_eq!(notice.event.heard, Some(now()));
    assert_eq!(notice.event.news(now()), None, "it waits for Azure's word");
}

#[test]
fn a_started_event_has_no_date_and_one_that_is_over_says_so() {
    let read = |status: &str, kind: &str| {
        let event = scheduled(json!({
            "EventId": "e1", "EventType": kind, "ResourceType": "VirtualMachine", "EventStatus": status,
            "Resources": ["front_1"], "NotBefore": "",
        }));
        match read_event(&event, now()) {
            Ok(Event::Scheduled(notice)) => notice.event,
            other => panic!("{other:?}"),
        }
    };
    let started = read("Started", "Redeploy");
    assert_eq!((started.not_before, started.scheduled, started.over), (None, false, false));
    assert!(read("Completed", "Freeze").over && read("Canceled", "Reboot").over);
    assert_eq!(read("Scheduled", "Preempt").impact, Impact::Other("Preempt".to_owned()));
}

#[test]
fn how_long_an_event_takes_is_read_where_it_says_so() {
    let read = |duration: serde_json::Value| {
        let event = scheduled(json!({
            "EventId": "e1", "EventType": "Reboot", "ResourceType": "VirtualMachine", "EventStatus": "Scheduled",
            "Resources": ["front_1"], "NotBefore": "", "DurationInSeconds": duration,
        }));
        match read_event(&event, now()) {
            Ok(Event::Scheduled(notice)) => notice.event.seconds,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(read(json!(540)), Some(540));
    assert_eq!(read(json!(" 540")), Some(540));
    for unknown in [json!(-1), json!(0), json!(1e300), json!("soon"), json!(null), json!([9])] {
        assert_eq!(read(unknown.clone()), None, "{unknown}");
    }
}

#[test]
fn clusters_and_other_topics_are_no_news() {
    let cluster =
        scheduled(json!({ "eventId": "c1", "eventStatus": "Started", "resourceType": "ManagedCluster" }));
    assert!(matches!(read_event(&cluster, now()), Ok(Event::Other(_))));
    let blob =
        json!({ "eventType": "Microsoft.Storage.BlobCreated", "data": {}, "subject": "/blobServices" });
    assert_eq!(read_event(&blob, now()), Ok(Event::Other("Microsoft.Storage.BlobCreated".to_owned())));
}

#[test]
fn annotations_and_availability_are_read_from_cloud_events() {
    let event =
        health("ResourceAnnotated", json!({ "annotationName": "VirtualMachineDeallocationInitiated" }));
    let Ok(Event::Annotated(annotation)) = read_event(&event, now()) else { panic!() };
    assert_eq!(annotation.resource.name(), "web-01");
    assert_eq!(annotation.at, utc("2026-12-01T09:58:00.1Z"));
    let event = health("AvailabilityStatusChanged", json!({ "availabilityState": "Available" }));
    assert!(matches!(read_event(&event, now()), Ok(Event::AvailabilityChanged { .. })));
}

#[test]
fn a_delivery_report_says_whether_the_address_works() {
    let fate = |status: &str| {
        let event = json!({
            "id": "m1", "eventTime": "2026-12-01T10:00:00Z", "subject": "sender/x/message/y",
            "eventType": "Microsoft.Communication.EmailDeliveryReportReceived",
            "data": {
                "sender": "a@contoso.com", "recipient": "Jane.Doe@contoso.com", "messageId": "00000000-0000-0000-0000-000000000007", "status": status,
                "deliveryStatusDetails": { "statusMessage": "550 5.1.1 no such user" },
                "deliveryAttemptTimeStamp": "2026-12-01T09:59:00.5+00:00",
            },
        });
        match read_event(&event, now()) {
            Ok(Event::MailReport(report)) => {
                assert_eq!(report.to.as_str(), "jane.doe@contoso.com");
                assert_eq!(report.at, utc("2026-12-01T09:59:00.5Z"));
                assert_eq!(report.code.as_deref(), Some("5.1.1"));
                assert_eq!(report.operation, Some(uuid::Uuid::from_u128(7)));
                report.fate
            }
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(fate("Delivered"), MailFate::Delivered);
    for (word, refusal) in [
        ("Bounced", MailRefusal::Bounced),
        ("suppressed", MailRefusal::Suppressed),
        ("Quarantined", MailRefusal::Quarantined),
        ("Failed", MailRefusal::Failed),
    ] {
        assert_eq!(fate(word), MailFate::Refused(refusal));
    }
    for other in ["Expanded", "Unheard"] {
        assert_eq!(fate(other), MailFate::Other);
    }
}

#[test]
fn a_scheduled_event_that_is_odd_in_part_counts_without_that_part() {
    let read = |status: Value, not_before: &str| {
        let event = scheduled(json!({
            "EventId": "e1", "EventType": "Reboot", "ResourceType": "VirtualMachine", "EventStatus": status,
            "Resources": ["front_1"], "NotBefore": not_before,
        }));
        match read_event(&event, now()) {
            Ok(Event::Scheduled(notice)) => notice.event,
            other => panic!("{other:?}"),
        }
    };
    for not_before in [
        "Tue, 01 Dec 2099 10:15:00 UTC",
        "01 Dec 2099 10:15:00 GMT",
        "2099-12-01 10:15:00 UTC",
        "2099-12-01T10:15:00+0000",
        "2099-12-01 10:15:00Z",
    ] {
        let moment = read(json!("Scheduled"), not_before).not_before.map(|it| it.to_rfc3339());
        assert_eq!(moment.as_deref(), Some("2099-12-01T10:15:00+00:00"), "{not_before}");
        assert!(read(json!(null), not_before).scheduled, "it is to come");
    }
    for unsure in ["30.11.2026 17:30", "11/30/2026 5:30 PM", "soon", "Mon, 30 Nov 2026 17:30 in Berlin"] {
        let event = read(json!("Scheduled"), unsure);
        assert_eq!((event.not_before, event.scheduled, event.over), (None, true, false), "{unsure}");
    }
    for started in ["Starting", "InProgress", "In progress", "in_progress"] {
        let event = read(json!(started), "");
        assert_eq!((event.scheduled, event.over), (false, false), "{started}");
    }
    for unknown in [json!(null), json!("Odd"), json!(7)] {
        assert!(!read(unknown, "").over);
    }
    assert!(read(json!("Finished"), "").over);
}

#[test]
fn what_cannot_be_read_is_set_aside_with_the_reason() {
    let whole = json!({
        "EventId": "e1", "EventType": "Reboot", "ResourceType": "VirtualMachine", "EventStatus": "Scheduled",
        "NotBefore": "soon",
    });
    let without = |name: &str| {
        let mut properties = whole.clone();
        properties.as_object_mut().unwrap().remove(name);
        scheduled(properties)
    };
    let mut homeless = without("NotBefore");
    homeless["subject"] = "x".into();
    homeless["data"]["resourceInfo"]["id"] = "y".into();
    let events = [
        json!(5),
        json!({ "eventType": "x" }),
        without("EventId"),
        homeless,
        health("ResourceAnnotated", json!({})),
        json!({ "type": "Microsoft.Communication.EmailDeliveryReportReceived", "data": { "recipient": "x", "status": "Bounced" }}),
    ];
    let reasons = events.iter().map(|event| {
        let unreadable = read_event(event, now()).unwrap_err();
        format!("{}: {}", unreadable.what.rsplit('.').next().unwrap_or_default(), unreadable.problem)
    });
    insta::assert_snapshot!(reasons.collect::<Vec<_>>().join("\n"), @"
    an event: it has neither `eventType` nor `type`, so it is in neither of the schemas
    an event: it has no `data`
    ScheduledEventEmitted: it has no `EventId`
    ScheduledEventEmitted: `x` is no resource id: it should begin with /subscriptions/…/resourceGroups/…/providers/…
    ResourceAnnotated: it has no `annotationName`
    EmailDeliveryReportReceived: `x` is no mail address: it has no @
    ");
}

fn alert_context(level: Value) -> Value {
    json!({
        "channels": 1, "eventSource": 2, "level": level, "eventTimestamp": "2026-12-01T10:00:00+00:00",
        "operationName": "Microsoft.ServiceHealth/maintenance/action",
        "properties": {
            "title": "Virtual Machines maintenance", "service": "Virtual Machines", "region": "West Europe",
            "incidentType": "Maintenance", "trackingId": "PYN_-ZL8", "stage": "Planned", "isHIR": "false",
            "impactedServices": "[{\"ImpactedRegions\":[{\"RegionName\":\"West Europe\"}],\"ServiceName\":\"Virtual Machine Scale Sets\"}]",
        },
        "status": "Active",
    })
}

fn maintenance(alert: &Value) -> ServiceHealthAlert {
    match read_alert(&alert.to_string(), now()) {
        Ok(Alert::Maintenance(alert)) => alert,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_alert_is_the_same_in_both_schemas_with_numbers_or_strings() {
    let common = json!({
        "schemaId": "azureMonitorCommonAlertSchema",
        "data": {
            "essentials": { "monitoringService": "ServiceHealth", "alertTargetIDs": [SUBSCRIPTION] },
            "alertContext": alert_context(json!(3)),
        },
    });
    let mut activity = alert_context(json!("Informational"));
    activity["subscriptionId"] = "00000000-0000-0000-0000-000000000001".into();
    activity["channels"] = "Admin".into();
    let old = json!({
        "schemaId": "Microsoft.Insights/activityLogs",
        "data": { "status": "Activated", "context": { "activityLog": activity }},
    });
    let read = maintenance(&common);
    assert_eq!(maintenance(&old), read);
    assert_eq!(
        read.subscriptions.iter().map(|id| id.as_str()).collect::<Vec<_>>(),
        ["00000000-0000-0000-0000-000000000001"]
    );
    assert_eq!(read.services, ["Virtual Machine Scale Sets", "Virtual Machines"]);
    assert_eq!((read.tracking_id.as_deref(), read.is_cancelled()), (Some("PYN_-ZL8"), false));

    for incident in ["Wartung", "メンテナンス", "Mantenimiento planeado", "", "Informational"] {
        let mut translated = common.clone();
        translated["data"]["alertContext"]["properties"]["incidentType"] = incident.into();
        assert_eq!(maintenance(&translated), read, "{incident}");
    }
    let behind_a_mark = read_alert(&format!("\u{FEFF}{common}"), now()).unwrap();
    assert_eq!(behind_a_mark, Alert::Maintenance(read));

    let mut cancelled = common.clone();
    cancelled["data"]["alertContext"]["properties"]["stage"] = "Canceled".into();
    cancelled["data"]["alertContext"]["properties"]["trackingId"] = 4711.into();
    let read = maintenance(&cancelled);
    assert_eq!((read.tracking_id.as_deref(), read.is_cancelled()), (Some("4711"), true));
}

#[test]
fn other_alerts_of_the_same_action_group_are_no_news_and_what_is_no_alert_is_set_aside() {
    let other = json!({ "data": { "essentials": {}, "alertContext": { "operationName": "Microsoft.Compute/virtualMachines/restart/action" }}});
    assert!(matches!(read_alert(&other.to_string(), now()), Ok(Alert::Other(_))));
    let metric = json!({ "data": { "essentials": { "signalType": "Metric" }}});
    assert!(matches!(read_alert(&metric.to_string(), now()), Ok(Alert::Other(_))));
    // A budget, a classic metric, a log query, a test of the group, and what nobody has seen yet.
    for other in [
        json!({ "schemaId": "AIP Budget Notification", "data": { "SubscriptionName": "sub", "Budget": "50" }}),
        json!({ "schemaId": "AzureMonitorMetricAlert", "data": { "status": "Activated", "context": { "conditionType": "x" }}}),
        json!({ "schemaId": "Microsoft.Insights/LogAlert", "data": { "SearchQuery": "Heartbeat" }}),
        json!({ "status": "Activated", "context": { "name": "classic" }}),
        json!({ "data": { "status": "Activated", "context": { "activityLog": { "operationName": { "value": "Microsoft.Compute/virtualMachines/write", "localizedValue": "VM erstellen" }}}}}),
        json!({}),
    ] {
        assert!(matches!(read_alert(&other.to_string(), now()), Ok(Alert::Other(_))), "{other}");
    }
    let broken = json!({ "data": { "essentials": { "monitoringService": "ServiceHealth", "alertRule": "/subscriptions/x/activityLogAlerts/planned-work" }}});
    let broken = read_alert(&broken.to_string(), now()).unwrap_err();
    assert_eq!(broken.what, "an alert of the rule planned-work");
    let hostile = json!({ "data": { "essentials": { "monitoringService": "ServiceHealth", "alertRule": "call +1 555 <b>now</b>" }}});
    assert_eq!(read_alert(&hostile.to_string(), now()).unwrap_err().what, "an alert");
    let homeless = json!({ "data": { "alertContext": alert_context(json!(3)) }});
    let problems = [String::new(), "[]".to_owned(), homeless.to_string()]
        .map(|body| read_alert(&body, now()).unwrap_err().problem);
    insta::assert_snapshot!(problems.join("\n"), @"
    it is not JSON: EOF while parsing a value at line 1 column 0
    it has neither `data.alertContext` nor `data.context.activityLog`, so it is in neither of the alert schemas
    it names no subscription
    ");
}
