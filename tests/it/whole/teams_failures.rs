//! Teams flows that are busy, refuse or hang, beside people who get mails.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use maintenance_notifier::domain::operator_alert::OperatorAlert;
use maintenance_notifier::store::{SharedStore, SqliteStore};

use super::failing_store::{FailingStore, Failure};
use super::flow::{Flow, Way};
use super::tenant::{CONFIGURATION, Letter, SUBSCRIPTION, Setup, TestTenant, WAVE, add_machine, small_world};

/// How often the longer tests look at Azure.
const SELDOM: TimeDelta = TimeDelta::hours(6);

/// Everything in the tenant's group also concerns a channel with this flow, and with these addresses.
fn with_channel(address: &str, emails: &str) -> String {
    format!(
        "{CONFIGURATION}\n[[recipients]]\nname = \"channel\"\nemail = [{emails}]\nteams = {{ webhook = \"{address}\" }}\n\n\
         [[routes]]\nmatch = {{ resource_group = \"rg-test\" }}\nto = [\"channel\"]\n"
    )
}

async fn tenant(flow: &Flow) -> TestTenant {
    tenant_with(flow, Arc::new(SqliteStore::in_memory().unwrap())).await
}

/// A tenant whose channel has this flow alone.
async fn tenant_with(flow: &Flow, store: SharedStore) -> TestTenant {
    let tenant = Setup::new(small_world(&[("vm-web-01", "jane.doe"), ("vm-web-02", "")]))
        .configuration(with_channel(&flow.address, ""))
        .store(store)
        .workflows(Duration::from_millis(300))
        .begin()
        .await;
    flow.at(&tenant.clock);
    tenant
}

/// One whole run against a flow with a first answer; gives when it was tried.
async fn run(way: Way) -> (TestTenant, Flow, Vec<Letter>) {
    let flow = Flow::start(&[way]).await;
    let mut tenant = tenant(&flow).await;
    tenant.round().await;
    let letters = tenant.messages().await;
    let notified = tenant.notified(&letters).await;
    assert!(
        notified.contains(&"jane.doe@contoso.com vm-web-01 announced".to_owned()),
        "others are unaffected: {notified:?}"
    );
    (tenant, flow, letters)
}

#[tokio::test]
async fn f5_a_busy_flow_gets_the_card_when_it_asked_for_it() {
    let (tenant, flow, _) = run(Way::Status(429, Some("1800"))).await;
    tenant.advance(TimeDelta::minutes(29)).await;
    assert_eq!(flow.attempts(), [0], "not before it asked for it");
    tenant.advance(TimeDelta::minutes(10)).await;
    assert_eq!(flow.attempts().len(), 2);
    assert!(flow.attempts()[1] >= 1800);
    let bodies = flow.bodies();
    assert_eq!(bodies[0], bodies[1]);
    assert!(tenant.is_settled().await);
}

#[tokio::test]
async fn f5_a_flow_that_breaks_or_hangs_gets_the_same_card_again() {
    for way in [Way::Status(503, None), Way::Status(500, None), Way::Status(429, Some("30")), Way::Hang] {
        let (tenant, flow, _) = run(way).await;
        tenant.advance(TimeDelta::minutes(10)).await;
        let bodies = flow.bodies();
        assert_eq!(bodies.len(), 2, "{way:?}");
        assert_eq!(bodies[0], bodies[1], "{way:?}");
        assert!(flow.attempts()[1] >= 30, "{way:?}");
        assert!(tenant.is_settled().await);
        assert_eq!(tenant.operator_alerts().await, []);
    }
}

#[tokio::test]
async fn f5_a_card_that_is_too_large_is_sent_shorter() {
    let (tenant, flow, _) = run(Way::Status(413, None)).await;
    tenant.advance(TimeDelta::minutes(10)).await;
    let bodies = flow.bodies();
    assert_eq!(bodies.len(), 2);
    assert!(bodies[1].len() < bodies[0].len());
    assert!(tenant.is_settled().await);
    assert_eq!(tenant.operator_alerts().await, []);
}

#[tokio::test]
async fn f5_a_card_that_is_too_large_in_every_size_is_reported_once_and_not_sent_for_ever() {
    let flow = Flow::start(&[Way::Status(413, None); 3]).await;
    let mut tenant = tenant(&flow).await;
    tenant.round().await;
    let mut letters = tenant.messages().await;
    tenant.advance(TimeDelta::hours(30)).await;
    assert_eq!(flow.attempts().len(), 3);
    let operator_alerts = tenant.operator_alerts().await;
    assert!(matches!(&operator_alerts[..], [OperatorAlert::Undeliverable { .. }]), "{operator_alerts:?}");
    letters.extend(tenant.messages().await);
    let mut reports = 0;
    for letter in &letters {
        reports += tenant.read(letter).await.0.operator_alerts.len();
    }
    assert_eq!(reports, 1);
}

/// Another machine without an owner appears in the wave.
fn joins(tenant: &TestTenant, name: &str) {
    let id = add_machine(&tenant.simulation, SUBSCRIPTION, name, "");
    assert!(tenant.simulation.script().join_wave(WAVE, &id));
}

/// How often operators were notified that a channel cannot be reached.
async fn reports(tenant: &TestTenant, letters: &[Letter]) -> usize {
    let mut reports = 0;
    for letter in letters.iter().filter(|letter| letter.to.starts_with("platform")) {
        reports += tenant.read(letter).await.0.operator_alerts.len();
    }
    reports
}

#[tokio::test]
async fn s26_a_dead_flow_is_reported_once_left_alone_and_used_again_when_it_is_repaired() {
    let flow = Flow::start(&[]).await;
    flow.breaks(Some(404));
    let mut tenant = tenant(&flow).await;
    tenant.round().await;
    tenant.advance_with(TimeDelta::hours(30), SELDOM).await;
    joins(&tenant, "vm-web-03");
    tenant.advance_with(TimeDelta::hours(30), SELDOM).await;
    assert_eq!(flow.attempts(), [0], "it is left alone, whatever is news");
    let letters = tenant.messages().await;
    let notified = tenant.notified(&letters).await;
    assert!(notified.contains(&"platform@contoso.com vm-web-02 announced".to_owned()), "{notified:?}");
    assert!(notified.contains(&"platform@contoso.com vm-web-03 announced".to_owned()), "{notified:?}");
    assert_eq!(reports(&tenant, &letters).await, 1);
    let hint = "Switch the flow on again in Power Automate";
    let mut explained = 0;
    for letter in &letters {
        let text = tenant.read(letter).await.1.text.split_whitespace().collect::<Vec<_>>().join(" ");
        explained += usize::from(text.contains(hint));
    }
    assert_eq!(explained, 1);

    // It is tried once a week; in the first one it is still dead.
    tenant.advance_with(TimeDelta::days(6), SELDOM).await;
    assert_eq!(flow.attempts().len(), 2);
    assert!(matches!(&tenant.operator_alerts().await[..], [OperatorAlert::Undeliverable { .. }]));
    flow.breaks(None);
    tenant.advance_with(TimeDelta::days(8), SELDOM).await;
    let letters = tenant.messages().await;
    assert_eq!(reports(&tenant, &letters).await, 0, "nobody is told of it again");
    let bodies = flow.bodies();
    assert!(bodies[2].contains("vm-web-03"), "what came meanwhile is told: {}", bodies[2]);
    assert_eq!(tenant.operator_alerts().await, []);
    assert_eq!(tenant.repository.dead_endpoints().await.unwrap(), []);

    // What happens from now on is the channel's again, and no longer the fallback's.
    let before = flow.bodies().len();
    joins(&tenant, "vm-web-04");
    tenant.advance_with(TimeDelta::hours(30), SELDOM).await;
    assert!(flow.bodies()[before..].iter().any(|body| body.contains("vm-web-04")));
    let notified = tenant.messages().await;
    let notified = tenant.notified(&notified).await;
    assert!(!notified.iter().any(|line| line.contains("vm-web-04")), "{notified:?}");
}

#[tokio::test]
async fn s26_a_new_address_is_used_at_once() {
    let store: SharedStore = Arc::new(SqliteStore::in_memory().unwrap());
    let (old, new) = (Flow::start(&[]).await, Flow::start(&[]).await);
    old.breaks(Some(401));
    let mut tenant = tenant_with(&old, store.clone()).await;
    tenant.round().await;
    tenant.advance(TimeDelta::hours(2)).await;
    tenant.configure(with_channel(&new.address, ""));
    tenant.restart(store);
    joins(&tenant, "vm-web-03");
    tenant.advance(TimeDelta::hours(30)).await;
    assert_eq!(old.attempts().len(), 1);
    assert!(new.bodies().iter().any(|body| body.contains("vm-web-03")));
    assert_eq!(tenant.operator_alerts().await, [], "what was reported is over");
    tenant.messages().await;
}

/// The card may have arrived with its first attempt; before the second the channel gets an address and its flow dies.
/// Gives what mails say about a machine, and how often one came twice.
async fn stands_in(fails_at: usize, failure: Failure) -> (BTreeSet<String>, usize, usize) {
    let healthy: SharedStore = Arc::new(SqliteStore::in_memory().unwrap());
    let flow = Flow::start(&[Way::Status(500, None)]).await;
    flow.breaks(Some(410));
    let mut tenant = tenant_with(&flow, healthy.clone()).await;
    tenant.poison_is_fine();
    tenant.round().await;
    assert_eq!(flow.attempts().len(), 1);
    tenant.configure(with_channel(&flow.address, "\"channel@contoso.com\""));
    let failing = Arc::new(FailingStore::new(healthy.clone(), fails_at, failure));
    tenant.restart(failing.clone());
    tenant.clock.advance(TimeDelta::minutes(2));
    tenant.plan().await;
    tenant.plan().await;
    let writes = failing.writes();
    if failing.has_failed() {
        tenant.restart(healthy);
    }
    tenant.advance(TimeDelta::minutes(25)).await;
    assert!(tenant.is_settled().await, "{fails_at} {failure:?}");
    assert!(
        matches!(&tenant.operator_alerts().await[..], [OperatorAlert::Undeliverable { .. }]),
        "{fails_at} {failure:?}"
    );
    assert_eq!(tenant.repository.dead_endpoints().await.unwrap().len(), 1);
    let letters = tenant.messages().await;
    let mut unique: Vec<Letter> = Vec::new();
    for letter in &letters {
        if !unique.contains(letter) {
            unique.push(letter.clone());
        }
    }
    let notified = tenant.notified(&unique).await;
    let distinct: BTreeSet<String> = notified.iter().cloned().collect();
    assert_eq!(distinct.len(), notified.len(), "nothing is told in two messages: {notified:?}");
    (distinct, letters.len() - unique.len(), writes)
}

#[tokio::test]
async fn s26_what_a_dead_flow_did_not_take_comes_by_mail_once_whichever_write_fails() {
    let (notified, twice, writes) = stands_in(0, Failure::Refused).await;
    let expected = [
        "channel@contoso.com vm-web-01 announced",
        "channel@contoso.com vm-web-02 announced",
        "jane.doe@contoso.com vm-web-01 announced",
    ];
    assert_eq!(notified.iter().map(String::as_str).collect::<Vec<_>>(), expected);
    assert_eq!(twice, 0);
    assert!(writes > 8, "{writes}");
    for fails_at in 1..=writes {
        let (again, twice, _) = stands_in(fails_at, Failure::KilledAfter).await;
        assert_eq!(again, notified, "at {fails_at}");
        assert!(twice <= 1, "at {fails_at}: {twice}");
    }
}

#[tokio::test]
async fn a_flow_that_answers_502_or_504_gets_few_copies_and_then_it_is_unknown() {
    for status in [502, 504] {
        let flow = Flow::start(&[]).await;
        flow.breaks(Some(status));
        let mut tenant = tenant(&flow).await;
        tenant.round().await;
        tenant.advance_with(TimeDelta::hours(24), SELDOM).await;
        let copies = flow.attempts().len();
        assert!((2..=5).contains(&copies), "{status}: {copies} copies of one card");
        let alerts = tenant.operator_alerts().await;
        assert!(
            matches!(
                &alerts[..],
                [OperatorAlert::Service { .. }, OperatorAlert::Undeliverable { unknown: true, error, .. }]
                    if error.contains("not known")
            ),
            "{status}: {alerts:?}"
        );
        assert_eq!(tenant.repository.dead_endpoints().await.unwrap(), [], "the flow is not given up");
        // What comes later does not hang on it, and says so.
        flow.breaks(None);
        let before = flow.bodies().len();
        joins(&tenant, "vm-web-03");
        tenant.advance_with(TimeDelta::hours(30), SELDOM).await;
        let bodies = flow.bodies();
        let later = bodies[before..].iter().find(|body| body.contains("vm-web-03")).unwrap();
        assert!(later.contains("may not have reached you"), "{later}");
        joins(&tenant, "vm-web-04");
        tenant.advance_with(TimeDelta::hours(30), SELDOM).await;
        let bodies = flow.bodies();
        let last = bodies.iter().find(|body| body.contains("vm-web-04")).unwrap();
        assert!(!last.contains("may not have reached you"), "it is said once: {last}");
        tenant.messages().await;
    }
}
