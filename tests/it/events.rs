//! Events and alerts under the local host, against the simulated Azure: hints that come late, often and in any order
//! lead to the messages that polling leads to, and what is forged leads to nothing.

mod bounces;
mod parked;
mod pushed;
mod scheduled;

use chrono::TimeZone as _;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use maintenance_notifier::clock::ManualClock;
use maintenance_notifier::config::Environment;
use maintenance_notifier::deliver::MailTransport;
use maintenance_notifier::demo::{SimulatedEvent, Simulation, SimulationOptions, configuration};
use maintenance_notifier::domain::operator_alert::OperatorAlert;
use maintenance_notifier::domain::stage::Stage;
use maintenance_notifier::domain::window::MaintenanceWindow;
use maintenance_notifier::local::{FUNCTION_FOLDERS, LocalHost, LocalHostOptions};
use maintenance_notifier::services::App;
use maintenance_notifier::startup;
use serde_json::{Value, json};
use uuid::Uuid;

use self::bounces::communication_services;

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
