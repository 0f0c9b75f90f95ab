//! Attacks on what stands in front of the handler, against the real program with a tenant behind it.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use maintenance_notifier::clock::{Clock, SharedClock, SystemClock};
use maintenance_notifier::demo::{Simulation, SimulationOptions};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::answer::Verdict;
use super::encode;
use super::process::Process;
use super::processes::{Staged, settings};
use super::round::demo::impatient;
use super::simulator::Simulator;
use super::visits::Visit;

const PUBLIC: &str = "https://notifier.contoso.com";

/// The program under the host, with a simulated Azure.
struct Tenant {
    staged: Staged,
    process: Process,
    host: Simulator,
}

impl Tenant {
    async fn start() -> Self {
        let now = SystemClock.now();
        let mut options = SimulationOptions::new(now);
        (options.seed, options.machines) = (7, 20);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let azure = format!("http://{}", listener.local_addr().unwrap());
        let clock: SharedClock = Arc::new(SystemClock);
        tokio::spawn(async move { Simulation::new(options).serve(listener, clock).await });
        let staged = Staged::new();
        std::fs::write(staged.root().join("notifier.toml"), impatient(now)).unwrap();
        let mut settings = settings(staged.root(), &azure).to_vec();
        settings.push(("NOTIFIER_PUBLIC_URL", PUBLIC.to_owned()));
        let settings: Vec<(&str, &str)> =
            settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let process = Process::start(staged.root(), &settings);
        process.ready().await;
        let host = staged.host(&process);
        Self { staged, process, host }
    }

    /// Runs a timer and what it puts into the queues.
    async fn tick(&self, timer: &str) {
        let verdicts = self.host.tick(timer, 0).await;
        assert!(matches!(verdicts.as_slice(), [Verdict::Succeeded(_)]), "{timer}: {verdicts:?}");
        self.host.run_queues_to_their_ends().await;
    }

    /// A subscription that is watched.
    async fn subscription(&self) -> String {
        let verdicts = self.host.tick("CollectMaintenance", 0).await;
        assert!(matches!(verdicts.as_slice(), [Verdict::Succeeded(_)]), "{verdicts:?}");
        let subscription = self.host.queues.lock().unwrap().texts("collect-subscription").remove(0);
        self.host.run_queues_to_their_ends().await;
        subscription
    }

    /// Everything that left, as one text.
    fn outbox(&self) -> String {
        let mut all = String::new();
        for entry in std::fs::read_dir(self.staged.root().join("outbox")).unwrap() {
            all.push_str(&text_of(&entry.unwrap().path()));
        }
        all
    }

    /// How often `function` was invoked, as the log has it. Ends the process.
    async fn invocations(&mut self, function: &str) -> usize {
        let log = self.process.log().await;
        let (succeeded, failed) = (format!("{function} succeeded"), format!("{function} failed"));
        let said = log.iter().filter_map(|event| event["message"].as_str());
        said.filter(|line| line.starts_with(&succeeded) || line.starts_with(&failed)).count()
    }
}

/// A whole run, with looks, messages and deliveries: the log names people by what stands for them.
#[tokio::test]
async fn no_line_of_a_whole_run_has_an_address() {
    let mut tenant = Tenant::start().await;
    tenant.subscription().await;
    for timer in ["PlanNotifications", "SweepMachines", "FollowStarts", "PlanNotifications"] {
        tenant.tick(timer).await;
    }
    assert!(tenant.outbox().contains("@contoso.com"), "something was sent");
    let log = tenant.process.log().await;
    let lines: Vec<String> = log.iter().map(Value::to_string).collect();
    assert!(lines.iter().any(|line| line.contains("delivered a message")), "{lines:#?}");
    assert!(lines.iter().any(|line| line.contains("person-")), "{lines:#?}");
    let with = lines.iter().find(|line| line.contains('@') || line.contains("%40"));
    assert_eq!(with, None);
}

/// A file with what is folded or quoted in mails put together again.
fn text_of(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap().replace("=\r\n", "").replace("\r\n ", "")
}

fn alert(subscription: &str) -> String {
    json!({
        "schemaId": "azureMonitorCommonAlertSchema",
        "data": {
            "essentials": { "alertTargetIDs": [format!("/subscriptions/{subscription}")] },
            "alertContext": { "properties": { "incidentType": "Maintenance", "trackingId": "NEW1-AB0", "stage": "Active" } },
        },
    })
    .to_string()
}

/// What somebody writes into a request so that the app takes its own address for theirs.
const FORGED_ADDRESS: [(&str, &str); 5] = [
    ("X-Forwarded-Host", "evil.example"),
    ("Forwarded", "host=evil.example;proto=https"),
    ("X-Original-Host", "evil.example"),
    ("X-Original-URL", "https://evil.example/genuine"),
    ("Origin", "https://evil.example"),
];

#[tokio::test]
async fn s14_links_are_those_of_the_configured_address_whoever_was_asked() {
    let tenant = Tenant::start().await;
    let subscription = tenant.subscription().await;
    let forged = Visit { host: Some("evil.example"), headers: &FORGED_ADDRESS, ..Visit::default() };
    for path in ["/", "/genuine", "/health", "/nowhere"] {
        let answer = tenant.host.forward("Web", &Visit { method: "GET", path, ..forged }).await;
        let headers = format!("{:?}", answer.headers);
        assert!(!answer.text().contains("evil") && !headers.contains("evil"), "{path}: {headers}");
    }
    let body = alert(&subscription);
    let path = "/hooks/service-health";
    let hook = Visit { method: "POST", path, body: Some(&body), has_key: true, ..forged };
    let answer = tenant.host.call("ReceiveServiceHealthAlert", &hook).await;
    assert_eq!(answer.status, 200);
    assert!(!answer.text().contains("evil"));
    tenant.host.run_queues_to_their_ends().await;
    for _ in 0..2 {
        tenant.tick("PlanNotifications").await;
    }
    let sent = tenant.outbox();
    assert!(sent.contains(&format!("{PUBLIC}/genuine")), "mails link to the configured address");
    assert!(!sent.contains("evil.example") && !sent.contains("azurewebsites.net"));
}

/// Whoever has the key of the Event Grid extension can deliver events; nobody else, and nobody gets the app to call
/// an address that they chose.
#[tokio::test]
async fn s18_event_grid_needs_the_key_and_a_validation_address_is_never_fetched() {
    let mut tenant = Tenant::start().await;
    let bait = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/validate", bait.local_addr().unwrap());
    let handshake = json!({
        "id": "1", "topic": "/subscriptions/x", "subject": "", "eventTime": "2026-11-23T08:00:00Z", "dataVersion": "2",
        "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent",
        "data": { "validationCode": "512d38b6", "validationUrl": address },
    });
    let other = json!({
        "specversion": "1.0", "id": "2", "type": "Some.Event", "source": address, "dataschema": address, "subject": "s",
        "data": { "url": address, "validationUrl": address },
    });
    let name = "ReceiveMaintenanceEvent";
    let host = &tenant.host;
    assert_eq!(host.event_grid_webhook(name, false, std::slice::from_ref(&other)).await, 401);
    assert_eq!(host.event_grid_webhook(name, true, std::slice::from_ref(&handshake)).await, 200);
    // The host answered both. What it would not take for a handshake comes to the handler.
    let events = [handshake, other];
    assert_eq!(host.event_grid_webhook(name, true, &events).await, 202);
    for visited in ["/ReceiveMaintenanceEvent", "/runtime/webhooks/eventgrid"] {
        let body = encode::events(host.function(name), &events).to_string();
        let visit = Visit { method: "POST", path: visited, body: Some(&body), ..Visit::default() };
        assert_eq!(host.forward("Web", &visit).await.status, 404, "{visited}");
    }
    assert!(host.queues.lock().unwrap().texts("collect-subscription").is_empty());
    assert_eq!(tenant.invocations(name).await, 1);
    // The process is gone, and had it ever called, its connection would wait here.
    bait.set_nonblocking(true).unwrap();
    assert_eq!(bait.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}

/// Who signed in, as Azure's guard in front of the app writes it. Without the guard, anybody can write it.
fn principal() -> String {
    use base64::Engine;
    let claims = json!({ "auth_typ": "aad", "claims": [
        { "typ": "appid", "val": "461e8683-5575-4561-ac7f-899cc907d62a" },
        { "typ": "roles", "val": "ActionGroupsSecureWebhook" },
        { "typ": "preferred_username", "val": "admin@contoso.com" },
    ]});
    base64::engine::general_purpose::STANDARD.encode(claims.to_string())
}

#[tokio::test]
async fn s19_a_forged_principal_changes_nothing_and_opens_nothing() {
    let mut tenant = Tenant::start().await;
    let principal = principal();
    let forged = [
        ("X-MS-CLIENT-PRINCIPAL", principal.as_str()),
        ("X-MS-CLIENT-PRINCIPAL-ID", "461e8683-5575-4561-ac7f-899cc907d62a"),
        ("X-MS-CLIENT-PRINCIPAL-NAME", "admin@contoso.com"),
        ("X-MS-CLIENT-PRINCIPAL-IDP", "aad"),
        ("X-MS-TOKEN-AAD-ACCESS-TOKEN", "forged"),
    ];
    let mut statuses = String::new();
    for (method, path) in [
        ("GET", "/genuine"),
        ("GET", "/health"),
        ("GET", "/nowhere"),
        ("POST", "/genuine"),
        ("POST", "/hooks/service-health"),
    ] {
        let plain = Visit { method, path, ..Visit::default() };
        let without = tenant.host.forward("Web", &plain).await;
        let with = tenant.host.forward("Web", &Visit { headers: &forged, ..plain }).await;
        assert_eq!((with.status, with.text()), (without.status, without.text()), "{method} {path}");
        writeln!(statuses, "{method} {path}: {}", with.status).unwrap();
    }
    insta::assert_snapshot!(statuses, @"
    GET /genuine: 200
    GET /health: 503
    GET /nowhere: 404
    POST /genuine: 405
    POST /hooks/service-health: 404
    ");
    let subscription = tenant.subscription().await;
    let body = alert(&subscription);
    let hook = Visit { method: "POST", path: "/hooks/service-health", body: Some(&body), ..Visit::default() };
    let name = "ReceiveServiceHealthAlert";
    for headers in [&[][..], &forged] {
        assert_eq!(tenant.host.call(name, &Visit { headers, ..hook }).await.status, 401);
    }
    assert!(tenant.host.queues.lock().unwrap().texts("collect-subscription").is_empty());
    let mut answers = Vec::new();
    for headers in [&[][..], &forged] {
        let answer = tenant.host.call(name, &Visit { headers, has_key: true, ..hook }).await;
        answers.push((answer.status, answer.text()));
    }
    assert_eq!(answers[0], (200, json!({ "result": "1 subscriptions to look at" }).to_string()));
    assert_eq!(answers[0], answers[1]);
    let queued = tenant.host.queues.lock().unwrap().texts("collect-subscription");
    assert_eq!(queued, [subscription.clone(), subscription]);
    assert_eq!(tenant.invocations(name).await, 2, "what had no key never came to the handler");
}

/// Visitors are let through to the pages by the function `Web`, which takes every path; a path may name a function.
#[tokio::test]
async fn s21_what_visitors_post_never_reaches_a_function() {
    let mut tenant = Tenant::start().await;
    let own = format!("127.0.0.1:{}", tenant.process.port);
    let names: Vec<String> = tenant.staged.functions.iter().map(|function| function.name.clone()).collect();
    for name in &names {
        let function = tenant.host.function(name);
        let body = encode::envelope(
            name,
            (
                function.trigger()["name"].as_str().unwrap(),
                &encode::Net::Object(json!({ "IsPastDue": false })),
            ),
            &[],
        );
        let body = body.to_string();
        let path = format!("/{name}");
        for host in [None, Some(own.as_str()), Some("localhost")] {
            let headers = [("Content-Type", "application/json")];
            let visit = Visit {
                method: "POST",
                path: &path,
                host,
                headers: &headers,
                body: Some(&body),
                ..Visit::default()
            };
            let answer = tenant.host.forward("Web", &visit).await;
            assert_eq!(
                (answer.status, answer.text()),
                (404, "There is no such page here.\n".to_owned()),
                "{name}"
            );
        }
    }
    let log = tenant.process.log().await;
    let worked = |event: &&Value| {
        let line = event["message"].as_str().unwrap_or_default();
        names.iter().any(|name| {
            line.starts_with(&format!("{name} succeeded")) || line.starts_with(&format!("{name} failed"))
        })
    };
    assert_eq!(log.iter().filter(worked).collect::<Vec<_>>(), Vec::<&Value>::new());
}
