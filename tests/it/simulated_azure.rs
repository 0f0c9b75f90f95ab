//! Simulated Azure as its clients see it: over HTTP, in process, and with Microsoft's own Python clients.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
};

use axum::{
    body::Body,
    http::{HeaderMap, Request, StatusCode},
};
use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use maintenance_notifier::{
    clock::{Clock, ManualClock, SystemClock},
    demo::{
        Corruption, EventTimes, Fault, FaultAnswer, GraphIds, ListPages, Machine, PowerState, Simulation,
        SimulationOptions, StartOutcome, UpdateTimes, Wave, Window,
    },
};
use serde_json::{Value, json};
use tower::ServiceExt;

const GRAPH: &str = "/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01";
const UPDATES: &str = "maintenanceresources | where type =~ 'microsoft.maintenance/updates' | project id, name, properties | order by id asc";

fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 23, 9, 0, 0).unwrap()
}

/// A simulation whose time a test moves.
struct Azure {
    simulation: Simulation,
    clock: Arc<ManualClock>,
}

struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
}

impl Azure {
    fn new() -> Self {
        Self::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut SimulationOptions)) -> Self {
        let mut options = SimulationOptions::new(start());
        change(&mut options);
        Self {
            simulation: Simulation::new(options),
            clock: Arc::new(ManualClock::new(start())),
        }
    }

    async fn send(&self, request: Request<Body>) -> Reply {
        let response = self
            .simulation
            .router(self.clock.clone())
            .oneshot(request)
            .await
            .unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Reply {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    async fn call(&self, method: &str, address: &str, body: Option<Value>) -> Reply {
        let body = body.map_or(Body::empty(), |body| Body::from(body.to_string()));
        let request = Request::builder().method(method).uri(address);
        let request = request
            .header("host", "azure.test")
            .header("authorization", "Bearer somebody");
        self.send(request.body(body).unwrap()).await
    }

    /// Reads a path, or an address that the simulation itself handed out.
    async fn get(&self, path: &str) -> Reply {
        let path = path.strip_prefix("http://azure.test").unwrap_or(path);
        let version = if path.contains("api-version=") {
            ""
        } else if path.contains('?') {
            "&api-version=2024-11-01"
        } else {
            "?api-version=2024-11-01"
        };
        self.call("GET", &format!("{path}{version}"), None).await
    }

    async fn post(&self, id: &str, action: &str) -> Reply {
        self.call("POST", &format!("{id}/{action}?api-version=2024-11-01"), None)
            .await
    }

    async fn view(&self, id: &str) -> Value {
        let reply = self.get(&format!("{id}/instanceView")).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
        reply.body["maintenanceRedeployStatus"].clone()
    }

    async fn ask(&self, query: &str, options: Value) -> Reply {
        self.call("POST", GRAPH, Some(json!({ "query": query, "options": options })))
            .await
    }

    /// All rows of a question as objects.
    async fn rows(&self, query: &str) -> Vec<Value> {
        let reply = self
            .ask(query, json!({ "resultFormat": "objectArray", "$top": 1000 }))
            .await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
        reply.body["data"].as_array().unwrap().clone()
    }

    fn id(&self, name: &str) -> String {
        self.simulation.script().machine(name).unwrap().id()
    }
}

fn code(reply: &Reply) -> &str {
    reply.body["error"]["code"].as_str().unwrap_or_default()
}

#[tokio::test]
async fn a_call_needs_a_token_and_a_version() {
    let azure = Azure::new();
    let bare = Request::get("/subscriptions?api-version=2021-01-01")
        .body(Body::empty())
        .unwrap();
    assert_eq!(azure.send(bare).await.status, StatusCode::UNAUTHORIZED);
    let without = azure.call("GET", "/subscriptions", None).await;
    assert_eq!(
        (without.status, code(&without)),
        (StatusCode::BAD_REQUEST, "MissingApiVersionParameter")
    );
    let odd = azure.get("/subscriptions?api-version=latest").await;
    assert_eq!(code(&odd), "InvalidApiVersionParameter");
    azure.simulation.script().reject_tokens(1);
    assert_eq!(azure.get("/subscriptions").await.status, StatusCode::UNAUTHORIZED);
    let reply = azure.get("/subscriptions").await;
    assert_eq!(reply.status, StatusCode::OK);
    for header in [
        "x-ms-request-id",
        "x-ms-correlation-request-id",
        "x-ms-ratelimit-remaining-tenant-reads",
    ] {
        assert!(reply.headers.contains_key(header), "{header}");
    }
}

#[tokio::test]
async fn the_identity_endpoint_issues_tokens_for_one_audience() {
    let azure = Azure::new();
    let token = async |resource: &str, header: &str| {
        let address = format!("/msi/token?resource={resource}&api-version=2019-08-01");
        let request = Request::get(address)
            .header("x-identity-header", header)
            .body(Body::empty());
        azure.send(request.unwrap()).await
    };
    assert_eq!(token("x", "wrong").await.status, StatusCode::FORBIDDEN);
    let reply = token("https://management.azure.com/", "simulated-identity").await;
    assert_eq!(reply.body["token_type"], "Bearer");
    assert_eq!(
        reply.body["expires_on"],
        (start() + TimeDelta::hours(24)).timestamp().to_string()
    );
    let list = async |reply: &Reply| {
        let bearer = format!("Bearer {}", reply.body["access_token"].as_str().unwrap());
        let request = Request::get("/subscriptions?api-version=2021-01-01").header("authorization", bearer);
        azure.send(request.body(Body::empty()).unwrap()).await.status
    };
    assert_eq!(list(&reply).await, StatusCode::OK);
    let other = token("https://vault.azure.net", "simulated-identity").await;
    assert_eq!(list(&other).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn paths_take_no_account_of_case_and_the_instance_view_shows_both_windows() {
    let azure = Azure::new();
    let id = azure.id("vm-web-01");
    insta::assert_json_snapshot!(azure.view(&id.to_uppercase()).await, @r#"
    {
      "isCustomerInitiatedMaintenanceAllowed": true,
      "lastOperationResultCode": "None",
      "maintenanceWindowEndTime": "2026-12-19T09:00:00.0000000+00:00",
      "maintenanceWindowStartTime": "2026-12-05T13:00:00+00:00",
      "preMaintenanceWindowEndTime": "2026-12-02T09:00:00.0000000+00:00",
      "preMaintenanceWindowStartTime": "2026-11-14T09:00:00+00:00"
    }
    "#);
    let machine = azure.get(&format!("{id}?$expand=instanceview")).await.body;
    assert!(machine["properties"]["instanceView"]["maintenanceRedeployStatus"].is_object());
    assert!(
        machine["id"].as_str().unwrap().contains("/RG-WEBSHOP-PROD/"),
        "{}",
        machine["id"]
    );
    assert_eq!(azure.view(&azure.id("vm-ledger-01")).await, Value::Null);
    let missing = azure.get(&format!("{id}-gone/instanceView")).await;
    assert_eq!(
        (missing.status, code(&missing)),
        (StatusCode::NOT_FOUND, "ResourceNotFound")
    );
}

#[tokio::test]
async fn lists_follow_absolute_links_over_empty_and_short_pages() {
    let azure = Azure::with(|options| {
        options.machines = 200;
        options.switches.pages = ListPages {
            size: 7,
            short: true,
            empty: true,
        };
    });
    let mut names = Vec::new();
    for subscription in azure.simulation.script().subscriptions() {
        let path = format!(
            "/subscriptions/{}/providers/Microsoft.Compute/virtualMachines",
            subscription.id
        );
        let mut next = Some(path);
        let mut empty = 0;
        while let Some(link) = next {
            let reply = azure.get(&link).await;
            let page = reply.body["value"].as_array().unwrap();
            empty += usize::from(page.is_empty());
            names.extend(page.iter().map(|machine| machine["name"].to_string()));
            next = reply.body["nextLink"].as_str().map(str::to_owned);
            assert!(
                next.iter()
                    .all(|link| link.starts_with("http://azure.test/subscriptions/"))
            );
        }
        assert!(empty > 0);
    }
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 200);
}

#[tokio::test]
async fn status_only_lists_carry_maintenance_only_when_the_switch_says_so() {
    let azure = Azure::new();
    let subscription = azure
        .simulation
        .script()
        .subscription("Contoso Production")
        .unwrap()
        .id;
    let path =
        format!("/subscriptions/{subscription}/providers/Microsoft.Compute/virtualMachines?statusOnly=true");
    let carried = |reply: Reply| {
        let machines = reply.body["value"].as_array().unwrap().clone();
        let view =
            |machine: &&Value| machine["properties"]["instanceView"]["maintenanceRedeployStatus"].is_object();
        assert!(
            machines
                .iter()
                .all(|machine| machine["properties"]["instanceView"]["statuses"].is_array())
        );
        machines.iter().filter(view).count()
    };
    assert_eq!(carried(azure.get(&path).await), 0);
    azure
        .simulation
        .script()
        .switch(|switches| switches.status_only_carries_maintenance = true);
    assert!(carried(azure.get(&path).await) > 0);
}

#[tokio::test]
async fn self_service_maintenance_is_accepted_followed_and_shown() {
    let azure = Azure::new();
    let id = azure.id("vm-web-01");
    let reply = azure.post(&id, "performMaintenance").await;
    assert_eq!(reply.status, StatusCode::ACCEPTED);
    assert!(!reply.headers.contains_key("retry-after"));
    let address = |name: &str| reply.headers[name].to_str().unwrap().to_owned();
    let (operation, monitor) = (address("azure-asyncoperation"), address("location"));
    assert_eq!(azure.get(&operation).await.body["status"], "InProgress");
    assert_eq!(azure.get(&monitor).await.status, StatusCode::ACCEPTED);
    assert_eq!(
        azure.post(&id, "performMaintenance").await.status,
        StatusCode::ACCEPTED,
        "a second call is accepted"
    );
    azure.clock.advance(TimeDelta::minutes(3));
    assert_eq!(azure.get(&operation).await.body["status"], "Succeeded");
    assert_eq!(azure.get(&monitor).await.status, StatusCode::OK);
    let view = azure.view(&id).await;
    assert_eq!(view["lastOperationResultCode"], "MaintenanceCompleted");
    assert_eq!(view["isCustomerInitiatedMaintenanceAllowed"], false);
    let again = azure.post(&id, "performMaintenance").await;
    assert_eq!(
        (again.status, code(&again)),
        (StatusCode::CONFLICT, "OperationNotAllowed")
    );
    assert_eq!(azure.simulation.script().starts().len(), 2);

    let subscription = id.split('/').nth(2).unwrap();
    let log = azure.get(&format!("/subscriptions/{subscription}/providers/Microsoft.Insights/eventtypes/management/values?$filter=eventTimestamp%20ge%20'2026-11-23T00:00:00Z'%20and%20resourceUri%20eq%20'{id}'")).await;
    let statuses: Vec<&str> = log.body["value"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|entry| entry["status"]["value"].as_str())
        .collect();
    assert_eq!(
        statuses,
        [
            "Succeeded",
            "Accepted",
            "Started",
            "Succeeded",
            "Accepted",
            "Started"
        ]
    );
}

#[tokio::test]
async fn a_start_can_be_refused_fail_stay_open_or_come_to_nothing() {
    let azure = Azure::new();
    let script = azure.simulation.script();
    let refused = azure.post(&azure.id("vm-ledger-01"), "performMaintenance").await;
    let message = refused.body["error"]["message"].as_str().unwrap();
    assert!(
        message.ends_with("since the Subscription of this VM is not eligible."),
        "{message}"
    );
    let not_yet = azure.post(&azure.id("vm-pay-01"), "performMaintenance").await;
    assert_eq!(not_yet.status, StatusCode::CONFLICT);
    let stopped = azure.post(&azure.id("vm-report-01"), "performMaintenance").await;
    assert!(
        stopped.body["error"]["message"]
            .as_str()
            .unwrap()
            .contains("to be running")
    );

    let id = azure.id("vm-dc-01");
    let failure = StartOutcome::Fail {
        code: "InternalExecutionError".to_owned(),
        message: "No.".to_owned(),
    };
    for (outcome, status, result) in [
        (failure, "Failed", "None"),
        (StartOutcome::NeverEnd, "InProgress", "None"),
        (StartOutcome::RetryLater, "Succeeded", "RetryLater"),
    ] {
        script.next_start(&id, outcome);
        let reply = azure.post(&id, "performMaintenance").await;
        azure.clock.advance(TimeDelta::minutes(3));
        let operation = azure
            .get(reply.headers["azure-asyncoperation"].to_str().unwrap())
            .await;
        assert_eq!(operation.body["status"], status);
        assert_eq!(azure.view(&id).await["lastOperationResultCode"], result);
    }
    script.switch(|switches| switches.start_answers_at_once = true);
    let other = azure.id("vm-search-01");
    assert_eq!(
        azure.post(&other, "performMaintenance").await.status,
        StatusCode::OK
    );
    assert_eq!(
        azure.view(&other).await["lastOperationResultCode"],
        "MaintenanceCompleted"
    );
}

#[tokio::test]
async fn scale_set_instances_are_seen_and_started_one_by_one() {
    let azure = Azure::new();
    let set = azure
        .simulation
        .script()
        .scale_sets()
        .into_iter()
        .find(|set| set.name == "vmss-checkout")
        .unwrap();
    let list = azure
        .get(&format!("{}/virtualMachines?$expand=instanceView", set.id()))
        .await
        .body;
    let planned: Vec<bool> = list["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|instance| instance["properties"]["instanceView"]["maintenanceRedeployStatus"].is_object())
        .collect();
    assert_eq!(planned, [false, true, true, true]);
    let address = format!("{}/performMaintenance?api-version=2024-11-01", set.id());
    let refused = azure
        .call("POST", &address, Some(json!({ "instanceIds": ["0", "3"] })))
        .await;
    assert!(
        refused.body["error"]["message"]
            .as_str()
            .unwrap()
            .contains("'vmss-checkout_0'")
    );
    let accepted = azure
        .call("POST", &address, Some(json!({ "instanceIds": ["3"] })))
        .await;
    assert_eq!(accepted.status, StatusCode::ACCEPTED);
    let single = format!("{}/virtualmachines/1", set.id());
    assert_eq!(
        azure.post(&single, "performMaintenance").await.status,
        StatusCode::ACCEPTED
    );
    azure.clock.advance(TimeDelta::minutes(3));
    for (instance, result) in [
        ("1", "MaintenanceCompleted"),
        ("2", "None"),
        ("3", "MaintenanceCompleted"),
    ] {
        let view = azure.view(&set.instance_id(instance)).await;
        assert_eq!(view["lastOperationResultCode"], result, "{instance}");
    }
    assert_eq!(azure.view(&set.instance_id("0")).await, Value::Null);
}

#[tokio::test]
async fn resource_graph_lists_what_is_planned_and_its_owners() {
    let azure = Azure::new();
    let planned = azure.simulation.script().planned(start());
    let folded = |rows: Vec<Value>, column: &str| {
        let mut ids: Vec<String> = rows
            .iter()
            .map(|row| row[column].as_str().unwrap().to_lowercase())
            .collect();
        ids.sort();
        ids
    };
    let mut expected: Vec<String> = planned.iter().map(|id| id.to_lowercase()).collect();
    expected.sort();
    assert_eq!(folded(azure.rows(UPDATES).await, "name"), expected);
    let impacted = "servicehealthresources | where type =~ 'microsoft.resourcehealth/events/impactedresources' | project id, target = tostring(properties.targetResourceId)";
    assert_eq!(folded(azure.rows(impacted).await, "target"), expected);
    let events = "servicehealthresources | where type =~ 'microsoft.resourcehealth/events' and properties.EventType =~ 'PlannedMaintenance' | project id, name, starts = properties.ImpactStartTime";
    assert!(
        azure
            .rows(events)
            .await
            .iter()
            .any(|event| event["name"] == "PYN_-ZL8")
    );
    azure
        .simulation
        .script()
        .switch(|switches| switches.event_times = EventTimes::Ticks);
    let ticks = azure.rows(events).await[0]["starts"].as_str().unwrap().to_owned();
    assert!(ticks.starts_with("639"), "{ticks}");

    let tags = "resourcecontainers | where type in~ ('microsoft.resources/subscriptions', 'microsoft.resources/subscriptions/resourcegroups') | project id, type, tags";
    let tagged = azure.rows(tags).await;
    assert!(
        tagged
            .iter()
            .any(|row| row["tags"]["owner"] == "jane.doe@contoso.com; arjun.rao@contoso.com")
    );
    let machines = "resources | where type =~ 'microsoft.compute/virtualmachines' and name startswith 'vm-build' | project id, zones, power = properties.extended.instanceView.powerState.code, disk = properties.storageProfile.osDisk.diffDiskSettings.placement";
    let machine = &azure.rows(machines).await[0];
    assert_eq!(
        (&machine["power"], &machine["disk"]),
        (&json!("PowerState/running"), &json!("CacheDisk"))
    );
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
        names.extend(
            body["data"]
                .as_array()
                .unwrap()
                .iter()
                .map(|row| row["name"].to_string()),
        );
        match body["$skipToken"].as_str() {
            Some(token) => options["$skipToken"] = json!(token),
            None => break body["totalRecords"].as_u64().unwrap(),
        }
    };
    names.sort();
    names.dedup();
    assert_eq!(names.len() as u64, total);

    let without_id = azure
        .ask("maintenanceresources | project name", json!({ "$top": 7 }))
        .await
        .body;
    assert_eq!(
        (&without_id["resultTruncated"], &without_id["$skipToken"]),
        (&json!("true"), &Value::Null)
    );
    assert_eq!(
        without_id["data"]["columns"],
        json!([{ "name": "name", "type": "string" }])
    );
    azure.simulation.script().truncate_resource_graph(true);
    let truncated = azure.ask(UPDATES, json!({ "$top": 7 })).await.body;
    assert_eq!(
        (&truncated["resultTruncated"], &truncated["$skipToken"]),
        (&json!("true"), &Value::Null)
    );

    let refused = azure
        .ask("resources | summarize count() by type", json!({}))
        .await;
    assert_eq!(
        (refused.status, code(&refused)),
        (StatusCode::BAD_REQUEST, "BadRequest")
    );
    assert_eq!(
        refused.body["error"]["details"][0]["message"],
        "The operator 'summarize' is not supported."
    );
}

#[tokio::test]
async fn what_may_not_be_read_is_refused_by_arm_and_silently_left_out_by_resource_graph() {
    let azure = Azure::new();
    let script = azure.simulation.script();
    let [production, sap] =
        ["Contoso Production", "Contoso SAP"].map(|name| script.subscription(name).unwrap().id);
    let before = azure.rows(UPDATES).await.len();
    script.hide_from_resource_graph(&production, true);
    script.forbid(&sap, true);
    let rows = azure.rows(UPDATES).await;
    assert!(rows.len() < before);
    assert!(
        rows.iter()
            .all(|row| !row["id"].as_str().unwrap().contains(&production))
    );
    assert!(rows.iter().all(|row| !row["id"].as_str().unwrap().contains(&sap)));
    assert_eq!(
        azure.view(&azure.id("vm-web-01")).await["isCustomerInitiatedMaintenanceAllowed"],
        true
    );
    let refused = azure
        .get(&format!("{}/instanceView", azure.id("vm-sap-app-01")))
        .await;
    assert_eq!(
        (refused.status, code(&refused)),
        (StatusCode::FORBIDDEN, "AuthorizationFailed")
    );
    script.remove_subscription(&sap);
    let gone = azure.get(&format!("/subscriptions/{sap}")).await;
    assert_eq!(
        (gone.status, code(&gone)),
        (StatusCode::NOT_FOUND, "SubscriptionNotFound")
    );
}

#[tokio::test]
async fn quotas_are_kept_and_announced() {
    let azure = Azure::new();
    for left in (0..15).rev() {
        let reply = azure.ask("resources | project id | take 1", json!({})).await;
        assert_eq!(
            reply.headers["x-ms-user-quota-remaining"],
            left.to_string().as_str()
        );
    }
    let refused = azure.ask("resources | project id", json!({})).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.headers.contains_key("retry-after"));
    azure
        .simulation
        .script()
        .switch(|switches| switches.throttling = false);
    assert_eq!(
        azure.ask("resources | project id", json!({})).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn planted_faults_spoil_the_calls_they_match_and_no_others() {
    let azure = Azure::new();
    let script = azure.simulation.script();
    let id = azure.id("vm-web-01");
    script.throttle_next("/instanceView", 1, 7);
    let throttled = azure.get(&format!("{id}/instanceView")).await;
    assert_eq!(
        (
            throttled.status,
            throttled.headers["retry-after"].to_str().unwrap()
        ),
        (StatusCode::TOO_MANY_REQUESTS, "7")
    );
    assert_eq!(
        azure.get(&format!("{id}/instanceView")).await.status,
        StatusCode::OK
    );

    let answer = FaultAnswer::ComputeThrottle { retry_after: 1200 };
    script.fail(Fault {
        path: "virtualmachines".to_owned(),
        graph_page: None,
        times: 1,
        answer,
    });
    let compute = azure.get(&id).await;
    assert_eq!(compute.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(compute.body["code"], "OperationNotAllowed");

    script.fail_graph_page(2, 1, 500);
    let options = json!({ "resultFormat": "objectArray", "$top": 5 });
    let first = azure.ask(UPDATES, options.clone()).await;
    assert_eq!(first.status, StatusCode::OK);
    let mut second_options = options;
    second_options["$skipToken"] = first.body["$skipToken"].clone();
    let second = azure.ask(UPDATES, second_options.clone()).await;
    assert_eq!(second.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(azure.ask(UPDATES, second_options).await.status, StatusCode::OK);

    script.corrupt(&id, Corruption::OddDates);
    assert_eq!(
        azure.view(&id).await["preMaintenanceWindowStartTime"],
        "the 31st of November"
    );
    script.corrupt_update_row(&id, json!({ "value": "nothing" }));
    let rows = azure.rows(&format!("{UPDATES} | where name =~ '{id}'")).await;
    assert_eq!(rows[0]["properties"]["value"], "nothing");
    script.heal(&id);
    assert!(
        azure.view(&id).await["preMaintenanceWindowStartTime"]
            .as_str()
            .unwrap()
            .starts_with("2026")
    );
}

#[tokio::test]
async fn a_script_announces_moves_and_cancels_a_wave() {
    let azure = Azure::new();
    let script = azure.simulation.script();
    let subscription = script.subscription("Contoso Lab").unwrap().id;
    let id = script.add_machine(Machine::new(&subscription, "rg-new", "vm-new", "westus", start()));
    assert_eq!(azure.view(&id).await, Value::Null);
    let day = |days: i64| start() + TimeDelta::days(days);
    let wave = Wave::new(
        "NEW-1",
        "westus",
        day(1),
        Some(Window::new(day(2), day(4))),
        Window::new(day(6), day(7)),
    );
    script.announce(wave.with_targets([id.clone()]));
    assert_eq!(azure.view(&id).await, Value::Null);
    azure.clock.set(day(3));
    assert_eq!(
        azure.view(&id).await["isCustomerInitiatedMaintenanceAllowed"],
        true
    );
    script.reschedule(
        "NEW-1",
        Some(Window::new(day(5), day(8))),
        Window::new(day(9), day(10)),
    );
    let moved = azure.view(&id).await;
    assert_eq!(moved["isCustomerInitiatedMaintenanceAllowed"], false);
    assert_eq!(
        moved["preMaintenanceWindowStartTime"],
        "2026-11-28T09:00:00+00:00"
    );
    script.set_power(&id, PowerState::Deallocated);
    script.set_power(&id, PowerState::Running);
    assert_eq!(azure.view(&id).await, Value::Null, "it moved to another host");
    script.join_wave("NEW-1", &id);
    assert_ne!(azure.view(&id).await, Value::Null);
    script.cancel("NEW-1", day(3));
    assert_eq!(azure.view(&id).await, Value::Null);
    script.remove_machine(&id);
    assert_eq!(
        azure.get(&format!("{id}/instanceView")).await.status,
        StatusCode::NOT_FOUND
    );
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
    assert_eq!(
        azure.rows(UPDATES).await[0]["properties"]["value"][0]["endTimeUtc"],
        Value::Null
    );
}

/// Drives the simulation with Microsoft's Python clients and holds its answers against Azure's own schemas.
#[tokio::test]
async fn clients_that_nobody_here_wrote_understand_it() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let python = python(&root);
    assert!(
        python.exists(),
        "{} is missing. hint: python3 -m venv .venv && .venv/bin/pip install -r tests/python/requirements.txt, \
         or name another interpreter in NOTIFIER_TEST_PYTHON",
        python.display()
    );
    let mut options = SimulationOptions::new(start());
    options.machines = 60;
    options.self_start_duration = TimeDelta::seconds(1);
    options.switches.pages = ListPages {
        size: 5,
        short: true,
        empty: true,
    };
    // The waves are laid around a fixed moment, so time runs on from there.
    let clock = Arc::new(Offset(start() - SystemClock.now()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let simulation = Simulation::new(options);
    let served = tokio::spawn(async move { simulation.serve(listener, clock).await });
    let output = tokio::process::Command::new(python)
        .args(["-m", "pytest", "-q", "-p", "no:cacheprovider", "-rs"])
        .arg(root.join("tests/python/test_simulated_azure.py"))
        .env("SIMULATED_AZURE_URL", format!("http://{address}"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .unwrap();
    served.abort();
    let report = String::from_utf8_lossy(&output.stdout);
    println!("{report}");
    assert!(
        output.status.success(),
        "{report}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[expect(
    clippy::disallowed_methods,
    reason = "names the interpreter of this test, nothing of the product"
)]
fn python(root: &Path) -> PathBuf {
    std::env::var_os("NOTIFIER_TEST_PYTHON").map_or_else(|| root.join(".venv/bin/python"), PathBuf::from)
}

/// The system's clock, moved.
#[derive(Debug)]
struct Offset(TimeDelta);

impl Clock for Offset {
    fn now(&self) -> DateTime<Utc> {
        SystemClock.now() + self.0
    }
}
