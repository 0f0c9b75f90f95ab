//! Calls to Azure Resource Manager and to the identity endpoint.

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use chrono::TimeDelta;
use maintenance_notifier::demo::{ListPages, ScriptedStart};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{Azure, Reply, code, start};

#[tokio::test]
async fn a_call_needs_a_token_and_a_version() {
    let azure = Azure::new();
    let bare = Request::get("/subscriptions?api-version=2021-01-01").body(Body::empty()).unwrap();
    assert_eq!(azure.send(bare).await.status, StatusCode::UNAUTHORIZED);
    let without = azure.call("GET", "/subscriptions", None).await;
    assert_eq!((without.status, code(&without)), (StatusCode::BAD_REQUEST, "MissingApiVersionParameter"));
    let odd = azure.get("/subscriptions?api-version=latest").await;
    assert_eq!(code(&odd), "InvalidApiVersionParameter");
    azure.simulation.script().reject_tokens(1);
    assert_eq!(azure.get("/subscriptions").await.status, StatusCode::UNAUTHORIZED);
    let reply = azure.get("/subscriptions").await;
    assert_eq!(reply.status, StatusCode::OK);
    for header in ["x-ms-request-id", "x-ms-correlation-request-id", "x-ms-ratelimit-remaining-tenant-reads"]
    {
        assert!(reply.headers.contains_key(header), "{header}");
    }
}

#[tokio::test]
async fn what_azure_refuses_is_refused() {
    let azure = Azure::new();
    let id = azure.id("vm-web-01");
    let old = azure.get(&format!("{id}?api-version=2099-01-01")).await;
    assert_eq!((old.status, code(&old)), (StatusCode::BAD_REQUEST, "NoRegisteredProviderFound"));
    let expanded = azure.get(&format!("{id}?$expand=everything")).await;
    assert_eq!((expanded.status, code(&expanded)), (StatusCode::BAD_REQUEST, "InvalidParameter"));
    let plain = Request::post(super::GRAPH)
        .header("authorization", "Bearer somebody")
        .header("content-type", "text/plain")
        .body(Body::from(json!({ "query": "resources | project id" }).to_string()));
    assert_eq!(azure.send(plain.unwrap()).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let column = azure.ask("resources | where owner =~ 'jane' | project id", json!({})).await;
    assert_eq!(column.status, StatusCode::BAD_REQUEST);
    assert_eq!(
        column.body["error"]["details"][0]["message"],
        "Failed to resolve scalar expression named 'owner'"
    );
    let script = azure.simulation.script();
    let forbidden = script.subscriptions()[0].id.clone();
    assert!(script.forbid(&forbidden, true));
    let body = json!({ "query": "resources | project id", "subscriptions": [forbidden] });
    let refused = azure.call("POST", super::GRAPH, Some(body)).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert_eq!(refused.body["error"]["details"][0]["code"], "NoValidSubscriptionsInQueryRequest");
}

#[tokio::test]
async fn long_answers_are_packed_for_whoever_takes_that() {
    let azure = Azure::new();
    let ask = async |kinds: &str| {
        let request = Request::get(format!("{}?api-version=2024-11-01", azure.id("vm-web-01")))
            .header("authorization", "Bearer somebody")
            .header("accept-encoding", kinds);
        let response = azure
            .simulation
            .router(azure.clock.clone())
            .oneshot(request.body(Body::empty()).unwrap())
            .await
            .unwrap();
        let packed = response.headers().get("content-encoding").is_some();
        (packed, axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap())
    };
    let (packed, bytes) = ask("gzip, deflate").await;
    assert!(packed && bytes.starts_with(&[0x1f, 0x8b]));
    let (packed, bytes) = ask("identity").await;
    assert!(!packed && bytes.starts_with(b"{"));
}

#[tokio::test]
async fn the_activity_log_has_a_start_under_what_it_was_asked_of_and_by_the_number_of_the_answer() {
    let azure = Azure::new();
    let script = azure.simulation.script();
    let set = script.scale_sets().into_iter().find(|set| !set.flexible && !set.instances.is_empty()).unwrap();
    let planned = script.planned(start());
    let instance =
        planned.iter().find(|id| id.starts_with(&set.id().to_lowercase()) || id.starts_with(&set.id()));
    let Some(instance) = instance.and_then(|id| id.rsplit('/').next()) else { return };
    let body = json!({ "instanceIds": [instance] });
    let address = format!("{}/performMaintenance?api-version=2024-11-01", set.id());
    let accepted = azure.call("POST", &address, Some(body)).await;
    assert_eq!(accepted.status, StatusCode::ACCEPTED, "{}", accepted.body);
    let number = accepted.headers["x-ms-correlation-request-id"].to_str().unwrap();
    let log = format!(
        "/subscriptions/{}/providers/Microsoft.Insights/eventtypes/management/values",
        set.subscription
    );
    let entries = azure.get(&log).await.body["value"].as_array().unwrap().clone();
    let ours: Vec<&Value> = entries.iter().filter(|entry| entry["correlationId"] == number).collect();
    assert!(!ours.is_empty(), "{entries:?}");
    for entry in ours {
        assert!(entry["resourceId"].as_str().unwrap().eq_ignore_ascii_case(&set.id()));
        assert_eq!(
            entry["operationName"]["value"],
            "Microsoft.Compute/virtualMachineScaleSets/performMaintenance/action"
        );
    }
}

#[tokio::test]
async fn the_identity_endpoint_issues_tokens_for_one_audience() {
    let azure = Azure::new();
    let token = async |resource: &str, header: &str| {
        let address = format!("/msi/token?resource={resource}&api-version=2019-08-01");
        let request = Request::get(address).header("x-identity-header", header).body(Body::empty());
        azure.send(request.unwrap()).await
    };
    assert_eq!(token("x", "wrong").await.status, StatusCode::FORBIDDEN);
    let reply = token("https://management.azure.com/", "simulated-identity").await;
    assert_eq!(reply.body["token_type"], "Bearer");
    assert_eq!(reply.body["expires_on"], (start() + TimeDelta::hours(24)).timestamp().to_string());
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
    assert!(machine["id"].as_str().unwrap().contains("/RG-WEBSHOP-PROD/"), "{}", machine["id"]);
    assert_eq!(azure.view(&azure.id("vm-ledger-01")).await, Value::Null);
    let missing = azure.get(&format!("{id}-gone/instanceView")).await;
    assert_eq!((missing.status, code(&missing)), (StatusCode::NOT_FOUND, "ResourceNotFound"));
}

#[tokio::test]
async fn lists_follow_absolute_links_over_empty_and_short_pages() {
    let azure = Azure::with(|options| {
        options.machines = 200;
        options.switches.pages = ListPages { size: 7, short: true, empty: true, empty_link: true };
    });
    let mut names = Vec::new();
    for subscription in azure.simulation.script().subscriptions() {
        let path = format!("/subscriptions/{}/providers/Microsoft.Compute/virtualMachines", subscription.id);
        let mut next = Some(path);
        let mut empty = 0;
        while let Some(link) = next {
            let reply = azure.get(&link).await;
            let page = reply.body["value"].as_array().unwrap();
            empty += usize::from(page.is_empty());
            names.extend(page.iter().map(|machine| machine["name"].to_string()));
            // The last page says that there is no other by an empty link.
            next = Some(reply.body["nextLink"].as_str().unwrap().to_owned()).filter(|link| !link.is_empty());
            assert!(next.iter().all(|link| link.starts_with("http://azure.test/subscriptions/")));
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
    let subscription = azure.simulation.script().subscription("Contoso Production").unwrap().id;
    let path =
        format!("/subscriptions/{subscription}/providers/Microsoft.Compute/virtualMachines?statusOnly=true");
    let carried = |reply: Reply| {
        let machines = reply.body["value"].as_array().unwrap().clone();
        let view =
            |machine: &&Value| machine["properties"]["instanceView"]["maintenanceRedeployStatus"].is_object();
        assert!(machines.iter().all(|machine| machine["properties"]["instanceView"]["statuses"].is_array()));
        machines.iter().filter(view).count()
    };
    assert_eq!(carried(azure.get(&path).await), 0);
    azure.simulation.script().switch(|switches| switches.status_only_carries_maintenance = true);
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
    assert_eq!((again.status, code(&again)), (StatusCode::CONFLICT, "OperationNotAllowed"));
    assert_eq!(azure.simulation.script().starts().len(), 2);

    let subscription = id.split('/').nth(2).unwrap();
    let log = azure.get(&format!("/subscriptions/{subscription}/providers/Microsoft.Insights/eventtypes/management/values?$filter=eventTimestamp%20ge%20'2026-11-23T00:00:00Z'%20and%20resourceUri%20eq%20'{id}'")).await;
    let statuses: Vec<&str> = log.body["value"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|entry| entry["status"]["value"].as_str())
        .collect();
    assert_eq!(statuses, ["Succeeded", "Accepted", "Started", "Succeeded", "Accepted", "Started"]);
}

#[tokio::test]
async fn a_start_can_be_refused_fail_stay_open_or_come_to_nothing() {
    let azure = Azure::new();
    let script = azure.simulation.script();
    let refused = azure.post(&azure.id("vm-ledger-01"), "performMaintenance").await;
    let message = refused.body["error"]["message"].as_str().unwrap();
    assert!(message.ends_with("since the Subscription of this VM is not eligible."), "{message}");
    let not_yet = azure.post(&azure.id("vm-pay-01"), "performMaintenance").await;
    assert_eq!(not_yet.status, StatusCode::CONFLICT);
    let stopped = azure.post(&azure.id("vm-report-01"), "performMaintenance").await;
    assert!(stopped.body["error"]["message"].as_str().unwrap().contains("to be running"));

    let id = azure.id("vm-dc-01");
    let failure =
        ScriptedStart::Fail { code: "InternalExecutionError".to_owned(), message: "No.".to_owned() };
    for (outcome, status, result) in [
        (failure, "Failed", "None"),
        (ScriptedStart::NeverEnd, "InProgress", "None"),
        (ScriptedStart::RetryLater, "Succeeded", "RetryLater"),
    ] {
        script.next_start(&id, outcome);
        let reply = azure.post(&id, "performMaintenance").await;
        azure.clock.advance(TimeDelta::minutes(3));
        let operation = azure.get(reply.headers["azure-asyncoperation"].to_str().unwrap()).await;
        assert_eq!(operation.body["status"], status);
        assert_eq!(azure.view(&id).await["lastOperationResultCode"], result);
    }
    script.switch(|switches| switches.start_answers_at_once = true);
    let other = azure.id("vm-search-01");
    assert_eq!(azure.post(&other, "performMaintenance").await.status, StatusCode::OK);
    assert_eq!(azure.view(&other).await["lastOperationResultCode"], "MaintenanceCompleted");
}

#[tokio::test]
async fn scale_set_instances_are_seen_and_started_one_by_one() {
    let azure = Azure::new();
    let set =
        azure.simulation.script().scale_sets().into_iter().find(|set| set.name == "vmss-checkout").unwrap();
    let list = azure.get(&format!("{}/virtualMachines?$expand=instanceView", set.id())).await.body;
    let planned: Vec<bool> = list["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|instance| instance["properties"]["instanceView"]["maintenanceRedeployStatus"].is_object())
        .collect();
    assert_eq!(planned, [false, true, true, true]);
    let address = format!("{}/performMaintenance?api-version=2024-11-01", set.id());
    let refused = azure.call("POST", &address, Some(json!({ "instanceIds": ["0", "3"] }))).await;
    assert!(refused.body["error"]["message"].as_str().unwrap().contains("'vmss-checkout_0'"));
    let accepted = azure.call("POST", &address, Some(json!({ "instanceIds": ["3"] }))).await;
    assert_eq!(accepted.status, StatusCode::ACCEPTED);
    let single = format!("{}/virtualmachines/1", set.id());
    assert_eq!(azure.post(&single, "performMaintenance").await.status, StatusCode::ACCEPTED);
    azure.clock.advance(TimeDelta::minutes(3));
    for (instance, result) in [("1", "MaintenanceCompleted"), ("2", "None"), ("3", "MaintenanceCompleted")] {
        let view = azure.view(&set.instance_id(instance)).await;
        assert_eq!(view["lastOperationResultCode"], result, "{instance}");
    }
    assert_eq!(azure.view(&set.instance_id("0")).await, Value::Null);
}

#[tokio::test]
async fn below_a_prefix_the_links_lead_back_below_it() {
    let azure = Azure::with(|options| options.switches.pages.size = 1);
    let nested = axum::Router::new().nest("/azure", azure.simulation.router(azure.clock.clone()));
    let request = Request::get("/azure/subscriptions?api-version=2021-01-01")
        .header("host", "demo.test")
        .header("authorization", "Bearer somebody");
    let response = nested.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    let link = serde_json::from_slice::<Value>(&body).unwrap()["nextLink"].as_str().unwrap().to_owned();
    assert!(link.starts_with("http://demo.test/azure/subscriptions?api-version=2021-01-01&"), "{link}");
}
