//! Questions to Resource Graph.

use axum::http::StatusCode;
use maintenance_notifier::demo::{EventTimes, GraphIds, UpdateTimes};
use serde_json::{Value, json};

use super::{Azure, UPDATES, code, start};

#[tokio::test]
async fn resource_graph_lists_what_is_planned_and_its_owners() {
    let azure = Azure::new();
    let planned = azure.simulation.script().planned(start());
    let folded = |rows: Vec<Value>, column: &str| {
        let mut ids: Vec<String> =
            rows.iter().map(|row| row[column].as_str().unwrap().to_lowercase()).collect();
        ids.sort();
        ids
    };
    let mut expected: Vec<String> = planned.iter().map(|id| id.to_lowercase()).collect();
    expected.sort();
    let updates = folded(azure.rows(UPDATES).await, "name");
    let impacted = "servicehealthresources | where type =~ 'microsoft.resourcehealth/events/impactedresources' | project id, target = properties.targetResourceId";
    let impacted = folded(azure.rows(impacted).await, "target");
    assert!(updates.len() < expected.len() && impacted.len() < expected.len(), "neither table has all");
    let mut both = [updates, impacted].concat();
    both.sort();
    both.dedup();
    assert_eq!(both, expected);
    let events = "servicehealthresources | where type =~ 'microsoft.resourcehealth/events' and properties.EventType =~ 'PlannedMaintenance' | project id, name, starts = properties.ImpactStartTime";
    assert!(azure.rows(events).await.iter().any(|event| event["name"] == "PYN_-ZL8"));
    azure.simulation.script().switch(|switches| switches.event_times = EventTimes::Ticks);
    let ticks = azure.rows(events).await[0]["starts"].as_str().unwrap().to_owned();
    assert!(ticks.starts_with("639"), "{ticks}");

    let tags = "resourcecontainers | where type in~ ('microsoft.resources/subscriptions', 'microsoft.resources/subscriptions/resourcegroups') | project id, type, tags";
    let tagged = azure.rows(tags).await;
    assert!(tagged.iter().any(|row| row["tags"]["owner"] == "jane.doe@contoso.com; arjun.rao@contoso.com"));
    let machines = "resources | where type =~ 'microsoft.compute/virtualmachines' | project id, name, zones, power = properties.extended.instanceView.powerState.code, disk = properties.storageProfile.osDisk.diffDiskSettings.placement";
    let machines = azure.rows(machines).await;
    let machine = machines.iter().find(|row| row["name"].as_str().unwrap().starts_with("vm-build")).unwrap();
    assert_eq!((&machine["power"], &machine["disk"]), (&json!("PowerState/running"), &json!("CacheDisk")));
    let schedules = "resources | where type =~ 'microsoft.devtestlab/schedules' | project id, target = properties.targetResourceId, on = properties.status";
    assert_eq!(azure.rows(schedules).await[0]["on"], "Enabled");
}

#[tokio::test]
async fn resource_graph_pages_by_skip_token_only_when_the_id_is_projected() {
    let azure = Azure::new();
    let mut names = Vec::new();
    let mut options = json!({ "resultFormat": "objectArray", "$top": 7 });
    let total = loop {
        let body = azure.ask(UPDATES, options.clone()).await.body;
        names.extend(body["data"].as_array().unwrap().iter().map(|row| row["name"].to_string()));
        match body["$skipToken"].as_str() {
            Some(token) => options["$skipToken"] = json!(token),
            None => break body["totalRecords"].as_u64().unwrap(),
        }
    };
    names.sort();
    names.dedup();
    assert_eq!(names.len() as u64, total);

    let without_id = azure.ask("maintenanceresources | project name", json!({ "$top": 7 })).await.body;
    assert_eq!((&without_id["resultTruncated"], &without_id["$skipToken"]), (&json!("true"), &Value::Null));
    assert_eq!(without_id["data"]["columns"], json!([{ "name": "name", "type": "string" }]));
    azure.simulation.script().truncate_resource_graph(true);
    let truncated = azure.ask(UPDATES, json!({ "$top": 7 })).await.body;
    assert_eq!((&truncated["resultTruncated"], &truncated["$skipToken"]), (&json!("true"), &Value::Null));

    let refused = azure.ask("resources | summarize count() by type", json!({})).await;
    assert_eq!((refused.status, code(&refused)), (StatusCode::BAD_REQUEST, "BadRequest"));
    assert_eq!(refused.body["error"]["details"][0]["message"], "The operator 'summarize' is not supported.");
}

#[tokio::test]
async fn quotas_are_kept_and_announced() {
    let azure = Azure::new();
    for left in (0..15).rev() {
        let reply = azure.ask("resources | project id", json!({})).await;
        assert_eq!(reply.headers["x-ms-user-quota-remaining"], left.to_string().as_str());
    }
    let refused = azure.ask("resources | project id", json!({})).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.headers.contains_key("retry-after"));
    azure.simulation.script().switch(|switches| switches.throttling = false);
    assert_eq!(azure.ask("resources | project id", json!({})).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_tables_spell_ids_differently_and_may_lack_times() {
    let azure = Azure::new();
    let script = azure.simulation.script();
    let names = |rows: Vec<Value>| rows.iter().map(|row| row["name"].to_string()).collect::<String>();
    assert!(names(azure.rows(UPDATES).await).contains("/virtualmachines/"));
    script.switch(|switches| {
        switches.graph_ids = GraphIds::AsCreated;
        switches.update_times = UpdateTimes::Both;
    });
    let rows = azure.rows(UPDATES).await;
    assert!(rows[0]["properties"]["value"][0]["startTimeUtc"].is_string());
    assert!(names(rows).contains("/virtualMachines/"));
    script.switch(|switches| switches.update_times = UpdateTimes::Absent);
    assert_eq!(azure.rows(UPDATES).await[0]["properties"]["value"][0]["endTimeUtc"], Value::Null);
}
