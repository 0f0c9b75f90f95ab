//! What is pushed leads to what polling finds.

use chrono::TimeDelta;
use maintenance_notifier::demo::{SimulatedResult, SimulatedWindow, Wave};
use maintenance_notifier::domain::operator_alert::OperatorAlert;
use maintenance_notifier::domain::stage::Stage;
use maintenance_notifier::domain::window::{EndReason, MaintenanceWindow, WindowState};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_util::sync::CancellationToken;

use super::{Tenant, alert, availability, disordered, mail_report, scheduled_event, start};

#[tokio::test]
async fn f7_push_and_poll_notify_of_the_same() {
    let (polled, pushed) = (Tenant::start().await, Tenant::start().await);
    let planned = polled.simulation.script().planned(start());
    let known = polled.machines().await;
    let subscription = known[0].split('/').nth(2).unwrap().to_owned();
    let all = polled.simulation.script().machines().into_iter().map(|machine| machine.id());
    let free = all.filter(|id| !planned.contains(id) && id.contains(&subscription));
    let free: Vec<String> = free.take(3).collect();
    assert!(!free.is_empty());

    let day = TimeDelta::days;
    let announced = start() + TimeDelta::hours(1);
    let window = |from: i64, to: i64| SimulatedWindow::new(announced + day(from), announced + day(to));
    for tenant in [&polled, &pushed] {
        let wave = Wave::new("NEW1-AB0", "westeurope", announced, Some(window(1, 20)), window(22, 30));
        tenant.simulation.script().announce(wave.with_targets(free.clone()));
        tenant.clock.set(announced + TimeDelta::minutes(1));
    }
    polled.collect().await;
    // The same news ten times, some of it five minutes late, about this subscription and a strange one.
    for late in 0..10 {
        let (status, _) =
            pushed.alert(&alert(&subscription, if late % 2 == 0 { "Planned" } else { "Active" })).await;
        assert_eq!(status, 200);
        pushed.events(&disordered(&[availability(&free[0])])).await;
    }
    for tenant in [&polled, &pushed] {
        tenant.live_until(announced + day(1)).await;
        tenant.simulation.script().reschedule("NEW1-AB0", Some(window(3, 20)), window(24, 30));
    }
    polled.collect().await;
    pushed.events(&disordered(&[availability(&free[0])])).await;
    for tenant in [&polled, &pushed] {
        tenant.live_until(announced + day(2)).await;
        let at = tenant.app.clock.now();
        let done = || SimulatedResult { at, code: "MaintenanceCompleted".to_owned(), message: None };
        for machine in &free {
            tenant.simulation.script().set_last_result("NEW1-AB0", machine, done());
        }
    }
    polled.collect().await;
    pushed.clock.advance(TimeDelta::minutes(5));
    pushed.events(&disordered(&free.iter().map(|id| availability(id)).collect::<Vec<_>>())).await;
    for tenant in [&polled, &pushed] {
        tenant.live_until(announced + day(3)).await;
    }
    let notified = polled.notified_of(&free).await;
    for stage in [Stage::Announced, Stage::Rescheduled, Stage::Completed] {
        assert!(notified.iter().any(|line| line.contains(stage.as_str())), "{stage}: {notified:#?}");
    }
    assert_eq!(pushed.notified_of(&free).await, notified);
}

#[tokio::test]
async fn f7_what_happens_within_minutes_is_notified_once_and_at_night() {
    let tenant = Tenant::start().await;
    let machines = tenant.machines().await;
    let [twice, called_off, paused, ..] = machines.as_slice() else { panic!("{machines:?}") };
    let night = start() + TimeDelta::hours(16);
    tenant.clock.set(night + TimeDelta::minutes(5));
    let event =
        |machine: &str, id: &str, kind: &str, status: &str| scheduled_event(machine, id, kind, status, night);
    let news = [
        event(twice, "e1", "Reboot", "Scheduled"),
        event(twice, "e1", "Reboot", "Started"),
        event(called_off, "e2", "Redeploy", "Scheduled"),
        event(called_off, "e2", "Redeploy", "Canceled"),
        event(paused, "e3", "Freeze", "Scheduled"),
        event(paused, "e4", "Preempt", "Scheduled"),
    ];
    for (machine, id, kind, status) in [
        (twice, "e1", "Reboot", "Scheduled"),
        (called_off, "e2", "Redeploy", "Canceled"),
        (paused, "e3", "Freeze", "Scheduled"),
        (paused, "e4", "Preempt", "Scheduled"),
    ] {
        tenant.lists(machine, id, kind, status, night);
    }
    // All at once, and then each again by itself.
    tenant.events(&disordered(&news)).await;
    for event in news.iter().rev() {
        tenant.events(std::slice::from_ref(event)).await;
    }
    let noted = tenant.windows().await;
    for _ in 0..2 {
        tenant.plan().await;
        tenant.events(&disordered(&news)).await;
        assert_eq!(tenant.windows().await, noted);
    }
    let recipients = {
        let windows = tenant.notified().await;
        let line = format!("{}#1 announced", twice.to_lowercase());
        windows.iter().filter(|notified| notified.contains(&line)).count()
    };
    assert!(recipients > 0);
    assert_eq!(tenant.messages_about(twice, Stage::Imminent).await, recipients);
    assert_eq!(tenant.messages_about(called_off, Stage::Imminent).await, 0);
    assert_eq!(tenant.messages_about(paused, Stage::Imminent).await, 0);
    // Another event of the same machine is news again; one that is hours late is not.
    tenant.lists(twice, "e5", "Redeploy", "Scheduled", night);
    tenant.events(&[event(twice, "e5", "Redeploy", "Scheduled")]).await;
    tenant.plan().await;
    assert_eq!(tenant.messages_about(twice, Stage::Imminent).await, 2 * recipients);
    tenant.clock.advance(TimeDelta::hours(3));
    tenant.events(&[event(twice, "e6", "Redeploy", "Scheduled")]).await;
    tenant.plan().await;
    assert_eq!(tenant.messages_about(twice, Stage::Imminent).await, 2 * recipients);
}

#[tokio::test]
async fn s20_what_is_forged_has_no_effect_beyond_a_look() {
    let tenant = Tenant::start().await;
    let (windows, notified) = (tenant.windows().await, tenant.notified().await);
    let known = windows[0].id.resource.as_str();
    let subscription = known.split('/').nth(2).unwrap();
    let strange = known.replace(subscription, "00000000-0000-0000-0000-00000000beef");
    let invented = format!(
        "/subscriptions/{subscription}/resourceGroups/rg-none/providers/Microsoft.Compute/virtualMachines/invented"
    );
    let now = tenant.app.clock.now();

    let elsewhere = [
        scheduled_event(&strange, "f1", "Reboot", "Scheduled", now),
        availability(&strange),
        mail_report("ceo@contoso.com", None, "Bounced", now),
        json!({ "eventType": "Microsoft.Storage.BlobCreated", "data": {}}),
    ];
    assert_eq!(tenant.events(&elsewhere).await, 0);
    let forged = [
        scheduled_event(&invented, "f2", "Reboot", "Scheduled", now),
        scheduled_event(&invented, "f3", "Terminate", "Scheduled", now),
        availability(&invented),
    ];
    assert_eq!(tenant.events(&forged).await, 1, "one look for the batch");
    let (status, said) = tenant.alert(&alert("00000000-0000-0000-0000-00000000beef", "Canceled")).await;
    assert_eq!((status, said.as_str()), (200, r#"{"result":"0 subscriptions to look at"}"#));
    let (status, _) = tenant.alert(&alert(subscription, "Canceled")).await;
    assert_eq!(status, 200);
    tenant.plan().await;
    assert_eq!(tenant.windows().await, windows);
    assert_eq!(tenant.notified().await, notified);
    assert_eq!(tenant.app.repository.dead_endpoints().await.unwrap(), []);
    assert_eq!(
        tenant
            .operator_alerts()
            .await
            .iter()
            .filter(|operator_alert| operator_alert.key().contains("invented"))
            .count(),
        0
    );

    // What cannot be read is set aside: operators are notified of it, and it takes nothing with it.
    let (status, said) = tenant.alert(&json!([1])).await;
    assert_eq!(status, 400, "{said}");
    let batch = [json!({ "eventType": "x" }), availability(known)];
    assert_eq!(tenant.events(&batch).await, 1);
    let unreadable = tenant.operator_alerts().await.into_iter().filter(|operator_alert| matches!(operator_alert, OperatorAlert::Unreadable { what, .. } if what.contains("event") || what.contains("alert")));
    assert_eq!(unreadable.count(), 2);
}

/// The address that `local` and `demo` serve beside the pages, asked as an action group asks it.
#[tokio::test]
async fn an_alert_is_taken_at_its_address() {
    let tenant = Tenant::start().await;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let cancel = CancellationToken::new();
    let server = tokio::spawn({
        let (host, cancel) = (tenant.host.clone(), cancel.clone());
        async move { maintenance_notifier::functions::serve(listener, host.web(), cancel.cancelled_owned()).await }
    });
    let key = tenant.host.hook_key().to_owned();
    let asked = async |head: &str, headers: &str, body: &str| {
        let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
        let length = body.len();
        let request = format!(
            "{head} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/json\r\n\
             {headers}Content-Length: {length}\r\n\r\n{body}"
        );
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let kind = head.lines().find(|line| line.to_lowercase().starts_with("content-type"));
        format!("{} | {} | {}", head.lines().next().unwrap(), kind.unwrap_or_default(), body.trim_end())
    };
    let ask = async |head: &str, body: &str| asked(head, "", body).await;
    let keyed = format!("POST /hooks/service-health?code={key}");
    let subscription = tenant.windows().await[0].id.resource.subscription();
    let wave = alert(subscription.as_str(), "Active").to_string();
    let other =
        json!({ "schemaId": "azureMonitorCommonAlertSchema", "data": { "alertContext": {} }}).to_string();
    let answers = [
        ask(&format!("POST /hooks/service-health?code={key}"), &wave).await,
        ask(&format!("POST /Hooks/Service-Health/?code={key}"), &wave).await,
        ask(&keyed, "not JSON").await,
        ask(&keyed, "").await,
        ask(&keyed, &other).await,
        ask("GET /hooks/service-health", "").await,
        ask("POST /hooks/service-health/more", &wave).await,
        ask("POST /ReceiveServiceHealthAlert", &wave).await,
    ];
    insta::assert_snapshot!(answers.join("\n"), @r#"
    HTTP/1.1 200 OK | content-type: application/json | {"result":"1 subscriptions to look at"}
    HTTP/1.1 200 OK | content-type: application/json | {"result":"1 subscriptions to look at"}
    HTTP/1.1 400 Bad Request | content-type: application/json | {"result":"it is not JSON: expected ident at line 1 column 2"}
    HTTP/1.1 400 Bad Request | content-type: application/json | {"result":"it is not JSON: EOF while parsing a value at line 1 column 0"}
    HTTP/1.1 200 OK | content-type: application/json | {"result":"not about planned maintenance"}
    HTTP/1.1 404 Not Found | content-type: text/plain; charset=utf-8 | There is no such page here.
    HTTP/1.1 404 Not Found | content-type: text/plain; charset=utf-8 | There is no such page here.
    HTTP/1.1 404 Not Found |  |
    "#);
    assert_eq!(tenant.host.queued("collect-subscription"), 2);
    tenant.drain().await;
    // Nobody without the key, whatever of it they know; and the host of a moment ago had another.
    let path = "POST /hooks/service-health";
    for head in
        [path.to_owned(), format!("{path}?code="), format!("{path}?code={}", &key[1..]), format!("{keyed}0")]
    {
        assert_eq!(ask(&head, &wave).await, "HTTP/1.1 401 Unauthorized |  | ", "{head}");
    }
    let other_key = format!("x-functions-key: {}\r\n", Tenant::start().await.host.hook_key());
    assert!(asked(path, &other_key, &wave).await.starts_with("HTTP/1.1 401"));
    assert_eq!(tenant.host.queued("collect-subscription"), 0);
    let header = format!("X-Functions-Key: {key}\r\n");
    assert!(asked(path, &header, &wave).await.starts_with("HTTP/1.1 200"));
    assert_eq!(tenant.host.queued("collect-subscription"), 1);
    cancel.cancel();
    let _ = server.await.unwrap().unwrap();
}

#[tokio::test]
async fn f7_a_wave_that_an_alert_calls_off_ends_as_cancelled_once_azure_shows_it() {
    let tenant = Tenant::start().await;
    let wave = tenant.windows().await.into_iter().find(|window| {
        window.tracking_ids.len() == 1
            && tenant
                .simulation
                .script()
                .waves()
                .iter()
                .any(|wave| wave.tracking_id == window.tracking_ids[0])
    });
    let wave = wave.expect("a window says which wave it is of");
    let (id, subscription) = (wave.tracking_ids[0].clone(), wave.id.resource.subscription());
    let mut called_off = alert(subscription.as_str(), "Canceled");
    called_off["data"]["alertContext"]["properties"]["trackingId"] = id.clone().into();
    tenant.clock.advance(TimeDelta::minutes(10));
    // The word alone ends nothing: the machines still show their windows.
    tenant.alert(&called_off).await;
    let of_wave = |windows: Vec<MaintenanceWindow>| -> Vec<MaintenanceWindow> {
        let is_of_wave = |window: &MaintenanceWindow| {
            window.id.resource.subscription() == subscription && window.tracking_ids == [id.clone()]
        };
        windows.into_iter().filter(is_of_wave).collect()
    };
    assert!(of_wave(tenant.windows().await).iter().all(MaintenanceWindow::is_open));
    let now = tenant.app.clock.now();
    tenant.simulation.script().cancel(&id, now);
    tenant.clock.advance(TimeDelta::minutes(5));
    tenant.collect().await;
    for window in of_wave(tenant.windows().await) {
        let cancelled = matches!(window.state, WindowState::Ended { why: EndReason::Cancelled, .. });
        assert!(cancelled || window.is_over() && window.is_open(), "{window:?}");
    }
}
