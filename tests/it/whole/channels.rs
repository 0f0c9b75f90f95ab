//! Channels in quiet times, and the chats of people when it matters.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Datelike, TimeDelta, Timelike, Utc};
use serde_json::{Value, json};

use super::failing_store::{FailingStore, Failure};
use super::flow::Flow;
use super::tenant::{CONFIGURATION, SUBSCRIPTION, Setup, TestTenant, WAVE, small_world, subscription};
use maintenance_notifier::deliver::SentCard;
use maintenance_notifier::demo::SimulatedEvent;
use maintenance_notifier::demo::SimulatedWindow;
use maintenance_notifier::domain::operator_alert::OperatorAlert;
use maintenance_notifier::domain::policy::Diversion;
use maintenance_notifier::domain::resource::ResourceId;
use maintenance_notifier::jobs::receive_maintenance_event::receive_events;
use maintenance_notifier::services::event_confirmation::confirm_events;
use maintenance_notifier::store::{SharedStore, SqliteStore};

const SELDOM: TimeDelta = TimeDelta::hours(12);

/// Three channels: all machines concern one of them, and none the others. The last has an address too.
fn channels() -> String {
    let channel = |name: &str| {
        format!(
            "\n[[recipients]]\nname = \"{name}\"\nteams = {{ webhook = \"https://flows.contoso.com/{name}\" }}\n"
        )
    };
    format!(
        "{CONFIGURATION}{}{}{}email = [\"team@contoso.com\"]\n\n\
         [[routes]]\nmatch = {{ resource_group = \"rg-test\" }}\nto = [\"busy\"]\n",
        channel("busy"),
        channel("quiet"),
        channel("with-mail")
    )
}

/// A tenant in which nothing is planned.
async fn nothing_planned(store: SharedStore) -> TestTenant {
    let simulation = super::tenant::empty_world();
    simulation.script().add_subscription(subscription(SUBSCRIPTION, "Contoso Test"));
    super::tenant::add_machine(&simulation, SUBSCRIPTION, "vm-web-01", "");
    Setup::new(simulation).configuration(channels()).store(store).begin().await
}

fn memory() -> SharedStore {
    Arc::new(SqliteStore::in_memory().unwrap())
}

/// Whether a card is a sign of life, by its words.
fn is_heartbeat(card: &SentCard) -> bool {
    card.json.contains("In quiet times a card like this comes once a month")
}

fn heartbeats(cards: &[SentCard]) -> BTreeMap<&str, usize> {
    let mut counted = BTreeMap::new();
    for card in cards.iter().filter(|card| is_heartbeat(card)) {
        *counted.entry(card.to.as_str()).or_default() += 1;
    }
    counted
}

#[tokio::test]
async fn s26_each_quiet_channel_gets_one_sign_of_life_a_month_in_its_hours() {
    let mut tenant = nothing_planned(memory()).await;
    tenant.look().await;
    let mut sent: Vec<(DateTime<Utc>, SentCard)> = Vec::new();
    for _ in 0..90 {
        tenant.advance_with(TimeDelta::days(1), SELDOM).await;
        sent.extend(tenant.cards().into_iter().map(|card| (tenant.now(), card)));
    }
    let cards: Vec<SentCard> = sent.iter().map(|(_, card)| card.clone()).collect();
    assert_eq!(cards.len(), 9, "nothing else is posted");
    assert_eq!(heartbeats(&cards), BTreeMap::from([("busy", 3), ("quiet", 3), ("with-mail", 3)]));
    assert!(cards[0].json.contains("nothing is planned at the moment"), "{}", cards[0].json);
    let rows = tenant.repository.outbox_rows().await.unwrap();
    for row in rows.values().filter(|row| !row.endpoint.is_mail()) {
        let local = row
            .created
            .with_timezone(&"Europe/Berlin".parse::<maintenance_notifier::domain::time_zone::Tz>().unwrap());
        assert!((8..18).contains(&local.hour()) && local.weekday().num_days_from_monday() < 5, "{local}");
    }
    // Operators heard of the first look. Nobody got a mail that says that there is nothing to say.
    let letters = tenant.messages().await;
    assert!(letters.iter().all(|letter| letter.to == "platform@contoso.com"), "{letters:?}");
    assert_eq!(letters.len(), 1);
}

#[tokio::test]
async fn s26_a_month_with_real_cards_has_no_sign_of_life() {
    let mut tenant = Setup::new(small_world(&[("vm-web-01", "")])).configuration(channels()).begin().await;
    // The wave goes on for all the time.
    tenant.simulation.script().change_wave(WAVE, |wave| {
        let days = |days: i64| super::tenant::start() + TimeDelta::days(days);
        wave.self_service = Some(SimulatedWindow::new(days(-2), days(80)));
        wave.scheduled = SimulatedWindow::new(days(85), days(95));
    });
    tenant.look().await;
    tenant.advance_with(TimeDelta::days(90), SELDOM).await;
    let cards = tenant.cards();
    assert_eq!(heartbeats(&cards), BTreeMap::from([("quiet", 3), ("with-mail", 3)]));
    assert!(cards.iter().filter(|card| card.to == "busy").count() > 5);
    tenant.messages().await;
}

#[tokio::test]
async fn s26_in_a_pilot_only_its_own_channels_get_a_sign_of_life() {
    let mut tenant = nothing_planned(memory()).await;
    let mut policy = (*tenant.app.policy()).clone();
    policy.diversion = Some(Diversion {
        pilot: ["quiet".parse().unwrap()].into(),
        divert_to: vec!["platform".parse().unwrap()],
    });
    tenant.app.set_policy(policy);
    tenant.look().await;
    tenant.advance_with(TimeDelta::days(40), SELDOM).await;
    assert_eq!(heartbeats(&tenant.cards()), BTreeMap::from([("quiet", 1)]));
    tenant.messages().await;
}

#[tokio::test]
async fn s26_a_sign_of_life_counts_once_whichever_write_fails() {
    let play = async |fails_at: usize| {
        let healthy = memory();
        let mut tenant = nothing_planned(healthy.clone()).await;
        tenant.poison_is_fine();
        tenant.look().await;
        tenant.advance(TimeDelta::hours(2)).await;
        assert_eq!(tenant.cards(), []);
        let failing = Arc::new(FailingStore::new(healthy.clone(), fails_at, Failure::KilledAfter));
        tenant.clock.advance(TimeDelta::days(29));
        tenant.restart(failing.clone());
        tenant.plan().await;
        tenant.plan().await;
        let writes = failing.writes();
        if failing.has_failed() {
            tenant.restart(healthy);
        }
        tenant.advance_with(TimeDelta::days(2), TimeDelta::days(1)).await;
        assert!(tenant.is_settled().await, "{fails_at}");
        let cards = tenant.cards();
        let mut unique = cards.clone();
        unique.dedup();
        assert!(cards.len() - unique.len() <= 1, "{fails_at}: at most the one under way comes twice");
        unique.sort_by(|a, b| a.to.cmp(&b.to));
        unique.dedup();
        assert_eq!(
            heartbeats(&unique),
            BTreeMap::from([("busy", 1), ("quiet", 1), ("with-mail", 1)]),
            "{fails_at}"
        );
        tenant.messages().await;
        writes
    };
    let writes = play(0).await;
    assert!(writes > 10, "{writes}");
    for fails_at in 1..=writes {
        play(fails_at).await;
    }
}

#[tokio::test]
async fn s26_a_sign_of_life_that_fails_is_reported_and_nobody_gets_it_by_mail() {
    let flow = Flow::start(&[]).await;
    flow.breaks(Some(404));
    let simulation = super::tenant::empty_world();
    simulation.script().add_subscription(subscription(SUBSCRIPTION, "Contoso Test"));
    super::tenant::add_machine(&simulation, SUBSCRIPTION, "vm-web-01", "");
    let configuration = format!(
        "{CONFIGURATION}\n[[recipients]]\nname = \"channel\"\nemail = [\"channel@contoso.com\"]\n\
         teams = {{ webhook = \"{}\" }}\n",
        flow.address
    );
    let mut tenant =
        Setup::new(simulation).configuration(configuration).workflows(Duration::from_secs(5)).begin().await;
    flow.at(&tenant.clock);
    tenant.look().await;
    tenant.advance_with(TimeDelta::days(33), SELDOM).await;
    assert_eq!(flow.attempts().len(), 1);
    let card: Value = serde_json::from_str(&flow.bodies()[0]).unwrap();
    assert_eq!(card["type"], "message");
    assert!(matches!(&tenant.operator_alerts().await[..], [OperatorAlert::Undeliverable { .. }]));
    let letters = tenant.messages().await;
    assert!(letters.iter().all(|letter| letter.to == "platform@contoso.com"));
    let mut reports = 0;
    for letter in &letters {
        reports += tenant.read(letter).await.0.operator_alerts.len();
    }
    assert_eq!(reports, 1);
}

/// What Azure says a quarter of an hour before it acts.
fn scheduled_event(machine: &str, now: DateTime<Utc>) -> Value {
    let id = format!("e1{}", machine.rsplit('/').next().unwrap());
    let event = format!("{machine}/providers/microsoft.maintenance/scheduledevents/{id}");
    json!({
        "id": id, "topic": "/subscriptions/x", "subject": event, "eventTime": now.to_rfc3339(),
        "eventType": "Microsoft.ResourceNotifications.MaintenanceResources.ScheduledEventEmitted",
        "data": { "resourceInfo": { "id": event, "properties": {
            "EventId": id, "EventType": "Reboot", "EventStatus": "Scheduled", "ResourceType": "VirtualMachine",
            "Resources": [machine.rsplit('/').next().unwrap()], "EventSource": "Platform", "DurationInSeconds": 300,
            "NotBefore": (now + TimeDelta::minutes(15)).format("%a, %d %b %Y %H:%M:%S GMT").to_string(),
        }}},
    })
}

/// A tenant in which a flow writes to people, and the platform team has an address.
async fn with_chats(flow: &Flow) -> TestTenant {
    let webhook = format!("[owners]\nperson_webhook = \"{}\"", flow.address);
    let tenant = Setup::new(small_world(&[("vm-web-01", "jane.doe"), ("vm-web-02", "platform")]))
        .configuration(CONFIGURATION.replace("[owners]", &webhook))
        .workflows(Duration::from_secs(5))
        .begin()
        .await;
    flow.at(&tenant.clock);
    tenant
}

async fn happens(tenant: &TestTenant) {
    for name in ["vm-web-01", "vm-web-02"] {
        let machine = tenant.simulation.script().machine(name).unwrap().id();
        tenant.simulation.script().list_event(SimulatedEvent {
            id: "e1".to_owned() + name,
            machine: machine.clone(),
            kind: "Reboot".to_owned(),
            status: "Scheduled".to_owned(),
            not_before: tenant.now() + TimeDelta::minutes(15),
            duration: Some(TimeDelta::minutes(5)),
        });
        receive_events(&tenant.app, &[scheduled_event(&machine, tenant.now())]).await.unwrap();
        let subscription = machine.parse::<ResourceId>().unwrap().subscription();
        confirm_events(&tenant.app, &subscription, tenant.now()).await.unwrap();
    }
    tenant.plan().await;
}

#[tokio::test]
async fn people_get_what_presses_in_their_chat_beside_the_mail() {
    let flow = Flow::start(&[]).await;
    let mut tenant = with_chats(&flow).await;
    tenant.round().await;
    assert!(flow.bodies().is_empty(), "an announcement can wait in a mailbox");
    // Self-service ends after nine days, and a weekend lies between.
    tenant.advance_with(TimeDelta::days(5), SELDOM).await;
    assert_eq!(flow.bodies().len(), 0, "so can the first reminder");
    tenant.advance_with(TimeDelta::days(4), SELDOM).await;
    let bodies = flow.bodies();
    assert_eq!(bodies.len(), 1, "the last reminder cannot");
    happens(&tenant).await;
    let bodies = [bodies, flow.bodies()[1..].to_vec()].concat();
    assert_eq!(bodies.len(), 2, "nor what happens within minutes");
    let letters = tenant.messages().await;
    let notified = tenant.notified(&letters).await;
    for line in [
        "jane.doe@contoso.com vm-web-01 announced",
        "jane.doe@contoso.com vm-web-01 reminder",
        "jane.doe@contoso.com vm-web-01 imminent",
        "platform@contoso.com vm-web-02 imminent",
    ] {
        assert!(notified.contains(&line.to_owned()), "{line}: {notified:?}");
    }
    for body in &bodies {
        let body: Value = serde_json::from_str(body).unwrap();
        let keys: Vec<&String> = body.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["attachments", "recipient", "type"]);
        assert_eq!((&body["recipient"], &body["type"]), (&json!("jane.doe@contoso.com"), &json!("message")));
        assert_eq!(body["attachments"][0]["contentType"], "application/vnd.microsoft.card.adaptive");
    }
    assert!(bodies[1].contains("5 minutes"), "{}", bodies[1]);
    assert!(tenant.is_settled().await);
}

#[tokio::test]
async fn s22_a_dead_flow_to_people_is_one_operator_alert_and_takes_no_mail_away() {
    let flow = Flow::start(&[]).await;
    flow.breaks(Some(403));
    let mut tenant = with_chats(&flow).await;
    tenant.round().await;
    happens(&tenant).await;
    assert_eq!(flow.attempts().len(), 1);
    tenant.advance(TimeDelta::hours(2)).await;
    let operator_alerts = tenant.operator_alerts().await;
    let [operator_alert @ OperatorAlert::Undeliverable { error, .. }] = &operator_alerts[..] else {
        panic!("{operator_alerts:?}")
    };
    assert_eq!(operator_alert.key(), "undeliverable|chats", "however many people it posts to");
    assert!(error.contains("403") && !error.contains("S3cret"), "{error}");
    let letters = tenant.messages().await;
    let notified = tenant.notified(&letters).await;
    assert!(notified.contains(&"jane.doe@contoso.com vm-web-01 imminent".to_owned()), "{notified:?}");
    assert!(!notified.iter().any(|line| line.starts_with("platform@contoso.com vm-web-01")), "{notified:?}");
    assert_eq!(tenant.repository.dead_endpoints().await.unwrap(), []);
    let mut reports = 0;
    for letter in &letters {
        reports += tenant.read(letter).await.0.operator_alerts.len();
    }
    assert_eq!(reports, 1);
}
