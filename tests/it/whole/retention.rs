//! What is not needed any more goes, nothing is sent again because of it, and what is kept stays bounded.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use maintenance_notifier::demo::{SimulatedWindow, Wave};
use maintenance_notifier::domain::action::Actor;
use maintenance_notifier::domain::action::audit::{AuditAction, AuditEvent, AuditHead, verify};
use maintenance_notifier::domain::action::start::StartOrigin;
use maintenance_notifier::domain::action::token::MessageRef;
use maintenance_notifier::domain::message::MessageKind;
use maintenance_notifier::domain::operator_alert::OperatorAlert;
use maintenance_notifier::domain::recipient_settings::{NotificationSettings, SettingAuthor};
use maintenance_notifier::services::retention::{RetentionReport, clean_up};
use maintenance_notifier::services::start::{StartRequest, StartResult, start};
use maintenance_notifier::store::repository::KeySlice;
use maintenance_notifier::store::{PartitionKey, RowRange, SharedStore, SqliteStore, scan};

use super::failing_store::{FailingStore, Failure};
use super::tenant::{CONFIGURATION, SUBSCRIPTION, Setup, TestTenant, WAVE, small_world, start as beginning};

const MACHINES: &[(&str, &str)] =
    &[("vm-web-01", "jane.doe"), ("vm-web-02", "jane.doe"), ("vm-web-03", "mei.lin"), ("vm-lost", "")];

fn days(days: i64) -> TimeDelta {
    TimeDelta::days(days)
}

/// Runs through every slice once, as a day of `SweepMachines` does.
async fn clean(tenant: &TestTenant) -> RetentionReport {
    let mut all = RetentionReport { finished: true, ..RetentionReport::default() };
    for _ in KeySlice::all() {
        let one = clean_up(&tenant.app, || std::time::Duration::MAX).await.unwrap();
        all.windows += one.windows;
        all.messages += one.messages;
        all.outbox += one.outbox;
        all.actions += one.actions;
        all.recipients += one.recipients;
        all.entries += one.entries;
        all.finished &= one.finished;
    }
    all
}

/// How many rows each partition has that grows with what happens.
async fn rows(tenant: &TestTenant, store: &SharedStore) -> BTreeMap<String, usize> {
    let mut names: Vec<String> =
        ["due", "outbox", "actions", "troubles", "endpoints", "poison", "forget", "tenant"]
            .map(str::to_owned)
            .to_vec();
    names.push(format!("windows|{SUBSCRIPTION}"));
    for who in ["jane.doe@contoso.com", "mei.lin@contoso.com", "platform"] {
        let reference = MessageRef::new(&who.parse().unwrap(), 1).unwrap();
        names.push(format!("recipient|{}", reference.recipient_key()));
    }
    let mut rows = BTreeMap::new();
    for name in names {
        let parts: Vec<&str> = name.split('|').collect();
        let partition = PartitionKey::of(&parts).unwrap();
        let count = scan(&**store, &partition, RowRange::all()).await.unwrap().len();
        rows.insert(name, count);
    }
    assert!(tenant.is_settled().await);
    rows
}

async fn begin(store: SharedStore) -> TestTenant {
    Setup::new(small_world(MACHINES)).store(store).begin().await
}

/// Lets a wave come, be started where somebody wants that, and pass: the machines are through with it at its end.
async fn live_through_wave(tenant: &TestTenant, number: i64) {
    let script = tenant.simulation.script();
    let now = tenant.now();
    let wave = Wave::new(
        &format!("WAVE-{number}"),
        "westeurope",
        now,
        Some(SimulatedWindow::new(now, now + days(9))),
        SimulatedWindow::new(now + days(12), now + days(19)),
    );
    let machines = ["vm-web-01", "vm-web-02", "vm-web-03", "vm-lost"];
    let ids: Vec<String> = machines.iter().map(|name| script.machine(name).unwrap().id()).collect();
    script.announce(wave.with_targets(ids));
    tenant.advance_with(days(2), days(1)).await;
    start_first(tenant).await;
    tenant.advance_with(days(20), days(1)).await;
    assert_eq!(tenant.open().await, 0);
}

/// Starts the maintenance of one machine, and follows it to its end.
async fn start_first(tenant: &TestTenant) {
    let rows = tenant.windows().await;
    let open =
        rows.iter().find(|row| row.window.is_open() && row.window.id.resource.name() == "vm-web-01").unwrap();
    let start_request = StartRequest {
        window: open.window.id.clone(),
        revision: open.window.revision,
        by: Actor { principal: Some("jane".to_owned()), ..Actor::default() },
        origin: StartOrigin::CommandLine,
        accepts: None,
        begins: None,
    };
    let answer = start(&tenant.app, &start_request).await.unwrap();
    assert!(matches!(answer, StartResult::Begun(_)), "{answer:?}");
    for _ in 0..8 {
        tenant.clock.advance(TimeDelta::minutes(1));
        tenant.follow().await;
    }
}

/// Everything leaves the first wave, and the first look sees that.
async fn leave(tenant: &TestTenant) {
    let script = tenant.simulation.script();
    for (name, _) in MACHINES {
        script.leave_wave(WAVE, &script.machine(name).unwrap().id());
    }
    tenant.look().await;
}

/// Plans for everybody, whether they are due or not.
async fn plan_for_all(tenant: &TestTenant) {
    for name in ["jane.doe@contoso.com", "mei.lin@contoso.com", "platform"] {
        tenant.repository.wake(&name.parse().unwrap(), tenant.now()).await.unwrap();
    }
    tenant.plan().await;
}

#[tokio::test]
async fn f17_over_simulated_months_what_is_kept_is_bounded_and_every_wave_is_notified_the_same() {
    let store: SharedStore = Arc::new(SqliteStore::in_memory().unwrap());
    let mut tenant = begin(store.clone()).await;
    tenant.round().await;
    leave(&tenant).await;
    tenant.advance_with(days(5), days(1)).await;
    tenant.messages().await;
    let mut notified: Vec<Vec<String>> = Vec::new();
    let mut kept: Vec<BTreeMap<String, usize>> = Vec::new();
    for number in 0..10 {
        live_through_wave(&tenant, number).await;
        let letters = tenant.messages().await;
        notified.push(tenant.notified(&letters).await);
        // A wave begins every six weeks, on the same day of the week.
        tenant.advance_with(days(20), days(10)).await;
        let quiet = tenant.messages().await;
        assert!(tenant.notified(&quiet).await.is_empty());
        assert!(clean(&tenant).await.finished);
        kept.push(rows(&tenant, &store).await);
    }
    // Every wave is a new one for everybody, whatever was forgotten of earlier ones.
    for wave in &notified[1..] {
        assert_eq!(*wave, notified[1]);
    }
    assert!(
        notified[1].iter().any(|line| line == "jane.doe@contoso.com vm-web-01 announced"),
        "{:?}",
        notified[1]
    );
    // Windows are kept for two or three waves, and the audit trail for nine.
    for (partition, count) in &kept[9] {
        let earlier = kept[4][partition];
        let allowed = if partition == "actions" { earlier * 3 } else { earlier + 4 };
        assert!(*count <= allowed, "{partition}: {count} after {earlier}");
    }
    let trail = tenant.repository.audit_trail(1).await.unwrap();
    let entries: Vec<_> = trail.values().cloned().collect();
    assert!(entries[0].sequence > 1, "its beginning is gone");
    assert!(tenant.now() - entries[0].event.at < days(365 + 45));
    verify(&AuditHead::default(), &entries, &tenant.repository.audit_head().await.unwrap()).unwrap();
}

#[tokio::test]
async fn a_name_of_which_nothing_else_is_kept_goes_in_time_and_whoever_comes_back_is_new() {
    let store: SharedStore = Arc::new(SqliteStore::in_memory().unwrap());
    let mut tenant = begin(store.clone()).await;
    tenant.round().await;
    let first = tenant.messages().await;
    leave(&tenant).await;
    tenant.advance_with(days(5), days(1)).await;
    tenant.messages().await;
    let jane = "jane.doe@contoso.com".parse().unwrap();
    let head = tenant.repository.state(&jane).await.unwrap().head.unwrap().value.head;
    tenant.clock.advance(days(100));
    clean(&tenant).await;
    let state = tenant.repository.state(&jane).await.unwrap();
    assert!(state.assignments.is_empty() && state.ledger.is_empty() && tenant.windows().await.is_empty());
    assert_eq!(state.head.unwrap().value.head.sequence, head.sequence);
    let silence = SettingAuthor { by: Actor::default(), at: tenant.now() };
    let said = |notification_settings: &mut NotificationSettings, events: &mut Vec<AuditEvent>| {
        notification_settings.without_digests = Some(silence.clone());
        events.push(note(silence.at));
    };
    tenant.repository.change_notification_settings(&jane, said).await.unwrap();
    tenant.clock.advance(days(300));
    clean(&tenant).await;
    assert_eq!(
        tenant.repository.notification_settings(&jane).await.unwrap(),
        NotificationSettings::default()
    );
    assert!(tenant.repository.state(&jane).await.unwrap().head.is_none());
    // Who stands in the configuration is not forgotten, or operators would hear of the first look once more.
    assert!(tenant.repository.state(&"platform".parse().unwrap()).await.unwrap().head.is_some());

    let now = tenant.now();
    let wave = Wave::new(
        "LATER",
        "westeurope",
        now,
        Some(SimulatedWindow::new(now, now + days(9))),
        SimulatedWindow::new(now + days(12), now + days(19)),
    );
    let script = tenant.simulation.script();
    script.announce(wave.with_targets([script.machine("vm-web-01").unwrap().id()]));
    tenant.round().await;
    let later = tenant.messages().await;
    let (content, _) = tenant.read(later.iter().find(|letter| letter.to.starts_with("jane")).unwrap()).await;
    assert!(content.introduce && content.kind == MessageKind::Alert);
    assert!(first.iter().all(|earlier| later.iter().all(|later| earlier.message_id != later.message_id)));
}

#[tokio::test]
async fn what_lasts_is_kept_however_old_it_is() {
    let store: SharedStore = Arc::new(SqliteStore::in_memory().unwrap());
    let mut tenant = begin(store).await;
    tenant.round().await;
    tenant.messages().await;
    let script = tenant.simulation.script();
    let day = |day: i64| beginning() + days(day);
    script.reschedule(
        WAVE,
        Some(SimulatedWindow::new(day(-2), day(250))),
        SimulatedWindow::new(day(260), day(270)),
    );
    script.leave_wave(WAVE, &script.machine("vm-web-01").unwrap().id());
    let operator_alert = OperatorAlert::Unseen {
        scope: "elsewhere".to_owned(),
        reason: "403".to_owned(),
        cause: Default::default(),
    };
    for _ in 0..20 {
        tenant.app.report(std::slice::from_ref(&operator_alert), tenant.now()).await.unwrap();
        tenant.advance_with(days(7), days(7)).await;
    }
    plan_for_all(&tenant).await;
    tenant.messages().await;
    let forgotten = clean(&tenant).await;
    assert_eq!(forgotten.windows, 0, "its announcement speaks of another that goes on");
    assert_eq!(tenant.windows().await.len(), 4);
    let jane = tenant.repository.state(&"jane.doe@contoso.com".parse().unwrap()).await.unwrap();
    assert_eq!(jane.assignments.len(), 1, "and its copy is not needed");
    plan_for_all(&tenant).await;
    assert!(tenant.messages().await.is_empty());
}

#[tokio::test]
async fn killed_at_any_write_the_next_run_finishes_and_nothing_is_notified_again() {
    for failure in [Failure::KilledBefore, Failure::AnswerLost] {
        let mut number = 1;
        loop {
            let healthy: SharedStore = Arc::new(SqliteStore::in_memory().unwrap());
            let configuration = format!("{CONFIGURATION}[retention]\nclosed = \"30d\"\npersonal = \"30d\"\n");
            let setup = Setup::new(small_world(MACHINES)).configuration(configuration);
            let mut tenant = setup.store(healthy.clone()).begin().await;
            tenant.round().await;
            start_first(&tenant).await;
            leave(&tenant).await;
            tenant.clock.advance(TimeDelta::hours(1));
            tenant.round().await;
            tenant.messages().await;
            for _ in 0..3 {
                let event = note(tenant.now());
                tenant.repository.revoke(&event, |_| ()).await.unwrap();
            }
            tenant.clock.advance(days(40));
            tenant
                .repository
                .update_tenant(|row| row.collected = Some(beginning() + days(40)))
                .await
                .unwrap();
            let failing = Arc::new(FailingStore::new(healthy.clone(), number, failure));
            tenant.restart(failing.clone());
            for _ in KeySlice::all() {
                _ = clean_up(&tenant.app, || std::time::Duration::MAX).await;
            }
            let failed = failing.has_failed();
            tenant.restart(healthy.clone());
            let entries: Vec<_> = tenant.repository.audit_trail(1).await.unwrap().values().cloned().collect();
            let head = tenant.repository.audit_head().await.unwrap();
            verify(&AuditHead::default(), &entries, &head)
                .unwrap_or_else(|broken| panic!("{failure:?} {number}: {broken}"));
            clean(&tenant).await;
            let kept = rows(&tenant, &healthy).await;
            let expected = BTreeMap::from([
                ("actions", 5),
                ("due", 3),
                ("endpoints", 0),
                ("forget", 0),
                ("outbox", 2),
                ("poison", 0),
            ]);
            for (partition, count) in expected {
                assert!(kept[partition] <= count + 1, "{failure:?} {number}: {kept:?}");
            }
            assert_eq!(kept[&format!("windows|{SUBSCRIPTION}")], 0, "{failure:?} {number}: {kept:?}");
            plan_for_all(&tenant).await;
            assert!(tenant.messages().await.is_empty(), "{failure:?} {number}");
            if !failed {
                break;
            }
            number += 1;
        }
        assert!(number > 10, "{number}");
    }
}

fn note(at: DateTime<Utc>) -> AuditEvent {
    AuditEvent {
        at,
        actor: Actor::default(),
        action: AuditAction::Revoked { links: "none".to_owned() },
        window: None,
        message: None,
    }
}
