//! What a script changes, and what it breaks.

use axum::http::StatusCode;
use chrono::TimeDelta;
use maintenance_notifier::demo::{
    Corruption, Fault, FaultAnswer, SimulatedMachine, SimulatedPower, SimulatedWindow, Wave,
};
use serde_json::{Value, json};

use super::{Azure, UPDATES, code, start};

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
    assert!(rows.iter().all(|row| !row["id"].as_str().unwrap().contains(&production)));
    assert!(rows.iter().all(|row| !row["id"].as_str().unwrap().contains(&sap)));
    assert_eq!(azure.view(&azure.id("vm-web-01")).await["isCustomerInitiatedMaintenanceAllowed"], true);
    let refused = azure.get(&format!("{}/instanceView", azure.id("vm-sap-app-01"))).await;
    assert_eq!((refused.status, code(&refused)), (StatusCode::FORBIDDEN, "AuthorizationFailed"));
    script.forbid_starts(&production, true);
    let web = azure.id("vm-web-01");
    assert_eq!(azure.post(&web, "performMaintenance").await.status, StatusCode::FORBIDDEN);
    assert_eq!(azure.get(&web).await.status, StatusCode::OK);
    script.remove_subscription(&sap);
    let gone = azure.get(&format!("/subscriptions/{sap}")).await;
    assert_eq!((gone.status, code(&gone)), (StatusCode::NOT_FOUND, "SubscriptionNotFound"));
}

#[tokio::test]
async fn planted_faults_spoil_the_calls_they_match_and_no_others() {
    let azure = Azure::new();
    let script = azure.simulation.script();
    let id = azure.id("vm-web-01");
    script.throttle_next("/instanceView", 1, 7);
    let throttled = azure.get(&format!("{id}/instanceView")).await;
    assert_eq!(
        (throttled.status, throttled.headers["retry-after"].to_str().unwrap()),
        (StatusCode::TOO_MANY_REQUESTS, "7")
    );
    assert_eq!(azure.get(&format!("{id}/instanceView")).await.status, StatusCode::OK);

    let answer = FaultAnswer::ComputeThrottle { retry_after: 1200 };
    script.fail(Fault { path: "virtualmachines".to_owned(), graph_page: None, times: 1, answer });
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
    assert_eq!(azure.view(&id).await["preMaintenanceWindowStartTime"], "the 31st of November");
    script.corrupt_update_row(&id, json!({ "value": "nothing" }));
    let rows = azure.rows(&format!("{UPDATES} | where name =~ '{id}'")).await;
    assert_eq!(rows[0]["properties"]["value"], "nothing");
    script.heal(&id);
    assert!(azure.view(&id).await["preMaintenanceWindowStartTime"].as_str().unwrap().starts_with("2026"));
}

#[tokio::test]
async fn a_script_announces_moves_and_cancels_a_wave() {
    let azure = Azure::new();
    let script = azure.simulation.script();
    let subscription = script.subscription("Contoso Lab").unwrap().id;
    let id = script.add_machine(SimulatedMachine::new(&subscription, "rg-new", "vm-new", "westus", start()));
    assert_eq!(azure.view(&id).await, Value::Null);
    let day = |days: i64| start() + TimeDelta::days(days);
    let wave = Wave::new(
        "NEW-1",
        "westus",
        day(1),
        Some(SimulatedWindow::new(day(2), day(4))),
        SimulatedWindow::new(day(6), day(7)),
    );
    script.announce(wave.with_targets([id.clone()]));
    assert_eq!(azure.view(&id).await, Value::Null);
    azure.clock.set(day(3));
    assert_eq!(azure.view(&id).await["isCustomerInitiatedMaintenanceAllowed"], true);
    script.reschedule(
        "NEW-1",
        Some(SimulatedWindow::new(day(5), day(8))),
        SimulatedWindow::new(day(9), day(10)),
    );
    let moved = azure.view(&id).await;
    assert_eq!(moved["isCustomerInitiatedMaintenanceAllowed"], false);
    assert_eq!(moved["preMaintenanceWindowStartTime"], "2026-11-28T09:00:00+00:00");
    script.set_power(&id, SimulatedPower::Deallocated);
    script.set_power(&id, SimulatedPower::Running);
    assert_eq!(azure.view(&id).await, Value::Null, "it moved to another host");
    script.join_wave("NEW-1", &id);
    assert_ne!(azure.view(&id).await, Value::Null);
    script.cancel("NEW-1", day(3));
    assert_eq!(azure.view(&id).await, Value::Null);
    script.remove_machine(&id);
    assert_eq!(azure.get(&format!("{id}/instanceView")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_answer_can_be_no_json_break_off_be_huge_or_get_lost() {
    let azure = Azure::new();
    let script = azure.simulation.script();
    for answer in [
        FaultAnswer::HtmlPage,
        FaultAnswer::NotJson,
        FaultAnswer::BrokenBody,
        FaultAnswer::Oversized(5_000_000),
    ] {
        script.fail(Fault { path: String::new(), graph_page: None, times: 1, answer });
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/subscriptions?api-version=2022-12-01", listener.local_addr().unwrap());
    let (simulation, clock) = (azure.simulation.clone(), azure.clock.clone());
    let served = tokio::spawn(async move { simulation.serve(listener, clock).await });
    rustls::crypto::ring::default_provider().install_default().ok();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let get = async || client.get(&address).bearer_auth("somebody").send().await.unwrap();
    assert_eq!(get().await.status(), 502);
    assert!(get().await.json::<Value>().await.unwrap_err().is_decode());
    let broken = get().await;
    assert_eq!(broken.status(), 200);
    assert!(broken.bytes().await.is_err());
    assert!(get().await.bytes().await.unwrap().len() > 5_000_000);
    assert!(get().await.json::<Value>().await.unwrap()["value"].is_array());
    for answer in [FaultAnswer::LostCall, FaultAnswer::LostAnswer] {
        script.fail(Fault { path: "performMaintenance".to_owned(), graph_page: None, times: 1, answer });
    }
    let id = azure.id("vm-web-01");
    let address = address
        .replace("/subscriptions?", &format!("{id}/performMaintenance?"))
        .replace("2022-12-01", "2024-11-01");
    for effect in [false, true] {
        let post = client.post(&address).bearer_auth("somebody").send().await;
        assert!(post.unwrap_err().is_request());
        let row = &azure.rows(&format!("{UPDATES} | where name =~ '{id}'")).await[0];
        assert_eq!(row["properties"]["value"][0]["status"] == "InProgress", effect);
    }
    served.abort();
}

#[tokio::test]
async fn a_machine_can_be_missing_from_resource_graph_alone() {
    let azure = Azure::new();
    let id = azure.id("vm-web-01");
    let count = async || azure.rows(&format!("{UPDATES} | where name =~ '{id}'")).await.len();
    assert_eq!(count().await, 1);
    assert!(azure.simulation.script().unlist("PYN_-ZL8", &id, true));
    assert_eq!(count().await, 0);
    assert_ne!(azure.view(&id).await, Value::Null);
}

#[tokio::test(start_paused = true)]
async fn an_answer_can_stall() {
    let azure = Azure::new();
    azure.simulation.script().fail(Fault {
        path: "/subscriptions".to_owned(),
        graph_page: None,
        times: 1,
        answer: FaultAnswer::Stalled,
    });
    let hour = std::time::Duration::from_secs(3600);
    assert!(tokio::time::timeout(hour, azure.get("/subscriptions")).await.is_err());
    assert!(tokio::time::timeout(hour, azure.get("/subscriptions")).await.is_ok());
}
