//! Events and alerts under the local host, against the simulated Azure: hints that come late, often and in any order
//! lead to the messages that polling leads to, and what is forged leads to nothing.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use maintenance_notifier::clock::ManualClock;
use maintenance_notifier::config::Environment;
use maintenance_notifier::deliver::{CommunicationAccess, CommunicationServices, MailTransport};
use maintenance_notifier::demo::{
    SimulatedEvent, SimulatedResult, SimulatedWindow, Simulation, SimulationOptions, Wave, configuration,
};
use maintenance_notifier::domain::endpoint::Endpoint;
use maintenance_notifier::domain::operator_alert::OperatorAlert;
use maintenance_notifier::domain::stage::Stage;
use maintenance_notifier::domain::window::{EndReason, MaintenanceWindow, WindowState};
use maintenance_notifier::local::{FUNCTION_FOLDERS, LocalHost, LocalHostOptions};
use maintenance_notifier::services::App;
use maintenance_notifier::services::parked::{park, unpark};
use maintenance_notifier::services::parked_looks::{is_to_be_parked, tend_parked};
use maintenance_notifier::services::retention::clean_up;
use maintenance_notifier::services::retry::{Retried, retry};
use maintenance_notifier::startup;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// A Monday, in working hours everywhere that matters.
pub(crate) fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 23, 9, 0, 0).unwrap()
}

pub(crate) struct Tenant {
    simulation: Simulation,
    pub(crate) app: Arc<App>,
    host: LocalHost,
    pub(crate) clock: Arc<ManualClock>,
    _folder: tempfile::TempDir,
}

impl Tenant {
    /// The demo's tenant, looked at once.
    async fn start() -> Self {
        Self::start_by(None).await
    }

    /// The same, whose mails leave by Communication Services or into a folder.
    pub(crate) async fn start_by(communication: Option<axum::Router>) -> Self {
        let clock = Arc::new(ManualClock::new(start()));
        let mail = match communication {
            Some(takes) => Some(communication_services(&clock, takes).await),
            None => None,
        };
        Self::start_with(clock, mail).await
    }

    /// The same, whose mails leave by `mail` or into a folder.
    pub(crate) async fn start_with(clock: Arc<ManualClock>, mail: Option<MailTransport>) -> Self {
        let simulation = Simulation::new(SimulationOptions::new(start()));
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let azure = format!("http://{}", listener.local_addr().unwrap());
        let (server, time) = (simulation.clone(), clock.clone());
        tokio::spawn(async move { server.serve(listener, time).await });

        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        std::fs::write(path("notifier.toml"), configuration(start())).unwrap();
        let environment = Environment::from_pairs([
            ("NOTIFIER_CONFIG", path("notifier.toml")),
            ("NOTIFIER_STORE", format!("sqlite:{}", path("state.db"))),
            ("NOTIFIER_OUTBOX", path("outbox")),
            ("NOTIFIER_ARM_ENDPOINT", azure.clone()),
            ("NOTIFIER_ARM_AUDIENCE", azure.clone()),
            ("IDENTITY_ENDPOINT", format!("{azure}/msi/token")),
            ("IDENTITY_HEADER", "simulated-identity".to_owned()),
            ("NOTIFIER_MAIL_FROM", "azure-maintenance@contoso.com".to_owned()),
        ]);
        let shared: maintenance_notifier::clock::SharedClock = clock.clone();
        let loaded = startup::load(&environment, &shared).await.unwrap();
        let mut app = startup::app(loaded, shared).await.unwrap();
        if let Some(mail) = mail {
            Arc::get_mut(&mut app).unwrap().deliverers.mail = mail;
        }
        app.ask_once();
        let functions = startup::functions(&app);
        functions.check_folders(FUNCTION_FOLDERS).unwrap();
        let options = LocalHostOptions::new(clock.clone(), |_| Some("0 * * * * *".to_owned()));
        let host = LocalHost::new(functions.into_router().unwrap(), options).unwrap();
        let tenant = Self { simulation, app, host, clock, _folder: folder };
        tenant.collect().await;
        tenant.plan().await;
        tenant
    }

    async fn collect(&self) {
        self.host.invoke_timer("CollectMaintenance").await.unwrap();
        self.drain().await;
    }

    async fn drain(&self) {
        let report = self.host.drain_queues().await;
        assert_eq!((report.failed, report.poisoned), (0, vec![]));
    }

    pub(crate) async fn plan(&self) {
        self.host.invoke_timer("PlanNotifications").await.unwrap();
        self.drain().await;
    }

    /// Delivers events and does what they ask for. Returns how many looks that was.
    pub(crate) async fn events(&self, events: &[Value]) -> usize {
        self.host.invoke_events("ReceiveMaintenanceEvent", events).await.unwrap();
        let looks = self.host.queued("collect-subscription");
        self.drain().await;
        looks
    }

    async fn alert(&self, body: &Value) -> (u16, String) {
        let reply = self.host.invoke_http("ReceiveServiceHealthAlert", &body.to_string()).await.unwrap();
        self.drain().await;
        (reply.status, reply.body)
    }

    /// Plans every three hours until `time`.
    async fn live_until(&self, time: DateTime<Utc>) {
        while self.app.clock.now() < time {
            self.clock.advance(TimeDelta::hours(3));
            self.plan().await;
        }
    }

    async fn windows(&self) -> Vec<MaintenanceWindow> {
        let (tenant, _) = self.app.repository.tenant().await.unwrap();
        let mut all = Vec::new();
        for id in &tenant.known_subscriptions {
            let rows = self.app.repository.windows(id).await.unwrap().rows;
            all.extend(rows.into_iter().map(|row| row.value.window));
        }
        all
    }

    /// Has Azure list an event a quarter of an hour ahead of `at`, as it lists what it sends.
    fn lists(&self, machine: &str, id: &str, kind: &str, status: &str, at: DateTime<Utc>) {
        self.simulation.script().list_event(SimulatedEvent {
            id: id.to_owned(),
            machine: machine.to_owned(),
            kind: kind.to_owned(),
            status: status.to_owned(),
            not_before: at + TimeDelta::minutes(15),
            duration: None,
        });
    }

    /// Machines of their own with an open window, in order.
    async fn machines(&self) -> Vec<String> {
        let open = self.windows().await.into_iter().filter(|window| !window.is_over());
        let ids = open.map(|window| window.id.resource.as_str().to_owned());
        ids.filter(|id| !id.contains("virtualMachineScaleSets") && id.contains("/virtualMachines/")).collect()
    }

    /// Everything that was ever sent: to whom, where, what of which window.
    async fn notified(&self) -> Vec<String> {
        let mut notified = Vec::new();
        for row in self.app.repository.outbox_rows().await.unwrap().rows {
            let row = row.value;
            let message = self.app.repository.message(&row.recipient, row.sequence).await.unwrap().unwrap();
            let message = message.value;
            let items = message
                .items
                .iter()
                .map(|item| format!("{} {} r{} {:?}", item.window, item.stage, item.revision.0, item.step));
            let items: Vec<String> = items.collect();
            notified.push(format!(
                "{} {} {} {} {}",
                row.recipient,
                row.sequence,
                row.endpoint.key(),
                message.kind.as_str(),
                items.join("; ")
            ));
        }
        notified.sort();
        notified
    }

    /// What was sent about some machines, in order for each recipient. Operators hear of other things in between.
    async fn notified_of(&self, machines: &[String]) -> Vec<String> {
        let mut notified = Vec::new();
        for row in self.app.repository.outbox_rows().await.unwrap().rows {
            let (recipient, sequence) = (row.value.recipient.clone(), row.value.sequence);
            let message = self.app.repository.message(&recipient, sequence).await.unwrap().unwrap().value;
            for item in message.items {
                if machines.iter().any(|id| id.eq_ignore_ascii_case(item.window.resource.as_str())) {
                    let line = format!("{} {} r{} {:?}", item.window, item.stage, item.revision.0, item.step);
                    notified.push((recipient.to_string(), sequence, row.value.endpoint.key(), line));
                }
            }
        }
        notified.sort();
        notified
            .into_iter()
            .map(|(recipient, _, endpoint, line)| format!("{recipient} {endpoint} {line}"))
            .collect()
    }

    /// How many messages to anyone tell of `stage`.
    async fn messages_about(&self, machine: &str, stage: Stage) -> usize {
        let line = format!("{}#1 {stage}", machine.to_lowercase());
        let notified = self.notified().await;
        notified.iter().filter(|notified| notified.contains(&line)).count()
    }

    pub(crate) async fn operator_alerts(&self) -> Vec<OperatorAlert> {
        self.app
            .repository
            .operator_alerts()
            .await
            .unwrap()
            .values()
            .map(|row| row.operator_alert.clone())
            .collect()
    }
}

fn scheduled_event(machine: &str, id: &str, kind: &str, status: &str, at: DateTime<Utc>) -> Value {
    let (_, name) = machine.rsplit_once('/').unwrap();
    let event = format!("{machine}/providers/microsoft.maintenance/scheduledevents/{id}");
    json!({
        "id": id, "topic": "/subscriptions/x", "subject": event, "eventTime": at.to_rfc3339(),
        "eventType": "Microsoft.ResourceNotifications.MaintenanceResources.ScheduledEventEmitted",
        "data": { "resourceInfo": { "id": event, "properties": {
            "EventId": id, "EventType": kind, "EventStatus": status, "ResourceType": "VirtualMachine",
            "Resources": [name], "EventSource": "Platform",
            "NotBefore": (at + TimeDelta::minutes(15)).format("%a, %d %b %Y %H:%M:%S GMT").to_string(),
        }}},
    })
}

fn availability(machine: &str) -> Value {
    json!({
        "id": "a", "source": "/subscriptions/x", "subject": machine, "specversion": "1.0",
        "type": "Microsoft.ResourceNotifications.HealthResources.AvailabilityStatusChanged",
        "data": { "resourceInfo": { "properties": { "targetResourceId": machine, "availabilityState": "Available" }}},
    })
}

fn alert(subscription: &str, stage: &str) -> Value {
    json!({
        "schemaId": "azureMonitorCommonAlertSchema",
        "data": {
            "essentials": { "alertTargetIDs": [format!("/subscriptions/{subscription}")] },
            "alertContext": { "channels": 1, "level": 3, "properties": {
                "incidentType": "Maintenance", "trackingId": "NEW1-AB0", "stage": stage,
            }},
        },
    })
}

pub(crate) fn mail_report(to: &str, operation: Option<Uuid>, status: &str, at: DateTime<Utc>) -> Value {
    json!({
        "id": "m", "subject": "message", "eventTime": at.to_rfc3339(),
        "eventType": "Microsoft.Communication.EmailDeliveryReportReceived",
        "data": { "recipient": to, "messageId": operation.map(|id| id.to_string()), "status": status,
                  "deliveryAttemptTimeStamp": at.to_rfc3339(),
                  "deliveryStatusDetails": { "statusMessage": "550 5.1.1 call +49 30 1234 at once" }},
    })
}

/// Ten of each, from the last to the first and back again.
pub(crate) fn disordered(events: &[Value]) -> Vec<Value> {
    (0..5).flat_map(|_| events.iter().rev().chain(events)).cloned().collect()
}

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

/// Communication Services that takes every mail and says no more of it.
fn takes_everything() -> axum::Router {
    axum::Router::new().fallback(|| async {
        let body = json!({ "id": "x", "status": "Running" }).to_string();
        (axum::http::StatusCode::ACCEPTED, body)
    })
}

/// The way to a stand-in for Communication Services.
async fn communication_services(clock: &Arc<ManualClock>, takes: axum::Router) -> MailTransport {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address: url::Url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move { axum::serve(listener, takes).await });
    let key = CommunicationAccess::Key("a2V5IG9mIHRoZSByZXNvdXJjZQ==".into());
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let services = CommunicationServices::new(client, &address, key, clock.clone()).unwrap();
    MailTransport::CommunicationServices(services)
}

/// A tenant whose mails leave by Communication Services, somebody named in a tag, and the operation of their mail.
async fn with_communication_services() -> (Tenant, String, Uuid) {
    let tenant = Tenant::start_by(Some(takes_everything())).await;
    let rows = tenant.app.repository.outbox_rows().await.unwrap().rows;
    let mut mails = rows.iter().filter_map(|row| match &row.value.endpoint {
        Endpoint::Email { address } if row.value.recipient.as_str().contains('@') => {
            Some((address.clone(), row.value.message.clone()))
        }
        _ => None,
    });
    let (address, message) = mails.next().expect("someone is named in a tag");
    let operation = tenant.app.deliverers.operation(&message, &address, 0).unwrap();
    (tenant, address.to_string(), operation)
}

#[tokio::test]
async fn f7_an_address_that_bounces_is_routed_around_until_it_takes_mail_again() {
    let (tenant, owner, operation) = with_communication_services().await;
    let report = |status: &str, at: DateTime<Utc>| mail_report(&owner, Some(operation), status, at);
    let bounced = tenant.app.clock.now();
    tenant.clock.advance(TimeDelta::minutes(10));
    let earlier = report("Delivered", bounced - TimeDelta::minutes(1));
    tenant.events(&disordered(&[report("Bounced", bounced), earlier.clone()])).await;
    tenant.events(&[earlier]).await;
    let dead = tenant.app.repository.dead_endpoints().await.unwrap();
    assert_eq!(dead.len(), 1);
    assert_eq!(
        dead[0].error,
        "the mail service reports that the address refused the mail (bounced), status 5.1.1: there is no such address"
    );
    let undeliverable = |operator_alerts: Vec<OperatorAlert>| {
        operator_alerts.iter().filter(|it| matches!(it, OperatorAlert::Undeliverable { .. })).count()
    };
    assert_eq!(undeliverable(tenant.operator_alerts().await), 1);
    let instead = tenant.app.repository.state(&"platform".parse().unwrap()).await.unwrap();
    let because = instead.assignments.iter().flat_map(|assignment| &assignment.reasons);
    let in_place = because
        .filter(|reason| format!("{reason:?}").contains(&format!("instead_of: RecipientName(\"{owner}\")")));
    assert!(in_place.count() > 0);

    tenant.events(&[report("Delivered", bounced + TimeDelta::minutes(5))]).await;
    assert_eq!(tenant.app.repository.dead_endpoints().await.unwrap(), []);
}

#[tokio::test]
async fn s20_a_forged_bounce_diverts_nothing_and_its_text_reaches_nobody() {
    let (tenant, owner, operation) = with_communication_services().await;
    let other = tenant.app.repository.outbox_rows().await.unwrap().rows.into_iter().find_map(|row| {
        let Endpoint::Email { address } = row.value.endpoint else { return None };
        (address.as_str() != owner).then(|| address.to_string())
    });
    let (other, now) = (other.expect("two get mail"), tenant.app.clock.now());
    let forged = [
        mail_report(&owner, None, "Bounced", now),
        mail_report(&owner, Some(Uuid::from_u128(7)), "Bounced", now),
        mail_report(&other, Some(operation), "Bounced", now),
        mail_report("stranger@contoso.com", Some(operation), "Suppressed", now),
    ];
    tenant.events(&disordered(&forged)).await;
    assert_eq!(tenant.app.repository.dead_endpoints().await.unwrap(), []);
    let alerts = tenant.operator_alerts().await;
    assert!(!alerts.iter().any(|alert| matches!(alert, OperatorAlert::Undeliverable { .. })), "{alerts:?}");
    // Nor does a true number bring foreign words along, or wake an address that refuses.
    tenant.events(&[mail_report(&owner, Some(operation), "Bounced", now)]).await;
    tenant.events(&[mail_report(&owner, None, "Delivered", now + TimeDelta::minutes(1))]).await;
    assert_eq!(tenant.app.repository.dead_endpoints().await.unwrap().len(), 1);
    assert!(!format!("{:?}", tenant.app.repository.dead_endpoints().await).contains("+49"));
    assert!(!format!("{:?}", tenant.operator_alerts().await).contains("+49"));
    // Mail that left by another way is none that Communication Services can report on.
    let folder = Tenant::start().await;
    let row = folder.app.repository.outbox_rows().await.unwrap().rows.remove(0).value;
    assert_eq!(folder.app.deliverers.operation(&row.message, &owner.parse().unwrap(), 0), None);
    folder.events(&[mail_report(&owner, Some(operation), "Bounced", now)]).await;
    assert_eq!(folder.app.repository.dead_endpoints().await.unwrap(), []);
}

#[tokio::test]
async fn f7_a_poison_message_is_parked_and_reported_once() {
    let tenant = Tenant::start().await;
    let parked = park(&tenant.app, "CollectSubscription", "no subscription!").await.unwrap();
    tenant.clock.advance(TimeDelta::minutes(1));
    assert_eq!(park(&tenant.app, "CollectSubscription", "no subscription!").await.unwrap(), parked);
    let poisoned =
        tenant.operator_alerts().await.into_iter().filter(|it| matches!(it, OperatorAlert::Poisoned { .. }));
    assert_eq!(poisoned.count(), 1);
}

#[tokio::test]
async fn f7_a_parked_message_and_its_alert_come_and_go_together() {
    let tenant = Tenant::start().await;
    let repository = &tenant.app.repository;
    let poisoned = async || {
        let alerts = tenant.operator_alerts().await;
        alerts.iter().filter(|alert| matches!(alert, OperatorAlert::Poisoned { .. })).count()
    };
    // More than an alert shows, with what it does not show; a second one that begins the same way.
    let text = |end: &str| format!("{{\n{}{end}", "é".repeat(300));
    let first = park(&tenant.app, "DeliverMessage", &text("first")).await.unwrap();
    let second = park(&tenant.app, "DeliverMessage", &text("second")).await.unwrap();
    assert_eq!(poisoned().await, 1);
    unpark(repository, &first).await.unwrap();
    assert_eq!(poisoned().await, 1, "the second one is still parked");
    unpark(repository, &second).await.unwrap();
    assert_eq!(poisoned().await, 0);

    // A ticket that is tried again is nothing any more: its message went on without it.
    let ticket = park(&tenant.app, "DeliverMessage", "0af1-07:1").await.unwrap();
    assert_eq!(poisoned().await, 1);
    let now = tenant.app.clock.now();
    assert_eq!(retry(repository, &ticket.id, false, now).await.unwrap(), Retried::Settled(ticket));
    assert_eq!(poisoned().await, 0);

    // What nobody asks for again is forgotten in time.
    park(&tenant.app, "CollectSubscription", &text("")).await.unwrap();
    tenant.clock.advance(tenant.app.retention.closed + TimeDelta::days(1));
    clean_up(&tenant.app, || std::time::Duration::from_secs(600)).await.unwrap();
    assert!(repository.parked().await.unwrap().rows.is_empty());
    assert_eq!(poisoned().await, 0);
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
async fn f7_a_parked_look_that_an_operator_retries_is_done_and_forgotten() {
    let tenant = Tenant::start().await;
    let repository = &tenant.app.repository;
    let subscription = repository.tenant().await.unwrap().0.known_subscriptions[0].clone();
    let parked = park(&tenant.app, "CollectSubscription", subscription.as_str()).await.unwrap();
    let observed = async || repository.summary(&subscription).await.unwrap().unwrap().value.observed.unwrap();
    let before = observed().await;
    tenant.clock.advance(TimeDelta::minutes(1));
    tenant.plan().await;
    assert_eq!(observed().await, before, "nobody asked yet");

    let now = tenant.app.clock.now();
    assert_eq!(retry(repository, &parked.id, false, now).await.unwrap(), Retried::Look(subscription.clone()));
    // The run that puts it back is killed before the host has its answer: the queue never gets the message.
    tend_parked(&tenant.app).await.unwrap();
    tenant.clock.advance(TimeDelta::minutes(1));
    tenant.plan().await;
    assert_eq!(observed().await, before);
    tenant.clock.advance(TimeDelta::minutes(9));
    tenant.plan().await;
    assert_eq!(observed().await, tenant.app.clock.now(), "it is put back until it was done");
    tenant.clock.advance(TimeDelta::minutes(1));
    tenant.plan().await;
    assert!(repository.parked().await.unwrap().rows.is_empty());
    let alerts = tenant.operator_alerts().await;
    assert!(alerts.iter().all(|alert| !matches!(alert, OperatorAlert::Poisoned { .. })), "{alerts:?}");
}

async fn poisoned(tenant: &Tenant) -> usize {
    let alerts = tenant.operator_alerts().await;
    alerts.iter().filter(|alert| matches!(alert, OperatorAlert::Poisoned { .. })).count()
}

#[tokio::test]
async fn f7_a_parked_look_heals_when_the_subscription_was_looked_at_since() {
    let tenant = Tenant::start().await;
    let repository = &tenant.app.repository;
    let subscription = repository.tenant().await.unwrap().0.known_subscriptions[0].clone();
    park(&tenant.app, "CollectSubscription", subscription.as_str()).await.unwrap();
    tenant.clock.advance(TimeDelta::minutes(1));
    tenant.plan().await;
    assert_eq!((repository.parked().await.unwrap().rows.len(), poisoned(&tenant).await), (1, 1));
    assert_eq!(repository.pulse().await.unwrap().unwrap().parked, 1, "/health is red");
    // The next round comes to it by itself, and nobody has to do anything.
    tenant.clock.advance(TimeDelta::minutes(14));
    tenant.collect().await;
    tenant.plan().await;
    assert_eq!((repository.parked().await.unwrap().rows.len(), poisoned(&tenant).await), (0, 0));
    assert_eq!(repository.pulse().await.unwrap().unwrap().parked, 0);
}

#[tokio::test]
async fn f7_a_parked_look_heals_when_there_is_nothing_to_look_for_any_more() {
    let tenant = Tenant::start().await;
    let repository = &tenant.app.repository;
    let gone = "00000000-0000-0000-0000-00000000dead";
    park(&tenant.app, "CollectSubscription", gone).await.unwrap();
    tenant.plan().await;
    assert_eq!(repository.parked().await.unwrap().rows.len(), 1, "no round since says that");
    tenant.clock.advance(TimeDelta::minutes(15));
    tenant.collect().await;
    tenant.plan().await;
    assert_eq!((repository.parked().await.unwrap().rows.len(), poisoned(&tenant).await), (0, 0));
}

#[tokio::test]
async fn f7_a_parked_ticket_heals_when_its_message_went_on_and_is_not_parked_after() {
    let tenant = Tenant::start().await;
    let repository = &tenant.app.repository;
    tenant.plan().await;
    let row = repository.outbox_rows().await.unwrap().rows.remove(0).value;
    assert!(row.is_settled());
    let ticket = format!("{}:{}", row.id, row.attempt);
    assert!(!is_to_be_parked(&tenant.app, "DeliverMessage", &ticket).await.unwrap());
    assert!(!is_to_be_parked(&tenant.app, "DeliverMessage", "0af1-07:1").await.unwrap());
    assert!(is_to_be_parked(&tenant.app, "DeliverMessage", "no ticket").await.unwrap());
    // Parked before it went on.
    park(&tenant.app, "DeliverMessage", &ticket).await.unwrap();
    park(&tenant.app, "DeliverMessage", "no ticket").await.unwrap();
    tenant.plan().await;
    let left: Vec<String> =
        repository.parked().await.unwrap().values().map(|row| row.payload.clone()).collect();
    assert_eq!((left, poisoned(&tenant).await), (vec!["no ticket".to_owned()], 1));
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

/// What somebody with the key of the address can send about a machine: the shape is Azure's, the words are theirs.
fn forged(machine: &str, id: &str, status: &str, at: DateTime<Utc>) -> Value {
    let mut event = scheduled_event(machine, id, "Reboot", status, at);
    let properties = &mut event["data"]["resourceInfo"]["properties"];
    properties["Description"] = "Call +49 30 1234 at once".into();
    properties["Resources"].as_array_mut().unwrap().push("<b>Call +49 30 1234</b>".into());
    event["subject"] = format!("{machine}/Call +49 30 1234").into();
    event
}

#[tokio::test]
async fn s20_a_forged_event_is_told_once_as_what_it_is_without_a_button() {
    let tenant = Tenant::start().await;
    let machine = tenant.machines().await[0].clone();
    let before = tenant.notified().await;
    let now = tenant.app.clock.now();
    tenant.events(&[forged(&machine, "f0", "Scheduled", now)]).await;
    assert_eq!(tenant.notified().await, before, "Azure has twenty seconds");
    tenant.clock.advance(TimeDelta::seconds(20));
    tenant.plan().await;
    let once = tenant.messages_about(&machine, Stage::Unconfirmed).await;
    let people = {
        let line = format!("{}#1 announced", machine.to_lowercase());
        before.iter().filter(|notified| notified.contains(&line) && notified.contains("email|")).count()
    };
    assert!(once > 0 && once <= people.max(1), "{once} of {people}");
    // Replays, others of the same kind, what is long over and what is years ahead.
    for number in 0..12 {
        let at = now + TimeDelta::seconds(number);
        let moment = [TimeDelta::zero(), TimeDelta::days(-400), TimeDelta::days(900), TimeDelta::zero()]
            [usize::try_from(number).unwrap() % 4];
        let event = forged(&machine, &format!("f{}", number / 2), "Scheduled", at + moment);
        tenant.events(&[event]).await;
        tenant.clock.advance(TimeDelta::seconds(40));
        tenant.plan().await;
    }
    assert_eq!(tenant.messages_about(&machine, Stage::Unconfirmed).await, once);
    assert_eq!(tenant.messages_about(&machine, Stage::Imminent).await, 0);
    let window = tenant.windows().await.into_iter().find(|one| one.id.resource.as_str() == machine).unwrap();
    assert!(window.scheduled_events.len() <= 8, "{}", window.scheduled_events.len());
    let mut read = 0;
    for row in tenant.app.repository.outbox_rows().await.unwrap().rows {
        let (recipient, sequence) = (row.value.recipient, row.value.sequence);
        let content = tenant.app.repository.content(&recipient, sequence).await.unwrap().unwrap();
        let is_only_this = content.items.iter().all(|item| item.stages == [Stage::Unconfirmed]);
        if content.items.is_empty() || !is_only_this {
            continue;
        }
        read += 1;
        assert_eq!(content.link, None);
        let mail = maintenance_notifier::render::mail(
            &content,
            &tenant.app.deployment,
            &"jane.doe@contoso.com".parse().unwrap(),
        )
        .unwrap();
        let text = mail.text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains("Reported by an event, not yet confirmed by Azure"), "{text}");
        assert!(
            !text.contains("+49") && !mail.html.contains("+49") && !mail.subject.contains("+49"),
            "{text}"
        );
        assert!(!text.contains("perform-maintenance") && !text.contains("/a?t="), "{text}");
    }
    assert_eq!(read, once);
}

#[tokio::test]
async fn s20_an_early_event_that_is_true_becomes_a_fact_with_azures_word_and_forging_changes_it_no_more() {
    let tenant = Tenant::start().await;
    let machine = tenant.machines().await[0].clone();
    let now = tenant.app.clock.now();
    tenant.events(&[scheduled_event(&machine, "e1", "Reboot", "Scheduled", now)]).await;
    tenant.clock.advance(TimeDelta::seconds(20));
    tenant.plan().await;
    let people = tenant.messages_about(&machine, Stage::Unconfirmed).await;
    assert!(people > 0);
    tenant.lists(&machine, "e1", "Reboot", "Scheduled", now);
    // The next look of the timer asks again: no second event is needed.
    tenant.collect().await;
    tenant.plan().await;
    assert!(tenant.messages_about(&machine, Stage::Imminent).await >= people);
    let later = TimeDelta::days(2);
    tenant
        .events(&[forged(&machine, "e1", "Canceled", now), forged(&machine, "e1", "Scheduled", now + later)])
        .await;
    tenant.collect().await;
    let window = tenant.windows().await.into_iter().find(|one| one.id.resource.as_str() == machine).unwrap();
    let told = window.next_event(Stage::Imminent, tenant.app.clock.now()).expect("Azure still lists it");
    assert_eq!(told.not_before(), Some(now + TimeDelta::minutes(15)));
    // An annotation of Resource Health is Azure's word too, where the list has nothing.
    let other = tenant.machines().await[1].clone();
    tenant.events(&[scheduled_event(&other, "e2", "Reboot", "Scheduled", now)]).await;
    let name = "VirtualMachineRebootInitiatedForPlannedMaintenance";
    tenant.simulation.script().annotate(&other, name, tenant.app.clock.now());
    tenant.collect().await;
    tenant.plan().await;
    assert!(tenant.messages_about(&other, Stage::Imminent).await > 0);
}

#[tokio::test]
async fn s20_an_event_days_ahead_is_a_notice_once_azure_lists_it() {
    let tenant = Tenant::start().await;
    let machine = tenant.machines().await[0].clone();
    let now = tenant.app.clock.now();
    let ahead = now + TimeDelta::days(3);
    tenant.events(&[scheduled_event(&machine, "e1", "Redeploy", "Scheduled", ahead)]).await;
    tenant.clock.advance(TimeDelta::hours(2));
    tenant.plan().await;
    assert_eq!(tenant.messages_about(&machine, Stage::Unconfirmed).await, 0);
    tenant.lists(&machine, "e1", "Redeploy", "Scheduled", ahead);
    tenant.collect().await;
    tenant.plan().await;
    let people = tenant.messages_about(&machine, Stage::Notice).await;
    assert!(people > 0);
    tenant.live_until(ahead - TimeDelta::hours(4)).await;
    assert_eq!(tenant.messages_about(&machine, Stage::Imminent).await, 0);
    tenant.clock.set(ahead);
    tenant.plan().await;
    assert_eq!(tenant.messages_about(&machine, Stage::Notice).await, people);
    assert!(tenant.messages_about(&machine, Stage::Imminent).await > 0);
    assert_eq!(tenant.messages_about(&machine, Stage::Unconfirmed).await, 0);
}

#[tokio::test]
async fn f7_an_event_is_told_of_a_machine_of_which_nothing_else_is_announced() {
    let tenant = Tenant::start().await;
    let known: Vec<String> =
        tenant.windows().await.iter().map(|window| window.id.resource.as_str().to_lowercase()).collect();
    let script = tenant.simulation.script();
    let machines = script.machines().into_iter().map(|machine| machine.id());
    let mut quiet = machines.filter(|id| !id.contains("ScaleSets") && !known.contains(&id.to_lowercase()));
    let (machine, other, forged) = (quiet.next().unwrap(), quiet.next().unwrap(), quiet.next().unwrap());
    let now = tenant.app.clock.now();
    let ahead = now + TimeDelta::days(3);

    // Azure lists one of hardware that degrades, and one within minutes; the third is nobody's word.
    tenant.lists(&machine, "e1", "Redeploy", "Scheduled", ahead);
    tenant.lists(&other, "e2", "Reboot", "Scheduled", now);
    let sent = [
        scheduled_event(&machine, "e1", "Redeploy", "Scheduled", ahead),
        scheduled_event(&other, "e2", "Reboot", "Scheduled", now),
        scheduled_event(&forged, "e3", "Reboot", "Scheduled", now),
    ];
    tenant.events(&sent).await;
    tenant.plan().await;
    let people = tenant.messages_about(&machine, Stage::Notice).await;
    assert!(people > 0);
    assert!(tenant.messages_about(&other, Stage::Imminent).await > 0);
    assert!(!tenant.notified().await.iter().any(|line| line.contains(&forged.to_lowercase())));

    // A day later it is not told again in other words.
    for _ in 0..3 {
        tenant.clock.advance(TimeDelta::hours(20));
        tenant.collect().await;
        tenant.plan().await;
    }
    assert_eq!(tenant.messages_about(&machine, Stage::AnnouncedElsewhere).await, 0);
    let told = tenant.notified_of(std::slice::from_ref(&machine)).await;
    let told: Vec<&str> = told.iter().filter_map(|line| line.split("#1 ").nth(1)).collect();
    // Two days before it comes a reminder is due.
    assert_eq!(told, ["notice r1 None", "notice r1 Some(2880)"].repeat(people));
    tenant.clock.set(ahead);
    tenant.plan().await;
    assert!(tenant.messages_about(&machine, Stage::Imminent).await > 0);

    // It happened. Nothing says that it was called off.
    script.unlist_event("e1");
    tenant.clock.advance(TimeDelta::hours(2));
    for _ in 0..3 {
        tenant.collect().await;
        tenant.plan().await;
        tenant.clock.advance(TimeDelta::hours(2));
    }
    let window = tenant.windows().await.into_iter().find(|it| it.id.resource.as_str() == machine).unwrap();
    assert!(matches!(window.state, WindowState::Ended { why: EndReason::Completed, .. }), "{window:?}");
    assert_eq!(tenant.messages_about(&machine, Stage::NoLongerPlanned).await, 0);
}

#[tokio::test]
async fn s20_why_a_window_ended_is_asked_of_azure_and_not_taken_from_what_was_sent() {
    let tenant = Tenant::start().await;
    let machine = tenant.machines().await[0].clone();
    let window = tenant.windows().await.into_iter().find(|one| one.id.resource.as_str() == machine).unwrap();
    let subscription = window.id.resource.subscription();
    let mut called_off = alert(subscription.as_str(), "Canceled");
    called_off["data"]["alertContext"]["properties"]["trackingId"] = window.tracking_ids[0].clone().into();
    tenant.clock.advance(TimeDelta::minutes(1));
    tenant.alert(&called_off).await;
    let annotated = json!({
        "id": "a", "source": "/subscriptions/x", "subject": machine, "specversion": "1.0",
        "type": "Microsoft.ResourceNotifications.HealthResources.ResourceAnnotated",
        "data": { "resourceInfo": { "properties": {
            "targetResourceId": machine, "annotationName": "VirtualMachineMigrationInitiatedForPlannedMaintenance",
            "occurredTime": tenant.app.clock.now().to_rfc3339(),
        }}},
    });
    tenant.events(&[annotated]).await;
    // The machine leaves its wave for a reason that nobody gives.
    for wave in tenant.simulation.script().waves() {
        tenant.simulation.script().leave_wave(&wave.tracking_id, &machine);
    }
    tenant.clock.advance(TimeDelta::minutes(1));
    tenant.collect().await;
    tenant.clock.advance(TimeDelta::hours(1));
    tenant.collect().await;
    let window = tenant.windows().await.into_iter().find(|one| one.id == window.id).unwrap();
    assert!(
        matches!(window.state, WindowState::Ended { why: EndReason::NoLongerPlanned, .. }),
        "{:?}",
        window.state
    );
}
